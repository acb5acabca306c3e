//! What compression has achieved.

use napi_derive::napi;
use tracezip::CompressionStats;

/// Counters of a compressor since the last reset of them.
#[napi(object)]
#[derive(Clone, Default)]
pub struct Stats {
    /// Bytes in.
    pub original_size: f64,
    /// Bytes out.
    pub compressed_size: f64,
    /// Bytes in per byte out; 1 when nothing was compressed.
    pub compression_ratio: f64,
    /// Share of the bytes that was saved, in per cent; negative when frames are longer than their input.
    pub compression_percentage: f64,
    /// Spans in.
    pub span_count: f64,
    /// Spans whose attributes were all as predicted.
    pub deduped_spans: f64,
    /// Time spent, in microseconds.
    pub compression_time_us: f64,
    /// Frames out.
    pub frames: f64,
    /// Frames out that are stored: a header and the input as it was.
    pub stored_frames: f64,
    /// Whether the last frame is stored.
    pub last_frame_stored: bool,
    /// Bytes out by what they describe; without `metering` all of them are structure.
    pub columns: Columns,
}

/// Bytes out by what they describe. They add up to `compressedSize`.
#[napi(object)]
#[derive(Clone, Default)]
pub struct Columns {
    /// Trace ids, span ids and the relations between spans.
    pub ids: f64,
    /// Times of spans and events.
    pub times: f64,
    /// Text that was not seen before, and references to text that was.
    pub strings: f64,
    /// Numbers in attributes.
    pub numbers: f64,
    /// Which fields there are, what they repeat, headers, and batches that were kept as they are.
    pub structure: f64,
}

impl Stats {
    /// These, when this frame has come; none has if it is empty.
    pub(crate) fn after(&self, stats: &CompressionStats, frame: &[u8]) -> Self {
        let came = !frame.is_empty();
        let stored = came && tracezip::is_stored(frame);
        let columns = &stats.columns;
        Stats {
            original_size: stats.original_size as f64,
            compressed_size: stats.compressed_size as f64,
            compression_ratio: stats.compression_ratio(),
            compression_percentage: stats.compression_percentage(),
            span_count: stats.span_count as f64,
            deduped_spans: stats.deduped_spans as f64,
            compression_time_us: stats.compression_time_us as f64,
            frames: self.frames + came as u8 as f64,
            stored_frames: self.stored_frames + stored as u8 as f64,
            last_frame_stored: stored,
            columns: Columns {
                ids: columns.ids,
                times: columns.times,
                strings: columns.strings,
                numbers: columns.numbers,
                structure: columns.structure,
            },
        }
    }
}
