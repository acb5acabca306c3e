//! Which span of its trace a span is, and which is its parent: by rank among those of the trace, in which those
//! come first that spans of this shape have meant before.

use super::habits::Relation;
use super::{Ids, Link, NONE, SAME, hash_node};
use crate::coder::{Coder, Contexts, Ctx};

/// Spans of a trace that are looked through for an id, and those of them that may come first.
const WALK: usize = 128;
const NEAR: usize = 8;
/// Those that come first are counted up to this.
const FITTING: u32 = 3;

/// How a span id is given: by a rank below this, or …
const FEW: u32 = 13;
/// … by a rank from [`FEW`], or …
const FAR: u32 = 13;
/// … as that of a span that has come already (own ids only), or …
const AGAIN: u32 = 14;
/// … as it is.
const RAW: u32 = 15;

/// Contexts of what a span says of its relatives, by its shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relations {
    /// By whether the current trace fits, and the one after it.
    pub trace: Ctx,
    /// By how many spans fit.
    pub own: Ctx,
    pub parent: Ctx,
    uses: u8,
}

impl Relations {
    pub(super) const BLOCK: usize = 4;
    /// So many spans of a shape share contexts with others of new shapes.
    const SHARED: u8 = 8;

    pub(super) fn new(contexts: &mut Contexts) -> Self {
        let [trace, own, parent] = [(); 3].map(|()| contexts.block(Self::BLOCK));
        Relations { trace, own, parent, uses: 0 }
    }

    /// Counts a use, and parts with the others when it is time.
    fn count(&mut self, contexts: &mut Contexts) {
        if self.uses == Self::SHARED {
            let fork = |root| contexts.fork_block(root, Self::BLOCK);
            [self.trace, self.own, self.parent] = [self.trace, self.own, self.parent].map(fork);
        }
        self.uses = (self.uses + 1).min(Self::SHARED + 1);
    }
}

/// Spans of a trace, those first that fit.
struct Near {
    order: [u32; 2 * NEAR],
    len: usize,
    fitting: u32,
    /// The one after them in the trace.
    rest: u32,
}

impl Ids {
    /// The contexts of one more span of this shape.
    #[inline]
    pub(super) fn relations<C: Coder>(&mut self, c: &mut C, shape: u32) -> Relations {
        if self.relations.len() <= shape as usize {
            self.relations.resize(shape as usize + 1, self.roots.relations);
        }
        let relations = &mut self.relations[shape as usize];
        relations.count(c.contexts());
        *relations
    }

    /// Codes a span's own id: an awaited parent's, or a new one.
    #[inline]
    pub(in crate::model) fn code_own<C: Coder>(&mut self, c: &mut C, shape: u32, trace: u32, id: u64) -> Option<u32> {
        let near = self.near(Relation::Own, shape, trace, NONE);
        let found = if C::ENCODES { self.find(trace, id) } else { None };
        let again = found.is_some_and(|node| self.is_seen(node));
        let rank = found.and_then(|node| if again { self.depth(trace, node) } else { near.rank(self, true, node) });
        let how = match rank {
            None => RAW,
            Some(_) if again => AGAIN,
            Some(rank) => rank.min(FEW),
        };
        let ctx = self.relations[shape as usize].own.at(near.fitting);
        let node = match c.symbol(ctx, how) {
            RAW => self.new_node(c, trace, id, Relation::Own),
            AGAIN => {
                let depth = self.roots.far.code(c, rank.unwrap_or(0) as u64);
                let node = self.at_depth(trace, u32::try_from(depth).ok()?)?;
                self.bring_to_front(trace, node);
                node
            }
            how => self.ranked(c, (Relation::Own, shape, trace), &near, how, rank)?,
        };
        self.links[node as usize].shape = shape;
        Some(node)
    }

    /// Codes a parent: a span of the trace other than the one in front, or one that is not known.
    #[inline]
    pub(in crate::model) fn code_parent<C: Coder>(
        &mut self,
        c: &mut C,
        shape: u32,
        trace: u32,
        own: u32,
        id: u64,
    ) -> Option<u32> {
        let ctx = self.relations[shape as usize].parent;
        self.code_other(c, ctx, shape, trace, own, id)
    }

    /// Codes the ids of a link: a trace, and a span of it, seldom known.
    pub(in crate::model) fn code_link<C: Coder>(
        &mut self,
        c: &mut C,
        shape: u32,
        id: (u64, u64),
        span: u64,
    ) -> Option<(u32, u32)> {
        let mut known = NONE;
        let how = if C::ENCODES { self.how(id, &mut known) } else { SAME };
        let how = c.symbol(self.roots.link_trace, how);
        let trace = self.trace_by(c, how, known, id)?;
        Some((trace, self.code_other(c, self.roots.link_span, shape, trace, NONE, span)?))
    }

