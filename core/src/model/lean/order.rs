//! A shape whose fields stand in another order, as the attributes of an SDK for Go do: told as runs of fields that
//! follow one another as they did before.

use super::Model;
use crate::coder::Coder;
use crate::wire::otlp::Level;

/// Most fields of a shape that is ordered anew.
pub(super) const MAX_ORDERED: usize = 64;

/// A run of at least so many fields: how many more comes next.
const MORE: usize = 15;

/// The fields of a shape that have not come yet, a bit each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    fields: u64,
    /// The place after that of the last one.
    after: u32,
}

impl Left {
    /// All of `count` fields, 1 to [`MAX_ORDERED`].
    pub(super) fn all(count: usize) -> Self {
        Left { fields: u64::MAX >> (MAX_ORDERED - count), after: 0 }
    }

    pub(super) fn is_empty(self) -> bool {
        self.fields == 0
    }

    /// The place of the field that is expected: the first that is left behind the last one, else the first of all.
    #[inline(always)]
    pub(super) fn next(self) -> u32 {
        let behind = self.fields.checked_shr(self.after).unwrap_or(0);
        if behind != 0 { self.after + behind.trailing_zeros() } else { self.fields.trailing_zeros() }
    }

    pub(super) fn has(self, place: u32) -> bool {
        self.fields.checked_shr(place).is_some_and(|fields| fields & 1 != 0)
    }

    #[inline(always)]
    pub(super) fn take(&mut self, place: u32) {
        self.fields &= !(1 << (place % u64::BITS));
        self.after = place + 1;
    }
}

impl Model {
    /// Codes the order of a message that has the fields of `base`, and adds a shape that has it.
    #[inline(never)]
    pub(super) fn lean_order<C: Coder>(&mut self, c: &mut C, level: Level, base: u32) -> Option<u32> {
        let run = self.lean.templates.roots.run;
        let count = self.lean.templates.fields(base).len();
        if !(1..=MAX_ORDERED).contains(&count) {
            return None;
        }
        let width = usize::BITS - (count - 1).leading_zeros();
        let wanted = if C::ENCODES { std::mem::take(&mut self.lean.order) } else { Vec::new() };
        let (mut left, mut order) = (Left::all(count), Vec::with_capacity(MAX_ORDERED));
        let mut take = |left: &mut Left, place| {
            left.take(place);
            order.push(place as u8);
        };
        while !left.is_empty() {
            let mut length = expected(left, &wanted, count);
            loop {
                let part = c.symbol(run, length.min(MORE) as u32) as usize;
                for _ in 0..part {
                    if left.is_empty() {
                        return None;
                    }
                    let place = left.next();
                    take(&mut left, place);
                }
                if part < MORE {
                    break;
                }
                length = length.saturating_sub(MORE);
            }
            if !left.is_empty() {
                let at = count - left.fields.count_ones() as usize;
                let place = c.bits(wanted.get(at).copied().unwrap_or(0) as u64, width) as u32;
                if !left.has(place) {
                    return None;
                }
                take(&mut left, place);
            }
        }
        let shape = self.lean.templates.reorder(c.contexts(), base, &order);
        self.check(c, &[])?;
        if C::ENCODES {
            self.lean.templates.note_order(shape, &self.scans[level as usize]);
            self.lean.order = wanted;
        }
        Some(shape)
    }
}

/// Encoder: how many of the next fields are the expected ones.
fn expected(mut left: Left, wanted: &[u8], count: usize) -> usize {
    let from = count - left.fields.count_ones() as usize;
    let next = |place: &&u8| {
        let is_next = **place as u32 == left.next();
        left.take(**place as u32);
        is_next
    };
    wanted.get(from..).unwrap_or(&[]).iter().take_while(next).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_goes_round() {
        let mut left = Left::all(MAX_ORDERED);
        let mut came = Vec::new();
        for place in [63, 0, 5] {
            left.take(place);
            came.push(left.next());
        }
        assert_eq!(came, [0, 1, 6]);
        assert!(!left.has(63) && left.has(62) && !left.has(64));
    }

    #[test]
    fn rotated_fields_are_two_runs() {
        let wanted = [0, 3, 4, 1, 2, 5];
        let mut left = Left::all(6);
        assert_eq!(expected(left, &wanted, 6), 1);
        left.take(0);
        left.take(3);
        assert_eq!(expected(left, &wanted, 6), 1);
    }
}
