//! Taking a message apart into tokens, for the encoder only.

use super::index::{GOLDEN, hash_ends};
use super::keys::NONE;
use crate::limits::MAX_FIELDS;
use crate::wire::field::{self, Field};
use crate::wire::otlp::{self, LEVELS, Level, PARTS, Role};

/// One field of a message, or a run of events or links.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub role: Role,
    pub start: u32,
    pub end: u32,
    /// Of the key, and of what else does not depend on the value; 0 in a message that was as expected.
    pub hash: u32,
}

impl Token {
    const NONE: Token = Token { role: Role::Plain, start: 0, end: 0, hash: 0 };

    #[inline(always)]
    pub(super) fn new(role: Role, start: usize, end: usize) -> Token {
        Token { role, start: start as u32, end: end as u32, hash: 0 }
    }

    #[inline(always)]
    pub(super) fn raw<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        &message[self.start as usize..self.end as usize]
    }
}

/// The tokens of a message and a signature of what fields it has in which order.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Once there was a message, room for as many tokens as one may have, so that none has to be made on the way.
    room: Vec<Token>,
    /// All tokens, or the parts alone if the message is as was expected.
    count: usize,
    /// Equal for messages with the same fields in the same order and the same name; hardly ever equal otherwise.
    pub signature: u64,
    /// The same whatever the order.
    pub set_signature: u64,
    /// How often messages have lately been as their heads said.
    pub trust: u8,
    /// The token of each part; [`NONE`] if it is missing.
    pub parts: [u32; PARTS],
}

impl Scan {
    #[inline(always)]
    pub(super) fn tokens(&self) -> &[Token] {
        &self.room[..self.count]
    }

    /// Forgets the last message.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.room.resize(ROOM, Token::NONE);
        self.count = 0;
        self.parts = [NONE; PARTS];
    }

    /// Takes `message` apart. What cannot be read as a field is one token up to the end.
    #[inline(never)]
    pub(super) fn read(&mut self, level: Level, message: &[u8]) {
        self.clear();
        let Some(room) = self.room.first_chunk_mut() else { return };
        let forms = &FORMS[level as usize];
        let mut tokens = Tokens { room, count: 0, ordered: level as u64, set: level as u64 };
        let mut at = 0;
        while at < message.len() && tokens.count < MAX_FIELDS {
            let Some((role, tag, body, end)) = short(forms, message, at).or_else(|| long(level, message, at)) else {
                break;
            };
            let (role, hash) = match self.parts.get_mut(role as usize) {
                None if role == Role::Attribute => (role, attribute_hash(&message[body..end])),
                Some(token) if *token != NONE && role.is_run() && *token as usize + 1 == tokens.count => {
                    // Neighbours are one run, of which the first field's value is of no use.
                    tokens.room[*token as usize].end = end as u32;
                    at = end;
                    continue;
                }
                Some(token) if *token == NONE || role.is_run() => {
                    *token = tokens.count as u32;
                    let name = if role == Role::Name { hash_ends(&message[body..end]) } else { 0 };
                    (role, of_part(tag, name))
                }
                // A part that has come before is a plain field.
                _ => (Role::Plain, tag as u64),
            };
            tokens.push(role, hash, (at, end));
            at = end;
        }
        if at < message.len() {
            tokens.push(Role::Plain, 0, (at, message.len()));
        }
        (self.count, self.signature, self.set_signature) = (tokens.count, tokens.ordered, tokens.set);
    }

    /// Takes a part off `rest`, which begins at `start`. Returns its length.
    #[inline(always)]
    pub(super) fn take_part(&mut self, level: Level, part: usize, start: usize, rest: &[u8]) -> Option<usize> {
        let (role, len) = match short(&FORMS[level as usize], rest, 0) {
            Some((role, _, _, len)) if !role.is_run() => (role, len),
            _ => field_at(level, rest)?,
        };
        let token = self.room.get_mut(self.count).filter(|_| role as usize == part)?;
        *token = Token::new(role, start, start + len);
        *self.parts.get_mut(part)? = self.count as u32;
        self.count += 1;
        Some(len)
    }

    /// Equal for messages with the same name at the same place.
    pub(super) fn head(&self, level: Level) -> u64 {
        match self.tokens().get(self.parts[Role::Name as usize] as usize) {
            Some(name) => head(level, name.start, (name.hash as u64) << 32),
            None => head(level, 0, 0),
        }
    }

    /// Notes whether a message was as its head said. Where most are not, it is no use to look.
    #[inline(always)]
    pub(super) fn note_trust(&mut self, right: bool) {
        self.trust = if right { (self.trust + 1).min(MAX_TRUST) } else { self.trust.saturating_sub(1) };
    }

    /// The value of a part that has a fixed length.
    #[inline(always)]
    pub(super) fn fixed<const N: usize>(&self, part: Role, message: &[u8]) -> Option<[u8; N]> {
        let token = self.tokens().get(self.parts[part as usize] as usize)?;
        message.get(..token.end as usize)?.last_chunk().copied()
    }
}

