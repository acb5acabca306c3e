//! The values of a message, predicted from the last message of its family.
//!
//! A value is *predicted* to be what it was the last time the value before it that missed was the
//! same (or, in a new resource, what it was in that resource), else what it was last. Which slots
//! miss, and where the value of each then comes from, is one symbol for the whole message.

use std::hint::select_unpredictable;

use super::Model;
use super::keys::NONE;
use super::strings::Entry;
use super::template::{CHUNK, Slot, Vector};
use crate::coder::{Coder, Ledger};
use crate::key_stats::Coding;
use crate::wire::attribute::{self, Form, KeyParts, Payload};
use crate::wire::field;
use crate::wire::otlp::Level;

// Where the value of a slot that is not as predicted comes from. The numbers are part of the format; none is 0.
/// The slot's last value, where something else was predicted.
const LAST: u8 = 1;
/// The slot's value before the last.
const PREVIOUS: u8 = 2;
/// The key's last value in this trace.
const IN_TRACE: u8 = 3;
/// A value of the key, by its place.
const PLACE: u8 = 4;
/// The payload of the value that missed before, under this key for the first time.
const TWIN: u8 = 5;
const NEW: u8 = 6;

/// Marks a resource among the things that predict values.
const RESOURCE: u32 = 1 << 31;
/// Missing slots of a chunk whose sources fit into a [`Vector`].
const MAX_SOURCES: u32 = 16;

/// What is known of the slots of a message while it is coded, and what is to be learnt from it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The slots that miss, in their order. An encoder knows them all from the start, a decoder chunk by chunk.
    misses: Vec<Miss>,
    /// Encoder: which slots of each chunk these are.
    vectors: Vec<Vector>,
    /// Encoder: the value that each slot which may follow another one was told; [`NONE`] if there was none.
    told: Vec<u32>,
    /// Associations to be noted once the message is done: slot, what predicts it, its value.
    predictions: Vec<(u32, u32, u32)>,
    /// How many of them there are; the rest is room.
    predicted: usize,
    /// Values to be noted for this trace: key, value.
    in_trace: Vec<(u32, u32)>,
}

/// A slot that is not as predicted.
#[derive(Clone, Copy, Debug)]
struct Miss {
    source: u8,
    /// Encoder: its value, or [`NONE`] if that is new.
    value: u32,
}

/// How far the slots of a message are coded.
#[derive(Clone, Copy, Debug)]
struct Walk {
    /// What predicts the next values: the one that missed last, at first a new resource; or [`NONE`].
    cause: u32,
    /// Slots that missed so far.
    missed: usize,
}

impl Model {
    /// Codes the values of all slots of `shape`.
    pub(super) fn slots<C: Coder>(&mut self, c: &mut C, shape: u32, message: &[u8]) -> Option<()> {
        let count = self.templates.slots_of(shape).len();
        let cause = self.enter_resource(shape);
        self.plan.begin(count);
        if C::ENCODES {
            self.plan_slots(shape, message, cause);
        }
        let mut walk = Walk { cause, missed: 0 };
        for chunk in 0..count.div_ceil(CHUNK) {
            c.account(Ledger::mark);
            let before = walk.missed;
            let mask = self.vector(c, shape, chunk, before)?;
            c.account(|ledger| ledger.share(mask.count_ones()));
            if mask != 0 || walk.cause != NONE {
                self.chunk(c, shape, chunk, mask, &mut walk, message)?;
            }
            c.account(|ledger| self.note_predicted(ledger, shape, chunk, mask));
        }
        if walk.cause != NONE {
            self.learn();
        }
        if self.templates.shapes[shape as usize].level == Level::Span {
            self.missing = walk.missed as u32;
            self.deduped += (walk.missed == 0 && self.config.dedup) as u64;
        }
        Some(())
    }

    /// Notes that messages of `shape` now come from another resource, which then predicts them.
    #[inline]
    fn enter_resource(&mut self, shape: u32) -> u32 {
        let resource = self.resource;
        let known = &mut self.templates.shapes[shape as usize];
        if known.resource == resource {
            return NONE;
        }
        let before = std::mem::replace(&mut known.resource, resource);
        if before != NONE {
            self.note_resource(shape, before);
        }
        if resource == NONE { NONE } else { resource | RESOURCE }
    }

