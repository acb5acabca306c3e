//! Literal bytes: two symbols each, in the context of the byte before.

use std::sync::LazyLock;

use super::super::super::coder::{Coder, Contexts, Ctx, Encoder, EncoderBuffers, HISTORIES, Prior};
use super::primer::PRIMER;
use crate::restore::{Tracked, restore};

/// Bytes that stand for variables in patterns.
const MASKS: [u8; 3] = [16, 18, 19];

/// Contexts of a byte: one for its high half, then one for the low half by each high half.
const BLOCK: usize = 17;

/// What coding the primer would have taught: by the byte before, behind what all of them begin with.
static PRIOR: LazyLock<Prior> = LazyLock::new(learn);

fn learn() -> Prior {
    let mut contexts = Contexts::default();
    let mut buffers = EncoderBuffers::default();
    let order0 = contexts.block(BLOCK);
    let mut c = Encoder::new(&mut contexts, &mut buffers);
    for &byte in PRIMER {
        code(&mut c, order0, &[0; HISTORIES], byte);
    }
    for _ in 0..PLACES {
        c.contexts().fork_block(order0, BLOCK);
    }
    let order1 = |place| order0.at(number(place) as u32);
    for at in 3..PRIMER.len() {
        let place = place(&PRIMER[..at], PRIMER[at - 1] == 0);
        code(&mut c, order1(place), &[0; HISTORIES], PRIMER[at]);
    }
    // Variables are masked in most patterns, and in no line of the primer.
    for place in (0..128u8).filter(|place| !place.is_ascii_alphanumeric()) {
        for mask in MASKS {
            code(&mut c, order1(place as usize), &[0; HISTORIES], mask);
        }
    }
    Prior::learnt(contexts)
}

/// The first of a place's contexts in [`PRIOR`].
fn number(place: usize) -> usize {
    (place + 1) * BLOCK
}

const PLACES: usize = 512;
#[inline(always)]
fn place(before: &[u8], start: bool) -> usize {
    let (false, Some(&[z, y, x])) = (start, before.last_chunk()) else { return 0 };
    let [x_is, y_is, z_is] = [x, y, z].map(|byte| byte.wrapping_sub(b'0') < 10);
    let digits = if x_is { y_is & z_is } else { y_is | z_is };
    (if x_is { b'0' } else { x }) as usize | (digits as usize) << 8
}

/// Codes a byte; `histories` are of the bytes before.
#[inline(always)]
fn code<C: Coder>(c: &mut C, ctx: Ctx, histories: &[u64; HISTORIES], byte: u8) -> u8 {
    let high = c.told_symbol(ctx, histories, (byte >> 4) as u32);
    let after = if C::MIXES { histories.map(|hash| spread(hash ^ (high as u64 + 1))) } else { *histories };
    let low = c.told_symbol(ctx.at(1 + high), &after, (byte & 15) as u32);
    (high << 4 | low) as u8
}

#[inline(always)]
fn spread(hash: u64) -> u64 {
    let x = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (x ^ x >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Hashes of the last two, three, four and six bytes and of the word so far.
#[inline]
fn histories(before: &[u8], expected: u8) -> [u64; HISTORIES] {
    let tail = before.last_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let mut word = 7u64;
    for &byte in before.iter().rev().take(12).take_while(|byte| byte.is_ascii_alphabetic()) {
        word = (word ^ byte as u64).wrapping_mul(0x100_0000_01b3);
    }
    [
        spread(tail & 0xffff | 1 << 56),
        spread(tail & 0xff_ffff | 2 << 56),
        spread(tail & 0xffff_ffff | 3 << 56),
        spread((tail & 0xff) << 8 | expected as u64 | 4 << 56),
        spread(word << 8 ^ 5),
        spread(tail & 0xffff_ffff_ffff | 6 << 56),
    ]
}

#[derive(Debug)]
pub(super) struct Literals {
    /// By the byte before; made when first needed.
    order1: Tracked<(u32, Ctx)>,
    generation: u32,
}

restore!(Literals { order1; copy generation });

impl Literals {
    pub(super) fn new() -> Self {
        Literals { order1: vec![(0, Ctx::NONE); PLACES].into(), generation: 1 }
    }

    pub(super) fn reset(&mut self) {
        self.generation = self.generation.wrapping_add(1);
    }

    #[inline(always)]
    pub(super) fn code<C: Coder>(&mut self, c: &mut C, before: &[u8], start: bool, expected: u8, byte: u8) -> u8 {
        let place = place(before, start);
        let (generation, ctx) = self.order1[place];
        let ctx = if generation == self.generation { ctx } else { self.begin(c.contexts(), place) };
        let histories = if C::MIXES { histories(before, expected) } else { [0; HISTORIES] };
        code(c, ctx, &histories, byte)
    }

    /// Makes the contexts of a place.
    #[cold]
    #[inline(never)]
    fn begin(&mut self, contexts: &mut Contexts, place: usize) -> Ctx {
        let ctx = contexts.adopt(&PRIOR, number(place), BLOCK);
        self.order1[place] = (self.generation, ctx);
        ctx
    }
}
