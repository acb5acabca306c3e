//! The encoder's choice of matches.

use super::Place;
use super::chains::{Breadth, Chains, NONE};
use super::ends::Ends;
use super::primer::LINES;
use super::token::{BEFORE, FAR, LAST, LINE, Last, MAX_RUN, RUN_TO_END, Token, least};
use crate::restore::Restore;

/// Quarter bits: what a literal costs, about.
const LITERAL: i32 = 16;
const MIXED_LITERAL: i32 = 9;

/// A match and roughly how many quarter bits it saves.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    token: Token,
    gain: i32,
}

/// Texts from this length on are few, and worth looking harder at than short ones of the same level.
const LONG: usize = 1 << 12;

/// How hard to look.
#[derive(Clone, Copy, Debug)]
struct Effort {
    /// Candidates that agree in four bytes.
    depth: u32,
    /// Quarter bits that a literal costs, about.
    literal: i32,
    /// Whether a match one byte later may be better.
    lazy: bool,
}

impl Effort {
    fn raised(self) -> Self {
        Effort { depth: self.depth.max(16), lazy: true, ..self }
    }
}

/// Finds matches; made when first used, so a decoder has none of its memory.
#[derive(Debug)]
pub(super) struct Finder {
    /// Positions by the four bytes from there on.
    chains: Option<Chains>,
    breadth: Breadth,
    effort: Effort,
}

impl Restore for Finder {
    fn restore(&mut self, from: &Self, _again: bool) {
        self.chains.clone_from(&from.chains);
        (self.breadth, self.effort) = (from.breadth, from.effort);
    }
}

impl Default for Finder {
    fn default() -> Self {
        Finder { chains: None, breadth: Breadth::Full, effort: Effort { depth: 8, literal: LITERAL, lazy: true } }
    }
}

impl Finder {
    pub(super) fn set_effort(&mut self, level: u32) {
        self.effort = match level {
            0..=1 => Effort { depth: 1, literal: LITERAL, lazy: false },
            2..=3 => Effort { depth: 2, literal: LITERAL, lazy: false },
            4..=5 => Effort { depth: 24, literal: LITERAL, lazy: true },
            6..=8 => Effort { depth: 128, literal: LITERAL, lazy: true },
            _ => Effort { depth: 128, literal: MIXED_LITERAL, lazy: true },
        };
    }

    /// How many chains to use from the next reset on.
    pub(super) fn set_breadth(&mut self, breadth: Breadth) {
        self.breadth = breadth;
    }

    /// Knows all of `history` from the start.
    pub(super) fn prime(&mut self, history: &[u8]) {
        self.chains = Some(Chains::primed(history));
    }

    /// Forgets all but the primer.
    pub(super) fn reset(&mut self) {
        if let Some(chains) = &mut self.chains {
            chains.reset(self.breadth);
        }
    }

    /// The next token of a string that goes on at `place.at`.
    pub(super) fn next(&mut self, place: &Place<'_>, ends: &Ends, last: &Last) -> Token {
        if place.at == place.start
            && let Some(line) = LINES.find(&place.history[place.start..place.end])
        {
            return Token { kind: LINE, source: line, ..Token::default() };
        }
        let effort = if place.end - place.start < LONG { self.effort } else { self.effort.raised() };
        let chains = self.chains.get_or_insert_with(|| Chains::new(self.breadth));
        chains.extend(place.history, place.at);
        let search = Search { history: &place.history[..place.end], start: place.start, literal: effort.literal, ends };
        let mut best = Token::default();
        let mut gain = 0;
        let mut at = place.at;
        loop {
            let run = (at - place.at) as u32;
            let found = search.at(at, last, chains, effort.depth);
            if found.gain > gain {
                (best, gain) = (Token { run, ..found.token }, found.gain);
                let enough = !effort.lazy || best.kind == LAST && best.len >= 8;
                if enough || run + 1 >= MAX_RUN || at + 1 >= place.end {
                    return best;
                }
            } else if gain > 0 {
                return best;
            } else if at >= place.end {
                return Token { run: RUN_TO_END, ..best };
            } else if run == MAX_RUN {
                return Token { run, ..best };
            }
            at += 1;
        }
    }
}

