//! The recurrence of MT19937 and its output function, both ways, on single words.
//!
//! Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998): x[i+624] = x[i+397] ^ twist(x[i], x[i+1]),
//! and what comes out is temper(x[i]). The constants are those of CPython's `Modules/_randommodule.c`,
//! `genrand_uint32`.

/// Words of the state.
pub(super) const STATE: usize = 624;
/// Distance of the word that is added.
pub(super) const MIDDLE: usize = 397;

const MATRIX: u32 = 0x9908_b0df;
/// The bit of x[i] that counts, and those of x[i+1].
pub(super) const TOP: u32 = 0x8000_0000;
pub(super) const REST: u32 = !TOP;

const MASK_B: u32 = 0x9d2c_5680;
/// Where two, and four, steps of that in a row lead.
const MASK_B_2: u32 = MASK_B & MASK_B << 7;
const MASK_B_4: u32 = MASK_B_2 & MASK_B_2 << 14;
const MASK_C: u32 = 0xefc6_0000;

/// x[i+624] ^ x[i+397], of x[i] (its top bit counts) and x[i+1] (all the others).
#[inline]
pub(super) fn twist(first: u32, second: u32) -> u32 {
    let y = first & TOP | second & REST;
    (y >> 1) ^ ((y & 1).wrapping_neg() & MATRIX)
}

/// The top bit of x[i] and the others of x[i+1], of x[i+624] ^ x[i+397].
#[inline]
pub(super) fn untwist(twisted: u32) -> u32 {
    // The shift clears the top bit and the matrix has it set: it tells the bit that was shifted out.
    let odd = twisted >> 31;
    ((twisted ^ (odd.wrapping_neg() & MATRIX)) << 1) | odd
}

/// What comes out for a word of the state.
#[inline]
pub(super) fn temper(mut word: u32) -> u32 {
    word ^= word >> 11;
    word ^= (word << 7) & MASK_B;
    word ^= (word << 15) & MASK_C;
    word ^ (word >> 18)
}

/// The word of the state for what came out.
#[inline]
pub(super) fn untemper(mut word: u32) -> u32 {
    word ^= word >> 18;
    word ^= (word << 15) & MASK_C;
    // Each bit but the lowest 7 depends on one 7 below it: 7, then 14, then 28 of them are right.
    word ^= (word << 7) & MASK_B;
    word ^= (word << 14) & MASK_B_2;
    word ^= (word << 28) & MASK_B_4;
    word ^ (word >> 11) ^ (word >> 22)
}

/// 64 bits that come out for two words of the state: the lower half is drawn first.
#[inline]
pub(super) fn drawn(first: u32, second: u32) -> u64 {
    u64::from(temper(first)) | u64::from(temper(second)) << 32
}

/// The two words of the state for 64 bits that came out.
#[inline]
pub(super) fn pair(drawn: u64) -> (u32, u32) {
    (untemper(drawn as u32), untemper((drawn >> 32) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let mut word = 1u32;
        for _ in 0..1000 {
            word = word.wrapping_mul(0x9e37_79b1).wrapping_add(0x7f4a_7c15);
            let other = word.rotate_left(9);
            assert_eq!(untemper(temper(word)), word);
            assert_eq!(untwist(twist(word, other)), word & TOP | other & REST);
        }
    }
}
