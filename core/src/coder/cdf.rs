//! Adaptive distributions over an alphabet of sixteen, as cumulative frequencies of 15 bits.
//!
//! The update moves every cumulative frequency a fraction `2^-rate` towards that of the symbol seen,
//! as in AV1's multi-symbol coder (AV1 bitstream specification, section 8.2.6) and Fabian Giesen's
//! "Models for adaptive arithmetic coding" (2015). The rate falls with the number of updates.

use super::lanes::count_below;
use super::mix::{Mixing, Tree};
use super::prior::Prior;
use crate::restore::{Restore, Tracked};

/// Bits of a probability.
pub(crate) const PROB_BITS: u32 = 15;
pub(super) const TOTAL: u16 = 1 << PROB_BITS;

/// Least frequency that adaptation leaves to a symbol.
const FLOOR: u16 = 2;

/// Where the last lane ends up: a context of this age has seen so many symbols that its rate stays.
const OLD: u16 = 0x7fff;

/// The cumulative frequencies that symbol `s` pulls towards, and the age that every symbol does.
///
/// The last row is of no symbol: if the last lane were the same in all rows, the compiler would move it apart
/// and split the others into narrow pieces, and a context that is read whole soon after would be waited for.
const TARGETS: [[u16; 16]; 17] = {
    let mut table = [[TOTAL + OLD; 16]; 17];
    table[16][15] = TOTAL;
    let mut s = 0;
    while s < 16 {
        let mut i = 0;
        while i < 15 {
            table[s][i] = if i < s { FLOOR * (i as u16 + 1) } else { TOTAL - FLOOR * (15 - i as u16) };
            i += 1;
        }
        s += 1;
    }
    table
};

/// What of the lanes counts as the low and the high end of a symbol: nothing of the last lane is the low end of
/// symbol 0, and nothing but `TOTAL` the high end of symbol 15.
const ENDS: [(u32, u32); 16] = {
    let mut ends = [(u16::MAX as u32, u16::MAX as u32); 16];
    ends[0].0 = 0;
    ends[15].1 = TOTAL as u32;
    ends
};

/// Updates that each rate is kept for, from 1 on; the last one stays.
const STEPS: [usize; 7] = [1, 2, 4, 11, 31, 94, 1];

/// Updates up to which the rate changes.
const COUNTED: usize = STEPS[0] + STEPS[1] + STEPS[2] + STEPS[3] + STEPS[4] + STEPS[5] + STEPS[6];

/// Adaptation rate after so many updates.
const RATES: [u32; COUNTED] = {
    let mut rates = [0; COUNTED];
    let (mut n, mut rate) = (0, 0);
    while rate < STEPS.len() {
        let end = n + STEPS[rate];
        rate += 1;
        while n < end {
            rates[n] = rate as u32;
            n += 1;
        }
    }
    rates
};

/// Age of a context after so many updates.
pub(super) const AGES: [u16; COUNTED] = {
    let mut ages = [0; COUNTED];
    let mut n = 1;
    while n < COUNTED {
        ages[n] = ages[n - 1] + ((OLD - ages[n - 1]) >> RATES[n - 1]);
        n += 1;
    }
    ages
};

/// Adaptation rate by the high byte of the last lane, which ages with the same rate share.
const RATE_OF_AGE: [u8; 256] = {
    let mut table = [0; 256];
    let (mut high, mut n) = ((TOTAL >> 8) as usize, 0);
    while high < table.len() {
        while n + 1 < AGES.len() && ((TOTAL + AGES[n + 1]) >> 8) as usize <= high {
            n += 1;
        }
        table[high] = RATES[n] as u8;
        high += 1;
    }
    table
};

/// What is looked up for each symbol: in one place, so that there is one address to keep in a register.
struct Tables {
    rates: [u8; 256],
    ends: [(u32, u32); 16],
    targets: [[u16; 16]; 17],
}

static TABLES: Tables = Tables { rates: RATE_OF_AGE, ends: ENDS, targets: TARGETS };

/// Handle of one context in [`Contexts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ctx(u32);

impl Ctx {
    /// Not a context.
    pub(crate) const NONE: Ctx = Ctx(u32::MAX);

