//! Templates by the signatures of the messages that had them, for the encoder only: hints, none of which is taken
//! unless a message's bytes say so too.

use super::keys::NONE;
use super::scan::{Scan, Token};
use super::template::{CHUNK, Place};
use crate::wire::otlp::PARTS;

/// Templates that are found by name, by fields in their order, and by fields in any order.
const HEADS: usize = 1024;
const ORDERS: usize = 4096;
const SETS: usize = 1024;

/// Entries of all layouts, and of all slots by hash, at which all is forgotten.
const MAX_ENTRIES: usize = 1 << 18;

/// Which of a message's fields are the slots of its template.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    /// In [`Signatures::layouts`]: the kind of every field, then of every slot the field that it is.
    at: u32,
    fields: u32,
}

/// A template, by the fields of a message in their order.
#[derive(Clone, Copy, Debug, Default)]
struct InOrder {
    signature: u64,
    /// What was seen by an earlier model is void, whatever its signature.
    generation: u64,
    shape: u32,
    order: u32,
    layout: Layout,
}

/// A template, by the name of a message, and whether it is expected to come with it.
#[derive(Clone, Copy, Debug, Default)]
struct ByName {
    signature: u64,
    generation: u64,
    shape: u32,
    order: u32,
    sure: bool,
}

/// A shape, by the fields of a message in any order.
#[derive(Clone, Copy, Debug, Default)]
struct InAnyOrder {
    signature: u64,
    generation: u64,
    shape: u32,
    /// How often the message had each part.
    parts: PartCounts,
    /// Where its slots are in [`Signatures::slots`], and how many.
    at: u32,
    slots: u32,
}

/// How often a message has each part, in 16 bits each.
type PartCounts = u128;

/// A slot by the hash of its key; [`NONE`] in a place that is free.
#[derive(Clone, Copy, Debug)]
struct HashedSlot {
    hash: u32,
    slot: u32,
}

/// All templates that were seen lately.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    generation: u64,
    by_name: Vec<ByName>,
    in_order: Vec<InOrder>,
    in_any_order: Vec<InAnyOrder>,
    layouts: Vec<Place>,
    /// Hash tables, one for each entry of `in_any_order`.
    slots: Vec<HashedSlot>,
}

impl Signatures {
    /// Makes the tables, which a decoder does without.
    pub(super) fn prepare(&mut self) {
        self.by_name.resize(HEADS, ByName::default());
        self.in_order.resize(ORDERS, InOrder::default());
        self.in_any_order.resize(SETS, InAnyOrder::default());
    }

    /// Voids all of them.
    pub(super) fn forget(&mut self) {
        self.generation += 1;
        self.layouts.clear();
        self.slots.clear();
    }

    /// Bounds what is held: before a layout is made.
    fn bound(&mut self) {
        if self.layouts.len().max(self.slots.len()) > MAX_ENTRIES {
            self.forget();
        }
    }

    /// The template that messages with this head are expected to have.
    #[inline(always)]
    pub(super) fn expected(&self, head: u64) -> Option<(u32, u32)> {
        let ByName { signature, generation, shape, order, sure } = self.by_name[place(head, HEADS)];
        (sure && generation == self.generation && signature == head).then_some((shape, order))
    }

    /// Notes which template a message has that was not expected. One that comes twice is expected from then on; one
    /// that does not come then has a second chance. Returns whether it was the last one again, if there was one.
    #[inline(always)]
    pub(super) fn note_head(&mut self, head: u64, shape: u32, order: Option<u32>) -> Option<bool> {
        let known = &mut self.by_name[place(head, HEADS)];
        let is_known = known.generation == self.generation;
        let right = is_known && (known.signature, known.shape, known.order) == (head, shape, order.unwrap_or(NONE));
        let told = (is_known && known.signature == head).then_some(right);
        if !(is_known && known.sure) {
            *known = ByName {
                signature: head,
                generation: self.generation,
                shape,
                order: order.unwrap_or(NONE),
                sure: false,
            };
        }
        known.sure = right && order.is_some();
        told
    }

