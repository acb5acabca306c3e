//! `Dictionary`: what frames begin with.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::buffer::Input;
use crate::error;
use crate::guard::detached;

/// What frames begin with that have no earlier frame to build on. Frames made with a dictionary stand alone for
/// everyone who holds it; small requests come to half or less.
///
/// data: the bytes of a dictionary, such as bytes() gives of one. Raises every TracezipError of decoding, and
/// CorruptError for frames of other kinds.
///
/// Immutable; equal if the bytes are. May be used from many threads at once.
#[pyclass(module = "tracezip", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Dictionary(pub(crate) tracezip::Dictionary);

#[pymethods]
impl Dictionary {
    #[new]
    fn new(py: Python<'_>, data: Input) -> PyResult<Self> {
        let bytes = data.bytes();
        detached(py, || tracezip::Dictionary::load(bytes)).map(Dictionary)
    }

    /// Makes a dictionary of serialized trace requests of the kind that are to be compressed.
    ///
    /// samples: a few thousand spans of a day's traffic are enough; parts of them become part of the dictionary.
    /// max_bytes: most bytes of the dictionary, from 4096; a larger one knows more and takes more memory.
    ///
    /// Raises NotOtlpError if a sample is no trace request, or if there is no span in any of them, and
    /// InvalidConfigError if max_bytes is too small.
    #[staticmethod]
    #[pyo3(signature = (samples, max_bytes = 65_536))]
    fn train(py: Python<'_>, samples: &Bound<'_, PyAny>, max_bytes: usize) -> PyResult<Self> {
        let inputs = samples.try_iter()?.map(|sample| sample?.extract()).collect::<PyResult<Vec<Input>>>()?;
        let samples: Vec<&[u8]> = inputs.iter().map(Input::bytes).collect();
        detached(py, || tracezip::Dictionary::train(&samples, max_bytes)).map(Dictionary)
    }

    /// What tells it from all others: the XXH3-64 of its bytes.
    #[getter]
    fn id(&self) -> u64 {
        self.0.id()
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_bytes())
    }

    /// Bytes of the dictionary.
    fn __len__(&self) -> usize {
        self.0.as_bytes().len()
    }

    /// For pickle and copy.
    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, [self.__bytes__(py)])
    }

    fn __hash__(&self) -> u64 {
        self.0.id()
    }

    fn __repr__(&self) -> String {
        format!("<tracezip.Dictionary {:016x}, {} bytes>", self.0.id(), self.0.as_bytes().len())
    }
}

/// The low half of the id of the dictionary that a frame was made with; None if it was made with none, or goes on
/// with a stream. Raises as decompressed_len does.
#[pyfunction]
pub(crate) fn dictionary_of(py: Python<'_>, data: Input) -> PyResult<Option<u32>> {
    tracezip::dictionary_of(data.bytes()).map_err(|error| error::of_core(py, &error))
}
