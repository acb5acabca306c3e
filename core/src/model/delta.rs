//! Differences: a value as steps of a clock's unit from an anchor.

use crate::coder::{Coder, Contexts, Ctx, Signed};

/// Units of the clocks in use, in nanoseconds: 100 ns (.NET), 256 ns (a nanosecond time in a double),
/// and the decimal ones.
const UNITS: [i64; 7] = [1, 100, 256, 1_000, 100_000, 1_000_000, 1_000_000_000];

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
        UNITS[self.unit as usize % UNITS.len()]
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

    /// Whether to go on with this unit for `value`: it divides it, and no much larger one does.
    #[inline]
    pub(crate) fn suits(&self, value: i64) -> bool {
        divides(value, self.unit) && (self.unit > 2 || !divides(value, 3) || value == 0)
    }

    /// Codes the unit.
    pub(crate) fn code_unit<C: Coder>(&mut self, c: &mut C, ctx: Ctx) {
        self.unit = (c.symbol(ctx, self.unit as u32) % UNITS.len() as u32) as u8;
    }
}

/// Division rounding down, by constants so that the compiler can multiply instead.
#[inline]
fn divide(value: i64, unit: u8) -> i64 {
    match unit {
        0 => value,
        1 => value.div_euclid(100),
        2 => value.div_euclid(256),
        3 => value.div_euclid(1_000),
        4 => value.div_euclid(100_000),
        5 => value.div_euclid(1_000_000),
        _ => value.div_euclid(1_000_000_000),
    }
}

#[inline]
fn divides(value: i64, unit: u8) -> bool {
    unit == 0 || divide(value, unit).wrapping_mul(UNITS[unit as usize % UNITS.len()]) == value
}

fn largest_unit(value: i64) -> u8 {
    (0..UNITS.len() as u8).rev().find(|&unit| divides(value, unit)).unwrap_or(0)
}

/// What a start or an end time is measured from. The numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Anchor {
    /// Start of the earliest child seen, or end of the latest.
    Child = 0,
    /// End of the sibling before.
    Sibling = 1,
    /// Start of the parent.
    Parent = 2,
    /// Start of the span before in this trace; for an end, the own start.
    Trace = 3,
    /// Start of the span before, of whatever trace.
    Other = 4,
}

/// Number of anchors.
pub(crate) const ANCHORS: usize = 5;

/// What a family's times have in common: their units and how far they lie from each kind of anchor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub start: DeltaEncoder,
    pub duration: DeltaEncoder,
    starts: [Option<Signed>; ANCHORS],
    ends: [Option<Signed>; ANCHORS],
}

/// Contexts that those of the families begin as copies of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeRoots {
    starts: [Signed; ANCHORS],
    ends: [Signed; ANCHORS],
    pub unit: Ctx,
    pub suits: Ctx,
}

impl TimeRoots {
    pub(crate) fn new(contexts: &mut Contexts) -> Self {
        TimeRoots {
            starts: std::array::from_fn(|_| Signed::new(contexts)),
            ends: std::array::from_fn(|_| Signed::new(contexts)),
            unit: contexts.block(1),
            suits: contexts.block(1),
        }
    }
}

impl Times {
    pub(crate) fn new(start: DeltaEncoder, duration: DeltaEncoder) -> Self {
        Times { start, duration, starts: [None; ANCHORS], ends: [None; ANCHORS] }
    }

    /// Whether both units go on; an encoder that answers no codes them anew.
    #[inline]
    pub(crate) fn suit(&self, start: i64, end: i64) -> bool {
        self.start.suits(start) && self.duration.suits(end.wrapping_sub(start))
    }

    pub(crate) fn code_units<C: Coder>(&mut self, c: &mut C, roots: &TimeRoots, start: i64, end: i64) {
        if C::ENCODES {
            self.start.fit(start);
            self.duration.fit(end.wrapping_sub(start));
        }
        self.start.code_unit(c, roots.unit);
        self.duration.code_unit(c, roots.unit);
    }

    #[inline]
    pub(crate) fn code_start<C: Coder>(
        &mut self,
        c: &mut C,
        roots: &mut TimeRoots,
        (anchor, from): (Anchor, i64),
        start: i64,
    ) -> i64 {
        let number = of_family(c, &mut self.starts[anchor as usize], roots.starts[anchor as usize]);
        let steps = number.code(c, self.start.steps(from, start));
        self.start.value(from, steps)
    }

    /// Codes an end as a distance from its start, less that of the latest child's end.
    #[inline]
    pub(crate) fn code_end<C: Coder>(
        &mut self,
        c: &mut C,
        roots: &mut TimeRoots,
        (anchor, from): (Anchor, i64),
        start: i64,
        end: i64,
    ) -> i64 {
        let number = of_family(c, &mut self.ends[anchor as usize], roots.ends[anchor as usize]);
        let from = from.wrapping_sub(start);
        let steps = number.code(c, self.duration.steps(from, end.wrapping_sub(start)));
        start.wrapping_add(self.duration.value(from, steps))
    }
}

/// The family's own contexts. The first number of a family goes through the common ones, which learn
/// so what is usual; the second through a copy of them.
#[inline]
fn of_family<C: Coder>(c: &mut C, own: &mut Option<Signed>, root: Signed) -> Signed {
    match own {
        Some(number) => *number,
        None => {
            *own = Some(root.fork(c.contexts()));
            root
        }
    }
}
