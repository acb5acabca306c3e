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

/// How many chains are in use: all, or an eighth of them, which touches less memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breadth {
    Full = 0,
    Lean = 3,
}

impl Breadth {
    /// The chain of four bytes, by a multiplicative hash (2^32 divided by the golden ratio;
    /// Knuth, TAOCP volume 3, section 6.4).
    #[inline(always)]
    fn chain(self, bytes: &[u8]) -> usize {
        (four(bytes).wrapping_mul(0x9e37_79b1) >> (32 - BITS) >> self as u32) as usize
    }

    /// Chains as they are after the primer.
    fn primed(self) -> &'static Arc<Primed> {
        static FULL: LazyLock<Arc<Primed>> = LazyLock::new(|| Arc::new(Primed::new(PRIMER, Breadth::Full)));
        static LEAN: LazyLock<Arc<Primed>> = LazyLock::new(|| Arc::new(Primed::new(PRIMER, Breadth::Lean)));
        match self {
            Breadth::Full => &FULL,
            Breadth::Lean => &LEAN,
        }
    }
}

/// Chains as they are after some text that every history begins with.
#[derive(Debug)]
struct Primed {
    heads: Box<[Head; 1 << BITS]>,
    next: Vec<u32>,
    breadth: Breadth,
}

impl Primed {
    fn new(text: &[u8], breadth: Breadth) -> Self {
        let mut heads = Box::new([Head::default(); 1 << BITS]);
        let before = |(at, bytes)| std::mem::replace(&mut heads[breadth.chain(bytes)].primed, at as u32);
        let next = text.windows(4).enumerate().map(before).collect();
        Primed { next, heads, breadth }
    }
}

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
    pub(super) fn new(breadth: Breadth) -> Self {
        Chains::after(Arc::clone(breadth.primed()))
    }

    /// Chains that begin with `text`.
    pub(super) fn primed(text: &[u8]) -> Self {
        Chains::after(Arc::new(Primed::new(text, Breadth::Full)))
    }

    fn after(primed: Arc<Primed>) -> Self {
        Chains { heads: primed.heads.clone(), base: 1, next: primed.next.clone(), primed }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self, breadth: Breadth) {
        self.begin_after(breadth.primed());
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
        let Chains { heads, base, next, primed } = self;
        let breadth = primed.breadth;
        let from = next.len();
        let Some(added) = history.get(from..(end + 3).min(history.len())) else { return };
        next.extend(added.windows(4).enumerate().map(|(i, bytes)| {
            let head = &mut heads[breadth.chain(bytes)];
            let before = head.newest(*base);
            head.newest = *base + (from + i) as u32;
            before
        }));
    }

    /// The newest position that agrees with `bytes`.
    #[inline(always)]
    pub(super) fn newest(&self, bytes: &[u8]) -> u32 {
        self.heads[self.primed.breadth.chain(bytes)].newest(self.base)
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
