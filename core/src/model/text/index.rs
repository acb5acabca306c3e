//! Where in the history each pair of bytes was followed by something: chains through all positions.
//!
//! Both directions keep the same chains, so a place in the history is named by its rank in the chain
//! of the two bytes before it, which is a much smaller number than a distance.

use std::sync::LazyLock;

use super::primer::PRIMER;

/// log2 of the number of chains.
const BITS: u32 = 13;

/// End of a chain; no chain holds position 0.
pub(super) const NONE: u32 = 0;

/// The chain of starts of strings, which no pair has.
const START: usize = 0;

/// The chains of the primer.
static PRIMED: LazyLock<Primed> = LazyLock::new(Primed::new);

#[derive(Debug)]
struct Primed {
    heads: Vec<u32>,
    next: Vec<u32>,
    ends: Vec<u32>,
}

impl Primed {
    fn new() -> Self {
        let mut primed = Primed { heads: vec![NONE; 1 << BITS], next: vec![NONE; 2], ends: Vec::new() };
        for at in 2..PRIMER.len() {
            let slot = if PRIMER[at - 1] == 0 { START } else { slot(PRIMER[at - 2], PRIMER[at - 1]) };
            primed.next.push(std::mem::replace(&mut primed.heads[slot], at as u32));
            if PRIMER[at] == 0 {
                primed.ends.push(at as u32);
            }
        }
        primed
    }
}

/// The chain of what follows two bytes.
#[inline(always)]
fn slot(a: u8, b: u8) -> usize {
    let pair = (a as u32) << 8 | b as u32;
    (pair.wrapping_mul(0x9e37_79b1) >> (32 - BITS)).max(1) as usize
}

/// The chains, and the ends of strings.
#[derive(Debug)]
pub(super) struct Index {
    /// Last position of each chain plus `base`; below `base`: none since the reset.
    heads: Vec<u32>,
    base: u32,
    /// For every position the one before it in its chain.
    next: Vec<u32>,
    ends: Vec<u32>,
    /// Start of the string that is being coded.
    start: usize,
    primed: &'static Primed,
}

impl Index {
    pub(super) fn new() -> Self {
        let primed = &*PRIMED;
        let (next, ends) = (primed.next.clone(), primed.ends.clone());
        Index { heads: vec![0; 1 << BITS], base: 1, next, ends, start: 0, primed }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        self.base = super::finder::next_base(self.base, self.next.len(), &mut self.heads);
        self.next.truncate(PRIMER.len());
        self.ends.truncate(self.primed.ends.len());
    }

    pub(super) fn bytes(&self) -> usize {
        4 * (self.heads.len() + self.next.len() + self.ends.len())
    }

    /// A string starts at the end of the history before `start`.
    pub(super) fn start(&mut self, history: &[u8], start: usize) {
        self.extend(history, start);
        self.start = start;
    }

    /// Adds all positions below `end`, which is at most the history's length.
    #[inline(always)]
    pub(super) fn extend(&mut self, history: &[u8], end: usize) {
        for at in self.next.len()..end {
            let slot = self.slot(history, at);
            let before = self.head(slot);
            self.next.push(before);
            self.heads[slot] = self.base + at as u32;
        }
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

    #[inline(always)]
    fn head(&self, slot: usize) -> u32 {
        let head = self.heads[slot];
        if head >= self.base { head - self.base } else { self.primed.heads[slot] }
    }

    /// The newest position before `at` in its chain.
    #[inline(always)]
    pub(super) fn newest(&mut self, history: &[u8], at: usize) -> u32 {
        self.extend(history, at);
        self.head(self.slot(history, at))
    }

    #[inline(always)]
    pub(super) fn before(&self, at: u32) -> u32 {
        self.next[at as usize]
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
