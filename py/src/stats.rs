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
        /// Bit 3 of a frame's first byte: the body is coded (spec, chapter "frame").
        const CODED: u8 = 1 << 3;
        self.last_stored = frame.first().is_some_and(|mark| mark & CODED == 0);
        self.all += 1;
        self.stored += u64::from(self.last_stored);
    }
}

macro_rules! stats {
    ($($name:ident: $type:ty = $value:expr,)*) => {
        #[pyclass(module = "tracezip", frozen, eq, get_all)]
        #[derive(PartialEq)]
        pub(crate) struct CompressionStats {
            $($name: $type,)*
        }

        impl CompressionStats {
            pub(crate) fn new(core: &tracezip::CompressionStats, frames: Frames) -> Self {
                let from = From { core, frames };
                CompressionStats { $($name: $value(&from),)* }
            }
        }

        #[pymethods]
        impl CompressionStats {
            fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                $(dict.set_item(stringify!($name), self.$name)?;)*
                Ok(dict)
            }

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
    original_size: u64 = |from: &From<'_>| from.core.original_size,
    compressed_size: u64 = |from: &From<'_>| from.core.compressed_size,
    compression_ratio: f64 = |from: &From<'_>| from.core.compression_ratio(),
    span_count: u64 = |from: &From<'_>| from.core.span_count,
    deduped_spans: u64 = |from: &From<'_>| from.core.deduped_spans,
    compression_time_us: u64 = |from: &From<'_>| from.core.compression_time_us,
    ids_bytes: f64 = |from: &From<'_>| from.core.columns.ids,
    times_bytes: f64 = |from: &From<'_>| from.core.columns.times,
    strings_bytes: f64 = |from: &From<'_>| from.core.columns.strings,
    numbers_bytes: f64 = |from: &From<'_>| from.core.columns.numbers,
    structure_bytes: f64 = |from: &From<'_>| from.core.columns.structure,
    frames: u64 = |from: &From<'_>| from.frames.all,
    stored_frames: u64 = |from: &From<'_>| from.frames.stored,
    last_frame_stored: bool = |from: &From<'_>| from.frames.last_stored,
}
