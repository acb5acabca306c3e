//! State that becomes what another is, and does so again in no more time than it took to change it.
//!
//! A frame with a dictionary begins with what the dictionary has learnt: a megabyte, of which a small request
//! changes little. So it is copied once, and what was changed is noted and copied back before the next frame.

use std::ops::{Deref, Index, IndexMut, Range};
use std::slice::SliceIndex;

/// A part of the state.
pub(crate) trait Restore {
    /// Becomes a copy of `from`. It is `again` if it has been restored from it last, and `from` is as it was then.
    fn restore(&mut self, from: &Self, again: bool);
}

/// Implements [`Restore`] field by field; what comes after `copy` is copied as it is.
macro_rules! restore {
    ($type:ident $(<$t:ident>)? { $($field:ident),* $(; copy $($copied:ident),*)? }) => {
        impl $(<$t: Copy>)? crate::restore::Restore for $type $(<$t>)? {
            fn restore(&mut self, from: &Self, again: bool) {
                $(self.$field.restore(&from.$field, again);)*
                $($(self.$copied = from.$copied;)*)?
            }
        }
    };
}

pub(crate) use restore;

/// A vector that knows what of it has changed since it was restored.
#[derive(Clone, Debug)]
pub(crate) struct Tracked<T> {
    items: Vec<T>,
    /// How many of the first items were there then, if they may have changed.
    kept: usize,
    /// Of each block of those that were there then, eight together: 1 if one of them may have changed.
    changed: Vec<[u8; 8]>,
}

impl<T> Default for Tracked<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<T>> for Tracked<T> {
    fn from(items: Vec<T>) -> Self {
        Tracked { items, kept: 0, changed: Vec::new() }
    }
}

impl<T> Tracked<T> {
    /// Items in a block: two cache lines, about.
    const BLOCK: usize = if size_of::<T>() < 128 { (128 / size_of::<T>()).next_power_of_two() } else { 1 };

    pub(crate) fn clear(&mut self) {
        self.truncate(0);
    }

    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.items.truncate(len);
        self.kept = self.kept.min(len);
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.items.reserve(additional);
    }

    /// The items, to be appended to only.
    #[inline(always)]
    pub(crate) fn grow(&mut self) -> &mut Vec<T> {
        &mut self.items
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.note(at);
        self.items.get_mut(at)
    }

    #[inline(always)]
    fn note(&mut self, at: usize) {
        if let Some(eight) = self.changed.get_mut(at / Self::BLOCK / 8) {
            eight[at / Self::BLOCK % 8] = 1;
        }
    }
}

impl<T: Copy> Tracked<T> {
    pub(crate) fn resize(&mut self, len: usize, item: T) {
        self.items.resize(len, item);
        self.kept = self.kept.min(len);
    }

    #[inline(always)]
    pub(crate) fn extend_from_slice(&mut self, items: &[T]) {
        self.items.extend_from_slice(items);
    }

    /// Appends a copy of some of its items, and returns that.
    #[inline(always)]
    pub(crate) fn extend_from_within(&mut self, items: Range<usize>) -> &mut [T] {
        let len = self.items.len();
        self.items.extend_from_within(items);
        &mut self.items[len..]
    }

    /// Overwrites those from `at` on.
    pub(crate) fn write(&mut self, at: usize, items: &[T]) {
        let places = at..at + items.len();
        places.clone().step_by(Self::BLOCK).chain(places.clone().last()).for_each(|at| self.note(at));
        self.items[places].copy_from_slice(items);
    }

    /// As long as it was restored and has not been cleared since, how many of its items may have changed.
    pub(crate) fn kept(&self) -> usize {
        self.kept
    }
}

impl<T: Copy> Restore for Tracked<T> {
    fn restore(&mut self, from: &Self, again: bool) {
        let kept = if again { self.kept } else { 0 };
        for (at, eight) in self.changed.iter().enumerate().filter(|(_, eight)| **eight != [0; 8]) {
            for (block, _) in eight.iter().enumerate().filter(|(_, changed)| **changed != 0) {
                let start = ((8 * at + block) * Self::BLOCK).min(kept);
                let end = (start + Self::BLOCK).min(kept);
                self.items[start..end].copy_from_slice(&from.items[start..end]);
            }
        }
        self.items.truncate(kept);
        self.items.extend_from_slice(&from.items[kept..]);
        self.kept = from.items.len();
        self.changed.clear();
        self.changed.resize(self.kept.div_ceil(8 * Self::BLOCK), [0; 8]);
    }
}

impl<T> Deref for Tracked<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T, I: SliceIndex<[T]>> Index<I> for Tracked<T> {
    type Output = I::Output;

    #[inline(always)]
    fn index(&self, at: I) -> &I::Output {
        &self.items[at]
    }
}

impl<T> IndexMut<usize> for Tracked<T> {
    #[inline(always)]
    fn index_mut(&mut self, at: usize) -> &mut T {
        self.note(at);
        &mut self.items[at]
    }
}

/// Those that `from` does not have are left as they are, for their memory.
impl<T: Restore + Default> Restore for Vec<T> {
    fn restore(&mut self, from: &Self, again: bool) {
        self.resize_with(self.len().max(from.len()), T::default);
        self.iter_mut().zip(from).for_each(|(item, from)| item.restore(from, again));
    }
}

impl<T: Restore, const N: usize> Restore for [T; N] {
    fn restore(&mut self, from: &Self, again: bool) {
        self.iter_mut().zip(from).for_each(|(item, from)| item.restore(from, again));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in no order (a linear congruential generator; Knuth, MMIX).
    fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        }
    }

    fn change<T: Copy>(items: &mut Tracked<T>, item: T, how: usize, at: usize) {
        match how {
            0 => items.clear(),
            1 => items.truncate(at),
            2 => items.resize(at, item),
            3 if at < items.len() => items.write(at, &vec![item; (items.len() - at).min(9)]),
            4 if at < items.len() => items[at] = item,
            5 => items.get_mut(at).into_iter().for_each(|of| *of = item),
            6 => items.extend_from_slice(&[item; 3]),
            7 if at < items.len() => items.extend_from_within(at..items.len()).iter_mut().for_each(|of| *of = item),
            8 => items.grow().push(item),
            _ => items.push(item),
        }
    }

    fn items_come_back<T: Copy + PartialEq + std::fmt::Debug>(make: impl Fn(usize) -> T) {
        for seed in 0..200 {
            let mut number = numbers(seed);
            let mut sources = [0, 1].map(|_| Tracked::from((0..number(300)).map(&make).collect::<Vec<T>>()));
            let mut items = Tracked::default();
            let mut last = None;
            for round in 0..20 {
                let source = number(2);
                if round % 7 == 6 {
                    change(&mut sources[source], make(round), 4, number(300));
                    last = None;
                }
                items.restore(&sources[source], last == Some(source));
                assert_eq!(items[..], sources[source][..], "seed {seed}, round {round}");
                last = Some(source);
                for _ in 0..number(12) {
                    // Seldom fewer than there were.
                    let how = if number(20) == 0 { number(3) } else { 3 + number(7) };
                    change(&mut items, make(1000 + round), how, number(400));
                }
            }
        }
    }

    #[test]
    fn what_was_changed_comes_back() {
        items_come_back(|n| n as u8);
        items_come_back(|n| n as u32);
        items_come_back(|n| [n as u64; 20]);
    }
}
