//! Which template a message has: for the encoder only.
//!
//! A message is found by the signature of its fields in their order, then by that of its fields in any order,
//! then field by field. A signature is only a hint: what it finds is taken if the message's bytes say so too.

use super::Model;
use super::keys::{Keys, NONE, kind_of_key};
use super::scan::{Scan, Token};
use super::template::{CHUNK, NAMELESS, Place, arrange};
use crate::wire::attribute;
use crate::wire::otlp::{Level, PARTS, Role};

/// Families that are made for every new name; later ones only for names that come a second time.
const EAGER_FAMILIES: usize = 512;
/// Most families.
const MAX_FAMILIES: usize = 4096;

/// Templates that an encoder finds by signature, in order and in any order.
const SEEN: usize = 4096;
const SEEN_SETS: usize = 1024;

/// A template that an encoder has seen under a signature.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    signature: u64,
    shape: u32,
    order: u32,
}

/// A shape that an encoder has seen under a signature, and the hashes of its slots' keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeenSet {
    signature: u64,
    shape: u32,
    hashes: u32,
}

/// What an encoder has recognised in a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub family: FamilyWanted,
    pub set: Option<u32>,
    pub shape: Option<u32>,
    /// One of those of the set; if there is none, the fields stand as in [`Model::wanted_places`].
    pub order: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FamilyWanted {
    Known(u32),
    New,
}

impl Model {
    /// Makes the tables that a decoder does without.
    pub(super) fn prepare_to_recognise(&mut self) {
        self.seen.resize(SEEN, Seen::default());
        self.seen_sets.resize(SEEN_SETS, SeenSet::default());
    }

    /// Takes a message apart and looks up its template: by its fields in their order, then by its
    /// fields in any order, then field by field.
    pub(super) fn recognise(&mut self, level: Level, message: &[u8]) -> Wanted {
        let mut scan = std::mem::take(&mut self.scans[level as usize]);
        scan.read(level, message);
        scan.signature ^= self.generation;
        scan.set_signature ^= self.generation;
        let entry = self.seen[slot_of(scan.signature, SEEN)];
        self.recognised = true;
        let known = if entry.signature == scan.signature && self.matches(&scan, entry.shape, entry.order, message) {
            Some((entry.shape, Some(entry.order)))
        } else {
            self.rearranged(&scan, message)
        };
        let wanted = match known {
            Some((shape, order)) => {
                let family = FamilyWanted::Known(self.templates.shapes[shape as usize].family);
                Wanted { family, set: Some(self.templates.shapes[shape as usize].set), shape: Some(shape), order }
            }
            None => {
                self.recognised = false;
                self.resolve(&scan, level, message)
            }
        };
        self.scans[level as usize] = scan;
        wanted
    }

    /// Whether a message has this template, going by its bytes; notes which of its slots differ.
    fn matches(&mut self, scan: &Scan, shape: u32, order: u32, message: &[u8]) -> bool {
        self.templates.places(order).len() == scan.tokens().len()
            && self.compare(scan, shape, Some(order), message, true)
    }

    /// The shape of a message whose fields are known but not in this order, and its order if that is
    /// known too; [`Model::wanted_places`] in any case.
    fn rearranged(&mut self, scan: &Scan, message: &[u8]) -> Option<(u32, Option<u32>)> {
        let entry = self.seen_sets[slot_of(scan.set_signature, SEEN_SETS)];
        if entry.signature != scan.set_signature {
            return None;
        }
        let hashes =
            &self.set_hashes[entry.hashes as usize..entry.hashes as usize + self.templates.slots_of(entry.shape).len()];
        arrange_like(scan, hashes, &mut self.wanted_places)?;
        let set = self.templates.shapes[entry.shape as usize].set;
        // The compare below goes by these places, so what they say of parts is not checked there.
        if !self.templates.has_parts(set, &self.wanted_places) || !self.compare(scan, entry.shape, None, message, true)
        {
            return None;
        }
        let order = self.templates.find_order(set, &self.wanted_places);
        if let Some(order) = order {
            let signature = scan.signature;
            self.seen[slot_of(signature, SEEN)] = Seen { signature, shape: entry.shape, order };
        }
        Some((entry.shape, order))
    }

    /// Notes which slots differ from their last value, in `order` or as in [`Model::wanted_places`].
    /// Returns false if the template turns out not to be the message's, which can only be if `verify`
    /// was asked for.
    fn compare(&mut self, scan: &Scan, shape: u32, order: Option<u32>, message: &[u8], verify: bool) -> bool {
        let slots = self.templates.slots_of(shape);
        self.differs.clear();
        self.differs.resize(slots.len().div_ceil(CHUNK), 0);
        if self.slot_tokens.len() < slots.len() {
            self.slot_tokens.resize(slots.len(), 0);
            self.slot_values.resize(slots.len(), 0);
        }
        let places = match order {
            Some(order) => self.templates.places(order),
            None => &self.wanted_places,
        };
        let arena = &self.strings.arena[..];
        for (at, (&place, token)) in places.iter().zip(scan.tokens()).enumerate() {
            if (place as usize) < PARTS {
                if token.role as u16 != place {
                    return false;
                }
                continue;
            }
            let index = place as usize - PARTS;
            let slot = &self.templates.slots[slots[index] as usize];
            self.slot_tokens[index] = at as u32;
            let raw = token.raw(message);
            let last = &arena[slot.offset as usize..slot.offset as usize + slot.len as usize];
            if !same(raw, last) {
                self.differs[index / CHUNK] |= 1 << (index % CHUNK);
                let found = self.strings.find(slot.key, raw);
                self.slot_values[index] = found.unwrap_or(NONE);
                // What was coded under the key before has the key.
                if verify && found.is_none() && !has_key(&self.keys, raw, token.role, slot.key) {
                    return false;
                }
            }
        }
        if verify && scan.parts[Role::Name as usize] != NONE {
            let name = scan.tokens()[scan.parts[Role::Name as usize] as usize].raw(message);
            let family = self.templates.shapes[shape as usize].family;
            return self.strings.get(self.templates.families[family as usize].name) == name;
        }
        true
    }

