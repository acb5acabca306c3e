//! Frames: a header, a checksum over the original bytes, and a body.

pub(crate) mod body;
mod header;

pub(crate) use body::{Coding, Settings};
pub(crate) use header::{Body, HEADER_ROOM, Header};

use xxhash_rust::xxh3::xxh3_64;

/// Checksum of the original bytes: the low half of their XXH3-64.
pub(crate) fn checksum(original: &[u8]) -> u32 {
    xxh3_64(original) as u32
}

/// What a frame of a stream names as its predecessor, from that frame's own link and checksum.
pub(crate) fn next_link(link: u32, checksum: u32) -> u32 {
    let mut pair = [0; 8];
    pair[..4].copy_from_slice(&link.to_le_bytes());
    pair[4..].copy_from_slice(&checksum.to_le_bytes());
    xxh3_64(&pair) as u32
}
