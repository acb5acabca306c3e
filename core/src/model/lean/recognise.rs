//! Which shape a message has, and which of its slots miss: for the encoder only.

use super::super::keys::NONE;
use super::super::recognise::same;
use super::super::scan::Token;
use super::order::{Left, MAX_ORDERED};
use super::slots::{Miss, is_number};
use super::template::Slot;
use super::{MAX_FAMILIES, Model, Wanted};
use crate::wire::attribute::{self, Form, Payload};
use crate::wire::otlp::{Level, PARTS, Role};

impl Model {
    /// Takes a message apart and looks up its template: by its fields in their order, in any order, then by its name.
    pub(super) fn lean_recognise(&mut self, level: Level, message: &[u8]) -> Wanted {
        let scan = &mut self.scans[level as usize];
        scan.read(level, message);
        if let Some(shape) = self.lean.templates.in_order(scan)
            && self.lean_compare(level, shape, None, message)
        {
            return Wanted {
                family: self.lean.templates.shapes[shape as usize].family,
                shape: Some(shape),
                base: None,
            };
        }
        if let Some(base) = self.lean.templates.in_any_order(&self.scans[level as usize])
            && self.lean_rearranged(level, base, message)
        {
            return Wanted { family: self.lean.templates.shapes[base as usize].family, shape: None, base: Some(base) };
        }
        Wanted { family: self.lean_family_of(level, message), shape: None, base: None }
    }

    /// The family of a message whose fields are not known; [`NONE`] for a new one.
    #[inline(never)]
    fn lean_family_of(&self, level: Level, message: &[u8]) -> u32 {
        let (scan, templates) = (&self.scans[level as usize], &self.lean.templates);
        let name = match scan.tokens().get(scan.parts[Role::Name as usize] as usize) {
            Some(name) => self.strings.find(self.name_keys[level as usize], name.raw(message)),
            None => Some(NONE),
        };
        let nameless = || templates.find_family(level, NONE).filter(|_| templates.families.len() >= MAX_FAMILIES);
        name.and_then(|name| templates.find_family(level, name)).or_else(nameless).unwrap_or(NONE)
    }

    /// Whether a message has the fields of a shape in another order, which is noted.
    #[inline(never)]
    fn lean_rearranged(&mut self, level: Level, base: u32, message: &[u8]) -> bool {
        let (tokens, hashes) = (self.scans[level as usize].tokens(), self.lean.templates.hashes(base));
        if tokens.len() != hashes.len() || !(1..=MAX_ORDERED).contains(&tokens.len()) {
            return false;
        }
        let mut order = std::mem::take(&mut self.lean.order);
        order.clear();
        let mut left = Left::all(tokens.len());
        order.extend(tokens.iter().map_while(|token| {
            let is_it = |place: &u32| hashes[*place as usize] == token.hash;
            let others = || (0..hashes.len() as u32).filter(|place| left.has(*place)).find(is_it);
            let place = Some(left.next()).filter(is_it).or_else(others)?;
            left.take(place);
            Some(place as u8)
        }));
        let fits = left.is_empty() && self.lean_compare(level, base, Some(&order), message);
        self.lean.order = order;
        fits
    }

    /// Whether a message has a shape, its fields standing in this order; if so, notes which of its slots miss.
    #[inline(never)]
    pub(super) fn lean_compare(&mut self, level: Level, shape: u32, order: Option<&[u8]>, message: &[u8]) -> bool {
        let (templates, arena) = (&self.lean.templates, &self.strings.arena[..]);
        let (scan, fields) = (&self.scans[level as usize], templates.fields(shape));
        if scan.tokens().len() != fields.len() {
            return false;
        }
        let compare = Compare { slots: &templates.slots, arena, tokens: scan.tokens(), message };
        let misses = &mut self.lean.misses;
        let fits = match order {
            None => compare.find(fields.iter().copied(), misses),
            Some(order) => compare.find(order.iter().map(|place| fields[*place as usize]), misses),
        };
        let name = templates.families[templates.shapes[shape as usize].family as usize].name;
        let has_name = || {
            let token = scan.tokens().get(scan.parts[Role::Name as usize] as usize);
            token.is_some_and(|token| self.strings.get(name) == token.raw(message))
        };
        fits && (name == NONE || has_name()) && self.lean_look_up(message)
    }

    /// Looks up the values of the slots that miss. Returns false if one has another key.
    #[inline]
    fn lean_look_up(&mut self, message: &[u8]) -> bool {
        let misses = &mut self.lean.misses;
        for miss in misses.iter_mut() {
            let (raw, key) = (miss.raw(message), self.lean.templates.slots[miss.slot as usize].key);
            if !is_number(self.keys.get(key).of) {
                // What was coded under the key before has the key.
                miss.value = self.strings.find(key, raw).unwrap_or(NONE);
                if miss.value != NONE {
                    continue;
                }
            }
            let (parts, payload) = attribute::split(raw, self.keys.get(key).form != Form::Plain);
            if self.keys.parts(key) != parts {
                return false;
            }
            if let Payload::Number(number) = payload {
                miss.number = number;
            }
        }
        misses.sort_unstable_by_key(|miss| miss.rank);
        true
    }
}

/// A message that is compared with a shape.
struct Compare<'a> {
    slots: &'a [Slot],
    arena: &'a [u8],
    tokens: &'a [Token],
    message: &'a [u8],
}

impl Compare<'_> {
    /// Finds the slots that miss. Returns false if the parts are others.
    #[inline(always)]
    fn find(&self, fields: impl Iterator<Item = u32>, misses: &mut Vec<Miss>) -> bool {
        misses.clear();
        for (token, field) in self.tokens.iter().zip(fields) {
            let Some(number) = field.checked_sub(PARTS as u32) else {
                if token.role as u32 != field {
                    return false;
                }
                continue;
            };
            let slot = &self.slots[number as usize];
            let last = &self.arena[slot.offset as usize..slot.offset as usize + slot.len as usize];
            if !same(token.raw(self.message), last) {
                misses.push(Miss::new(slot.rank, number, token.start, token.end));
            }
        }
        true
    }
}
