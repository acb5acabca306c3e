//! Runs and matches as symbols.

use super::super::super::coder::{Coder, Contexts, Ctx, Number};
use super::Place;

/// Kinds of match: as far back as the last one, as the one before, at a distance; the whole of a string of
/// the primer.
pub(super) const LAST: u32 = 0;
pub(super) const BEFORE: u32 = 1;
pub(super) const FAR: u32 = 2;
pub(super) const LINE: u32 = 3;

/// Run symbols: so many literals and a match; this many and another run; literals up to the end.
pub(super) const MAX_RUN: u32 = 14;
pub(super) const RUN_TO_END: u32 = 15;

/// What comes before a token.
pub(super) const START: u32 = 0;
pub(super) const INSIDE: u32 = 2;
pub(super) const KEY_START: u32 = 3;

/// Length symbols: up to the end of the string the match is in; a small length; or a number.
const TO_END: u32 = 0;
const LONG: u32 = 15;

/// Literals, then a match.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Token {
    pub run: u32,
    pub kind: u32,
    /// Where the match lies, or which string of the primer it is.
    pub source: u32,
    pub len: u32,
    /// The match goes up to the end of both strings.
    pub to_end: bool,
}

/// Least length of a match of this kind.
#[inline(always)]
pub(super) const fn least(kind: u32) -> usize {
    match kind {
        LAST | BEFORE => 1,
        _ => 4,
    }
}

/// Distances of the last matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub distance: [usize; 2],
    aligned: bool,
}

impl Default for Last {
    fn default() -> Self {
        Last { distance: [1; 2], aligned: false }
    }
}

impl Last {
    /// A string starts; the last one of its key lies `aligned` bytes back.
    pub(super) fn start(&mut self, aligned: Option<usize>) {
        self.aligned = aligned.is_some();
        // An empty string may begin where this one does.
        if let Some(distance) = aligned.filter(|distance| *distance > 0) {
            self.distance = [distance, self.distance[0]];
        }
    }

    pub(super) fn is_aligned(&self) -> bool {
        self.aligned
    }

    #[inline(always)]
    pub(super) fn add(&mut self, kind: u32, distance: usize) {
        if kind != LAST {
            self.distance = [distance, self.distance[0]];
        }
    }
}

/// Numbers are cut to 32 bits, so that no value is out of [`Number`]'s range.
const LOW: u64 = u32::MAX as u64;

/// The contexts of tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens {
    zeros: Ctx,
    more_zeros: Number,
    runs: Ctx,
    kinds: Ctx,
    lens: Ctx,
    long: Number,
    far: Number,
}

impl Tokens {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Tokens {
            zeros: contexts.block(1),
            more_zeros: Number::new(contexts),
            runs: contexts.block(4),
            kinds: contexts.block(12),
            lens: contexts.block(6),
            long: Number::new(contexts),
            far: Number::new(contexts),
        }
    }

    /// Number of zero bytes in a string.
    pub(super) fn zeros<C: Coder>(&self, c: &mut C, zeros: usize) -> usize {
        let few = c.symbol(self.zeros, zeros.min(15) as u32) as usize;
        if few < 15 { few } else { 15 + self.more_zeros.code(c, zeros.wrapping_sub(15) as u64 & LOW) as usize }
    }

    #[inline(always)]
    pub(super) fn run<C: Coder>(&self, c: &mut C, after: u32, _place: &Place<'_>, run: u32) -> u32 {
        c.symbol(self.runs.at(after), run)
    }

    #[inline(always)]
    pub(super) fn kind<C: Coder>(&self, c: &mut C, after: u32, run: u32, kind: u32) -> u32 {
        c.symbol(self.kinds.at(3 * after + run.min(2)), kind)
    }

    pub(super) fn distance<C: Coder>(&self, c: &mut C, distance: usize) -> usize {
        self.far.code(c, distance as u64 & LOW) as usize
    }

    /// Length of a match; nothing if it goes up to the end of its string.
    #[inline(always)]
    pub(super) fn len<C: Coder>(&self, c: &mut C, after: u32, kind: u32, to_end: bool, len: usize) -> Option<usize> {
        let ctx = self.lens.at(2 * kind + (after == INSIDE) as u32);
        // Small lengths have the symbols from 1 on.
        let base = least(kind) - 1;
        let symbol = if to_end { TO_END } else { len.wrapping_sub(base).min(LONG as usize) as u32 };
        match c.symbol(ctx, symbol) {
            TO_END => None,
            LONG => {
                let base = base + LONG as usize;
                Some(base + self.long.code(c, len.wrapping_sub(base) as u64 & LOW) as usize)
            }
            symbol => Some(base + symbol as usize),
        }
    }
}
