//! Ids that wait: once a batch is known but for them, they are coded in the order in which they were drawn, as
//! steps through the sequences that they come from.

use super::generators::{MAX_STATE, Sequence};
use super::order::by_begin;
use super::processes::{MAX_SEQUENCES, Process, Source, Told};
use super::{Ids, NONE};
use crate::coder::{Coder, Contexts, Ctx, Number, Signed};

/// How a span id is given: by the rank of its source below this, or …
const NEAR: u32 = 13;
/// … by a rank from [`NEAR`], or …
const FAR: u32 = 13;
/// … as it is.
const RAW: u32 = 15;

/// Families with contexts of their own for steps; those after them share the ones of the last.
const FAMILIES: u32 = 3;

/// Steps from where the next id is expected: fewer than this are one symbol.
const FEW: u64 = 15;

/// Most steps through a sequence for one id, and in all: so many and some for each span.
const MAX_STEPS: u64 = 1 << 16;
const FREE_STEPS: u64 = 1 << 18;
const STEPS_PER_DRAW: u64 = 1024;

/// A span whose id waits.
#[derive(Clone, Copy, Debug)]
struct Pending {
    process: u64,
    node: u32,
    parent: u32,
    start: i64,
    shape: u32,
    /// What tells the thread, by its hash; 0 if nothing does.
    thread: u64,
    /// The number of the source, once it is known.
    source: u32,
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub traces: Vec<u32>,
    pub nodes: Vec<u32>,
    draws: Vec<Pending>,
    /// Encoder: sequences that were found in this batch, by process.
    pub found: Vec<(u64, Vec<Sequence>)>,
}

impl Waiting {
    pub(super) fn clear(&mut self) {
        self.traces.clear();
        self.nodes.clear();
        self.draws.clear();
        self.found.clear();
    }
}

/// Contexts of draws.
#[derive(Clone, Copy, Debug)]
pub(super) struct DrawRoots {
    sources: Number,
    family: Ctx,
    len: Number,
    /// Which source, by the rank of the one before, or by what tells it.
    source: Ctx,
    rank: Number,
    /// Steps, by family, whether a habit tells them, and whether those before were as expected.
    steps: Ctx,
    more: Number,
    trace: Ctx,
    /// What of ids that are not drawn in this batch is known.
    stray: Ctx,
    stray_steps: Signed,
}

impl DrawRoots {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        DrawRoots {
            sources: Number::new(contexts),
            family: contexts.block(1),
            len: Number::new(contexts),
            source: contexts.block(5),
            rank: Number::new(contexts),
            steps: contexts.block(4 * FAMILIES as usize),
            more: Number::new(contexts),
            trace: contexts.block(1),
            stray: contexts.block(2),
            stray_steps: Signed::new(contexts),
        }
    }

    /// Codes the rank of a source, by a symbol of `ctx` and, if it is large, a number; nothing for no source.
    fn rank<C: Coder>(self, c: &mut C, ctx: Ctx, rank: Option<usize>) -> Option<Option<usize>> {
        match c.symbol(ctx, rank.map_or(RAW, |rank| (rank as u32).min(FAR))) {
            RAW => Some(None),
            FAR => {
                let beyond = self.rank.code(c, rank.unwrap_or(0).wrapping_sub(NEAR as usize) as u64);
                Some(Some(usize::try_from(beyond).ok()?.checked_add(NEAR as usize)?))
            }
            near => Some(Some(near as usize)),
        }
    }
}

/// What has come of the draws so far.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Steps that may still be taken.
    steps: u64,
    /// The rank of the last source, up to 2.
    rank: u32,
    /// What tells the next one.
    told: Told,
    /// Whether the last id was not where it was expected.
    astray: bool,
}

impl Run {
    /// The context of the source of a draw.
    fn source(&self) -> u32 {
        match self.told {
            Told::Nothing => self.rank,
            Told::ByParent => 3,
            Told::ByThread => 4,
        }
    }

