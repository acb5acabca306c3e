//! The order of a message's fields, as departures from the order in which its set was first seen.

use super::Model;
use super::template::Place;
use crate::coder::{Coder, Contexts, Ctx};

/// Fields in a row that follow the first order: fewer than this are one symbol.
const LONG_RUN: u32 = 15;

/// Contexts of arrangements.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArrangementRoots {
    /// By the number of departures so far.
    runs: Ctx,
}

impl ArrangementRoots {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        ArrangementRoots { runs: contexts.block(4) }
    }
}

impl Model {
    /// Codes what stands where in a message of `set`. An encoder gives `places`; both find them in `done`.
    ///
    /// Go iterates over a map from a random place on, so what follows a field is mostly what followed
    /// it in the first order, or the next field of that which is left.
    pub(super) fn arrangement<C: Coder>(
        &self,
        c: &mut C,
        set: u32,
        places: &[Place],
        done: &mut Vec<Place>,
    ) -> Option<()> {
        let first = self.templates.places(self.templates.first_order(set)?);
        let runs = self.roots.arrangement.runs;
        let mut left = Left::all(first.len());
        let mut departures = 0;
        // Where the field that is expected next stands in the first order.
        let mut next = 0;
        done.clear();
        while done.len() < first.len() {
            let before = done.len();
            if C::ENCODES {
                next = left.follow(first, next, places, done);
            }
            let run = c.symbol(runs.at(departures), (done.len() - before) as u32);
            // A decoder has taken none of them yet.
            for _ in done.len()..before + run as usize {
                next = left.take(left.find_around(next)?);
                done.push(first[next - 1]);
            }
            if run == LONG_RUN || done.len() == first.len() {
                continue;
            }
            departures = (departures + 1).min(3);
            let count = (first.len() - done.len()) as u32;
            let at = left.departure(c, first, count, places.get(done.len()).copied())?;
            next = left.take(at);
            done.push(first[at]);
        }
        Some(())
    }
}

/// The fields of the first order that have not come yet, a bit each. Few messages have more than a word of them.
#[derive(Clone, Debug)]
struct Left {
    first: u64,
    more: Vec<u64>,
}

impl Left {
    fn all(count: usize) -> Left {
        let word = |at: usize| match count.saturating_sub(64 * at) {
            left @ 0..64 => (1 << left) - 1,
            _ => u64::MAX,
        };
        Left { first: word(0), more: (1..count.div_ceil(64)).map(word).collect() }
    }

    fn words(&self) -> impl Iterator<Item = u64> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    /// Encoder: takes the fields that are as expected from `next` on, up to [`LONG_RUN`]. Returns where the one
    /// after them is expected.
    fn follow(&mut self, first: &[Place], mut next: usize, places: &[Place], done: &mut Vec<Place>) -> usize {
        for &place in places.iter().skip(done.len()).take(LONG_RUN as usize) {
            let Some(at) = self.find_around(next).filter(|at| first[*at] == place) else { break };
            next = self.take(at);
            done.push(place);
        }
        next
    }

    /// Codes which of the `count` fields that are left comes next. Returns where it stands in the first order.
    fn departure<C: Coder>(&self, c: &mut C, first: &[Place], count: u32, place: Option<Place>) -> Option<usize> {
        let (rank, at) = place.filter(|_| C::ENCODES).and_then(|place| self.find(first, place)).unzip();
        let rank = c.bits(rank.unwrap_or(0) as u64, u32::BITS - (count - 1).leading_zeros());
        at.or_else(|| self.fields().nth(rank as usize))
    }

    /// The first field left that is at home in `place`, as a rank among those left and as where it stands.
    fn find(&self, first: &[Place], place: Place) -> Option<(u32, usize)> {
        let mut rank = 0;
        for (at, (left, fields)) in self.words().zip(first.chunks(64)).enumerate() {
            let same = fields.iter().enumerate().fold(0, |same, (bit, field)| same | ((*field == place) as u64) << bit);
            let bit = (left & same).trailing_zeros();
            let before = left & 1u64.checked_shl(bit).map_or(u64::MAX, |end| end - 1);
            rank += before.count_ones();
            if bit < u64::BITS {
                return Some((rank, at * 64 + bit as usize));
            }
        }
        None
    }

    fn fields(&self) -> impl Iterator<Item = usize> {
        self.words().enumerate().flat_map(|(at, mut rest)| {
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(at * 64 + bit)
            })
        })
    }

    /// Takes a field. Returns where the one after it stands.
    #[inline(always)]
    fn take(&mut self, at: usize) -> usize {
        let word = if at < 64 { &mut self.first } else { &mut self.more[at / 64 - 1] };
        *word &= !(1 << (at % 64));
        at + 1
    }

    /// The first field from `next` on, or else from the start.
    #[inline(always)]
    fn find_around(&self, next: usize) -> Option<usize> {
        if !self.more.is_empty() {
            return self.find_from(next).or_else(|| self.find_from(0));
        }
        let from_next = if next < 64 { self.first & u64::MAX << next } else { 0 };
        let left = if from_next != 0 { from_next } else { self.first };
        (left != 0).then(|| left.trailing_zeros() as usize)
    }

    #[inline(never)]
    fn find_from(&self, next: usize) -> Option<usize> {
        let mut mask = u64::MAX << (next % 64);
        for (at, word) in self.words().enumerate().skip(next / 64) {
            if word & mask != 0 {
                return Some(at * 64 + (word & mask).trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }
}
