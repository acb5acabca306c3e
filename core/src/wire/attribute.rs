//! A field taken apart into its key and its value, so that the two give back exactly its bytes.

use super::field::{self, FIXED32, FIXED64, LEN, VARINT};
use super::varint;
use crate::bytes::same;

/// How a field's bytes follow from key and value. The numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Form {
    /// Not an attribute: the value follows the tag.
    Plain = 0,
    /// A `KeyValue` with its key first, as all SDKs write it.
    KeyFirst = 1,
    /// A `KeyValue` with its value first, as the Collector writes it.
    ValueFirst = 2,
    /// Anything else: the value is the whole field, tag and all.
    Verbatim = 3,
}

impl Form {
    pub(crate) const ALL: [Form; 4] = [Form::Plain, Form::KeyFirst, Form::ValueFirst, Form::Verbatim];
}

/// Type of a value: the tag in `AnyValue`, or the wire type of a plain field. The numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Type {
    /// An `AnyValue` without a value.
    Empty = 0,
    String = 1,
    Bool = 2,
    Int = 3,
    Double = 4,
    Array = 5,
    KvList = 6,
    Bytes = 7,
    /// No `AnyValue` at all.
    Missing = 8,
    Varint = 9,
    Fixed64 = 10,
    Fixed32 = 11,
    /// A plain field with a length, or a verbatim field.
    Len = 12,
}

impl Type {
    pub(crate) const ALL: [Type; 13] = [
        Type::Empty,
        Type::String,
        Type::Bool,
        Type::Int,
        Type::Double,
        Type::Array,
        Type::KvList,
        Type::Bytes,
        Type::Missing,
        Type::Varint,
        Type::Fixed64,
        Type::Fixed32,
        Type::Len,
    ];

    /// Whether fields of a form have values of this type.
    pub(crate) fn goes_with(self, form: Form) -> bool {
        match form {
            Form::Plain => matches!(self, Type::Varint | Type::Fixed64 | Type::Fixed32 | Type::Len),
            Form::KeyFirst => self <= Type::Missing,
            Form::ValueFirst => self < Type::Missing,
            Form::Verbatim => self == Type::Len,
        }
    }

    /// Tag in `AnyValue`.
    pub(crate) fn any_tag(self) -> u32 {
        match self {
            Type::String => 0x0a,
            Type::Bool => 0x10,
            Type::Int => 0x18,
            Type::Double => 0x21,
            Type::Array => 0x2a,
            Type::KvList => 0x32,
            Type::Bytes => 0x3a,
            _ => 0,
        }
    }

    fn of_any_tag(tag: u32) -> Option<Type> {
        Some(match tag {
            0x0a => Type::String,
            0x10 => Type::Bool,
            0x18 => Type::Int,
            0x21 => Type::Double,
            0x2a => Type::Array,
            0x32 => Type::KvList,
            0x3a => Type::Bytes,
            _ => return None,
        })
    }
}

/// What identifies an attribute, or another field, within its message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyParts<'a> {
    pub form: Form,
    pub of: Type,
    /// The field's tag; zero in [`Form::Verbatim`].
    pub tag: u32,
    /// The attribute's key; empty for other fields.
    pub name: &'a [u8],
}

impl PartialEq for KeyParts<'_> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        (self.form, self.of, self.tag) == (other.form, other.of, other.tag) && same(self.name, other.name)
    }
}

/// A value as it stands in the field, without its type and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Takes a whole field apart. `is_attribute` says that its tag is that of the message's attributes.
pub(crate) fn split(raw: &[u8], is_attribute: bool) -> (KeyParts<'_>, Payload<'_>) {
    if is_attribute && let Some(found) = split_short(raw) {
        return found;
    }
    let verbatim = (KeyParts { form: Form::Verbatim, of: Type::Len, tag: 0, name: &[] }, Payload::Bytes(raw));
    split_canonical(raw, is_attribute).unwrap_or(verbatim)
}

