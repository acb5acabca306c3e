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
/// Arrays and key-value lists nested deeper than this are kept as text.
pub(crate) const MAX_NESTING: u32 = 16;

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

/// What a coded frame may cost its decoder: the bytes of the original and those by which the state grows.
///
/// Every byte of a frame's body pays for [`Budget::EARNED`] of them, so that a short frame cannot ask for
/// much. A body that is shorter than what it holds costs, which takes a text of a megabyte that comes
/// again and again, is filled up with zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Bytes by which the state may grow.
    limit: usize,
    /// Weight of the state when the frame began.
    before: usize,
    /// Most by which it has grown.
    most: usize,
}

impl Budget {
    /// Bytes that any body pays for.
    const FREE: usize = 16 << 10;
    /// Bytes that each byte of a body pays for. Real batches need at most 180, one letter a million times 6,000.
    const EARNED: usize = 8192;

    /// What an encoder has, which will see what it comes to.
    pub(crate) const UNLIMITED: Budget = Budget { limit: usize::MAX, before: 0, most: 0 };

    /// What a body of `body` bytes pays for beside an original of `len`. Nothing comes back if it does
    /// not even pay for that.
    pub(crate) fn of_body(body: usize, len: usize) -> Option<Self> {
        let limit = body.saturating_mul(Self::EARNED).saturating_add(Self::FREE).checked_sub(len)?;
        Some(Budget { limit, ..Budget::UNLIMITED })
    }

    /// The same for a state that weighs `before` when the frame begins.
    pub(crate) fn from(self, before: usize) -> Self {
        Budget { before, ..self }
    }

    /// Bytes that are left when the state weighs `weight`. Nothing comes back if that is too much.
    #[inline]
    pub(crate) fn left(&mut self, weight: usize) -> Option<usize> {
        let grown = weight.saturating_sub(self.before);
        self.most = self.most.max(grown);
        self.limit.checked_sub(grown)
    }

    /// Length of the shortest body that pays for what was used and an original of `len` bytes.
    pub(crate) fn least_body(&self, len: usize) -> usize {
        len.saturating_add(self.most).saturating_sub(Self::FREE).div_ceil(Self::EARNED)
    }
}
