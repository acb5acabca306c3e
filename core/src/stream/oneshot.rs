//! Frames that stand alone.

use std::cell::RefCell;

use super::{Dictionary, TraceCompressor, TraceDecompressor};
use crate::config::TracezipConfig;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::frame::{HEADER_ROOM, Header};
use crate::limits::Limits;

/// Most bytes that [`compress`] makes of `len` bytes: the input and a header.
pub const fn compress_bound(len: usize) -> usize {
    len.saturating_add(HEADER_ROOM)
}

/// Compresses any bytes, best a serialized `ExportTraceServiceRequest`, into a frame that stands alone.
pub fn compress(otlp: &[u8]) -> Vec<u8> {
    compress_level(otlp, &TracezipConfig::default())
}

/// [`compress`] with the level and limits of `config`; its `enabled` and `min_batch_size` do not matter here.
pub fn compress_level(otlp: &[u8], config: &TracezipConfig) -> Vec<u8> {
    let mut frame = Vec::new();
    compress_into(otlp, config, &mut frame);
    frame
}

/// [`compress_level`], appending to `frame`; the number of bytes appended.
pub fn compress_into(otlp: &[u8], config: &TracezipConfig, frame: &mut Vec<u8>) -> usize {
    thread_local! {
        // A compressor's tables cost more to make than a small batch to compress. Reset, they are as good as new.
        static COMPRESSOR: RefCell<Option<TraceCompressor>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) if compressor.config() == config => compressor,
            _ => slot.insert(TraceCompressor::new(config.clone())),
        };
        compressor.reset();
        compressor.compress_frame(otlp, frame)
    })
}

/// The length that `frame` says its original has, in bytes.
///
/// # Errors
/// As for [`decompress`], from the header alone.
pub fn decompressed_len(frame: &[u8]) -> Result<u64> {
    Ok(Header::read(frame)?.0.len)
}

/// Gives back what was compressed into a frame that stands alone, with default [`Limits`].
///
/// # Errors
/// A frame that is cut, damaged, from a newer version, over a limit or part of a stream.
pub fn decompress(frame: &[u8]) -> Result<Vec<u8>> {
    decompress_with(frame, Limits::default())
}

/// [`decompress`] with other limits.
///
/// # Errors
/// As for [`decompress`].
pub fn decompress_with(frame: &[u8], limits: Limits) -> Result<Vec<u8>> {
    let mut otlp = Vec::new();
    decompress_append(frame, limits, &mut otlp)?;
    Ok(otlp)
}

/// [`decompress`] into a buffer of the caller's; the number of bytes written.
///
/// # Errors
/// As for [`decompress`], and [`ErrorKind::BufferTooSmall`]; the buffer is written to on success only.
pub fn decompress_into(frame: &[u8], limits: Limits, buffer: &mut [u8]) -> Result<usize> {
    let len = decompressed_len(frame)?;
    if len > buffer.len() as u64 {
        let detail = "the original is longer than the buffer";
        return Err(Error::new(ErrorKind::BufferTooSmall, Stage::Output, buffer.len(), detail));
    }
    let otlp = decompress_with(frame, limits)?;
    buffer[..otlp.len()].copy_from_slice(&otlp);
    Ok(otlp.len())
}

/// [`decompress_with`], appending to `otlp`; the number of bytes appended. Nothing is appended after an
/// error.
///
/// # Errors
/// As for [`decompress`].
pub fn decompress_append(frame: &[u8], limits: Limits, otlp: &mut Vec<u8>) -> Result<usize> {
    decompress_append_with(frame, limits, None, otlp)
}

/// [`decompress_append`] of a frame that was made with this dictionary or with none.
///
/// # Errors
/// As for [`decompress`].
pub fn decompress_append_with(
    frame: &[u8],
    limits: Limits,
    dictionary: Option<&Dictionary>,
    otlp: &mut Vec<u8>,
) -> Result<usize> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<TraceDecompressor>> = const { RefCell::new(None) };
    }
    DECOMPRESSOR.with_borrow_mut(|slot| {
        let decompressor = match slot {
            Some(decompressor) if *decompressor.limits() == limits => decompressor,
            _ => slot.insert(TraceDecompressor::new(limits)),
        };
        decompressor.reset();
        decompressor.hold(dictionary);
        decompressor.decompress_frame(frame, otlp)
    })
}
