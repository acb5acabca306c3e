//! Strings as patterns: a pattern is a text in which what varies, such as numbers, ids and times, is masked.
//!
//! Which pattern a key's next string has is predicted from the last one; a new pattern is coded as text.
//! Then come the [`variables`], each at its site, which is where in strings of its key it stands.

mod mask;
mod time;
mod variables;

use super::Model;
use super::index::{Index, hash_bytes, mix};
use super::keys::NONE;
use super::text::KIND_VALUE;
use super::{swar, weight};
use crate::coder::{Choice, Choices, Coder, Contexts, Number};
use crate::key_stats::Coding;
use crate::restore::{Tracked, restore};
use mask::{Around, Mask, PARAM};
use variables::Variables;

/// Kinds of variable; each is also the byte that stands for it in a pattern.
const TRACE_ID: u8 = 14;
const SPAN_ID: u8 = 15;
const UUID4: u8 = 16;
const UUID: u8 = 17;
const HEX: u8 = 18;
const DECIMAL: u8 = 19;
const ADDRESS: u8 = 20;
const ALNUM: u8 = 21;
/// Digits with zeros in front; the width follows in the pattern.
const PADDED: u8 = 22;
/// The form follows in the pattern.
const TIME: u8 = 23;

/// How a string is coded: as it is, as one variable, by kind, by a pattern that its key had, or by a new one.
const PLAIN: u32 = 0;
const ONE: u32 = 1;
const KNOWN: u32 = ONE + (PADDED - TRACE_ID) as u32;
const NEW: u32 = KNOWN + 1;

/// A key that had so many values will have more: encoders then look for all that may vary.
const MANY: usize = 6;

/// How many bytes in front of a variable say which site it is.
const BEFORE: usize = 24;

#[derive(Clone, Copy, Debug)]
struct Pattern {
    key: u32,
    /// Its text in the history.
    text: (u32, u32),
    /// Its variables.
    parts: (u32, u32),
    /// What comes after it under its key.
    after: Option<Choice>,
}

/// A variable of a pattern.
#[derive(Clone, Copy, Debug)]
struct Part {
    kind: u8,
    param: u8,
    /// Where in the history the mask stands, and what follows it.
    at: u32,
    rest: u32,
    site: u32,
}

/// All patterns and their variables.
#[derive(Debug)]
pub(super) struct Patterns {
    made: Tracked<Pattern>,
    parts: Tracked<Part>,
    index: Index,
    followers: Choices<u32>,
    older: Number,
    variables: Variables,
    mask: Mask,
}

restore!(Patterns { made, parts, index, followers, variables, mask; copy older });

impl Patterns {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Patterns {
            made: Tracked::default(),
            parts: Tracked::default(),
            index: Index::default(),
            followers: Choices::new(contexts),
            older: Number::new(contexts),
            variables: Variables::new(contexts),
            mask: Mask::default(),
        }
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.made.clear();
        self.parts.clear();
        self.index.clear();
        self.followers.clear(contexts);
        self.older = Number::new(contexts);
        self.variables.clear(contexts);
        self.mask.clear();
    }

    pub(super) fn weight(&self) -> usize {
        self.made.len() * weight::PATTERN
            + self.parts.len() * weight::PART
            + self.followers.pages() * weight::PAGE
            + self.variables.weight()
    }

    /// Encoder: how the string that is masked is coded, and its pattern.
    fn find(&self, key: u32, history: &[u8]) -> (u32, Option<u32>) {
        let Mask { text, variables, .. } = &self.mask;
        match variables[..] {
            [] => (PLAIN, None),
            [only] if text.len() == 1 => (ONE + (only.kind - TRACE_ID) as u32, None),
            _ => {
                let same = |at: u32| {
                    let Pattern { key: its, text: (from, len), .. } = self.made[at as usize];
                    its == key && history[from as usize..from as usize + len as usize] == text[..]
                };
                let found = self.index.find(hash_bytes(key as u64, text), same);
                (if found.is_some() { KNOWN } else { NEW }, found)
            }
        }
    }

    /// Adds the pattern that the history has from `from` on, and takes what it weighs from `room`.
    fn add(&mut self, key: u32, history: &[u8], from: usize, room: &mut usize) -> Option<u32> {
        self.index.add(hash_bytes(key as u64, &history[from..]));
        let first = self.parts.len();
        let mut next = from;
        while let Some(at) = swar::find_within(history, next, TRACE_ID, TIME) {
            let kind = history[at];
            let has_param = matches!(kind, PADDED | TIME);
            let param = if has_param { history.get(at + 1)?.checked_sub(PARAM)? } else { 0 };
            let sites = self.variables.sites();
            let site = self.variables.site(key, kind, &history[at.saturating_sub(BEFORE).max(from)..at]);
            let added = self.variables.sites() - sites;
            *room = room.checked_sub(weight::PART + added * weight::SITE)?;
            let rest = at + 1 + has_param as usize;
            self.parts.push(Part { kind, param, at: at as u32, rest: rest as u32, site });
            next = rest;
        }
        let (text, parts) = ((from, history.len() - from), (first, self.parts.len() - first));
        let pair = |(at, len): (usize, usize)| (at as u32, len as u32);
        self.made.push(Pattern { key, text: pair(text), parts: pair(parts), after: None });
        Some(self.made.len() as u32 - 1)
    }
}

