//! Which template a message has: for the encoder only.
//!
//! A message is found by its name, by the signature of its fields in their order, by that of its fields in any
//! order, then field by field. All but the last are only hints: what they find is taken if the message's bytes say
//! so too.

use super::Model;
use super::keys::{Keys, NONE, kind_of_key};
use super::scan::{self, Scan, Token};
use super::strings::StringTable;
use super::template::{CHUNK, NAMELESS, Place, Shape, arrange};
use crate::wire::attribute;
use crate::wire::otlp::{Level, PARTS, Role};

/// Families that are made for every new name; later ones only for names that come a second time.
const EAGER_FAMILIES: usize = 512;
/// Most families.
const MAX_FAMILIES: usize = 4096;

/// Templates that an encoder finds by signature: by name, in order and in any order.
const SEEN_HEADS: usize = 1024;
const SEEN: usize = 4096;
const SEEN_SETS: usize = 1024;

/// A template that an encoder has seen under a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    signature: u64,
    /// What was seen by an earlier model is void, whatever its signature.
    generation: u64,
    shape: u32,
    order: u32,
}

/// A template that an encoder has seen with a name, and whether it is expected to come with it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeenHead {
    seen: Seen,
    sure: bool,
}

/// A shape that an encoder has seen under a signature, and the hashes of its slots' keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeenSet {
    signature: u64,
    /// As for [`Seen`].
    generation: u64,
    shape: u32,
    hashes: u32,
}

/// What an encoder has found out about a slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    start: u32,
    len: u32,
    /// If it differs: the value in the string table, or [`NONE`].
    pub value: u32,
}