/// What [`Scan::head`] is going to be, if the name comes before the attributes.
#[inline(always)]
pub(super) fn peek_head(level: Level, message: &[u8]) -> u64 {
    let mut at = 0;
    let field = |at| short(&FORMS[level as usize], message, at).or_else(|| long(level, message, at));
    while let Some((role, tag, body, end)) = field(at) {
        match role {
            Role::Name => return head(level, at as u32, hash_of(of_part(tag, hash_ends(&message[body..end])))),
            Role::Attribute => break,
            _ => at = end,
        }
    }
    head(level, 0, 0)
}

#[inline(always)]
fn head(level: Level, at: u32, name: u64) -> u64 {
    (name & !0xffff_ffff ^ (at as u64) << 8 ^ level as u64).wrapping_mul(GOLDEN)
}

/// What a part is known by: its tag, and the hash of a name.
#[inline(always)]
fn of_part(tag: u32, name: u64) -> u64 {
    (tag as u64) << 48 ^ name
}

/// The hash of a field, given what it is known by.
#[inline(always)]
fn hash_of(field: u64) -> u64 {
    field.wrapping_mul(GOLDEN)
}

/// Role and length of the field, or run of events or links, that begins here.
#[inline(never)]
pub(super) fn field_at(level: Level, message: &[u8]) -> Option<(Role, usize)> {
    let field = |at| short(&FORMS[level as usize], message, at).or_else(|| long(level, message, at));
    let (role, _, _, mut end) = field(0)?;
    if role.is_run() {
        while let Some((_, _, _, more)) = field(end).filter(|next| next.0 == role) {
            end = more;
        }
    }
    Some((role, end))
}

/// So many messages that are not as their heads said make an encoder stop looking at heads.
const MAX_TRUST: u8 = 7;

/// The most tokens of a message: all fields and what is left.
const ROOM: usize = MAX_FIELDS + 1;

/// What a field is and where it ends, as its first two bytes say.
#[derive(Clone, Copy)]
struct Form {
    role: Role,
    /// What these bits of the second byte have to be.
    mask: u8,
    second: u8,
    /// Bytes before the value, and of the whole field but for as many as these bits of the second byte say.
    body: u8,
    size: u8,
    counted: u8,
}

/// Of all fields whose tag has a byte, by that byte, and `Span.flags`.
static FORMS: [[Form; 256]; LEVELS] = {
    const NONE: Form = Form { role: Role::Plain, mask: 0, second: 1, body: 0, size: 0, counted: 0 };
    let mut table = [[NONE; 256]; LEVELS];
    let mut level = 0;
    while level < LEVELS {
        let mut tag = 8;
        while tag < 128 {
            let role = otlp::ROLES[level][tag];
            let id = if (role as usize) < PARTS { ID_LENGTHS[role as usize] } else { 0 };
            table[level][tag] = match tag as u32 & 7 {
                field::VARINT => Form { role, mask: 0x80, second: 0, body: 1, size: 2, counted: 0 },
                field::FIXED64 => Form { role, mask: 0, second: 0, body: 1, size: 9, counted: 0 },
                field::FIXED32 => Form { role, mask: 0, second: 0, body: 1, size: 5, counted: 0 },
                field::LEN if id != 0 => Form { role, mask: 0xff, second: id, body: 2, size: 2 + id, counted: 0 },
                field::LEN => Form { role, mask: 0x80, second: 0, body: 2, size: 2, counted: 0x7f },
                _ => NONE,
            };
            tag += 1;
        }
        table[level][0x85] = Form { role: Role::Plain, mask: 0xff, second: 1, body: 2, size: 6, counted: 0 };
        level += 1;
    }
    table
};

