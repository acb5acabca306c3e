//! What compression has achieved, in all and by column.

use std::time::Duration;

use crate::coder::{COLUMNS, Column};

/// Bytes of compressed output by what they describe. They add up to
/// [`compressed_size`](CompressionStats::compressed_size).
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
    /// Which fields there are, in which order, and what they repeat; headers, lengths, and batches that
    /// were kept as they are.
    pub structure: f64,
}

impl ColumnBytes {
    /// Adds output of `len` bytes; all but `columns`, if they are known, is structure.
    pub(crate) fn add(&mut self, len: usize, columns: Option<[f64; COLUMNS]>) {
        let of = |column| columns.map_or(0.0, |columns| columns[column as usize]);
        let [ids, times, strings, numbers] = [Column::Ids, Column::Times, Column::Strings, Column::Numbers].map(of);
        self.ids += ids;
        self.times += times;
        self.strings += strings;
        self.numbers += numbers;
        self.structure += len as f64 - (ids + times + strings + numbers);
    }
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
    /// Spans whose attributes were all as predicted; none with `enable_dedup` off.
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
