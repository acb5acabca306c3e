//! ln(p/(1-p)) and its inverse on twelve bits, as in lpaq1: tables by interpolation, no floating point.

/// 4096 / (1 + e^-x) for x = -2047/256 .. in steps of 1/2.
const KNOTS: [i32; 33] = [
    1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901,
    3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
];

/// The probability, 12 bits, of a stretched one in 1/256.
#[inline(always)]
pub(super) const fn squash(x: i32) -> i32 {
    if x > 2047 {
        return 4095;
    }
    if x < -2047 {
        return 0;
    }
    let part = x & 127;
    let knot = ((x >> 7) + 16) as usize;
    (KNOTS[knot] * (128 - part) + KNOTS[knot + 1] * part + 64) >> 7
}

/// The inverse of [`squash`].
static STRETCHED: [i16; 4096] = {
    let mut table = [0; 4096];
    let mut next = 0;
    let mut x = -2047;
    while x <= 2047 {
        let p = squash(x);
        while next <= p as usize {
            table[next] = x as i16;
            next += 1;
        }
        x += 1;
    }
    while next < 4096 {
        table[next] = 2047;
        next += 1;
    }
    table
};

/// ln(p/(1-p)) in 1/256 for a probability of 12 bits.
#[inline(always)]
pub(super) fn stretch(p: i32) -> i32 {
    STRETCHED[p as usize & 4095] as i32
}
