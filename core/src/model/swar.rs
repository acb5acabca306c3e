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

/// The high bits of digits.
#[inline(always)]
pub(super) fn digits(characters: u64) -> u64 {
    within(characters, b'0', b'9')
}

/// The high bits of digits and letters.
#[inline(always)]
pub(super) fn alphanumerics(characters: u64) -> u64 {
    digits(characters) | within(characters | EACH << 5, b'a', b'z')
}

/// Eight characters from `at` on; zeros stand for those behind the end.
#[inline(always)]
fn eight_from(text: &[u8], at: usize) -> u64 {
    match (text[at..].first_chunk(), text.last_chunk()) {
        (Some(eight), _) => u64::from_le_bytes(*eight),
        (_, Some(last)) => u64::from_le_bytes(*last).checked_shr(8 * (8 + at - text.len()) as u32).unwrap_or(0),
        _ => text[at..].iter().rev().fold(0, |eight, byte| eight << 8 | *byte as u64),
    }
}

/// Eight characters up to `at`; zeros stand for those before the start.
#[inline(always)]
fn eight_up_to(text: &[u8], at: usize) -> u64 {
    match (text[..at].last_chunk(), text.first_chunk()) {
        (Some(eight), _) => u64::from_le_bytes(*eight),
        (_, Some(first)) => u64::from_le_bytes(*first).checked_shl(8 * (8 - at) as u32).unwrap_or(0),
        _ => text[..at].iter().fold(0, |eight, byte| eight >> 8 | (*byte as u64) << 56),
    }
}

/// Where the first character from `at` on is that lies in a range of ASCII without zero.
#[inline(always)]
pub(super) fn find_within(text: &[u8], mut at: usize, first: u8, last: u8) -> Option<usize> {
    while at < text.len() {
        let found = within(eight_from(text, at), first, last);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    None
}

/// Where the characters of a `class`, to which zero does not belong, end that begin at `at`.
#[inline(always)]
pub(super) fn end_of_run(text: &[u8], mut at: usize, class: impl Fn(u64) -> u64) -> usize {
    loop {
        let others = !class(eight_from(text, at)) & HIGH;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
}

/// Where the characters of a `class`, to which zero does not belong, start that end at `at`.
#[inline(always)]
pub(super) fn start_of_run(text: &[u8], mut at: usize, class: impl Fn(u64) -> u64) -> usize {
    loop {
        let others = !class(eight_up_to(text, at)) & HIGH;
        if others != 0 {
            return at - others.leading_zeros() as usize / 8;
        }
        at -= 8;
    }
}

/// Whether eight characters are lower-case hexadecimal digits.
#[inline(always)]
pub(super) fn are_hex(characters: u64) -> bool {
    digits(characters) | within(characters, b'a', b'f') == HIGH
}

/// The number of eight lower-case hexadecimal digits, of which the high byte is the first.
#[inline(always)]
pub(super) fn of_hex(digits: u64) -> Option<u64> {
    if !are_hex(digits) {
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
    fn runs_end_where_others_begin() {
        for len in 0..40 {
            let word: Vec<u8> = b"1a9Z0z".iter().copied().cycle().take(len).collect();
            for (before, behind) in [("", ""), ("/", ":"), ("12345678[", "@4"), ("\u{e9}", "`a{bcdefghi")] {
                let text = [before.as_bytes(), &word, behind.as_bytes()].concat();
                let (start, end) = (before.len(), before.len() + len);
                for at in start..=end {
                    assert_eq!(start_of_run(&text, at, alphanumerics), start);
                    assert_eq!(end_of_run(&text, at, alphanumerics), end);
                }
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
