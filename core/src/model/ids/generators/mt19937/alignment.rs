//! Where in the sequence drawn words stood, told by the words themselves.
//!
//! A word follows from two neighbours and one more: three units that fit (a *triple*) stood 397 and 624 words
//! apart, however roughly they are ordered. What the triples tie together is tied to the rest by its order.

use super::recogniser::Unit;
use super::words::{MIDDLE, STATE, twist};

/// Units between the first of a triple and the second, and the third, if nobody else drew.
const SECOND: usize = MIDDLE / 2;
pub(super) const THIRD: usize = STATE / 2;
/// How far before there and after it the second is looked for (draws of others bring units nearer together,
/// a doubtful order both ways), and how far off the third may be.
const BEFORE: usize = 24;
const AFTER: usize = 8;
pub(super) const FAR: usize = 48;
/// Neighbours that vote on the distance of two parts, and votes that decide.
const NEIGHBOURS: usize = 3;
const VOTES: usize = 3;
/// Units of a part that votes: the halves of a trace id alone hang on no triple.
const LEAST: usize = 3;
/// Rounds of votes; real ids need a few.
const ROUNDS: usize = 16;
/// Slots of a table that are looked at for a word.
const PROBES: usize = 16;

/// A word that a unit has: its lower half, which was drawn first, or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Half {
    pub unit: usize,
    pub upper: bool,
}

/// Three units of which the second has the word 397 after the first, and the third the one 624 after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triple {
    pub second: Half,
    pub third: Half,
}

impl Triple {
    /// Whether each of its units is the one after that of `before`.
    fn follows(self, before: Triple) -> bool {
        let after = |half: Half| Half { unit: half.unit + 1, ..half };
        (self.second, self.third) == (after(before.second), after(before.third))
    }
}

/// Halves by their words. Zeros are not kept, and of equal words the first.
#[derive(Debug)]
pub(super) struct Halves {
    words: Vec<u32>,
    halves: Vec<u32>,
    shift: u32,
}

impl Halves {
    /// Those of the units from `start` on.
    pub(super) fn new(units: &[Unit], start: usize, end: usize) -> Self {
        let units = units.get(start..end.min(units.len())).unwrap_or_default();
        let slots = (8 * units.len()).max(64).next_power_of_two();
        let mut made =
            Halves { words: vec![0; slots], halves: vec![0; slots], shift: u32::BITS - slots.trailing_zeros() };
        for (unit, words) in (start as u32..).zip(units) {
            made.insert(words.low, 2 * unit);
            made.insert(words.high, 2 * unit + 1);
        }
        made
    }

    /// Where `word` belongs. Only a few slots from there on are looked at: words can be chosen to crowd.
    #[inline]
    fn slots(&self, word: u32) -> std::ops::Range<usize> {
        let first = (word.wrapping_mul(0x9e37_79b1) >> self.shift) as usize;
        first..(first + PROBES).min(self.words.len())
    }

    fn insert(&mut self, word: u32, half: u32) {
        for slot in self.slots(word) {
            if self.words[slot] == 0 {
                (self.words[slot], self.halves[slot]) = (word, half);
            }
            if self.words[slot] == word {
                return;
            }
        }
    }

    #[inline]
    fn get(&self, word: u32) -> Option<Half> {
        for slot in self.slots(word) {
            let held = self.words[slot];
            if held == 0 {
                return None;
            }
            if held == word {
                let half = self.halves[slot];
                return Some(Half { unit: half as usize / 2, upper: half & 1 == 1 });
            }
        }
        None
    }
}

/// The triple whose first unit is `first`, if there is one; first the one is tried that is like that of the unit before.
pub(super) fn triple(units: &[Unit], halves: &Halves, first: usize, before: Option<Triple>) -> Option<Triple> {
    let twisted = twist(units.get(first)?.low, units.get(first)?.high);
    let middle = first + SECOND;
    let try_half = |unit: usize, upper: bool| {
        let words = units.get(unit)?;
        let third = halves.get(if upper { words.high } else { words.low } ^ twisted)?;
        (third.unit.abs_diff(first + THIRD) < FAR).then_some(Triple { second: Half { unit, upper }, third })
    };
    let near = || (middle - BEFORE..=middle + AFTER).rev();
    before
        .and_then(|Triple { second, .. }| try_half(second.unit + 1, second.upper))
        .or_else(|| near().find_map(|unit| try_half(unit, true).or_else(|| try_half(unit, false))))
}

