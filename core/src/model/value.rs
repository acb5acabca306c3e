//! Values: one that was seen before, by its place, or a new one, by its type.

use super::Model;
use super::keys::{KEY_CONTEXTS, Key, NONE};
use super::{swar, weight};
use crate::coder::{Coder, Column, Contexts, Ctx, Number, Signed};
use crate::key_stats::Coding;
use crate::limits::MAX_NESTING;
use crate::wire::attribute::{self, Form, Payload, Type};
use crate::wire::field;
use crate::wire::otlp::{self, Level};

/// Decimal places that a double may have to be coded as an integer.
const MAX_SCALE: u32 = 6;
/// Doubles that are coded by their bits.
const SCALE_NONE: u32 = 15;

/// Contexts that those of the keys begin as copies of, and those that all keys share.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValueRoots {
    /// Of a key, as many as [`KEY_CONTEXTS`].
    pub key: Ctx,
    pub difference: Signed,
    pub plain: Signed,
    element_type: Ctx,
    element_count: Number,
    structured: Ctx,
    scale: Ctx,
}

impl ValueRoots {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        ValueRoots {
            key: contexts.block(KEY_CONTEXTS),
            difference: Signed::new(contexts),
            plain: Signed::new(contexts),
            element_type: contexts.block(1),
            element_count: Number::new(contexts),
            structured: contexts.block(2),
            scale: contexts.block(1),
        }
    }
}

/// How a value was coded outside of slots.
const LAST: u32 = 0;
const KNOWN: u32 = 1;
const NEW: u32 = 2;

/// How the numbers of a key, or of a place in strings, go on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NumberState {
    last: i64,
    /// Difference of the last one to the one before.
    difference: i64,
    /// First element of the last array.
    first: i64,
    contexts: Option<(Signed, Signed)>,
    used: bool,
    /// Running cost of numbers as differences and as they are, in 1/16 bits.
    cost: (u16, u16),
}

impl NumberState {
    /// The first element of an array goes on from that of the last array, not from its end.
    fn begin_array(&mut self) {
        self.last = self.first;
    }

    fn first_element(&mut self) {
        self.first = self.last;
    }

    /// Codes a number, as a difference to the last one or as it is, whichever has run cheaper.
    pub(super) fn code<C: Coder>(&mut self, c: &mut C, roots: (Signed, Signed), deltas: bool, value: i64) -> i64 {
        let fork = || (roots.0.fork(c.contexts()), roots.1.fork(c.contexts()));
        let contexts = *self.contexts.get_or_insert_with(fork);
        self.code_with(c, contexts, deltas, value)
    }

    /// The same; the first number goes through `roots` themselves.
    pub(super) fn code_sparing<C: Coder>(
        &mut self,
        c: &mut C,
        roots: (Signed, Signed),
        deltas: bool,
        value: i64,
    ) -> i64 {
        if std::mem::replace(&mut self.used, true) {
            return self.code(c, roots, deltas, value);
        }
        self.code_with(c, roots, deltas, value)
    }

    /// Whether the next number is coded as a difference.
    fn prefers_difference(&self, deltas: bool) -> bool {
        deltas && self.cost.0 <= self.cost.1
    }

    fn code_with<C: Coder>(
        &mut self,
        c: &mut C,
        (difference, plain): (Signed, Signed),
        deltas: bool,
        value: i64,
    ) -> i64 {
        let value = if self.prefers_difference(deltas) {
            difference.code(c, value.wrapping_sub(self.last)).wrapping_add(self.last)
        } else {
            plain.code(c, value)
        };
        let now = value.wrapping_sub(self.last);
        self.cost = (decay(self.cost.0, now, self.difference), decay(self.cost.1, value, self.last));
        (self.last, self.difference) = (value, now);
        value
    }
}

