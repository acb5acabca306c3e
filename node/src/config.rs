//! Settings and limits, as objects of optional numbers.

use napi_derive::napi;
use tracezip::{Limits, TracezipConfig};

use crate::dictionary::Held;
use crate::failure::{Failure, Result};

/// Settings of a compressor.
#[napi(object)]
#[derive(Default)]
pub struct Settings {
    /// Whether to compress at all; if not, every batch is stored in a frame as it is. Default: true.
    pub enabled: Option<bool>,
    /// Fewest spans for which a batch is compressed that nothing was learnt for yet. Default: 10.
    pub min_batch_size: Option<f64>,
    /// Most entries of the string table, from 16. Default: 10,000.
    pub max_string_table_size: Option<f64>,
    /// Whether times and numbers are coded as differences. Default: true.
    pub enable_delta_encoding: Option<bool>,
    /// Whether spans are predicted from earlier spans of their kind. Default: true.
    pub enable_dedup: Option<bool>,
    /// 1 (fast) to 9 (small). Default: 3.
    pub level: Option<f64>,
    /// Most bytes of state, from 1 MiB to 1 GiB. Default: 8 MiB.
    pub max_state_bytes: Option<f64>,
    /// Whether ids are predicted from the generators that they are drawn from. Default: true.
    pub predict_ids: Option<bool>,
}

impl Settings {
    pub(crate) fn build(&self, dictionary: Option<&Held>) -> Result<TracezipConfig> {
        let defaults = TracezipConfig::default();
        let builder = TracezipConfig::builder()
            .enabled(self.enabled.unwrap_or(defaults.enabled()))
            .min_batch_size(number("minBatchSize", self.min_batch_size, defaults.min_batch_size())?)
            .max_string_table_size(number(
                "maxStringTableSize",
                self.max_string_table_size,
                defaults.max_string_table_size(),
            )?)
            .enable_delta_encoding(self.enable_delta_encoding.unwrap_or(defaults.enable_delta_encoding()))
            .enable_dedup(self.enable_dedup.unwrap_or(defaults.enable_dedup()))
            .level(number("level", self.level, defaults.level())?)
            .max_state_bytes(number("maxStateBytes", self.max_state_bytes, defaults.max_state_bytes())?)
            .predict_ids(self.predict_ids.unwrap_or(defaults.predict_ids()))
            .dictionary(dictionary.map(Held::copied));
        Ok(builder.build()?)
    }
}

/// What a decompressor accepts.
#[napi(object)]
#[derive(Default)]
pub struct Bounds {
    /// Most bytes that one frame may decode to. Default: 64 MiB.
    pub max_size: Option<f64>,
    /// Most bytes of state that a frame may ask for. Default: 8 MiB.
    pub max_state_bytes: Option<f64>,
}

impl Bounds {
    pub(crate) fn build(&self) -> Result<Limits> {
        let defaults = Limits::default();
        Ok(Limits {
            max_decoded_bytes: number("maxSize", self.max_size, defaults.max_decoded_bytes)?,
            max_state_bytes: number("maxStateBytes", self.max_state_bytes, defaults.max_state_bytes)?,
        })
    }
}

/// A number of JavaScript's as a setting.
pub(crate) fn number<T: TryFrom<i64>>(name: &str, value: Option<f64>, default: T) -> Result<T> {
    let Some(value) = value else { return Ok(default) };
    let whole = if value.fract() == 0.0 { T::try_from(value as i64).ok() } else { None };
    whole.ok_or_else(|| Failure::invalid_config(&format!("{name} cannot be {value}")))
}
