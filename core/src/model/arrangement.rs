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
            let expected = match places.get(done.len()..) {
                Some(places) if C::ENCODES => follow(first, &left, next, places),
                _ => 0,
            };
            let run = c.symbol(runs.at(departures), expected);
            for _ in 0..run {
                next = left.take_from(next)?;
                done.push(first[next]);
                next += 1;
            }
            if run == LONG_RUN || done.len() == first.len() {
                continue;
            }
            departures = (departures + 1).min(3);
            let count = (first.len() - done.len()) as u32;
            next = departure(c, first, (&left, count), places.get(done.len()).copied())?;
            left.take_from(next)?;
            done.push(first[next]);
            next += 1;
        }
        Some(())
    }
}

/// Codes which of the `count` fields that are left comes next. Returns where it stands in the first order.
fn departure<C: Coder>(c: &mut C, first: &[Place], (left, count): (&Left, u32), place: Option<Place>) -> Option<usize> {
    let rank = left.fields().position(|at| Some(first[at]) == place).unwrap_or(0);
    let rank = c.bits(rank as u64, u32::BITS - (count - 1).leading_zeros());
    left.fields().nth(rank as usize)
}

/// How many of `places` are as expected, up to [`LONG_RUN`]. As many fields are left, so none comes twice.
fn follow(first: &[Place], left: &Left, mut next: usize, places: &[Place]) -> u32 {
    let follows = |place: &&Place| match left.find_around(next) {
        Some(at) if first[at] == **place => {
            next = at + 1;
            true
        }
        _ => false,
    };
    places.iter().take(LONG_RUN as usize).take_while(follows).count() as u32
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

    fn fields(&self) -> impl Iterator<Item = usize> {
        self.words().enumerate().flat_map(|(at, mut rest)| {
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(at * 64 + bit)
            })
        })
    }

    /// Takes the first field from `next` on, or else from the start.
    #[inline(always)]
    fn take_from(&mut self, next: usize) -> Option<usize> {
        let at = self.find_around(next)?;
        let word = if at < 64 { &mut self.first } else { &mut self.more[at / 64 - 1] };
        *word &= !(1 << (at % 64));
        Some(at)
    }

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
