//! How V8's `Math.random` is recognised in ids, and its state computed from six words.
//!
//! Blocks are handed out backwards, so of the words of three calls within a block the last is the first step's.
//! Let a, b, c be the upper halves of z\[t\], z\[t + 1\], z\[t + 2\]. Shifts to the right reach their upper 9 bits
//! from nowhere, so those of c are those of a, b and 9 lower bits of a: a test of three words ([`follow`]). Six
//! words have 192 bits for a state of 128; [`solve`] computes it, and checks it with the other 64.

use std::borrow::Cow;

use super::super::Draw;
use super::places::Places;
use super::{BLOCK, State, V8, back, forth};

/// Tests in a row that six words must pass.
const RUN: usize = 4;
/// Spans that are tried first.
const FEW: usize = 48;
/// If no six words of neighbours do: spans, and neighbours of each, that are tried in any order.
const PAIRED: usize = 64;
const NEIGHBOURS: usize = 8;
/// Words without any known one after which no more are looked for.
const PATIENCE: usize = 1024;
/// Most processes (worker threads) recognised in one go.
const MAX_PROCESSES: usize = 8;

pub(super) fn recognise(draws: &[Draw]) -> Vec<V8> {
    let mut found = Vec::new();
    let mut rest = Cow::Borrowed(draws);
    while let Some(located) = lock(&rest).map(|state| Located::new(state, &rest)) {
        found.extend(located.v8());
        let others = rest.iter().zip(&located.starts).filter(|(_, start)| start.is_none());
        let others: Vec<Draw> = others.map(|(draw, _)| *draw).collect();
        if others.len() == rest.len() || found.len() == MAX_PROCESSES {
            break;
        }
        rest = Cow::Owned(others);
    }
    found
}

/// The state of six words that are found to follow each other: z\[t\] of the last one, and z\[t + 1\].
fn lock(draws: &[Draw]) -> Option<State> {
    // The first few are nearly always enough.
    let some = |count: usize| draws.get(..count).unwrap_or(draws);
    let all = || if draws.len() > FEW { lock_neighbours(draws) } else { None };
    lock_neighbours(some(FEW)).or_else(all).or_else(|| lock_any(some(PAIRED)))
}

/// Six words of spans that stand next to each other, in the order of their calls.
fn lock_neighbours(draws: &[Draw]) -> Option<State> {
    let mut words = Vec::with_capacity(6 * draws.len());
    for draw in draws {
        words.extend(halves(draw.span));
        if let Some((high, low)) = draw.trace {
            words.extend(halves(high));
            words.extend(halves(low));
        }
    }
    let mut run = 0;
    words.windows(3).enumerate().find_map(|(index, three)| {
        let &[c, b, a] = three else { return None };
        run = if follow(a, b, c) { run + 1 } else { 0 };
        if run < RUN {
            return None;
        }
        let &[f, e, d, c, b, a] = words.get(index + 1 - RUN..index + 3)? else { return None };
        solve([a, b, c, d, e, f])
    })
}

/// Three spans in any order. What [`follow`] says of a span and the one before is that two numbers are equal.
fn lock_any(draws: &[Draw]) -> Option<State> {
    let (before, after): (Vec<u32>, Vec<u32>) = draws
        .iter()
        .map(|draw| {
            let [b, a] = halves(draw.span);
            let before = ((b ^ (b << 23)) >> 23 << 9) | ((a ^ (a << 23) ^ b) >> 23);
            (before, (b ^ a) >> 23 << 9 | a >> 23)
        })
        .unzip();
    let followers = |index: usize| {
        let from = index.saturating_sub(NEIGHBOURS);
        let around = before.get(from..(index + NEIGHBOURS + 1).min(before.len())).unwrap_or_default();
        let after = after.get(index).copied();
        // Nearly always nobody follows, which is soon seen by looking at all of them at once.
        let any = around.iter().fold(false, |any, &before| any | (Some(before) == after));
        let around = if any { around } else { &[] };
        (from..).zip(around).filter(move |&(other, &before)| Some(before) == after && other != index)
    };
    (0..draws.len()).find_map(|first| {
        followers(first).find_map(|(second, _)| {
            followers(second).find_map(|(third, _)| {
                let [[f, e], [d, c], [b, a]] =
                    [first, second, third].map(|i| halves(draws.get(i).map_or(0, |d| d.span)));
                solve([a, b, c, d, e, f])
            })
        })
    })
}

