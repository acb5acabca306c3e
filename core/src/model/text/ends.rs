//! Where strings ended: a match may go up to the end of the string that it copies from.

use super::primer::LINES;
use crate::restore::{Tracked, restore};

#[derive(Debug)]
pub(super) struct Ends {
    /// Ascending; those of the primer first.
    ends: Tracked<u32>,
    primed: usize,
}

restore!(Ends { ends; copy primed });

impl Ends {
    pub(super) fn new() -> Self {
        let ends: Vec<u32> = LINES.ends().collect();
        Ends { primed: ends.len(), ends: ends.into() }
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        self.ends.truncate(self.primed);
    }

    /// A string ends.
    pub(super) fn add(&mut self, at: usize) {
        self.ends.push(at as u32);
    }

    /// The first end of a string after `at`, or at `at` if that `counts`.
    pub(super) fn after(&self, at: usize, counts: bool) -> Option<usize> {
        let place = self.ends.partition_point(|&end| (end as usize) < at + !counts as usize);
        self.ends.get(place).map(|&end| end as usize)
    }
}
