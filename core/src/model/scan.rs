//! Taking a message apart into tokens, for the encoder only.

use super::index::{GOLDEN, hash_ends};
use super::keys::NONE;
use crate::limits::MAX_FIELDS;
use crate::wire::field::{self, Field};
use crate::wire::otlp::{self, Level, PARTS, Role};

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
    #[inline(never)]
    pub(super) fn read(&mut self, level: Level, message: &[u8]) {
        self.tokens.clear();
        self.parts = [NONE; PARTS];
        let mut signatures = Signatures { ordered: level as u64, set: level as u64 };
        let mut at = 0;
        while at < message.len() && self.tokens.len() < MAX_FIELDS {
            let (tag, body, end, canonical) = match field::read_short(message, at) {
                Some((tag, body, end)) => (tag, body, end, true),
                None => match field::read_any(message, at) {
                    Some(Field { tag, body, end, canonical }) => (tag, body, end, canonical),
                    None => break,
                },
            };
            let (role, hash) = if canonical { (otlp::role(level, tag), tag as u64) } else { (Role::Plain, 1) };
            signatures = self.push(signatures, role, hash, message, (at, body, end));
            at = end;
        }
        if at < message.len() {
            signatures = self.push(signatures, Role::Plain, 0, message, (at, at, message.len()));
        }
        (self.signature, self.set_signature) = (signatures.ordered, signatures.set);
    }

    /// The first bytes of a part's value.
    #[inline(always)]
    pub(super) fn fixed<const N: usize>(&self, part: Role, message: &[u8]) -> Option<[u8; N]> {
        let token = self.tokens.get(self.parts[part as usize] as usize)?;
        message.get(token.body as usize..)?.first_chunk().copied()
    }

    /// Adds a field, given what else than its value it is known by.
    #[inline(always)]
    fn push(
        &mut self,
        signatures: Signatures,
        mut role: Role,
        mut hash: u64,
        message: &[u8],
        (start, body, end): (usize, usize, usize),
    ) -> Signatures {
        let value = &message[body..end];
        if role == Role::Attribute {
            hash = attribute_hash(value);
        } else if role != Role::Plain {
            // Neighbours are one run, of which the first field's value is of no use.
            let is_run = matches!(role, Role::Events | Role::Links);
            if let Some(last) = self.tokens.last_mut().filter(|last| is_run && last.role == role) {
                last.end = end as u32;
                return signatures;
            }
            let before = &mut self.parts[role as usize];
            let len = ID_LENGTHS[role as usize] as usize;
            if (is_run || *before == NONE) && (len == 0 || len == value.len()) {
                *before = self.tokens.len() as u32;
                hash <<= 48;
                if role == Role::Name {
                    hash ^= hash_ends(value);
                }
            } else {
                // A part that has come before, or an id of an unusual length, is a plain field.
                role = Role::Plain;
            }
        }
        let (hash, signatures) = signatures.add(hash);
        self.tokens.push(Token { role, start: start as u32, body: body as u32, end: end as u32, hash });
        signatures
    }
}

/// Length of those parts that are ids.
const ID_LENGTHS: [u8; PARTS] = [16, 8, 8, 0, 0, 0, 0, 0];

/// The signatures of a message so far.
#[derive(Clone, Copy)]
struct Signatures {
    ordered: u64,
    set: u64,
}

impl Signatures {
    /// Adds a field by what does not depend on its value. Returns its hash too.
    #[inline(always)]
    fn add(self, field: u64) -> (u32, Signatures) {
        let hash = field.wrapping_mul(GOLDEN);
        let ordered = (self.ordered.rotate_left(23) ^ hash).wrapping_mul(GOLDEN);
        // A sum of the products themselves would be the product of a sum.
        let set = self.set.wrapping_add(hash ^ hash >> 29);
        ((hash >> 32) as u32, Signatures { ordered, set })
    }
}

/// Hash of an attribute's key, the type of its value and which of them comes first. It may be wrong for
/// attributes in an unusual form: a template is never taken on the word of a hash alone.
#[inline(always)]
fn attribute_hash(body: &[u8]) -> u64 {
    match field::read_short(body, 0) {
        Some((0x0a, at, end)) => {
            // The type follows the tag and the length of the value, which is seldom very long.
            let of = match body[end..] {
                [_, 0x80..=0xff, _, of, ..] | [_, _, of, ..] => of,
                _ => 0,
            };
            hash_ends(&body[at..end]) ^ (of as u64) << 40
        }
        Some((0x12, at, end)) if at < end && end + 2 <= body.len() => {
            hash_ends(&body[end + 2..]) ^ (body[at] as u64) << 32
        }
        _ => hash_ends(body),
    }
}
