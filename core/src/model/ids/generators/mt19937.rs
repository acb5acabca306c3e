//! MT19937 as CPython draws from it: `random.getrandbits`, which the Python SDK's `RandomIdGenerator` calls; and as
//! Ruby does: `Random.bytes`, which its SDK's `generate_span_id` calls.
//!
//! Positions count 32-bit words of the sequence. `getrandbits(64)`, a span id, takes two of them and
//! `getrandbits(128)`, a trace id, four, the lowest first (`_random_Random_getrandbits_impl` in
//! `Modules/_randommodule.c`). A root draws its trace id just before its span id (`Tracer.start_span`):
//!
//! ```text
//!   position - 4     - 3      - 2      - 1      position   + 1
//!   trace id lowest           …        highest  span id    upper half
//! ```
//!
//! So does one of Ruby (`TracerProvider#internal_start_span`), but `Random.bytes` puts words one after the other, each
//! with its lowest byte first (`rb_rand_bytes_int32` in `random.c`): its ids are CPython's with all bytes in reverse.
//!
//! The recurrence runs both ways, so the sequence has no first word: the 624 words of the state stand at
//! positions 0 to 623, and what lies before them follows from them as well as what comes after.

mod alignment;
mod peeling;
mod recogniser;
mod words;

use words::{MIDDLE, REST, STATE, TOP, drawn, pair, twist, untwist};

use super::index::Index;
use super::{Draw, Generator};
pub(crate) use recogniser::Recogniser;

/// Words held: more than the distance between the lowest and the highest position in use.
const RING: usize = 1 << 14;
/// How far from the last position [`Mt19937::find`] looks. Within a batch of 512 spans positions go back by
/// up to 1.5 k words and forward by up to 2.9 k.
const FAR: Window = Window { back: 4096, ahead: 8192 };
/// Where it looks first.
const CLOSE: Window = Window { back: 2048, ahead: 1024 };
/// Words that can be made at once, as none follows from another one of them.
const ROW: usize = STATE - MIDDLE;
/// Positions a caller may move by at once are below 2^16; a step beyond this is none (damage cannot make us work).
const STEP: i64 = 1 << 18;
/// Words between the trace id of a root and its span id.
const TRACE: u64 = 4;
/// Words of a span id.
const SPAN: u64 = 2;

/// Words before a position, and words from it on.
#[derive(Clone, Copy, Debug)]
struct Window {
    back: u64,
    ahead: u64,
}

/// A sequence, of which the part in use is held.
#[derive(Clone, Debug)]
pub(crate) struct Mt19937 {
    /// Words of the state by the lower bits of their position.
    ring: Box<[u32; RING]>,
    /// Whether ids have their bytes in reverse, as Ruby's do.
    reversed: bool,
    /// The lowest position held, and how many are.
    low: u64,
    held: u64,
    /// Where words stand; made when something is looked up: a decoder has none.
    index: Option<Index<RING>>,
}

impl Mt19937 {
    /// Bytes of a state: its words, each little-endian. One more tells that ids are reversed.
    pub(crate) const BYTES: usize = 4 * STATE;
    const REVERSED: u8 = 1;
    /// The position of the span before the first one, so that one without a parent begins at position 0.
    pub(crate) const START: u64 = 0u64.wrapping_sub(SPAN);

    /// The sequence that has these words at positions 0 to 623.
    fn new(state: &[u32; STATE], reversed: bool) -> Self {
        let mut made = Mt19937 { ring: Box::new([0; RING]), reversed, low: 0, held: 0, index: None };
        made.begin(state);
        made
    }

    /// The same sequence, counted from `position`: what stood there now stands at 0.
    pub(crate) fn counted_from(mut self, position: u64) -> Self {
        self.hold(position, STATE as u64);
        let mut state = [0; STATE];
        for (distance, word) in (0..).zip(&mut state) {
            *word = self.word(position.wrapping_add(distance));
        }
        self.begin(&state);
        self
    }