    /// Steps that are left when a source goes to this position from where it is expected to go on; nothing if
    /// there are too few, or it is too far.
    fn left(&self, source: &Source, position: u64) -> Option<u64> {
        let steps = (position.wrapping_sub(source.expected(false)) as i64).checked_abs()? as u64;
        if steps < MAX_STEPS { self.steps.checked_sub(steps) } else { None }
    }

    fn affords(&self, source: &Source, position: u64) -> bool {
        self.left(source, position).is_some()
    }

    /// Takes these steps.
    fn take(&mut self, source: &Source, position: u64) -> Option<()> {
        self.steps = self.left(source, position)?;
        Some(())
    }
}

impl Ids {
    /// Notes that a span's id waits, once all else is known of the span.
    ///
    /// `thread` is the hash of what tells the thread it began in, 0 if nothing does.
    pub(in crate::model) fn note_draw(&mut self, node: u32, parent: u32, thread: u64) {
        if self.node_waits(node) && self.nodes[node as usize].draw == NONE {
            let (start, shape) = (self.nodes[node as usize].start, self.links[node as usize].shape);
            self.nodes[node as usize].draw = self.waiting.draws.len() as u32;
            self.waiting.draws.push(Pending {
                process: self.process,
                node,
                parent,
                start,
                shape,
                thread,
                source: NONE,
            });
        }
    }

    /// Encoder: notes sequences that the ids of a process come from.
    pub(in crate::model) fn note_found(&mut self, found: Vec<Sequence>) {
        if !found.is_empty() {
            self.waiting.found.push((self.process, found));
        }
    }

    /// Whether any id waits.
    pub(in crate::model) fn any_waits(&self) -> bool {
        !self.waiting.nodes.is_empty() || !self.waiting.traces.is_empty()
    }

    /// Codes all ids that wait.
    pub(in crate::model) fn settle<C: Coder>(&mut self, c: &mut C) -> Option<()> {
        let mut draws = std::mem::take(&mut self.waiting.draws);
        // Processes one after the other, in the order of their keys.
        draws.sort_by_key(|draw| draw.process);
        for (at, draw) in draws.iter().enumerate() {
            self.nodes[draw.node as usize].draw = at as u32;
        }
        let mut run = Run {
            steps: FREE_STEPS + STEPS_PER_DRAW * draws.len() as u64,
            rank: 0,
            told: Told::Nothing,
            astray: false,
        };
        let mut from = 0;
        for group in draws.chunk_by_mut(|a, b| a.process == b.process) {
            self.code_process(c, group, from, &mut run)?;
            from += group.len() as u32;
        }
        self.strays(c, &mut run)?;
        self.processes.sources().for_each(|source| source.is_new = false);
        draws.clear();
        self.waiting.draws = draws;
        Some(())
    }

    /// Codes the ids that the spans of one process drew, of which `from` is the number of the first.
    fn code_process<C: Coder>(&mut self, c: &mut C, group: &mut [Pending], from: u32, run: &mut Run) -> Option<()> {
        let key = group.first()?.process;
        let mut process = self.processes.take(key);
        self.new_sources(c, key, &mut process)?;
        process.strays /= 2;
        let starts: Vec<i64> = group.iter().map(|draw| draw.start).collect();
        let parent = |draw: &Pending| {
            let parent = self.nodes.get(draw.parent as usize).map_or(NONE, |parent| parent.draw);
            parent.wrapping_sub(from)
        };
        let parents: Vec<u32> = group.iter().map(parent).collect();
        for at in by_begin(&starts, || &parents) {
            let draw = group[at as usize];
            let parent = group.get(parents[at as usize] as usize);
            run.told = process.expect(draw.thread, parent.map_or(NONE, |parent| parent.source));
            group[at as usize].source = self.draw(c, &mut process, &draw, run)?;
            if c.overrun() {
                return None;
            }
        }
        for draw in &*group {
            self.nodes[draw.node as usize].draw = NONE;
        }
        self.processes.put(process);
        Some(())
    }

