//! Numbers for generators: random ones, or those that a fuzzer chooses.
//!
//! SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): small,
//! and the same numbers for the same seed in every version.

/// Random numbers from a seed, behind chosen ones if there are some.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
    /// What is left of the chosen bytes, from the last to the first.
    chosen: Vec<u8>,
}

impl Rng {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Rng { state: seed ^ 0x7ace_219c_0dec_0de5, chosen: Vec::new() }
    }

    /// The bytes decide; when they are used up, random numbers go on, always the same ones. A choice takes
    /// as few bytes as it needs, so a small change of the bytes changes little of what is made of them.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Rng { chosen: bytes.iter().rev().copied().collect(), ..Rng::new(bytes.len() as u64) }
    }

    /// A number of `bytes` chosen bytes, or a random one.
    fn take(&mut self, bytes: usize) -> u64 {
        if self.chosen.is_empty() {
            return self.random();
        }
        (0..bytes).fold(0, |value, _| value << 8 | u64::from(self.chosen.pop().unwrap_or(0)))
    }

    /// Any number.
    pub fn next_u64(&mut self) -> u64 {
        self.take(8)
    }

    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `end`, without it; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let bytes = 8 - (end as u64).leading_zeros() as usize / 8;
        if end == 0 { 0 } else { (self.take(bytes) % end as u64) as usize }
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u8) -> bool {
        percent > 0 && self.below(100) < usize::from(percent)
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A number of any size: small ones are as likely as large ones.
    pub fn number(&mut self) -> u64 {
        self.next_u64() >> self.below(64)
    }

    /// Random bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.take(1) as u8).collect()
    }

    /// In any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
