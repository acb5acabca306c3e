//! [`TraceCompressor`]: batches in, frames out, with what was learnt kept from batch to batch.

use std::time::Instant;

use super::codec::EncoderState;
use crate::coder::COLUMNS;
use crate::config::TracezipConfig;
use crate::error::Result;
use crate::frame::{Body, Header, Link, checksum, seal_frame};
use crate::stats::CompressionStats;
use crate::wire::request;

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
    /// What the next frame builds on; nothing if it shall stand alone.
    link: Option<Link>,
    encoder: EncoderState,
}

impl TraceCompressor {
    /// A compressor that has seen nothing.
    pub fn new(config: TracezipConfig) -> Self {
        let encoder = EncoderState::new(&config);
        TraceCompressor { config, stats: CompressionStats::default(), link: None, encoder }
    }

    /// The settings.
    pub fn config(&self) -> &TracezipConfig {
        &self.config
    }

    /// Compresses one batch: into a frame, or into nothing where compression is off, and where there
    /// are fewer spans than `min_batch_size` and neither a dictionary nor an earlier batch would help.
    ///
    /// What is no trace request always becomes a frame, so that
    /// [`TraceDecompressor::decompress`](crate::TraceDecompressor::decompress) can tell.
    ///
    /// # Errors
    /// None today; a batch that cannot be compressed is stored in a frame.
    pub fn compress(&mut self, otlp: &[u8]) -> Result<CompressedTraces> {
        let start = Instant::now();
        if request::is_plain(otlp) && self.is_not_worth_it(otlp) {
            self.stats.span_count += request::count_spans(otlp, u64::MAX);
            self.record(otlp, otlp.len(), None, start);
            return Ok(CompressedTraces::Uncompressed(otlp.to_vec()));
        }
        let mut frame = Vec::new();
        self.compress_or_store(otlp, &mut frame);
        Ok(CompressedTraces::Compressed(frame))
    }

    /// [`TraceCompressor::compress`] for those who need a frame in any case: where that gives back its
    /// input, this appends a stored frame to `frame`. The number of bytes appended.
    pub fn compress_or_store(&mut self, otlp: &[u8], frame: &mut Vec<u8>) -> usize {
        if self.config.enabled() && !(request::is_plain(otlp) && self.is_not_worth_it(otlp)) {
            return self.compress_frame(otlp, frame);
        }
        let (start, before) = (Instant::now(), frame.len());
        let header = self.header(Body::Stored, otlp);
        self.store(header, otlp, frame);
        self.stats.span_count += request::count_spans(otlp, u64::MAX);
        self.record(otlp, frame.len() - before, None, start)
    }

    /// Compresses one batch into a frame, appended to `frame`, whatever `enabled` and
    /// `min_batch_size` say; the number of bytes appended.
    pub fn compress_frame(&mut self, otlp: &[u8], frame: &mut Vec<u8>) -> usize {
        let (start, before) = (Instant::now(), frame.len());
        let header = self.header(Body::Coded, otlp);
        header.write(frame);
        let body = frame.len();
        let coded = self.encoder.encode(otlp, self.begins_anew(), frame);
        self.stats.span_count += coded.map_or_else(|| request::count_spans(otlp, u64::MAX), |coded| coded.spans);
        let mut columns = None;
        match coded {
            Some(coded) if frame.len() - body < otlp.len() => {
                self.stats.deduped_spans += coded.deduped;
                columns = coded.columns;
                seal_frame(frame, before);
                self.link = Some(Link::after(&header));
            }
            _ => {
                frame.truncate(before);
                self.store(Header { body: Body::Stored, ..header }, otlp, frame);
            }
        }
        self.record(otlp, frame.len() - before, columns, start)
    }

    /// Whether to leave a trace request as it is.
    fn is_not_worth_it(&self, otlp: &[u8]) -> bool {
        let least = self.config.min_batch_size() as u64;
        let knows_nothing = self.config.dictionary().is_none() && self.begins_anew();
        !self.config.enabled() || (knows_nothing && request::count_spans(otlp, least) < least)
    }

    /// Whether the next frame, if it is coded, builds on nothing.
    fn begins_anew(&self) -> bool {
        self.link.is_none_or(|link| link.fresh)
    }

    fn header(&self, body: Body, otlp: &[u8]) -> Header {
        Header { body, len: otlp.len() as u64, checksum: checksum(otlp), link: self.link.map(|link| link.name) }
    }

    /// Appends a stored frame. The state may have learnt what its reader will not: both begin anew.
    fn store(&mut self, header: Header, otlp: &[u8], frame: &mut Vec<u8>) {
        let start = frame.len();
        header.write(frame);
        frame.extend_from_slice(otlp);
        seal_frame(frame, start);
        self.encoder.reset();
        self.link = Some(Link::after(&header));
    }

    fn record(&mut self, otlp: &[u8], len: usize, columns: Option<[f64; COLUMNS]>, start: Instant) -> usize {
        self.stats.columns.add(len, columns);
        self.stats.record(otlp.len(), len, start.elapsed());
        len
    }

    /// Whether the statistics tell what the bytes of frames describe ([`CompressionStats::columns`]). If
    /// not, which is the default and a few per cent faster, all of them count as structure.
    pub fn set_metering(&mut self, on: bool) {
        self.encoder.set_metering(on);
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
