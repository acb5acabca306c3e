//! What contexts know before the first request: what they mostly learn of one.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod train;

use std::sync::LazyLock;

use crate::coder::Prior;

static FULL: LazyLock<Prior> = LazyLock::new(|| Prior::parse(include_str!("prior.csv")));
static LEAN: LazyLock<Prior> = LazyLock::new(|| Prior::parse(include_str!("lean/prior.csv")));

/// The prior of the lean model or of the full one.
pub(super) fn of(lean: bool) -> &'static Prior {
    if lean { &LEAN } else { &FULL }
}