impl Model {
    /// Codes a field of `key` outside of slots and returns its number in the string table.
    pub(super) fn value<C: Coder>(&mut self, c: &mut C, key: u32, raw: &[u8]) -> Option<u32> {
        let Key { known, last, place, .. } = *self.keys.get(key);
        let found = if C::ENCODES { self.strings.find(key, raw) } else { None };
        let how = match found {
            Some(id) if id == last => LAST,
            Some(_) => KNOWN,
            None => NEW,
        };
        c.account(|ledger| self.open_value(ledger, key));
        let how = c.symbol(known, how);
        let id = match how {
            LAST => Some(last).filter(|last| *last != NONE)?,
            KNOWN => self.place(c, place, key, found.unwrap_or(NONE))?,
            _ => self.new_value(c, key, raw)?,
        };
        c.account(|ledger| self.close_value(ledger, (how <= KNOWN).then_some(Coding::Known), id));
        c.column(Column::Structure);
        self.keys.get_mut(key).last = id;
        Some(id)
    }

    /// Codes which of the key's values it is: one of the first by a symbol, a later one by its age.
    pub(super) fn place<C: Coder>(&mut self, c: &mut C, ctx: Ctx, key: u32, id: u32) -> Option<u32> {
        const LATER: u32 = 15;
        c.column(Column::Strings);
        let values = &self.keys.values[key as usize];
        let at = if C::ENCODES { self.strings.entry(id).rank } else { 0 };
        let symbol = c.symbol(ctx, at.min(LATER));
        if symbol < LATER {
            return values.get(symbol as usize).copied();
        }
        self.later_value(c, key, at)
    }

    /// Codes a value of the key, which has this place, by its age.
    pub(super) fn later_value<C: Coder>(&mut self, c: &mut C, key: u32, place: u32) -> Option<u32> {
        let count = self.keys.values[key as usize].len();
        let age = count.wrapping_sub(place as usize + 1) as u64;
        let age = usize::try_from(self.keys.older(c.contexts(), key).code(c, age)).ok()?;
        Some(self.keys.values[key as usize][count.checked_sub(age.checked_add(1)?)?])
    }

    /// Codes a value that was not seen under this key, and adds it to the table.
    pub(super) fn new_value<C: Coder>(&mut self, c: &mut C, key: u32, raw: &[u8]) -> Option<u32> {
        let Key { form, of, .. } = *self.keys.get(key);
        if C::ENCODES {
            let payload = match form {
                Form::Verbatim => Payload::Bytes(raw),
                _ => self.split(key, raw).1,
            };
            self.payload(c, key, of, payload, &mut Vec::new(), 0)?;
            self.strings.arena.extend_from_slice(raw);
            return self.add_value(key, raw.len(), true);
        }
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        let number = self.payload(c, key, of, Payload::Bytes(&[]), &mut bytes, 0)?;
        let before = self.strings.arena.len();
        let payload = number.map_or(Payload::Bytes(&bytes), Payload::Number);
        attribute::join(self.keys.parts(key), payload, self.strings.arena.grow());
        self.scratch = bytes;
        self.add_value(key, self.strings.arena.len() - before, false)
    }

    pub(super) fn add_value(&mut self, key: u32, len: usize, findable: bool) -> Option<u32> {
        self.room = self.room.checked_sub(len + weight::VALUE)?;
        let values = &mut self.keys.values[key as usize];
        let id = self.strings.add_tail(key, values.len() as u32, len, findable);
        values.push(id);
        Some(id)
    }

    /// Codes a payload of type `of` with the statistics of `key`. A number comes back as it is;
    /// a decoder appends bytes to `out`.
    fn payload<C: Coder>(
        &mut self,
        c: &mut C,
        key: u32,
        of: Type,
        payload: Payload<'_>,
        out: &mut Vec<u8>,
        depth: u32,
    ) -> Option<Option<u64>> {
        let (number, bytes) = match payload {
            Payload::Number(number) => (number, &[][..]),
            Payload::Bytes(bytes) => (0, bytes),
        };
        match of {
            Type::Empty | Type::Missing => return Some(None),
            Type::Bool | Type::Int | Type::Varint | Type::Fixed64 | Type::Fixed32 => {
                return Some(Some(self.number(c, key, number as i64) as u64));
            }
            Type::Double => return Some(Some(self.double(c, key, number))),
            Type::String | Type::Bytes | Type::Len => self.string(c, key, bytes, out)?,
            Type::Array => self.array(c, key, bytes, out, depth)?,
            Type::KvList => self.kv_list(c, key, bytes, out, depth)?,
        }
        Some(None)
    }

