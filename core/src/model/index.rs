//! Finding things by content: a hash table that is emptied in no time, and a small cache that forgets.

use std::hash::{BuildHasher, RandomState};
use std::hint::select_unpredictable;
use std::sync::LazyLock;

use super::keys::NONE;
use super::weight;
use crate::bytes::{halves, windows};
use crate::clone::clone_in_place;

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
#[derive(Debug)]
pub(crate) struct Index {
    slots: Vec<Slot>,
    stamp: u16,
    /// Of each item.
    hashes: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    stamp: u16,
    /// The high half of the item's hash.
    hash: u16,
    item: u32,
}

clone_in_place!(Index { slots, stamp, hashes });

impl Default for Index {
    fn default() -> Self {
        Index { slots: vec![Slot::default(); 256], stamp: 1, hashes: Vec::new() }
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
    entries: Vec<Entry>,
    /// Places in use, so that emptying the cache costs no more than filling it did.
    used: Vec<u32>,
    /// How many of them there are; the rest is room.
    count: usize,
}

impl Clone for Cache {
    fn clone(&self) -> Self {
        Cache { entries: self.entries.clone(), used: self.used.clone(), ..*self }
    }

    /// Costs as much as both caches are filled, or as copying all places if many are in use.
    fn clone_from(&mut self, from: &Self) {
        if from.count > from.entries.len() / DENSE {
            self.entries.clone_from(&from.entries);
            self.used.resize(from.used.len(), 0);
            self.used[..from.count].copy_from_slice(&from.used[..from.count]);
            self.count = from.count;
            return;
        }
        self.clear();
        if from.count > 0 {
            self.make_room();
        }
        for &place in &from.used[..from.count] {
            self.note(place as usize, from.entries[place as usize]);
        }
    }
}

/// To set an entry takes as long as to copy so many.
const DENSE: usize = 8;

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
        Cache { bits, entries: Vec::new(), used: Vec::new(), count: 0 }
    }

    pub(crate) fn clear(&mut self) {
        for &place in &self.used[..self.count] {
            self.entries[place as usize] = Entry::UNUSED;
        }
        self.count = 0;
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
        self.used[self.count] = place as u32;
        let before = std::mem::replace(&mut self.entries[place], entry);
        self.count += (before.value == NONE) as usize;
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        self.entries.resize(1 << self.bits, Entry::UNUSED);
        self.used.resize((1 << self.bits) + 1, 0);
    }
}
