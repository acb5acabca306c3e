//! The parts of a message that have a model of their own: the ids and times of spans, events and links.

use super::Model;
use super::keys::NONE;
use super::times::{Anchor, Anchors, ENDS, EVENTS, STARTS};
use crate::coder::{Coder, Column};
use crate::wire::otlp::{Level, Role};

/// What a message has besides its fields' values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub trace: (u64, u64),
    pub own: u64,
    pub parent: u64,
    pub start: i64,
    pub end: i64,
    /// Where the ids are known by, if they are: the trace, the span, its parent.
    pub known: [u32; 3],
}

impl Default for Parts {
    fn default() -> Self {
        Parts { trace: (0, 0), own: 0, parent: 0, start: 0, end: 0, known: [NONE; 3] }
    }
}

/// What the parts of a message are known by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub shape: u32,
    /// Which parts there are, a bit each.
    pub flags: u16,
    /// The number of its times.
    pub times: u32,
}

impl Model {
    /// What the parts of messages of a shape are known by.
    pub(super) fn kind_of(&self, shape: u32) -> Kind {
        let times = self.templates.shapes[shape as usize].times;
        Kind { shape, flags: self.templates.part_flags(shape), times }
    }

    /// Reads the parts of a message that is to be encoded.
    pub(super) fn parts_of(&self, level: Level, message: &[u8]) -> Parts {
        let scan = &self.scans[level as usize];
        let id = |part| scan.fixed(part, message).map_or(0, u64::from_be_bytes);
        let time = |part| scan.fixed(part, message).map_or(0, i64::from_le_bytes);
        let trace = scan.fixed(Role::TraceId, message).map_or(0, u128::from_be_bytes);
        Parts {
            trace: ((trace >> 64) as u64, trace as u64),
            own: id(Role::SpanId),
            parent: id(Role::ParentId),
            start: time(Role::Start),
            end: time(Role::End),
            known: [NONE; 3],
        }
    }

    /// Codes which trace a span belongs to, which span it is, what its parent is, and when it was.
    pub(super) fn span_parts<C: Coder>(&mut self, c: &mut C, kind: Kind, parts: &mut Parts) -> Option<()> {
        let Kind { shape, flags, times } = kind;
        let has = |part: Role| flags >> part as u32 & 1 != 0;
        self.span_times = times;
        let times = times as usize;
        let end = if has(Role::End) { parts.end } else { parts.start };
        let timed = has(Role::Start) || has(Role::End);
        let mut refit = C::ENCODES && timed && !self.templates.times[times].suit((parts.start, end), self.ticks.tick);
        let (mut trace, mut own, mut parent, mut is_new) = (NONE, NONE, NONE, true);
        if has(Role::TraceId) {
            (trace, is_new, refit) = self.ids.code_trace(c, shape, parts.trace, refit)?;
            if has(Role::SpanId) {
                let ids = [parts.own, parts.parent];
                [own, parent] = self.ids.code_relatives(c, (shape, trace), ids, has(Role::ParentId))?;
            } else if has(Role::ParentId) {
                parts.parent = c.word(parts.parent);
            }
        } else {
            refit = timed && c.symbol(self.time_roots.suits, refit as u32) != 0;
            if has(Role::SpanId) {
                parts.own = c.word(parts.own);
            }
            if has(Role::ParentId) {
                parts.parent = c.word(parts.parent);
            }
        }
        parts.known = [trace, own, parent];
        self.note_ids::<C>(parts);
        c.column(Column::Times);
        if refit {
            self.templates.times[times].code_units(c, &self.time_roots, (parts.start, end), self.ticks.tick);
        }
        if has(Role::Start) {
            let anchors = self.start_anchors(parts.known, is_new);
            parts.start = self.templates.times[times].code_start(c, &self.time_roots, &anchors, parts.start);
        }
        if has(Role::End) {
            let anchors = self.end_anchors(parts.known, is_new, parts.start);
            let times = &mut self.templates.times[times];
            parts.end = times.code_end(c, &self.time_roots, &anchors, parts.start, parts.end);
            if C::ENCODES && times.is_fine() {
                self.ticks.note(parts.end.wrapping_sub(parts.start));
            }
        }
        let end = if has(Role::End) { parts.end } else { parts.start };
        self.ids.note_times(parts.known, (parts.start, end));
        self.last_span = (parts.start, end);
        self.last_event = None;
        Some(())
    }

