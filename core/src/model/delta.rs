//! Differences: a value as steps of a clock's unit, or as ticks of a counter, from an anchor.

use super::tick::{TICKS, Tick};
use crate::coder::{Coder, Ctx, Signed};

/// Units of the clocks in use, in nanoseconds: 100 ns (.NET), 256 ns (a nanosecond time in a double),
/// and the decimal ones.
const UNITS: [i64; 7] = [1, 100, 256, 1_000, 100_000, 1_000_000, 1_000_000_000];
const NANOSECOND: u8 = 0;
const MICROSECOND: u8 = 3;

/// Of each unit, what to multiply by instead of dividing, and how far to shift the upper half of the product: the
/// unit is as good as random from one time to the next, so nothing branches on it (Granlund and Montgomery, "Division
/// by invariant integers using multiplication", 1994).
const RECIPROCALS: [(u64, u32); UNITS.len()] = {
    let mut table = [(0, 0); UNITS.len()];
    let mut i = 0;
    while i < table.len() {
        let unit = UNITS[i] as u128;
        let shift = unit.next_power_of_two().ilog2();
        table[i] = ((1u128 << (63 + shift)).div_ceil(unit) as u64, shift);
        i += 1;
    }
    table
};

/// Turns a value into a number of steps from an anchor, and back. It keeps the unit of the values it
/// has seen, because a clock that counts milliseconds leaves a million-fold of nothing in nanoseconds.
///
/// ```
/// let mut delta = tracezip::DeltaEncoder::default();
/// delta.fit(1_700_000_000_002_000_000);
/// assert_eq!(delta.unit(), 1_000_000);
/// let steps = delta.steps(1_700_000_000_000_000_123, 1_700_000_000_002_000_000);
/// assert_eq!(steps, 2);
/// assert_eq!(delta.value(1_700_000_000_000_000_123, steps), 1_700_000_000_002_000_000);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DeltaEncoder {
    unit: u8,
}

impl DeltaEncoder {
    /// The unit, in nanoseconds.
    pub fn unit(&self) -> i64 {
        UNITS.get(self.unit as usize).copied().unwrap_or(1)
    }

    /// Takes the largest unit that divides `value`; zero says nothing about the unit.
    pub fn fit(&mut self, value: i64) {
        if value != 0 {
            self.unit = largest_unit(value);
        }
    }

    /// Steps from `anchor` to `value`, each rounded down to the unit. Exact if the unit divides `value`.
    #[inline]
    pub fn steps(&self, anchor: i64, value: i64) -> i64 {
        divide(value, self.unit).wrapping_sub(divide(anchor, self.unit))
    }

    /// The value that lies `steps` from `anchor`.
    #[inline]
    pub fn value(&self, anchor: i64, steps: i64) -> i64 {
        divide(anchor, self.unit).wrapping_add(steps).wrapping_mul(self.unit())
    }

    /// As [`DeltaEncoder::fit`]; a clock that shows nanoseconds may count ticks.
    pub(crate) fn fit_with(&mut self, value: i64, tick: Tick) {
        self.fit(value);
        if self.unit == NANOSECOND
            && let Some(tick) = tick.number()
        {
            self.unit = UNITS.len() as u8 + tick;
        }
    }

    /// Whether the clock counts ticks.
    pub(crate) fn counts_ticks(&self) -> bool {
        self.unit >= UNITS.len() as u8
    }

    /// Whether the clock shows nanoseconds.
    pub(crate) fn is_fine(&self) -> bool {
        self.unit == NANOSECOND || self.counts_ticks()
    }

    fn tick(&self) -> Tick {
        Tick::new(self.unit.wrapping_sub(UNITS.len() as u8))
    }

    /// Whether to go on with this unit for `value`: it divides it, and no much larger one does, and the clock
    /// counts ticks if others do.
    #[inline]
    pub(crate) fn suits(&self, value: i64, tick: Tick) -> bool {
        let is_fine = self.is_fine();
        let is_large = (self.unit > 2) & !is_fine;
        (value == 0)
            | divides(value, self.unit) & (is_large | !divides(value, MICROSECOND)) & (!is_fine | (self.tick() == tick))
    }

    /// Codes the unit.
    pub(crate) fn code_unit<C: Coder>(&mut self, c: &mut C, ctx: Ctx) {
        self.unit = (c.symbol(ctx, self.unit as u32) % (UNITS.len() + TICKS.len()) as u32) as u8;
    }

    /// Codes how far `value` lies from `anchor`; returns the value.
    #[inline]
    pub(crate) fn code<C: Coder>(&self, c: &mut C, numbers: Signed, residues: Ctx, anchor: i64, value: i64) -> i64 {
        if self.unit < UNITS.len() as u8 {
            let [from, to] = [anchor, value].map(|time| divide(time, self.unit));
            let steps = numbers.code(c, to.wrapping_sub(from));
            from.wrapping_add(steps).wrapping_mul(self.unit())
        } else {
            anchor.wrapping_add(self.tick().code(c, numbers, residues, value.wrapping_sub(anchor)))
        }
    }
}

/// Division by a unit, rounding down; a clock that counts ticks divides by one.
#[inline]
fn divide(value: i64, unit: u8) -> i64 {
    let (factor, shift) = RECIPROCALS[unit as usize % RECIPROCALS.len()];
    // Of a negative number the ones' complement is divided; that of the quotient is then rounded down.
    let negative = value >> 63;
    let magnitude = (value ^ negative) as u64;
    let quotient = (((magnitude << 1) as u128 * factor as u128) >> 64) as u64 >> shift;
    quotient as i64 ^ negative
}

#[inline]
fn divides(value: i64, unit: u8) -> bool {
    divide(value, unit).wrapping_mul(UNITS[unit as usize % UNITS.len()]) == value
}

fn largest_unit(value: i64) -> u8 {
    (0..UNITS.len() as u8).rev().find(|&unit| divides(value, unit)).unwrap_or(0)
}