    /// Codes the states of sequences that a process draws from and that were not known before.
    fn new_sources<C: Coder>(&mut self, c: &mut C, key: u64, process: &mut Process) -> Option<()> {
        let mut found = match self.waiting.found.iter().position(|(known, _)| *known == key) {
            Some(at) => self.waiting.found.swap_remove(at).1,
            None => Vec::new(),
        };
        found.truncate(MAX_SEQUENCES.saturating_sub(process.sources.len()));
        let (mut weight, max_weight) = (process.weight(), self.processes.max_weight);
        found.retain(|sequence| {
            weight += sequence.weight();
            weight <= max_weight
        });
        let roots = self.draw_roots;
        let count = roots.sources.code(c, found.len() as u64);
        let mut found = found.into_iter();
        let mut state = Vec::new();
        for _ in 0..count {
            let mut sequence = found.next();
            state.clear();
            if let Some(sequence) = &mut sequence {
                sequence.put_state(&mut state);
            }
            let family = c.symbol(roots.family, sequence.as_ref().map_or(0, Sequence::family));
            let len = roots.len.code(c, state.len() as u64);
            if len > MAX_STATE as u64 || process.sources.len() >= MAX_SEQUENCES || c.overrun() {
                return None;
            }
            state.resize(len as usize, 0);
            for byte in &mut state {
                *byte = c.bits(*byte as u64, 8) as u8;
            }
            // An encoder goes on from what its reader has, too.
            let guessed = sequence.is_some_and(|sequence| !sequence.is_sure());
            process.sources.push(Source::new(
                Sequence::from_bytes(family, &state)?,
                process.sources.len() as u32,
                guessed,
            ));
            if process.weight() > max_weight {
                return None;
            }
        }
        Some(())
    }

    /// Codes the id of one span and, if it is a root whose trace waits, that of the trace. Returns the number of its
    /// source.
    fn draw<C: Coder>(&mut self, c: &mut C, process: &mut Process, draw: &Pending, run: &mut Run) -> Option<u32> {
        let (node, root) = (draw.node, draw.parent == NONE);
        let (id, trace) = (self.nodes[node as usize].id, self.nodes[node as usize].trace);
        let found = if C::ENCODES { find(process, id, root, run) } else { None };
        let rank = self.source(c, process, found.map(|(rank, _)| rank), run)?;
        let id = match rank {
            None => {
                process.strays += 1;
                c.word(id)
            }
            Some(rank) => {
                process.sources[..=rank].rotate_right(1);
                self.steps(c, &mut process.sources[0], draw, found.map(|(_, position)| position), run)?
            }
        };
        self.tell_node(node, id);
        if root && self.trace_waits(trace) {
            let source = process.sources.first_mut().filter(|_| rank.is_some());
            let predicted = source.map(|source| source.sequence.trace_at(source.last.0));
            let id = self.traces[trace as usize].id;
            let id = match predicted {
                Some(predicted) if c.symbol(self.draw_roots.trace, (predicted != id) as u32) == 0 => predicted,
                _ => (c.word(id.0), c.word(id.1)),
            };
            self.tell_trace(trace, id);
        }
        Some(process.sources.first().filter(|_| rank.is_some()).map_or(NONE, |source| source.number))
    }

    /// Codes the rank of the source of a draw; nothing if it has none.
    fn source<C: Coder>(
        &self,
        c: &mut C,
        process: &Process,
        rank: Option<usize>,
        run: &mut Run,
    ) -> Option<Option<usize>> {
        if process.sources.is_empty() {
            return Some(None);
        }
        let Some(rank) = self.draw_roots.rank(c, self.draw_roots.source.at(run.source()), rank)? else {
            run.rank = 2;
            return Some(None);
        };
        run.rank = rank.min(2) as u32;
        (rank < process.sources.len()).then_some(Some(rank))
    }

