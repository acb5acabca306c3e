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
    match read_short(message, at) {
        Some((tag, body, end)) => Some(Field { tag, body, end, canonical: true }),
        None => read_any(message, at),
    }
}

/// Tag, body and end of the field at `at`; nothing if it is not in its shortest form.
#[inline(always)]
pub(crate) fn read_canonical(message: &[u8], at: usize) -> Option<(u32, usize, usize)> {
    read_short(message, at).or_else(|| {
        let Field { tag, body, end, .. } = read_any(message, at).filter(|field| field.canonical)?;
        Some((tag, body, end))
    })
}

/// The fields of a message, up to the first that is not whole.
pub(crate) fn all(message: &[u8]) -> impl Iterator<Item = Field> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let found = read(message, at)?;
        at = found.end;
        Some(found)
    })
}

/// Bytes of a value by its wire type, where that says so.
const SIZES: [u8; 8] = [0, 8, 0, 0, 0, 4, 0, 0];

/// Tag, body and end of a field whose tag has a byte and whose length has two at most, which are nearly all;
/// nothing comes back of others. It returns no struct, so that all stays in registers.
#[inline(always)]
pub(crate) fn read_short(message: &[u8], at: usize) -> Option<(u32, usize, usize)> {
    let (&first, &second) = (message.get(at)?, message.get(at + 1)?);
    let (tag, wire) = (first as u32, first as u32 & 7);
    if !(8..0x80).contains(&first) {
        // `Span.flags`, which most spans have.
        return (first == 0x85 && second == 1 && at + 6 <= message.len()).then_some((0x85, at + 2, at + 6));
    }
    let (body, end) = if wire == LEN {
        let len = second as usize;
        if len < 0x80 {
            (at + 2, at + 2 + len)
        } else {
            let high = *message.get(at + 2)? as usize;
            if high.wrapping_sub(1) >= 0x7f {
                return None;
            }
            (at + 3, at + 3 + (len & 0x7f | high << 7))
        }
    } else if wire == VARINT {
        (at + 1, if second < 0x80 { at + 2 } else { end_of_varint(message, at + 2)? })
    } else {
        let size = SIZES[wire as usize] as usize;
        if size == 0 {
            return None;
        }
        (at + 1, at + 1 + size)
    };
    (end <= message.len()).then_some((tag, body, end))
}

/// End of a varint that goes on at `at`, if it is in its shortest form and below 2^63.
fn end_of_varint(message: &[u8], at: usize) -> Option<usize> {
    let more = message.get(at..)?.iter().take(8).position(|byte| *byte < 0x80)?;
    (message[at + more] != 0).then_some(at + more + 1)
}

/// Any tag and any length, in any form.
#[cold]
#[inline(never)]
pub(crate) fn read_any(message: &[u8], at: usize) -> Option<Field> {
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
