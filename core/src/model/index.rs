//! Finding things by content: a hash table that is emptied in no time, and a small cache that forgets.

use std::hash::{BuildHasher, RandomState};
use std::hint::select_unpredictable;
use std::sync::LazyLock;

use super::keys::NONE;
use super::weight;
use crate::bytes::{halves, windows};
use crate::restore::{Restore, Tracked, restore};

/// Multiplier of the hash (2^64 divided by the golden ratio; Knuth, TAOCP volume 3, section 6.4).
pub(crate) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Drawn anew by every process, so that nobody can choose strings or ids with equal hashes to make an
/// encoder slow. What a table finds does not depend on it.
static SECRET: LazyLock<[u64; 2]> = LazyLock::new(|| {
    let random = RandomState::new();
    [random.hash_one(0), random.hash_one(1) | 1]
});

/// Mixes `value` into `hash`.
///
/// Neither factor is known to who chooses the numbers, so that none can undo what another one does.
#[inline(always)]
pub(crate) fn mix(hash: u64, value: u64) -> u64 {
    let [first, second] = *SECRET;
    product(hash ^ first, value ^ second)
}

/// Both halves of a product, one upon the other.
#[inline(always)]
fn product(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    (product >> 64) as u64 ^ product as u64
}

/// Hash of a byte string. Only the encoder looks things up, so this is not part of the format.
///
/// A secret product takes in 16 bytes, some of which may have been taken in before (after Wang Yi,
/// "wyhash", 2019).
pub(crate) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let [first, second] = *SECRET;
    let start = product(seed ^ (bytes.len() as u64) << 32 ^ first, second);
    let take_in = |hash, block: u128| product(block as u64 ^ first, (block >> 64) as u64 ^ hash);
    if let Some(windows) = windows(bytes) {
        return windows.into_iter().fold(start, take_in);
    }
    let (blocks, _) = bytes[..bytes.len().saturating_sub(1)].as_chunks::<16>();
    let hash = blocks.iter().fold(start, |hash, block| take_in(hash, u128::from_le_bytes(*block)));
    let rest = bytes.last_chunk().map(|last| u128::from_le_bytes(*last)).or_else(|| halves(bytes));
    take_in(hash, rest.unwrap_or_else(|| tail(bytes) as u128))
}

/// Up to seven bytes as a number.
#[inline(always)]
fn tail(rest: &[u8]) -> u64 {
    match (rest.first_chunk(), rest.last_chunk(), rest) {
        (Some(first), Some(last), _) => u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32,
        (.., [first, .., last]) => *first as u64 | (rest[rest.len() / 2] as u64) << 8 | (*last as u64) << 16 | 1 << 24,
        (.., [only]) => *only as u64,
        _ => 0,
    }
}

/// The first and the last eight bytes, or all bytes if there are fewer, and the length.
#[inline(always)]
pub(crate) fn hash_ends(bytes: &[u8]) -> u64 {
    let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23),
        _ => tail(bytes),
    };
    ends ^ (bytes.len() as u64) << 56
}

/// Open-addressed table from content to item number. Items are numbered 0, 1, 2 … as they are added.
///
/// A slot is taken if it bears the stamp of the table, so that a new stamp empties it. What is found does not depend
/// on the hash or on how large the table has grown, only how long that takes.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    slots: Vec<Slot>,
    stamp: u16,
    /// Of each item.
    hashes: Tracked<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    stamp: u16,
    /// The high half of the item's hash.
    hash: u16,
    item: u32,
}

impl Restore for Index {
    fn restore(&mut self, from: &Self, again: bool) {
        let was_cleared = self.hashes.kept() < from.hashes.len();
        if again && !was_cleared && self.slots.len() == from.slots.len() {
            // The last one first: none was put where it is because of one that is still there.
            (from.hashes.len()..self.hashes.len()).rev().for_each(|item| self.free(item));
        } else {
            self.slots.clone_from(&from.slots);
            self.stamp = from.stamp;
        }
        self.hashes.restore(&from.hashes, again);
    }
}

impl Default for Index {
    fn default() -> Self {
        Index { slots: vec![Slot::default(); 256], stamp: 1, hashes: Tracked::default() }
    }
}