    /// The template of messages with just these fields in this order.
    #[inline(always)]
    pub(super) fn in_order(&self, scan: &Scan) -> Option<(u32, u32, Layout)> {
        let InOrder { signature, generation, shape, order, layout } = self.in_order[place(scan.signature, ORDERS)];
        let is_known = generation == self.generation && signature == scan.signature;
        (is_known && kinds(scan).eq(self.kinds(layout).iter().copied())).then_some((shape, order, layout))
    }

    /// Notes that the fields of a message in their order are those of a template.
    pub(super) fn note_in_order(&mut self, scan: &Scan, (shape, order): (u32, u32), layout: Layout) {
        let (signature, generation) = (scan.signature, self.generation);
        self.in_order[place(signature, ORDERS)] = InOrder { signature, generation, shape, order, layout };
    }

    /// The same of the fields in any order; messages with very many slots are not worth it.
    pub(super) fn note_in_any_order(&mut self, scan: &Scan, shape: u32, layout: Layout, slots: usize) {
        if slots > CHUNK {
            return;
        }
        let at = self.slots.len();
        let size = table_size(slots);
        self.slots.resize(at + size, HashedSlot { hash: 0, slot: NONE });
        let first = layout.slots();
        for slot in 0..slots {
            let Token { hash, .. } = scan.tokens()[self.layouts[first + slot] as usize];
            let table = &mut self.slots[at..];
            let mut place = hash as usize & (size - 1);
            while table[place].slot != NONE {
                place = (place + 1) & (size - 1);
            }
            table[place] = HashedSlot { hash, slot: slot as u32 };
        }
        let (signature, generation, parts) = (scan.set_signature, self.generation, part_counts(scan));
        self.in_any_order[self::place(signature, SETS)] =
            InAnyOrder { signature, generation, shape, parts, at: at as u32, slots: slots as u32 };
    }

    /// Lays the shape of messages with these fields in any order over one of them. The layout has to be taken back
    /// if it is not noted.
    pub(super) fn arrange(&mut self, scan: &Scan, places: &mut Vec<Place>) -> Option<(u32, Layout)> {
        self.bound();
        let known = self.in_any_order[place(scan.set_signature, SETS)];
        if known.generation != self.generation
            || (known.signature, known.parts) != (scan.set_signature, part_counts(scan))
        {
            return None;
        }
        let size = table_size(known.slots as usize);
        let layout = self.begin_layout(scan, known.slots as usize);
        let table = &self.slots[known.at as usize..known.at as usize + size];
        let tokens = &mut self.layouts[layout.slots()..];
        places.clear();
        let mut used = 0u64;
        for (field, (token, kind)) in scan.tokens().iter().zip(kinds(scan)).enumerate() {
            if (kind as usize) < PARTS {
                places.push(kind);
                continue;
            }
            let mut place = token.hash as usize & (size - 1);
            // Of fields with the same key the first one is the first slot.
            while table[place].slot != NONE && (table[place].hash != token.hash || used >> table[place].slot & 1 != 0) {
                place = (place + 1) & (size - 1);
            }
            let Some(found) = tokens.get_mut(table[place].slot as usize) else {
                break;
            };
            *found = field as Place;
            used |= 1 << table[place].slot;
            places.push(table[place].slot as Place + PARTS as Place);
        }
        if places.len() == scan.tokens().len() && used.count_ones() == known.slots {
            return Some((known.shape, layout));
        }
        self.take_back(layout);
        None
    }

    /// The layout of a message whose fields stand in these places.
    pub(super) fn lay(&mut self, scan: &Scan, places: &[Place], slots: usize) -> Layout {
        self.bound();
        let layout = self.begin_layout(scan, slots);
        for (field, place) in places.iter().enumerate() {
            if let Some(slot) = (*place as usize).checked_sub(PARTS) {
                self.layouts[layout.slots() + slot] = field as Place;
            }
        }
        layout
    }

    /// A layout whose slots are not known yet.
    fn begin_layout(&mut self, scan: &Scan, slots: usize) -> Layout {
        let layout = Layout { at: self.layouts.len() as u32, fields: scan.tokens().len() as u32 };
        self.layouts.extend(kinds(scan));
        self.layouts.resize(layout.slots() + slots, 0);
        layout
    }

