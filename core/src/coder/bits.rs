//! Raw bits, least significant first, in whole little-endian 64-bit words cut at the last used byte.

#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    used: u32,
}

impl BitWriter {
    /// Appends the low `count` bits of `value`; `count <= 64`.
    #[inline(always)]
    pub(crate) fn put(&mut self, value: u64, count: u32) {
        let value = if count < 64 { value & ((1 << count) - 1) } else { value };
        self.pending |= value << self.used;
        self.used += count;
        if self.used >= 64 {
            self.bytes.extend_from_slice(&self.pending.to_le_bytes());
            self.used -= 64;
            // A shift by 64 (nothing was left over) would be undefined, hence checked.
            self.pending = value.checked_shr(count - self.used).unwrap_or(0);
        }
    }

    /// Bits so far; once the stream has ended, those of its bytes.
    pub(crate) fn len(&self) -> usize {
        8 * self.bytes.len() + self.used as usize
    }

    /// Ends the stream and returns its bytes; call [`BitWriter::clear`] before the next use.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let rest = self.pending.to_le_bytes();
        self.bytes.extend_from_slice(&rest[..self.used.div_ceil(8) as usize]);
        self.used = 0;
        &self.bytes
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.pending = 0;
        self.used = 0;
    }
}

#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits read so far.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        BitReader { bytes, at: 0 }
    }

    /// The next `count <= 64` bits; zeros past the end.
    // Called from everywhere, as what codes a symbol is.
    #[inline(never)]
    pub(crate) fn take(&mut self, count: u32) -> u64 {
        match self.bytes.get(self.at / 8..).and_then(|rest| rest.first_chunk()) {
            Some(word) if count <= 56 => {
                let word = u64::from_le_bytes(*word) >> (self.at % 8);
                self.at += count as usize;
                word & ((1 << count) - 1)
            }
            _ => self.take_bytes(count),
        }
    }

    /// The same where there are too many bits for a word, or too few bytes.
    #[cold]
    #[inline(never)]
    fn take_bytes(&mut self, count: u32) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or(&[]);
        let word = rest.iter().take(9).rev().fold(0u128, |word, &byte| word << 8 | byte as u128) >> (self.at % 8);
        self.at += count as usize;
        (word & ((1 << count) - 1)) as u64
    }

    /// Whether more bits were taken than there are.
    pub(crate) fn overrun(&self) -> bool {
        self.at > self.bytes.len() * 8
    }

    /// Whether every byte was used and the bits left over are zero.
    pub(crate) fn finished(&self) -> bool {
        self.at.div_ceil(8) == self.bytes.len() && {
            let rest = self.at % 8;
            rest == 0 || self.bytes[self.bytes.len() - 1] >> rest == 0
        }
    }
}

/// Raw words of eight bytes, big-endian as ids are written.
#[derive(Debug)]
pub(crate) struct WordReader<'a> {
    words: &'a [u8],
    overrun: bool,
}

impl<'a> WordReader<'a> {
    pub(crate) fn new(words: &'a [u8]) -> Self {
        WordReader { words, overrun: false }
    }

    /// The next word; zero past the end.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> u64 {
        match self.words.split_first_chunk() {
            Some((word, rest)) => {
                self.words = rest;
                u64::from_be_bytes(*word)
            }
            None => {
                self.overrun = true;
                0
            }
        }
    }

    /// Whether more words were taken than there are.
    pub(crate) fn overrun(&self) -> bool {
        self.overrun
    }

    /// Bytes that were not used, if all of them are zero.
    pub(crate) fn padding(&self) -> Option<usize> {
        self.words.iter().all(|byte| *byte == 0).then_some(self.words.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_back() {
        let mut writer = BitWriter::default();
        let values: Vec<(u64, u32)> =
            (0..2000u32).map(|i| (0x9e37_79b9_7f4a_7c15u64.wrapping_mul(i as u64 + 1), i % 65)).collect();
        for &(value, count) in &values {
            writer.put(value, count);
        }
        let bytes = writer.finish().to_vec();
        let mut reader = BitReader::new(&bytes);
        for &(value, count) in &values {
            let mask = if count == 64 { u64::MAX } else { (1 << count) - 1 };
            assert_eq!(reader.take(count), value & mask);
        }
        assert!(reader.finished() && !reader.overrun());
        reader.take(9);
        assert!(reader.overrun());
    }
}
