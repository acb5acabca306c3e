//! Two interleaved rANS states (32 bits, 16-bit renormalisation) behind the adaptive contexts.
//!
//! Jarek Duda, "Asymmetric numeral systems" (arXiv:1311.2540); the two-state form follows Fabian
//! Giesen, "Interleaved entropy coders" (arXiv:1402.3392). rANS decodes in the reverse of the order
//! it encodes, so the encoder notes each symbol's interval and codes them backwards at the end.

use super::bits::{BitReader, BitWriter, WordReader};
use super::cdf::PROB_BITS;
use super::meter::{COLUMNS, Meter, Place};
use super::{Coder, Column, Contexts, Ctx, HISTORIES, Reader};

/// Least value of a state between symbols; every decoder ends here.
const LOWEST: u32 = 1 << 16;

/// What an encoder writes into; kept between frames to save the allocations.
#[derive(Debug, Default)]
pub(crate) struct EncoderBuffers {
    /// Low end (high half) and width (low half) of each symbol's interval.
    intervals: Intervals,
    pub(super) bits: BitWriter,
    pub(super) words: Vec<u8>,
    meter: Meter,
}

impl EncoderBuffers {
    /// Whether [`EncoderBuffers::columns`] is asked for.
    pub(crate) fn set_metering(&mut self, on: bool) {
        self.meter.on = on;
    }

    /// What the last frame's sections cost, in bytes by [`Column`].
    pub(crate) fn columns(&self) -> [f64; COLUMNS] {
        self.meter.columns(self.place(), self.intervals.all())
    }

    /// Notes that what follows is of `column`.
    #[inline(always)]
    pub(super) fn switch(&mut self, column: Column) {
        let place = self.place();
        self.meter.switch(column, || place);
    }

    /// Notes a symbol that another coder coded with this probability, 32 bits, if that is metered.
    #[inline(always)]
    pub(super) fn meter(&mut self, probability: u64) {
        if self.meter.on {
            self.intervals.push(((probability >> (32 - PROB_BITS)) as u32).max(1));
        }
    }

    fn place(&self) -> Place {
        Place { symbols: self.intervals.len, bits: self.bits.len(), bytes: self.words.len() }
    }

    pub(super) fn clear(&mut self) {
        self.intervals.len = 0;
        self.bits.clear();
        self.words.clear();
        self.meter.clear();
    }
}

/// A vector whose growth is nothing but a call at the end of [`Intervals::push`], so that the usual case has no
/// registers to save for it.
#[derive(Debug, Default)]
struct Intervals {
    room: Vec<u32>,
    len: usize,
}

impl Intervals {
    #[inline(always)]
    fn push(&mut self, interval: u32) {
        match self.room.get_mut(self.len) {
            Some(place) => {
                *place = interval;
                self.len += 1;
            }
            None => self.grow(interval),
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, interval: u32) {
        self.room.resize((2 * self.len).max(1024), 0);
        self.push(interval);
    }

    fn all(&self) -> &[u32] {
        &self.room[..self.len]
    }
}

/// The writing direction.
#[derive(Debug)]
pub(crate) struct Encoder<'a> {
    contexts: &'a mut Contexts,
    out: &'a mut EncoderBuffers,
}

/// The three parts of a frame's body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sections<'a> {
    /// rANS words, two bytes each.
    pub symbols: &'a [u8],
    /// Raw bits.
    pub bits: &'a [u8],
    /// Raw words of eight bytes.
    pub words: &'a [u8],
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(contexts: &'a mut Contexts, out: &'a mut EncoderBuffers) -> Self {
        out.clear();
        Encoder { contexts, out }
    }

    // Called from everywhere: in line, it makes the model too large for the instruction cache.
    #[inline(never)]
    fn note(&mut self, ctx: Ctx, symbol: u32) {
        let cdf = self.contexts.get(ctx);
        let (low, width) = cdf.interval(symbol as usize);
        cdf.adapt(symbol as usize);
        self.out.intervals.push(low << 16 | width);
    }

    /// Codes the noted symbols into `symbols`, whatever it holds, and returns all three parts.
    pub(crate) fn finish(self, symbols: &'a mut Vec<u8>) -> Sections<'a> {
        let symbols = encode_backwards(self.out.intervals.all(), symbols);
        Sections { symbols, bits: self.out.bits.finish(), words: &self.out.words }
    }
}

