//! Ids as relations: the same trace as before, a parent that is awaited, a span seen lately. Ids that are new
//! are coded as they are, or wait until it is known what [`draws`] they come from.

mod draws;
mod foresight;
mod generators;
mod habits;
mod lean;
mod near;
mod order;
mod processes;
mod recent;
mod relatives;

use super::index::{Index, mix};
use super::keys::NONE;
use super::weight;
use crate::coder::{Coder, Contexts, Ctx, Number, Signed};
use crate::restore::{Restore, Tracked};
use draws::{DrawRoots, Waiting};
pub(super) use foresight::{Foresight, key_of};
use habits::{Habits, Relation};
use near::Meant;
use processes::Processes;
use recent::{LAST, RECENT, Recent};
use relatives::Relations;

/// Most spans remembered; then those of the older half are forgotten.
pub(super) const MAX_NODES: usize = 1 << 15;

/// What is known of a trace.
#[derive(Clone, Copy, Debug)]
struct Trace {
    id: (u64, u64),
    /// Its spans, the one in use last first.
    head: u32,
    /// Start and end of its last span, and that span's shape.
    last: (i64, i64),
    shape: u32,
    /// Lean: its last span, and how many parents are awaited.
    before: u32,
    awaited: u32,
    /// Whether the id waits to be coded; a decoder does not know it yet.
    waits: bool,
}

/// What is looked at of a span when another is looked for: apart from the rest, for a list of them is walked
/// for each span.
#[derive(Clone, Copy, Debug)]
struct Link {
    next: u32,
    /// The span's shape; [`NONE`] until the span itself has come.
    shape: u32,
    /// The shape of the last one that has named it as its parent.
    child: u32,
    /// Encoder: some bits of the id.
    tag: u32,
}

/// A span, or a parent that a span has named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    id: u64,
    trace: u32,
    /// Lean: its parent.
    above: u32,
    /// As for a trace.
    waits: bool,
    /// Of a span whose id waits: its draw.
    draw: u32,
    pub start: i64,
    pub end: i64,
    /// Start of its earliest child and end of its latest, end of its last; valid if it has children.
    pub children: bool,
    pub child_start: i64,
    pub child_end: i64,
    pub sibling_end: i64,
}

impl Node {
    const UNKNOWN: Node = Node {
        id: 0,
        trace: NONE,
        above: NONE,
        waits: false,
        draw: NONE,
        start: 0,
        end: 0,
        children: false,
        child_start: i64::MAX,
        child_end: i64::MIN,
        sibling_end: 0,
    };
}

/// Traces and their spans.
#[derive(Debug)]
pub(super) struct Ids {
    traces: Vec<Trace>,
    nodes: Vec<Node>,
    /// Of each node.
    links: Vec<Link>,
    trace_index: Index,
    node_index: Index,
    /// The traces in use last, that of the span before first.
    recent: Recent,
    habits: Habits,
    /// By shape.
    relations: Tracked<Relations>,
    /// Which new ids wait, and the process that draws them: its key, 0 without a resource.
    pub postpone: Postpone,
    pub process: u64,
    waiting: Waiting,
    processes: Processes,
    roots: IdRoots,
    draw_roots: DrawRoots,
}

#[derive(Clone, Copy, Debug)]
struct IdRoots {
    /// Of shapes that are new.
    relations: Relations,
    distance: Signed,
    far: Number,
    link_trace: Ctx,
    link_span: Ctx,
}

/// Which new ids wait. The numbers are part of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Postpone {
    #[default]
    None = 0,
    All = 1,
    /// Those that another process may have drawn: all but the spans' own.
    Others = 2,
}

impl Postpone {
    pub(super) fn of_symbol(symbol: u32) -> Option<Postpone> {
        [Postpone::None, Postpone::All, Postpone::Others].get(symbol as usize).copied()
    }
}

/// How a trace is given: by its place among the traces in use last, below [`RECENT`], or …
const SAME: u32 = 0;
/// … as the one that came after that of the span before, or …
const FOLLOWING: u32 = RECENT as u32;
/// … by how long before that one it came, or …
const KNOWN: u32 = FOLLOWING + 1;
/// … as a new one.
const NEW: u32 = FOLLOWING + 2;
const NEW_64: u32 = FOLLOWING + 3;
/// The units of the family's clock do not go on; how the trace is given comes next.
const REFIT: u32 = 15;

