//! What compression has achieved, in all and by column.

use std::time::Duration;

/// Bytes of compressed output by what they describe. They add up to the frames' bodies, to within
/// the rounding of fractions of a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnBytes {
    /// Trace ids, span ids and the relations between spans.
    pub ids: f64,
    /// Start and end times of spans, and times of events.
    pub times: f64,
    /// Text that was not seen before, and references to text that was.
    pub strings: f64,
    /// Numbers in attributes.
    pub numbers: f64,
    /// Which fields there are, in which order, and what they repeat.
    pub structure: f64,
}

/// Counters of a [`TraceCompressor`](crate::TraceCompressor) since the last reset of its statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CompressionStats {
    /// Bytes in.
    pub original_size: u64,
    /// Bytes out.
    pub compressed_size: u64,
    /// Spans in.
    pub span_count: u64,
    /// Spans whose attributes were all as predicted.
    pub deduped_spans: u64,
    /// Time spent, in microseconds.
    pub compression_time_us: u64,
    /// Bytes out by what they describe.
    pub columns: ColumnBytes,
}

impl CompressionStats {
    /// Bytes in per byte out; 1 when nothing was compressed.
    pub fn compression_ratio(&self) -> f64 {
        if self.compressed_size == 0 { 1.0 } else { self.original_size as f64 / self.compressed_size as f64 }
    }

    /// Share of the bytes that was saved, in per cent; negative when frames are longer than their input.
    pub fn compression_percentage(&self) -> f64 {
        if self.original_size == 0 {
            0.0
        } else {
            100.0 * (1.0 - self.compressed_size as f64 / self.original_size as f64)
        }
    }

    pub(crate) fn record(&mut self, original: usize, compressed: usize, took: Duration) {
        self.original_size += original as u64;
        self.compressed_size += compressed as u64;
        self.compression_time_us += took.as_micros() as u64;
    }
}
