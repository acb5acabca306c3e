//! The encoder's choice of matches.

use std::sync::LazyLock;

use super::Place;
use super::index::{Index, NONE};
use super::primer::PRIMER;
use super::token::{BEFORE, FAR, LAST, Last, MAX_RANK, MAX_RUN, OWN, RANK, RANKS, RUN_TO_END, Token, least};

/// log2 of the number of table entries.
const BITS: u32 = 14;

/// Positions of the primer by the hash of four bytes.
static PRIMED: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut heads = vec![NONE; 1 << BITS];
    for at in 1..PRIMER.len() - 4 {
        heads[hash(PRIMER, at)] = at as u32;
    }
    heads
});

#[inline(always)]
fn hash(history: &[u8], at: usize) -> usize {
    let word = u32::from_le_bytes([history[at], history[at + 1], history[at + 2], history[at + 3]]);
    (word.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

/// The base of table entries after a reset: larger than all entries made so far.
pub(super) fn next_base(base: u32, used: usize, table: &mut [u32]) -> u32 {
    match u32::try_from(used).ok().and_then(|used| base.checked_add(used)) {
        Some(base) if base < 1 << 31 => base,
        _ => {
            table.fill(0);
            1
        }
    }
}

/// Quarter bits: what a literal costs, about.
const LITERAL: i32 = 16;

/// A match and roughly how many quarter bits it saves.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    token: Token,
    gain: i32,
}

/// Finds matches; made when first used, so a decoder has none of its memory.
#[derive(Debug)]
pub(super) struct Finder {
    /// Last position with this hash plus `base`; below `base`: none since the reset.
    heads: Vec<u32>,
    base: u32,
    /// Positions below this one are in the table.
    done: usize,
    depth: u32,
    lazy: bool,
    primed: &'static [u32],
}

impl Default for Finder {
    fn default() -> Self {
        Finder { heads: Vec::new(), base: 1, done: PRIMER.len(), depth: 16, lazy: true, primed: &[] }
    }
}

impl Finder {
    pub(super) fn set_effort(&mut self, level: u32) {
        (self.depth, self.lazy) = match level {
            0..=1 => (4, false),
            2..=3 => (16, true),
            4..=5 => (32, true),
            _ => (128, true),
        };
    }

    pub(super) fn reset(&mut self) {
        self.base = next_base(self.base, self.done, &mut self.heads);
        self.done = PRIMER.len();
    }

    /// The next token of a string that goes on at `place.at`.
    pub(super) fn next(&mut self, place: &Place<'_>, index: &mut Index, last: &Last) -> Token {
        if self.heads.is_empty() {
            self.heads = vec![0; 1 << BITS];
            self.primed = &PRIMED;
        }
        let mut at = place.at;
        let mut found = self.search(place, at, index, last);
        loop {
            let run = (at - place.at) as u32;
            if found.gain > 0 {
                if !self.lazy || run + 1 >= MAX_RUN || at + 1 >= place.end {
                    return Token { run, ..found.token };
                }
                let later = self.search(place, at + 1, index, last);
                if later.gain <= found.gain {
                    return Token { run, ..found.token };
                }
                found = later;
                at += 1;
                continue;
            }
            if at >= place.end {
                return Token { run: RUN_TO_END, ..Token::default() };
            }
            if run == MAX_RUN {
                return Token { run, ..Token::default() };
            }
            at += 1;
            found = self.search(place, at, index, last);
        }
    }

    /// The best match at `at`.
    fn search(&mut self, place: &Place<'_>, at: usize, index: &mut Index, last: &Last) -> Found {
        if let Some(found) = own_id(place, at) {
            return found;
        }
        let history = &place.history[..place.end];
        let mut best = Found::default();
        let mut consider = |index: &Index, kind: u32, source: usize, rank: u32, cost: i32| {
            let len = common(history, source, at);
            let to_end = at + len == place.end
                && index.end_after(source, kind <= BEFORE && at > place.start) == Some(source + len);
            if len + (to_end as usize) < least(kind) {
                return;
            }
            let gain = (len as i32 + to_end as i32) * LITERAL - cost;
            if gain > best.gain {
                best =
                    Found { token: Token { kind, source: source as u32, rank, len: len as u32, run: 0, to_end }, gain };
            }
        };
        if at > last.distance[0] {
            consider(index, LAST, at - last.distance[0], 0, 20);
        }
        if at > last.distance[1] && last.distance[1] != last.distance[0] {
            consider(index, BEFORE, at - last.distance[1], 0, 28);
        }
        let mut from = index.newest(history, at);
        let mut symbol = 0;
        for rank in 0..self.depth.min(MAX_RANK + 1) {
            if from == NONE {
                break;
            }
            if symbol + 1 < RANKS.len() && RANKS[symbol + 1].0 <= rank {
                symbol += 1;
            }
            let cost = 26 + 4 * RANKS[symbol].1 as i32 + 2 * symbol as i32;
            consider(index, RANK + symbol as u32, from as usize, rank, cost);
            from = index.before(from);
        }
        self.extend(history, at);
        if at + 4 <= history.len() {
            let hash = hash(history, at);
            let head = self.heads[hash];
            let head = if head >= self.base { head - self.base } else { self.primed[hash] };
            if head != NONE {
                let bits = usize::BITS - (at - head as usize).leading_zeros();
                consider(index, FAR, head as usize, 0, 26 + 4 * bits as i32);
            }
        }
        best
    }

    /// Adds all positions below `end`.
    #[inline(always)]
    fn extend(&mut self, history: &[u8], end: usize) {
        let end = end.min(history.len().saturating_sub(3));
        while self.done < end {
            self.heads[hash(history, self.done)] = self.base + self.done as u32;
            self.done += 1;
        }
    }
}

/// An id of the span in its text.
#[inline(always)]
fn own_id(place: &Place<'_>, at: usize) -> Option<Found> {
    for (i, id) in place.own.iter().enumerate().take(2) {
        if !id.is_empty() && place.history[at..place.end].starts_with(id) {
            let token = Token { kind: OWN, source: i as u32, len: id.len() as u32, ..Token::default() };
            return Some(Found { token, gain: i32::MAX });
        }
    }
    None
}

/// Length of the common prefix of `history[a..]` and `history[b..]`, `a < b`.
#[inline(always)]
fn common(history: &[u8], a: usize, b: usize) -> usize {
    let max = history.len() - b;
    let (x, y) = (&history[a..a + max], &history[b..]);
    let mut n = 0;
    for (p, q) in x.chunks_exact(8).zip(y.chunks_exact(8)) {
        let (p, q) = (word(p), word(q));
        if p != q {
            return n + ((p ^ q).trailing_zeros() / 8) as usize;
        }
        n += 8;
    }
    while n < max && x[n] == y[n] {
        n += 1;
    }
    n
}

#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}
