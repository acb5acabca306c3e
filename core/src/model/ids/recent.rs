//! The traces that were in use last, for spans of a few requests mostly take turns.

use super::NONE;

/// Traces that are remembered.
pub(super) const RECENT: usize = 11;
/// The rank of the one that a new one takes the place of.
pub(super) const LAST: u32 = RECENT as u32 - 1;
/// Bits of a place's number.
const DIGIT: u32 = 4;
/// A one in each digit.
const EACH: u64 = u64::MAX / 15;

/// Traces in places, and the order of these. Which one comes next is as good as random, so nothing branches on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recent {
    traces: [u32; RECENT],
    /// Encoder: some bits of their ids.
    tags: [u32; RECENT],
    /// A digit for each place, that of the trace in use last first (in the low bits).
    order: u64,
}

impl Recent {
    pub(super) const NONE: Recent = Recent { traces: [NONE; RECENT], tags: [0; RECENT], order: 0x0a98_7654_3210 };

    pub(super) fn current(&self) -> u32 {
        self.traces[self.place(0)]
    }

    /// The trace of a rank, that in use last being first.
    pub(super) fn get(&self, rank: u32) -> Option<u32> {
        (rank < RECENT as u32).then(|| self.traces[self.place(rank)])
    }

    /// The rank of a trace, the last one if it is not there.
    pub(super) fn rank_of(&self, trace: u32) -> u32 {
        place_of(&self.traces, trace).map_or(LAST, |place| self.rank(place))
    }

    /// Encoder: the rank of a trace that may be the one with this tag, and its number.
    #[inline]
    pub(super) fn find(&self, tag: u32) -> (u32, u32) {
        let place = place_of(&self.tags, tag).unwrap_or(self.place(LAST));
        (self.rank(place), self.traces[place])
    }

    /// Puts a trace, which has this rank or takes the place of the one that has, in front.
    #[inline]
    pub(super) fn promote(&mut self, rank: u32, trace: u32, tag: u32) {
        let place = self.place(rank);
        (self.traces[place], self.tags[place]) = (trace, tag);
        let at = DIGIT * rank;
        let before = self.order & ((1 << at) - 1);
        let behind = self.order >> at >> DIGIT << at;
        self.order = (behind | before) << DIGIT | place as u64;
    }

    #[inline(always)]
    fn place(&self, rank: u32) -> usize {
        (self.order >> (DIGIT * rank) & 15) as usize % RECENT
    }

    #[inline(always)]
    fn rank(&self, place: usize) -> u32 {
        let differs = self.order ^ (EACH * place as u64);
        // Of the digits that are zero, the lowest one is certain.
        (differs.wrapping_sub(EACH) & !differs & EACH << 3).trailing_zeros() / DIGIT
    }
}

#[inline(always)]
fn place_of(items: &[u32; RECENT], item: u32) -> Option<usize> {
    let places = items.iter().zip(0..).fold(0u32, |places, (it, at)| places | ((*it == item) as u32) << at);
    (places != 0).then_some(places.trailing_zeros() as usize % RECENT)
}