/// A search in one string.
struct Search<'a> {
    history: &'a [u8],
    start: usize,
    literal: i32,
    ends: &'a Ends,
}

impl Search<'_> {
    /// The best match at `at`.
    #[inline(always)]
    fn at(&self, at: usize, last: &Last, chains: &Chains, depth: u32) -> Found {
        let mut best = Found::default();
        self.near(at, LAST, last.distance[0], 20, &mut best);
        if last.distance[1] != last.distance[0] {
            self.near(at, BEFORE, last.distance[1], 28, &mut best);
        }
        self.far(at, chains, depth, &mut best);
        best
    }

    /// A candidate as far back as a match before; most differ in the first byte.
    #[inline(always)]
    fn near(&self, at: usize, kind: u32, distance: usize, cost: i32, best: &mut Found) {
        let Some(source) = at.checked_sub(distance) else { return };
        if source > 0 && self.history.get(at).is_none_or(|byte| self.history[source] == *byte) {
            self.consider(at, kind, source, cost, best);
        }
    }

    /// Candidates that agree in four bytes. Of those that their hash has brought, most do not; nor do most of the
    /// others in the last four bytes of a better match.
    #[inline(always)]
    fn far(&self, at: usize, chains: &Chains, count: u32, best: &mut Found) {
        let text = &self.history[at..];
        let Some(most) = text.len().checked_sub(4) else { return };
        let mut from = chains.newest(text);
        for _ in 0..count {
            if from == NONE {
                break;
            }
            let source = from as usize;
            from = chains.before(from);
            let skipped = (best.token.len as usize).saturating_sub(3).min(most);
            if four(&self.history[source + skipped..]) == four(&text[skipped..]) {
                let bits = usize::BITS - (at - source).leading_zeros();
                self.consider(at, FAR, source, 26 + 4 * bits as i32, best);
            }
        }
    }

    /// Takes a match if it saves more than the best so far.
    #[inline(never)]
    fn consider(&self, at: usize, kind: u32, source: usize, cost: i32, best: &mut Found) {
        let len = common(self.history, source, at);
        let reaches = at + len == self.history.len();
        let gain = (len as i32 + reaches as i32) * self.literal - cost;
        if gain <= best.gain || len + (reaches as usize) < least(kind) {
            return;
        }
        let counts = kind <= BEFORE && at > self.start;
        let to_end = reaches && self.ends.after(source, counts) == Some(source + len);
        let gain = if reaches && !to_end { gain - self.literal } else { gain };
        if gain > best.gain && len + (to_end as usize) >= least(kind) {
            *best = Found { token: Token { kind, source: source as u32, len: len as u32, run: 0, to_end }, gain };
        }
    }
}

/// Length of the common prefix of `history[a..]` and `history[b..]`, `a < b`.
#[inline(always)]
fn common(history: &[u8], a: usize, b: usize) -> usize {
    let max = history.len() - b;
    let (x, y) = (&history[..a + max], history);
    let ((eights, _), (others, rest)) = (x[a..].as_chunks(), y[b..].as_chunks());
    let mut n = 0;
    for (p, q) in eights.iter().zip(others) {
        let (p, q) = (u64::from_le_bytes(*p), u64::from_le_bytes(*q));
        if p != q {
            return n + ((p ^ q).trailing_zeros() / 8) as usize;
        }
        n += 8;
    }
    // The primer stands before both of them, so there are eight bytes up to either end.
    let differs = last_eight(x) ^ last_eight(y);
    // Of the last bytes, which need no loop: shifted by 64 bits in all if there are none.
    let differs = differs >> (56 - 8 * rest.len()) >> 8 | 1 << (8 * rest.len());
    n + (differs.trailing_zeros() / 8) as usize
}

#[inline(always)]
fn last_eight(bytes: &[u8]) -> u64 {
    bytes.last_chunk().map_or(0, |eight| u64::from_le_bytes(*eight))
}

/// The first four bytes; 0 if there are fewer.
#[inline(always)]
pub(super) fn four(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |four| u32::from_le_bytes(*four))
}
