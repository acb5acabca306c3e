//! Where the core runs: without the GIL, and behind a border that no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::error;

/// Runs `call` with the GIL released.
///
/// A panic would be a `BaseException` in Python, which ends the thread of an exporter; it becomes an
/// `InternalError` instead. What it leaves half done is put right by the callers, hence the assertion.
pub(crate) fn detached<T: Send>(py: Python<'_>, call: impl FnOnce() -> tracezip::Result<T> + Send) -> PyResult<T> {
    match py.detach(|| catch_unwind(AssertUnwindSafe(call))) {
        Ok(result) => result.map_err(|error| error::of_core(py, &error)),
        Err(_) => Err(error::internal(py)),
    }
}