    /// Codes an integer with the statistics of the key.
    pub(super) fn number<C: Coder>(&mut self, c: &mut C, key: u32, value: i64) -> i64 {
        c.column(Column::Numbers);
        let roots = (self.value_roots.difference, self.value_roots.plain);
        let state = &mut self.keys.get_mut(key).number;
        let coding = if state.prefers_difference(self.config.deltas) { Coding::Delta } else { Coding::Number };
        c.account(|ledger| ledger.coded_as(coding));
        state.code(c, roots, self.config.deltas, value)
    }

    /// Codes a double: an integer and a number of decimal places where that is exact, else its bits.
    pub(super) fn double<C: Coder>(&mut self, c: &mut C, key: u32, bits: u64) -> u64 {
        let scaled = if C::ENCODES { scale_of(f64::from_bits(bits)) } else { None };
        let scale = c.symbol(self.value_roots.scale, scaled.map_or(SCALE_NONE, |(scale, _)| scale));
        c.account(|ledger| ledger.coded_as(if scale > MAX_SCALE { Coding::Double } else { Coding::Scaled }));
        if scale > MAX_SCALE {
            return self.number(c, key, bits as i64) as u64;
        }
        let integer = self.number(c, key, scaled.map_or(0, |(_, integer)| integer));
        (integer as f64 / power_of_ten(scale)).to_bits()
    }

    fn string<C: Coder>(&mut self, c: &mut C, key: u32, string: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let Key { level, tag, form, .. } = *self.keys.get(key);
        if tag == otlp::HEAD
            && form == Form::Plain
            && let Some(head) = otlp::head_level(level)
        {
            c.account(|ledger| ledger.coded_as(Coding::Message));
            return self.single(c, head, string, out);
        }
        c.column(Column::Strings);
        if self.config.lean {
            return self.lean_string(c, key, string, out);
        }
        self.patterned(c, key, string, out)
    }

    /// Codes a string as it is.
    pub(super) fn text<C: Coder>(&mut self, c: &mut C, key: u32, string: &[u8], out: &mut Vec<u8>) -> Option<()> {
        c.account(|ledger| ledger.coded_as(Coding::Text));
        let at = self.new_text(c, key, string)?;
        decode::<C>(out, |out| out.extend_from_slice(&self.history[at..]));
        Some(())
    }

    /// Codes an array element by element if it is in the usual form, else as text.
    #[inline(never)]
    fn array<C: Coder>(&mut self, c: &mut C, key: u32, array: &[u8], out: &mut Vec<u8>, depth: u32) -> Option<()> {
        let elements = if C::ENCODES && depth < MAX_NESTING { elements_of(array) } else { None };
        if c.symbol(self.value_roots.structured, elements.is_some() as u32) == 0 {
            return self.text(c, key, array, out);
        }
        c.account(|ledger| ledger.coded_as(Coding::Array));
        let elements = elements.unwrap_or_default();
        let count = self.value_roots.element_count.code(c, elements.len() as u64);
        let mut bytes = Vec::new();
        self.keys.get_mut(key).number.begin_array();
        for i in 0..count {
            let (of, payload) = elements.get(i as usize).copied().unwrap_or((Type::Empty, Payload::Bytes(&[])));
            let of = *Type::ALL.get(c.symbol(self.value_roots.element_type, of as u32) as usize)?;
            bytes.clear();
            let number = self.payload(c, key, of, payload, &mut bytes, depth + 1)?;
            decode::<C>(out, |out| put_element(of, number.map_or(Payload::Bytes(&bytes), Payload::Number), out));
            if i == 0 {
                self.keys.get_mut(key).number.first_element();
            }
            self.check(c, out)?;
            if depth > MAX_NESTING {
                return None;
            }
        }
        Some(())
    }

