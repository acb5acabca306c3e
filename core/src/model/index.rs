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

/// No slot.
const NOWHERE: u32 = u32::MAX;

/// Open-addressed table from content to item number. Items are numbered 0, 1, 2 … as they are added.
///
/// A slot counts as taken only if the item it names says so too (Briggs and Torczon, "An efficient
/// representation for sparse sets", 1993); hence forgetting the items empties the table. What is found
/// does not depend on the hash or on how large the table has grown, only how long that takes.
#[derive(Debug)]
pub(crate) struct Index {
    /// Numbers of items, from 1 on.
    slots: Vec<u32>,
    /// Of each item: its slot and its hash. The first one stands for all that are forgotten, and has no slot.
    items: Vec<(u32, u32)>,
}

clone_in_place!(Index { slots, items });

impl Default for Index {
    fn default() -> Self {
        Index { slots: vec![0; 256], items: vec![(NOWHERE, 0)] }
    }
}

impl Index {
    pub(crate) fn clear(&mut self) {
        self.items.truncate(1);
    }

    /// The item with this hash that `same` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let (hash, mask) = (fold(hash), self.slots.len() - 1);
        let mut slot = hash as usize & mask;
        // At least half of the slots are free.
        loop {
            let (item, (home, its_hash)) = self.named(slot);
            if (home ^ slot as u32) | (its_hash ^ hash) == 0 && same(item - 1) {
                return Some(item - 1);
            }
            if home as usize != slot {
                return None;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The item that a slot names, counted from 1, with its own slot and hash. Whether it is forgotten can hardly be
    /// guessed.
    #[inline(always)]
    fn named(&self, slot: usize) -> (u32, (u32, u32)) {
        let item = self.slots[slot];
        let item = select_unpredictable((item as usize) < self.items.len(), item, 0);
        (item, self.items[item as usize])
    }

    /// Adds the next item.
    pub(crate) fn add(&mut self, hash: u64) {
        if self.items.len() * 2 > self.slots.len() {
            self.grow();
        }
        let hash = fold(hash);
        let slot = self.free(hash);
        self.slots[slot] = self.items.len() as u32;
        self.items.push((slot as u32, hash));
    }

    /// The slot for an item with this hash.
    #[inline(always)]
    fn free(&self, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.named(slot).1.0 as usize == slot {
            slot = (slot + 1) & mask;
        }
        slot
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        self.slots.clear();
        self.slots.resize(size, 0);
        for item in 1..self.items.len() {
            let slot = self.free(self.items[item].1);
            self.slots[slot] = item as u32;
            self.items[item].0 = slot as u32;
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

    /// Costs as much as both caches are filled.
    fn clone_from(&mut self, from: &Self) {
        self.clear();
        if from.count > 0 {
            self.make_room();
        }
        for &place in &from.used[..from.count] {
            self.note(place as usize, from.entries[place as usize]);
        }
    }
}

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
