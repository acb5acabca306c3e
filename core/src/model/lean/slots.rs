//! The slots of a message that are not as they were in the last one of the family.

use super::super::keys::NONE;
use super::Model;
use super::template::{Family, Slot};
use crate::coder::{Coder, Column, Ledger};
use crate::key_stats::Coding;
use crate::wire::attribute::{self, Payload, Type};
use crate::wire::otlp::{Level, PARTS};

// Which slot misses next, by how many of the family's lie between it and the last one: none does, …
const END: u32 = 0;
/// … it comes after fewer than so many, …
const SKIP: u32 = 14;
/// … or after as many, and more are told.
const FURTHER: u32 = 15;

// Which value a slot has: one of the first of its key, by its place below this, …
const LATER: u32 = 14;
/// … a later one, by its age, or a new one.
const NEW: u32 = 15;

/// Bytes that a number may grow by where it is kept.
const SPARE: usize = 8;

/// A slot that is not as it was; but for its numbers, known to an encoder only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Miss {
    pub rank: u32,
    pub slot: u32,
    /// Where its field lies in the message.
    pub start: u32,
    pub end: u32,
    /// In the string table, if it is there.
    pub value: u32,
    /// The same of a number.
    pub number: u64,
}

impl Miss {
    #[inline(always)]
    pub(super) fn new(rank: u32, slot: u32, start: u32, end: u32) -> Self {
        Miss { rank, slot, start, end, value: NONE, number: 0 }
    }

    pub(super) fn raw<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.start as usize..self.end as usize]
    }
}

/// Whether values of a type are numbers, which are in no table of values.
pub(super) fn is_number(of: Type) -> bool {
    matches!(of, Type::Bool | Type::Int | Type::Double | Type::Varint | Type::Fixed64 | Type::Fixed32)
}

impl Model {
    /// Codes which slots of a message miss, and their values. Returns how many they are.
    pub(super) fn lean_slots<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        shape: u32,
        message: &[u8],
    ) -> Option<usize> {
        let family = self.lean.templates.shapes[shape as usize].family;
        let Family { contexts, slots, .. } = self.lean.templates.families[family as usize];
        let mut next = contexts.at(super::parts::FIRST_MISS);
        let (mut base, mut count) = (0, 0);
        if !C::ENCODES {
            self.lean.misses.clear();
        }
        loop {
            let wanted = if C::ENCODES { self.lean.misses.get(count).copied() } else { None };
            let rank = loop {
                let skipped = wanted.map(|wanted| wanted.rank - base);
                let how = skipped.map_or(END, |skipped| if skipped < SKIP { 1 + skipped } else { FURTHER });
                match c.symbol(next, how) {
                    END => {
                        c.account(|ledger| self.lean_note_predicted(ledger, level, shape));
                        return Some(count);
                    }
                    FURTHER if base < slots => base += SKIP,
                    FURTHER => return None,
                    how => break base + how - 1,
                }
            };
            let slot = match wanted {
                Some(wanted) => wanted.slot,
                None => {
                    let slot = self.lean_slot_of(shape, rank)?;
                    self.lean.misses.push(Miss::new(rank, slot, 0, 0));
                    slot
                }
            };
            next = self.lean.templates.slots[slot as usize].next();
            self.lean_value(c, slot, wanted, message)?;
            (base, count) = (rank + 1, count + 1);
        }
    }

    /// Tells a decoder that meters which slots of a message do not miss.
    fn lean_note_predicted(&self, ledger: &mut Ledger, level: Level, shape: u32) {
        for slot in self.lean.kept(shape) {
            ledger.predicted(level, self.keys.parts(slot.key), slot.len as usize);
        }
    }

    /// The slot of a shape that has this number in the family.
    fn lean_slot_of(&self, shape: u32, rank: u32) -> Option<u32> {
        let slots = self.lean.templates.fields(shape).iter().filter_map(|field| field.checked_sub(PARTS as u32));
        slots.into_iter().find(|slot| self.lean.templates.slots[*slot as usize].rank == rank)
    }

    /// Codes the value of a slot that misses.
    fn lean_value<C: Coder>(&mut self, c: &mut C, at: u32, miss: Option<Miss>, message: &[u8]) -> Option<()> {
        let Slot { key, .. } = self.lean.templates.slots[at as usize];
        c.account(|ledger| ledger.open_missing(self.keys.get(key).level, self.keys.parts(key)));
        if is_number(self.keys.get(key).of) {
            self.lean_number(c, at, miss, message)?;
        } else {
            self.lean_string_value(c, at, miss, message)?;
        }
        c.account(|ledger| {
            let Slot { offset, len, .. } = self.lean.templates.slots[at as usize];
            ledger.close(&self.strings.arena[offset as usize..offset as usize + len as usize]);
        });
        c.column(Column::Structure);
        Some(())
    }

    /// Codes a number, which is kept where the slot's last one was.
    fn lean_number<C: Coder>(&mut self, c: &mut C, at: u32, miss: Option<Miss>, message: &[u8]) -> Option<()> {
        let Slot { key, .. } = self.lean.templates.slots[at as usize];
        let number = miss.map_or(0, |miss| miss.number);
        let number = match self.keys.get(key).of {
            Type::Double => self.double(c, key, number),
            _ => self.number(c, key, number as i64) as u64,
        };
        if let Some(miss) = miss {
            return self.lean_keep(at, miss.raw(message));
        }
        let mut field = std::mem::take(&mut self.scratch_value);
        field.clear();
        attribute::join(self.keys.parts(key), Payload::Number(number), &mut field);
        let kept = self.lean_keep(at, &field);
        self.scratch_value = field;
        kept
    }

    /// Keeps the field of a slot in bytes that are nobody else's.
    fn lean_keep(&mut self, at: u32, field: &[u8]) -> Option<()> {
        let (slot, arena) = (&mut self.lean.templates.slots[at as usize], &mut self.strings.arena);
        if (slot.room as usize) < field.len() {
            let room = field.len() + SPARE;
            self.room = self.room.checked_sub(room)?;
            (slot.offset, slot.room) = (arena.len() as u32, room as u32);
            arena.resize(arena.len() + room, 0);
        }
        slot.len = field.len() as u32;
        arena.write(slot.offset as usize, field);
        Some(())
    }

    /// Codes a value that is in the string table, or is new to it.
    fn lean_string_value<C: Coder>(&mut self, c: &mut C, at: u32, miss: Option<Miss>, message: &[u8]) -> Option<()> {
        c.column(Column::Strings);
        let slot = self.lean.templates.slots[at as usize];
        let known = miss.map_or(NONE, |miss| miss.value);
        let place = if known == NONE { 0 } else { self.strings.entry(known).rank };
        let how = c.symbol(slot.place(), if known == NONE { NEW } else { place.min(LATER) });
        let value = match how {
            NEW => self.new_value(c, slot.key, miss.map_or(&[][..], |miss| miss.raw(message)))?,
            LATER => self.later_value(c, slot.key, place)?,
            place => *self.keys.values[slot.key as usize].get(place as usize)?,
        };
        c.account(|ledger| {
            if how != NEW {
                ledger.coded_as(Coding::Known);
            }
        });
        self.keys.get_mut(slot.key).last = value;
        let entry = self.strings.entry(value);
        let slot = &mut self.lean.templates.slots[at as usize];
        (slot.offset, slot.len, slot.room) = (entry.offset, entry.len, 0);
        Some(())
    }
}
