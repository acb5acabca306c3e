//! `tracezip_compressor`: `TraceCompressor` by handle.

use std::ffi::c_int;

use tracezip::TraceCompressor;

use crate::config::{config_or_defaults, tracezip_config};
use crate::error::{Failure, hand_over_detail, tracezip_error_detail};
use crate::guard::{Output, guard, input};
use crate::handle::{Kind, Stateful, change, free_handle, new_handle, shared};
use crate::result::tracezip_result;
use crate::stats::{Frames, tracezip_stats};

/// Compresses batch after batch. The first frame stands alone; each later one builds on those before
/// it and can only be read after them, in order. May move between threads, used by one at a time.
pub struct tracezip_compressor {
    inner: TraceCompressor,
    metering: bool,
    frames: Frames,
    last: Option<Failure>,
}

impl Kind for tracezip_compressor {
    const MARK: u64 = u64::from_le_bytes(*b"tz.compr");
}

impl Stateful for tracezip_compressor {
    fn renew(&mut self) {
        self.inner = TraceCompressor::new(self.inner.config().clone());
        self.inner.set_metering(self.metering);
        self.frames = Frames::default();
    }

    fn last(&mut self) -> &mut Option<Failure> {
        &mut self.last
    }
}

/// Makes a compressor; NULL settings are the defaults. The caller frees it with tracezip_compressor_free().
///
/// Errors: TRACEZIP_INVALID_CONFIG, TRACEZIP_NULL_POINTER (`out`).
///
/// # Safety
/// `config` must be NULL or a live handle, `out` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_new(
    config: *const tracezip_config,
    out: *mut *mut tracezip_compressor,
) -> tracezip_result {
    // SAFETY: as this function's.
    let make = || unsafe {
        let inner = TraceCompressor::new(config_or_defaults(config)?.build()?);
        Ok(tracezip_compressor { inner, metering: false, frames: Frames::default(), last: None })
    };
    // SAFETY: as this function's.
    unsafe { new_handle(out, make) }
}

/// Frees a compressor; NULL is allowed.
///
/// # Safety
/// `compressor` must be NULL or come from tracezip_compressor_new(), and must not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_free(compressor: *mut tracezip_compressor) {
    // SAFETY: as this function's.
    unsafe { free_handle(compressor) }
}

/// Compresses one batch. The result is always a frame: what does not pay to compress is stored in
/// one, which the statistics tell.
///
/// `dst` must have room for tracezip_compress_bound(src_len) bytes; if not, the call is refused with
/// TRACEZIP_BUFFER_TOO_SMALL before anything changes, and may be repeated with a larger one. `src`
/// and `dst` must not overlap.
///
/// Errors: TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER. After TRACEZIP_INTERNAL the compressor
/// is as after tracezip_compressor_reset() and tracezip_compressor_reset_stats().
///
/// # Safety
/// The handle must be NULL or live and used by nobody else; the other pointers NULL or valid for the
/// lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_compress(
    compressor: *mut tracezip_compressor,
    src: *const u8,
    src_len: usize,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    let compress = |compressor: &mut tracezip_compressor| {
        // SAFETY: as this function's.
        let (otlp, out) = unsafe { (input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        out.has_room(tracezip::compress_bound(otlp.len()) as u64)?;
        let mut frame = Vec::new();
        compressor.inner.compress_or_store(otlp, &mut frame);
        compressor.frames.record(&frame);
        out.write(&frame)
    };
    // SAFETY: as this function's.
    unsafe { change(compressor, compress) }
}

/// The counters, into `out`, whose `struct_size` the caller has set. For what the bytes describe see
/// tracezip_compressor_set_metering().
///
/// Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live, `out` NULL or writable for its `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_stats(
    compressor: *const tracezip_compressor,
    out: *mut tracezip_stats,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let compressor = unsafe { shared(compressor)? };
        let stats = tracezip_stats::new(compressor.inner.stats(), compressor.frames);
        // SAFETY: as this function's.
        unsafe { stats.hand_over(out) }
    })
}

/// Sets the counters to zero.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live and used by nobody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_reset_stats(compressor: *mut tracezip_compressor) -> tracezip_result {
    let reset = |compressor: &mut tracezip_compressor| {
        compressor.inner.reset_stats();
        compressor.frames = Frames::default();
        Ok(())
    };
    // SAFETY: as this function's.
    unsafe { change(compressor, reset) }
}

/// Whether the statistics tell what the bytes out describe (0: no, all of them count as
/// `structure_bytes`). It costs a few per cent of the time. Default: 0. Frames are the same.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live and used by nobody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_set_metering(
    compressor: *mut tracezip_compressor,
    value: c_int,
) -> tracezip_result {
    let set = |compressor: &mut tracezip_compressor| {
        compressor.metering = value != 0;
        compressor.inner.set_metering(compressor.metering);
        Ok(())
    };
    // SAFETY: as this function's.
    unsafe { change(compressor, set) }
}

/// Forgets all batches: the next frame stands alone. The counters stay.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live and used by nobody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_reset(compressor: *mut tracezip_compressor) -> tracezip_result {
    let reset = |compressor: &mut tracezip_compressor| {
        compressor.inner.reset();
        Ok(())
    };
    // SAFETY: as this function's.
    unsafe { change(compressor, reset) }
}

/// How the last call ended that could change this handle, into `out`, whose `struct_size` the caller
/// has set. A call that succeeds is TRACEZIP_OK with TRACEZIP_STAGE_NONE.
///
/// Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live, `out` NULL or writable for its `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compressor_last_error(
    compressor: *const tracezip_compressor,
    out: *mut tracezip_error_detail,
) -> tracezip_result {
    // SAFETY: as this function's.
    guard(|| unsafe { hand_over_detail(shared(compressor)?.last.as_ref(), out) })
}
