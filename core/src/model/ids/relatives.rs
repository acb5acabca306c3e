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
    #[inline]
    fn count(&mut self, contexts: &mut Contexts) {
        if self.uses <= Self::SHARED {
            self.uses += 1;
            if self.uses > Self::SHARED {
                self.part(contexts);
            }
        }
    }

    #[cold]
    fn part(&mut self, contexts: &mut Contexts) {
        let fork = |root| contexts.fork_block(root, Self::BLOCK);
        [self.trace, self.own, self.parent] = [self.trace, self.own, self.parent].map(fork);
    }
}

/// The spans of a trace that were in use last, and which of them may be meant.
struct Near {
    nodes: [u32; NEAR],
    /// Of those that may be meant, a bit each, in the order in which they come: in the low half those that fit.
    meant: u32,
    /// The span after them in the trace.
    rest: u32,
}

/// A span of a trace, and the one before it in its list; [`NONE`] before the first.
#[derive(Clone, Copy)]
struct Member {
    before: u32,
    node: u32,
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
        let ranked = found.and_then(|node| if again { self.depth(trace, node) } else { near.find(self, true, node) });
        let how = match ranked {
            None => RAW,
            Some(_) if again => AGAIN,
            Some((rank, _)) => rank.min(FEW),
        };
        let ctx = self.relations[shape as usize].own.at(near.fitting());
        let node = match c.symbol(ctx, how) {
            RAW => self.new_node(c, trace, id, Relation::Own),
            AGAIN => self.again(c, trace, ranked)?,
            how => self.ranked(c, (Relation::Own, shape, trace), &near, how, ranked)?,
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
        let (how, known) = if C::ENCODES { self.how(id) } else { (SAME, NONE) };
        let how = c.symbol(self.roots.link_trace, how);
        let trace = self.trace_by(c, how, known, id)?;
        Some((trace, self.code_other(c, self.roots.link_span, shape, trace, NONE, span)?))
    }

    fn code_other<C: Coder>(&mut self, c: &mut C, ctx: Ctx, shape: u32, trace: u32, own: u32, id: u64) -> Option<u32> {
        let near = self.near(Relation::Parent, shape, trace, own);
        let found = if C::ENCODES { self.find(trace, id) } else { None };
        let ranked = found.and_then(|node| near.find(self, false, node));
        let node = match c.symbol(ctx.at(near.fitting()), ranked.map_or(RAW, |(rank, _)| rank.min(FEW))) {
            RAW => self.new_node(c, trace, id, Relation::Parent),
            AGAIN => return None,
            how => self.ranked(c, (Relation::Parent, shape, trace), &near, how, ranked)?,
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
        ranked: Option<(u32, Member)>,
    ) -> Option<u32> {
        let rank = match how {
            FAR => self.far(c, ranked)?.checked_add(FEW)?,
            few => few,
        };
        let member = match ranked {
            Some((_, member)) if C::ENCODES => member,
            _ => near.at(self, relation == Relation::Own, rank)?,
        };
        self.habits.note(relation, shape, self.links[member.node as usize].kind());
        self.bring_to_front(trace, member);
        Some(member.node)
    }

    #[cold]
    fn far<C: Coder>(&mut self, c: &mut C, ranked: Option<(u32, Member)>) -> Option<u32> {
        let rank = ranked.map_or(0, |(rank, _)| rank);
        u32::try_from(self.roots.far.code(c, rank.wrapping_sub(FEW) as u64)).ok()
    }

    /// Codes how long ago a span has come that comes again.
    #[cold]
    fn again<C: Coder>(&mut self, c: &mut C, trace: u32, ranked: Option<(u32, Member)>) -> Option<u32> {
        let depth = self.roots.far.code(c, ranked.map_or(0, |(depth, _)| depth) as u64);
        let member = self.members(trace).nth(usize::try_from(depth).ok()?)?;
        self.bring_to_front(trace, member);
        Some(member.node)
    }

    fn find(&self, trace: u32, id: u64) -> Option<u32> {
        self.node_index.find(hash_node(trace, id), |node| {
            let node = &self.nodes[node as usize];
            node.id == id && node.trace == trace
        })
    }

    /// The first spans of a trace: for an own id those that are awaited may be meant, else all but `own`, which
    /// is in front.
    #[inline]
    fn near(&self, relation: Relation, shape: u32, trace: u32, own: u32) -> Near {
        let (mut nodes, mut meant) = ([NONE; NEAR], 0);
        let (mut at, mut rest) = match self.links.get(own as usize) {
            Some(link) => (1, link.next),
            None => (0, self.traces[trace as usize].head),
        };
        nodes[0] = own;
        while at < NEAR
            && let Some(link) = self.links.get(rest as usize)
        {
            (nodes[at], rest) = (rest, link.next);
            if relation != Relation::Own || !link.is_seen() {
                // Whether it fits is as good as random, so nothing branches on it.
                let fits = self.habits.fits(relation, shape, link.kind());
                meant |= 1 << (at + NEAR * !fits as usize);
            }
            at += 1;
        }
        Near { nodes, meant, rest }
    }

    /// The spans of a trace from this one on.
    fn chain(&self, mut member: Member) -> impl Iterator<Item = (Member, &Link)> {
        std::iter::from_fn(move || {
            let (here, link) = (member, self.links.get(member.node as usize)?);
            member = Member { before: member.node, node: link.next };
            Some((here, link))
        })
    }

    fn members(&self, trace: u32) -> impl Iterator<Item = Member> {
        let head = Member { before: NONE, node: self.traces[trace as usize].head };
        self.chain(head).take(WALK).map(|(member, _)| member)
    }

    /// A span that has come, by how many of the trace's were in use since.
    #[cold]
    fn depth(&self, trace: u32, node: u32) -> Option<(u32, Member)> {
        (0..).zip(self.members(trace)).find(|(_, member)| member.node == node)
    }

    /// Brings a span of the trace to its front.
    #[inline]
    fn bring_to_front(&mut self, trace: u32, Member { before, node }: Member) {
        if before != NONE {
            self.links[before as usize].next = self.links[node as usize].next;
            self.push_front(trace, node);
        }
    }
}

impl Near {
    /// How many fit, as far as they are counted.
    #[inline]
    fn fitting(&self) -> u32 {
        (self.meant & ((1 << NEAR) - 1)).count_ones().min(FITTING)
    }

