//! Every cap on memory and output, in one place.

use crate::error::{Error, ErrorKind, Result, Stage};

/// Default of [`Limits::max_decoded_bytes`]: 64 MiB.
pub(crate) const DEFAULT_MAX_DECODED_BYTES: usize = 64 << 20;
/// Default of [`Limits::max_state_bytes`]: 8 MiB.
pub(crate) const DEFAULT_MAX_STATE_BYTES: usize = 8 << 20;
/// Least `max_state_bytes`.
pub(crate) const MIN_STATE_BYTES: usize = 1 << 20;
/// Greatest `max_state_bytes`.
pub(crate) const MAX_STATE_BYTES: usize = 1 << 30;
/// Default of `max_string_table_size`, in entries.
pub(crate) const DEFAULT_STRING_TABLE_SIZE: usize = 10_000;
/// Fields of one message that are structured; what follows them is kept as it is.
pub(crate) const MAX_FIELDS: usize = 1024;

/// What a decoder accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes that one frame may decode to.
    pub max_decoded_bytes: usize,
    /// Most bytes of state that a frame may ask the decoder to keep.
    pub max_state_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_decoded_bytes: DEFAULT_MAX_DECODED_BYTES, max_state_bytes: DEFAULT_MAX_STATE_BYTES }
    }
}

impl Limits {
    pub(crate) fn check_decoded(&self, len: u64) -> Result<usize> {
        match usize::try_from(len) {
            Ok(len) if len <= self.max_decoded_bytes => Ok(len),
            _ => Err(Error::new(
                ErrorKind::LimitExceeded,
                Stage::Header,
                1,
                "the declared length is above max_decoded_bytes",
            )),
        }
    }
}
