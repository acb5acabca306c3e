//! What the tests of all families need.
#![allow(clippy::unwrap_used)]

use super::Draw;

pub(crate) fn hex(digits: &str) -> u64 {
    u64::from_str_radix(digits, 16).unwrap()
}

/// Spans from lines of a span id and, for a root, its trace id.
pub(crate) fn draws(text: &str) -> Vec<Draw> {
    let line = |line: &str| {
        let mut ids = line.split(' ');
        let span = hex(ids.next()?);
        Some(Draw { start: 0, span, trace: ids.next().map(|id| (hex(&id[..16]), hex(&id[16..]))) })
    };
    text.lines().filter(|text| *text != "-").filter_map(line).collect()
}

/// xoshiro256++ of Blackman and Vigna: ids of nobody here.
pub(crate) fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut s = [seed ^ 0x9e37_79b9_7f4a_7c15, seed << 32 | 1, !seed, 0x1234_5678_9abc_def0];
    let mut next = move || {
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    };
    for _ in 0..20 {
        next();
    }
    next
}
