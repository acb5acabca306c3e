//! `tracezip_stats`, a plain struct that may grow at its end.

use tracezip::CompressionStats;

use crate::guard::{Checked, hand_over};

/// Counters of a compressor since it was made or since tracezip_compressor_reset_stats().
///
/// Set `struct_size` to sizeof(tracezip_stats) before the call. Newer versions add fields at the end
/// only; the library fills those that both sides know and sets the rest to zero.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct tracezip_stats {
    /// Set by the caller: sizeof(tracezip_stats).
    pub struct_size: usize,
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
    /// Bytes in per byte out; 1 when nothing was compressed.
    pub compression_ratio: f64,
    /// Share of the bytes that was saved, in per cent; negative when frames are longer than their input.
    pub compression_percentage: f64,
    /// Bytes out for trace ids, span ids and the relations between spans. This and the next three are 0
    /// without tracezip_compressor_set_metering(), and all bytes are `structure_bytes`.
    pub ids_bytes: f64,
    /// Bytes out for start and end times of spans, and times of events.
    pub times_bytes: f64,
    /// Bytes out for text, new or seen before.
    pub strings_bytes: f64,
    /// Bytes out for numbers in attributes.
    pub numbers_bytes: f64,
    /// Bytes out for which fields there are, in which order, and what they repeat.
    pub structure_bytes: f64,
    /// Frames out.
    pub frames: u64,
    /// Frames out that are stored: a header and the input as it was.
    pub stored_frames: u64,
    /// 1 if the last frame is stored, else 0.
    pub last_frame_stored: u64,
}

/// What the counters of the core do not hold.
#[derive(Clone, Copy, Default)]
pub(crate) struct Frames {
    pub all: u64,
    pub stored: u64,
    pub last_stored: bool,
}

impl Frames {
    pub(crate) fn record(&mut self, frame: &[u8]) {
        self.last_stored = tracezip::is_stored(frame);
        self.all += 1;
        self.stored += u64::from(self.last_stored);
    }
}

impl tracezip_stats {
    pub(crate) fn new(stats: &CompressionStats, frames: Frames) -> Self {
        tracezip_stats {
            struct_size: size_of::<tracezip_stats>(),
            original_size: stats.original_size,
            compressed_size: stats.compressed_size,
            span_count: stats.span_count,
            deduped_spans: stats.deduped_spans,
            compression_time_us: stats.compression_time_us,
            compression_ratio: stats.compression_ratio(),
            compression_percentage: stats.compression_percentage(),
            ids_bytes: stats.columns.ids,
            times_bytes: stats.columns.times,
            strings_bytes: stats.columns.strings,
            numbers_bytes: stats.columns.numbers,
            structure_bytes: stats.columns.structure,
            frames: frames.all,
            stored_frames: frames.stored,
            last_frame_stored: u64::from(frames.last_stored),
        }
    }

    /// Fills the caller's struct, which may be that of a newer header.
    ///
    /// # Safety
    /// `out` must be NULL or point to `struct_size` writable bytes, the first of which hold it.
    pub(crate) unsafe fn hand_over(self, out: *mut tracezip_stats) -> Checked<()> {
        /// The first version's size. It stays what it is when fields are added.
        const LEAST: usize = std::mem::offset_of!(tracezip_stats, last_frame_stored) + size_of::<u64>();
        // SAFETY: as this function's; `struct_size` comes first.
        unsafe { hand_over(self, LEAST, out) }
    }
}
