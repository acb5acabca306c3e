//! Eight characters at a time, as the bytes of a number (SWAR, "SIMD within a register").

/// A one in each byte.
const EACH: u64 = u64::MAX / 0xff;
/// The high bit of each byte.
const HIGH: u64 = EACH << 7;
/// The low half of each byte.
const NIBBLES: u64 = EACH * 15;

/// The high bits of those characters that lie in a range of ASCII.
#[inline(always)]
pub(super) fn within(characters: u64, first: u8, last: u8) -> u64 {
    // Neither sum reaches the next byte.
    let low = characters & !HIGH;
    let from_first = low + EACH * (0x80 - first as u64);
    let beyond_last = low + EACH * (0x7f - last as u64);
    (from_first ^ beyond_last) & !characters & HIGH
}

/// Where the first character from `at` on is that lies in a range of ASCII.
#[inline(always)]
pub(super) fn find_within(text: &[u8], mut at: usize, first: u8, last: u8) -> Option<usize> {
    while let Some(characters) = text[at..].first_chunk() {
        let found = within(u64::from_le_bytes(*characters), first, last);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    text[at..].iter().position(|byte| (first..=last).contains(byte)).map(|more| at + more)
}

/// The number of eight lower-case hexadecimal digits, of which the high byte is the first.
#[inline(always)]
pub(super) fn of_hex(digits: u64) -> Option<u64> {
    if within(digits, b'0', b'9') | within(digits, b'a', b'f') != HIGH {
        return None;
    }
    let nibbles = (digits & NIBBLES) + (digits >> 6 & EACH) * 9;
    let bytes = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let halves = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    Some((halves | halves >> 16) & 0xffff_ffff)
}

/// Whether eight characters may be lower-case hexadecimal digits: they are, or are of `:` to `?` or `` ` `` to `o`.
#[inline(always)]
pub(super) fn like_hex(characters: u64) -> bool {
    // Of bits 4 and 6 one is set, and so is bit 5, but not bit 7.
    let either = characters ^ characters << 2;
    (characters & (EACH * 0xa0)) | (either & (EACH * 0x40)) == EACH * 0x60
}

/// Sixteen lower-case hexadecimal digits.
#[inline]
pub(super) fn hex(number: u64) -> [u8; 16] {
    let [high, low] = [number >> 32, number & 0xffff_ffff].map(hex_of_half);
    ((high as u128) << 64 | low as u128).to_be_bytes()
}

#[inline(always)]
fn hex_of_half(number: u64) -> u64 {
    let halves = (number | number << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (bytes | bytes << 4) & NIBBLES;
    let letters = (nibbles + EACH * 6) >> 4 & EACH;
    nibbles + EACH * b'0' as u64 + letters * (b'a' - b'0' - 10) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_end_where_they_say() {
        for byte in 0..=255 {
            for (first, last) in [(0, 31), (b'0', b'9'), (b'a', b'f'), (0, 127), (b'x', b'x')] {
                let neighbours = [0, first, last, byte, 255, 128, 127, b':'];
                let expected = neighbours.map(|byte| ((first..=last).contains(&byte) as u8) << 7);
                assert_eq!(within(u64::from_le_bytes(neighbours), first, last), u64::from_le_bytes(expected));
            }
        }
    }

    #[test]
    fn digits_come_back() {
        for number in [0, 1, 0x9a_bcde_f012_3456, 0xffff_ffff_0000_0000, u64::MAX] {
            let digits = hex(number);
            assert_eq!(digits[..], *format!("{number:016x}").as_bytes());
            assert!(digits.as_chunks().0.iter().all(|digits| like_hex(u64::from_be_bytes(*digits))));
            let digits = u128::from_be_bytes(digits);
            assert_eq!(
                (of_hex((digits >> 64) as u64), of_hex(digits as u64)),
                (Some(number >> 32), Some(number as u32 as u64))
            );
        }
        for no in
            [*b"0123456p", *b"0123A567", *b"0123456\xb1", *b"/1234567", [b'1', 0, b'3', b'4', b'5', b'6', b'7', b'8']]
        {
            assert!(!like_hex(u64::from_be_bytes(no)));
        }
        for no in [*b"0123456g", *b"0123A567", *b"`1234567", *b"0123456\xb1", *b"/1234567", *b"012345:7"] {
            assert_eq!(of_hex(u64::from_be_bytes(no)), None);
        }
    }
}