    /// Remembers what the varying slots were in a resource.
    fn note_resource(&mut self, shape: u32, resource: u32) {
        let chunks = self.templates.shapes[shape as usize].chunks as usize;
        for (at, slot) in self.templates.slots_of(shape).iter().enumerate() {
            let varies = self.templates.chunks[chunks + at / CHUNK].varying >> (at % CHUNK) & 1 != 0;
            if varies && self.templates.slots[*slot as usize].last != NONE {
                self.associations.set(*slot, resource | RESOURCE, self.templates.slots[*slot as usize].last);
            }
        }
    }

    /// Encoder: finds the source of every slot.
    fn plan_slots(&mut self, shape: u32, message: &[u8], mut cause: u32) {
        let dedup = self.config.dedup;
        let mut tells = cause != NONE;
        if dedup && !tells && self.differs.iter().all(|mask| *mask == 0) {
            return;
        }
        let slots = self.templates.slots_of(shape);
        let chunks = self.templates.shapes[shape as usize].chunks as usize;
        let mut twin = None;
        for (chunk, &differs) in self.differs.iter().enumerate() {
            let varying = self.templates.chunks[chunks + chunk].varying;
            let mut visit = if tells { differs | varying } else { differs };
            if !dedup {
                visit = u64::MAX >> (CHUNK - (slots.len() - chunk * CHUNK).min(CHUNK));
            }
            let (mut vector, mut shift) = (Vector::default(), 0);
            while visit != 0 {
                let bit = visit.trailing_zeros();
                visit &= visit - 1;
                let at = chunk * CHUNK + bit as usize;
                let last = self.templates.slots[slots[at] as usize].last;
                let value = select_unpredictable(differs >> bit & 1 != 0, self.found[at].value, last);
                let told = self.associations.find(slots[at], cause);
                self.plan.told[at] = told;
                // A slot that is not visited unless it misses has to miss when it differs.
                let follows = (varying >> bit & 1 != 0) & (told != NONE);
                let predicted = select_unpredictable(follows, told, last);
                if dedup && value != NONE && value == predicted {
                    continue;
                }
                let (source, value) = self.source_of(shape, at, message, value, twin);
                self.plan.misses.push(Miss { source, value });
                vector.mask |= 1 << bit;
                if shift < u64::BITS {
                    vector.sources |= (source as u64) << shift;
                    shift += 4;
                }
                // A value that is new tells nothing yet.
                cause = value;
                tells = true;
                twin = Some(at);
                visit |= varying & (u64::MAX << bit) & !(1 << bit);
            }
            self.plan.vectors.push(vector);
        }
    }

    /// Encoder: the source and the value of a slot that is not as predicted, given the value if the string table
    /// has it; [`NONE`] for a value that is new.
    #[inline(never)]
    fn source_of(&self, shape: u32, at: usize, message: &[u8], found: u32, twin: Option<usize>) -> (u8, u32) {
        let slot = &self.templates.slots[self.templates.slots_of(shape)[at] as usize];
        if found != NONE {
            let in_trace = self.in_trace.find(self.trace, slot.key);
            let known = ((found == slot.last) as u32) << LAST
                | ((found == slot.previous) as u32) << PREVIOUS
                | ((found == in_trace) as u32) << IN_TRACE;
            let sources = 1 << PLACE | if self.config.dedup { known } else { 0 };
            return (sources.trailing_zeros() as u8, found);
        }
        if let Some(twin) = twin {
            let other = &self.templates.slots[self.templates.slots_of(shape)[twin] as usize];
            let (other_raw, raw) = (self.found[twin].raw(message), self.found[at].raw(message));
            if may_be_twins(body(other_raw), body(raw)) {
                let (other, this) = (self.split(other.key, other_raw), self.split(slot.key, raw));
                if other.1 == this.1 && other.0.of == this.0.of && this.1 != Payload::Bytes(&[]) {
                    return (TWIN, NONE);
                }
            }
        }
        (NEW, NONE)
    }

