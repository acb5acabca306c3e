//! Which template a message has: for the encoder only.
//!
//! A message is found by its name, by the signature of its fields in their order, by that of its fields in any
//! order, then field by field. All but the last are only hints: what they find is taken if the message's bytes say
//! so too.

use super::Model;
use super::keys::{Keys, NONE, kind_of_key};
use super::scan::{self, Token};
use super::signatures::Layout;
use super::strings::StringTable;
use super::template::{CHUNK, NAMELESS, Shape, arrange};
use crate::wire::attribute;
use crate::wire::otlp::{Level, PARTS, Role};

/// Families that are made for every new name; later ones only for names that come a second time.
const EAGER_FAMILIES: usize = 512;
/// Most families.
const MAX_FAMILIES: usize = 4096;

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
        let (shape, order) = self.signatures.expected(scan::peek_head(level, message))?;
        if !self.expect(level, shape, order, message) {
            return None;
        }
        self.scans[level as usize].note_trust(true);
        Some((shape, order))
    }

    /// The template that a message has by its signatures, with its order if that is known.
    fn scan(&mut self, level: Level, message: &[u8]) -> Option<(u32, Option<u32>)> {
        let scan = &mut self.scans[level as usize];
        scan.read(level, message);
        let known = match self.signatures.in_order(scan) {
            Some((shape, order, layout)) if self.compare(level, shape, layout, message, true) => {
                Some((shape, Some(order)))
            }
            _ => self.rearranged(level, message),
        };
        if let Some((shape, order)) = known {
            self.note_head(level, shape, order);
        }
        known
    }

    /// Notes which template a message has whose name did not tell.
    fn note_head(&mut self, level: Level, shape: u32, order: Option<u32>) {
        let scan = &mut self.scans[level as usize];
        if let Some(right) = self.signatures.note_head(scan.head(level), shape, order) {
            scan.note_trust(right);
        }
    }

    /// The shape of a message whose fields are known but not in this order, and its order if that is
    /// known too; [`Model::wanted_places`] in any case.
    fn rearranged(&mut self, level: Level, message: &[u8]) -> Option<(u32, Option<u32>)> {
        let (shape, layout) = self.signatures.arrange(&self.scans[level as usize], &mut self.wanted_places)?;
        let fits = self.compare(level, shape, layout, message, true);
        let set = self.templates.shapes[shape as usize].set;
        let order = self.templates.find_order(set, &self.wanted_places).filter(|_| fits);
        match order {
            Some(order) => self.signatures.note_in_order(&self.scans[level as usize], (shape, order), layout),
            None => self.signatures.take_back(layout),
        }
        fits.then_some((shape, order))
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

    /// Notes which slots differ from their last value. Returns false if the template turns out not to be the
    /// message's, which can only be if `verify` was asked for.
    #[inline(never)]
    fn compare(&mut self, level: Level, shape: u32, layout: Layout, message: &[u8], verify: bool) -> bool {
        self.begin_compare(shape);
        let slots = self.templates.slots_of(shape);
        let fields = self.signatures.fields_of_slots(layout, slots.len());
        let found = &mut self.found[..slots.len()];
        let tokens = self.scans[level as usize].tokens();
        let arena = &self.strings.arena[..];
        for (chunk, slots) in slots.chunks(CHUNK).enumerate() {
            let first = chunk * CHUNK;
            let mut differs = 0;
            for (bit, ((&slot, &field), found)) in
                slots.iter().zip(&fields[first..]).zip(&mut found[first..]).enumerate()
            {
                let (slot, token) = (&self.templates.slots[slot as usize], &tokens[field as usize]);
                (found.start, found.len) = (token.start, token.end - token.start);
                let last = &arena[slot.offset as usize..slot.offset as usize + slot.len as usize];
                differs |= (!same(token.raw(message), last) as u64) << bit;
            }
            self.differs[chunk] = differs;
            while differs != 0 {
                let bit = differs.trailing_zeros() as usize;
                differs &= differs - 1;
                let found = &mut found[first + bit];
                let key = self.templates.slots[slots[bit] as usize].key;
                let raw = found.raw(message);
                let value = match verify {
                    true => value_of(&self.strings, &self.keys, key, tokens[fields[first + bit] as usize].role, raw),
                    false => self.strings.find(key, raw).or(Some(NONE)),
                };
                let Some(value) = value else { return false };
                found.value = value;
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
        let slots = self.templates.slots_of(shape).len();
        let places = known.map_or(&self.wanted_places[..], |order| self.templates.places(order));
        let layout = self.signatures.lay(&self.scans[level as usize], places, slots);
        self.compare(level, shape, layout, message, false);
        let scan = &self.scans[level as usize];
        // A nameless message may be one whose name deserves a family the next time.
        if self.templates.shapes[shape as usize].family != NAMELESS || scan.parts[Role::Name as usize] == NONE {
            self.signatures.note_in_any_order(scan, shape, layout, slots);
            match known {
                Some(order) => self.signatures.note_in_order(scan, (shape, order), layout),
                None => self.signatures.take_back(layout),
            }
            self.note_head(level, shape, known);
        } else {
            self.signatures.take_back(layout);
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
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
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