    /// A span and its rank, if it is not too far away.
    #[inline]
    fn find(&self, ids: &Ids, awaited: bool, node: u32) -> Option<(u32, Member)> {
        match self.nodes.iter().position(|near| *near == node) {
            Some(at) => {
                let bit = [1 << at, 1 << (at + NEAR)].into_iter().find(|bit| self.meant & bit != 0)?;
                Some(((self.meant & (bit - 1)).count_ones(), self.member(at)))
            }
            None => self.find_in_rest(ids, awaited, node),
        }
    }

    /// The span of a rank.
    #[inline]
    fn at(&self, ids: &Ids, awaited: bool, rank: u32) -> Option<Member> {
        let meant = (0..rank.min(2 * NEAR as u32)).fold(self.meant, |meant, _| meant & meant.wrapping_sub(1));
        if meant == 0 {
            return self.at_in_rest(ids, awaited, rank);
        }
        Some(self.member(meant.trailing_zeros() as usize % NEAR))
    }

    fn member(&self, at: usize) -> Member {
        let before = if at == 0 { NONE } else { self.nodes[at - 1] };
        Member { before, node: self.nodes[at] }
    }

    #[inline(never)]
    fn find_in_rest(&self, ids: &Ids, awaited: bool, node: u32) -> Option<(u32, Member)> {
        let ranks = self.meant.count_ones()..;
        ranks.zip(self.rest(ids, awaited)).find(|(_, member)| member.node == node)
    }

    #[inline(never)]
    fn at_in_rest(&self, ids: &Ids, awaited: bool, rank: u32) -> Option<Member> {
        self.rest(ids, awaited).nth((rank - self.meant.count_ones()) as usize)
    }

    fn rest(&self, ids: &Ids, awaited: bool) -> impl Iterator<Item = Member> {
        let rest = ids.chain(Member { before: self.nodes[NEAR - 1], node: self.rest }).take(WALK - NEAR);
        rest.filter(move |(_, link)| !(awaited && link.is_seen())).map(|(member, _)| member)
    }
}
