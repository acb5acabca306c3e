//! Frames that stand alone.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::buffer::Input;
use crate::config::Config;
use crate::decompressor::limits;
use crate::dictionary::Dictionary;
use crate::error;
use crate::guard::detached;

/// Compresses any bytes, best a serialized ExportTraceServiceRequest, into a frame that stands alone.
///
/// level: 1 (fast) to 9 (small).
/// dictionary: what it begins with; whoever reads it must hold it too.
///
/// Raises InvalidConfigError.
#[pyfunction]
#[pyo3(signature = (data, *, level = 3, dictionary = None))]
pub(crate) fn compress<'py>(
    py: Python<'py>,
    data: Input,
    level: i64,
    dictionary: Option<&Bound<'py, Dictionary>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let config = Config::of_level(py, level, dictionary.map(Bound::get))?;
    let bytes = data.bytes();
    let frame = detached(py, || Ok(tracezip::compress_level(bytes, &config)))?;
    Ok(PyBytes::new(py, &frame))
}

/// Gives back what was compressed into a frame that stands alone.
///
/// max_size: most bytes that it may decode to; 64 MiB if not given.
/// dictionary: what it may have been made with.
///
/// Raises every TracezipError of decoding.
#[pyfunction]
#[pyo3(signature = (data, *, max_size = None, dictionary = None))]
pub(crate) fn decompress<'py>(
    py: Python<'py>,
    data: Input,
    max_size: Option<usize>,
    dictionary: Option<&Bound<'py, Dictionary>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (limits, bytes) = (limits(max_size, None), data.bytes());
    let dictionary = dictionary.map(|dictionary| &dictionary.get().0);
    let mut otlp = Vec::new();
    detached(py, || tracezip::decompress_append_with(bytes, limits, dictionary, &mut otlp))?;
    Ok(PyBytes::new(py, &otlp))
}

/// The length in bytes that a frame says its original has: compare it with a limit before you rely on it.
#[pyfunction]
pub(crate) fn decompressed_len(py: Python<'_>, data: Input) -> PyResult<u64> {
    tracezip::decompressed_len(data.bytes()).map_err(|error| error::of_core(py, &error))
}
