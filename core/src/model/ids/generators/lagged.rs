//! Generators of 64-bit words of which each follows from two or three that came a fixed way before: Go's `math/rand`,
//! and C++'s `mt19937_64`.
//!
//! OpenTelemetry's SDK for Go before 1.38 reads the ids of a process from one `rand.Rand` (`randomIDGenerator` in
//! `sdk/trace/id_generator.go`): eight bytes for a span, and for a root the sixteen of its trace just before. Position
//! p is byte p. `Rand.Read` takes seven bytes of each word:
//!
//! ```text
//!   position - 16                    - 8                        position
//!   trace id, the first half         the second half            span id
//! ```
//!
//! Tracers for Go that come from Datadog's (`tracer/rand.go`), and Jaeger's client for C++ (`Tracer::randomID`), draw
//! an id as one word, and a root's span id is the lower half of its trace's. Position p is word p.
//!
//! The recurrences run both ways, so the sequence has no first word: those of the state stand at 0 and after.

mod recogniser;
mod recurrence;

use super::index::Index;
use super::{Draw, Generator};
pub(crate) use recogniser::Recogniser;
use recurrence::{BYTES, Form};

/// Words held: more than the distance between the lowest and the highest position in use.
const RING: usize = 1 << 13;
/// How far from where it is expected an id is looked for, in words: most stand close by, for two spans that begin at
/// about the same time may come in either order.
const CLOSE: Window = Window { back: 64, ahead: 64 };
const FAR: Window = Window { back: 2048, ahead: 4096 };
/// Words that are looked at which agree with an id in four bytes: a sender may have chosen many of them.
const PROBES: usize = 64;
/// Positions a caller may move by at once are below 2^16; a step beyond this is none (damage cannot make us work).
const STEP: i64 = 1 << 18;

/// Where the four highest bytes of a word of seven begin.
const TOP: u64 = 24;

/// Words before a position, and words from it on.
#[derive(Clone, Copy, Debug)]
struct Window {
    back: u64,
    ahead: u64,
}

/// A sequence, of which the part in use is held.
#[derive(Clone, Debug)]
pub(crate) struct Lagged {
    form: Form,
    /// The position where the first span is expected: of bytes, not always the first of a word.
    first: u64,
    /// Words by the lower bits of their numbers.
    ring: Box<[u64; RING]>,
    /// The lowest word held, and how many are.
    low: u64,
    held: u64,
    /// Where words stand, by their lowest bits and, if ids are bytes of two of them, by their highest; made when
    /// something is looked up: a decoder has none.
    indexes: Vec<Index<RING>>,
}

impl Lagged {
    /// The sequence that has these words as its first ones.
    fn new(form: Form, first: u64, state: &[u64]) -> Self {
        let mut made =
            Lagged { form, first, ring: Box::new([0; RING]), low: 0, held: state.len() as u64, indexes: Vec::new() };
        made.ring[..state.len()].copy_from_slice(state);
        made.set(0, form.first(|at| made.word(at)));
        made
    }

    /// The same sequence, counted from the word that `position` is in, where the first span is expected.
    fn counted_from(mut self, position: u64) -> Self {
        let (word, first) = self.word_and_byte(position);
        self.hold(word, self.form.state() as u64);
        let state: Vec<u64> = (0..self.form.state() as u64).map(|at| self.word(word.wrapping_add(at))).collect();
        Lagged::new(self.form, first, &state)
    }

    /// The word that a position is in, and which of its bytes it is.
    #[inline]
    fn word_and_byte(&self, position: u64) -> (u64, u64) {
        match self.form {
            Form::GoBytes => {
                let position = position as i64;
                (position.div_euclid(BYTES as i64) as u64, position.rem_euclid(BYTES as i64) as u64)
            }
            Form::GoWords | Form::Twister => (position, 0),
        }
    }

    #[inline]
    fn word(&self, at: u64) -> u64 {
        self.ring[at as usize % RING]
    }

    #[inline]
    fn set(&mut self, at: u64, word: u64) {
        self.ring[at as usize % RING] = word;
    }

    /// Moves what is held so that the `count` words from `start` on are in it.
    #[inline]
    fn hold(&mut self, start: u64, count: u64) {
        let from_low = start.wrapping_sub(self.low);
        if from_low > self.held || self.held - from_low < count {
            self.reach(start, start.wrapping_add(count));
        }
    }

    #[inline(never)]
    fn reach(&mut self, start: u64, end: u64) {
        let high = |this: &Self| this.low.wrapping_add(this.held);
        let (back, ahead) = (self.low.wrapping_sub(start) as i64, end.wrapping_sub(high(self)) as i64);
        if back.max(ahead) > STEP {
            return;
        }
        for _ in 0..back {
            let at = self.low.wrapping_sub(1);
            self.set(at, self.form.before(|at| self.word(at), at));
            (self.low, self.held) = (at, (self.held + 1).min(RING as u64));
        }
        for _ in 0..end.wrapping_sub(high(self)) as i64 {
            let at = high(self);
            let next = self.form.next(|distance| self.word(at.wrapping_sub(distance as u64)));
            self.set(at, next);
            self.held = (self.held + 1).min(RING as u64);
            self.low = at.wrapping_add(1).wrapping_sub(self.held);
        }
    }

