//! `TraceDecompressor`: reads the frames of one compressor, in order.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tracezip::Limits;

use crate::buffer::Input;
use crate::dictionary::Dictionary;
use crate::guard::detached;

/// The limits of a decoder; the defaults for those that are not given.
pub(crate) fn limits(max_size: Option<usize>, max_state_bytes: Option<usize>) -> Limits {
    let default = Limits::default();
    Limits {
        max_decoded_bytes: max_size.unwrap_or(default.max_decoded_bytes),
        max_state_bytes: max_state_bytes.unwrap_or(default.max_state_bytes),
    }
}

/// Reads the frames of one TraceCompressor, in order, or frames that stand alone.
///
/// max_size: most bytes that one frame may decode to; 64 MiB if not given.
/// max_state_bytes: most bytes of state that a frame may ask for; 8 MiB if not given.
/// dictionaries: what frames may have been made with.
///
/// May be used from many threads; they take turns.
#[pyclass(module = "tracezip", frozen)]
pub(crate) struct TraceDecompressor {
    inner: Mutex<tracezip::TraceDecompressor>,
}

#[pymethods]
impl TraceDecompressor {
    #[new]
    #[pyo3(signature = (*, max_size = None, max_state_bytes = None, dictionaries = Vec::new()))]
    fn new(max_size: Option<usize>, max_state_bytes: Option<usize>, dictionaries: Vec<Bound<'_, Dictionary>>) -> Self {
        let mut inner = tracezip::TraceDecompressor::new(limits(max_size, max_state_bytes));
        dictionaries.iter().for_each(|dictionary| inner.add_dictionary(dictionary.get().0.clone()));
        TraceDecompressor { inner: Mutex::new(inner) }
    }

    /// Gives back one batch. A trace request that was never compressed passes through.
    ///
    /// Raises every TracezipError of decoding. After an error only a frame that stands alone is taken, such as a
    /// compressor makes after its reset().
    fn decompress<'py>(&self, py: Python<'py>, data: Input) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = data.bytes();
        let otlp = detached(py, || self.with(|inner| inner.decompress(bytes)))?;
        Ok(PyBytes::new(py, &otlp))
    }

    /// Forgets all frames: the next one must stand alone.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || {
            self.with(tracezip::TraceDecompressor::reset);
            Ok(())
        })
    }

    /// Most bytes that one frame may decode to.
    #[getter]
    fn max_size(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.with(|inner| inner.limits().max_decoded_bytes)))
    }

    /// Most bytes of state that a frame may ask for.
    #[getter]
    fn max_state_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.with(|inner| inner.limits().max_state_bytes)))
    }
}

impl TraceDecompressor {
    /// Waits its turn: to be called without the GIL. What a panic left half done is not used again.
    fn with<T>(&self, call: impl FnOnce(&mut tracezip::TraceDecompressor) -> T) -> T {
        let mut inner = self.inner.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
            let mut inner = poisoned.into_inner();
            inner.renew();
            self.inner.clear_poison();
            inner
        });
        call(&mut inner)
    }
}
