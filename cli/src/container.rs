//! Frames in a file.
//!
//! One request, or bytes that are no requests, become one bare frame. Messages with lengths become
//! records: each 4 bytes of length, big-endian, and a frame. The first byte tells which: the low three
//! bits of a frame's are 7, those of a record's length (below 7 x 2^24) are not. So the file also says how
//! to write the messages back.

use tracezip::{TraceCompressor, TracezipConfig};
use tracezip_benches::input::{Kind, is_packed, put_length, split_messages};

use crate::exit::{Exit, Failure, Result};

/// The low three bits of a frame's first byte.
const FRAME_MARK: u8 = 7;
/// Greatest length of a record, so that it cannot be taken for a frame.
const MAX_RECORD: usize = (7 << 24) - 1;

/// Compresses `content` of any kind. Never fails: what cannot be kept as records is kept as one frame.
pub(crate) fn compress(content: &[u8], config: &TracezipConfig, self_contained: bool) -> Vec<u8> {
    let messages = match Kind::detect(content) {
        Kind::LengthPrefixed => split_messages(content).ok(),
        Kind::Raw | Kind::Json | Kind::Other => None,
    };
    match messages.and_then(|messages| compress_records(&messages, config, self_contained)) {
        Some(records) => records,
        None => tracezip::compress_level(content, config),
    }
}

/// Records, or nothing if one is too long.
pub(crate) fn compress_records(messages: &[&[u8]], config: &TracezipConfig, self_contained: bool) -> Option<Vec<u8>> {
    let mut compressor = TraceCompressor::new(config.clone());
    let (mut out, mut frame) = (Vec::new(), Vec::new());
    for message in messages {
        if self_contained {
            compressor.reset();
        }
        frame.clear();
        compressor.compress_frame(message, &mut frame);
        if frame.len() > MAX_RECORD || !put_length(&mut out, frame.len()) {
            return None;
        }
        out.extend_from_slice(&frame);
    }
    Some(out)
}

/// A frame and where it begins in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) offset: usize,
    pub(crate) bytes: &'a [u8],
}

/// What a compressed file holds.
#[derive(Debug)]
pub(crate) enum Container<'a> {
    /// One frame.
    Bare(Frame<'a>),
    /// Records.
    Records(Vec<Frame<'a>>),
}

impl<'a> Container<'a> {
    /// Whether `content` begins like a compressed file.
    pub(crate) fn is_one(content: &[u8]) -> bool {
        // gzip's first byte might be that of a frame that continues a stream, with which no file begins.
        !is_packed(content) && (is_frame(content) || content.get(4..).is_some_and(is_frame))
    }

    /// Finds the frames; `name` is the file's, for messages.
    pub(crate) fn parse(content: &'a [u8], name: &str) -> Result<Self> {
        if content.is_empty() {
            return Err(Failure::new(
                Exit::Damaged,
                format!("{name}: the file is empty; a frame has at least a header"),
            ));
        }
        if !Container::is_one(content) {
            let message = format!("{name}: not a Tracezip file: byte 0 begins neither a frame nor a record with one");
            return Err(Failure::new(Exit::WrongInput, message));
        }
        if is_frame(content) {
            return Ok(Container::Bare(Frame { offset: 0, bytes: content }));
        }
        let records = split_messages(content)
            .map_err(|error| Failure::new(Exit::Damaged, format!("{name}: the file is cut short: {error}")))?;
        let mut offset = 0;
        let place = |bytes: &'a [u8]| {
            offset += 4 + bytes.len();
            Frame { offset: offset - bytes.len(), bytes }
        };
        Ok(Container::Records(records.into_iter().map(place).collect()))
    }

    /// The frames in order.
    pub(crate) fn frames(&self) -> &[Frame<'a>] {
        match self {
            Container::Bare(frame) => std::slice::from_ref(frame),
            Container::Records(frames) => frames,
        }
    }
}

fn is_frame(content: &[u8]) -> bool {
    content.first().is_some_and(|byte| byte & 7 == FRAME_MARK)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_request_is_one_bare_frame_and_messages_are_records() {
        let config = TracezipConfig::default();
        let bare = compress(b"\x0a\x00", &config, false);
        assert!(matches!(Container::parse(&bare, "f").unwrap(), Container::Bare(_)));
        let records = compress(b"\0\0\0\x02\x0a\x00\0\0\0\0", &config, false);
        let container = Container::parse(&records, "f").unwrap();
        assert!(matches!(container, Container::Records(_)));
        let frames = container.frames();
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[1].offset, 4 + frames[0].bytes.len() + 4);
    }
}