    /// Eight bytes from byte `byte` of the word `at` on, as a number; the words are held.
    #[inline]
    fn eight(&self, at: u64, byte: u64) -> u64 {
        let both = u128::from(self.word(at)) | u128::from(self.word(at.wrapping_add(1))) << (8 * BYTES);
        ((both >> (8 * byte)) as u64).swap_bytes()
    }

    /// The position of `span`, if it lies within this window around `near`.
    fn find_within(&mut self, span: u64, near: u64, Window { back, ahead }: Window) -> Option<u64> {
        let (word, _) = self.word_and_byte(near);
        // Somewhat more is indexed, so that going back now and then does not begin the index anew.
        let (start, lowest) = (word.wrapping_sub(back), word.wrapping_sub(back + back / 2));
        self.hold(lowest, back + back / 2 + ahead + 2);
        let mut indexes = std::mem::take(&mut self.indexes);
        let shifts = if self.form == Form::GoBytes { &[0, TOP][..] } else { &[0] };
        indexes.resize_with(shifts.len(), || Index::new(start));
        for (index, shift) in indexes.iter_mut().zip(shifts) {
            index.extend(start, lowest, word.wrapping_add(ahead), |at| (self.word(at) >> shift) as u32);
        }
        let within = |at: &u64| at.wrapping_sub(start) < back + ahead;
        let found = match &indexes[..] {
            [low, high] => (0..BYTES as u64).find_map(|byte| {
                // One of both words has four bytes in the id, at its upper or at its lower end.
                let bytes = span.swap_bytes();
                let mut in_first = high.candidates((bytes >> TOP.saturating_sub(8 * byte)) as u32).take(PROBES);
                let in_second = low.candidates((bytes >> (8 * (BYTES as u64 - byte))) as u32).take(PROBES);
                let is_it = |at: &u64| within(at) && self.eight(*at, byte) == span;
                let at = match byte {
                    0..4 => in_first.find(is_it),
                    _ => in_second.map(|at| at.wrapping_sub(1)).find(is_it),
                };
                Some(at?.wrapping_mul(BYTES as u64).wrapping_add(byte))
            }),
            [low, ..] => {
                let wanted = self.form.word_of(span);
                low.candidates(wanted as u32).take(PROBES).find(|at| within(at) && self.word(*at) == wanted)
            }
            [] => None,
        };
        self.indexes = indexes;
        found
    }
}

impl Generator for Lagged {
    fn recognise(draws: &[Draw]) -> Vec<Self> {
        Recogniser::default().push(draws).into_iter().collect()
    }

    fn find(&mut self, span: u64, near: u64) -> Option<u64> {
        self.look_up(span, near).or_else(|| self.find_within(span, near, FAR))
    }

    fn look_up(&mut self, span: u64, near: u64) -> Option<u64> {
        if self.span_at(near) == span { Some(near) } else { self.find_within(span, near, CLOSE) }
    }

    fn trace_as_span(&self, (high, low): (u64, u64)) -> (u64, u64) {
        (if self.form == Form::GoBytes { high } else { low }, 0u64.wrapping_sub(self.form.trace()))
    }

    fn span_at(&mut self, position: u64) -> u64 {
        let (word, byte) = self.word_and_byte(position);
        self.hold(word, 2);
        if self.form == Form::GoBytes { self.eight(word, byte) } else { self.form.span_of(self.word(word)) }
    }

    fn trace_at(&mut self, position: u64) -> (u64, u64) {
        if self.form == Form::GoBytes {
            (self.span_at(position.wrapping_sub(16)), self.span_at(position.wrapping_sub(8)))
        } else {
            (0, self.span_at(position))
        }
    }

    fn start(&self) -> (u64, bool) {
        (self.first.wrapping_sub(self.form.span()), false)
    }

    fn expected(&self, (last, _): (u64, bool), root: bool) -> u64 {
        last.wrapping_add(self.form.span()).wrapping_add(if root { self.form.trace() } else { 0 })
    }

    /// The form, and of bytes where the first span is expected; then the words, each little-endian.
    fn put_state(&mut self, out: &mut Vec<u8>) {
        out.push(match self.form {
            Form::GoBytes => self.first as u8,
            form => BYTES as u8 - 1 + form as u8,
        });
        self.hold(0, self.form.state() as u64);
        for at in 0..self.form.state() as u64 {
            out.extend_from_slice(&self.word(at).to_le_bytes()[..self.form.word_len()]);
        }
    }

    fn from_bytes(bytes: &[u8]) -> Option<(Self, usize)> {
        const WORDS: u8 = BYTES as u8;
        const TWISTER: u8 = WORDS + 1;
        let (&form, words) = bytes.split_first()?;
        let (form, first) = match form {
            WORDS => (Form::GoWords, 0),
            TWISTER => (Form::Twister, 0),
            first if first < WORDS => (Form::GoBytes, first.into()),
            _ => return None,
        };
        let words = words.get(..form.state() * form.word_len())?;
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let state: Vec<u64> = words.chunks_exact(form.word_len()).map(word).collect();
        state.iter().all(|word| word & !form.mask() == 0).then(|| (Lagged::new(form, first, &state), 1 + words.len()))
    }

    fn weight(&self) -> usize {
        8 * RING
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