    /// Takes the field of a key apart.
    pub(super) fn split<'a>(&self, key: u32, raw: &'a [u8]) -> (KeyParts<'a>, Payload<'a>) {
        attribute::split(raw, self.keys.get(key).form != Form::Plain)
    }

    /// Codes which slots of a chunk miss, and the sources of all of them. Returns the former.
    fn vector<C: Coder>(&mut self, c: &mut C, shape: u32, chunk: usize, missed: usize) -> Option<u64> {
        let chunk_at = self.templates.shapes[shape as usize].chunks as usize + chunk;
        let list = self.templates.chunks[chunk_at].vectors;
        let wanted = self.plan.vectors.get(chunk).copied().unwrap_or_default();
        if let Some(vector) = self.templates.vectors.code(c, list, Some(wanted)) {
            if !C::ENCODES {
                self.plan.unpack(vector.sources);
            }
            return Some(vector.mask);
        }
        self.new_vector(c, shape, chunk, wanted.mask, missed)
    }

    /// The same if such slots have not missed together before, or not from these sources.
    #[inline(never)]
    fn new_vector<C: Coder>(
        &mut self,
        c: &mut C,
        shape: u32,
        chunk: usize,
        wanted: u64,
        mut missed: usize,
    ) -> Option<u64> {
        let slots = &self.templates.slots_of(shape)[chunk * CHUNK..];
        let mut mask = 0;
        for nibble in 0..slots.len().min(CHUNK).div_ceil(4) {
            let bits = (wanted >> (4 * nibble)) as u32 & 15;
            mask |= (c.symbol(self.roots.mask.at(nibble as u32), bits) as u64) << (4 * nibble);
        }
        if slots.len() < CHUNK && mask >> slots.len() != 0 {
            return None;
        }
        let mut vector = Vector { mask, sources: 0 };
        let (mut rest, mut shift) = (mask, 0);
        while rest != 0 {
            let key = self.templates.slots[slots[rest.trailing_zeros() as usize] as usize].key;
            rest &= rest - 1;
            let source = if C::ENCODES { self.plan.misses[missed].source } else { 0 };
            let source = c.symbol(self.keys.get(key).source, source as u32) as u8;
            if !C::ENCODES {
                self.plan.misses.push(Miss { source, value: NONE });
            }
            missed += 1;
            if shift < u64::BITS {
                vector.sources |= (source as u64) << shift;
                shift += 4;
            }
        }
        let chunk_at = self.templates.shapes[shape as usize].chunks as usize + chunk;
        let list = self.templates.chunks[chunk_at].vectors;
        if mask.count_ones() <= MAX_SOURCES && !self.templates.vectors.contains(list, vector) {
            self.templates.vectors.add(c.contexts(), list, vector);
        }
        Some(mask)
    }

    /// Codes the values of a chunk that miss, and lets the other varying ones follow.
    fn chunk<C: Coder>(
        &mut self,
        c: &mut C,
        shape: u32,
        chunk: usize,
        mask: u64,
        walk: &mut Walk,
        message: &[u8],
    ) -> Option<()> {
        let chunk_at = self.templates.shapes[shape as usize].chunks as usize + chunk;
        let varying = self.templates.chunks[chunk_at].varying;
        let mut visit = if walk.cause != NONE { mask | varying } else { mask };
        while visit != 0 {
            let bit = visit.trailing_zeros();
            visit &= visit - 1;
            let at = chunk * CHUNK + bit as usize;
            let index = self.templates.slots_of(shape)[at];
            let cause = walk.cause;
            let told = if C::ENCODES { self.plan.told[at] } else { self.associations.find(index, cause) };
            let value = if mask >> bit & 1 != 0 {
                let value = self.missing(c, at, index, *walk, message)?;
                let key = self.templates.slots[index as usize].key;
                self.keys.get_mut(key).last = value;
                self.plan.in_trace.push((key, value));
                *walk = Walk { cause: value, missed: walk.missed + 1 };
                visit |= varying & (u64::MAX << bit) & !(1 << bit);
                value
            } else {
                select_unpredictable(told != NONE, told, self.templates.slots[index as usize].last)
            };
            if value == NONE {
                return None;
            }
            self.plan.predict((index, cause, value), cause != NONE && told != value);
            self.set_slot(index, value);
        }
        self.templates.chunks[chunk_at].varying |= mask;
        Some(())
    }

    /// Codes one value that is not as predicted.
    fn missing<C: Coder>(&mut self, c: &mut C, at: usize, index: u32, walk: Walk, message: &[u8]) -> Option<u32> {
        let Slot { last, previous, key, place, .. } = self.templates.slots[index as usize];
        let Miss { source, value } = *self.plan.misses.get(walk.missed)?;
        c.account(|ledger| self.open_slot(ledger, index));
        let value = match source {
            0..PLACE if C::ENCODES => value,
            // Which of the values it is cannot be guessed.
            0..PLACE => [NONE, last, previous, self.in_trace.find(self.trace, key)][source as usize],
            PLACE => self.place(c, place, key, value)?,
            TWIN if walk.missed > 0 => self.twin(C::ENCODES, key, walk.cause)?,
            NEW => {
                let raw = if C::ENCODES { self.found[at].raw(message) } else { &[] };
                self.new_value(c, key, raw)?
            }
            _ => return None,
        };
        c.account(|ledger| self.close_value(ledger, coding_of(source), value));
        (value != NONE).then_some(value)
    }

    /// Adds the payload of another key's value under `key`.
    fn twin(&mut self, findable: bool, key: u32, twin: u32) -> Option<u32> {
        let (parts, payload) = self.split(self.strings.entry(twin).tag, self.strings.get(twin));
        let this = self.keys.parts(key);
        let mut copy = Vec::new();
        (parts.of == this.of).then(|| attribute::join(this, payload, &mut copy))?;
        self.strings.arena.extend_from_slice(&copy);
        self.add_value(key, copy.len(), findable)
    }

    #[inline]
    fn set_slot(&mut self, index: u32, value: u32) {
        let Entry { offset, len, .. } = self.strings.entry(value);
        let slot = &mut self.templates.slots[index as usize];
        let previous = select_unpredictable(slot.last == value, slot.previous, slot.last);
        *slot = Slot { previous, last: value, offset, len, ..*slot };
    }

    /// Drops what a damaged frame has left.
    pub(super) fn drop_plan(&mut self) {
        self.plan.begin(0);
        self.plan.in_trace.clear();
    }

    /// Notes what a message has taught. Not before its end, so that an encoder can plan ahead.
    fn learn(&mut self) {
        let Plan { predictions, predicted, in_trace, .. } = &mut self.plan;
        for &(slot, cause, value) in &predictions[..*predicted] {
            self.associations.set(slot, cause, value);
        }
        if self.trace != NONE {
            in_trace.iter().for_each(|(key, value)| self.in_trace.set(self.trace, *key, *value));
        }
        in_trace.clear();
    }
}

