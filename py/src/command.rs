//! The `tracezip` command, in this process.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the `tracezip` command with these arguments, the name of the program first; its exit code.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| tracezip_cli::run(arguments))
}
