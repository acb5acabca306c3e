//! What the symbols of a frame cost, by what they describe.

use super::cdf::PROB_BITS;

/// What coded things describe, as in [`ColumnBytes`](crate::ColumnBytes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Column {
    #[default]
    Structure,
    Ids,
    Times,
    Strings,
    Numbers,
}

/// Number of columns.
pub(crate) const COLUMNS: usize = 5;

/// How far an encoder's parts have come: symbols, raw bits, bytes of raw words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub symbols: usize,
    pub bits: usize,
    pub bytes: usize,
}

/// Where the columns of a frame begin and end.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub on: bool,
    column: Column,
    /// Where each stretch ends, and of which column it was.
    stretches: Vec<(Place, Column)>,
}

impl Meter {
    pub(super) fn clear(&mut self) {
        self.stretches.clear();
        self.column = Column::default();
    }

    /// Notes that what follows is of `column`.
    #[inline(always)]
    pub(super) fn switch(&mut self, column: Column, place: impl FnOnce() -> Place) {
        if self.on && column != self.column {
            self.stretches.push((place(), self.column));
            self.column = column;
        }
    }

    /// Bytes by [`Column`], given where the frame ends and each symbol's interval, whose low half is
    /// its width.
    pub(super) fn columns(&self, end: Place, intervals: &[u32]) -> [f64; COLUMNS] {
        let mut costs = [Cost::NOTHING; COLUMNS];
        let mut at = Place::default();
        for &(end, column) in self.stretches.iter().chain(&[(end, self.column)]) {
            let cost = &mut costs[column as usize];
            cost.bits += 8 * (end.bytes - at.bytes) + end.bits - at.bits;
            cost.add(&intervals[at.symbols..end.symbols]);
            at = end;
        }
        costs.map(|cost| cost.bytes())
    }
}

/// Cost of one column. A symbol's is the logarithm of its interval's width; the sum of many is that of
/// their product, which is cheaper.
#[derive(Clone, Copy)]
struct Cost {
    symbols: usize,
    bits: usize,
    product: f64,
    logarithm: f64,
}

impl Cost {
    const NOTHING: Cost = Cost { symbols: 0, bits: 0, product: 1.0, logarithm: 0.0 };

    fn add(&mut self, intervals: &[u32]) {
        self.symbols += intervals.len();
        // Sixteen widths multiply by 2^240 at most; a double ends at 2^1024.
        for some in intervals.chunks(16) {
            self.product *= some.iter().map(|interval| (interval & 0xffff) as f64).product::<f64>();
            if self.product > 1e200 {
                self.logarithm += self.product.log2();
                self.product = 1.0;
            }
        }
    }

    fn bytes(self) -> f64 {
        let widths = self.logarithm + self.product.log2();
        ((self.symbols * PROB_BITS as usize) as f64 - widths + self.bits as f64) / 8.0
    }
}