    /// Forgets all words but these, which stand at positions 0 to 623 now.
    fn begin(&mut self, state: &[u32; STATE]) {
        (self.low, self.held, self.index) = (0, STATE as u64, None);
        self.ring[..STATE].copy_from_slice(state);
        // All but the top bit of the first word is not part of the state: it follows from the others.
        self.set(0, state[0] & TOP | self.behind(u64::MAX) & REST);
    }

    /// The word of the state at `position`.
    fn word_at(&mut self, position: u64) -> u32 {
        self.hold(position, 1);
        self.word(position)
    }

    /// 64 bits drawn at `position`, as they are in an id.
    fn drawn(&self, position: u64) -> u64 {
        self.ordered(drawn(self.word(position), self.word(position.wrapping_add(1))))
    }

    /// 64 bits of an id as they were drawn, or the other way round.
    fn ordered(&self, bits: u64) -> u64 {
        if self.reversed { bits.swap_bytes() } else { bits }
    }

    #[inline]
    fn word(&self, position: u64) -> u32 {
        self.ring[position as usize % RING]
    }

    #[inline]
    fn set(&mut self, position: u64, word: u32) {
        self.ring[position as usize % RING] = word;
    }

    /// Moves what is held so that the `count` words from `start` on are in it.
    #[inline]
    fn hold(&mut self, start: u64, count: u64) {
        let from_low = start.wrapping_sub(self.low);
        if from_low > self.held || self.held - from_low < count {
            self.reach(start, start.wrapping_add(count));
        }
    }

    fn reach(&mut self, start: u64, end: u64) {
        let (back, ahead) = (self.low.wrapping_sub(start) as i64, end.wrapping_sub(self.high()) as i64);
        if back.max(ahead) > STEP {
            return;
        }
        self.step_back(back);
        // Many words cost little more than a few.
        let ahead = end.wrapping_sub(self.high()) as i64;
        self.step(if ahead > 0 { ahead.max(ROW as i64) } else { 0 });
    }

    fn high(&self) -> u64 {
        self.low.wrapping_add(self.held)
    }

    /// Adds words at the upper end, if `count` is above 0.
    fn step(&mut self, mut count: i64) {
        while count > 0 {
            let high = self.high();
            let row = |distance: usize| self.row(high.wrapping_sub(distance as u64), count);
            let (first, second, middle) = (row(STATE), row(STATE - 1), row(ROW));
            let len = first.len().min(second.len()).min(middle.len()).min(row(0).len());
            let mut made = [0; ROW];
            for (made, ((first, second), middle)) in made.iter_mut().zip(first.iter().zip(second).zip(middle)) {
                *made = middle ^ twist(*first, *second);
            }
            self.ring[high as usize % RING..][..len].copy_from_slice(&made[..len]);
            self.held = (self.held + len as u64).min(RING as u64);
            self.low = high.wrapping_add(len as u64).wrapping_sub(self.held);
            count -= len as i64;
        }
    }

    /// At most `count` words from `position` on, as far as they are in a row in the ring.
    fn row(&self, position: u64, count: i64) -> &[u32] {
        let from_here = &self.ring[position as usize % RING..];
        &from_here[..from_here.len().min(ROW).min(count as usize)]
    }

    /// Adds words at the lower end, if `count` is above 0.
    fn step_back(&mut self, count: i64) {
        let (mut low, high) = (self.low, self.high());
        for _ in 0..count {
            low = low.wrapping_sub(1);
            let word = self.behind(low) & TOP | self.behind(low.wrapping_sub(1)) & REST;
            self.set(low, word);
        }
        (self.low, self.held) = (low, high.wrapping_sub(low).min(RING as u64));
    }

    /// The top bit of the word at `position` and the other bits of the next one, as later words tell them.
    fn behind(&self, position: u64) -> u32 {
        let at = |distance: usize| self.word(position.wrapping_add(distance as u64));
        untwist(at(STATE) ^ at(MIDDLE))
    }

