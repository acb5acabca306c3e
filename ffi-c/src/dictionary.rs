//! `tracezip_dictionary`: `Dictionary` by handle, and which one a frame needs.

use std::ffi::c_int;

use tracezip::Dictionary;

use crate::guard::{Checked, Output, guard, input, required};
use crate::handle::{Kind, free_handle, new_handle, shared};
use crate::result::tracezip_result;

/// What frames begin with that have no earlier frame to build on: made of batches that have been, for
/// batches to come. What helps most is a dictionary for small requests. A frame made with one stands
/// alone for everyone who holds it.
///
/// It never changes: unlike the other handles it may be used by any number of threads at once. Settings
/// and decompressors that it was given to hold what they need: it may be freed at once.
pub struct tracezip_dictionary(Dictionary);

impl Kind for tracezip_dictionary {
    const MARK: u64 = u64::from_le_bytes(*b"tz.dicti");
}

/// The dictionary of a handle.
///
/// # Safety
/// `dictionary` must be NULL or a live handle.
pub(crate) unsafe fn held(dictionary: *const tracezip_dictionary) -> Checked<Dictionary> {
    // SAFETY: as this function's.
    unsafe { shared(dictionary) }.map(|dictionary| dictionary.0.clone())
}

/// Makes a dictionary of at most `max_bytes` bytes, 4,096 or more, from `count` batches of the kind that
/// are to be compressed, serialized trace requests: `samples[i]` has `sample_lens[i]` bytes. 64 KiB and
/// a few thousand spans of a day's traffic are a good start; a larger dictionary knows more and
/// takes more memory. It holds what the samples held: do not give it to those who must not see them. The caller
/// frees it with tracezip_dictionary_free(). May be called from any thread.
///
/// Errors: TRACEZIP_NOT_OTLP if a sample is no trace request or no sample has a span,
/// TRACEZIP_INVALID_CONFIG (`max_bytes`), TRACEZIP_NULL_POINTER (`out`, or an array or a sample that is
/// not empty).
///
/// # Safety
/// The arrays must be NULL or have `count` members, each sample NULL or as many bytes as its length
/// says; `out` must be NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_dictionary_train(
    samples: *const *const u8,
    sample_lens: *const usize,
    count: usize,
    max_bytes: usize,
    out: *mut *mut tracezip_dictionary,
) -> tracezip_result {
    let train = || {
        // SAFETY: as this function's.
        let (samples, lens) = unsafe { (input(samples, count)?, input(sample_lens, count)?) };
        // SAFETY: as this function's.
        let samples = samples.iter().zip(lens).map(|(sample, len)| unsafe { input(*sample, *len) });
        let samples = samples.collect::<Checked<Vec<&[u8]>>>()?;
        Ok(tracezip_dictionary(Dictionary::train(&samples, max_bytes)?))
    };
    // SAFETY: as this function's.
    unsafe { new_handle(out, train) }
}

/// Takes a dictionary from its bytes, which tracezip_dictionary_bytes() gave. Any compressed frame that
/// stands alone, of a level from 2 to 8 and made without a dictionary, is one. The caller frees it with
/// tracezip_dictionary_free(). May be called from any thread.
///
/// Errors: all of decoding (1 to 7; TRACEZIP_CORRUPT also for frames of other kinds),
/// TRACEZIP_NULL_POINTER.
///
/// # Safety
/// `src` must be NULL or readable for `src_len` bytes, `out` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_dictionary_load(
    src: *const u8,
    src_len: usize,
    out: *mut *mut tracezip_dictionary,
) -> tracezip_result {
    // SAFETY: as this function's.
    let load = || Ok(tracezip_dictionary(Dictionary::load(unsafe { input(src, src_len)? })?));
    // SAFETY: as this function's.
    unsafe { new_handle(out, load) }
}

/// Frees a dictionary; NULL is allowed. Who was given it keeps it.
///
/// # Safety
/// `dictionary` must be NULL or come from tracezip_dictionary_train() or _load(), and must not be used
/// again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_dictionary_free(dictionary: *mut tracezip_dictionary) {
    // SAFETY: as this function's.
    unsafe { free_handle(dictionary) }
}

/// What tells the dictionary from all others, the same in every language: the XXH3-64 of its bytes.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live, `id` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_dictionary_id(
    dictionary: *const tracezip_dictionary,
    id: *mut u64,
) -> tracezip_result {
    guard(|| {
        required(id, "id")?;
        // SAFETY: as this function's; not NULL.
        unsafe { id.write(shared(dictionary)?.0.id()) };
        Ok(())
    })
}

/// How many bytes tracezip_dictionary_bytes() gives.
///
/// Errors: TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live, `len` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_dictionary_len(
    dictionary: *const tracezip_dictionary,
    len: *mut usize,
) -> tracezip_result {
    guard(|| {
        required(len, "len")?;
        // SAFETY: as this function's; not NULL.
        unsafe { len.write(shared(dictionary)?.0.as_bytes().len()) };
        Ok(())
    })
}

/// The bytes of a dictionary, to be kept and sent to those who are to read: tracezip_dictionary_len()
/// of them, and no more than a trained one was allowed.
///
/// Errors: TRACEZIP_BUFFER_TOO_SMALL, TRACEZIP_NULL_POINTER.
///
/// # Safety
/// The handle must be NULL or live; the other pointers NULL or valid for the lengths given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_dictionary_bytes(
    dictionary: *const tracezip_dictionary,
    dst: *mut u8,
    dst_cap: usize,
    dst_len: *mut usize,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let (dictionary, out) = unsafe { (shared(dictionary)?, Output::new(dst, dst_cap, dst_len)?) };
        out.write(dictionary.0.as_bytes())
    })
}

/// Which dictionary a frame was made with, read from its first bytes only: `needed` is 1 and `id_low`
/// the low half of its id, or both are 0 if the frame was made with none, or goes on with a stream. May
/// be called from any thread.
///
/// Errors: TRACEZIP_NOT_TRACEZIP, TRACEZIP_UNSUPPORTED_VERSION, TRACEZIP_TRUNCATED, TRACEZIP_CORRUPT,
/// TRACEZIP_NULL_POINTER.
///
/// # Safety
/// `src` must be NULL or readable for `src_len` bytes, the other pointers NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_frame_dictionary(
    src: *const u8,
    src_len: usize,
    needed: *mut c_int,
    id_low: *mut u32,
) -> tracezip_result {
    guard(|| {
        required(needed, "needed")?;
        required(id_low, "id_low")?;
        // SAFETY: as this function's.
        let named = tracezip::dictionary_of(unsafe { input(src, src_len)? })?;
        // SAFETY: not NULL, and the caller vouches for them.
        unsafe {
            needed.write(named.is_some().into());
            id_low.write(named.unwrap_or(0));
        }
        Ok(())
    })
}
