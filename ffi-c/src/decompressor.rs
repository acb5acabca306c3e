//! `tracezip_decompressor`: `TraceDecompressor` by handle.

use tracezip::TraceDecompressor;

use crate::config::{config_or_defaults, tracezip_config};
use crate::dictionary::{held, tracezip_dictionary};
use crate::error::{Failure, hand_over_detail, tracezip_error_detail};
use crate::guard::{Output, guard, input};
use crate::handle::{Kind, Stateful, change, free_handle, new_handle, shared};
use crate::result::tracezip_result;

/// Reads the frames of one compressor, in order, or frames that stand alone. May move between
/// threads, used by one at a time.
pub struct tracezip_decompressor {
    inner: TraceDecompressor,
    last: Option<Failure>,
}

impl Kind for tracezip_decompressor {
    const MARK: u64 = u64::from_le_bytes(*b"tz.decom");
}

impl Stateful for tracezip_decompressor {
    fn renew(&mut self) {
        self.inner.renew();
    }

    fn last(&mut self) -> &mut Option<Failure> {
        &mut self.last
    }
}

/// Makes a decompressor; NULL settings are the defaults. Only max_state_bytes, max_decoded_bytes and
/// the dictionary matter. The caller frees it with tracezip_decompressor_free().
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
        let config = config_or_defaults(config)?;
        let mut inner = TraceDecompressor::new(config.limits()?);
        config.dictionary.into_iter().for_each(|dictionary| inner.add_dictionary(dictionary));
        Ok(tracezip_decompressor { inner, last: None })
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

/// Lets a decompressor read frames that were made with this dictionary too; one that it holds already
/// changes nothing. It keeps what it needs: the dictionary may be freed at once. Whatever is read goes on.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The decompressor must be NULL or live and used by nobody else, the dictionary NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_add_dictionary(
    decompressor: *mut tracezip_decompressor,
    dictionary: *const tracezip_dictionary,
) -> tracezip_result {
    let add = |decompressor: &mut tracezip_decompressor| {
        // SAFETY: as this function's.
        decompressor.inner.add_dictionary(unsafe { held(dictionary)? });
        Ok(())
    };
    // SAFETY: as this function's.
    unsafe { change(decompressor, add) }
}

/// Gives back one batch. A `dst` of tracezip_decompressed_len() bytes is enough; if it is smaller,
/// the call is refused with TRACEZIP_BUFFER_TOO_SMALL before anything changes, and may be repeated
/// with a larger one. `src` and `dst` must not overlap. A trace request that was never compressed comes
/// back as it is.
///
/// Errors: all of decoding (1 to 7 and 11), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER. After an
/// error of decoding only a frame that stands alone is taken, such as a compressor makes after its reset;
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
    let decompress = |decompressor: &mut tracezip_decompressor| {
        // SAFETY: as this function's.
        let (frame, out) = unsafe { (input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        out.has_room_for_decoded(frame, decompressor.inner.limits())?;
        out.write(&decompressor.inner.decompress(frame)?)
    };
    // SAFETY: as this function's.
    unsafe { change(decompressor, decompress) }
}

/// Forgets all frames: the next one must stand alone.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live and used by nobody else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_reset(decompressor: *mut tracezip_decompressor) -> tracezip_result {
    let reset = |decompressor: &mut tracezip_decompressor| {
        decompressor.inner.reset();
        Ok(())
    };
    // SAFETY: as this function's.
    unsafe { change(decompressor, reset) }
}

/// How the last call ended that could change this handle, into `out`, whose `struct_size` the caller
/// has set. A call that succeeds is TRACEZIP_OK with TRACEZIP_STAGE_NONE.
///
/// Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live, `out` NULL or writable for its `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressor_last_error(
    decompressor: *const tracezip_decompressor,
    out: *mut tracezip_error_detail,
) -> tracezip_result {
    // SAFETY: as this function's.
    guard(|| unsafe { hand_over_detail(shared(decompressor)?.last.as_ref(), out) })
}
