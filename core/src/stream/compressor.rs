//! [`TraceCompressor`]: batches in, frames out, with what was learnt kept from batch to batch.

use std::time::Instant;

use super::codec::EncoderState;
use crate::config::TracezipConfig;
use crate::error::Result;
use crate::frame::{Body, Coding, Header, Settings, checksum, next_link};
use crate::model::ModelConfig;
use crate::stats::CompressionStats;

/// What a [`TraceCompressor`] makes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompressedTraces {
    /// A frame.
    Compressed(Vec<u8>),
    /// The input itself: compression is off, or would not pay.
    Uncompressed(Vec<u8>),
}

impl CompressedTraces {
    /// The bytes, either way.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            CompressedTraces::Compressed(bytes) | CompressedTraces::Uncompressed(bytes) => bytes,
        }
    }

    /// The bytes, either way.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            CompressedTraces::Compressed(bytes) | CompressedTraces::Uncompressed(bytes) => bytes,
        }
    }

    /// Whether the bytes are a frame.
    pub fn is_compressed(&self) -> bool {
        matches!(self, CompressedTraces::Compressed(_))
    }
}

/// Compresses batch after batch. The first frame stands alone; each later one builds on those before
/// it and can only be read after them, in order.
#[derive(Debug)]
pub struct TraceCompressor {
    config: TracezipConfig,
    stats: CompressionStats,
    /// What the next frame names as its predecessor; nothing if it shall stand alone.
    link: Option<u32>,
    encoder: EncoderState,
}

impl TraceCompressor {
    /// A compressor that has seen nothing.
    pub fn new(config: TracezipConfig) -> Self {
        let model = ModelConfig {
            deltas: config.enable_delta_encoding(),
            dedup: config.enable_dedup(),
            max_strings: config.max_string_table_size(),
            max_state: config.max_state_bytes(),
        };
        let encoder = EncoderState::new(Settings { model, coding: Coding::Rans }, config.level());
        TraceCompressor { config, stats: CompressionStats::default(), link: None, encoder }
    }

    /// The settings.
    pub fn config(&self) -> &TracezipConfig {
        &self.config
    }

    /// Compresses one batch.
    ///
    /// # Errors
    /// None today; a batch that cannot be compressed is kept as it is.
    pub fn compress(&mut self, otlp: &[u8]) -> Result<CompressedTraces> {
        let mut frame = Vec::new();
        self.compress_frame(otlp, &mut frame);
        Ok(CompressedTraces::Compressed(frame))
    }

    /// Compresses one batch into a frame, appended to `frame`, whatever `enabled` and
    /// `min_batch_size` say; the number of bytes appended.
    pub fn compress_frame(&mut self, otlp: &[u8], frame: &mut Vec<u8>) -> usize {
        let start = Instant::now();
        let before = frame.len();
        let header = Header { body: Body::Coded, len: otlp.len() as u64, checksum: checksum(otlp), link: self.link };
        header.write(frame);
        let body = frame.len();
        match self.encoder.encode(otlp, self.link.is_none(), frame) {
            Some(coded) if frame.len() - body < otlp.len() => {
                self.stats.span_count += coded.spans;
                self.stats.deduped_spans += coded.deduped;
                self.link = Some(next_link(self.link.unwrap_or(0), header.checksum));
            }
            _ => {
                // The state has learnt what the reader of a stored frame will not: both begin anew.
                frame.truncate(before);
                Header { body: Body::Stored, link: None, ..header }.write(frame);
                frame.extend_from_slice(otlp);
                self.encoder.reset();
                self.link = None;
            }
        }
        let len = frame.len() - before;
        self.stats.record(otlp.len(), len, start.elapsed());
        len
    }

    /// The counters since the last [`TraceCompressor::reset_stats`].
    pub fn stats(&self) -> &CompressionStats {
        &self.stats
    }

    /// Sets the counters to zero.
    pub fn reset_stats(&mut self) {
        self.stats = CompressionStats::default();
    }

    /// Forgets all batches: the next frame stands alone.
    pub fn reset(&mut self) {
        self.link = None;
        self.encoder.reset();
    }

    /// Bytes of state held now.
    pub fn state_bytes(&self) -> usize {
        self.encoder.weight()
    }
}
