//! From words here and there to 624 in a row: each recurrence gives one word that it lacks.

use super::recogniser::Unit;
use super::words::{MIDDLE, REST, STATE, TOP, twist, untwist};

/// Positions over which known words may spread, and sweeps over them.
const EXTENT: i64 = 1 << 16;
const SWEEPS: usize = 16;

/// How far the words of a recurrence are from the first of them, and which of their bits take part in it.
const RECURRENCE: [usize; 4] = [0, 1, MIDDLE, STATE];
const BITS: [u32; 4] = [TOP, REST, !0, !0];

/// Words of the sequence, of some of which all or a few bits are known.
#[derive(Clone, Debug)]
struct Words {
    words: Vec<u32>,
    known: Vec<u32>,
}

/// Words that units at known positions have.
#[derive(Debug)]
pub(super) struct Known {
    low: i64,
    words: Words,
}

/// A state, and words by which it is judged.
#[derive(Debug)]
pub(super) struct Solution {
    /// The position of the first word of the state.
    pub(super) start: i64,
    pub(super) state: Box<[u32; STATE]>,
    /// Other words, with their positions in ascending order.
    pub(super) others: Vec<(i64, u32)>,
}

impl Known {
    pub(super) fn new(units: &[Unit], positions: &[Option<i64>]) -> Option<Self> {
        let known = || units.iter().zip(positions).filter_map(|(unit, position)| Some((unit, (*position)?)));
        let (low, high) = (known().map(|(_, at)| at).min()?, known().map(|(_, at)| at).max()?);
        if high - low > EXTENT {
            return None;
        }
        let mut words = Words::new((high - low) as usize + 2);
        for (unit, at) in known() {
            words.add((at - low) as usize, unit.low, !0);
            words.add((at - low) as usize + 1, unit.high, !0);
        }
        Some(Known { low, words })
    }

    /// The last 624 words in a row, judged by all others.
    pub(super) fn in_a_row(&self) -> Option<Solution> {
        let mut solution = self.solution(&self.words, self.words.last_state()?);
        solution.others.retain(|(at, _)| !(0..STATE as i64).contains(&(at - solution.start)));
        Some(solution)
    }

    /// The last 624 words in a row that follow from the others, judged by those that a recurrence confirms.
    pub(super) fn peel(mut self) -> Option<Solution> {
        let confirmed = self.words.confirmed();
        let mut words = confirmed.clone();
        words.sweep();
        let last = words.last_state().or_else(|| {
            // Too few words for recurrences to confirm enough of them: those in doubt are likely right, too.
            words.add_all(&self.words);
            words.sweep();
            words.last_state()
        })?;
        Some(self.solution(&confirmed, last))
    }

    fn solution(&self, others: &Words, (start, state): (usize, Box<[u32; STATE]>)) -> Solution {
        let others = (self.low..).zip(others.words.iter().zip(&others.known));
        let others = others.filter(|(_, (_, known))| **known == !0).map(|(at, (word, _))| (at, *word)).collect();
        Solution { start: self.low + start as i64, state, others }
    }
}

impl Words {
    fn new(words: usize) -> Self {
        Words { words: vec![0; words], known: vec![0; words] }
    }

    /// What is known of the word at `at`, and which bits.
    fn get(&self, at: usize) -> (u32, u32) {
        (self.words.get(at).copied().unwrap_or(0), self.known.get(at).copied().unwrap_or(0))
    }

    /// Adds what bits of a word are; those known already stay. Says whether any were new.
    fn add(&mut self, at: usize, word: u32, bits: u32) -> bool {
        let (Some(held), Some(known)) = (self.words.get_mut(at), self.known.get_mut(at)) else { return false };
        let new = bits & !*known;
        *held |= word & new;
        *known |= new;
        new != 0
    }

    /// Whether the recurrence that begins at `at` holds, if all its words are known.
    fn holds(&self, at: usize) -> Option<bool> {
        let [(first, a), (second, b), (middle, c), (last, d)] = RECURRENCE.map(|distance| self.get(at + distance));
        (a & b & c & d == !0).then(|| last == middle ^ twist(first, second))
    }

    /// The bits that a recurrence confirms. Forgets those that only deny one: two neighbours in the wrong order.
    fn confirmed(&mut self) -> Self {
        let (mut confirmed, mut denied) = (Words::new(self.words.len()), Words::new(self.words.len()));
        for at in 0..self.words.len().saturating_sub(STATE) {
            let Some(holds) = self.holds(at) else { continue };
            let marked = if holds { &mut confirmed } else { &mut denied };
            for (at, bits) in RECURRENCE.map(|distance| at + distance).into_iter().zip(BITS) {
                marked.add(at, self.get(at).0, bits);
            }
        }
        for ((known, confirmed), denied) in self.known.iter_mut().zip(&confirmed.known).zip(&denied.known) {
            *known &= confirmed | !denied;
        }
        confirmed
    }

    fn add_all(&mut self, other: &Self) {
        for (at, (word, known)) in other.words.iter().zip(&other.known).enumerate() {
            self.add(at, *word, *known);
        }
    }

    /// Solves recurrences, upwards and downwards, until none gives anything new.
    fn sweep(&mut self) {
        let recurrences = self.words.len().saturating_sub(STATE);
        for _ in 0..SWEEPS {
            let mut new = false;
            for at in 0..recurrences {
                new |= self.solve(at);
            }
            for at in (0..recurrences).rev() {
                new |= self.solve(at);
            }
            if !new {
                return;
            }
        }
    }

    /// Solves the recurrence that begins at `at`, if one of its three parts is missing.
    fn solve(&mut self, at: usize) -> bool {
        let [a, b, c, d] = RECURRENCE.map(|distance| self.known.get(at + distance).copied().unwrap_or(0));
        let missing = (a & TOP | b & REST != !0, c != !0, d != !0);
        if !matches!(missing, (false, false, true) | (false, true, false) | (true, false, false)) {
            return false;
        }
        let [first, second, middle, last] = RECURRENCE.map(|distance| self.get(at + distance).0);
        match missing {
            (_, _, true) => self.add(at + STATE, middle ^ twist(first, second), !0),
            (_, true, _) => self.add(at + MIDDLE, last ^ twist(first, second), !0),
            _ => {
                let both = untwist(last ^ middle);
                self.add(at, both, TOP) | self.add(at + 1, both, REST)
            }
        }
    }

    /// The last 624 known words in a row.
    fn last_state(&self) -> Option<(usize, Box<[u32; STATE]>)> {
        let mut row = 0;
        let start = (0..self.known.len()).rev().find(|at| {
            row = if self.get(*at).1 == !0 { row + 1 } else { 0 };
            row == STATE
        })?;
        let state = self.words.get(start..)?.first_chunk()?;
        Some((start, Box::new(*state)))
    }
}