/// The positions of units, relative to each other, of the largest part that hangs together.
pub(super) fn align(units: &[Unit]) -> Vec<Option<i64>> {
    let mut parts = Parts::new(units.len());
    for (unit, (this, _)) in units.iter().zip(units.iter().skip(1)).enumerate() {
        if this.continued {
            parts.join(unit, unit + 1, 2);
        }
    }
    let halves = Halves::new(units, THIRD - FAR, units.len());
    let mut before: Option<Triple> = None;
    let mut apart = THIRD - FAR;
    for first in 0..units.len() {
        if first + apart >= units.len() + AFTER {
            break; // thirds would lie behind the last unit
        }
        let found = triple(units, &halves, first, before);
        if let Some(found @ Triple { second, third }) = found {
            parts.join(first, second.unit, MIDDLE as i64 - i64::from(second.upper));
            parts.join(first, third.unit, STATE as i64 - i64::from(third.upper));
            // Three pairs of neighbours agree: they need no vote.
            if before.is_some_and(|before| found.follows(before)) {
                parts.join(first - 1, first, 2);
            }
        }
        apart = found.map_or(apart, |Triple { third, .. }| third.unit.saturating_sub(first));
        before = found;
    }
    for _ in 0..ROUNDS {
        if !parts.vote() {
            break;
        }
    }
    let mut positions = parts.largest();
    fill(&mut positions);
    positions
}

/// Units in parts in which positions are known relative to each other: union-find with distances.
#[derive(Debug)]
struct Parts {
    /// By unit: another of its part, or itself if it stands for the part; and how far after that one it stands.
    links: Vec<(usize, i64)>,
    sizes: Vec<usize>,
}

impl Parts {
    fn new(units: usize) -> Self {
        Parts { links: (0..units).map(|unit| (unit, 0)).collect(), sizes: vec![1; units] }
    }

    /// The unit that stands for the part, and how far after it `unit` stands.
    fn root(&mut self, unit: usize) -> (usize, i64) {
        let (mut at, mut distance) = (unit, 0);
        while let Some(&(next, step)) = self.links.get(at)
            && next != at
        {
            // Halves the path for the next time.
            if let Some(&(after, more)) = self.links.get(next) {
                if let Some(link) = self.links.get_mut(at) {
                    *link = (after, step + more);
                }
                distance += step + more;
                at = after;
            }
        }
        (at, distance)
    }

    fn size(&self, root: usize) -> usize {
        self.sizes.get(root).copied().unwrap_or(0)
    }

    /// Says that `second` stands `distance` words after `first`; what is known already stays.
    fn join(&mut self, first: usize, second: usize, distance: i64) {
        let ((root, at), (other, other_at)) = (self.root(first), self.root(second));
        let apart = at + distance - other_at; // of the roots
        if root == other {
            return;
        }
        let (below, above, apart) =
            if self.size(root) < self.size(other) { (root, other, -apart) } else { (other, root, apart) };
        let size = self.size(below);
        if let (Some(link), Some(sum)) = (self.links.get_mut(below), self.sizes.get_mut(above)) {
            *link = (above, apart);
            *sum += size;
        }
    }

    /// Joins parts whose units are neighbours, if most of these agree on the distance; says whether any were.
    fn vote(&mut self) -> bool {
        let mut votes = Vec::new();
        let roots: Vec<_> = (0..self.links.len()).map(|unit| self.root(unit)).collect();
        for (unit, &(root, at)) in roots.iter().enumerate() {
            for step in 1..=NEIGHBOURS {
                let Some(&(other, other_at)) = roots.get(unit + step) else { break };
                if root == other || self.size(root).min(self.size(other)) < LEAST {
                    continue;
                }
                let apart = at + 2 * step as i64 - other_at;
                votes.push(if root < other { (root, other, apart) } else { (other, root, -apart) });
            }
        }
        votes.sort_unstable();
        let mut joined = false;
        for pair in votes.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
            let mut counts: Vec<_> = pair.chunk_by(|one, next| one == next).map(|same| (same.len(), same)).collect();
            counts.sort_unstable_by_key(|(count, _)| std::cmp::Reverse(*count));
            let Some(&(count, &[(root, other, apart), ..])) = counts.first() else { continue };
            if count >= VOTES && counts.get(1).is_none_or(|(second, _)| count >= 2 * second) {
                self.join(root, other, apart);
                joined = true;
            }
        }
        joined
    }

    /// The positions of the units of the largest part.
    fn largest(&mut self) -> Vec<Option<i64>> {
        let largest = (0..self.sizes.len()).max_by_key(|root| self.size(*root));
        (0..self.links.len())
            .map(|unit| {
                let (root, at) = self.root(unit);
                (Some(root) == largest).then_some(at)
            })
            .collect()
    }
}

/// Gives units between two known ones their positions, if the words between those are theirs alone.
fn fill(positions: &mut [Option<i64>]) {
    let known: Vec<_> = positions.iter().enumerate().filter_map(|(unit, at)| Some((unit, (*at)?))).collect();
    for pair in known.windows(2) {
        let &[(unit, at), (next, next_at)] = pair else { continue };
        if next_at - at != 2 * (next - unit) as i64 {
            continue;
        }
        for (between, missing) in (unit..next).zip(positions.iter_mut().skip(unit)).skip(1) {
            *missing = Some(at + 2 * (between - unit) as i64);
        }
    }
}