impl Found {
    pub(super) fn raw<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.start as usize..self.start as usize + self.len as usize]
    }
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
        self.seen_heads.resize(SEEN_HEADS, SeenHead::default());
        self.seen.resize(SEEN, Seen::default());
        self.seen_sets.resize(SEEN_SETS, SeenSet::default());
    }

    /// Takes a message apart and looks up its template: by its name, by all its fields in their order, by its
    /// fields in any order, then field by field.
    pub(super) fn recognise(&mut self, level: Level, message: &[u8]) -> Wanted {
        let known = match self.follow(level, message) {
            Some((shape, order)) => Some((shape, Some(order))),
            None => self.scan(level, message),
        };
        self.recognised = known.is_some();
        match known {
            Some((shape, order)) => {
                let Shape { family, set, .. } = self.templates.shapes[shape as usize];
                Wanted { family: FamilyWanted::Known(family), set: Some(set), shape: Some(shape), order }
            }
            None => self.resolve(level, message),
        }
    }

    /// The template that messages with such a name mostly have, if this message has it too.
    fn follow(&mut self, level: Level, message: &[u8]) -> Option<(u32, u32)> {
        if self.scans[level as usize].trust == 0 {
            return None;
        }
        let head = scan::peek_head(level, message);
        let SeenHead { seen: Seen { signature, generation, shape, order }, sure } =
            self.seen_heads[slot_of(head, SEEN_HEADS)];
        let is_expected = sure && generation == self.generation && signature == head;
        if !is_expected || !self.expect(level, shape, order, message) {
            return None;
        }
        self.scans[level as usize].note_trust(true);
        Some((shape, order))
    }

    /// The template that a message has by its signatures, with its order if that is known.
    fn scan(&mut self, level: Level, message: &[u8]) -> Option<(u32, Option<u32>)> {
        let scan = &mut self.scans[level as usize];
        scan.read(level, message);
        let Seen { signature, generation, shape, order } = self.seen[slot_of(scan.signature, SEEN)];
        let is_known = generation == self.generation && signature == scan.signature;
        let fits = is_known && self.templates.places(order).len() == scan.tokens().len();
        let known = if fits && self.compare(level, shape, Some(order), message, true) {
            Some((shape, Some(order)))
        } else {
            self.rearranged(level, message)
        };
        if let Some((shape, order)) = known {
            self.note_head(level, shape, order);
        }
        known
    }

    /// Notes which template a message has whose name did not tell. One that comes twice is expected from then on;
    /// one that does not come then has a second chance.
    fn note_head(&mut self, level: Level, shape: u32, order: Option<u32>) {
        let scan = &mut self.scans[level as usize];
        let signature = scan.head(level);
        let known = &mut self.seen_heads[slot_of(signature, SEEN_HEADS)];
        let seen = Seen { signature, generation: self.generation, shape, order: order.unwrap_or(NONE) };
        if known.seen.generation != self.generation {
            *known = SeenHead { seen, sure: false };
            return;
        }
        let right = known.seen == seen;
        if known.seen.signature == signature {
            scan.note_trust(right);
        }
        let seen = if known.sure { known.seen } else { seen };
        *known = SeenHead { seen, sure: right && order.is_some() };
    }

    /// The shape of a message whose fields are known but not in this order, and its order if that is
    /// known too; [`Model::wanted_places`] in any case.
    fn rearranged(&mut self, level: Level, message: &[u8]) -> Option<(u32, Option<u32>)> {
        let scan = &self.scans[level as usize];
        let entry = self.seen_sets[slot_of(scan.set_signature, SEEN_SETS)];
        if entry.generation != self.generation || entry.signature != scan.set_signature {
            return None;
        }
        let hashes =
            &self.set_hashes[entry.hashes as usize..entry.hashes as usize + self.templates.slots_of(entry.shape).len()];
        arrange_like(scan, hashes, &mut self.wanted_places)?;
        let signature = scan.signature;
        let set = self.templates.shapes[entry.shape as usize].set;
        // The compare below goes by these places, so what they say of parts is not checked there.
        if !self.templates.has_parts(set, &self.wanted_places) || !self.compare(level, entry.shape, None, message, true)
        {
            return None;
        }
        let order = self.templates.find_order(set, &self.wanted_places);
        if let Some(order) = order {
            let (generation, shape) = (self.generation, entry.shape);
            self.seen[slot_of(signature, SEEN)] = Seen { signature, generation, shape, order };
        }
        Some((entry.shape, order))
    }

    /// Whether a message has this template, going by its bytes alone; if so, finds its parts, and notes which of
    /// its slots differ from their last value. Where one does not, no field has to be read.
    #[inline(never)]
    fn expect(&mut self, level: Level, shape: u32, order: u32, message: &[u8]) -> bool {
        self.begin_compare(shape);
        let slots = self.templates.slots_of(shape);
        let found = &mut self.found[..slots.len()];
        let arena = &self.strings.arena[..];
        let scan = &mut self.scans[level as usize];
        scan.clear();
        let mut rest = message;
        for &place in self.templates.places(order) {
            let start = message.len() - rest.len();
            let Some(index) = (place as usize).checked_sub(PARTS) else {
                let Some(len) = scan.take_part(level, place as usize, start, rest) else { return false };
                rest = &rest[len..];
                continue;
            };
            let slot = &self.templates.slots[slots[index] as usize];
            let last = &arena[slot.offset as usize..slot.offset as usize + slot.len as usize];
            if let Some((raw, after)) = rest.split_at_checked(last.len())
                && same(raw, last)
            {
                (found[index].start, found[index].len) = (start as u32, slot.len);
                rest = after;
                continue;
            }
            if !may_have_key(rest, last) {
                return false;
            }
            let Some((len, value)) = value_at(&self.strings, &self.keys, slot.key, level, rest) else { return false };
            found[index] = Found { start: start as u32, len: len as u32, value };
            self.differs[index / CHUNK] |= 1 << (index % CHUNK);
            rest = &rest[len..];
        }
        rest.is_empty() && self.has_name(level, shape, message)
    }

    /// Notes which slots differ from their last value, in `order` or as in [`Model::wanted_places`].
    /// Returns false if the template turns out not to be the message's, which can only be if `verify`
    /// was asked for.
    fn compare(&mut self, level: Level, shape: u32, order: Option<u32>, message: &[u8], verify: bool) -> bool {
        self.begin_compare(shape);
        let slots = self.templates.slots_of(shape);
        let places = match order {
            Some(order) => self.templates.places(order),
            None => &self.wanted_places,
        };
        let found = &mut self.found[..slots.len()];
        let arena = &self.strings.arena[..];
        for (&place, token) in places.iter().zip(self.scans[level as usize].tokens()) {
            if (place as usize) < PARTS {
                if token.role as Place != place {
                    return false;
                }
                continue;
            }
            let index = place as usize - PARTS;
            let slot = &self.templates.slots[slots[index] as usize];
            let raw = token.raw(message);
            (found[index].start, found[index].len) = (token.start, raw.len() as u32);
            let last = &arena[slot.offset as usize..slot.offset as usize + slot.len as usize];
            if !same(raw, last) {
                let value = match verify {
                    true => value_of(&self.strings, &self.keys, slot.key, token.role, raw),
                    false => self.strings.find(slot.key, raw).or(Some(NONE)),
                };
                let Some(value) = value else { return false };
                self.differs[index / CHUNK] |= 1 << (index % CHUNK);
                found[index].value = value;
            }
        }
        !verify || self.has_name(level, shape, message)
    }

    #[inline(always)]
    fn begin_compare(&mut self, shape: u32) {
        let slots = self.templates.slots_of(shape).len();
        self.differs.clear();
        self.differs.resize(slots.div_ceil(CHUNK), 0);
        if self.found.len() < slots {
            self.found.resize(slots, Found::default());
        }
    }

    /// Whether a message has the name of this shape's family, if any.
    #[inline(always)]
    fn has_name(&self, level: Level, shape: u32, message: &[u8]) -> bool {
        let scan = &self.scans[level as usize];
        let Some(name) = scan.tokens().get(scan.parts[Role::Name as usize] as usize) else { return true };
        let family = self.templates.shapes[shape as usize].family;
        self.strings.get(self.templates.families[family as usize].name) == name.raw(message)
    }

    /// Finds out kind by kind what a message is.
    #[inline(never)]
    fn resolve(&mut self, level: Level, message: &[u8]) -> Wanted {
        let scan = &self.scans[level as usize];
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
        let known = Some(order).filter(|order| *order != NONE);
        self.compare(level, shape, known, message, false);
        let scan = &self.scans[level as usize];
        // A nameless message may be one whose name deserves a family the next time.
        if self.templates.shapes[shape as usize].family != NAMELESS || scan.parts[Role::Name as usize] == NONE {
            if let Some(order) = known {
                let signature = scan.signature;
                self.seen[slot_of(signature, SEEN)] = Seen { signature, generation: self.generation, shape, order };
            }
            let hashes = self.set_hashes.len();
            self.set_hashes.resize(hashes + self.templates.slots_of(shape).len(), 0);
            let places = known.map_or(&self.wanted_places[..], |order| self.templates.places(order));
            for (place, token) in places.iter().zip(scan.tokens()) {
                if let Some(slot) = (*place as usize).checked_sub(PARTS) {
                    self.set_hashes[hashes + slot] = token.hash;
                }
            }
            let hashes = hashes as u32;
            let signature = scan.set_signature;
            self.seen_sets[slot_of(signature, SEEN_SETS)] =
                SeenSet { signature, generation: self.generation, shape, hashes };
            self.note_head(level, shape, known);
        }
    }
}