    /// Takes back the layout that was made last.
    pub(super) fn take_back(&mut self, layout: Layout) {
        self.layouts.truncate(layout.at as usize);
    }

    #[inline(always)]
    fn kinds(&self, layout: Layout) -> &[Place] {
        &self.layouts[layout.at as usize..layout.slots()]
    }

    /// Of each slot, the field that it is.
    #[inline(always)]
    pub(super) fn fields_of_slots(&self, layout: Layout, slots: usize) -> &[Place] {
        &self.layouts[layout.slots()..layout.slots() + slots]
    }
}

impl Layout {
    /// Where the slots begin.
    #[inline(always)]
    fn slots(self) -> usize {
        self.at as usize + self.fields as usize
    }
}

/// Of each field, the part that it is, or [`PARTS`].
#[inline(always)]
fn kinds(scan: &Scan) -> impl Iterator<Item = Place> {
    scan.tokens().iter().map(|token| (token.role as Place).min(PARTS as Place))
}

fn part_counts(scan: &Scan) -> PartCounts {
    kinds(scan).filter(|kind| (*kind as usize) < PARTS).map(|part| 1 << (16 * part)).sum()
}

/// Places of the hash table of so many slots: a power of two, of which a quarter at most is taken.
fn table_size(slots: usize) -> usize {
    (4 * slots).next_power_of_two()
}

/// The high bits of a product depend on all of its factor's bits.
#[inline(always)]
fn place(signature: u64, places: usize) -> usize {
    (signature >> 40) as usize % places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::otlp::{Level, Role};

    /// A span with a name and these attributes, all of them strings of one letter.
    fn span(keys: &[u16]) -> Vec<u8> {
        let mut span = b"\x2a\x01x".to_vec();
        for key in keys {
            span.extend_from_slice(b"\x4a\x0d\x0a\x06");
            span.extend_from_slice(format!("key{key:03}").as_bytes());
            span.extend_from_slice(b"\x12\x03\x0a\x01v");
        }
        span
    }

    fn scan(keys: &[u16]) -> Scan {
        let mut scan = Scan::default();
        scan.read(Level::Span, &span(keys));
        scan
    }

    /// A name and slots in their order.
    fn places(slots: usize) -> Vec<Place> {
        let slots = (0..slots as Place).map(|slot| slot + PARTS as Place);
        std::iter::once(Role::Name as Place).chain(slots).collect()
    }

    #[test]
    fn a_shape_is_found_in_any_order_and_a_key_that_comes_twice_in_that_of_its_slots() {
        let mut signatures = Signatures::default();
        signatures.prepare();
        signatures.forget();
        let first = scan(&[1, 2, 2, 3]);
        let layout = signatures.lay(&first, &places(4), 4);
        signatures.note_in_any_order(&first, 7, layout, 4);
        let mut found = Vec::new();
        let layout = signatures.arrange(&scan(&[3, 2, 1, 2]), &mut found).filter(|(shape, _)| *shape == 7);
        assert_eq!(found, [7, 11, 9, 8, 10]);
        assert_eq!(layout.map(|(_, layout)| signatures.fields_of_slots(layout, 4)), Some(&[3, 2, 4, 1][..]));
        assert!(signatures.arrange(&scan(&[3, 2, 1, 1]), &mut found).is_none());
        signatures.forget();
        assert!(signatures.arrange(&scan(&[3, 2, 1, 2]), &mut found).is_none());
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut signatures = Signatures::default();
        signatures.prepare();
        signatures.forget();
        let wide: Vec<u16> = (0..60).collect();
        let seen = scan(&wide);
        for _ in 0..10_000 {
            let layout = signatures.lay(&seen, &places(60), 60);
            signatures.note_in_order(&seen, (1, 2), layout);
            signatures.note_in_any_order(&seen, 1, layout, 60);
            assert!(signatures.in_order(&seen).is_some());
        }
        assert!(signatures.layouts.len().max(signatures.slots.len()) <= MAX_ENTRIES + 512);
    }
}
