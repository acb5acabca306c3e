//! Chains through the positions of the history that agree in four bytes, more or less: for the encoder only.

use std::sync::LazyLock;

use super::primer::PRIMER;

/// End of a chain; no chain holds position 0.
pub(super) const NONE: u32 = 0;

/// log2 of the number of chains.
const BITS: u32 = 15;

/// The newest position of each chain.
type Heads = [u32; 1 << BITS];

/// The chain of four bytes, by a multiplicative hash (2^32 divided by the golden ratio;
/// Knuth, TAOCP volume 3, section 6.4).
#[inline(always)]
fn chain(bytes: &[u8]) -> usize {
    let word = bytes.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
    (word.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// Chains as they are when nothing but the primer was seen.
#[derive(Debug)]
struct Primed {
    heads: Box<Heads>,
    next: Vec<u32>,
}

static PRIMED: LazyLock<Primed> = LazyLock::new(|| {
    let mut heads = Box::new([NONE; 1 << BITS]);
    let next = PRIMER.windows(4).enumerate().map(|(at, bytes)| std::mem::replace(&mut heads[chain(bytes)], at as u32));
    Primed { next: next.collect(), heads }
});

/// Chains that forget all but the primer in constant time.
#[derive(Debug)]
pub(super) struct Chains {
    /// Newest position of each chain plus `base`; below `base`: none since the reset.
    heads: Box<Heads>,
    base: u32,
    /// For every position the one before it in its chain.
    next: Vec<u32>,
    primed: &'static Primed,
}

impl Chains {
    pub(super) fn new() -> Self {
        let primed = &*PRIMED;
        Chains { heads: Box::new([0; 1 << BITS]), base: 1, next: primed.next.clone(), primed }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        self.base += self.next.len() as u32;
        if self.base >= 1 << 31 {
            self.heads.fill(0);
            self.base = 1;
        }
        self.next.truncate(self.primed.next.len());
    }

    /// Adds all positions below `end` from which on there are four bytes.
    #[inline(always)]
    pub(super) fn extend(&mut self, history: &[u8], end: usize) {
        let Chains { heads, base, next, primed } = self;
        let from = next.len();
        let Some(added) = history.get(from..(end + 3).min(history.len())) else { return };
        next.extend(added.windows(4).enumerate().map(|(i, bytes)| {
            let chain = chain(bytes);
            let before = newest(heads[chain], *base, primed.heads[chain]);
            heads[chain] = *base + (from + i) as u32;
            before
        }));
    }

    /// The newest position that agrees with `bytes`.
    #[inline(always)]
    pub(super) fn newest(&self, bytes: &[u8]) -> u32 {
        let chain = chain(bytes);
        newest(self.heads[chain], self.base, self.primed.heads[chain])
    }

    /// The position before this one in its chain.
    #[inline(always)]
    pub(super) fn before(&self, at: u32) -> u32 {
        self.next[at as usize]
    }
}

#[inline(always)]
fn newest(head: u32, base: u32, primed: u32) -> u32 {
    if head >= base { head - base } else { primed }
}