/// The value that a field has under `key`; [`NONE`] if it is new, nothing if the field does not have the key.
#[inline(never)]
fn value_of(strings: &StringTable, keys: &Keys, key: u32, role: Role, raw: &[u8]) -> Option<u32> {
    // What was coded under the key before has the key.
    strings.find(key, raw).or_else(|| {
        let has_key = matches!(role, Role::Attribute | Role::Plain)
            && keys.parts(key) == attribute::split(raw, role == Role::Attribute).0;
        has_key.then_some(NONE)
    })
}

/// Whether an attribute may have the key of another one, going by the key's length and its first bytes.
#[inline(always)]
fn may_have_key(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<7>(), b.first_chunk::<7>()) {
        (Some([_, ..0x80, 0x0a, a_key @ ..]), Some([_, ..0x80, 0x0a, b_key @ ..])) => a_key == b_key,
        _ => true,
    }
}

/// The length of the field that begins here, and the same of its value.
#[inline(never)]
fn value_at(strings: &StringTable, keys: &Keys, key: u32, level: Level, rest: &[u8]) -> Option<(usize, u32)> {
    let (role, len) = scan::field_at(level, rest)?;
    Some((len, value_of(strings, keys, key, role, &rest[..len])?))
}

/// Whether two fields are the same; most have between 16 and 64 bytes.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && match a.len() {
            65.. => a == b,
            // Values differ at their ends more often than keys do in the middle.
            33.. => same_ends::<32>(a, b),
            16.. => same_ends::<16>(a, b),
            8.. => same_ends::<8>(a, b),
            4.. => same_ends::<4>(a, b),
            2.. => same_ends::<2>(a, b),
            // No whole field is as short.
            _ => false,
        }
}

/// Whether the last `N` bytes are the same, and the first ones.
#[inline(always)]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.last_chunk::<N>() == b.last_chunk::<N>() && a.first_chunk::<N>() == b.first_chunk::<N>()
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
