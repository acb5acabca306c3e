//! Literal bytes of the lean model: one of three lengths, whatever came before.

use super::super::super::coder::Coder;

/// Bytes of 5 bits, and of 7; all others have 10.
const COMMON: [u8; 16] = *b"etaoinsrcldpum-/";
const USUAL: [u8; 32] = *b"\x00._:0123456789bfghkvwxyzjq =,SGT";

/// Code and length of each byte. The low bits say how long it is.
static CODES: [(u16, u8); 256] = {
    let mut table = [(0, 10); 256];
    let mut at = 0;
    while at < 256 {
        table[at].0 = (at << 2 | 3) as u16;
        at += 1;
    }
    at = 0;
    while at < USUAL.len() {
        table[USUAL[at] as usize] = ((at << 2 | 1) as u16, 7);
        at += 1;
    }
    at = 0;
    while at < COMMON.len() {
        table[COMMON[at] as usize] = ((at << 1) as u16, 5);
        at += 1;
    }
    table
};

/// Codes a byte.
#[inline(always)]
pub(super) fn code<C: Coder>(c: &mut C, byte: u8) -> u8 {
    if C::ENCODES {
        let (code, length) = CODES[byte as usize];
        c.bits(code as u64, length as u32);
        return byte;
    }
    let first = c.bits(0, 5) as usize;
    match first & 3 {
        1 => USUAL[first >> 2 | (c.bits(0, 2) as usize) << 3],
        3 => (first >> 2) as u8 | (c.bits(0, 5) as u8) << 3,
        _ => COMMON[first >> 1],
    }
}
