//! What compression has achieved, in all and by column.

use std::time::Duration;

use crate::coder::{COLUMNS, Column};
use crate::key_stats::KeyStats;

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
        let ColumnBytes { ids, times, strings, numbers, .. } = ColumnBytes::of(columns.unwrap_or_default());
        self.ids += ids;
        self.times += times;
        self.strings += strings;
        self.numbers += numbers;
        self.structure += len as f64 - (ids + times + strings + numbers);
    }

    /// These bytes by [`Column`].
    pub(crate) fn of(columns: [f64; COLUMNS]) -> Self {
        let of = |column| columns[column as usize];
        ColumnBytes {
            ids: of(Column::Ids),
            times: of(Column::Times),
            strings: of(Column::Strings),
            numbers: of(Column::Numbers),
            structure: of(Column::Structure),
        }
    }

    /// All of them.
    pub fn total(&self) -> f64 {
        self.ids + self.times + self.strings + self.numbers + self.structure
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

/// What a [`TraceDecompressor`](crate::TraceDecompressor) that meters has found frames to be spent on.
///
/// ```
/// use tracezip::{Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
///
/// let mut compressor = TraceCompressor::new(TracezipConfig::default());
/// let mut decompressor = TraceDecompressor::new(Limits::default());
/// decompressor.set_metering(true);
/// # let batches: [&[u8]; 1] = [b"\x0a\x02\x12\x00"];
/// for otlp in batches {
///     let mut frame = Vec::new();
///     compressor.compress_frame(otlp, &mut frame);
///     decompressor.decompress(&frame)?;
/// }
/// let stats = decompressor.stats();
/// for key in stats.keys.iter().take(10) {
///     println!("{} {}: {:.0} of {} bytes", key.place.as_str(), key.key, key.bytes, stats.compressed_size);
/// }
/// let keys: f64 = stats.keys.iter().map(|key| key.bytes).sum();
/// assert!((keys + stats.rest.total() - stats.compressed_size as f64).abs() < 0.001);
/// # Ok::<(), tracezip::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DecompressionStats {
    /// Bytes of the originals.
    pub original_size: u64,
    /// Bytes of the frames.
    pub compressed_size: u64,
    /// Spans in them.
    pub span_count: u64,
    /// Bytes of the frames by what they describe; they add up to `compressed_size`.
    pub columns: ColumnBytes,
    /// Bytes of the frames by key, what cost most first. A symbol that says of several values that they are not
    /// as predicted counts for each of them in equal parts.
    pub keys: Vec<KeyStats>,
    /// Bytes of no key, by what they describe; with those of the keys they add up to `compressed_size`.
    pub rest: ColumnBytes,
    /// Of the bytes of ids, those of ids that nothing predicts: each is written out as it is.
    pub random_ids: f64,
}