    /// The context `offset` places on, in a block that was made at once.
    pub(crate) fn at(self, offset: u32) -> Ctx {
        Ctx(self.0 + offset)
    }

    #[inline(always)]
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

/// One adaptive distribution. Lane `i < 15` is the frequency of all symbols up to `i`. Lane 15 is `TOTAL`
/// (which makes it the end of the last symbol) plus the context's age: it chases a target like the other
/// lanes, and how near it has come says how many symbols were learnt, hence how fast to learn the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cdf(pub(super) [u16; 16]);

impl Cdf {
    pub(super) const UNIFORM: Cdf = {
        let mut lanes = [0; 16];
        let mut i = 0;
        while i < 16 {
            lanes[i] = (i as u16 + 1) * (TOTAL / 16);
            i += 1;
        }
        Cdf(lanes)
    };

    /// Number of updates, as far as they are counted.
    pub(super) fn count(&self) -> usize {
        AGES.iter().take_while(|age| **age < self.0[15] - TOTAL).count()
    }

    /// Counts at most `count` updates from now on, so that it learns faster.
    #[inline(always)]
    pub(super) fn limit(&mut self, count: usize) {
        self.0[15] = self.0[15].min(TOTAL + AGES[count]);
    }

    /// End of the interval of `symbol`.
    pub(super) fn end(&self, symbol: usize) -> u16 {
        self.0[symbol & 15].min(TOTAL)
    }

    /// First value and width of the interval of `symbol`.
    #[inline(always)]
    pub(crate) fn interval(&self, symbol: usize) -> (u32, u32) {
        let (low, high) = TABLES.ends[symbol & 15];
        let low = self.0[symbol.wrapping_sub(1) & 15] as u32 & low;
        let high = self.0[symbol & 15] as u32 & high;
        (low, high - low)
    }

    /// The symbol whose interval holds `value < TOTAL`.
    #[inline(always)]
    pub(crate) fn find(&self, value: u32) -> usize {
        // Lane 15 is at least TOTAL, so it never counts.
        count_below(&self.0, value as u16)
    }

    /// Learns that `symbol` has occurred.
    #[inline(always)]
    pub(crate) fn adapt(&mut self, symbol: usize) {
        let rate = TABLES.rates[(self.0[15] >> 8) as usize];
        let (lanes, targets) = (self.0, &TABLES.targets[symbol & 15]);
        self.0 =
            std::array::from_fn(|i| lanes[i].wrapping_add((targets[i].wrapping_sub(lanes[i]) as i16 >> rate) as u16));
    }
}

/// All contexts of one direction of a codec: distributions, or trees of decisions if they are mixed.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    pub(super) cdfs: Tracked<Cdf>,
    trees: Tracked<Tree>,
    mixing: Option<Box<Mixing>>,
    /// What blocks know at first, by the numbers of their contexts.
    prior: Option<&'static Prior>,
}

impl Restore for Contexts {
    /// Both have to be for the same coder.
    fn restore(&mut self, from: &Self, again: bool) {
        self.cdfs.restore(&from.cdfs, again);
        self.trees.restore(&from.trees, again);
        if let Some(mixing) = &mut self.mixing {
            mixing.clear();
        }
    }
}

impl Contexts {
    /// Contexts for the coders of level 9.
    pub(crate) fn mixing() -> Self {
        Contexts { mixing: Some(Box::new(Mixing::new())), ..Contexts::default() }
    }