impl Index {
    pub(crate) fn clear(&mut self) {
        self.hashes.clear();
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.slots.fill(Slot::default());
            self.stamp = 1;
        }
    }

    /// The item with this hash that `same` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let (hash, mask) = (fold(hash), self.slots.len() - 1);
        let mut at = hash as usize & mask;
        // At least half of the slots are free.
        loop {
            let slot = self.slots[at];
            if slot.stamp != self.stamp {
                return None;
            }
            if slot.hash == (hash >> 16) as u16 && same(slot.item) {
                return Some(slot.item);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds the next item.
    pub(crate) fn add(&mut self, hash: u64) {
        if (self.hashes.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let hash = fold(hash);
        self.take(hash, self.hashes.len() as u32);
        self.hashes.push(hash);
    }

    /// Takes a slot for an item.
    #[inline(always)]
    fn take(&mut self, hash: u32, item: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].stamp == self.stamp {
            at = (at + 1) & mask;
        }
        self.slots[at] = Slot { stamp: self.stamp, hash: (hash >> 16) as u16, item };
    }

    /// Frees the slot of an item.
    fn free(&mut self, item: usize) {
        let mask = self.slots.len() - 1;
        let mut at = self.hashes[item] as usize & mask;
        while self.slots[at].item != item as u32 {
            at = (at + 1) & mask;
        }
        self.slots[at] = Slot::default();
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(size, Slot::default());
        for item in 0..self.hashes.len() {
            self.take(self.hashes[item], item as u32);
        }
    }
}

fn fold(hash: u64) -> u32 {
    (hash ^ hash >> 32) as u32
}

/// A cache from a pair of numbers to a number in which a new pair may push out another.
/// Both directions use it alike, so its size and its hash are part of the format.
#[derive(Debug)]
pub(crate) struct Cache {
    /// log2 of the number of entries.
    bits: u32,
    entries: Tracked<Entry>,
    /// Places in use, so that emptying the cache costs no more than filling it did.
    used: Tracked<u32>,
}

restore!(Cache { entries, used; copy bits });

#[derive(Clone, Copy, Debug)]
struct Entry {
    pair: (u32, u32),
    value: u32,
}

impl Entry {
    /// No cache holds [`NONE`] as a value.
    const UNUSED: Entry = Entry { pair: (0, 0), value: NONE };
}

impl Cache {
    /// An empty cache of `2^bits` entries.
    pub(crate) fn new(bits: u32) -> Self {
        Cache { bits, entries: Tracked::default(), used: Tracked::default() }
    }

    pub(crate) fn clear(&mut self) {
        for &place in &self.used[..] {
            self.entries[place as usize] = Entry::UNUSED;
        }
        self.used.clear();
    }

    pub(crate) fn weight(&self) -> usize {
        (1 << self.bits) * weight::ENTRY
    }

    fn place(&self, pair: (u32, u32)) -> usize {
        let key = (pair.0 as u64) << 32 | pair.1 as u64;
        (key.wrapping_mul(GOLDEN) >> (64 - self.bits)) as usize
    }

    #[inline]
    pub(crate) fn get(&self, first: u32, second: u32) -> Option<u32> {
        Some(self.find(first, second)).filter(|value| *value != NONE)
    }

    /// As [`Cache::get`]; [`NONE`] if the pair is not there, which can hardly be guessed.
    #[inline(always)]
    pub(crate) fn find(&self, first: u32, second: u32) -> u32 {
        let Some(entry) = self.entries.get(self.place((first, second))) else { return NONE };
        let is_there = (entry.pair.0 ^ first) | (entry.pair.1 ^ second) == 0;
        select_unpredictable(is_there, entry.value, NONE)
    }

    #[inline]
    pub(crate) fn set(&mut self, first: u32, second: u32, value: u32) {
        let pair = (first, second);
        let place = self.place(pair);
        if self.entries.is_empty() {
            self.make_room();
        }
        self.note(place, Entry { pair, value });
    }

    /// Puts an entry where it belongs. Whether the place was in use can hardly be guessed, so it is noted anyway.
    #[inline(always)]
    fn note(&mut self, place: usize, entry: Entry) {
        let before = std::mem::replace(&mut self.entries[place], entry);
        self.used.push(place as u32);
        self.used.truncate(self.used.len() - (before.value != NONE) as usize);
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        self.entries.resize(1 << self.bits, Entry::UNUSED);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Hashes that are alike in the low bits, so that items stand in each other's way.
    fn add(index: &mut Index, items: Range<u64>) {
        items.for_each(|item| index.add(((item * item % 7) << 16) | (item % 3)));
    }

    fn set(cache: &mut Cache, items: Range<u64>) {
        items.for_each(|item| cache.set(item as u32 % 200, 1, item as u32));
    }

    /// What is in every slot.
    fn content(index: &Index) -> Vec<Option<(u16, u32)>> {
        index.slots.iter().map(|slot| (slot.stamp == index.stamp).then_some((slot.hash, slot.item))).collect()
    }

    #[test]
    fn tables_are_restored() {
        for known in [0, 1, 100] {
            let (mut index, mut cache) = (Index::default(), Cache::new(6));
            let (mut source, mut held) = (Index::default(), Cache::new(6));
            add(&mut source, 0..known);
            set(&mut held, 0..known);
            for (round, added) in [0, 1, 20, 27, 2, 1000, 5, 6].into_iter().enumerate() {
                index.restore(&source, round > 0);
                cache.restore(&held, round > 0);
                assert_eq!(content(&index), content(&source), "{known} and {added}");
                assert_eq!(index.hashes[..], source.hashes[..]);
                assert_eq!(cache.used[..], held.used[..]);
                for first in 0..200 {
                    assert_eq!(cache.get(first, 1), held.get(first, 1), "{known} and {added}");
                }
                if round % 3 == 2 {
                    index.clear();
                    cache.clear();
                    assert!((0..200).all(|first| cache.get(first, 1).is_none()));
                    add(&mut index, 0..added);
                } else {
                    add(&mut index, known..known + added);
                }
                set(&mut cache, 10..10 + added);
            }
        }
    }
}