    /// Notes which ids the span at hand has, and its trace; a decoder looks them up.
    #[inline]
    pub(super) fn note_ids<C: Coder>(&mut self, parts: &mut Parts) {
        if !C::ENCODES {
            self.look_up_ids(parts);
        }
        let [trace, own, _] = parts.known;
        let told = (!self.ids.trace_waits(trace), !self.ids.node_waits(own));
        self.own.set(parts.trace, parts.own, told);
        self.trace = trace;
    }

    /// The ids that something else is known to have.
    fn look_up_ids(&self, parts: &mut Parts) {
        let [trace, own, parent] = parts.known;
        parts.trace = self.ids.trace_id(trace).unwrap_or(parts.trace);
        parts.own = self.ids.own_id(own).unwrap_or(parts.own);
        parts.parent = self.ids.own_id(parent).unwrap_or(parts.parent);
    }

    /// What a span's start may be measured from.
    fn start_anchors(&self, [trace, own, parent]: [u32; 3], is_new: bool) -> Anchors {
        let anchors = Anchors::none(&STARTS);
        if !self.config.deltas {
            return anchors.with(Anchor::Other, 0);
        }
        let (node, above) = (self.ids.node(own), self.ids.node(parent));
        anchors
            .with_if(node.children, Anchor::Child, node.child_start)
            .with_if(above.children, Anchor::Before, above.sibling_end)
            .with_if(self.ids.is_seen(parent), Anchor::Parent, above.start)
            .with_if(!is_new, Anchor::Trace, self.ids.last_span(trace).0)
            .with(Anchor::Other, self.last_span.0)
    }

    /// The same of its end.
    fn end_anchors(&self, [trace, own, parent]: [u32; 3], is_new: bool, start: i64) -> Anchors {
        let anchors = Anchors::none(&ENDS).with(Anchor::Before, start);
        if !self.config.deltas {
            return anchors;
        }
        let (node, above) = (self.ids.node(own), self.ids.node(parent));
        anchors
            .with_if(node.children, Anchor::Child, node.child_end)
            .with_if(self.ids.is_seen(parent), Anchor::Parent, above.end)
            .with_if(!is_new, Anchor::Trace, self.ids.last_span(trace).1)
            .with(Anchor::Other, self.last_span.1)
    }

    /// Codes an event's time, measured from the event before, or the span's own times.
    #[inline(never)]
    pub(super) fn event_parts<C: Coder>(&mut self, c: &mut C, kind: Kind, parts: &mut Parts) {
        if kind.flags >> Role::Start as u32 & 1 == 0 {
            return;
        }
        let kind = (self.span_times, kind.times, self.last_event.is_none());
        let anchors = match self.last_event {
            _ if !self.config.deltas => Anchors::none(&EVENTS).with(Anchor::Other, 0),
            last => Anchors::none(&EVENTS)
                .with_if(last.is_some(), Anchor::Before, last.unwrap_or(0))
                .with(Anchor::Parent, self.last_span.0)
                .with(Anchor::Trace, self.last_span.1),
        };
        let times = self.templates.event_times(kind);
        parts.start = times.code(c, &self.time_roots, &anchors, self.ticks.tick, parts.start);
        self.last_event = Some(parts.start);
    }

    #[inline(never)]
    pub(super) fn link_parts<C: Coder>(&mut self, c: &mut C, kind: Kind, parts: &mut Parts) -> Option<()> {
        let Kind { shape, flags, .. } = kind;
        let has = |part: Role| flags >> part as u32 & 1 != 0;
        if has(Role::TraceId) && has(Role::SpanId) {
            let (trace, own) = self.ids.code_link(c, shape, parts.trace, parts.own)?;
            parts.known = [trace, own, NONE];
            self.look_up_ids(parts);
        } else if has(Role::TraceId) {
            parts.trace = (c.word(parts.trace.0), c.word(parts.trace.1));
        } else if has(Role::SpanId) {
            parts.own = c.word(parts.own);
        }
        Some(())
    }
}
