//! Ids of the lean model: a trace by its rank among those in use last, a span and its parent by how they lie to the
//! span before in the same trace.

use super::habits::Relation;
use super::{Ids, NONE, tag_of};
use crate::coder::{Coder, Ctx};

/// How a span is given: as a new one, as the parent of the span before, or by how long ago it was named; …
const OWN_NEW: u32 = 0;
const OWN_ABOVE: u32 = 1;
const OWN_FAR: u32 = 2;
/// … times this; and its parent: as a new one, by its place among [`Ids::likely`], or by how long ago it was named.
const PARENTS: u32 = 5;
const PARENT_NEW: u32 = 0;
const PARENT_FAR: u32 = 4;

impl Ids {
    /// Codes the trace of a span. Returns it, and whether it is new.
    #[inline]
    pub(in crate::model) fn lean_trace<C: Coder>(
        &mut self,
        c: &mut C,
        ctx: Ctx,
        id: (u64, u64),
    ) -> Option<(u32, bool)> {
        let (how, known) = if C::ENCODES { self.how(id) } else { (super::SAME, NONE) };
        let how = c.symbol(ctx, how);
        if how > super::NEW_64 {
            return None;
        }
        let (trace, rank) = self.trace_by(c, how, known, id)?;
        self.recent.promote(rank, trace, tag_of(id));
        Some((trace, how >= super::NEW))
    }

    /// Which spans a span's parent may be: the parent of the span before, that span, the parent's parent.
    #[inline]
    fn likely(&self, trace: u32) -> [u32; 3] {
        let before = self.traces[trace as usize].before;
        let above = self.node(before).above;
        [above, before, self.node(above).above]
    }

    /// Codes which span of its trace a span is, and which its parent, if it names one.
    #[inline]
    pub(in crate::model) fn lean_relatives<C: Coder>(
        &mut self,
        c: &mut C,
        ctx: Ctx,
        (family, trace): (u32, u32),
        ids: [u64; 2],
        has_parent: bool,
    ) -> Option<[u32; 2]> {
        let likely = self.likely(trace);
        let (mut how, mut known) = (0, [NONE; 2]);
        if C::ENCODES {
            let (own_how, own) = self.lean_own(trace, likely[0], ids[0]);
            let (parent_how, parent) =
                if has_parent { self.lean_parent(trace, likely, ids[1]) } else { (PARENT_NEW, NONE) };
            (how, known) = (own_how * PARENTS + parent_how, [own, parent]);
        }
        let how = c.symbol(ctx, how);
        let own = match how / PARENTS {
            OWN_NEW => self.unlisted_node(c, trace, ids[0], Relation::Own),
            OWN_ABOVE => likely[0],
            OWN_FAR => self.lean_far(c, known[0])?,
            _ => return None,
        };
        if how / PARENTS != OWN_NEW {
            let awaited = &mut self.traces[trace as usize].awaited;
            *awaited = awaited.saturating_sub(1);
        }
        let parent = match how % PARENTS {
            PARENT_NEW if !has_parent => NONE,
            _ if !has_parent => return None,
            PARENT_NEW => {
                self.traces[trace as usize].awaited += 1;
                self.unlisted_node(c, trace, ids[1], Relation::Parent)
            }
            PARENT_FAR => self.lean_far(c, known[1])?,
            likely_at => likely[likely_at as usize - 1],
        };
        let is_there = |node: u32| (node as usize) < self.nodes.len();
        if !is_there(own) || (has_parent && !is_there(parent)) {
            return None;
        }
        self.links[own as usize].shape = family;
        self.nodes[own as usize].above = parent;
        self.traces[trace as usize].before = own;
        Some([own, parent])
    }

    /// Encoder: how a span is given.
    #[inline]
    fn lean_own(&self, trace: u32, above: u32, id: u64) -> (u32, u32) {
        if self.traces[trace as usize].awaited == 0 {
            return (OWN_NEW, NONE);
        }
        if self.own_id(above) == Some(id) && !self.is_seen(above) {
            return (OWN_ABOVE, above);
        }
        match self.find_node(trace, id) {
            Some(node) if !self.is_seen(node) => (OWN_FAR, node),
            _ => (OWN_NEW, NONE),
        }
    }

    /// Encoder: how its parent is given.
    #[inline]
    fn lean_parent(&self, trace: u32, likely: [u32; 3], id: u64) -> (u32, u32) {
        for (how, node) in (1..).zip(likely) {
            if self.own_id(node) == Some(id) {
                return (how, node);
            }
        }
        match self.find_node(trace, id) {
            Some(node) => (PARENT_FAR, node),
            None => (PARENT_NEW, NONE),
        }
    }

    /// Codes how long ago a span was named first.
    #[inline(never)]
    fn lean_far<C: Coder>(&mut self, c: &mut C, node: u32) -> Option<u32> {
        let last = (self.nodes.len() as u32).wrapping_sub(1);
        let age = self.roots.far.code(c, last.wrapping_sub(node) as u64);
        last.checked_sub(u32::try_from(age).ok()?)
    }
}
