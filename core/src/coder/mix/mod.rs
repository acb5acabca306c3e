//! Level 9: the same symbols as four binary decisions each, every one predicted by several models at
//! once whose predictions are mixed, and coded by a binary arithmetic coder.
//!
//! Logistic mixing follows Matt Mahoney, "Adaptive Weighing of Context Models for Lossless Data
//! Compression" (2005) and his lpaq1 (2007): predictions are stretched to ln(p/(1-p)), added up with
//! weights that gradient descent trains online, and squashed. All of it is integer arithmetic, so
//! every machine computes the same.

mod interval;
mod logistic;
mod predict;
mod tree;

use super::bits::{BitReader, WordReader};
use super::rans::EncoderBuffers;
use super::{Coder, Column, Contexts, Ctx, HISTORIES, Reader, Sections};
use interval::{Input, Interval};
pub(super) use predict::Mixing;
use predict::{Past, symbol, told_symbol};
pub(super) use tree::Tree;

/// The writing direction.
#[derive(Debug)]
pub(crate) struct MixEncoder<'a> {
    contexts: &'a mut Contexts,
    out: &'a mut EncoderBuffers,
    symbols: &'a mut Vec<u8>,
    past: Past,
    interval: Interval,
}

impl<'a> MixEncoder<'a> {
    /// Symbols go to `symbols`, which is cleared first.
    pub(crate) fn new(contexts: &'a mut Contexts, out: &'a mut EncoderBuffers, symbols: &'a mut Vec<u8>) -> Self {
        out.clear();
        symbols.clear();
        MixEncoder { contexts, out, symbols, past: Past::default(), interval: Interval::ALL }
    }

    /// Returns all three parts.
    pub(crate) fn finish(self) -> Sections<'a> {
        let (value, bytes) = self.interval.last();
        self.symbols.extend_from_slice(&value.to_be_bytes()[..bytes]);
        Sections { symbols: self.symbols, bits: self.out.bits.finish(), words: &self.out.words }
    }
}

impl Coder for MixEncoder<'_> {
    const ENCODES: bool = true;
    const MIXES: bool = true;

    #[inline(never)]
    fn symbol(&mut self, ctx: Ctx, value: u32) -> u32 {
        let MixEncoder { contexts, out, symbols, past, interval } = self;
        let mut share = 1 << 32;
        let value = symbol(contexts, past, ctx, value, |p, bit| interval.encode(p, bit, symbols, &mut share));
        out.meter(share);
        value
    }

    #[inline(never)]
    fn told_symbol(&mut self, ctx: Ctx, histories: &[u64; HISTORIES], value: u32) -> u32 {
        let MixEncoder { contexts, out, symbols, interval, .. } = self;
        let mut share = 1 << 32;
        let value = told_symbol(contexts, ctx, histories, value, |p, bit| interval.encode(p, bit, symbols, &mut share));
        out.meter(share);
        value
    }

    #[inline(always)]
    fn column(&mut self, column: Column) {
        self.out.switch(column);
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
    fn contexts(&mut self) -> &mut Contexts {
        self.contexts
    }
}

/// The reading direction.
#[derive(Debug)]
pub(crate) struct MixDecoder<'a> {
    contexts: &'a mut Contexts,
    past: Past,
    interval: Interval,
    input: Input<'a>,
    bits: BitReader<'a>,
    words: WordReader<'a>,
}

impl<'a> MixDecoder<'a> {
    pub(crate) fn new(contexts: &'a mut Contexts, body: Sections<'a>) -> Self {
        MixDecoder {
            contexts,
            past: Past::default(),
            interval: Interval::ALL,
            input: Input::new(body.symbols),
            bits: BitReader::new(body.bits),
            words: WordReader::new(body.words),
        }
    }
}

impl Reader for MixDecoder<'_> {
    fn priced_symbol(&mut self, ctx: Ctx, histories: Option<&[u64; HISTORIES]>) -> (u32, f64) {
        let MixDecoder { contexts, past, interval, input, .. } = self;
        let mut share = 1.0;
        let decode = |p: u32, _| {
            let bit = interval.decode(p, input);
            share *= if bit != 0 { p } else { 65_536 - p } as f64 / 65_536.0;
            bit
        };
        let value = match histories {
            None => symbol(contexts, past, ctx, 0, decode),
            Some(histories) => told_symbol(contexts, ctx, histories, 0, decode),
        };
        (value, -share.log2())
    }

    fn finished(&self) -> Option<usize> {
        let (value, bytes) = self.interval.last();
        let used = self.input.value == value && self.input.at - 4 + bytes == self.input.symbols.len();
        self.words.padding().filter(|_| used && self.bits.finished() && !self.overrun())
    }
}

impl Coder for MixDecoder<'_> {
    const ENCODES: bool = false;
    const MIXES: bool = true;

    #[inline(never)]
    fn symbol(&mut self, ctx: Ctx, _: u32) -> u32 {
        let MixDecoder { contexts, past, interval, input, .. } = self;
        symbol(contexts, past, ctx, 0, |p, _| interval.decode(p, input))
    }

    #[inline(never)]
    fn told_symbol(&mut self, ctx: Ctx, histories: &[u64; HISTORIES], _: u32) -> u32 {
        let MixDecoder { contexts, interval, input, .. } = self;
        told_symbol(contexts, ctx, histories, 0, |p, _| interval.decode(p, input))
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
        self.bits.overrun() || self.words.overrun() || self.input.overrun()
    }
}

#[cfg(test)]
mod tests;
