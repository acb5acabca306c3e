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
    /// Codes what stands where in a message of `set`. An encoder gives `places`; both get them back.
    ///
    /// Go iterates over a map from a random place on, so what follows a field is mostly what followed
    /// it in the first order, or the next field of that which is left.
    pub(super) fn arrangement<C: Coder>(&mut self, c: &mut C, set: u32, places: &[Place]) -> Option<Vec<Place>> {
        let first = self.templates.places(self.templates.first_order(set)?).to_vec();
        let roots = self.roots.arrangement;
        let mut left = vec![true; first.len()];
        let mut done = Vec::with_capacity(first.len());
        let mut departures = 0;
        // Where the field that is expected next stands in the first order.
        let mut next = 0;
        while done.len() < first.len() {
            let expected = follow(&first, &left, next, places.get(done.len()..).unwrap_or(&[]), C::ENCODES);
            let run = c.symbol(roots.runs.at(departures), expected.min(LONG_RUN));
            for _ in 0..run {
                next = next_left(&left, next)?;
                left[next] = false;
                done.push(first[next]);
                next += 1;
            }
            if run == LONG_RUN || done.len() == first.len() {
                continue;
            }
            departures = (departures + 1).min(3);
            next = self.departure(c, &first, &left, places.get(done.len()).copied())?;
            left[next] = false;
            done.push(first[next]);
            next += 1;
        }
        Some(done)
    }

    /// Codes which of the fields that are left comes next. Returns where it stands in the first order.
    fn departure<C: Coder>(&self, c: &mut C, first: &[Place], left: &[bool], place: Option<Place>) -> Option<usize> {
        let candidates = || (0..first.len()).filter(|at| left[*at]);
        let count = candidates().count() as u32;
        let rank = place.and_then(|place| candidates().position(|at| first[at] == place)).unwrap_or(0);
        let rank = c.bits(rank as u64, u32::BITS - (count - 1).leading_zeros());
        candidates().nth(rank as usize)
    }
}

/// How many of `places` are as expected.
fn follow(first: &[Place], left: &[bool], mut next: usize, places: &[Place], encodes: bool) -> u32 {
    if !encodes {
        return 0;
    }
    let mut left = left.to_vec();
    let mut run = 0;
    for place in places {
        match next_left(&left, next) {
            Some(at) if first[at] == *place => {
                left[at] = false;
                next = at + 1;
                run += 1;
            }
            _ => break,
        }
    }
    run
}

/// The first field from `next` on, and then from the start, that is left.
fn next_left(left: &[bool], next: usize) -> Option<usize> {
    (next..left.len()).chain(0..next.min(left.len())).find(|at| left[*at])
}
