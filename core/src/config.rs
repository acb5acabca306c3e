//! What a user can set, checked once when it is built.

use crate::error::{Error, ErrorKind, Result, Stage};
use crate::limits::{DEFAULT_MAX_STATE_BYTES, DEFAULT_STRING_TABLE_SIZE, Limits, MAX_STATE_BYTES, MIN_STATE_BYTES};
use crate::stream::Dictionary;

/// Settings of a [`TraceCompressor`](crate::TraceCompressor).
///
/// ```
/// let config = tracezip::TracezipConfig::builder().level(9).min_batch_size(1).build()?;
/// assert_eq!(config.level(), 9);
/// # Ok::<(), tracezip::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracezipConfig {
    enabled: bool,
    min_batch_size: usize,
    max_string_table_size: usize,
    enable_delta_encoding: bool,
    enable_dedup: bool,
    level: u8,
    max_state_bytes: usize,
    predict_ids: bool,
    dictionary: Option<Dictionary>,
}

impl Default for TracezipConfig {
    fn default() -> Self {
        TracezipConfig {
            enabled: true,
            min_batch_size: 10,
            max_string_table_size: DEFAULT_STRING_TABLE_SIZE,
            enable_delta_encoding: true,
            enable_dedup: true,
            level: 3,
            max_state_bytes: DEFAULT_MAX_STATE_BYTES,
            predict_ids: true,
            dictionary: None,
        }
    }
}

impl TracezipConfig {
    /// Starts from the defaults.
    pub fn builder() -> TracezipConfigBuilder {
        TracezipConfigBuilder { config: TracezipConfig::default() }
    }

    /// Whether to compress at all. Default: true.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Fewest spans for which a batch without stream state is compressed. Default: 10.
    pub fn min_batch_size(&self) -> usize {
        self.min_batch_size
    }

    /// Most entries of the string table. Default: 10,000.
    pub fn max_string_table_size(&self) -> usize {
        self.max_string_table_size
    }

    /// Whether times and numbers are coded as differences. Default: true.
    pub fn enable_delta_encoding(&self) -> bool {
        self.enable_delta_encoding
    }

    /// Whether spans are predicted from earlier spans of their kind. Default: true.
    pub fn enable_dedup(&self) -> bool {
        self.enable_dedup
    }

    /// 1 (fast) to 9 (small). Default: 3. Level 1 goes by a leaner model; with a dictionary, or without differences or
    /// predictions of spans, by the same as level 3.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Most bytes of state that an encoder, and so its decoder, keeps. Default: 8 MiB.
    pub fn max_state_bytes(&self) -> usize {
        self.max_state_bytes
    }

    /// Whether ids are predicted from the generators that they are drawn from. Default: true.
    pub fn predict_ids(&self) -> bool {
        self.predict_ids
    }

    /// What frames that build on nothing else begin with. Default: none.
    pub fn dictionary(&self) -> Option<&Dictionary> {
        self.dictionary.as_ref()
    }

    /// The limits of a decoder for frames made with these settings.
    pub fn limits(&self) -> Limits {
        Limits { max_state_bytes: self.max_state_bytes, ..Limits::default() }
    }
}

/// Builds a [`TracezipConfig`].
#[derive(Clone, Debug)]
pub struct TracezipConfigBuilder {
    config: TracezipConfig,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(mut self, value: $type) -> Self {
            self.config.$name = value;
            self
        })*
    };
}

impl TracezipConfigBuilder {
    setters! {
        /// Whether to compress at all; if not, every batch comes back as it is.
        enabled: bool,
        /// Fewest spans for which a batch without stream state is compressed.
        min_batch_size: usize,
        /// Most entries of the string table, from 16.
        max_string_table_size: usize,
        /// Whether times and numbers are coded as differences.
        enable_delta_encoding: bool,
        /// Whether spans are predicted from earlier spans of their kind.
        enable_dedup: bool,
        /// 1 (fast) to 9 (small).
        level: u8,
        /// Most bytes of state, from 1 MiB to 1 GiB.
        max_state_bytes: usize,
        /// Whether ids are predicted from the generators that they are drawn from.
        predict_ids: bool,
    }

    /// A dictionary, or none: what frames that build on nothing else begin with. Whoever reads them must hold it too.
    #[must_use]
    pub fn dictionary(mut self, value: impl Into<Option<Dictionary>>) -> Self {
        self.config.dictionary = value.into();
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] names the setting that is out of range.
    pub fn build(self) -> Result<TracezipConfig> {
        let config = self.config;
        let invalid = |detail| Err(Error::new(ErrorKind::InvalidConfig, Stage::Config, 0, detail));
        if !(1..=9).contains(&config.level) {
            return invalid("level must be 1 to 9");
        }
        if !(MIN_STATE_BYTES..=MAX_STATE_BYTES).contains(&config.max_state_bytes) {
            return invalid("max_state_bytes must be 1 MiB to 1 GiB");
        }
        if !(16..=1 << 24).contains(&config.max_string_table_size) {
            return invalid("max_string_table_size must be 16 to 16,777,216");
        }
        Ok(config)
    }
}
