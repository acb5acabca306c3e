//! Ids of the OpenTelemetry SDK and agent for Java: `ThreadLocalRandom.nextLong`, a sequence for each thread.
//!
//! `RandomIdGenerator` of the SDK takes a span id from one `nextLong`, and a root's trace id from the two that
//! follow (`SdkSpanBuilder.startSpan` asks for the span id first). `ThreadLocalRandom.java` of the JDK:
//! a thread adds its gamma to its seed and returns the seed, mixed. So a span id, mixed backwards, is a seed,
//! and seeds of one thread are multiples of its gamma apart. The gamma is the golden one in JDK 8 to 16, and
//! the golden one + 2 · thread id (`Thread.threadId`) since JDK 17.
//!
//! A position counts calls of `nextLong`; each thread has a [`Java`] of its own, with position 0 at the first
//! id known of it. All is closed form: nothing here takes longer for a position that is far away.

use super::{Draw, Generator};

/// `GOLDEN_GAMMA` of `ThreadLocalRandom`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// The factors of `ThreadLocalRandom.mix64` (those of MurmurHash3), and what undoes them.
const MIX: [u64; 2] = [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53];
const UNMIX: [u64; 2] = [inverse(MIX[1]), inverse(MIX[0])];

/// Farthest that an id is looked for: a wrong one is then found once in 2^32 times.
const REACH: u64 = 1 << 31;
/// Two ids of a new thread are seen to be that if at most so many positions apart …
const STEPS: u64 = 8;
/// … with at most so many ids of other new threads between them, or, while it is not clear whether this is Java, …
const PENDING: usize = 32;
const GATE_PENDING: usize = 12;
/// … and if the thread's id is below this. (Virtual threads are numbered as they are made.)
const MAX_THREAD: u64 = 1 << 32;
/// Spans looked at before saying that this is not Java.
const GATE: usize = 64;
/// Threads that a recogniser remembers, those used last.
const MAX_THREADS: usize = 1 << 8;

/// The ids of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Java {
    /// The seed at position 0.
    seed: u64,
    gamma: u64,
    /// 1 / gamma.
    steps: u64,
}

impl Java {
    /// The thread with this id (0 for JDK 8 to 16), position 0 being that of `span`.
    pub(crate) fn from_first(span: u64, thread: u64) -> Self {
        let gamma = GOLDEN.wrapping_add(thread << 1);
        Java { seed: unmix(span), gamma, steps: inverse(gamma) }
    }

    /// Encoder: the thread that draws a root's ids, whatever came before.
    pub(crate) fn from_root(span: u64, trace: (u64, u64)) -> Option<Self> {
        let seeds = [unmix(span), unmix(trace.0), unmix(trace.1)];
        let gamma = seeds[1].wrapping_sub(seeds[0]);
        let thread = gamma.wrapping_sub(GOLDEN);
        let right = seeds[2].wrapping_sub(seeds[1]) == gamma && thread & 1 == 0 && thread >> 1 < MAX_THREAD;
        right.then(|| Self::from_first(span, thread >> 1))
    }

    /// The thread's id; 0 for JDK 8 to 16.
    pub(crate) fn thread(&self) -> u64 {
        self.gamma.wrapping_sub(GOLDEN) >> 1
    }

    fn seed_at(&self, position: u64) -> u64 {
        self.seed.wrapping_add(position.wrapping_mul(self.gamma))
    }

    fn find_seed(&self, seed: u64, near: u64) -> Option<u64> {
        let position = seed.wrapping_sub(self.seed).wrapping_mul(self.steps);
        (position.wrapping_sub(near).wrapping_add(REACH) < 2 * REACH).then_some(position)
    }
}

impl Generator for Java {
    fn recognise(draws: &[Draw]) -> Vec<Self> {
        Threads::default().learn(draws)
    }

    fn find(&mut self, span: u64, near: u64) -> Option<u64> {
        self.find_seed(unmix(span), near)
    }

    fn trace_as_span(&self, trace: (u64, u64)) -> (u64, u64) {
        (trace.0, 1)
    }

    fn span_at(&mut self, position: u64) -> u64 {
        mix(self.seed_at(position))
    }

    fn trace_at(&mut self, position: u64) -> (u64, u64) {
        (mix(self.seed_at(position.wrapping_add(1))), mix(self.seed_at(position.wrapping_add(2))))
    }

    fn start(&self) -> (u64, bool) {
        (u64::MAX, false)
    }

    fn expected(&self, last: (u64, bool), _root: bool) -> u64 {
        last.0.wrapping_add(if last.1 { 3 } else { 1 })
    }

    /// The id at position 0, 8 bytes, then the thread's id, 7 bits a byte, the lower ones first.
    fn put_state(&mut self, out: &mut Vec<u8>) {
        out.extend(mix(self.seed).to_be_bytes());
        let mut rest = self.thread();
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn from_bytes(bytes: &[u8]) -> Option<(Self, usize)> {
        let (first, rest) = bytes.split_first_chunk()?;
        let mut thread = 0;
        for (index, &byte) in rest.iter().take(5).enumerate() {
            thread |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                let canonical = (byte > 0 || index == 0) && thread < MAX_THREAD;
                return canonical.then(|| (Self::from_first(u64::from_be_bytes(*first), thread), 9 + index));
            }
        }
        None
    }

