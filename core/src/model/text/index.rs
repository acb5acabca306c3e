//! Where in the history each pair of bytes was followed by something, and where strings ended.
//!
//! Both directions keep the same chains, so a place in the history is named by its rank in the chain
//! of the two bytes before it, which is a much smaller number than a distance.

use std::sync::LazyLock;

use super::chains::{Chains, NONE, Primed};
use super::primer::PRIMER;

/// log2 of the number of chains.
const BITS: u32 = 13;

/// The chain of starts of strings, which no pair has.
const START: usize = 0;

static PRIMED: LazyLock<Primed> = LazyLock::new(|| {
    Primed::new(BITS, |at| match at {
        0..2 => None,
        _ if PRIMER[at - 1] == 0 => Some(START),
        _ => Some(slot(PRIMER[at - 2], PRIMER[at - 1])),
    })
});

/// The chain of what follows two bytes.
#[inline(always)]
fn slot(a: u8, b: u8) -> usize {
    let pair = (a as u32) << 8 | b as u32;
    (pair.wrapping_mul(0x9e37_79b1) >> (32 - BITS)).max(1) as usize
}

#[derive(Debug)]
pub(super) struct Index {
    chains: Chains,
    /// Ends of strings, ascending; those of the primer first.
    ends: Vec<u32>,
    primer_ends: usize,
    /// Start of the string that is being coded.
    start: usize,
}

impl Index {
    pub(super) fn new() -> Self {
        let ends: Vec<u32> = (0..PRIMER.len()).filter(|&at| PRIMER[at] == 0).map(|at| at as u32).collect();
        Index { chains: Chains::new(&PRIMED), primer_ends: ends.len(), ends, start: 0 }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        self.chains.reset();
        self.ends.truncate(self.primer_ends);
    }

    /// A string starts at the end of the history before `start`.
    pub(super) fn start(&mut self, history: &[u8], start: usize) {
        self.extend(history, start);
        self.start = start;
    }

    /// Adds all positions below `end`, which is at most the history's length.
    #[inline(always)]
    pub(super) fn extend(&mut self, history: &[u8], end: usize) {
        for at in self.chains.len()..end {
            let slot = self.slot(history, at);
            self.chains.push(slot);
        }
    }

    /// Leaves out all positions from `start` to `end`.
    pub(super) fn skip(&mut self, history: &[u8], start: usize, end: usize) {
        self.extend(history, start);
        self.chains.skip(end);
    }

    /// The chain that position `at` belongs to. What lies before the string's start does not matter.
    #[inline(always)]
    fn slot(&self, history: &[u8], at: usize) -> usize {
        match at.wrapping_sub(self.start) {
            0 => START,
            1 => slot(0, history[at - 1]),
            _ => slot(history[at - 2], history[at - 1]),
        }
    }

    /// The newest position before `at` in its chain.
    #[inline(always)]
    pub(super) fn newest(&mut self, history: &[u8], at: usize) -> u32 {
        self.extend(history, at);
        self.chains.newest(self.slot(history, at))
    }

    /// The position before this one in its chain.
    #[inline(always)]
    pub(super) fn before(&self, at: u32) -> u32 {
        self.chains.before(at)
    }

    /// The position of this rank in the chain of `at`.
    pub(super) fn find(&mut self, history: &[u8], at: usize, rank: u32) -> Option<usize> {
        let mut found = self.newest(history, at);
        for _ in 0..rank {
            found = self.before(found);
        }
        (found != NONE).then_some(found as usize)
    }

    /// A string ends.
    pub(super) fn end(&mut self, at: usize) {
        self.ends.push(at as u32);
    }

    /// The first end of a string after `at`, or at `at` if that `counts`.
    pub(super) fn end_after(&self, at: usize, counts: bool) -> Option<usize> {
        let place = self.ends.partition_point(|&end| (end as usize) < at + !counts as usize);
        self.ends.get(place).map(|&end| end as usize)
    }
}