    /// The position of `span`, if it lies at most so many words before `near` or fewer than so many after it.
    fn find_within(&mut self, span: u64, near: u64, Window { back, ahead }: Window) -> Option<u64> {
        // Somewhat more is indexed, so that going back now and then does not begin the index anew.
        let (start, lowest) = (near.wrapping_sub(back), near.wrapping_sub(back + back / 2));
        self.hold(lowest, back + back / 2 + ahead + 1);
        let mut index = self.index.take().unwrap_or_else(|| Index::new(start));
        index.extend(start, lowest, near.wrapping_add(ahead), |position| self.word(position));
        let (first, second) = pair(self.ordered(span));
        let found = index
            .candidates(first)
            .find(|&position| self.word(position) == first && self.word(position.wrapping_add(1)) == second);
        self.index = Some(index);
        found.filter(|position| position.wrapping_sub(start) < back + ahead)
    }
}

impl Generator for Mt19937 {
    fn recognise(draws: &[Draw]) -> Vec<Self> {
        Recogniser::default().push(draws).into_iter().collect()
    }

    /// Where the span after the one at `last` is expected.
    fn expected(&self, (last, _): (u64, bool), root: bool) -> u64 {
        last.wrapping_add(SPAN).wrapping_add(if root { TRACE } else { 0 })
    }

    fn start(&self) -> (u64, bool) {
        (Self::START, false)
    }

    fn trace_as_span(&self, (high, low): (u64, u64)) -> (u64, u64) {
        (if self.reversed { high } else { low }, 0u64.wrapping_sub(TRACE))
    }

    /// The span id at `position`. The time goes with its distance from positions asked for before.
    fn span_at(&mut self, position: u64) -> u64 {
        self.hold(position, SPAN);
        self.drawn(position)
    }

    /// The halves of the trace id that a root with its span id at `position` drew, the upper one first.
    fn trace_at(&mut self, position: u64) -> (u64, u64) {
        let start = position.wrapping_sub(TRACE);
        self.hold(start, TRACE);
        let (first, second) = (self.drawn(start), self.drawn(start.wrapping_add(SPAN)));
        if self.reversed { (first, second) } else { (second, first) }
    }

    /// The position of `span`, if it lies from 4096 words before `near` to 8192 after it.
    ///
    /// The half of a trace id that was drawn first is found so too, at 4 below the position of its root's span id.
    fn find(&mut self, span: u64, near: u64) -> Option<u64> {
        self.look_up(span, near).or_else(|| self.find_within(span, near, FAR))
    }

    fn look_up(&mut self, span: u64, near: u64) -> Option<u64> {
        // Most are where they are expected, and to index what is around costs more than all else.
        if self.span_at(near) == span { Some(near) } else { self.find_within(span, near, CLOSE) }
    }

    /// The state as it is written, for a decoder that has seen nothing.
    fn put_state(&mut self, out: &mut Vec<u8>) {
        self.hold(0, STATE as u64);
        for position in 0..STATE as u64 {
            out.extend_from_slice(&self.word(position).to_le_bytes());
        }
        out.extend(self.reversed.then_some(Self::REVERSED));
    }

    /// The sequence whose state `bytes` are, and how many they are. None if they are too few or what follows the
    /// words is wrong; any 624 words are a state.
    fn from_bytes(bytes: &[u8]) -> Option<(Self, usize)> {
        let (words, order) = bytes.split_at_checked(Self::BYTES)?;
        let reversed = match order {
            [] => false,
            [Self::REVERSED] => true,
            _ => return None,
        };
        let mut state = [0; STATE];
        for (to, word) in state.iter_mut().zip(words.as_chunks::<4>().0) {
            *to = u32::from_le_bytes(*word);
        }
        Some((Self::new(&state, reversed), bytes.len()))
    }

    fn weight(&self) -> usize {
        // The ring; an encoder's index comes on top of that.
        4 * RING
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
