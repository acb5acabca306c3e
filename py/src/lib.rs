//! `tracezip._tracezip`: the core for Python. No logic, only the border:
//!
//! ```text
//! any buffer ─▶ buffer (borrowed) ─▶ guard (GIL released, panics held) ─▶ tracezip ─▶ bytes, or error (its class)
//! ```

mod buffer;
mod command;
mod compressor;
mod config;
mod decompressor;
mod dictionary;
mod error;
mod guard;
mod oneshot;
mod stats;

/// The compiled part of the package `tracezip`.
#[pyo3::pymodule(gil_used = false)]
mod _tracezip {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::compressor::TraceCompressor;
    #[pymodule_export]
    use crate::config::Config;
    #[pymodule_export]
    use crate::decompressor::TraceDecompressor;
    #[pymodule_export]
    use crate::dictionary::{Dictionary, dictionary_of};
    #[pymodule_export]
    use crate::error::error_kinds;
    #[pymodule_export]
    use crate::oneshot::{compress, decompress, decompressed_len};
    #[pymodule_export]
    use crate::stats::CompressionStats;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", tracezip::VERSION)
    }
}