/// The usual attribute: all lengths have a byte. The checks can be guessed.
#[inline(always)]
fn split_short(raw: &[u8]) -> Option<(KeyParts<'_>, Payload<'_>)> {
    let (&[tag, len, first_tag, first_len], rest) = raw.split_first_chunk()?;
    let (first, rest) = rest.split_at_checked(first_len as usize)?;
    let (&[second_tag, second_len], second) = rest.split_first_chunk()?;
    let key_first = first_tag == 0x0a;
    let tags = if key_first { 0x0a12 } else { 0x120a };
    let (form, name, any) = if key_first { (Form::KeyFirst, first, second) } else { (Form::ValueFirst, second, first) };
    let is_usual = (tag as u32 & 0x87 == LEN) & (tag >= 8) & ((first_tag as u32) << 8 | second_tag as u32 == tags);
    let has_length = (len < 0x80) & (len as usize + 2 == raw.len()) & (second_len as usize == second.len());
    let (&any_tag, body) = any.split_first()?;
    let of = Type::of_any_tag(any_tag as u32).filter(|_| is_usual & has_length)?;
    let payload = match (any_tag as u32 & 7, body) {
        (LEN, [len, bytes @ ..]) if *len as usize == bytes.len() => Payload::Bytes(bytes),
        (FIXED64, _) if body.len() == 8 => number_le(body),
        (VARINT, _) => {
            varint::take(body).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| Payload::Number(value))?
        }
        _ => return None,
    };
    Some((KeyParts { form, of, tag: tag as u32, name }, payload))
}

/// Nothing comes back if the field is in an unusual form.
#[inline(always)]
fn split_canonical(raw: &[u8], is_attribute: bool) -> Option<(KeyParts<'_>, Payload<'_>)> {
    let (tag, body) = only_field(raw)?;
    if is_attribute && tag & 7 == LEN {
        return split_key_value(tag, body);
    }
    let (of, payload) = match tag & 7 {
        VARINT => (Type::Varint, number(body)),
        FIXED64 => (Type::Fixed64, number_le(body)),
        FIXED32 => (Type::Fixed32, number_le(body)),
        _ => (Type::Len, Payload::Bytes(body)),
    };
    Some((KeyParts { form: Form::Plain, of, tag, name: &[] }, payload))
}

#[inline(always)]
fn split_key_value(tag: u32, body: &[u8]) -> Option<(KeyParts<'_>, Payload<'_>)> {
    let (first_tag, at, end) = field::read_canonical(body, 0)?;
    let (first, rest) = (&body[at..end], &body[end..]);
    if rest.is_empty() {
        let parts = KeyParts { form: Form::KeyFirst, of: Type::Missing, tag, name: first };
        return (first_tag == 0x0a).then_some((parts, Payload::Bytes(&[])));
    }
    let (second_tag, second) = only_field(rest)?;
    let (form, name, any) = match (first_tag, second_tag) {
        (0x0a, 0x12) => (Form::KeyFirst, first, second),
        (0x12, 0x0a) => (Form::ValueFirst, second, first),
        _ => return None,
    };
    let (of, payload) = split_any(any)?;
    Some((KeyParts { form, of, tag, name }, payload))
}

/// Tag and body of the only field of a message.
#[inline(always)]
fn only_field(message: &[u8]) -> Option<(u32, &[u8])> {
    let (tag, body, end) = field::read_canonical(message, 0)?;
    (end == message.len()).then(|| (tag, &message[body..]))
}

/// Takes an `AnyValue` apart; nothing if it has more than one field or an unusual form.
#[inline(always)]
pub(crate) fn split_any(any: &[u8]) -> Option<(Type, Payload<'_>)> {
    if any.is_empty() {
        return Some((Type::Empty, Payload::Bytes(&[])));
    }
    let (tag, body) = only_field(any)?;
    let of = Type::of_any_tag(tag)?;
    let payload = match tag & 7 {
        VARINT => number(body),
        FIXED64 => number_le(body),
        _ => Payload::Bytes(body),
    };
    Some((of, payload))
}

fn number(body: &[u8]) -> Payload<'_> {
    Payload::Number(varint::take(body).map_or(0, |(value, _)| value))
}

