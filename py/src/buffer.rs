//! What Python passes in: any object with the buffer protocol, borrowed.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;

/// A caller's buffer. It is neither moved nor resized while this lives.
pub(crate) struct Input(PyUntypedBuffer);

impl Input {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        if self.0.len_bytes() == 0 {
            return &[];
        }
        // SAFETY: the view is contiguous (checked when it was made) and holds its memory until it is dropped.
        // Nobody may write to it meanwhile: the documentation says so, as that of zlib and hashlib does.
        unsafe { std::slice::from_raw_parts(self.0.buf_ptr().cast::<u8>(), self.0.len_bytes()) }
    }
}

impl<'py> FromPyObject<'_, 'py> for Input {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let buffer = PyUntypedBuffer::get(&object)?;
        if !buffer.is_c_contiguous() {
            return Err(PyBufferError::new_err("the buffer is not contiguous: pass bytes(data)"));
        }
        Ok(Input(buffer))
    }
}
