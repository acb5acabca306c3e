//! Recognises MT19937 in the ids of a process, in one batch or over many small ones.

use super::alignment::{FAR, Halves, THIRD, align, triple};
use super::peeling::{Known, Solution};
use super::words::{drawn, pair};
use super::{Draw, Generator, Mt19937};

/// Units with which a lock may come: triples span 312.
const FEWEST: usize = THIRD + 18;
/// Units kept at most: who has not been locked then draws too much elsewhere, or is sampled.
const MOST: usize = 8192;
/// Of the first units of a process the gate tries every fourth one, and two triples open it (of random ids
/// one unit in 2^18 has one). It needs the units in which their thirds can be.
const TRIED: usize = 32;
const OPENS: usize = 2;
const GATE: usize = THIRD + FAR + TRIED;
/// Words by which a state is judged must be so many, and all right; those that recurrences have confirmed nearly all.
const SURE: usize = 32;
const NEARLY: usize = 16;
/// Units taken from one batch: enough for a lock, if there is to be one.
const PIECE: usize = 1024;
/// Times that the gate may stay shut, or so many units of one batch come to nothing.
const FAILURES: u32 = 3;

/// 64 bits drawn at once, as words of the state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub(super) low: u32,
    pub(super) high: u32,
    /// Whether the next unit was drawn with it: they are the halves of a trace id.
    pub(super) continued: bool,
}

/// Collects what a process draws until its sequence is known, or is found not to be one.
#[derive(Debug, Default)]
pub(crate) struct Recogniser {
    units: Vec<Unit>,
    /// Whether they are those of ids with their bytes in reverse.
    reversed: bool,
    failed: u32,
    /// Whether there were triples.
    open: bool,
    /// Units with which the next lock is tried.
    next: usize,
    over: bool,
}

impl Recogniser {
    /// Draws that say whether more of them are worth a look.
    pub(crate) const GATE: usize = GATE;

    /// Adds the draws of a batch. The sequence, once it is known: the first of these draws that is found in it
    /// is at the position expected first.
    pub(crate) fn push(&mut self, draws: &[Draw]) -> Option<Mt19937> {
        if self.over {
            return None;
        }
        let (mut rest, before) = (draws.iter(), self.units.len());
        if !self.open {
            // Most ids are another generator's: no more of them are looked at than need be.
            self.add(&mut rest, GATE);
            if self.units.len() < FEWEST || !self.passes() {
                return None;
            }
        }
        self.add(&mut rest, MOST.min(self.units.len() + PIECE));
        if self.units.len() < self.next {
            return None;
        }
        let locked = self.lock(draws, before);
        self.next = self.units.len() + self.units.len() / 2;
        if rest.next().is_some() && self.units.len() < MOST {
            self.fail(); // what comes next does not follow upon this
        }
        if locked.is_some() || self.units.len() >= MOST {
            self.end();
        }
        locked
    }

    /// One that tries less often if nothing speaks for this family.
    pub(crate) fn new(likely: bool) -> Self {
        Recogniser { failed: if likely { 0 } else { FAILURES - 1 }, ..Recogniser::default() }
    }

    /// Whether the ids seem to be of this family.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// Whether nothing more will be recognised: the sequence was given, or the ids are not of this family.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Bytes held.
    #[cfg(test)]
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.units.capacity() * size_of::<Unit>()
    }

    /// Adds draws while there are fewer units than `enough`.
    fn add<'a>(&mut self, draws: &mut impl Iterator<Item = &'a Draw>, enough: usize) {
        let before = self.units.len();
        while self.units.len() < enough
            && let Some(draw) = draws.next()
        {
            if let Some((high, low)) = draw.trace {
                self.units.push(unit(low, true));
                self.units.push(unit(high, false));
            }
            self.units.push(unit(draw.span, false));
        }
        if self.reversed {
            reverse(self.units.get_mut(before..).unwrap_or_default());
        }
    }

    /// Whether there are triples among the first units, if need be in reverse. If not, these are dropped.
    fn passes(&mut self) -> bool {
        self.open = self.has_triples();
        if !self.open {
            self.reversed = !self.reversed;
            reverse(&mut self.units);
            self.open = self.has_triples();
        }
        if !self.open {
            self.fail();
        }
        self.open
    }

    fn has_triples(&self) -> bool {
        let halves = Halves::new(&self.units, THIRD - FAR, GATE);
        let triples = (0..TRIED).step_by(4).filter_map(|first| triple(&self.units, &halves, first, None));
        triples.take(OPENS).count() == OPENS
    }

    /// Drops the units: nothing was to be had from them.
    fn fail(&mut self) {
        self.units.clear();
        self.next = 0;
        self.failed += 1;
        if self.failed == FAILURES {
            self.end();
        }
    }

    /// One that recognises nothing.
    pub(crate) fn over() -> Self {
        Recogniser { over: true, ..Recogniser::default() }
    }

    fn end(&mut self) {
        *self = Recogniser::over();
    }

    /// The sequence, counted from the first of `draws` that is found in it: they are the units after the first
    /// `before` ones.
    fn lock(&self, draws: &[Draw], before: usize) -> Option<Mt19937> {
        let positions = align(&self.units);
        let known = Known::new(&self.units, &positions)?;
        let plain = known.in_a_row().and_then(|solution| self.judged(solution, 0));
        let (start, mut sequence) = plain.or_else(|| self.judged(known.peel()?, 1))?;
        let place = |at: i64| at.wrapping_sub(start) as u64;
        let mut rest = positions.iter().skip(before);
        let first = |draw: &Draw| {
            let position = place((*rest.nth(if draw.trace.is_some() { 2 } else { 0 })?)?);
            (sequence.span_at(position) == draw.span).then_some((position, draw.trace.is_some()))
        };
        let (position, root) = draws.iter().find_map(first)?;
        let offset = sequence.expected((Mt19937::START, false), root);
        Some(sequence.counted_from(position.wrapping_sub(offset)))
    }

    /// The sequence of a solution and where it begins, if it has the other words, all but so many of [`NEARLY`].
    fn judged(&self, Solution { start, state, others }: Solution, wrong: usize) -> Option<(i64, Mt19937)> {
        let mut sequence = Mt19937::new(&state, self.reversed);
        let right = others.iter().filter(|(at, word)| sequence.word_at(at.wrapping_sub(start) as u64) == *word).count();
        (right >= SURE && right >= others.len() - others.len() / NEARLY * wrong).then_some((start, sequence))
    }
}

fn unit(drawn: u64, continued: bool) -> Unit {
    let (low, high) = pair(drawn);
    Unit { low, high, continued }
}

/// The units of the same ids with their bytes in reverse, of trace ids from end to end.
fn reverse(units: &mut [Unit]) {
    for id in units.chunk_by_mut(|unit, _| unit.continued) {
        id.reverse();
        let last = id.len() - 1;
        for (at, of_id) in id.iter_mut().enumerate() {
            *of_id = unit(drawn(of_id.low, of_id.high).swap_bytes(), at < last);
        }
    }
}
