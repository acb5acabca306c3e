//! `TraceCompressor`: batches in, frames out.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::buffer::Input;
use crate::config::Config;
use crate::guard::detached;
use crate::stats::{CompressionStats, Frames};

struct Inner {
    compressor: tracezip::TraceCompressor,
    metering: bool,
    frames: Frames,
}

impl Inner {
    fn new(config: tracezip::TracezipConfig, metering: bool) -> Self {
        let mut compressor = tracezip::TraceCompressor::new(config);
        compressor.set_metering(metering);
        Inner { compressor, metering, frames: Frames::default() }
    }
}

/// Compresses batch after batch. The first frame stands alone; each later one builds on those before it, and can
/// only be read after them, in order.
///
/// config: the settings; the defaults if not given.
/// metering: whether the statistics tell what the bytes of frames describe; costs a few per cent of the time.
///
/// May be used from many threads; they take turns.
#[pyclass(module = "tracezip", frozen)]
pub(crate) struct TraceCompressor {
    inner: Mutex<Inner>,
}

#[pymethods]
impl TraceCompressor {
    #[new]
    #[pyo3(signature = (config = None, *, metering = false))]
    fn new(config: Option<&Bound<'_, Config>>, metering: bool) -> Self {
        let config = config.map(|config| config.get().0.clone()).unwrap_or_default();
        TraceCompressor { inner: Mutex::new(Inner::new(config, metering)) }
    }

    /// Compresses one batch. The result is always a frame: what does not pay to compress is stored in one, which
    /// the statistics tell (last_frame_stored).
    fn compress<'py>(&self, py: Python<'py>, data: Input) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = data.bytes();
        let frame = self.with(py, |inner| {
            let mut frame = Vec::new();
            inner.compressor.compress_or_store(bytes, &mut frame);
            inner.frames.record(&frame);
            frame
        })?;
        Ok(PyBytes::new(py, &frame))
    }

    /// The counters since the last reset_stats().
    fn stats(&self, py: Python<'_>) -> PyResult<CompressionStats> {
        self.with(py, |inner| CompressionStats::new(inner.compressor.stats(), inner.frames))
    }

    /// Sets the counters to zero.
    fn reset_stats(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |inner| {
            inner.compressor.reset_stats();
            inner.frames = Frames::default();
        })
    }

    /// Forgets all batches: the next frame stands alone. The counters stay.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |inner| inner.compressor.reset())
    }

    /// The settings.
    #[getter]
    fn config(&self, py: Python<'_>) -> PyResult<Config> {
        self.with(py, |inner| Config(inner.compressor.config().clone()))
    }

    /// Bytes of state held now.
    #[getter]
    fn state_bytes(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |inner| inner.compressor.state_bytes())
    }
}

impl TraceCompressor {
    /// Waits its turn without the GIL, so that who has the lock can come back for it. What a panic left half
    /// done is not used again.
    fn with<T: Send>(&self, py: Python<'_>, call: impl FnOnce(&mut Inner) -> T + Send) -> PyResult<T> {
        detached(py, || {
            let mut inner = self.inner.lock().unwrap_or_else(|poisoned: PoisonError<_>| {
                let mut inner = poisoned.into_inner();
                *inner = Inner::new(inner.compressor.config().clone(), inner.metering);
                self.inner.clear_poison();
                inner
            });
            Ok(call(&mut inner))
        })
    }
}
