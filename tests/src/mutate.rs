//! Damage: what bad networks, bad disks and bad people do to bytes.

use std::ops::Range;

use crate::rng::Rng;

/// Bytes that mean much in protobuf: the ends of varints, groups, the numbers of OTLP fields.
const TELLING: [u8; 14] = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x1a, 0x22, 0x0b, 0x0c, 0x07, 0x39, 0x85];

/// `input`, damaged one to four times; parts of `other` may be put into it.
pub fn mutate(rng: &mut Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 + rng.below(4) {
        once(rng, &mut bytes, other);
    }
    bytes
}

fn once(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = rng.below(bytes.len() + 1);
    match rng.below(10) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
        2 if at < bytes.len() => bytes[at] = *rng.pick(&TELLING),
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(range(rng, bytes.len()))),
        5 => {
            let count = 1 + rng.below(12);
            let new = rng.bytes(count);
            insert(bytes, at, &new);
        }
        6 => {
            let again = bytes[range(rng, bytes.len())].to_vec();
            insert(bytes, at, &again);
        }
        7 => insert(bytes, at, &other[range(rng, other.len())]),
        8 => {
            let zeros = range(rng, bytes.len());
            bytes[zeros].fill(0);
        }
        _ => {
            // The head of the one and the tail of the other.
            let tail = &other[rng.below(other.len() + 1)..];
            bytes.truncate(at);
            bytes.extend_from_slice(tail);
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    bytes.splice(at..at, new.iter().copied());
}

/// Mostly short.
fn range(rng: &mut Rng, len: usize) -> Range<usize> {
    let start = rng.below(len + 1);
    let most = if rng.chance(80) { 24.min(len - start) } else { len - start };
    start..start + rng.below(most + 1)
}
