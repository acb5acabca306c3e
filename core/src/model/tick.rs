//! Clocks that show nanoseconds but count ticks of a counter, as those of ARM processors do: what lies between
//! two of their times is a whole number of ticks, rounded.

use crate::coder::{Coder, Ctx, Signed};

/// Ticks of the counters in use: so many nanoseconds are so many ticks. 24 MHz (Apple), 25 MHz (servers),
/// 19.2 MHz (Qualcomm), 54 MHz (Raspberry Pi). The numbers are part of the format.
pub(crate) const TICKS: [(i64, i64); 4] = [(125, 3), (40, 1), (625, 12), (500, 27)];

/// Contexts of what rounding leaves: by the number of ticks.
pub(crate) const RESIDUES: usize = 3;
/// Residues up to this are symbols.
const NEAR: i64 = 7;
const FAR: u32 = 15;

/// One of [`TICKS`], or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tick(Option<u8>);

impl Tick {
    pub(crate) fn new(number: u8) -> Self {
        Tick(Some(number).filter(|number| (*number as usize) < TICKS.len()))
    }

    pub(crate) fn number(self) -> Option<u8> {
        self.0
    }

    fn ratio(self) -> (i64, i64) {
        TICKS[self.0.unwrap_or(0) as usize % TICKS.len()]
    }

    /// Codes a difference in nanoseconds: the nearest number of ticks, and how far that is off.
    pub(crate) fn code<C: Coder>(self, c: &mut C, numbers: Signed, residues: Ctx, difference: i64) -> i64 {
        let (nanoseconds, ticks) = self.ratio();
        let count = numbers.code(c, scale(difference, nanoseconds, ticks));
        let near = scale(count, ticks, nanoseconds);
        let residue = difference.wrapping_sub(near);
        let symbol = if residue.unsigned_abs() <= NEAR as u64 { (residue + NEAR) as u32 } else { FAR };
        let ctx = residues.at((count.rem_euclid(ticks) % RESIDUES as i64) as u32);
        let residue = match c.symbol(ctx, symbol) {
            FAR => c.bits(residue.wrapping_add(32) as u64, 6) as i64 - 32,
            symbol => symbol as i64 - NEAR,
        };
        near.wrapping_add(residue)
    }

    /// Whether a difference is a whole number of ticks, but for the rounding of both its ends.
    fn hits(self, difference: i64) -> bool {
        let (nanoseconds, ticks) = self.ratio();
        let near = scale(scale(difference, nanoseconds, ticks), ticks, nanoseconds);
        difference.wrapping_sub(near).unsigned_abs() <= 1
    }
}

/// `value * to / from` to the nearest integer, halves upwards, though `value * to` may be too large.
fn scale(value: i64, from: i64, to: i64) -> i64 {
    let rest = (2 * value.rem_euclid(from) * to + from) / (2 * from);
    value.div_euclid(from).wrapping_mul(to).wrapping_add(rest)
}

/// Finds out which tick durations are counted in: only an encoder does.
#[derive(Debug, Default)]
pub(crate) struct TickFinder {
    pub tick: Tick,
    sample: [i64; SAMPLE],
    len: usize,
    /// Durations to leave out.
    skip: u32,
}

const SAMPLE: usize = 16;
/// Durations from one sample to the next.
const SKIP: u32 = 48;
/// Durations of a sample that a tick must fit to begin with, and to go on. By chance it fits one of six.
const BEGIN: usize = 13;
const GO_ON: usize = 8;

impl TickFinder {
    /// Takes note of a duration that a clock of nanoseconds has shown.
    pub(crate) fn note(&mut self, duration: i64) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if duration >= 256 {
            self.sample[self.len] = duration;
            self.len += 1;
            if self.len == SAMPLE {
                self.tick = self.judge();
                (self.len, self.skip) = (0, SKIP);
            }
        }
    }

    fn judge(&self) -> Tick {
        let fits = |tick: Tick| self.sample.iter().filter(|duration| tick.hits(**duration)).count();
        if self.tick != Tick::default() && fits(self.tick) >= GO_ON {
            return self.tick;
        }
        (0..TICKS.len() as u8).map(Tick::new).find(|tick| fits(*tick) >= BEGIN).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::coder::{Contexts, Decoder, Encoder, EncoderBuffers};
    use super::*;

    fn ticks() -> impl Iterator<Item = Tick> {
        (0..TICKS.len() as u8).map(Tick::new)
    }

    #[test]
    fn differences_come_back() {
        let mut differences: Vec<i64> = (-2_000..2_000).collect();
        differences.extend((0..64).flat_map(|b| [1i64 << b, (1i64 << b).wrapping_neg(), i64::MAX >> b, i64::MIN >> b]));
        let (mut contexts, mut buffers, mut symbols) = (Contexts::default(), EncoderBuffers::default(), Vec::new());
        let (numbers, residues) = (Signed::new(&mut contexts), contexts.block(RESIDUES));
        let mut encoder = Encoder::new(&mut contexts, &mut buffers);
        for tick in ticks() {
            for &difference in &differences {
                assert_eq!(tick.code(&mut encoder, numbers, residues, difference), difference);
            }
        }
        let body = encoder.finish(&mut symbols);
        let mut contexts = Contexts::default();
        let (numbers, residues) = (Signed::new(&mut contexts), contexts.block(RESIDUES));
        let mut decoder = Decoder::new(&mut contexts, body);
        for tick in ticks() {
            for &difference in &differences {
                assert_eq!(tick.code(&mut decoder, numbers, residues, 0), difference);
            }
        }
    }

    #[test]
    fn ticks_are_found() {
        for (tick, (nanoseconds, ticks)) in ticks().zip(TICKS) {
            let mut finder = TickFinder::default();
            for i in 0..SAMPLE as i64 {
                let (start, end) = (7 + 1_001 * i, 2_000 + 5_003 * i * i);
                finder.note(end * nanoseconds / ticks - start * nanoseconds / ticks);
            }
            assert_eq!(finder.tick, tick);
            for i in 0..(SKIP + 16) as i64 {
                finder.note(300 + 7_919 * i * i);
            }
            assert_eq!(finder.tick, Tick::default());
        }
    }
}
