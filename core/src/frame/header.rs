//! The frame header.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | mark: low three bits 7 (no protobuf message starts so), bit 3 body is coded, bit 4 linked, bits 5–7 version |
//! | 1–10 | length of the original, varint |
//! | 4 | checksum of the original, little-endian, combined by exclusive or with the seal of all other bytes of the frame |
//! | 4 | only if linked: the link to the frame before, little-endian |
//!
//! All frames of a stream but the first are linked, coded or stored. A stored frame makes both sides
//! forget what they have learnt; the next coded one begins with settings, as one that is not linked does.

use crate::error::{Error, ErrorKind, Result, Stage};
use crate::wire::varint;
use xxhash_rust::xxh3::xxh3_64;

/// Protobuf has no wire type 7.
const MARK: u8 = 7;
const CODED: u8 = 1 << 3;
const LINKED: u8 = 1 << 4;
const VERSION_SHIFT: u32 = 5;
/// The format version this code writes, and the newest it reads.
pub(crate) const VERSION: u8 = 0;
/// Most bytes of a header whose input is shorter than 2^49 bytes.
pub(crate) const HEADER_ROOM: usize = 16;

/// What a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// The original as it is.
    Stored,
    /// Coded by the model.
    Coded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub body: Body,
    /// Length of the original in bytes.
    pub len: u64,
    pub checksum: u32,
    /// In a frame that continues a stream, the link to the frame before ([`Link::name`](super::Link)).
    pub link: Option<u32>,
}

impl Header {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let coded = if self.body == Body::Coded { CODED } else { 0 };
        let linked = if self.link.is_some() { LINKED } else { 0 };
        out.push(MARK | coded | linked | VERSION << VERSION_SHIFT);
        varint::put(out, self.len);
        out.extend_from_slice(&self.checksum.to_le_bytes());
        if let Some(link) = self.link {
            out.extend_from_slice(&link.to_le_bytes());
        }
    }

    /// Reads a header and returns it with the body's bytes.
    pub(crate) fn read(frame: &[u8]) -> Result<(Header, &[u8])> {
        let fail = |kind, offset, detail| Err(Error::new(kind, Stage::Header, offset, detail));
        let Some((&mark, rest)) = frame.split_first() else {
            return fail(ErrorKind::Truncated, 0, "there is not a single byte");
        };
        if mark & 7 != MARK {
            return fail(ErrorKind::NotTracezip, 0, "the first byte is not that of a frame");
        }
        if mark >> VERSION_SHIFT != VERSION {
            return fail(ErrorKind::UnsupportedVersion, 0, "this reader knows format version 0");
        }
        let Some((len, rest)) = varint::take(rest) else {
            let kind = if rest.len() < 10 { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            return fail(kind, 1, "the length of the original is not a whole varint");
        };
        let at = frame.len() - rest.len();
        let Some((checksum, rest)) = rest.split_first_chunk() else {
            return fail(ErrorKind::Truncated, at, "the checksum is cut short");
        };
        let (link, body) = if mark & LINKED == 0 {
            (None, rest)
        } else {
            let Some((link, rest)) = rest.split_first_chunk() else {
                return fail(ErrorKind::Truncated, at + 4, "the link is cut short");
            };
            (Some(u32::from_le_bytes(*link)), rest)
        };
        let checksum = u32::from_le_bytes(*checksum) ^ seal(&frame[..at], &frame[at + 4..]);
        let kind = if mark & CODED == 0 { Body::Stored } else { Body::Coded };
        Ok((Header { body: kind, len, checksum, link }, body))
    }
}

/// Whether a frame holds its original as it is: what did not pay to compress is *stored*, behind a header.
/// Looks at the first byte alone; what is no frame is not told apart.
pub fn is_stored(frame: &[u8]) -> bool {
    frame.first().is_some_and(|mark| mark & CODED == 0)
}

/// Seals the frame that begins at `start` and is otherwise complete.
pub(crate) fn seal_frame(frame: &mut [u8], start: usize) {
    let len = frame[start + 1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    let (head, rest) = frame[start..].split_at_mut(1 + len);
    if let Some((field, body)) = rest.split_first_chunk_mut() {
        *field = (u32::from_le_bytes(*field) ^ seal(head, body)).to_le_bytes();
    }
}

/// Hash of what stands before and behind the checksum: a frame that decodes to the right bytes by
/// another way is damaged all the same.
fn seal(before: &[u8], behind: &[u8]) -> u32 {
    // High halves: a stored body is the original, whose checksum is the low half of the same hash.
    ((xxh3_64(before).rotate_left(1) ^ xxh3_64(behind)) >> 32) as u32
}