fn number_le(body: &[u8]) -> Payload<'_> {
    Payload::Number(match (body.first_chunk(), body.first_chunk()) {
        (Some(eight), _) => u64::from_le_bytes(*eight),
        (_, Some(four)) => u32::from_le_bytes(*four) as u64,
        _ => 0,
    })
}

/// Puts a field together again: the inverse of [`split`].
pub(crate) fn join(key: KeyParts<'_>, payload: Payload<'_>, out: &mut Vec<u8>) {
    match key.form {
        Form::Verbatim => put_payload(Type::Len, payload, out),
        Form::Plain => {
            varint::put(out, key.tag as u64);
            if let (Type::Len, Payload::Bytes(bytes)) = (key.of, payload) {
                varint::put(out, bytes.len() as u64);
            }
            put_payload(key.of, payload, out);
        }
        Form::KeyFirst | Form::ValueFirst => join_key_value(key, payload, out),
    }
}

fn join_key_value(key: KeyParts<'_>, payload: Payload<'_>, out: &mut Vec<u8>) {
    let any = any_len(key.of, payload);
    let any_field = if key.of == Type::Missing { 0 } else { 1 + varint::len(any as u64) + any };
    let name_field = 1 + varint::len(key.name.len() as u64) + key.name.len();
    varint::put(out, key.tag as u64);
    varint::put(out, (name_field + any_field) as u64);
    if key.form == Form::KeyFirst {
        put_name(key.name, out);
    }
    if key.of != Type::Missing {
        out.push(0x12);
        varint::put(out, any as u64);
        put_any(key.of, payload, out);
    }
    if key.form == Form::ValueFirst {
        put_name(key.name, out);
    }
}

fn put_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(0x0a);
    varint::put(out, name.len() as u64);
    out.extend_from_slice(name);
}

/// Length of an `AnyValue`.
pub(crate) fn any_len(of: Type, payload: Payload<'_>) -> usize {
    match (of, payload) {
        (Type::Empty | Type::Missing, _) => 0,
        (Type::Double, _) => 9,
        (_, Payload::Number(value)) => 1 + varint::len(value),
        (_, Payload::Bytes(bytes)) => 1 + varint::len(bytes.len() as u64) + bytes.len(),
    }
}

/// Appends an `AnyValue`.
pub(crate) fn put_any(of: Type, payload: Payload<'_>, out: &mut Vec<u8>) {
    if matches!(of, Type::Empty | Type::Missing) {
        return;
    }
    out.push(of.any_tag() as u8);
    if let Payload::Bytes(bytes) = payload {
        varint::put(out, bytes.len() as u64);
    }
    put_payload(of, payload, out);
}

fn put_payload(of: Type, payload: Payload<'_>, out: &mut Vec<u8>) {
    match payload {
        Payload::Bytes(bytes) => out.extend_from_slice(bytes),
        Payload::Number(value) => match of {
            Type::Double | Type::Fixed64 => out.extend_from_slice(&value.to_le_bytes()),
            Type::Fixed32 => out.extend_from_slice(&(value as u32).to_le_bytes()),
            _ => varint::put(out, value),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let fields: &[&[u8]] = &[
            b"\x4a\x09\x0a\x01k\x12\x04\x0a\x02ab",
            b"\x4a\x09\x12\x04\x0a\x02ab\x0a\x01k",
            b"\x4a\x05\x0a\x01k\x12\x00",
            b"\x4a\x03\x0a\x01k",
            b"\x4a\x00",
            b"\x4a\x07\x0a\x01k\x12\x02\x18\x05",
            b"\x4a\x0e\x0a\x01k\x12\x09\x21\x01\x02\x03\x04\x05\x06\x07\x08",
            b"\x4a\x07\x0a\x01k\x12\x02\x98\x05",
            b"\x30\x03",
            b"\x30\x83\x00",
            b"\x85\x01\x01\x01\x00\x00",
            b"\x7a\x00",
            b"garbage",
        ];
        for raw in fields {
            let (key, payload) = split(raw, raw[0] == 0x4a);
            let mut back = Vec::new();
            join(key, payload, &mut back);
            assert_eq!(&back, raw, "{key:?}");
        }
    }
}
