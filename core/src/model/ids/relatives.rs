//! Which span of its trace a span is, and which is its parent: by rank among those of the trace, in which those
//! come first that spans of this shape have meant before.

use super::habits::Relation;
use super::near::{Meant, Member, NEAR, Near};
use super::{Ids, NONE, SAME};
use crate::coder::{Coder, Contexts, Ctx};

/// Spans of a trace that are looked through for an id.
const WALK: usize = 128;

/// How a span and its parent are given, in one symbol. The span: as a new one, by a rank of 0, or another way; …
const OWN_NEW: u32 = 0;
const OWN_FIRST: u32 = 1;
const OWN_OTHER: u32 = 2;
/// … times this; and the parent: by a rank below this, as a new one, or another way.
const PARENTS: u32 = 5;
const PARENT_NEW: u32 = 3;
const PARENT_OTHER: u32 = 4;

/// How a span is given by itself: by a rank below this, or …
const FEW: u32 = 13;
/// … by a rank from [`FEW`], or …
const FAR: u32 = 13;
/// … as one that has come already (own ids only), or …
const AGAIN: u32 = 14;
/// … as a new one (links only).
const RAW: u32 = 15;

/// Contexts of what a span says of its relatives, by its shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relations {
    first: Ctx,
    uses: u8,
}

impl Relations {
    /// Of the trace, by whether the current trace fits, and the one after it.
    const TRACE: u32 = 4;
    /// Of span and parent, by how many spans fit for each.
    const BOTH: u32 = Meant::COUNTS * Meant::COUNTS;
    /// The last two are of either by itself.
    const BLOCK: usize = (Self::TRACE + Self::BOTH + 2) as usize;
    /// So many spans of a shape share contexts with others of new shapes.
    const SHARED: u8 = 8;

    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Relations { first: contexts.block(Self::BLOCK), uses: 0 }
    }

    pub(super) fn trace(self, current: bool, following: bool) -> Ctx {
        self.first.at(current as u32 | (following as u32) << 1)
    }

    fn both(self, near: &Near) -> Ctx {
        self.first.at(Self::TRACE + Meant::COUNTS * near.own.fitting() + near.parent.fitting())
    }

    fn of(self, relation: Relation) -> Ctx {
        self.first.at(Self::TRACE + Self::BOTH + relation as u32)
    }

    /// Counts a use, and parts with the others when it is time.
    #[inline]
    fn count(&mut self, contexts: &mut Contexts) {
        if self.uses <= Self::SHARED {
            self.uses += 1;
            if self.uses > Self::SHARED {
                self.first = contexts.fork_block(self.first, Self::BLOCK);
            }
        }
    }
}

/// Which spans of a trace may be meant.
#[derive(Clone, Copy)]
struct Candidates<'a> {
    relation: Relation,
    trace: u32,
    near: &'a Near,
    meant: Meant,
    /// The span itself, which is not its own parent.
    own: u32,
}

/// A span that is meant.
#[derive(Clone, Copy)]
struct Found {
    member: Member,
    /// Of one that comes again, how many of the trace's were in use since.
    rank: u32,
    again: bool,
}

/// A span that is given by itself.
enum Other {
    Rank(u32),
    Again,
    New,
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

    /// Codes which span of its trace a span is: an awaited parent, or a new one; and which its parent is, if it
    /// names one: another one, or one that is not known. `ids` are its own and its parent's.
    #[inline]
    pub(in crate::model) fn code_relatives<C: Coder>(
        &mut self,
        c: &mut C,
        (shape, trace): (u32, u32),
        ids: [u64; 2],
        has_parent: bool,
    ) -> Option<[u32; 2]> {
        let relations = self.relations[shape as usize];
        let near = &self.near::<C>(shape, trace, ids);
        let mine = Candidates { relation: Relation::Own, trace, near, meant: near.own, own: NONE };
        let own = if C::ENCODES { self.look_up(mine, near.own_like, ids[0]) } else { None };
        let others = mine.of_parent(own.map(|own| own.member));
        let parent = if C::ENCODES && has_parent { self.look_up(others, near.parent_like, ids[1]) } else { None };
        let symbol = c.symbol(relations.both(near), PARENTS * own_how(own) + parent_how(has_parent, parent));
        let own = match symbol / PARENTS {
            OWN_NEW => None,
            OWN_FIRST => Some(self.ranked(shape, mine, 0, own)?),
            OWN_OTHER => match self.other(c, relations.of(Relation::Own), OWN_FIRST, own)? {
                Other::Rank(rank) => Some(self.ranked(shape, mine, rank, own)?),
                Other::Again => Some(self.again(c, trace, own)?),
                Other::New => return None,
            },
            _ => return None,
        };
        let others = mine.of_parent(own);
        let parent = match symbol % PARENTS {
            0 if !has_parent => None,
            _ if !has_parent => return None,
            PARENT_NEW => None,
            PARENT_OTHER => match self.other(c, relations.of(Relation::Parent), PARENT_NEW, parent)? {
                Other::Rank(rank) => Some(self.ranked(shape, others, rank, parent)?),
                _ => return None,
            },
            rank => Some(self.ranked(shape, others, rank, parent)?),
        };
        let own_node = self.in_front(c, trace, own, ids[0], Relation::Own);
        self.links[own_node as usize].shape = shape;
        if !has_parent {
            return Some([own_node, NONE]);
        }
        // What is before the parent in the list may be another one by now.
        let parent = parent.map(|Member { before, node }| match own {
            _ if before == NONE => Member { before: own_node, node },
            Some(own) if before == own.node && own.before != NONE => Member { before: own.before, node },
            _ => Member { before, node },
        });
        let parent = self.in_front(c, trace, parent, ids[1], Relation::Parent);
        self.links[parent as usize].child = shape;
        Some([own_node, parent])
    }

