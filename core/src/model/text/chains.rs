//! Chains through the positions of the history that have the same hash.

use super::primer::PRIMER;

/// End of a chain; no chain holds position 0.
pub(super) const NONE: u32 = 0;

/// Chains as they are when nothing but the primer was seen.
#[derive(Debug)]
pub(super) struct Primed {
    heads: Vec<u32>,
    next: Vec<u32>,
}

impl Primed {
    /// `2^bits` chains through the positions of the primer, each in the chain that `slot` gives.
    pub(super) fn new(bits: u32, slot: impl Fn(usize) -> Option<usize>) -> Self {
        let mut primed = Primed { heads: vec![NONE; 1 << bits], next: Vec::with_capacity(PRIMER.len()) };
        for at in 0..PRIMER.len() {
            let before = match slot(at) {
                Some(slot) => std::mem::replace(&mut primed.heads[slot], at as u32),
                None => NONE,
            };
            primed.next.push(before);
        }
        primed
    }
}

/// Chains that forget all but the primer in constant time.
#[derive(Debug)]
pub(super) struct Chains {
    /// Last position of each chain plus `base`; below `base`: none since the reset.
    heads: Vec<u32>,
    base: u32,
    /// For every position the one before it in its chain.
    next: Vec<u32>,
    primed: &'static Primed,
}

impl Chains {
    pub(super) fn new(primed: &'static Primed) -> Self {
        Chains { heads: vec![0; primed.heads.len()], base: 1, next: primed.next.clone(), primed }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        self.base += self.next.len() as u32;
        if self.base >= 1 << 31 {
            self.heads.fill(0);
            self.base = 1;
        }
        self.next.truncate(PRIMER.len());
    }

    /// The position that is added next.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.next.len()
    }

    /// Adds the next position to a chain.
    #[inline(always)]
    pub(super) fn push(&mut self, slot: usize) {
        let at = self.next.len() as u32;
        let before = self.newest(slot);
        self.next.push(before);
        self.heads[slot] = self.base + at;
    }

    /// Leaves out all positions below `end`.
    pub(super) fn skip(&mut self, end: usize) {
        self.next.resize(end.max(self.next.len()), NONE);
    }

    /// The newest position of a chain.
    #[inline(always)]
    pub(super) fn newest(&self, slot: usize) -> u32 {
        let head = self.heads[slot];
        if head >= self.base { head - self.base } else { self.primed.heads[slot] }
    }

    /// The position before this one in its chain.
    #[inline(always)]
    pub(super) fn before(&self, at: u32) -> u32 {
        self.next[at as usize]
    }
}
