//! Recognises the recurrences in the ids of a process, in one batch or over many small ones.
//!
//! Ids in the order in which they were probably drawn are words, or bytes of words. A word that follows from those
//! before it as the recurrence says is right, and so are these: it would be so by chance once in 2^56 times. What two
//! spans that came in another order have put wrong, or somebody else's draw, follows from words that are right.

use std::ops::Range;

use super::recurrence::{BYTES, Form};
use super::{Draw, Generator, Lagged};

/// Draws after which the ids are taken for others' if no word follows from others: they may come late and mixed.
const LOOKED_AT: usize = 2304;
/// Draws kept at most: who has not been locked then is sampled, or a relay has lost too many.
const MOST: usize = 4096;
/// A state is right if so many of twice as many words that come next follow from it.
const SURE: usize = 24;
/// Words on either side of one that is wrong, of which some must follow from others.
const NEIGHBOURS: usize = 8;
/// Rounds of mending; real ids need a few.
const ROUNDS: usize = 8;
/// Words that are tried to see whether there is any, and how many must follow then.
const TRIED: usize = 24;
const SHOWN: usize = 2;

/// Collects what a process draws until its sequence is known, or is found not to be one.
#[derive(Debug, Default)]
pub(crate) struct Recogniser {
    draws: Vec<Draw>,
    form: Option<Form>,
    /// Draws with which the next look is taken.
    next: usize,
    over: bool,
}

impl Recogniser {
    /// Draws of one batch from which on it is worth a look at it alone: with fewer, no word of Go's follows from others
    /// before.
    pub(crate) const ENOUGH: usize = 680;

    /// One that recognises nothing.
    pub(crate) fn over() -> Self {
        Recogniser { over: true, ..Recogniser::default() }
    }

    /// Whether nothing more will be recognised: the sequence was given, or the ids are not of this family.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Adds the draws of a batch. The sequence, once it is known: the first of these draws that is found in it is
    /// where the first one is expected.
    pub(crate) fn push(&mut self, draws: &[Draw]) -> Option<Lagged> {
        if self.over {
            return None;
        }
        self.draws.extend(draws.iter().take(MOST - self.draws.len()));
        // Of spans that began at about the same time, some come with the next batch.
        self.draws.sort_by_key(|draw| draw.start);
        if self.draws.len() < self.next {
            return None;
        }
        self.next = self.draws.len() + self.draws.len() / 8;
        let shown = || [Form::Twister, Form::GoWords, Form::GoBytes].into_iter().find(|form| self.shows(*form));
        self.form = self.form.or_else(shown);
        let locked = self.form.filter(|form| self.pays(*form, draws.len())).and_then(|form| self.lock(form, draws));
        let most = if self.form.is_some() { MOST } else { LOOKED_AT };
        if locked.is_some() || self.draws.len() >= most {
            *self = Recogniser::over();
        }
        locked
    }

    /// Whether a state is worth its bytes: so many ids that are coded with it are, and as for those to come, who has sent
    /// many will send more.
    fn pays(&self, form: Form, coded: usize) -> bool {
        let state = form.state() * form.word_len() / 8;
        coded > state || 2 * self.draws.len() > 3 * state
    }

    /// Whether some words follow from others before, in this form.
    fn shows(&self, form: Form) -> bool {
        let tried = form.state()..self.draws.len();
        let step = (tried.len() / TRIED).max(1);
        // Of words that are shifted, too, some do: where nothing is carried into their lowest byte.
        let of_bytes = if form == Form::GoBytes && !tried.is_empty() { self.words(form, 0) } else { Vec::new() };
        let word = |at: usize| of_bytes.get(at).copied().unwrap_or_else(|| form.word_of(self.draws[at].span));
        tried.step_by(step).filter(|at| follows(form, word, *at)).take(SHOWN).count() == SHOWN
    }

    /// The draws as words; of bytes, from this one on.
    fn words(&self, form: Form, shift: usize) -> Vec<u64> {
        if form != Form::GoBytes {
            return self.draws.iter().map(|draw| form.word_of(draw.span)).collect();
        }
        let ids = |draw: &Draw| [draw.trace.map(|trace| trace.0), draw.trace.map(|trace| trace.1), Some(draw.span)];
        let bytes: Vec<u8> = self.draws.iter().flat_map(ids).flatten().flat_map(u64::to_be_bytes).collect();
        let word = |bytes: &[u8; BYTES]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        bytes.get(shift..).unwrap_or_default().as_chunks().0.iter().map(word).collect()
    }