impl Link {
    /// Whether the span itself has come.
    fn is_seen(&self) -> bool {
        self.shape != NONE
    }

    /// What is known of it that makes it likely to be meant.
    #[inline(always)]
    fn kind(&self) -> u32 {
        (self.shape << 16).wrapping_add(self.child)
    }
}

impl Ids {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Ids {
            traces: Vec::new(),
            nodes: Vec::new(),
            links: Vec::new(),
            trace_index: Index::default(),
            node_index: Index::default(),
            recent: Recent::NONE,
            habits: Habits::new(),
            relations: Tracked::default(),
            postpone: Postpone::None,
            process: 0,
            waiting: Waiting::default(),
            processes: Processes::default(),
            roots: IdRoots::new(contexts),
            draw_roots: DrawRoots::new(contexts),
        }
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.forget();
        self.habits.clear();
        self.relations.clear();
        self.waiting.clear();
        self.roots = IdRoots::new(contexts);
        self.draw_roots = DrawRoots::new(contexts);
    }

    /// Takes over the processes of another model.
    pub(super) fn inherit(&mut self, old: Ids) {
        self.processes = old.processes;
    }

    /// Forgets the processes too, which outlive a renewal.
    pub(super) fn forget_processes(&mut self, max_state: usize) {
        self.processes.clear(max_state);
    }

    /// Takes over what `from` has learnt, but for its traces and processes.
    pub(super) fn restore(&mut self, from: &Ids, max_state: usize, again: bool) {
        self.forget();
        self.waiting.clear();
        self.processes.clear(max_state);
        self.habits.restore(&from.habits, again);
        self.relations.restore(&from.relations, again);
        self.roots = from.roots;
        self.draw_roots = from.draw_roots;
    }

    fn forget(&mut self) {
        self.traces.clear();
        self.nodes.clear();
        self.links.clear();
        self.trace_index.clear();
        self.node_index.clear();
        self.recent = Recent::NONE;
    }

    pub(super) fn weight(&self) -> usize {
        self.traces.len() * weight::TRACE + self.nodes.len() * weight::NODE + self.processes.weight() + Habits::WEIGHT
    }

    /// What is known of a span, if anything is.
    pub(super) fn node(&self, node: u32) -> &Node {
        self.nodes.get(node as usize).unwrap_or(&Node::UNKNOWN)
    }

    /// Start and end of the last span of a trace.
    pub(super) fn last_span(&self, trace: u32) -> (i64, i64) {
        self.traces.get(trace as usize).map_or((0, 0), |trace| trace.last)
    }

    pub(super) fn trace_id(&self, trace: u32) -> Option<(u64, u64)> {
        self.traces.get(trace as usize).map(|trace| trace.id)
    }

    /// Whether the trace's id is not known to a decoder yet.
    pub(super) fn trace_waits(&self, trace: u32) -> bool {
        self.traces.get(trace as usize).is_some_and(|trace| trace.waits)
    }

    /// The same of a span.
    pub(super) fn node_waits(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.waits)
    }

    /// Codes the trace of a span, and one flag, which is seldom set. Returns the trace, whether it is new, and the
    /// flag.
    #[inline]
    pub(super) fn code_trace<C: Coder>(
        &mut self,
        c: &mut C,
        shape: u32,
        id: (u64, u64),
        mut flag: bool,
    ) -> Option<(u32, bool, bool)> {
        let current = self.recent.current();
        let [current, following] = [current, current.wrapping_add(1)].map(|trace| self.trace_fits(shape, trace));
        let ctx = self.relations(c, shape).trace(current, following);
        let (mut how, known) = if C::ENCODES { self.how(id) } else { (SAME, NONE) };
        let first = c.symbol(ctx, if flag { REFIT } else { how });
        flag = first == REFIT;
        how = if flag { c.symbol(ctx, how) } else { first };
        let (trace, rank) = self.trace_by(c, how, known, id)?;
        self.recent.promote(rank, trace, tag_of(id));
        let is_new = how >= NEW;
        if !is_new {
            self.habits.note_trace(shape, self.trace_kind(trace));
        }
        self.traces[trace as usize].shape = shape;
        Some((trace, is_new, flag))
    }

    /// What is known of a trace that makes it likely to go on with a span of a certain shape.
    fn trace_kind(&self, trace: u32) -> u32 {
        let Trace { shape, head, .. } = self.traces[trace as usize];
        shape << 1 | self.is_seen(head) as u32
    }

    fn trace_fits(&self, shape: u32, trace: u32) -> bool {
        (trace as usize) < self.traces.len() && self.habits.trace_fits(shape, self.trace_kind(trace))
    }

    /// How a trace is given, and which one it is if it is known.
    fn how(&self, id: (u64, u64)) -> (u32, u32) {
        let at = |trace: u32| self.traces.get(trace as usize).is_some_and(|trace| trace.id == id);
        let current = self.recent.current();
        if at(current) {
            return (SAME, current);
        }
        let following = current.wrapping_add(1);
        if at(following) {
            return (FOLLOWING, following);
        }
        let (rank, recent) = self.recent.find(tag_of(id));
        if at(recent) {
            return (rank, recent);
        }
        match self.trace_index.find(mix(id.0, id.1), at) {
            Some(known) => (KNOWN, known),
            None if id.0 == 0 => (NEW_64, NONE),
            None => (NEW, NONE),
        }
    }

    /// Codes what is left to say of a trace once it is clear how it is given: which one that is known, or its id.
    /// Returns it and its rank among the recent ones.
    fn trace_by<C: Coder>(&mut self, c: &mut C, how: u32, known: u32, id: (u64, u64)) -> Option<(u32, u32)> {
        let current = self.recent.current();
        let (trace, rank) = match how {
            FOLLOWING => (current.wrapping_add(1), self.recent.rank_of(current.wrapping_add(1))),
            KNOWN => {
                let distance = self.roots.distance.code(c, current as i64 - known as i64);
                let trace = u32::try_from((current as i64).wrapping_sub(distance)).ok()?;
                (trace, self.recent.rank_of(trace))
            }
            NEW => (self.new_trace(c, id), LAST),
            NEW_64 => (self.new_trace_64(c, id.1), LAST),
            rank => (self.recent.get(rank)?, rank),
        };
        ((trace as usize) < self.traces.len()).then_some((trace, rank))
    }

    /// Codes the id of a new trace, or lets it wait.
    fn new_trace<C: Coder>(&mut self, c: &mut C, id: (u64, u64)) -> u32 {
        if self.postpone == Postpone::None {
            let id = (c.word(id.0), c.word(id.1));
            return self.add_trace(id, C::ENCODES);
        }
        let trace = self.add_trace(id, C::ENCODES);
        self.traces[trace as usize].waits = true;
        self.waiting.traces.push(trace);
        trace
    }

    /// A 64-bit trace id comes from a tracer that takes it for the root's span id too.
    fn new_trace_64<C: Coder>(&mut self, c: &mut C, low: u64) -> u32 {
        let low = c.word(low);
        let trace = self.add_trace((0, low), C::ENCODES);
        let node = self.add_node(trace, low, C::ENCODES);
        self.push_front(trace, node);
        trace
    }

    /// Codes the id of a new span or an awaited parent, or lets it wait; it comes to the front.
    fn new_node<C: Coder>(&mut self, c: &mut C, trace: u32, id: u64, relation: Relation) -> u32 {
        let node = self.unlisted_node(c, trace, id, relation);
        self.push_front(trace, node);
        node
    }

    /// The same, but it is in no list.
    fn unlisted_node<C: Coder>(&mut self, c: &mut C, trace: u32, id: u64, relation: Relation) -> u32 {
        let waits = match self.postpone {
            Postpone::None => false,
            Postpone::All => true,
            Postpone::Others => relation != Relation::Own,
        };
        let id = if waits { id } else { c.word(id) };
        let node = self.add_node(trace, id, C::ENCODES);
        if waits {
            self.nodes[node as usize].waits = true;
            self.waiting.nodes.push(node);
        }
        node
    }

    fn add_trace(&mut self, id: (u64, u64), findable: bool) -> u32 {
        self.traces.push(Trace { id, head: NONE, last: (0, 0), shape: NONE, before: NONE, awaited: 0, waits: false });
        if findable {
            self.trace_index.add(mix(id.0, id.1));
        }
        self.traces.len() as u32 - 1
    }

    #[inline]
    fn add_node(&mut self, trace: u32, id: u64, findable: bool) -> u32 {
        if findable {
            self.node_index.add(hash_node(trace, id));
        }
        self.links.push(Link { next: NONE, shape: NONE, child: NONE, tag: id as u32 });
        self.nodes.push(Node { id, trace, ..Node::UNKNOWN });
        self.nodes.len() as u32 - 1
    }

    /// Encoder: the span of a trace that has an id.
    fn find_node(&self, trace: u32, id: u64) -> Option<u32> {
        self.node_index.find(hash_node(trace, id), |node| {
            let node = &self.nodes[node as usize];
            node.id == id && node.trace == trace
        })
    }

    fn push_front(&mut self, trace: u32, node: u32) {
        self.links[node as usize].next = self.traces[trace as usize].head;
        self.traces[trace as usize].head = node;
    }

    pub(super) fn own_id(&self, node: u32) -> Option<u64> {
        self.nodes.get(node as usize).map(|node| node.id)
    }

    /// Notes a span's times at its trace, its node and its parent's.
    #[inline]
    pub(super) fn note_times(&mut self, [trace, node, parent]: [u32; 3], (start, end): (i64, i64)) {
        if let Some(trace) = self.traces.get_mut(trace as usize) {
            trace.last = (start, end);
        }
        if let Some(node) = self.nodes.get_mut(node as usize) {
            (node.start, node.end) = (start, end);
        }
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.child_start = parent.child_start.min(start);
            parent.child_end = parent.child_end.max(end);
            parent.sibling_end = end;
            parent.children = true;
        }
    }

    /// Whether the span itself has come.
    pub(super) fn is_seen(&self, node: u32) -> bool {
        self.links.get(node as usize).is_some_and(Link::is_seen)
    }

    /// Whether there are too many spans.
    pub(super) fn is_full(&self) -> bool {
        self.nodes.len() >= MAX_NODES
    }

    /// Forgets the older half of the spans. Traces that were in use since are kept whole. No id may wait.
    pub(super) fn renew(&mut self, findable: bool) {
        let half = (self.nodes.len() / 2) as u32;
        let (traces, nodes) = (std::mem::take(&mut self.traces), std::mem::take(&mut self.nodes));
        let links = std::mem::take(&mut self.links);
        self.forget();
        for old in traces {
            let mut members = Vec::new();
            let mut at = old.head;
            while let Some(link) = links.get(at as usize) {
                members.push((at, nodes[at as usize], *link));
                at = link.next;
            }
            if !members.iter().any(|(at, ..)| *at >= half) || self.nodes.len() + members.len() > MAX_NODES * 3 / 4 {
                continue;
            }
            let trace = self.traces.len() as u32;
            self.traces.push(Trace { head: NONE, before: NONE, awaited: 0, ..old });
            if findable {
                self.trace_index.add(mix(old.id.0, old.id.1));
            }
            for (_, node, link) in members.iter().rev() {
                let copy = self.add_node(trace, node.id, findable);
                self.nodes[copy as usize] = Node { trace, above: NONE, ..*node };
                self.links[copy as usize] = *link;
                self.push_front(trace, copy);
            }
        }
    }
}

impl IdRoots {
    fn new(contexts: &mut Contexts) -> Self {
        IdRoots {
            relations: Relations::new(contexts),
            distance: Signed::new(contexts),
            far: Number::new(contexts),
            link_trace: contexts.block(1),
            link_span: contexts.block(Meant::COUNTS as usize),
        }
    }
}

/// Encoder: what traces are told apart by at first.
fn tag_of((high, low): (u64, u64)) -> u32 {
    (high ^ low) as u32
}

fn hash_node(trace: u32, id: u64) -> u64 {
    mix(id, trace as u64)
}
