//! The law as code: the panic boundary, null checks, caller-owned buffers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracezip::Limits;

use crate::error::Failure;
use crate::result::{
    TRACEZIP_INTERNAL, TRACEZIP_INVALID_CONFIG, TRACEZIP_LIMIT_EXCEEDED, TRACEZIP_OK, tracezip_result,
};

/// What the functions use inside.
pub(crate) type Checked<T> = Result<T, Failure>;

/// Runs `call` behind the panic boundary.
pub(crate) fn guard(call: impl FnOnce() -> Checked<()>) -> tracezip_result {
    // What a panic leaves half done is put right by `handle::change`, hence the assertion.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => TRACEZIP_OK,
        Ok(Err(failure)) => failure.result,
        Err(_) => TRACEZIP_INTERNAL,
    }
}

/// The caller's input, `len` bytes or whatever else. NULL is an empty input if `len` is 0.
///
/// # Safety
/// If `src` is not NULL, `len` of `T` must be readable at it for all of `'a`.
pub(crate) unsafe fn input<'a, T>(src: *const T, len: usize) -> Checked<&'a [T]> {
    match (src.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Failure::null("src")),
        // A longer slice cannot exist; the caller passed something like (size_t)-1.
        (false, len) if len > isize::MAX as usize / size_of::<T>() => {
            Err(Failure::call(TRACEZIP_LIMIT_EXCEEDED, "src_len is more than half of the address space"))
        }
        // SAFETY: not NULL, and the caller vouches for `len` of them.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(src, len) }),
    }
}

/// Refuses NULL for an out-parameter.
pub(crate) fn required<T>(out: *mut T, name: &str) -> Checked<()> {
    if out.is_null() { Err(Failure::null(name)) } else { Ok(()) }
}

/// Fills a struct that may grow: the caller's may be that of a newer header, or of an older one, down to
/// `least` bytes. `T` begins with its `struct_size`, a `usize`.
///
/// # Safety
/// `out` must be NULL or point to `struct_size` writable bytes, the first of which hold it.
pub(crate) unsafe fn hand_over<T: Copy>(value: T, least: usize, out: *mut T) -> Checked<()> {
    required(out, "out")?;
    // SAFETY: not NULL, and the caller has set the field.
    let size = unsafe { out.cast::<usize>().read() };
    // A size beyond a page was never set.
    if !(least..=4096).contains(&size) {
        return Err(Failure::call(TRACEZIP_INVALID_CONFIG, "struct_size"));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: the caller vouches for `size` bytes; `known` is no more than either struct has.
    unsafe {
        out.cast::<u8>().write_bytes(0, size);
        out.cast::<u8>().copy_from_nonoverlapping((&raw const value).cast(), known);
        out.cast::<usize>().write(size);
    }
    Ok(())
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
        required(len, "dst_len")?;
        if dst.is_null() && cap > 0 {
            return Err(Failure::null("dst"));
        }
        Ok(Output { dst, cap, len })
    }

    /// Refuses a buffer of fewer than `need` bytes.
    pub(crate) fn has_room(&self, need: u64) -> Checked<()> {
        if need > self.cap as u64 { Err(Failure::too_small(need, self.cap)) } else { Ok(()) }
    }

    /// Refuses a buffer that is shorter than what `frame` says it decodes to. Only a length that the
    /// decoder would accept says anything; what is wrong with any other frame the decoder tells.
    pub(crate) fn has_room_for_decoded(&self, frame: &[u8], limits: &Limits) -> Checked<()> {
        match tracezip::decompressed_len(frame) {
            Ok(len) if len <= limits.max_decoded_bytes as u64 => self.has_room(len),
            _ => Ok(()),
        }
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