    /// Codes a key-value list field by field.
    #[inline(never)]
    fn kv_list<C: Coder>(&mut self, c: &mut C, key: u32, list: &[u8], out: &mut Vec<u8>, depth: u32) -> Option<()> {
        let structured = C::ENCODES && depth < MAX_NESTING && self.depth < MAX_NESTING;
        if c.symbol(self.value_roots.structured.at(1), structured as u32) == 0 {
            return self.text(c, key, list, out);
        }
        if self.depth >= MAX_NESTING {
            return None;
        }
        c.account(|ledger| ledger.coded_as(Coding::List));
        self.depth += 1;
        c.column(Column::Structure);
        let done = self.fields(c, Level::Nested, list, out);
        self.depth -= 1;
        done
    }
}

/// A running cost in half bits, eightfold: a number's length, and two bits more if it has another sign than the one
/// before, so that a sign that is drawn costs one.
fn decay(cost: u16, value: i64, before: i64) -> u16 {
    let length = 64 - (value ^ value >> 63).leading_zeros() as u16;
    cost - cost / 8 + 2 * length + 4 * ((value ^ before) < 0) as u16
}

/// Runs `write` in a decoder only.
pub(super) fn decode<C: Coder>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if !C::ENCODES {
        write(out);
    }
}

/// The elements of an `ArrayValue` if they are all in the form that [`put_element`] gives them.
fn elements_of(array: &[u8]) -> Option<Vec<(Type, Payload<'_>)>> {
    let mut elements = Vec::new();
    let mut at = 0;
    while at < array.len() {
        let (_, body, end) = field::read_canonical(array, at).filter(|(tag, ..)| *tag == 0x0a)?;
        elements.push(attribute::split_any(&array[body..end])?);
        at = end;
    }
    Some(elements)
}

fn put_element(of: Type, payload: Payload<'_>, out: &mut Vec<u8>) {
    out.push(0x0a);
    crate::wire::varint::put(out, attribute::any_len(of, payload) as u64);
    attribute::put_any(of, payload, out);
}

fn power_of_ten(scale: u32) -> f64 {
    [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6][scale as usize % 7]
}

/// The fewest decimal places with which an integer gives back exactly the bits of `value`.
fn scale_of(value: f64) -> Option<(u32, i64)> {
    let scaled = |scale| {
        let integer = (value * power_of_ten(scale)).round();
        // By way of the integer, which has no negative zero.
        let exact = integer.abs() < 9e15 && (integer as i64 as f64 / power_of_ten(scale)).to_bits() == value.to_bits();
        exact.then_some((scale, integer as i64))
    };
    // What fewer places can say, more can too, as long as the product is less than half off.
    if value.abs() < 1e9 && scaled(MAX_SCALE).is_none() {
        return None;
    }
    (0..=MAX_SCALE).find_map(scaled)
}

/// The halves of a lower-case UUID (RFC 9562, section 4).
pub(super) fn uuid_of(string: &[u8]) -> Option<[u64; 2]> {
    let string: &[u8; 36] = string.try_into().ok()?;
    if DASHES.iter().any(|at| string[*at] != b'-') {
        return None;
    }
    let four = |at: usize| string[at..].first_chunk().map_or(0, |four| u32::from_be_bytes(*four)) as u64;
    let eight = |first, second| swar::of_hex(four(first) << 32 | four(second));
    Some([eight(0, 4)? << 32 | eight(9, 14)?, eight(19, 24)? << 32 | eight(28, 32)?])
}

pub(super) fn put_uuid([high, low]: [u64; 2], out: &mut Vec<u8>) {
    let (high, low) = (swar::hex(high), swar::hex(low));
    for part in [&high[..8], &high[8..12], &high[12..], &low[..4]] {
        out.extend_from_slice(part);
        out.push(b'-');
    }
    out.extend_from_slice(&low[4..]);
}

/// Where a UUID's dashes stand.
const DASHES: [usize; 4] = [8, 13, 18, 23];
