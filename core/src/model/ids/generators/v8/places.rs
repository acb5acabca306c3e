//! Where words are.

/// Most places looked at for a word: more only if the words are no good.
const PROBES: usize = 64;
/// A place that is not told, as far away as can be.
const EMPTY: u32 = 1 << 31;

/// An index of words. It tells them apart by few of their bits, so what it says is to be checked. Nothing is taken
/// out: when it is full, it is made anew.
#[derive(Clone, Debug)]
pub(super) struct Places {
    table: Vec<u32>,
    filled: usize,
}

impl Places {
    pub(super) fn for_words(words: usize) -> Self {
        Places { table: vec![EMPTY; (4 * words).next_power_of_two()], filled: 0 }
    }

    /// Whether so many words more may be added.
    pub(super) fn has_room(&self, words: usize) -> bool {
        self.filled + words <= self.table.len() / 8 * 3
    }

    fn entry(&self, word: u32, probe: usize) -> usize {
        (word.wrapping_mul(0x9e37_79b9) as usize).wrapping_add(probe) & (self.table.len() - 1)
    }

    pub(super) fn add(&mut self, word: u32, place: u32) {
        for probe in 0..PROBES {
            let entry = self.entry(word, probe);
            if let Some(free) = self.table.get_mut(entry).filter(|entry| **entry == EMPTY) {
                *free = place;
                self.filled += 1;
                return;
            }
        }
    }

    /// Where the word may be.
    pub(super) fn of(&self, word: u32) -> impl Iterator<Item = u32> {
        let entries = (0..PROBES).map_while(move |probe| self.table.get(self.entry(word, probe)).copied());
        entries.take_while(|&place| place != EMPTY)
    }
}
