//! `CompressionStats`: counters of a compressor, as they were when asked for.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What the counters of the core do not hold.
#[derive(Clone, Copy, Default)]
pub(crate) struct Frames {
    all: u64,
    stored: u64,
    last_stored: bool,
}

impl Frames {
    pub(crate) fn record(&mut self, frame: &[u8]) {
        self.last_stored = tracezip::is_stored(frame);
        self.all += 1;
        self.stored += u64::from(self.last_stored);
    }
}

macro_rules! stats {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $value:expr,)*) => {
        /// Counters of a TraceCompressor, as they were when they were asked for.
        #[pyclass(module = "tracezip", frozen, eq, get_all)]
        #[derive(PartialEq)]
        pub(crate) struct CompressionStats {
            $($(#[$doc])* $name: $type,)*
        }

        impl CompressionStats {
            pub(crate) fn new(core: &tracezip::CompressionStats, frames: Frames) -> Self {
                let from = From { core, frames };
                CompressionStats { $($name: $value(&from),)* }
            }
        }

        #[pymethods]
        impl CompressionStats {
            /// All counters by name.
            fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                $(dict.set_item(stringify!($name), self.$name)?;)*
                Ok(dict)
            }

            /// Share of the bytes that was saved, in per cent; negative when frames are longer than their input.
            fn compression_percentage(&self) -> f64 {
                let (original_size, compressed_size) = (self.original_size, self.compressed_size);
                tracezip::CompressionStats { original_size, compressed_size, ..Default::default() }
                    .compression_percentage()
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                crate::config::repr(&self.as_dict(py)?, "CompressionStats")
            }
        }
    };
}

struct From<'a> {
    core: &'a tracezip::CompressionStats,
    frames: Frames,
}

stats! {
    /// Bytes in.
    original_size: u64 = |from: &From<'_>| from.core.original_size,
    /// Bytes out.
    compressed_size: u64 = |from: &From<'_>| from.core.compressed_size,
    /// Bytes in per byte out; 1 when nothing was compressed.
    compression_ratio: f64 = |from: &From<'_>| from.core.compression_ratio(),
    /// Spans in.
    span_count: u64 = |from: &From<'_>| from.core.span_count,
    /// Spans whose attributes were all as predicted.
    deduped_spans: u64 = |from: &From<'_>| from.core.deduped_spans,
    /// Time spent, in microseconds.
    compression_time_us: u64 = |from: &From<'_>| from.core.compression_time_us,
    /// Bytes out for trace ids, span ids and the relations between spans; needs metering, as the next three do.
    ids_bytes: f64 = |from: &From<'_>| from.core.columns.ids,
    /// Bytes out for start and end times of spans, and times of events.
    times_bytes: f64 = |from: &From<'_>| from.core.columns.times,
    /// Bytes out for text, new or seen before.
    strings_bytes: f64 = |from: &From<'_>| from.core.columns.strings,
    /// Bytes out for numbers in attributes.
    numbers_bytes: f64 = |from: &From<'_>| from.core.columns.numbers,
    /// Bytes out for everything else; without metering, all of them.
    structure_bytes: f64 = |from: &From<'_>| from.core.columns.structure,
    /// Frames out.
    frames: u64 = |from: &From<'_>| from.frames.all,
    /// Frames out that are stored: a header and the input as it was.
    stored_frames: u64 = |from: &From<'_>| from.frames.stored,
    /// Whether the last frame is stored.
    last_frame_stored: bool = |from: &From<'_>| from.frames.last_stored,
}
