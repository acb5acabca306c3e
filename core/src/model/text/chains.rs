//! Chains through the positions of the history that agree in four bytes, more or less: for the encoder only.

use std::sync::{Arc, LazyLock};

use super::finder::four;
use super::primer::PRIMER;

/// End of a chain; no chain holds position 0.
pub(super) const NONE: u32 = 0;

/// log2 of the number of chains.
const BITS: u32 = 15;

/// The newest position of one chain.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    /// Plus [`Chains::base`]; below that: none since the reset.
    newest: u32,
    /// In the text that the history begins with. Beside the other, for where the one is not, the other is asked for.
    primed: u32,
}

/// The chain of four bytes, by a multiplicative hash (2^32 divided by the golden ratio;
/// Knuth, TAOCP volume 3, section 6.4).
#[inline(always)]
fn chain(bytes: &[u8]) -> usize {
    (four(bytes).wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// Chains as they are after some text that every history begins with.
#[derive(Debug)]
struct Primed {
    heads: Box<[Head; 1 << BITS]>,
    next: Vec<u32>,
}

impl Primed {
    fn new(text: &[u8]) -> Self {
        let mut heads = Box::new([Head::default(); 1 << BITS]);
        let before = |(at, bytes)| std::mem::replace(&mut heads[chain(bytes)].primed, at as u32);
        let next = text.windows(4).enumerate().map(before).collect();
        Primed { next, heads }
    }
}

/// After the primer.
static PRIMED: LazyLock<Arc<Primed>> = LazyLock::new(|| Arc::new(Primed::new(PRIMER)));

/// Chains that forget all but the text they begin with in constant time.
#[derive(Debug)]
pub(super) struct Chains {
    heads: Box<[Head; 1 << BITS]>,
    base: u32,
    /// For every position the one before it in its chain.
    next: Vec<u32>,
    primed: Arc<Primed>,
}

impl Chains {
    /// Chains that begin with the primer.
    pub(super) fn new() -> Self {
        Chains::after(Arc::clone(&PRIMED))
    }

    /// Chains that begin with `text`.
    pub(super) fn primed(text: &[u8]) -> Self {
        Chains::after(Arc::new(Primed::new(text)))
    }

    fn after(primed: Arc<Primed>) -> Self {
        Chains { heads: primed.heads.clone(), base: 1, next: primed.next.clone(), primed }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        self.begin_after(&PRIMED);
    }

    /// Forgets all but this text.
    fn begin_after(&mut self, primed: &Arc<Primed>) {
        self.base += self.next.len() as u32;
        if Arc::ptr_eq(&self.primed, primed) && self.base < 1 << 31 {
            self.next.truncate(primed.next.len());
        } else {
            self.heads.clone_from(&primed.heads);
            self.base = 1;
            self.next.clone_from(&primed.next);
            self.primed = Arc::clone(primed);
        }
    }

    /// Adds all positions below `end` from which on there are four bytes.
    #[inline(always)]
    pub(super) fn extend(&mut self, history: &[u8], end: usize) {
        let Chains { heads, base, next, .. } = self;
        let from = next.len();
        let Some(added) = history.get(from..(end + 3).min(history.len())) else { return };
        next.extend(added.windows(4).enumerate().map(|(i, bytes)| {
            let head = &mut heads[chain(bytes)];
            let before = head.newest(*base);
            head.newest = *base + (from + i) as u32;
            before
        }));
    }

    /// The newest position that agrees with `bytes`.
    #[inline(always)]
    pub(super) fn newest(&self, bytes: &[u8]) -> u32 {
        self.heads[chain(bytes)].newest(self.base)
    }

    /// The position before this one in its chain.
    #[inline(always)]
    pub(super) fn before(&self, at: u32) -> u32 {
        self.next[at as usize]
    }
}

/// A copy of chains that hold nothing but the text they begin with; others are copied as if they did.
impl Clone for Chains {
    fn clone(&self) -> Self {
        Chains::after(Arc::clone(&self.primed))
    }

    fn clone_from(&mut self, from: &Self) {
        self.begin_after(&from.primed);
    }
}

impl Head {
    #[inline(always)]
    fn newest(self, base: u32) -> u32 {
        // Which of them it is nobody can guess.
        std::hint::select_unpredictable(self.newest >= base, self.newest.wrapping_sub(base), self.primed)
    }
}
