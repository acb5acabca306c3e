//! Numbers: the bit length and the leading bits as two symbols, the rest as raw bits.

use super::{Coder, Contexts, Ctx};

/// Contexts of a number: one for the bit length, then one for each of its values.
const BLOCK: usize = 17;

/// Codes an unsigned number below 2^63.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(Ctx);

/// Codes a signed number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed(Ctx);

/// Bits of a number below 2^63.
#[inline(always)]
pub(crate) fn bit_length(value: u64) -> u32 {
    // Of nothing but zero there would be no logarithm, which would have to be asked for.
    (value << 1 | 1).ilog2()
}

impl Number {
    pub(crate) fn new(contexts: &mut Contexts) -> Self {
        Number(contexts.block(BLOCK))
    }

    pub(crate) fn fork(self, contexts: &mut Contexts) -> Self {
        Number(contexts.fork_block(self.0, BLOCK))
    }

    /// The second symbol is the low two bits of the length and the two bits below the leading one.
    #[inline]
    pub(crate) fn code<C: Coder>(self, c: &mut C, value: u64) -> u64 {
        let length = bit_length(value);
        let lead = (value >> length.saturating_sub(3)) as u32 & if length > 2 { 3 } else { 1 };
        let high = c.symbol(self.0, length >> 2);
        let low = c.symbol(self.0.at(1 + high), (length & 3) << 2 | lead);
        let length = high << 2 | low >> 2;
        let rest = length.saturating_sub(3);
        let bits = if rest > 0 { c.bits(value, rest) } else { 0 };
        match length {
            _ if C::ENCODES => value,
            0 | 1 => length as u64,
            2 => 2 | (low & 1) as u64,
            _ => (4 | (low & 3) as u64) << rest | bits,
        }
    }
}

impl Signed {
    /// Stands where there are no contexts yet.
    pub(crate) const NONE: Signed = Signed(Ctx::NONE);

    pub(crate) fn new(contexts: &mut Contexts) -> Self {
        Signed(contexts.block(BLOCK))
    }

    pub(crate) fn fork(self, contexts: &mut Contexts) -> Self {
        Signed(contexts.fork_block(self.0, BLOCK))
    }

    /// The second symbol is the low two bits of the length, the sign and the bit below the leading one.
    #[inline]
    pub(crate) fn code<C: Coder>(self, c: &mut C, value: i64) -> i64 {
        // Ones' complement of a negative number, so that every magnitude has at most 63 bits.
        let negative = value >> 63;
        let magnitude = (value ^ negative) as u64;
        let length = bit_length(magnitude);
        let lead = (magnitude >> length.saturating_sub(2)) as u32 & (length > 1) as u32;
        let high = c.symbol(self.0, length >> 2);
        let low = c.symbol(self.0.at(1 + high), (length & 3) << 2 | (negative as u32 & 1) << 1 | lead);
        let length = high << 2 | low >> 2;
        let rest = length.saturating_sub(2);
        let bits = if rest > 0 { c.bits(magnitude, rest) } else { 0 };
        if C::ENCODES {
            return value;
        }
        let magnitude = if length < 2 { length as u64 } else { (2 | (low & 1) as u64) << rest | bits };
        magnitude as i64 ^ -((low >> 1 & 1) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, Encoder, EncoderBuffers, Reader};
    use super::*;

    #[test]
    fn numbers_come_back() {
        let mut values: Vec<i64> =
            (0..64).flat_map(|b| [1i64 << b, (1i64 << b).wrapping_sub(1), (1i64 << b).wrapping_neg()]).collect();
        values.extend([0, -1, i64::MIN, i64::MAX, 1_700_000_000_000_000_000]);
        let (mut contexts, mut buffers, mut symbols) = (Contexts::default(), EncoderBuffers::default(), Vec::new());
        let (signed, number) = (Signed::new(&mut contexts), Number::new(&mut contexts));
        let mut encoder = Encoder::new(&mut contexts, &mut buffers);
        for &v in &values {
            signed.code(&mut encoder, v);
            number.code(&mut encoder, v as u64 >> 1);
        }
        let body = encoder.finish(&mut symbols);
        let mut contexts = Contexts::default();
        let (signed, number) = (Signed::new(&mut contexts), Number::new(&mut contexts));
        let mut decoder = Decoder::new(&mut contexts, body);
        for &v in &values {
            assert_eq!(signed.code(&mut decoder, 0), v);
            assert_eq!(number.code(&mut decoder, 0), v as u64 >> 1);
        }
        assert_eq!(decoder.finished(), Some(0));
    }
}
