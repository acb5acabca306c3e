//! Base-128 varints (Protocol Buffers encoding, "Base 128 Varints").

/// Bytes of the longest varint.
pub(crate) const MAX_LEN: usize = 10;

/// Appends the shortest form of `value`.
pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes of the shortest form of `value`.
pub(crate) fn len(value: u64) -> usize {
    // A seventh of the bits, rounded up: 9 / 64 is near enough.
    ((value | 1).ilog2() as usize * 9 + 73) / 64
}

/// Splits a varint in its shortest form off the front; nothing if there is none.
#[inline(always)]
pub(crate) fn take(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match bytes {
        [first, rest @ ..] if *first < 0x80 => Some((*first as u64, rest)),
        [first, second, rest @ ..] if *second < 0x80 && *second != 0 => {
            Some(((*first & 0x7f) as u64 | (*second as u64) << 7, rest))
        }
        _ => take_long(bytes),
    }
}

fn take_long(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        value |= ((byte & 0x7f) as u64) << (7 * i);
        if byte < 0x80 {
            let shortest = i == 0 || byte != 0;
            let fits = i < 9 || byte == 1;
            return (shortest && fits).then(|| (value, &bytes[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_come_back_and_only_the_shortest_form_is_taken() {
        for value in (0..64).flat_map(|b| [1u64 << b, (1u64 << b) - 1]).chain([u64::MAX]) {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            assert_eq!(bytes.len(), len(value));
            assert_eq!(take(&bytes), Some((value, &[][..])));
            assert_eq!(take(&bytes[..bytes.len() - 1]), None);
        }
        for odd in
            [&[0x80, 0][..], &[0xff, 0x80, 0], &[0xff; 10], &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2]]
        {
            assert_eq!(take(odd), None);
        }
    }
}