/// Length of those parts that are ids.
const ID_LENGTHS: [u8; PARTS] = [16, 8, 8, 0, 0, 0, 0, 0];

/// Role, tag, body and end of a field that is short, as most are.
#[inline(always)]
fn short(forms: &[Form; 256], message: &[u8], at: usize) -> Option<(Role, u32, usize, usize)> {
    let (&first, &second) = (message.get(at)?, message.get(at + 1)?);
    let form = &forms[first as usize];
    let end = at + form.size as usize + (second & form.counted) as usize;
    (second & form.mask == form.second && end <= message.len()).then_some((
        form.role,
        first as u32,
        at + form.body as usize,
        end,
    ))
}

/// The same of any other field. One in an unusual form is plain and has no tag, and an id of an unusual length is
/// plain.
#[cold]
#[inline(never)]
fn long(level: Level, message: &[u8], at: usize) -> Option<(Role, u32, usize, usize)> {
    let Field { tag, body, end, canonical } = field::read(message, at)?;
    let role = otlp::role(level, tag);
    match ID_LENGTHS.get(role as usize) {
        _ if !canonical => Some((Role::Plain, 1, body, end)),
        Some(&len) if len != 0 && len as usize != end - body => Some((Role::Plain, tag, body, end)),
        _ => Some((role, tag, body, end)),
    }
}

/// The tokens and the signatures of a message so far.
struct Tokens<'a> {
    room: &'a mut [Token; ROOM],
    count: usize,
    ordered: u64,
    set: u64,
}

impl Tokens<'_> {
    /// Adds a field, given what it is known by but for its value.
    #[inline(always)]
    fn push(&mut self, role: Role, field: u64, (start, end): (usize, usize)) {
        let hash = hash_of(field);
        self.ordered = (self.ordered.rotate_left(23) ^ hash).wrapping_mul(GOLDEN);
        // A sum of the products themselves would be the product of a sum.
        self.set = self.set.wrapping_add(hash ^ hash >> 29);
        if let Some(place) = self.room.get_mut(self.count) {
            *place = Token { hash: (hash >> 32) as u32, ..Token::new(role, start, end) };
            self.count += 1;
        }
    }
}

/// Hash of an attribute's key, the type of its value and which of them comes first. It may be wrong for
/// attributes in an unusual form: a template is never taken on the word of a hash alone.
#[inline(always)]
fn attribute_hash(attribute: &[u8]) -> u64 {
    match *attribute {
        [0x0a, len @ ..0x80, ..] if attribute.len() > len as usize + 5 => {
            let (key, value) = attribute[2..].split_at(len as usize);
            // The type follows the tag and the length of the value, which is seldom very long.
            let of = value[2 + (value[1] >> 7) as usize];
            hash_ends(key) ^ (of as u64) << 40
        }
        [0x12, len @ ..0x80, of, ..] if attribute.len() > len as usize + 4 => {
            hash_ends(&attribute[len as usize + 4..]) ^ (of as u64) << 32
        }
        [0x12, len, high @ ..0x80, of, ..] if attribute.len() > (len as usize & 0x7f | (high as usize) << 7) + 5 => {
            hash_ends(&attribute[(len as usize & 0x7f | (high as usize) << 7) + 5..]) ^ (of as u64) << 32
        }
        _ => hash_ends(attribute),
    }
}
