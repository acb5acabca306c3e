//! `tracezip_config`: every field of `TracezipConfig`, and the limits of a decompressor.

use std::ffi::c_int;

use tracezip::{Dictionary, Limits, TracezipConfig};

use crate::dictionary::{held, tracezip_dictionary};
use crate::error::{hand_over_detail, tracezip_error_detail};
use crate::guard::{Checked, guard};
use crate::handle::{Kind, exclusive, free_handle, new_handle, shared};
use crate::result::tracezip_result;

/// Settings of compressors and decompressors, which copy them: it may be changed, or freed, at once.
/// May move between threads, and be read by many at a time; changed by one while nobody reads.
#[derive(Clone)]
pub struct tracezip_config {
    pub(crate) enabled: bool,
    pub(crate) min_batch_size: usize,
    pub(crate) max_string_table_size: usize,
    pub(crate) enable_delta_encoding: bool,
    pub(crate) enable_dedup: bool,
    pub(crate) level: c_int,
    pub(crate) max_state_bytes: usize,
    pub(crate) predict_ids: bool,
    pub(crate) dictionary: Option<Dictionary>,
    pub(crate) max_decoded_bytes: usize,
}

impl Kind for tracezip_config {
    const MARK: u64 = u64::from_le_bytes(*b"tz.confi");
}

impl Default for tracezip_config {
    fn default() -> Self {
        let (config, limits) = (TracezipConfig::default(), Limits::default());
        tracezip_config {
            enabled: config.enabled(),
            min_batch_size: config.min_batch_size(),
            max_string_table_size: config.max_string_table_size(),
            enable_delta_encoding: config.enable_delta_encoding(),
            enable_dedup: config.enable_dedup(),
            level: config.level().into(),
            max_state_bytes: config.max_state_bytes(),
            predict_ids: config.predict_ids(),
            dictionary: None,
            max_decoded_bytes: limits.max_decoded_bytes,
        }
    }
}

impl tracezip_config {
    pub(crate) fn build(&self) -> Checked<TracezipConfig> {
        Ok(TracezipConfig::builder()
            .enabled(self.enabled)
            .min_batch_size(self.min_batch_size)
            .max_string_table_size(self.max_string_table_size)
            .enable_delta_encoding(self.enable_delta_encoding)
            .enable_dedup(self.enable_dedup)
            // What is no u8 is out of range, as 0 is.
            .level(u8::try_from(self.level).unwrap_or(0))
            .max_state_bytes(self.max_state_bytes)
            .predict_ids(self.predict_ids)
            .dictionary(self.dictionary.clone())
            .build()?)
    }

    pub(crate) fn limits(&self) -> Checked<Limits> {
        Ok(Limits { max_decoded_bytes: self.max_decoded_bytes, ..self.build()?.limits() })
    }
}

/// The settings of `config`, or the defaults if it is NULL.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody changes.
pub(crate) unsafe fn config_or_defaults(config: *const tracezip_config) -> Checked<tracezip_config> {
    // SAFETY: as this function's.
    if config.is_null() { Ok(tracezip_config::default()) } else { unsafe { shared(config) }.cloned() }
}

/// Makes settings with the defaults. The caller frees them with tracezip_config_free().
///
/// Errors: TRACEZIP_NULL_POINTER (`out`).
///
/// # Safety
/// `out` must be NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_new(out: *mut *mut tracezip_config) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { new_handle(out, || Ok(tracezip_config::default())) }
}

/// Frees settings; NULL is allowed.
///
/// # Safety
/// `config` must be NULL or come from tracezip_config_new(), and must not be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_free(config: *mut tracezip_config) {
    // SAFETY: as this function's.
    unsafe { free_handle(config) }
}

/// Changes a setting, and says whether it alone is in range.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
unsafe fn set(config: *mut tracezip_config, change: impl Fn(&mut tracezip_config)) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        change(unsafe { exclusive(config)? });
        let mut alone = tracezip_config::default();
        change(&mut alone);
        alone.limits().map(drop)
    })
}