impl Model {
    /// Codes a string of `key`: its pattern, and what the pattern leaves open.
    pub(super) fn patterned<C: Coder>(&mut self, c: &mut C, key: u32, string: &[u8], out: &mut Vec<u8>) -> Option<()> {
        self.own.prepare();
        if C::ENCODES {
            let (trace, span) = (&self.own.trace[..], &self.own.span[..]);
            let weak = self.keys.values[key as usize].len() >= MANY;
            self.patterns.mask.read(string, Around { trace, span, moment: self.moment(), weak });
        }
        let (class, wanted) = if C::ENCODES { self.patterns.find(key, &self.history) } else { (PLAIN, None) };
        match c.symbol(self.keys.get(key).class, class) {
            PLAIN => self.text(c, key, string, out),
            KNOWN => {
                c.account(|ledger| ledger.coded_as(Coding::Pattern));
                let pattern = self.known_pattern(c, key, wanted)?;
                self.parts_of_pattern(c, pattern, string, out)
            }
            NEW => {
                c.account(|ledger| ledger.coded_as(Coding::Pattern));
                let pattern = self.new_pattern(c, key)?;
                self.parts_of_pattern(c, pattern, string, out)
            }
            one if one < KNOWN => {
                let kind = TRACE_ID + (one - ONE) as u8;
                let site = self.patterns.variables.site(key, kind, &[]);
                let part = Part { kind, param: 0, at: 0, rest: 0, site };
                self.variable(c, part, 0, &mut { NONE }, string, out)
            }
            _ => None,
        }
    }

    /// What times in text are measured from: the event at hand, else the span.
    fn moment(&self) -> i64 {
        self.last_event.unwrap_or(self.last_span.0)
    }

    /// Codes which of its patterns comes next under `key`.
    fn known_pattern<C: Coder>(&mut self, c: &mut C, key: u32, wanted: Option<u32>) -> Option<u32> {
        let list = self.list_of_patterns(c.contexts(), key)?;
        let pattern = match self.patterns.followers.code(c, list, wanted) {
            Some(pattern) => pattern,
            None => {
                let count = self.patterns.made.len() as u64;
                let age = self.patterns.older.code(c, count.wrapping_sub(wanted.unwrap_or(0) as u64 + 1));
                let pattern = count.checked_sub(age.checked_add(1)?)? as u32;
                self.note_pattern(c.contexts(), list, pattern);
                pattern
            }
        };
        self.keys.get_mut(key).pattern = pattern;
        (self.patterns.made[pattern as usize].key == key).then_some(pattern)
    }

    /// Codes a pattern as text, and adds it.
    #[inline(never)]
    fn new_pattern<C: Coder>(&mut self, c: &mut C, key: u32) -> Option<u32> {
        let text = std::mem::take(&mut self.patterns.mask.text);
        let from = self.new_text(c, key, &text);
        self.patterns.mask.text = text;
        let pattern = self.patterns.add(key, &self.history, from?, &mut self.room)?;
        if let Some(list) = self.list_of_patterns(c.contexts(), key) {
            self.note_pattern(c.contexts(), list, pattern);
        }
        self.keys.get_mut(key).pattern = pattern;
        Some(pattern)
    }

    fn note_pattern(&mut self, contexts: &mut Contexts, list: Choice, pattern: u32) {
        if !self.patterns.followers.contains(list, pattern) {
            self.patterns.followers.add(contexts, list, pattern);
        }
    }

    /// What comes after the last pattern of `key`, if it had any.
    fn list_of_patterns(&mut self, contexts: &mut Contexts, key: u32) -> Option<Choice> {
        let Patterns { made, followers, .. } = &mut self.patterns;
        let last = made.get_mut(self.keys.get(key).pattern as usize)?;
        Some(*last.after.get_or_insert_with(|| followers.list(contexts)))
    }

    /// Codes text that `key` has for the first time, and returns where the history has it.
    pub(super) fn new_text<C: Coder>(&mut self, c: &mut C, key: u32, text: &[u8]) -> Option<usize> {
        let at = self.history.len();
        let aligned = self.keys.get(key).text_at.map(|at| at as usize);
        self.text.code(c, self.history.grow(), KIND_VALUE, aligned, text, self.room)?;
        self.room = self.room.checked_sub(self.history.len() - at)?;
        self.keys.get_mut(key).text_at = Some(at as u32);
        Some(at)
    }

    /// Codes the variables of a pattern one after the other.
    fn parts_of_pattern<C: Coder>(&mut self, c: &mut C, pattern: u32, string: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let Pattern { text: (mut from, len), parts: (first, count), .. } = self.patterns.made[pattern as usize];
        let end = from + len;
        let mut before = NONE;
        for i in 0..count as usize {
            let part = self.patterns.parts[first as usize + i];
            if !C::ENCODES {
                out.extend_from_slice(&self.history[from as usize..part.at as usize]);
            }
            self.variable(c, part, i, &mut before, string, out)?;
            from = part.rest;
            if out.len() > self.max_len || c.overrun() {
                return None;
            }
        }
        if !C::ENCODES {
            out.extend_from_slice(&self.history[from as usize..end as usize]);
        }
        Some(())
    }
}

fn hash_site(key: u32, kind: u8, before: &[u8]) -> u64 {
    mix(hash_bytes(key as u64, before), kind as u64)
}