impl Plan {
    /// Begins a message with so many slots.
    #[inline(always)]
    fn begin(&mut self, slots: usize) {
        if self.told.len() < slots {
            self.told.resize(slots, NONE);
            self.predictions.resize(slots, (NONE, NONE, NONE));
        }
        self.misses.clear();
        self.vectors.clear();
        self.predicted = 0;
    }

    /// Decoder: takes the sources of a vector, of which none is 0.
    fn unpack(&mut self, mut sources: u64) {
        while sources != 0 {
            self.misses.push(Miss { source: sources as u8 & 15, value: NONE });
            sources >>= 4;
        }
    }

    /// Notes an association, which counts only if it is `news`. That can hardly be guessed, so it is noted anyway.
    #[inline(always)]
    fn predict(&mut self, association: (u32, u32, u32), news: bool) {
        if let Some(place) = self.predictions.get_mut(self.predicted) {
            *place = association;
            self.predicted += news as usize;
        }
    }
}

/// How statistics call a source; what is new says itself how it is coded.
fn coding_of(source: u8) -> Option<Coding> {
    match source {
        NEW => None,
        TWIN => Some(Coding::Copied),
        _ => Some(Coding::Known),
    }
}

/// A field without its tag and length.
fn body(raw: &[u8]) -> &[u8] {
    field::read(raw, 0).map_or(raw, |field| &raw[field.body..])
}

/// Whether two attributes may have the same value, going by their last bytes if their keys come first, and
/// by the lengths of their values if those do.
fn may_be_twins(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([0x0a, .., a_last], [0x0a, .., b_last]) => a_last == b_last,
        ([0x12, a_len, ..], [0x12, b_len, ..]) => a_len == b_len,
        _ => true,
    }
}
