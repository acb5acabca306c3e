//! What has gone together so far: which spans are meant, by what was seen of them, and how far apart draws are.
//!
//! Both tables are small and forget by being overwritten: what they say only makes one thing likelier than another.

use crate::clone::clone_in_place;
use crate::model::index::GOLDEN;

/// What of a span refers to another one, or to a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Own = 0,
    Parent = 1,
    Trace = 2,
}

const PAIR_BITS: u32 = 16;
const STEP_BITS: u32 = 12;

#[derive(Debug)]
pub(super) struct Habits {
    /// A bit for each relation, shape and kind of what was meant.
    pairs: Box<[u64; 1 << (PAIR_BITS - 6)]>,
    /// Steps between two draws, in zigzag form, by the shapes of their spans.
    steps: Box<[u16; 1 << STEP_BITS]>,
    /// Words of `pairs` that are in use, so that forgetting costs no more than learning did, and whether `steps` is.
    used_pairs: Vec<u16>,
    used_steps: bool,
}

clone_in_place!(Habits { pairs, steps, used_pairs, used_steps });

impl Habits {
    pub(super) const WEIGHT: usize = (1 << PAIR_BITS) / 8 + (2 << STEP_BITS);

    pub(super) fn new() -> Self {
        Habits {
            pairs: Box::new([0; 1 << (PAIR_BITS - 6)]),
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

    /// The word and the bit of a pair.
    #[inline(always)]
    fn pair(relation: Relation, shape: u32, kind: u32) -> (usize, u64) {
        let place = place(shape << 2 | relation as u32, kind, PAIR_BITS);
        (place >> 6, 1 << (place & 63))
    }

    /// Whether something of this kind was meant by a span of this shape before.
    #[inline(always)]
    pub(super) fn fits(&self, relation: Relation, shape: u32, kind: u32) -> bool {
        let (word, bit) = Self::pair(relation, shape, kind);
        self.pairs[word] & bit != 0
    }

    #[inline(always)]
    pub(super) fn note(&mut self, relation: Relation, shape: u32, kind: u32) {
        let (word, bit) = Self::pair(relation, shape, kind);
        if self.pairs[word] == 0 {
            self.used_pairs.push(word as u16);
        }
        self.pairs[word] |= bit;
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
        assert!(habits.fits(Relation::Parent, 7, 9));
        assert!(!habits.fits(Relation::Own, 7, 9) && !habits.fits(Relation::Parent, 9, 7));
        habits.clear();
        assert!(!habits.fits(Relation::Parent, 7, 9));
    }
}