    fn weight(&self) -> usize {
        64
    }
}

/// Encoder: finds the threads of spans as they come. Ids that wait for a second one of their thread are kept
/// from one batch to the next, so that a stream learns threads that draw an id only now and then.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    /// Whether there was ever a thread.
    java: bool,
    /// The threads, with the position of the last id found; the thread used last is the last one.
    threads: Vec<(Java, u64)>,
    /// Seeds of ids that no known thread has drawn, in order.
    pending: Vec<u64>,
}

impl Threads {
    /// The threads that are new with these draws, position 0 being that of the first id found; it may have been
    /// drawn earlier.
    pub(crate) fn learn(&mut self, draws: &[Draw]) -> Vec<Java> {
        if !self.java {
            let pending = self.pending.clone();
            self.java = draws.iter().take(GATE).any(|draw| self.push(draw).is_some());
            if !self.java {
                return Vec::new();
            }
            *self = Threads { java: true, pending, ..Threads::default() };
        }
        draws.iter().filter_map(|draw| self.push(draw)).collect()
    }

    /// The thread that has drawn this, if it is new.
    fn push(&mut self, draw: &Draw) -> Option<Java> {
        let seed = unmix(draw.span);
        if self.take(seed) {
            return None;
        }
        let root = draw.trace.and_then(|trace| Java::from_root(draw.span, trace));
        let new = root.or_else(|| self.pair(seed));
        match new {
            Some(thread) => {
                self.pending.retain(|&other| thread.find_seed(other, 0).is_none());
                make_room(&mut self.threads, MAX_THREADS);
                self.threads.push((thread, thread.find_seed(seed, 0).unwrap_or_default()));
            }
            None => {
                make_room(&mut self.pending, PENDING);
                self.pending.push(seed);
            }
        }
        new
    }

    /// Whether a known thread has drawn this.
    fn take(&mut self, seed: u64) -> bool {
        let mut threads = self.threads.iter_mut().enumerate().rev();
        let hit = threads.find_map(|(index, (thread, last))| {
            *last = thread.find_seed(seed, *last)?;
            Some(index)
        });
        if let Some(behind) = hit.and_then(|index| self.threads.get_mut(index..)) {
            behind.rotate_left(1);
        }
        hit.is_some()
    }

    /// The thread that has drawn this and one of those that wait. Its position 0 is that of the one drawn first.
    fn pair(&self, seed: u64) -> Option<Java> {
        let pending = if self.java { PENDING } else { GATE_PENDING };
        self.pending.iter().rev().take(pending).find_map(|&other| {
            let apart = seed.wrapping_sub(other);
            let after = thread_of(apart).map(|thread| (other, thread));
            let (first, thread) = after.or_else(|| Some((seed, thread_of(apart.wrapping_neg())?)))?;
            Some(Java::from_first(mix(first), thread))
        })
    }
}

/// Drops the first one if there are so many.
fn make_room<T>(list: &mut Vec<T>, most: usize) {
    if list.len() >= most {
        list.remove(0);
    }
}

/// How many positions two seeds are apart whose difference has this upper byte, if few; else 0. It is the upper byte
/// of a multiple of the golden gamma: no thread's id is large enough to change it.
#[allow(clippy::indexing_slicing, reason = "at compile time")]
const STEPS_BY_BYTE: [u8; 256] = {
    let mut table = [0; 256];
    let mut steps = 1;
    while steps <= STEPS {
        table[(GOLDEN.wrapping_mul(steps) >> 56) as usize] = steps as u8;
        steps += 1;
    }
    table
};

/// The id of the thread that has two seeds so far apart.
fn thread_of(apart: u64) -> Option<u64> {
    let steps = STEPS_BY_BYTE.get((apart >> 56) as usize).copied().map(u64::from).filter(|&steps| steps > 0)?;
    // (golden + 2 · thread) · steps
    let threads = apart.wrapping_sub(GOLDEN.wrapping_mul(steps));
    (threads < 2 * MAX_THREAD * steps && threads % (2 * steps) == 0).then(|| threads / (2 * steps))
}

fn mix(seed: u64) -> u64 {
    let z = (seed ^ (seed >> 33)).wrapping_mul(MIX[0]);
    let z = (z ^ (z >> 33)).wrapping_mul(MIX[1]);
    z ^ (z >> 33)
}

/// The seed that [`mix`] made this id of: a shift by more than half of the bits undoes itself.
fn unmix(id: u64) -> u64 {
    let z = (id ^ (id >> 33)).wrapping_mul(UNMIX[0]);
    let z = (z ^ (z >> 33)).wrapping_mul(UNMIX[1]);
    z ^ (z >> 33)
}

/// 1 / an odd number, modulo 2^64: each of Newton's steps doubles the bits that are right, of which there are 3.
const fn inverse(odd: u64) -> u64 {
    let mut x = odd;
    let mut bits = 3;
    while bits < 64 {
        x = x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x)));
        bits *= 2;
    }
    x
}

#[cfg(test)]
mod tests;