    /// Codes how far from the expected position an id is. Returns the id.
    fn steps<C: Coder>(
        &mut self,
        c: &mut C,
        source: &mut Source,
        draw: &Pending,
        position: Option<u64>,
        run: &mut Run,
    ) -> Option<u64> {
        let root = draw.parent == NONE;
        let habit = self.habits.steps(source.shape, draw.shape);
        let expected = source.expected(root).wrapping_add(habit as u64);
        let step = position.unwrap_or(expected).wrapping_sub(expected) as i64;
        let zigzag = (step << 1 ^ step >> 63) as u64;
        let family = source.sequence.family().min(FAMILIES - 1);
        let ctx = self.draw_roots.steps.at(4 * family + 2 * (habit != 0) as u32 + run.astray as u32);
        let zigzag = match c.symbol(ctx, zigzag.min(FEW) as u32) as u64 {
            FEW => self.draw_roots.more.code(c, zigzag.wrapping_sub(FEW)).checked_add(FEW)?,
            few => few,
        };
        let position = expected.wrapping_add(zigzag >> 1 ^ (zigzag & 1).wrapping_neg());
        run.astray = zigzag != 0;
        run.take(source, position)?;
        if run.astray {
            let steps = position.wrapping_sub(source.expected(root));
            self.habits.note_steps(source.shape, draw.shape, steps as i64);
        }
        (source.last, source.shape) = ((position, root), draw.shape);
        if draw.thread != 0 {
            source.thread = draw.thread;
        }
        Some(source.sequence.span_at(position))
    }

    /// Codes ids that no span of this batch has drawn: remote parents, links, traces whose root is elsewhere.
    fn strays<C: Coder>(&mut self, c: &mut C, run: &mut Run) -> Option<()> {
        let mut nodes = std::mem::take(&mut self.waiting.nodes);
        nodes.retain(|node| self.node_waits(*node));
        for node in nodes {
            let id = self.nodes[node as usize].id;
            let id = match self.stray(c, 0, run, |source, near| source.sequence.look_up(id, near, !source.is_new))? {
                None => c.word(id),
                Some((source, position)) => source.sequence.span_at(position),
            };
            self.tell_node(node, id);
        }
        let mut traces = std::mem::take(&mut self.waiting.traces);
        traces.retain(|trace| self.trace_waits(*trace));
        for trace in traces {
            let id = self.traces[trace as usize].id;
            let look_up = |source: &mut Source, near| source.sequence.look_up_trace(id, near, !source.is_new);
            let id = match self.stray(c, 1, run, look_up)? {
                None => (c.word(id.0), c.word(id.1)),
                Some((source, position)) => source.sequence.trace_at(position),
            };
            self.tell_trace(trace, id);
        }
        Some(())
    }

    /// Codes which of all sources an id comes from, and where in it it is.
    fn stray<C: Coder>(
        &mut self,
        c: &mut C,
        kind: u32,
        run: &mut Run,
        find: impl Fn(&mut Source, u64) -> Option<u64>,
    ) -> Option<Option<(&mut Source, u64)>> {
        let roots = self.draw_roots;
        if !self.processes.any() {
            return Some(None);
        }
        let found = if C::ENCODES {
            self.processes.sources().enumerate().find_map(|(rank, source)| {
                let near = source.expected(false);
                let position = find(source, near)?;
                run.affords(source, position).then_some((rank, position))
            })
        } else {
            None
        };
        let Some(rank) = roots.rank(c, roots.stray.at(kind), found.map(|(rank, _)| rank))? else {
            return Some(None);
        };
        let source = self.processes.sources().nth(rank)?;
        let last = source.expected(false);
        let step = found.map_or(0, |(_, position)| position.wrapping_sub(last) as i64);
        let position = last.wrapping_add(roots.stray_steps.code(c, step) as u64);
        run.take(source, position)?;
        Some(Some((source, position)))
    }

    fn tell_node(&mut self, node: u32, id: u64) {
        let node = &mut self.nodes[node as usize];
        (node.id, node.waits) = (id, false);
    }

    fn tell_trace(&mut self, trace: u32, id: (u64, u64)) {
        let trace = &mut self.traces[trace as usize];
        (trace.id, trace.waits) = (id, false);
    }
}

/// Encoder: the rank of a source that has an id, and where.
fn find(process: &mut Process, id: u64, root: bool, run: &Run) -> Option<(usize, u64)> {
    process.sources.iter_mut().enumerate().find_map(|(rank, source)| {
        let position = source.sequence.find(id, source.expected(root))?;
        run.affords(source, position).then_some((rank, position))
    })
}