    /// Forgets all contexts but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.cdfs.clear();
        self.trees.clear();
        if let Some(mixing) = &mut self.mixing {
            mixing.clear();
        }
    }

    /// Forgets all contexts; blocks made from now on know at first what `prior` does.
    pub(crate) fn begin(&mut self, prior: &'static Prior) {
        self.clear();
        self.prior = Some(prior);
        if self.mixing.is_some() { self.trees.reserve(ROOM) } else { self.cdfs.reserve(ROOM) }
    }

    /// Contexts that know what these do, for coders that mix, or for those that do not if these do not.
    pub(crate) fn made_for(&self, mixes: bool) -> Self {
        if !mixes {
            return Contexts { cdfs: self.cdfs.clone(), ..Contexts::default() };
        }
        let trees: Vec<Tree> = self.cdfs.iter().map(|cdf| Tree::from_cdf(cdf, cdf.count() as u32)).collect();
        Contexts { trees: trees.into(), ..Contexts::mixing() }
    }

    /// `count` new contexts in a row, as the prior has them, else with all symbols equally likely; the handle of the
    /// first.
    pub(crate) fn block(&mut self, count: usize) -> Ctx {
        self.learnt(self.prior, self.cdfs.len() + self.trees.len(), count)
    }

    /// New contexts that know what `count` of those from number `source` on do in `prior`.
    pub(crate) fn adopt(&mut self, prior: &Prior, source: usize, count: usize) -> Ctx {
        self.learnt(Some(prior), source, count)
    }

    fn learnt(&mut self, prior: Option<&Prior>, source: usize, count: usize) -> Ctx {
        if self.mixing.is_some() {
            extend(&mut self.trees, prior.map_or(&[], Prior::trees), source, count, Tree::NEW)
        } else {
            extend(&mut self.cdfs, prior.map_or(&[], |prior| &prior.cdfs), source, count, Cdf::UNIFORM)
        }
    }

    /// A copy of one context; it keeps the counts but learns anew a little faster.
    pub(crate) fn fork(&mut self, parent: Ctx) -> Ctx {
        let Some(&(mut cdf)) = self.cdfs.get(parent.0 as usize) else { return self.fork_block(parent, 1) };
        cdf.limit(FORK_COUNT);
        self.cdfs.push(cdf);
        Ctx(self.cdfs.len() as u32 - 1)
    }

    /// A copy of `count` contexts in a row.
    pub(crate) fn fork_block(&mut self, parent: Ctx, count: usize) -> Ctx {
        let parents = parent.0 as usize..parent.0 as usize + count;
        if self.mixing.is_some() {
            let first = Ctx(self.trees.len() as u32);
            for i in parents {
                self.trees.push(self.trees[i].limited(FORK_COUNT as u32));
            }
            return first;
        }
        let first = Ctx(self.cdfs.len() as u32);
        self.cdfs.extend_from_within(parents).iter_mut().for_each(|cdf| cdf.limit(FORK_COUNT));
        first
    }

    #[inline(always)]
    pub(crate) fn get(&mut self, ctx: Ctx) -> &mut Cdf {
        &mut self.cdfs[ctx.0 as usize]
    }

    /// The tree of a context and what it is mixed with.
    #[inline(always)]
    pub(super) fn mixed(&mut self, ctx: Ctx) -> (Option<&mut Tree>, Option<&mut Mixing>) {
        (self.trees.get_mut(ctx.0 as usize), self.mixing.as_deref_mut())
    }

    /// Bytes held.
    pub(crate) fn weight(&self) -> usize {
        self.cdfs.len() * size_of::<Cdf>()
            + self.trees.len() * size_of::<Tree>()
            + self.mixing.as_ref().map_or(0, |mixing| mixing.weight())
    }
}

/// Adds `count` of `known` from `source` on, or `new` where it has none; the handle of the first.
#[inline(always)]
fn extend<T: Copy>(all: &mut Tracked<T>, known: &[T], source: usize, count: usize, new: T) -> Ctx {
    let first = all.len();
    let known = known.get(source..).unwrap_or(&[]);
    all.extend_from_slice(&known[..count.min(known.len())]);
    all.resize(first + count, new);
    Ctx(first as u32)
}

/// Contexts that there is room for at once: more than those of a new model and a small batch.
const ROOM: usize = 1280;

/// Count of updates that a forked context starts with: its parent's knowledge, half trusted.
pub(super) const FORK_COUNT: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_keeps_a_place() {
        for s in 0..16 {
            let mut cdf = Cdf::UNIFORM;
            for _ in 0..10_000 {
                cdf.adapt(s);
            }
            let mut at = 0;
            for t in 0..16 {
                let (low, width) = cdf.interval(t);
                assert_eq!(low, at);
                assert!(width >= 1, "symbol {t} lost its place to {s}");
                assert_eq!(cdf.find(low), t);
                assert_eq!(cdf.find(low + width - 1), t);
                at = low + width;
            }
            assert_eq!(at, 1 << PROB_BITS);
        }
    }
}