    /// Brings a span to the front, a new one if it is not known.
    #[inline(always)]
    fn in_front<C: Coder>(&mut self, c: &mut C, trace: u32, known: Option<Member>, id: u64, relation: Relation) -> u32 {
        match known {
            Some(member) => {
                self.bring_to_front(trace, member);
                member.node
            }
            None => self.new_node(c, trace, id, relation),
        }
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
        let (trace, _) = self.trace_by(c, how, known, id)?;
        let near = &self.near::<C>(shape, trace, [0, span]);
        let all = Candidates { relation: Relation::Parent, trace, near, meant: near.parent, own: NONE };
        let found = if C::ENCODES { self.look_up(all, near.parent_like, span) } else { None };
        let member = match self.other(c, self.roots.link_span.at(near.parent.fitting()), 0, found)? {
            Other::Rank(rank) => Some(self.ranked(shape, all, rank, found)?),
            Other::Again => return None,
            Other::New => None,
        };
        let node = self.in_front(c, trace, member, span, Relation::Parent);
        self.links[node as usize].child = shape;
        Some((trace, node))
    }

    /// Codes how a span is given by itself, by a rank from `least` on if it has one.
    #[inline(never)]
    fn other<C: Coder>(&mut self, c: &mut C, ctx: Ctx, least: u32, found: Option<Found>) -> Option<Other> {
        let rank = found.map_or(0, |found| found.rank.wrapping_sub(least));
        let how = match found {
            None => RAW,
            Some(Found { again: true, .. }) => AGAIN,
            Some(_) => rank.min(FEW),
        };
        Some(match c.symbol(ctx, how) {
            RAW => Other::New,
            AGAIN => Other::Again,
            FAR => {
                let beyond = u32::try_from(self.roots.far.code(c, rank.wrapping_sub(FEW) as u64)).ok()?;
                Other::Rank(beyond.checked_add(least + FEW)?)
            }
            few => Other::Rank(least + few),
        })
    }

    /// The span of a rank; notes that it was meant.
    #[inline]
    fn ranked(&mut self, shape: u32, candidates: Candidates<'_>, rank: u32, found: Option<Found>) -> Option<Member> {
        let member = match (found, candidates.meant.at(rank)) {
            (Some(found), _) => found.member,
            (None, Some(at)) => candidates.near.get(at)?,
            (None, None) => self.after_near(candidates).nth(rank.checked_sub(candidates.meant.count())? as usize)?,
        };
        self.habits.note(candidates.relation, shape, self.links[member.node as usize].kind());
        Some(member)
    }

    /// Codes how long ago a span has come that comes again.
    #[cold]
    fn again<C: Coder>(&mut self, c: &mut C, trace: u32, found: Option<Found>) -> Option<Member> {
        let depth = self.roots.far.code(c, found.map_or(0, |found| found.rank) as u64);
        self.all_of(trace).take(WALK).nth(usize::try_from(depth).ok()?)
    }

    /// Encoder: the span that has an id, given which ones near are `like` it, a bit each.
    #[inline]
    fn look_up(&self, candidates: Candidates<'_>, like: u32, id: u64) -> Option<Found> {
        let at = candidates.meant.first_of(like);
        match candidates.near.get(at) {
            Some(member) if self.nodes[member.node as usize].id == id => {
                Some(Found { member, rank: candidates.meant.rank(at), again: false })
            }
            _ => self.look_up_far(candidates, id),
        }
    }

    #[inline(never)]
    fn look_up_far(&self, candidates: Candidates<'_>, id: u64) -> Option<Found> {
        let trace = candidates.trace;
        let node = self.find_node(trace, id)?;
        let again = candidates.relation == Relation::Own && self.is_seen(node);
        let is_it = |(_, member): &(u32, Member)| member.node == node;
        let (rank, member) = if again {
            (0..).zip(self.all_of(trace).take(WALK)).find(is_it)?
        } else {
            (candidates.meant.count()..).zip(self.after_near(candidates)).find(is_it)?
        };
        Some(Found { member, rank, again })
    }

    /// The candidates that are not near.
    fn after_near(&self, Candidates { relation, near, own, .. }: Candidates<'_>) -> impl Iterator<Item = Member> {
        let is_meant = move |Member { node, .. }: &Member| match relation {
            Relation::Own => !self.is_seen(*node),
            Relation::Parent => *node != own,
        };
        self.after(near).take(WALK - NEAR).filter(is_meant)
    }
}

impl Candidates<'_> {
    /// The same for the parent of the span that is meant, if it is not a new one.
    #[inline(always)]
    fn of_parent(self, own: Option<Member>) -> Self {
        let own = own.map_or(NONE, |own| own.node);
        let places = if own == NONE { 0 } else { self.near.places_of(own) };
        Candidates { relation: Relation::Parent, meant: self.near.parent.without(places), own, ..self }
    }
}

/// What the symbol of both says of the span.
#[inline(always)]
fn own_how(own: Option<Found>) -> u32 {
    match own {
        None => OWN_NEW,
        Some(Found { rank: 0, again: false, .. }) => OWN_FIRST,
        Some(_) => OWN_OTHER,
    }
}

/// What it says of the parent.
#[inline(always)]
fn parent_how(has_parent: bool, parent: Option<Found>) -> u32 {
    match parent {
        None => PARENT_NEW * has_parent as u32,
        Some(found) => {
            if found.rank < PARENT_NEW {
                found.rank
            } else {
                PARENT_OTHER
            }
        }
    }
}