fn halves(id: u64) -> [u32; 2] {
    [(id >> 32) as u32, id as u32]
}

/// Whether three words may be those of steps that follow each other; one of 512 triples is so by chance.
fn follow(a: u32, b: u32, c: u32) -> bool {
    (a ^ (a << 23) ^ b ^ c) >> 23 == 0
}

/// z\[0\] and z\[1\] of six words in the order of the steps.
fn solve(words: [u32; 6]) -> Option<State> {
    let [a, b, c, d, e, f] = words;
    // Bits 9 to 31 of z[0] to z[3]: what a << 23 has moved into the upper half.
    let low = |a: u32, b: u32, c: u32| {
        let y = c ^ b ^ (b >> 26);
        (y ^ (y >> 17) ^ a) << 9
    };
    let lows = [low(a, b, c), low(b, c, d), low(c, d, e), low(d, e, f)];
    let wide = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    // Bits 0 to 8 of z[0] and z[1]: what a << 23 has moved into bits 23 to 31.
    let whole = |z: u64, next: u64, after: u32| {
        let x = z ^ (z << 23);
        let moved = after ^ (next ^ (next >> 26) ^ (x >> 17) ^ x) as u32;
        z | u64::from(moved >> 23)
    };
    let z = [wide(a, lows[0]), wide(b, lows[1]), wide(c, lows[2])];
    let state = (whole(z[0], z[1], lows[2]), whole(z[1], z[2], lows[3]));
    let mut check = state;
    let right = words.iter().all(|&word| {
        let same = (check.0 >> 32) as u32 == word;
        check = forth(check);
        same
    });
    (right && state != (0, 0)).then_some(state)
}

/// Where spans are in a sequence of steps, of which number 0 has a known state.
struct Located {
    state: State,
    /// The words of the steps from `first` on.
    words: Vec<u32>,
    first: i64,
    /// The step of each span's first word.
    starts: Vec<Option<i64>>,
    /// What speaks for blocks that begin at steps of this number, modulo 64.
    votes: [i32; BLOCK as usize],
}

/// Farthest step that is looked at, each way.
const FAR: usize = 1 << 16;
/// How much more than the order of spans the order of an id's own words says of where blocks begin.
const SURE: i32 = 1 << 10;

impl Located {
    fn new(state: State, draws: &[Draw]) -> Self {
        let mut firsts = Places::for_words(2 * draws.len());
        draws.iter().zip(0..).for_each(|(draw, index)| firsts.add(halves(draw.span)[0], index));
        let (mut up, mut down) = (Walk::from(back(state)), Walk::from(state));
        let (mut goes_up, mut goes_down) = (true, true);
        // Both ways by turns: neither goes on for long once all spans are found.
        while goes_up || goes_down {
            let all_found = up.hits.len() + down.hits.len() >= draws.len();
            goes_up = goes_up && up.block(forth, draws, &firsts, all_found);
            goes_down = goes_down && down.block(back, draws, &firsts, all_found);
        }
        let first = -(down.words.len() as i64);
        let words = down.words.into_iter().rev().chain(up.words).collect();
        let mut located = Located { state, words, first, starts: vec![None; draws.len()], votes: [0; BLOCK as usize] };
        let mut ends = vec![0; draws.len()];
        let hits_down = down.hits.iter().map(|&(index, step)| (index, -1 - step as i64));
        for (index, step) in hits_down.chain(up.hits.iter().map(|&(index, step)| (index, step as i64))) {
            let last = draws.get(index).and_then(|draw| located.follow(draw, step));
            if let (Some(last), Some(start), Some(end)) = (last, located.starts.get_mut(index), ends.get_mut(index)) {
                (*start, *end) = (Some(step), last);
            }
        }
        located.vote_by_order(&ends);
        located
    }

