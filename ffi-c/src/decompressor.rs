//! `tracezip_decompressor`: `TraceDecompressor` by handle.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracezip::TraceDecompressor;

use crate::config::tracezip_config;
use crate::guard::{Output, code, exclusive, free_handle, guard, input, new_handle, shared};
use crate::result::{TRACEZIP_INTERNAL, tracezip_result};

/// Reads the frames of one compressor, in order, or frames that stand alone. May move between
/// threads, used by one at a time.
pub struct tracezip_decompressor {
    inner: TraceDecompressor,
}

/// Makes a decompressor; NULL settings are the defaults. Only max_state_bytes and max_decoded_bytes
/// matter. Free it with tracezip_decompressor_free().
///
/// Errors: TRACEZIP_INVALID_CONFIG, TRACEZIP_NULL_POINTER (`out`).
///
/// # Safety
/// `config` must be NULL or a live handle, `out` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_new(
    config: *const tracezip_config,
    out: *mut *mut tracezip_decompressor,
) -> tracezip_result {
    // SAFETY: as this function's.
    let make = || unsafe {
        let limits = shared(config).cloned().unwrap_or_default().limits()?;
        Ok(tracezip_decompressor { inner: TraceDecompressor::new(limits) })
    };
    // SAFETY: as this function's.
    unsafe { new_handle(out, make) }
}

/// Frees a decompressor; NULL is allowed.
///
/// # Safety
/// `decompressor` must be NULL or come from tracezip_decompressor_new(), and must not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_free(decompressor: *mut tracezip_decompressor) {
    // SAFETY: as this function's.
    unsafe { free_handle(decompressor) }
}

/// Gives back one batch. A `dst` of tracezip_decompressed_len() bytes is enough; if it is smaller,
/// the call is refused with TRACEZIP_BUFFER_TOO_SMALL before anything changes, and may be repeated
/// with a larger one. `src` and `dst` must not overlap.
///
/// Errors: all of decoding (1 to 7), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER. After an error
/// of decoding only a frame that stands alone is taken, such as a compressor makes after its reset;
/// others are TRACEZIP_OUT_OF_SEQUENCE.
///
/// # Safety
/// The handle must be NULL or live and used by nobody else; the other pointers NULL or valid for the
/// lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_decompress(
    decompressor: *mut tracezip_decompressor,
    src: *const u8,
    src_len: usize,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let (decompressor, frame, out) =
            unsafe { (exclusive(decompressor)?, input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        let inner = &mut decompressor.inner;
        let limit = inner.limits().max_decoded_bytes as u64;
        // Only a length that the decoder would accept says anything about the buffer; what is wrong
        // with any other frame the decoder tells.
        if let Some(len) = tracezip::decompressed_len(frame).ok().filter(|len| *len <= limit) {
            out.has_room(len)?;
        }
        match catch_unwind(AssertUnwindSafe(|| inner.decompress(frame))) {
            Ok(otlp) => out.write(&otlp.map_err(code)?),
            Err(_) => {
                // Whatever the panic left half done is not used again.
                *inner = TraceDecompressor::new(*inner.limits());
                Err(TRACEZIP_INTERNAL)
            }
        }
    })
}

/// Forgets all frames: the next one must stand alone.
///
/// # Safety
/// The handle must be NULL or live and used by nobody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_reset(decompressor: *mut tracezip_decompressor) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        unsafe { exclusive(decompressor)? }.inner.reset();
        Ok(())
    })
}
