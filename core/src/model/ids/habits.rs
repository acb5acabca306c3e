//! What has gone together so far: which spans are meant, by what was seen of them, and how far apart draws are.
//!
//! Both tables are small and forget by being overwritten: what they say only makes one thing likelier than another.

use crate::model::index::GOLDEN;
use crate::restore::Restore;

/// What of a span refers to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Own = 0,
    Parent = 1,
}

/// Pairs of a shape and a kind are told apart by so many bits.
const PAIR_BITS: u32 = 15;
/// Tells pairs with traces from those with spans.
const OF_TRACES: u32 = 1 << 31;
const STEP_BITS: u32 = 12;

#[derive(Debug)]
pub(super) struct Habits {
    /// Two bits for each pair of a shape and a kind of what was meant.
    pairs: Box<[u64; 1 << (PAIR_BITS - 5)]>,
    /// Steps between two draws, in zigzag form, by the shapes of their spans.
    steps: Box<[u16; 1 << STEP_BITS]>,
    /// Words of `pairs` that are in use, so that forgetting costs no more than learning did, and whether `steps` is.
    used_pairs: Vec<u16>,
    used_steps: bool,
}

impl Restore for Habits {
    fn restore(&mut self, from: &Self, _again: bool) {
        self.pairs.clone_from(&from.pairs);
        self.steps.clone_from(&from.steps);
        self.used_pairs.clone_from(&from.used_pairs);
        self.used_steps = from.used_steps;
    }
}

impl Habits {
    pub(super) const WEIGHT: usize = (2 << PAIR_BITS) / 8 + (2 << STEP_BITS);

    pub(super) fn new() -> Self {
        Habits {
            pairs: Box::new([0; 1 << (PAIR_BITS - 5)]),
            steps: Box::new([0; 1 << STEP_BITS]),
            used_pairs: Vec::new(),
            used_steps: false,
        }
    }

    pub(super) fn clear(&mut self) {
        for word in self.used_pairs.drain(..) {
            self.pairs[word as usize] = 0;
        }
        if std::mem::take(&mut self.used_steps) {
            self.steps.fill(0);
        }
    }

    /// The word of a pair, and where its bits are in it.
    #[inline(always)]
    fn pair(shape: u32, kind: u32) -> (usize, u32) {
        let pair = place(shape, kind, PAIR_BITS);
        (pair >> 5, 2 * (pair as u32 & 31))
    }

    /// Whether something of this kind was meant before by a span of this shape: as itself, and as its parent.
    #[inline(always)]
    pub(super) fn fits(&self, shape: u32, kind: u32) -> [bool; 2] {
        let (word, at) = Self::pair(shape, kind);
        let bits = self.pairs[word] >> at;
        [bits & 1 != 0, bits & 2 != 0]
    }

    #[inline(always)]
    pub(super) fn note(&mut self, relation: Relation, shape: u32, kind: u32) {
        let (word, at) = Self::pair(shape, kind);
        if self.pairs[word] == 0 {
            self.used_pairs.push(word as u16);
        }
        self.pairs[word] |= 1 << (at + relation as u32);
    }

    /// The same of a trace.
    #[inline(always)]
    pub(super) fn trace_fits(&self, shape: u32, kind: u32) -> bool {
        self.fits(shape ^ OF_TRACES, kind)[0]
    }

    #[inline(always)]
    pub(super) fn note_trace(&mut self, shape: u32, kind: u32) {
        self.note(Relation::Own, shape ^ OF_TRACES, kind);
    }

    /// Steps from where a draw was expected to where it was, when last a span of `shape` drew after one of `before`.
    pub(super) fn steps(&self, before: u32, shape: u32) -> i64 {
        let zigzag = self.steps[place(before, shape, STEP_BITS)] as i64;
        zigzag >> 1 ^ -(zigzag & 1)
    }

    /// Notes them; very many are not worth it.
    pub(super) fn note_steps(&mut self, before: u32, shape: u32, steps: i64) {
        self.steps[place(before, shape, STEP_BITS)] = u16::try_from(steps << 1 ^ steps >> 63).unwrap_or(0);
        self.used_steps = true;
    }
}

#[inline(always)]
fn place(first: u32, second: u32, bits: u32) -> usize {
    (((first as u64) << 32 | second as u64).wrapping_mul(GOLDEN) >> (u64::BITS - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_back_if_they_are_few() {
        let mut habits = Habits::new();
        for steps in [0, 3, -3, -0x8000, 0x7fff] {
            habits.note_steps(1, 2, steps);
            assert_eq!(habits.steps(1, 2), steps);
        }
        assert_eq!(habits.steps(2, 1), 0);
        for steps in [0x8000, -0x8001, i64::MIN, i64::MAX] {
            habits.note_steps(1, 2, steps);
            assert_eq!(habits.steps(1, 2), 0);
        }
    }

    #[test]
    fn what_was_meant_fits_again() {
        let mut habits = Habits::new();
        habits.note(Relation::Parent, 7, 9);
        assert_eq!(habits.fits(7, 9), [false, true]);
        assert_eq!(habits.fits(9, 7), [false, false]);
        habits.note_trace(7, 9);
        assert!(habits.trace_fits(7, 9) && !habits.trace_fits(9, 7));
        habits.clear();
        assert!(habits.fits(7, 9) == [false, false] && !habits.trace_fits(7, 9));
    }
}
