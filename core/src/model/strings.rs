//! The string table: every distinct byte string once, in one arena, numbered as it came.

use super::index::{Index, hash_bytes};
use super::weight;
use crate::bytes::same;
use crate::restore::{Tracked, restore};

/// Interns byte strings under a tag. The encoder finds a string by its content; the decoder, which is
/// told the number, never hashes.
///
/// ```
/// let mut table = tracezip::StringTable::new(100);
/// let id = table.add(0, b"GET /cart");
/// assert_eq!(table.find(0, b"GET /cart"), Some(id));
/// assert_eq!(table.get(id), b"GET /cart");
/// ```
#[derive(Clone, Debug)]
pub struct StringTable {
    /// All strings, one after the other.
    pub(super) arena: Tracked<u8>,
    entries: Tracked<Entry>,
    index: Index,
    max_entries: usize,
}

restore!(StringTable { arena, entries, index; copy max_entries });

/// Where a string lies in the arena, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub offset: u32,
    pub len: u32,
    pub tag: u32,
    /// Which of the strings under its tag it is, if its owner counts them.
    pub rank: u32,
}

impl StringTable {
    /// An empty table that is full at `max_entries`.
    pub fn new(max_entries: usize) -> Self {
        StringTable { arena: Tracked::default(), entries: Tracked::default(), index: Index::default(), max_entries }
    }

    /// Forgets all strings.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.entries.clear();
        self.index.clear();
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no string.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the table holds as many strings as it may; one that is added all the same is kept.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= self.max_entries
    }

    /// Bytes held, near enough, and the same in both directions.
    pub(super) fn weight(&self) -> usize {
        self.arena.len() + self.entries.len() * weight::VALUE
    }

    /// Sets where the table is full.
    pub(super) fn set_max_entries(&mut self, max_entries: usize) {
        self.max_entries = max_entries;
    }

    /// Makes strings findable that were added without being so.
    pub(super) fn index_all(&mut self) {
        self.index.clear();
        for entry in &self.entries[..] {
            self.index.add(hash_bytes(entry.tag as u64, self.slice(*entry)));
        }
    }

    /// The number of `string` under `tag`.
    pub fn find(&self, tag: u32, string: &[u8]) -> Option<u32> {
        self.index.find(hash_bytes(tag as u64, string), |id| {
            let entry = self.entries[id as usize];
            entry.tag == tag && same(self.slice(entry), string)
        })
    }

    /// Adds `string` under `tag` and returns its number.
    pub fn add(&mut self, tag: u32, string: &[u8]) -> u32 {
        self.arena.extend_from_slice(string);
        self.add_tail(tag, 0, string.len(), true)
    }

    /// Adds the last `len` bytes of the arena; `findable` by content only if an encoder asks for it.
    pub(super) fn add_tail(&mut self, tag: u32, rank: u32, len: usize, findable: bool) -> u32 {
        let entry = Entry { offset: (self.arena.len() - len) as u32, len: len as u32, tag, rank };
        if findable {
            self.index.add(hash_bytes(tag as u64, self.slice(entry)));
        }
        self.entries.push(entry);
        self.entries.len() as u32 - 1
    }

    /// The string with this number; empty if there is none.
    pub fn get(&self, id: u32) -> &[u8] {
        self.entries.get(id as usize).map_or(&[], |entry| self.slice(*entry))
    }

    #[inline(always)]
    pub(super) fn entry(&self, id: u32) -> Entry {
        self.entries[id as usize]
    }

    #[inline(always)]
    fn slice(&self, entry: Entry) -> &[u8] {
        &self.arena[entry.offset as usize..entry.offset as usize + entry.len as usize]
    }
}
