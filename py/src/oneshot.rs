//! Frames that stand alone.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::buffer::Input;
use crate::config::Config;
use crate::decompressor::limits;
use crate::error;
use crate::guard::detached;

/// Compresses any bytes, best a serialized ExportTraceServiceRequest, into a frame that stands alone.
///
/// level: 1 (fast) to 9 (small). Raises InvalidConfigError.
#[pyfunction]
#[pyo3(signature = (data, *, level = 3))]
pub(crate) fn compress<'py>(py: Python<'py>, data: Input, level: i64) -> PyResult<Bound<'py, PyBytes>> {
    let config = Config::of_level(py, level)?;
    let bytes = data.bytes();
    let frame = detached(py, || Ok(tracezip::compress_level(bytes, &config)))?;
    Ok(PyBytes::new(py, &frame))
}

/// Gives back what was compressed into a frame that stands alone.
///
/// max_size: most bytes that it may decode to; 64 MiB if not given. Raises every TracezipError of decoding.
#[pyfunction]
#[pyo3(signature = (data, *, max_size = None))]
pub(crate) fn decompress<'py>(py: Python<'py>, data: Input, max_size: Option<usize>) -> PyResult<Bound<'py, PyBytes>> {
    let (limits, bytes) = (limits(max_size, None), data.bytes());
    let otlp = detached(py, || tracezip::decompress_with(bytes, limits))?;
    Ok(PyBytes::new(py, &otlp))
}

/// The length in bytes that a frame says its original has: compare it with a limit before you rely on it.
#[pyfunction]
pub(crate) fn decompressed_len(py: Python<'_>, data: Input) -> PyResult<u64> {
    tracezip::decompressed_len(data.bytes()).map_err(|error| error::of_core(py, &error))
}
