//! The law as code: null checks, caller-owned buffers, the panic boundary.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::result::{
    TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_INTERNAL, TRACEZIP_NULL_POINTER, TRACEZIP_OK, of, tracezip_result,
};

/// What the functions use inside: `Err` holds a result that is not `TRACEZIP_OK`.
pub(crate) type Checked<T> = Result<T, tracezip_result>;

/// Runs `call` behind the panic boundary.
pub(crate) fn guard(call: impl FnOnce() -> Checked<()>) -> tracezip_result {
    // What a panic leaves half done is put right by the callers (`Handle`), hence the assertion.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => TRACEZIP_OK,
        Ok(Err(result)) => result,
        Err(_) => TRACEZIP_INTERNAL,
    }
}

/// For `map_err`.
pub(crate) fn code(error: tracezip::Error) -> tracezip_result {
    of(error.kind())
}

/// The caller's input. NULL is an empty input if `len` is 0.
///
/// # Safety
/// If `src` is not NULL, `len` bytes must be readable at it for all of `'a`.
pub(crate) unsafe fn input<'a>(src: *const u8, len: usize) -> Checked<&'a [u8]> {
    match (src.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(TRACEZIP_NULL_POINTER),
        // A longer slice cannot exist; the caller passed something like (size_t)-1.
        (false, len) if len > isize::MAX as usize => Err(crate::result::TRACEZIP_LIMIT_EXCEEDED),
        // SAFETY: not NULL, and the caller vouches for `len` bytes.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(src, len) }),
    }
}

/// A handle that is only read.
///
/// # Safety
/// `handle` must be NULL or point to a live `T` that nobody changes during `'a`.
pub(crate) unsafe fn shared<'a, T>(handle: *const T) -> Checked<&'a T> {
    // SAFETY: the caller vouches for it.
    unsafe { handle.as_ref() }.ok_or(TRACEZIP_NULL_POINTER)
}

/// A handle that is changed.
///
/// # Safety
/// `handle` must be NULL or point to a live `T` that nobody else uses during `'a`.
pub(crate) unsafe fn exclusive<'a, T>(handle: *mut T) -> Checked<&'a mut T> {
    // SAFETY: the caller vouches for it.
    unsafe { handle.as_mut() }.ok_or(TRACEZIP_NULL_POINTER)
}

/// Refuses NULL for an out-parameter.
pub(crate) fn required<T>(out: *mut T) -> Checked<()> {
    if out.is_null() { Err(TRACEZIP_NULL_POINTER) } else { Ok(()) }
}

/// Moves `value` to the heap and its handle to the caller.
///
/// # Safety
/// `out` must be NULL or writable.
pub(crate) unsafe fn new_handle<T>(out: *mut *mut T, make: impl FnOnce() -> Checked<T>) -> tracezip_result {
    guard(|| {
        required(out)?;
        let handle = Box::into_raw(Box::new(make()?));
        // SAFETY: not NULL, and the caller vouches for it.
        unsafe { out.write(handle) };
        Ok(())
    })
}

/// Frees a handle; NULL is allowed.
///
/// # Safety
/// `handle` must be NULL or come from [`new_handle`], and must not be used again.
pub(crate) unsafe fn free_handle<T>(handle: *mut T) {
    if !handle.is_null() {
        guard(|| {
            // SAFETY: it came from `Box::into_raw`, and the caller gives it up.
            drop(unsafe { Box::from_raw(handle) });
            Ok(())
        });
    }
}

/// The caller's buffer, not read from and written to once, at the end.
pub(crate) struct Output {
    dst: *mut u8,
    cap: usize,
    len: *mut usize,
}

impl Output {
    /// Checks the pointers. A NULL `dst` is a buffer of no bytes if `cap` is 0.
    ///
    /// # Safety
    /// If not NULL, `dst` must be writable for `cap` bytes, and `len` for one number.
    pub(crate) unsafe fn new(dst: *mut u8, cap: usize, len: *mut usize) -> Checked<Self> {
        required(len)?;
        if dst.is_null() && cap > 0 {
            return Err(TRACEZIP_NULL_POINTER);
        }
        Ok(Output { dst, cap, len })
    }

    pub(crate) fn cap(&self) -> usize {
        self.cap
    }

    /// Refuses a buffer of fewer than `need` bytes.
    pub(crate) fn has_room(&self, need: u64) -> Checked<()> {
        if need > self.cap as u64 { Err(TRACEZIP_BUFFER_TOO_SMALL) } else { Ok(()) }
    }

    /// Hands `bytes` over, or refuses and writes nothing.
    pub(crate) fn write(self, bytes: &[u8]) -> Checked<()> {
        self.has_room(bytes.len() as u64)?;
        if !bytes.is_empty() {
            // SAFETY: `dst` is writable for `cap` bytes (`new`), which is at least `bytes.len()` and
            // so not NULL; `bytes` is the library's own memory and cannot overlap the caller's.
            unsafe { self.dst.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
        // SAFETY: not NULL and writable (`new`).
        unsafe { self.len.write(bytes.len()) };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_number() {
        assert_eq!(guard(|| std::panic::resume_unwind(Box::new("boom"))), TRACEZIP_INTERNAL);
    }
}
