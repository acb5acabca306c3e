//! The spans of a trace that were in use last, and which of them may be meant: that is as good as random, so nothing
//! branches on it.

use super::{Ids, Link, NONE};
use crate::coder::Coder;

/// Spans of a trace that may come first because they fit.
pub(super) const NEAR: usize = 8;

/// Which of these spans may be meant, a bit each, in the order in which they come: in the low half those that
/// fit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meant(u32);

impl Meant {
    /// Those that fit are counted up to this.
    const MAX_FITTING: u32 = 2;
    pub(super) const COUNTS: u32 = Self::MAX_FITTING + 1;
    /// Of each way to fit.
    const FITTING: [u8; 1 << NEAR] = {
        let mut table = [0; 1 << NEAR];
        let mut bits = 0;
        while bits < table.len() {
            let count = bits.count_ones();
            table[bits] = if count < Self::MAX_FITTING { count } else { Self::MAX_FITTING } as u8;
            bits += 1;
        }
        table
    };

    /// Of those that may be meant, and of those that fit, a bit each.
    fn new(places: u32, fitting: u32) -> Self {
        Meant(places & fitting | (places & !fitting) << NEAR)
    }

    /// All but those at `places`, a bit each.
    #[inline(always)]
    pub(super) fn without(self, places: u32) -> Self {
        Meant(self.0 & !(places | places << NEAR))
    }

    /// How many fit, as far as they are counted.
    #[inline(always)]
    pub(super) fn fitting(self) -> u32 {
        Self::FITTING[self.0 as usize % (1 << NEAR)] as u32
    }

    #[inline(always)]
    pub(super) fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The first of `places`, a bit each, that may be meant; too large if there is none.
    #[inline(always)]
    pub(super) fn first_of(self, places: u32) -> usize {
        ((self.0 | self.0 >> NEAR) & places).trailing_zeros() as usize
    }

    #[inline(always)]
    pub(super) fn rank(self, at: usize) -> u32 {
        let fits = 1 << at;
        let bit = if self.0 & fits != 0 { fits } else { fits << NEAR };
        (self.0 & (bit - 1)).count_ones()
    }

    /// Where the one with this rank is.
    #[inline(always)]
    pub(super) fn at(self, rank: u32) -> Option<usize> {
        let meant = (0..rank.min(NEAR as u32)).fold(self.0, |meant, _| meant & meant.wrapping_sub(1));
        (meant != 0).then_some(meant.trailing_zeros() as usize % NEAR)
    }
}

/// A span of a trace, and the one before it in its list; [`NONE`] before the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub before: u32,
    pub node: u32,
}

/// The first spans of a trace's list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    nodes: [u32; NEAR],
    /// Those that may be meant: awaited ones by an own id, all by a parent.
    pub own: Meant,
    pub parent: Meant,
    /// Encoder: those that may have the ids that are looked for, a bit each.
    pub own_like: u32,
    pub parent_like: u32,
    /// The span after them.
    rest: u32,
}

impl Near {
    /// The places of a span, a bit each.
    #[inline(always)]
    pub(super) fn places_of(&self, node: u32) -> u32 {
        self.nodes.iter().zip(0..).fold(0, |places, (near, at)| places | ((*near == node) as u32) << at)
    }

    #[inline(always)]
    pub(super) fn get(&self, at: usize) -> Option<Member> {
        let node = *self.nodes.get(at)?;
        Some(Member { before: if at == 0 { NONE } else { self.nodes[at - 1] }, node })
    }
}

impl Ids {
    /// The first spans of a trace's list, for one of this shape that has these ids.
    #[inline(always)]
    pub(super) fn near<C: Coder>(&self, shape: u32, trace: u32, ids: [u64; 2]) -> Near {
        let tags = ids.map(|id| id as u32);
        let (mut nodes, mut at, mut rest) = ([NONE; NEAR], 0, self.traces[trace as usize].head);
        let (mut awaited, mut fitting, mut like) = (0, [0; 2], [0; 2]);
        while at < NEAR
            && let Some(link) = self.links.get(rest as usize)
        {
            (nodes[at], rest) = (rest, link.next);
            let bit = |is: bool| (is as u32) << at;
            let fits = self.habits.fits(shape, link.kind());
            awaited |= bit(!link.is_seen());
            fitting = [0, 1].map(|relation| fitting[relation] | bit(fits[relation]));
            if C::ENCODES {
                like = [0, 1].map(|relation| like[relation] | bit(link.tag == tags[relation]));
            }
            at += 1;
        }
        let (own, parent) = (Meant::new(awaited, fitting[0]), Meant::new((1 << at) - 1, fitting[1]));
        Near { nodes, own, parent, own_like: like[0], parent_like: like[1], rest }
    }

    /// Those after them.
    pub(super) fn after(&self, near: &Near) -> impl Iterator<Item = Member> {
        self.chain(Member { before: near.nodes[NEAR - 1], node: near.rest })
    }

    /// The spans of a trace.
    pub(super) fn all_of(&self, trace: u32) -> impl Iterator<Item = Member> {
        self.chain(Member { before: NONE, node: self.traces[trace as usize].head })
    }

    fn chain(&self, mut member: Member) -> impl Iterator<Item = Member> {
        std::iter::from_fn(move || {
            let (here, Link { next, .. }) = (member, self.links.get(member.node as usize)?);
            member = Member { before: here.node, node: *next };
            Some(here)
        })
    }

    /// Brings a span of the trace to its front.
    #[inline]
    pub(super) fn bring_to_front(&mut self, trace: u32, Member { before, node }: Member) {
        if before != NONE {
            self.links[before as usize].next = self.links[node as usize].next;
            self.push_front(trace, node);
        }
    }
}