    fn word(&self, step: i64) -> Option<u32> {
        self.words.get(usize::try_from(step - self.first).ok()?).copied()
    }

    fn vote(&mut self, step: i64, votes: i32) {
        if let Some(vote) = self.votes.get_mut(step.rem_euclid(BLOCK as i64) as usize) {
            *vote += votes;
        }
    }

    /// The step of the call after that of `step`, if it returned `word`: the step before, or, after a block's
    /// first step, the last one of the next block.
    fn next(&mut self, step: i64, word: u32, votes: i32) -> Option<i64> {
        let across = step + 2 * BLOCK as i64 - 1;
        if self.word(step - 1) == Some(word) {
            self.vote(step, -votes);
            Some(step - 1)
        } else if self.word(across) == Some(word) {
            self.vote(step, votes);
            Some(across)
        } else {
            None
        }
    }

    /// The step of the last word of a span that has its first word at `step`.
    fn follow(&mut self, draw: &Draw, step: i64) -> Option<i64> {
        let mut last = self.next(step, draw.span as u32, SURE)?;
        let (high, low) = draw.trace.unwrap_or_default();
        for word in [(high >> 32) as u32, high as u32, (low >> 32) as u32, low as u32] {
            match draw.trace.and_then(|_| self.next(last, word, SURE)) {
                Some(next) => last = next,
                None => break,
            }
        }
        Some(last)
    }

    /// Spans that follow each other say too where blocks may begin.
    fn vote_by_order(&mut self, ends: &[i64]) {
        for index in 1..ends.len() {
            let (Some(Some(_)), Some(&end)) = (self.starts.get(index - 1), ends.get(index - 1)) else { continue };
            let word = self.starts.get(index).copied().flatten().and_then(|start| self.word(start));
            word.and_then(|word| self.next(end, word, 1));
        }
    }

    /// The process, the first span found being where it starts.
    fn v8(&self) -> Option<V8> {
        let start = self.starts.iter().flatten().next()?;
        let (begin, &votes) = (0..).zip(&self.votes).max_by_key(|&(_, votes)| votes)?;
        let ahead = (start - begin).rem_euclid(BLOCK as i64);
        let mut origin = self.state;
        for _ in 0..start - ahead {
            origin = forth(origin);
        }
        for _ in start - ahead..0 {
            origin = back(origin);
        }
        Some(V8::new(origin, BLOCK - 1 - ahead as u64, votes > 0))
    }
}

/// The words of steps one way, and which of them may be the first words of which spans.
#[derive(Default)]
struct Walk {
    state: State,
    words: Vec<u32>,
    hits: Vec<(usize, usize)>,
    /// Words up to the last hit.
    last: usize,
}

impl Walk {
    fn from(state: State) -> Self {
        Walk { state, words: Vec::with_capacity(PATIENCE), ..Walk::default() }
    }

    /// Walks another block; says whether to go on: unless no span was found for long, or all are and the block after
    /// the last one was passed.
    fn block(&mut self, step: impl Fn(State) -> State, draws: &[Draw], firsts: &Places, all_found: bool) -> bool {
        for _ in 0..BLOCK {
            self.state = step(self.state);
            let word = (self.state.0 >> 32) as u32;
            for index in firsts.of(word).map(|index| index as usize) {
                if draws.get(index).is_some_and(|draw| halves(draw.span)[0] == word) {
                    self.last = self.words.len();
                    self.hits.push((index, self.last));
                }
            }
            self.words.push(word);
        }
        let patience = if all_found { 2 * BLOCK as usize } else { PATIENCE };
        self.words.len() < FAR && self.words.len() - self.last <= patience
    }
}