    /// Finds out kind by kind what a message is.
    fn resolve(&mut self, scan: &Scan, level: Level, message: &[u8]) -> Wanted {
        let name_key = self.name_keys[level as usize];
        let family = match scan.parts[Role::Name as usize] {
            NONE => FamilyWanted::Known(NAMELESS),
            name => self.family_of(level, name_key, scan.tokens()[name as usize].raw(message)),
        };
        let keys = &self.keys;
        let kind_of = |token: &Token| match token.role {
            Role::Name if family == FamilyWanted::Known(NAMELESS) => kind_of_key(name_key),
            Role::Attribute | Role::Plain => {
                let (parts, _) = attribute::split(token.raw(message), token.role == Role::Attribute);
                keys.find(level, &parts).map_or(NONE, kind_of_key)
            }
            part => part as u32,
        };
        self.wanted_kinds.clear();
        self.wanted_kinds.extend(scan.tokens().iter().map(kind_of));
        if self.wanted_kinds.contains(&NONE) {
            // A set with a key that is new is new, and is given with its order.
            return Wanted { family, set: None, shape: None, order: None };
        }
        let (places, sorted) = arrange(&self.wanted_kinds);
        self.wanted_places = places;
        let set = self.templates.find_set(level, &sorted);
        let order = set.and_then(|set| self.templates.find_order(set, &self.wanted_places));
        let shape = match (family, set) {
            (FamilyWanted::Known(family), Some(set)) => self.templates.find_shape(family, set),
            _ => None,
        };
        Wanted { family, set, shape, order }
    }

    fn family_of(&self, level: Level, name_key: u32, raw: &[u8]) -> FamilyWanted {
        let name = self.strings.find(name_key, raw);
        if let Some(family) = name.and_then(|name| self.templates.find_family(level, name)) {
            return FamilyWanted::Known(family);
        }
        let count = self.templates.families.len();
        if count < EAGER_FAMILIES || (name.is_some() && count < MAX_FAMILIES) {
            FamilyWanted::New
        } else {
            FamilyWanted::Known(NAMELESS)
        }
    }

    /// Notes the template of a message that was not recognised by its signature.
    pub(super) fn remember(&mut self, level: Level, shape: u32, order: u32, message: &[u8]) {
        let scan = std::mem::take(&mut self.scans[level as usize]);
        let known = Some(order).filter(|order| *order != NONE);
        self.compare(&scan, shape, known, message, false);
        // A nameless message may be one whose name deserves a family the next time.
        if self.templates.shapes[shape as usize].family != NAMELESS || scan.parts[Role::Name as usize] == NONE {
            if let Some(order) = known {
                let signature = scan.signature;
                self.seen[slot_of(signature, SEEN)] = Seen { signature, shape, order };
            }
            let hashes = self.set_hashes.len() as u32;
            let tokens = self.slot_tokens[..self.templates.slots_of(shape).len()].iter();
            self.set_hashes.extend(tokens.map(|token| scan.tokens()[*token as usize].hash));
            let signature = scan.set_signature;
            self.seen_sets[slot_of(signature, SEEN_SETS)] = SeenSet { signature, shape, hashes };
        }
        self.scans[level as usize] = scan;
    }
}

/// Whether a field has this key.
fn has_key(keys: &Keys, raw: &[u8], role: Role, key: u32) -> bool {
    matches!(role, Role::Attribute | Role::Plain) && keys.parts(key) == attribute::split(raw, role == Role::Attribute).0
}

/// Whether two fields are the same; most have between 8 and 64 bytes.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) =
        (a.first_chunk::<16>(), b.first_chunk::<16>(), a.last_chunk::<16>(), b.last_chunk::<16>())
    {
        // Values differ at their ends more often than keys do in the middle.
        return u128::from_ne_bytes(*a_last) == u128::from_ne_bytes(*b_last)
            && u128::from_ne_bytes(*a_first) == u128::from_ne_bytes(*b_first)
            && (a.len() <= 32 || a[16..a.len() - 16] == b[16..b.len() - 16]);
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) => a_first == b_first && a_last == b_last,
        _ => a == b,
    }
}

/// Finds the slot of every token by its hash. Nothing comes back if that is not plain.
fn arrange_like(scan: &Scan, hashes: &[u32], places: &mut Vec<Place>) -> Option<()> {
    places.clear();
    let mut used = 0u64;
    let mut next = 0;
    for token in scan.tokens() {
        if (token.role as usize) < PARTS {
            places.push(token.role as Place);
            continue;
        }
        // Mostly it is the slot after the last one.
        let found = (next..hashes.len()).chain(0..next).find(|at| hashes[*at] == token.hash)?;
        if found >= CHUNK || used >> found & 1 != 0 {
            return None;
        }
        used |= 1 << found;
        places.push((found + PARTS) as Place);
        next = found + 1;
    }
    (used.count_ones() as usize == hashes.len()).then_some(())
}

/// The high bits of a product depend on all of its factor's bits.
fn slot_of(signature: u64, slots: usize) -> usize {
    (signature >> 40) as usize % slots
}
