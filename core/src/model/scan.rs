//! Taking a message apart into tokens, for the encoder only.

use super::index::{GOLDEN, hash_ends};
use super::keys::NONE;
use crate::limits::MAX_FIELDS;
use crate::wire::field;
use crate::wire::otlp::{Level, PARTS, Role, role};

/// One field of a message, or a run of events or links.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub role: Role,
    pub start: u32,
    /// Where the value begins.
    pub body: u32,
    pub end: u32,
    /// Of the key, and of what else does not depend on the value.
    pub hash: u32,
}

impl Token {
    #[inline(always)]
    pub(super) fn raw<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.start as usize..self.end as usize]
    }

    #[inline(always)]
    pub(super) fn body<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.body as usize..self.end as usize]
    }
}

/// The tokens of a message and a signature of what fields it has in which order.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub tokens: Vec<Token>,
    /// Equal for messages with the same fields in the same order and the same name; hardly ever equal otherwise.
    pub signature: u64,
    /// The same whatever the order.
    pub set_signature: u64,
    /// The token of each part; [`NONE`] if it is missing.
    pub parts: [u32; PARTS],
}

impl Scan {
    /// Takes `message` apart. What cannot be read as a field is one token up to the end.
    #[inline]
    pub(super) fn read(&mut self, level: Level, message: &[u8]) {
        self.tokens.clear();
        self.parts = [NONE; PARTS];
        self.signature = level as u64;
        self.set_signature = level as u64;
        let mut at = 0;
        while at < message.len() {
            let field = if self.tokens.len() < MAX_FIELDS { field::read(message, at) } else { None };
            let Some(field) = field else {
                self.push(Role::Plain, 0, at, at, message.len());
                return;
            };
            let body = &message[field.body..field.end];
            match role(level, field.tag) {
                _ if !field.canonical => self.push(Role::Plain, 1, at, field.body, field.end),
                Role::Attribute => self.push(Role::Attribute, attribute_hash(body), at, field.body, field.end),
                Role::Plain => self.push(Role::Plain, field.tag as u64, at, field.body, field.end),
                part => self.push_part(part, field.tag, body, at, field.body, field.end),
            }
            at = field.end;
        }
    }

    #[inline(always)]
    fn push(&mut self, role: Role, hash: u64, start: usize, body: usize, end: usize) {
        let hash = hash.wrapping_mul(GOLDEN);
        self.signature = (self.signature.rotate_left(23) ^ hash).wrapping_mul(GOLDEN);
        // A sum of the products themselves would be the product of a sum.
        self.set_signature = self.set_signature.wrapping_add(hash ^ hash >> 29);
        let hash = (hash >> 32) as u32;
        self.tokens.push(Token { role, start: start as u32, body: body as u32, end: end as u32, hash });
    }

    /// A part that has come before, or an id of an unusual length, is a plain field.
    #[inline(always)]
    fn push_part(&mut self, part: Role, tag: u32, value: &[u8], start: usize, body: usize, end: usize) {
        let place = &mut self.parts[part as usize];
        let usual = match part {
            Role::TraceId => value.len() == 16 && *place == NONE,
            Role::SpanId | Role::ParentId => value.len() == 8 && *place == NONE,
            Role::Events | Role::Links => {
                // Neighbours are one run, of which the first field's value is of no use.
                if let Some(last) = self.tokens.last_mut().filter(|last| last.role == part) {
                    last.end = end as u32;
                    return;
                }
                true
            }
            _ => *place == NONE,
        };
        if !usual {
            return self.push(Role::Plain, tag as u64, start, body, end);
        }
        *place = self.tokens.len() as u32;
        let hash = if part == Role::Name { hash_ends(value) } else { 0 };
        self.push(part, hash ^ (tag as u64) << 48, start, body, end);
    }
}

/// Hash of an attribute's key, the type of its value and which of them comes first. It may be wrong for
/// attributes in an unusual form: a template is never taken on the word of a hash alone.
#[inline(always)]
fn attribute_hash(body: &[u8]) -> u64 {
    let [first, len, rest @ ..] = body else { return 2 };
    let len = *len as usize;
    if *first == 0x0a {
        match rest.split_at_checked(len) {
            Some((name, value)) => hash_ends(name) ^ (value_type(value) as u64) << 40,
            None => 3,
        }
    } else {
        let mut at = 1;
        while body.get(at).is_some_and(|byte| *byte >= 0x80) {
            at += 1;
        }
        let value =
            body[..at].iter().skip(1).chain(body.get(at)).rev().fold(0usize, |v, b| v << 7 | (*b & 0x7f) as usize);
        match body.get(at.saturating_add(value).saturating_add(3)..) {
            Some(name) if value > 0 => hash_ends(name) ^ (body[at + 1] as u64) << 32,
            _ => hash_ends(body),
        }
    }
}

/// The first byte of an `AnyValue`, given from its field on.
#[inline(always)]
fn value_type(value: &[u8]) -> u8 {
    match value {
        [_, len, of, ..] if *len < 0x80 => *of,
        [_, ..] => value[1..].iter().skip_while(|byte| **byte >= 0x80).nth(1).copied().unwrap_or(0),
        [] => 1,
    }
}