/// Fills `out` from its end, so that the words read forwards: the two states first, then what each symbol needs.
/// Returns what it has written.
fn encode_backwards<'a>(intervals: &[u32], out: &'a mut Vec<u8>) -> &'a [u8] {
    // A symbol of 15-bit probability puts out at most one word; the states are four.
    let room = 2 * (intervals.len() + 5);
    out.resize(out.len().max(room), 0);
    let (words, _) = out.as_chunks_mut();
    let mut at = words.len() - 1;
    let (mut x, mut other) = (LOWEST, LOWEST);
    let mut reciprocals = [0; BLOCK];
    for block in intervals.rchunks(BLOCK) {
        // By themselves, for a division is long and these need not wait for each other.
        reciprocals.iter_mut().zip(block).for_each(|(to, interval)| *to = reciprocal(interval & 0xffff));
        for (&interval, &reciprocal) in block.iter().zip(&reciprocals).rev() {
            let (low, width) = (interval >> 16, interval & 0xffff);
            // Whether a word is put out is as good as random: it is always written and mostly kept.
            words[at] = (x as u16).to_le_bytes();
            let full = (x >> (32 - PROB_BITS) >= width) as usize;
            at -= full;
            x >>= 16 * full;
            let quotient = ((x as u64 * reciprocal) >> RECIPROCAL_BITS) as u32;
            (x, other) = (other, quotient * ((1 << PROB_BITS) - width) + x + low);
        }
    }
    // The state of the first symbol has been used last.
    for half in [x >> 16, x, other >> 16, other] {
        words[at] = (half as u16).to_le_bytes();
        at -= 1;
    }
    words[at + 1..].as_flattened()
}

/// Symbols whose reciprocals are computed at once.
const BLOCK: usize = 64;

/// With so many bits, `x * reciprocal(width)` fits into 64 bits and has `x / width` in front for every `x < width << 17`,
/// as a state is before its symbol (Granlund and Montgomery, "Division by invariant integers using multiplication", 1994).
const RECIPROCAL_BITS: u32 = 2 * PROB_BITS + 17;

/// One more than `2^RECIPROCAL_BITS / width`, rounded down.
///
/// All in doubles, of which a register holds two: what is added last rounds them, and moves the integer to the low bits.
#[inline(always)]
fn reciprocal(width: u32) -> u64 {
    const INTEGER: f64 = (1u64 << 52) as f64;
    let floor = (1u64 << RECIPROCAL_BITS) as f64 / width as i32 as f64 - 0.5 + INTEGER;
    (floor.to_bits() & ((1 << 52) - 1)) + 1
}

impl Coder for Encoder<'_> {
    const ENCODES: bool = true;

    // What is done with the symbol is out of line; that it comes back as it went in is not, so the compiler
    // can leave out what only a decoder does with it.
    #[inline(always)]
    fn symbol(&mut self, ctx: Ctx, symbol: u32) -> u32 {
        self.note(ctx, symbol);
        symbol
    }

    #[inline(always)]
    fn bits(&mut self, value: u64, count: u32) -> u64 {
        self.out.bits.put(value, count);
        value
    }

    #[inline(always)]
    fn word(&mut self, value: u64) -> u64 {
        self.out.words.extend_from_slice(&value.to_be_bytes());
        value
    }

    #[inline(always)]
    fn column(&mut self, column: Column) {
        let EncoderBuffers { intervals, bits, words, meter } = &mut *self.out;
        meter.switch(column, || Place { symbols: intervals.len, bits: bits.len(), bytes: words.len() });
    }

    #[inline(always)]
    fn contexts(&mut self) -> &mut Contexts {
        self.contexts
    }
}

