//! Binary arithmetic coding, as in lpaq1.

/// The arithmetic coder's interval, 32 bits; whole bytes leave as soon as both ends agree in them.
#[derive(Debug)]
pub(super) struct Interval {
    low: u32,
    high: u32,
}

impl Interval {
    pub(super) const ALL: Interval = Interval { low: 0, high: u32::MAX };

    /// Where the part of a one bit of probability `p` (16 bits) ends.
    #[inline(always)]
    fn split(&self, p: u32) -> u32 {
        self.low + (((self.high - self.low) as u64 * p as u64) >> 16) as u32
    }

    #[inline(always)]
    fn narrow(&mut self, split: u32, bit: u32) {
        if bit != 0 {
            self.high = split;
        } else {
            self.low = split + 1;
        }
    }

    /// Codes a bit into `bytes` and multiplies `share` by its probability.
    #[inline(always)]
    pub(super) fn encode(&mut self, p: u32, bit: u32, bytes: &mut Vec<u8>, share: &mut u64) -> u32 {
        *share = (*share * if bit != 0 { p } else { 65_536 - p } as u64) >> 16;
        self.narrow(self.split(p), bit);
        while self.has_byte() {
            bytes.push((self.high >> 24) as u8);
            self.shift();
        }
        bit
    }

    #[inline(always)]
    pub(super) fn decode(&mut self, p: u32, input: &mut Input<'_>) -> u32 {
        let split = self.split(p);
        let bit = (input.value <= split) as u32;
        self.narrow(split, bit);
        while self.has_byte() {
            self.shift();
            input.shift();
        }
        bit
    }

    #[inline(always)]
    fn has_byte(&self) -> bool {
        (self.low ^ self.high) >> 24 == 0
    }

    #[inline(always)]
    fn shift(&mut self) {
        self.low <<= 8;
        self.high = self.high << 8 | 255;
    }

    /// The value in the interval with the fewest bytes that are not zero, and their number.
    pub(super) fn last(&self) -> (u32, usize) {
        for bytes in 0..4 {
            let rest = u32::MAX.checked_shr(8 * bytes).unwrap_or(0);
            if let Some(value) = self.low.checked_add(rest).map(|value| value & !rest)
                && value <= self.high
            {
                return (value, bytes as usize);
            }
        }
        (self.low, 4)
    }
}

/// What an arithmetic decoder reads: zeros past the end.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// The four bytes that the interval has reached.
    pub(super) value: u32,
    pub(super) symbols: &'a [u8],
    /// Bytes read so far.
    pub(super) at: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(symbols: &'a [u8]) -> Self {
        let mut input = Input { value: 0, symbols, at: 0 };
        for _ in 0..4 {
            input.shift();
        }
        input
    }

    #[inline(always)]
    fn shift(&mut self) {
        self.value = self.value << 8 | self.symbols.get(self.at).copied().unwrap_or(0) as u32;
        self.at += 1;
    }

    pub(super) fn overrun(&self) -> bool {
        self.at > self.symbols.len() + 4
    }
}