    /// The position of a draw's span id, counted from the first byte or word of all.
    fn position(&self, form: Form, draw: &Draw) -> u64 {
        let at = self.draws.iter().position(|other| other.span == draw.span).unwrap_or(0);
        let roots = self.draws[..=at].iter().filter(|draw| draw.trace.is_some()).count();
        form.span() * at as u64 + form.trace() * roots as u64
    }

    /// The sequence, counted from the first of these draws that is found in it.
    fn lock(&self, form: Form, draws: &[Draw]) -> Option<Lagged> {
        let shifts = if form == Form::GoBytes { 0..BYTES } else { 0..1 };
        let shifted = shifts.map(|shift| (shift, self.words(form, shift)));
        let following =
            |words: &[u64]| (form.state()..words.len()).filter(|at| follows(form, |at| words[at], *at)).count();
        let (shift, words) = shifted.max_by_key(|(_, words)| following(words))?;
        let (start, state) = state(form, &words)?;
        let mut sequence = Lagged::new(form, 0, &state);
        let begin = if form == Form::GoBytes { shift + BYTES * start } else { start } as u64;
        let (position, root) = draws.iter().take(TRIED).find_map(|draw| {
            let near = self.position(form, draw).wrapping_sub(begin);
            Some((sequence.find(draw.span, near)?, draw.trace.is_some()))
        })?;
        let offset = sequence.expected((0, false), root).wrapping_sub(form.span());
        Some(sequence.counted_from(position.wrapping_sub(offset)))
    }
}

/// Whether the word at this place follows from those before.
fn follows(form: Form, word: impl Fn(usize) -> u64, at: usize) -> bool {
    form.next(|distance| word(at - distance)) == word(at)
}

/// As many words in a row as a state has that are right, and where they begin.
fn state(form: Form, words: &[u64]) -> Option<(usize, Vec<u64>)> {
    let (len, nearer) = (form.state(), form.nearer());
    // Those that no other word here tells anything of are taken as they are.
    let untold = |at: usize| at < len && at + len >= words.len() && (at + nearer < len || at + nearer >= words.len());
    let mut right: Vec<bool> = (0..words.len()).map(untold).collect();
    let follow: Vec<bool> = (0..words.len()).map(|at| at >= len && follows(form, |at| words[at], at)).collect();
    for at in (len..words.len()).filter(|at| follow[*at]) {
        [at, at - len, at - form.second(), at - nearer].into_iter().for_each(|at| right[at] = true);
    }
    // What is wrong follows from what is right, and then others from it; but not where words are missing, so that none
    // follows.
    let any = |range: Range<usize>| follow[range.start..range.end.min(words.len())].contains(&true);
    let whole = |at: usize| any(at - NEIGHBOURS..at) && any(at + 1..at + 1 + NEIGHBOURS);
    let mut mended = words.to_vec();
    for _ in 0..ROUNDS {
        for at in len..mended.len() {
            let [first, second, nearer] = [len, form.second(), nearer].map(|distance| at - distance);
            if !whole(at) {
                continue;
            }
            match (right[first] && right[second], right[nearer], right[at]) {
                (true, true, false) => mended[at] = form.next(|distance| mended[at - distance]),
                (true, false, true) => mended[nearer] = form.nearer_of(mended[at], |distance| mended[at - distance]),
                _ => continue,
            }
            [at, nearer].into_iter().for_each(|at| right[at] = true);
        }
    }
    let mut run = 0;
    right.iter().enumerate().find_map(|(at, right)| {
        run = if *right { run + 1 } else { 0 };
        let state = &mended[(at + 1).checked_sub(len)?..=at];
        (run >= len && goes_on(form, state, &words[at + 1..])).then(|| (at + 1 - len, state.to_vec()))
    })
}

/// Whether most of the words that come next follow from a state.
fn goes_on(form: Form, state: &[u64], next: &[u64]) -> bool {
    let mut made = state.to_vec();
    let right = next.iter().take(2 * SURE).filter(|next| {
        made.push(form.next(|distance| made[made.len() - distance]));
        made.last() == Some(*next)
    });
    right.count() >= SURE
}