/// Whether to compress at all (0: no, every frame is stored). Default: 1.
///
/// Errors of this and all setters: TRACEZIP_INVALID_CONFIG for a value out of range, which is
/// remembered, so that tracezip_compressor_new() and tracezip_decompressor_new() refuse the settings
/// too until it is mended; TRACEZIP_NULL_POINTER.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_enabled(config: *mut tracezip_config, value: c_int) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.enabled = value != 0) }
}

/// Fewest spans for which a batch without stream state is compressed; smaller ones are stored.
/// Default: 10.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_min_batch_size(
    config: *mut tracezip_config,
    value: usize,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.min_batch_size = value) }
}

/// Most entries of the string table, from 16. Default: 10,000.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_max_string_table_size(
    config: *mut tracezip_config,
    value: usize,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.max_string_table_size = value) }
}

/// Whether times and numbers are coded as differences (0: no). Default: 1.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_enable_delta_encoding(
    config: *mut tracezip_config,
    value: c_int,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.enable_delta_encoding = value != 0) }
}

/// Whether spans are predicted from earlier spans of their kind (0: no). Default: 1.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_enable_dedup(
    config: *mut tracezip_config,
    value: c_int,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.enable_dedup = value != 0) }
}

/// 1 (fast) to 9 (small). Default: 3.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_level(config: *mut tracezip_config, value: c_int) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.level = value) }
}

/// Most bytes of state that a compressor keeps, or that frames may ask a decompressor to keep, from
/// 1 MiB to 1 GiB. Default: 8 MiB.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_max_state_bytes(
    config: *mut tracezip_config,
    value: usize,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.max_state_bytes = value) }
}

/// Whether ids are predicted from the generators that they are drawn from (0: no). Default: 1.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_predict_ids(
    config: *mut tracezip_config,
    value: c_int,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.predict_ids = value != 0) }
}

/// What frames begin with that build on nothing else, or NULL: nothing. Compressors make their frames
/// with it, decompressors read those that were made with it; others too. The settings hold what they
/// need: the dictionary may be freed at once. Default: none.
///
/// Errors: TRACEZIP_NULL_POINTER (`config`).
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses, `dictionary` NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_dictionary(
    config: *mut tracezip_config,
    dictionary: *const tracezip_dictionary,
) -> tracezip_result {
    guard(|| {
        // SAFETY: as this function's.
        let value = if dictionary.is_null() { None } else { Some(unsafe { held(dictionary)? }) };
        // SAFETY: as this function's.
        unsafe { exclusive(config)? }.dictionary = value;
        Ok(())
    })
}

/// Most bytes that one frame may decode to; for decompressors. Default: 64 MiB.
///
/// Errors: as of all setters.
///
/// # Safety
/// `config` must be NULL or a live handle that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_set_max_decoded_bytes(
    config: *mut tracezip_config,
    value: usize,
) -> tracezip_result {
    // SAFETY: as this function's.
    unsafe { set(config, |config| config.max_decoded_bytes = value) }
}

/// What is wrong with the settings as they are now, so that tracezip_compressor_new() refuses them:
/// `result` is TRACEZIP_OK, or TRACEZIP_INVALID_CONFIG and `message` names the setting. The caller
/// has set `struct_size` of `out`.
///
/// Errors: TRACEZIP_INVALID_CONFIG (`struct_size`), TRACEZIP_NULL_POINTER.
///
/// # Safety
/// `config` must be NULL or a live handle, `out` NULL or writable for its `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tracezip_config_last_error(
    config: *const tracezip_config,
    out: *mut tracezip_error_detail,
) -> tracezip_result {
    // SAFETY: as this function's.
    guard(|| unsafe { hand_over_detail(shared(config)?.limits().err().as_ref(), out) })
}
