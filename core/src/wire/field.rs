//! One field of a protobuf message.

use super::varint;

/// The wire types that OTLP uses.
pub(crate) const VARINT: u32 = 0;
pub(crate) const FIXED64: u32 = 1;
pub(crate) const LEN: u32 = 2;
pub(crate) const FIXED32: u32 = 5;

/// Where a field lies in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Field number and wire type, as on the wire.
    pub tag: u32,
    /// Where the value begins, after the tag and the length.
    pub body: usize,
    /// Where the field ends.
    pub end: usize,
    /// Whether tag, length and value are in their shortest form, so that they follow from their meaning.
    pub canonical: bool,
}

/// The field that begins at `at`; nothing if what is there is not a whole field.
#[inline(always)]
pub(crate) fn read(message: &[u8], at: usize) -> Option<Field> {
    let first = *message.get(at)?;
    if !(8..0x80).contains(&first) {
        // `Span.flags`, which most spans have.
        return match message.get(at..at + 6) {
            Some([0x85, 1, ..]) => Some(Field { tag: 0x85, body: at + 2, end: at + 6, canonical: true }),
            _ => read_rare(message, at),
        };
    }
    let tag = first as u32;
    match tag & 7 {
        LEN => {
            let len = *message.get(at + 1)? as usize;
            let (body, end) = if len < 0x80 {
                (at + 2, at + 2 + len)
            } else {
                match *message.get(at + 2)? as usize {
                    high @ 1..0x80 => (at + 3, at + 3 + (len & 0x7f | high << 7)),
                    _ => return read_rare(message, at),
                }
            };
            (end <= message.len()).then_some(Field { tag, body, end, canonical: true })
        }
        VARINT => {
            if *message.get(at + 1)? >= 0x80 {
                return read_rare(message, at);
            }
            Some(Field { tag, body: at + 1, end: at + 2, canonical: true })
        }
        FIXED64 if at + 9 <= message.len() => Some(Field { tag, body: at + 1, end: at + 9, canonical: true }),
        FIXED32 if at + 5 <= message.len() => Some(Field { tag, body: at + 1, end: at + 5, canonical: true }),
        _ => None,
    }
}

/// Any tag and any length, in any form.
fn read_rare(message: &[u8], at: usize) -> Option<Field> {
    let (tag, mut body, mut canonical) = varint_at(message, at)?;
    let tag = u32::try_from(tag).ok().filter(|tag| tag >> 3 != 0)?;
    let end = match tag & 7 {
        LEN => {
            let (len, start, shortest) = varint_at(message, body)?;
            body = start;
            canonical &= shortest;
            start.checked_add(usize::try_from(len).ok()?)?
        }
        VARINT => {
            let (_, end, shortest) = varint_at(message, body)?;
            canonical &= shortest;
            end
        }
        FIXED64 => body + 8,
        FIXED32 => body + 4,
        _ => return None,
    };
    (end <= message.len()).then_some(Field { tag, body, end, canonical })
}

/// A varint in any form: its value, where it ends, and whether its form is the shortest.
fn varint_at(message: &[u8], at: usize) -> Option<(u64, usize, bool)> {
    let bytes = message.get(at..)?;
    if let Some((value, rest)) = varint::take(bytes) {
        return Some((value, message.len() - rest.len(), true));
    }
    let len = 1 + bytes.iter().take(10).position(|byte| *byte < 0x80)?;
    let value = bytes[..len].iter().rev().fold(0u64, |value, byte| value << 7 | (byte & 0x7f) as u64);
    Some((value, at + len, false))
}