    fn code_other<C: Coder>(&mut self, c: &mut C, ctx: Ctx, shape: u32, trace: u32, own: u32, id: u64) -> Option<u32> {
        let near = self.near(Relation::Parent, shape, trace, own);
        let found = if C::ENCODES { self.find(trace, id) } else { None };
        let rank = found.and_then(|node| near.rank(self, false, node));
        let node = match c.symbol(ctx.at(near.fitting), rank.map_or(RAW, |rank| rank.min(FEW))) {
            RAW => self.new_node(c, trace, id, Relation::Parent),
            AGAIN => return None,
            how => self.ranked(c, (Relation::Parent, shape, trace), &near, how, rank)?,
        };
        self.links[node as usize].child = shape;
        Some(node)
    }

    /// Codes what is left to say of a rank, brings its span to the front, and notes that it was meant.
    fn ranked<C: Coder>(
        &mut self,
        c: &mut C,
        (relation, shape, trace): (Relation, u32, u32),
        near: &Near,
        how: u32,
        rank: Option<u32>,
    ) -> Option<u32> {
        let rank = match how {
            FAR => u32::try_from(self.roots.far.code(c, rank.unwrap_or(0).wrapping_sub(FEW) as u64)).ok()?,
            few => few,
        };
        let rank = if how == FAR { rank.checked_add(FEW)? } else { rank };
        let node = near.at(self, relation == Relation::Own, rank)?;
        self.habits.note(relation, shape, self.links[node as usize].kind());
        self.bring_to_front(trace, node);
        Some(node)
    }

    fn find(&self, trace: u32, id: u64) -> Option<u32> {
        self.node_index.find(hash_node(trace, id), |node| {
            let node = &self.nodes[node as usize];
            node.id == id && node.trace == trace
        })
    }

    /// The first spans of a trace that may be meant: for an own id those that are awaited, else all but `own`.
    #[inline]
    fn near(&self, relation: Relation, shape: u32, trace: u32, own: u32) -> Near {
        let mut near = Near { order: [NONE; 2 * NEAR], len: 0, fitting: 0, rest: self.traces[trace as usize].head };
        let mut others = [NONE; NEAR];
        let (mut fitting, mut other) = (0, 0);
        for _ in 0..NEAR {
            let Some(link) = self.links.get(near.rest as usize) else { break };
            if near.rest != own && !(relation == Relation::Own && link.is_seen()) {
                if self.habits.fits(relation, shape, link.kind()) {
                    near.order[fitting] = near.rest;
                    fitting += 1;
                } else {
                    others[other] = near.rest;
                    other += 1;
                }
            }
            near.rest = link.next;
        }
        near.len = fitting + other;
        // All of them, for to copy only those that are there costs more.
        near.order[fitting..fitting + NEAR].copy_from_slice(&others);
        near.fitting = (fitting as u32).min(FITTING);
        near
    }

    /// The spans from this one on in its trace.
    fn chain(&self, mut at: u32) -> impl Iterator<Item = (u32, &Link)> {
        std::iter::from_fn(move || {
            let (here, link) = (at, self.links.get(at as usize)?);
            at = link.next;
            Some((here, link))
        })
    }

    /// How many of the trace's spans were in use since `node` was.
    fn depth(&self, trace: u32, node: u32) -> Option<u32> {
        let mut walk = self.chain(self.traces[trace as usize].head).take(WALK);
        walk.position(|(at, _)| at == node).map(|depth| depth as u32)
    }

    fn at_depth(&self, trace: u32, depth: u32) -> Option<u32> {
        let mut walk = self.chain(self.traces[trace as usize].head).take(WALK);
        walk.nth(depth as usize).map(|(at, _)| at)
    }

    /// Brings a span of the trace to its front.
    #[inline]
    fn bring_to_front(&mut self, trace: u32, node: u32) {
        let head = self.traces[trace as usize].head;
        if head == node {
            return;
        }
        let before = self.chain(head).find(|(_, here)| here.next == node).map(|(at, _)| at);
        if let Some(before) = before {
            self.links[before as usize].next = self.links[node as usize].next;
            self.push_front(trace, node);
        }
    }
}

impl Near {
    /// The rank of a span, if it is not too far away.
    #[inline]
    fn rank(&self, ids: &Ids, awaited: bool, node: u32) -> Option<u32> {
        if let Some(rank) = self.order[..self.len].iter().position(|at| *at == node) {
            return Some(rank as u32);
        }
        self.rest(ids, awaited).position(|at| at == node).map(|rank| (self.len + rank) as u32)
    }

    /// The span of this rank.
    #[inline]
    fn at(&self, ids: &Ids, awaited: bool, rank: u32) -> Option<u32> {
        match self.order[..self.len].get(rank as usize) {
            Some(node) => Some(*node),
            None => self.rest(ids, awaited).nth(rank as usize - self.len),
        }
    }

    fn rest(&self, ids: &Ids, awaited: bool) -> impl Iterator<Item = u32> {
        let rest = ids.chain(self.rest).take(WALK - NEAR);
        rest.filter(move |(_, link)| !(awaited && link.is_seen())).map(|(at, _)| at)
    }
}
