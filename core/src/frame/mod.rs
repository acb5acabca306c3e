//! Frames: a header, a checksum over the original bytes, and a body.

pub(crate) mod body;
mod header;

pub(crate) use body::{Coding, Settings};
pub use header::is_stored;
pub(crate) use header::{Body, HEADER_ROOM, Header, seal_frame};

use xxhash_rust::xxh3::xxh3_64;

/// Checksum of the original bytes: the low half of their XXH3-64.
pub(crate) fn checksum(original: &[u8]) -> u32 {
    xxh3_64(original) as u32
}

/// The end of a stream so far, which its next frame builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// What the next frame names as its predecessor.
    pub name: u32,
    /// Whether the next frame, if it is coded, begins with a model that knows nothing and so with
    /// settings: the frame before was stored, and its reader does not know what its writer has learnt.
    pub fresh: bool,
}

impl Link {
    /// The end of a stream whose last frame has this header.
    pub(crate) fn after(header: &Header) -> Self {
        let mut pair = [0; 8];
        pair[..4].copy_from_slice(&header.link.unwrap_or(0).to_le_bytes());
        pair[4..].copy_from_slice(&header.checksum.to_le_bytes());
        Link { name: xxh3_64(&pair) as u32, fresh: header.body == Body::Stored }
    }
}
