//! Version, and calls that need no handle.

use std::ffi::{CStr, c_char, c_int};

use tracezip::Limits;

use crate::config::{config_or_defaults, tracezip_config};
use crate::guard::{Output, guard, input, required};
use crate::result::tracezip_result;

/// Version of the library as text, such as "0.1.0". Static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn tracezip_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => c"?",
    };
    VERSION.as_ptr()
}

/// Version of the library as a number: major * 10000 + minor * 100 + patch. Compare it with
/// TRACEZIP_VERSION_NUMBER, the version of the header.
#[unsafe(no_mangle)]
pub extern "C" fn tracezip_version_number() -> u32 {
    const fn number(text: &str) -> u32 {
        let (bytes, mut value, mut i) = (text.as_bytes(), 0, 0);
        while i < bytes.len() {
            value = value * 10 + (bytes[i] - b'0') as u32;
            i += 1;
        }
        value
    }
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 10_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 100
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

/// Most bytes that a frame of `src_len` bytes of input can have.
#[unsafe(no_mangle)]
pub extern "C" fn tracezip_compress_bound(src_len: usize) -> usize {
    tracezip::compress_bound(src_len)
}

/// Compresses `src`, best a serialized ExportTraceServiceRequest, into a frame that stands alone.
///
/// `level` is 1 (fast) to 9 (small); 3 is a good choice. A `dst` of tracezip_compress_bound(src_len)
/// bytes is always enough. `src` and `dst` must not overlap. May be called from any thread.
///
/// Errors: TRACEZIP_INVALID_CONFIG (level), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The pointers must be NULL or valid for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compress(
    src: *const u8,
    src_len: usize,
    level: c_int,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    guard(|| {
        let config = tracezip_config { level, ..tracezip_config::default() }.build()?;
        // SAFETY: as this function's.
        let (otlp, out) = unsafe { (input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        out.write(&tracezip::compress_level(otlp, &config))
    })
}

/// tracezip_compress() with settings; NULL are the defaults. `enabled` and `min_batch_size` do not
/// matter here: it is always tried whether compression pays.
///
/// Errors: as for tracezip_compress(); TRACEZIP_INVALID_CONFIG (any setting).
///
/// # Safety
/// `config` must be NULL or a live handle; the pointers must be NULL or valid for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_compress_with(
    config: *const tracezip_config,
    src: *const u8,
    src_len: usize,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let config = unsafe { config_or_defaults(config)? }.build()?;
        // SAFETY: as this function's.
        let (otlp, out) = unsafe { (input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        out.write(&tracezip::compress_level(otlp, &config))
    })
}

/// The length that the frame says its original has, in bytes, read from its first bytes only.
///
/// The frame may lie: compare `len` with a limit of your own before you allocate.
///
/// Errors: TRACEZIP_NOT_TRACEZIP, TRACEZIP_UNSUPPORTED_VERSION, TRACEZIP_TRUNCATED, TRACEZIP_CORRUPT,
/// TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The pointers must be NULL or valid for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompressed_len(src: *const u8, src_len: usize, len: *mut u64) -> tracezip_result {
    guard(|| {
        required(len, "len")?;
        // SAFETY: as this function's.
        let declared = tracezip::decompressed_len(unsafe { input(src, src_len)? })?;
        // SAFETY: not NULL, and the caller vouches for it.
        unsafe { len.write(declared) };
        Ok(())
    })
}

/// Gives back what was compressed into a frame that stands alone.
///
/// A `dst` of tracezip_decompressed_len() bytes is enough, and `dst_cap` is the only limit on the
/// length. `src` and `dst` must not overlap. May be called from any thread.
///
/// Errors: all of decoding (1 to 7; a frame of a stream is TRACEZIP_OUT_OF_SEQUENCE, one made with a
/// dictionary TRACEZIP_UNKNOWN_DICTIONARY), TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The pointers must be NULL or valid for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompress(
    src: *const u8,
    src_len: usize,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let (frame, out) = unsafe { (input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        // `dst_cap` is the limit, but the core keeps its tables only for limits that stay the same. No
        // buffer is longer than this one.
        let limits = Limits { max_decoded_bytes: isize::MAX as usize, ..Limits::default() };
        out.has_room_for_decoded(frame, &limits)?;
        out.write(&tracezip::decompress_with(frame, limits)?)
    })
}

/// tracezip_decompress() within the limits of settings, max_decoded_bytes and max_state_bytes, and with
/// their dictionary; NULL are the defaults. With a dictionary a decompressor by handle is faster.
///
/// Errors: as for tracezip_decompress(), and TRACEZIP_INVALID_CONFIG.
///
/// # Safety
/// `config` must be NULL or a live handle; the pointers must be NULL or valid for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_decompress_with(
    config: *const tracezip_config,
    src: *const u8,
    src_len: usize,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let config = unsafe { config_or_defaults(config)? };
        let limits = config.limits()?;
        // SAFETY: as this function's.
        let (frame, out) = unsafe { (input(src, src_len)?, Output::new(dst, dst_cap, dst_len)?) };
        out.has_room_for_decoded(frame, &limits)?;
        let mut otlp = Vec::new();
        tracezip::decompress_append_with(frame, limits, config.dictionary.as_ref(), &mut otlp)?;
        out.write(&otlp)
    })
}
