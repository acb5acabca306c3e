//! Short byte strings, taken in windows.
//!
//! A loop whose number of turns depends on a length is guessed wrongly by a processor; windows that may overlap cost
//! the same for all strings.

/// Four windows that cover a string of 16 to 64 bytes, as most are.
#[inline(always)]
pub(crate) fn windows(bytes: &[u8]) -> Option<[u128; 4]> {
    let last = bytes.len().checked_sub(16).filter(|last| *last <= 48)?;
    let inner = last.min(16);
    let window = |at: usize| bytes[at..].first_chunk().map_or(0, |window| u128::from_le_bytes(*window));
    Some([window(0), window(inner), window(last - inner), window(last)])
}

/// Two windows that cover a string of 8 to 16 bytes, as one number.
#[inline(always)]
pub(crate) fn halves(bytes: &[u8]) -> Option<u128> {
    let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
    (bytes.len() <= 16).then(|| u64::from_le_bytes(*first) as u128 | (u64::from_le_bytes(*last) as u128) << 64)
}

/// Whether there is a zero byte.
#[inline(always)]
pub(crate) fn contains_zero(bytes: &[u8]) -> bool {
    const EACH: u128 = u128::MAX / 0xff;
    // A byte borrows and had no high bit only if it is zero, or if the one below is.
    let zeros = |window: u128| window.wrapping_sub(EACH) & !window & EACH << 7;
    match (windows(bytes), halves(bytes)) {
        (Some(windows), _) => windows.into_iter().fold(0, |found, window| found | zeros(window)) != 0,
        (_, Some(halves)) => zeros(halves) != 0,
        _ => bytes.contains(&0),
    }
}

/// Whether two byte strings are the same.
#[inline(always)]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(x), Some(y)) = (windows(a), windows(b)) {
        return (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) == 0;
    }
    match (halves(a), halves(b)) {
        (Some(x), Some(y)) => x == y,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts() {
        let long: Vec<u8> = (0..80).collect();
        for len in 0..long.len() {
            assert!(same(&long[..len], &long.clone()[..len]));
            assert!(!same(&long[..len], &long[..len + 1]));
            for at in 0..len {
                let mut other = long.clone();
                other[at] ^= 1;
                assert!(!same(&long[..len], &other[..len]), "{at} of {len}");
                other.iter_mut().for_each(|byte| *byte |= 1);
                assert!(!contains_zero(&other[..len]));
                other[at] = 0;
                assert!(contains_zero(&other[..len]), "{at} of {len}");
            }
        }
    }
}
