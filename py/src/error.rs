//! Errors of the core as exceptions. The classes are in `tracezip/errors.py`, found by their code.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use tracezip::{Error, ErrorKind};

/// Not a kind of the core: a panic. The number is that of C, too.
const INTERNAL: i32 = 101;

/// The exception for an error of the core.
pub(crate) fn of_core(py: Python<'_>, error: &Error) -> PyErr {
    let stage = format!("{:?}", error.stage()).to_lowercase();
    make(py, error.kind().code(), error.to_string(), &stage, error.offset())
}

/// The exception for a setting that does not even fit into its type.
pub(crate) fn invalid_config(py: Python<'_>, detail: &str) -> PyErr {
    let kind = ErrorKind::InvalidConfig;
    make(py, kind.code(), format!("{}: {detail}", kind.as_str()), "config", 0)
}

/// The exception for a panic.
pub(crate) fn internal(py: Python<'_>) -> PyErr {
    let message = "a fault in tracezip itself; please report it, with what it says on stderr";
    make(py, INTERNAL, message.to_string(), "internal", 0)
}

fn make(py: Python<'_>, code: i32, message: String, stage: &str, offset: u64) -> PyErr {
    let exception = classes(py)
        .and_then(|classes| classes.bind(py).as_any().get_item(code))
        .and_then(|class| class.call1((message, stage, offset)));
    exception.map_or_else(|error| error, PyErr::from_value)
}

fn classes(py: Python<'_>) -> PyResult<&Py<PyDict>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    CLASSES.get_or_try_init(py, || {
        let classes = py.import("tracezip.errors")?.getattr("BY_CODE")?;
        Ok(classes.cast_into::<PyDict>()?.unbind())
    })
}

/// Code, name and text of every kind of error of the core.
#[pyfunction]
pub(crate) fn error_kinds() -> Vec<(i32, String, &'static str)> {
    ErrorKind::ALL.iter().map(|kind| (kind.code(), format!("{kind:?}"), kind.as_str())).collect()
}