/// The reading direction.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    contexts: &'a mut Contexts,
    states: [u32; 2],
    /// The words of the symbols; copied, so that reading one takes a single check.
    symbols: Vec<u16>,
    /// Whether there is a byte without its pair, which no encoder writes.
    odd: bool,
    /// Words read so far.
    at: usize,
    bits: BitReader<'a>,
    words: WordReader<'a>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(contexts: &'a mut Contexts, body: Sections<'a>) -> Self {
        let (pairs, odd) = body.symbols.as_chunks();
        let symbols: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        let word = |at: usize| symbols.get(at).copied().unwrap_or(0) as u32;
        let states = [word(0) | word(1) << 16, word(2) | word(3) << 16];
        let (bits, words) = (BitReader::new(body.bits), WordReader::new(body.words));
        Decoder { contexts, states, symbols, odd: !odd.is_empty(), at: 4, bits, words }
    }

    /// The next symbol and the width of its interval.
    #[inline(always)]
    fn step(&mut self, ctx: Ctx) -> (u32, u32) {
        // Whether a word is taken is as good as random: it is always read and mostly used.
        let word = self.symbols.get(self.at).copied().unwrap_or(0) as u32;
        // The states take turns: the one in use is always in front.
        let [x, other] = self.states;
        self.states[0] = other;
        let value = x & ((1 << PROB_BITS) - 1);
        let cdf = self.contexts.get(ctx);
        let symbol = cdf.find(value);
        let (low, width) = cdf.interval(symbol);
        cdf.adapt(symbol);
        let x = width * (x >> PROB_BITS) + value - low;
        let used = x < LOWEST;
        self.at += used as usize;
        self.states[1] = if used { x << 16 | word } else { x };
        (symbol as u32, width)
    }
}

impl Reader for Decoder<'_> {
    fn priced_symbol(&mut self, ctx: Ctx, _: Option<&[u64; HISTORIES]>) -> (u32, f64) {
        let (symbol, width) = self.step(ctx);
        (symbol, PROB_BITS as f64 - (width as f64).log2())
    }

    fn finished(&self) -> Option<usize> {
        // Both states are back where an encoder starts.
        let used = self.states == [LOWEST; 2] && self.at == self.symbols.len() && !self.odd && self.bits.finished();
        self.words.padding().filter(|_| used && !self.overrun())
    }
}

impl Coder for Decoder<'_> {
    const ENCODES: bool = false;

    // Called from everywhere: in line, it makes the model too large for the instruction cache.
    #[inline(never)]
    fn symbol(&mut self, ctx: Ctx, _: u32) -> u32 {
        self.step(ctx).0
    }

    #[inline(always)]
    fn bits(&mut self, _: u64, count: u32) -> u64 {
        self.bits.take(count)
    }

    #[inline(always)]
    fn word(&mut self, _: u64) -> u64 {
        self.words.take()
    }

    #[inline(always)]
    fn contexts(&mut self) -> &mut Contexts {
        self.contexts
    }

    fn overrun(&self) -> bool {
        self.at > self.symbols.len() || self.bits.overrun() || self.words.overrun()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_as_good_as_a_division() {
        for width in 1..=1 << PROB_BITS {
            for quotient in [0, 1, 2, 1000, (1 << 16) - 1, 1 << 16, (1 << 17) - 1] {
                for x in [quotient * width, quotient * width + width / 2, quotient * width + (width - 1)] {
                    let product = x as u64 * reciprocal(width);
                    assert_eq!(product >> RECIPROCAL_BITS, (x / width) as u64, "{x} / {width}");
                }
            }
        }
    }
}
