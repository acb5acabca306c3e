//! Ids of the OpenTelemetry SDK for Node: V8's `Math.random`, one sequence for a process (or worker thread).
//!
//! `RandomIdGenerator` of the SDK takes each 32-bit word of an id from one call of `Math.random`, the first word
//! from the first call; a root draws its span id (two words), then its trace id (four). `src/numbers/math-random.cc`
//! of V8: an xorshift128+ whose outputs are made 64 at a time and handed out backwards.
//!
//! Let z\[t\] be `state0` after step t; `state1` is then z\[t + 1\], and all is one sequence, of which two
//! make the next: [`forth`]. A word is the upper half of a z, whether doubles have 52 bits of it or 53.
//!
//! A position counts words in the order of the calls. Position 0 is the first call of a block: words 0 to 63 are
//! those of z\[63\] to z\[0\]. Positions wrap around: before 0 comes 2^64 − 1.

mod places;
mod recognise;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;

use super::{Draw, Generator};
use places::Places;

/// Words that are made at a time: `kCacheSize` of `src/numbers/math-random.h`.
pub(super) const BLOCK: u64 = 64;
/// Farthest that an id is looked for: requests of 512 spans draw within ± 2,953 words.
const REACH: u64 = 1 << 12;
/// Most blocks that are kept: the reach both ways, and half of it for moving on.
const MAX_BLOCKS: usize = 160;

/// z\[t\] and z\[t + 1\].
pub(super) type State = (u64, u64);

/// A step of `XorShift128` of `src/base/utils/random-number-generator.h`.
pub(super) fn forth((a, b): State) -> State {
    let x = a ^ (a << 23);
    (b, x ^ (x >> 17) ^ b ^ (b >> 26))
}

/// Undoes [`forth`].
pub(super) fn back((b, c): State) -> State {
    let y = c ^ b ^ (b >> 26);
    let x = y ^ (y >> 17) ^ (y >> 34) ^ (y >> 51);
    (x ^ (x << 23) ^ (x << 46), b)
}

/// The ids of one process.
#[derive(Clone, Debug)]
pub(crate) struct V8 {
    /// Position expected for the first span, in block 0, which begins with the state `origin`.
    start: u64,
    origin: State,
    /// Encoder: whether it was seen where a block begins. If not, another batch may show it; till then an id in
    /// thirty is missed.
    pub(crate) sure: bool,
    /// Blocks by number, the first of which is `first`; never none.
    blocks: VecDeque<Block>,
    first: u64,
    /// Encoder: where the words of these blocks are, by their place among all; made when something is looked for.
    places: Option<Places>,
    indexed: Range<usize>,
}

/// Words handed out together, in that order, and the states before and after.
#[derive(Clone, Debug)]
struct Block {
    words: [u32; BLOCK as usize],
    begin: State,
    end: State,
}

impl Block {
    fn after(begin: State) -> Self {
        let (mut words, mut end) = ([0; BLOCK as usize], begin);
        for word in words.iter_mut().rev() {
            *word = (end.0 >> 32) as u32;
            end = forth(end);
        }
        Block { words, begin, end }
    }

    fn before(end: State) -> Self {
        let (mut words, mut begin) = ([0; BLOCK as usize], end);
        for word in &mut words {
            begin = back(begin);
            *word = (begin.0 >> 32) as u32;
        }
        Block { words, begin, end }
    }

    /// The id of two words, if both are in this block.
    fn id_at(&self, index: usize) -> Option<u64> {
        let [high, low] = *self.words.get(index..)?.first_chunk()?;
        Some(u64::from(high) << 32 | u64::from(low))
    }
}

impl V8 {
    /// The process that has `origin` at the beginning of a block, in which the first span is at `start`.
    pub(super) fn new(origin: State, start: u64, sure: bool) -> Self {
        let blocks = VecDeque::from([Block::after(origin)]);
        V8 { start, origin, sure, blocks, first: 0, places: None, indexed: 0..0 }
    }

    /// The block of this number, at a cost of the blocks between it and those that are kept.
    fn reach(&mut self, number: u64) -> Option<&Block> {
        loop {
            // Numbers wrap around, as positions do, at 2^64 / 64.
            let ahead = (number.wrapping_sub(self.first) as i64) << BLOCK.ilog2() >> BLOCK.ilog2();
            match usize::try_from(ahead) {
                Err(_) => self.extend_back()?,
                Ok(index) if index < self.blocks.len() => return self.blocks.get(index),
                Ok(_) => self.extend()?,
            }
        }
    }

    fn extend(&mut self) -> Option<()> {
        self.blocks.push_back(Block::after(self.blocks.back()?.end));
        if self.blocks.len() > MAX_BLOCKS {
            self.blocks.pop_front();
            self.first = self.first.wrapping_add(1);
            self.indexed = self.indexed.start.saturating_sub(1)..self.indexed.end.saturating_sub(1);
        }
        Some(())
    }

    fn extend_back(&mut self) -> Option<()> {
        self.blocks.push_front(Block::before(self.blocks.front()?.begin));
        self.blocks.truncate(MAX_BLOCKS);
        self.first = self.first.wrapping_sub(1);
        self.indexed = self.indexed.start + 1..(self.indexed.end + 1).min(self.blocks.len());
        Some(())
    }

    fn word(&mut self, position: u64) -> u64 {
        let word = self.reach(position / BLOCK).and_then(|block| block.words.get((position % BLOCK) as usize));
        word.copied().unwrap_or_default().into()
    }

    fn two_words(&mut self, position: u64) -> u64 {
        let in_one = self.reach(position / BLOCK).and_then(|block| block.id_at((position % BLOCK) as usize));
        in_one.unwrap_or_else(|| self.word(position) << 32 | self.word(position.wrapping_add(1)))
    }
}

/// Searching: the blocks kept are those around the ids that were found, and their words are indexed.
impl V8 {
    /// The position of `span` in the blocks that are kept.
    fn kept(&mut self, span: u64) -> Option<u64> {
        self.index();
        let begin = self.first.wrapping_mul(BLOCK);
        let word = |offset: u64| self.blocks.get((offset / BLOCK) as usize)?.words.get((offset % BLOCK) as usize);
        self.places.as_ref()?.of((span >> 32) as u32).find_map(|place| {
            // What was dropped is far away, modulo 2^32.
            let offset = u64::from(place.wrapping_sub(begin as u32));
            let same = *word(offset)? == (span >> 32) as u32 && *word(offset + 1)? == span as u32;
            same.then(|| begin.wrapping_add(offset))
        })
    }

    /// Keeps a block more on the side of a position that has fewer words, unless that are enough.
    fn widen(&mut self, near: u64) -> Option<()> {
        let before = near.wrapping_sub(self.first.wrapping_mul(BLOCK));
        let after = (self.blocks.len() as u64 * BLOCK).saturating_sub(before);
        match before.min(after) {
            REACH.. => None,
            side if side == after => self.extend(),
            _ => self.extend_back(),
        }
    }

    /// Indexes the words of blocks that have come since, or of all of them if the index is full.
    fn index(&mut self) {
        let fresh = self.blocks.len() - self.indexed.len();
        let Some(places) = self.places.as_mut().filter(|_| fresh > 0) else { return };
        if !places.has_room(fresh * BLOCK as usize) {
            *places = Places::for_words(self.blocks.len() * BLOCK as usize);
            self.indexed = 0..0;
        }
        for at in (0..self.indexed.start).chain(self.indexed.end..self.blocks.len()) {
            let words = self.blocks.get(at).map_or(&[][..], |block| &block.words);
            let begin = self.first.wrapping_add(at as u64).wrapping_mul(BLOCK) as u32;
            words.iter().zip(0..).for_each(|(&word, index)| places.add(word, begin.wrapping_add(index)));
        }
        self.indexed = 0..self.blocks.len();
    }
}

impl Generator for V8 {
    fn recognise(draws: &[Draw]) -> Vec<Self> {
        recognise::recognise(draws)
    }

    fn find(&mut self, span: u64, near: u64) -> Option<u64> {
        self.places.get_or_insert_with(|| Places::for_words(0));
        // Most are where they are expected.
        if self.reach(near / BLOCK)?.id_at((near % BLOCK) as usize) == Some(span) {
            return Some(near);
        }
        loop {
            if let Some(position) = self.kept(span) {
                return Some(position);
            }
            self.widen(near)?;
        }
    }

    fn look_up(&mut self, span: u64, _near: u64) -> Option<u64> {
        self.kept(span)
    }

    fn trace_as_span(&self, trace: (u64, u64)) -> (u64, u64) {
        (trace.0, 2)
    }

    fn span_at(&mut self, position: u64) -> u64 {
        self.two_words(position)
    }

    fn trace_at(&mut self, position: u64) -> (u64, u64) {
        (self.two_words(position.wrapping_add(2)), self.two_words(position.wrapping_add(4)))
    }

    fn start(&self) -> (u64, bool) {
        (self.start.wrapping_sub(2), false)
    }

    fn expected(&self, last: (u64, bool), _root: bool) -> u64 {
        last.0.wrapping_add(if last.1 { 6 } else { 2 })
    }

    /// The start, 1 byte, and the two halves of the state.
    fn put_state(&mut self, out: &mut Vec<u8>) {
        out.push(self.start as u8);
        out.extend(self.origin.0.to_be_bytes());
        out.extend(self.origin.1.to_be_bytes());
    }

    fn from_bytes(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&start, rest) = bytes.split_first()?;
        let (first, rest) = rest.split_first_chunk()?;
        let second = rest.first_chunk()?;
        let origin = (u64::from_be_bytes(*first), u64::from_be_bytes(*second));
        // Zeros stay zeros: no process has them.
        let right = u64::from(start) < BLOCK && origin != (0, 0);
        right.then(|| (V8::new(origin, start.into(), true), 17))
    }

    fn weight(&self) -> usize {
        // The blocks; what an encoder has to find words in them comes on top of that.
        MAX_BLOCKS * size_of::<Block>()
    }
}
