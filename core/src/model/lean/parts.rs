//! Ids and times of spans and events: each time is measured from one that what is known already decides on, and a
//! difference is one symbol and raw bits.

use super::super::delta::DeltaEncoder;
use super::super::keys::NONE;
use super::super::parts::Parts;
use super::super::tick::Tick;
use super::{Family, Model};
use crate::coder::{Coder, Column, Ctx};
use crate::wire::otlp::Role;

/// Contexts of a family: how the trace and the relatives are given, starts and ends by what they are measured from,
/// and which slot misses first.
pub(super) const CONTEXTS: usize = 9;
const TRACE: u32 = 0;
const RELATIVES: u32 = 1;
const STARTS: u32 = 2;
const ENDS: u32 = 6;
pub(super) const FIRST_MISS: u32 = 8;

// What a start is measured from: the start of the parent, or of an event's span; …
const PARENT: u32 = 0;
/// … of the earliest child; …
const CHILD: u32 = 1;
/// … of the span before in the trace; an event from the one before; …
const BEFORE: u32 = 2;
/// … of the span before, of whatever trace.
const OTHER: u32 = 3;

/// Symbols of a difference: half its length in bits, rounded up, below this; then its length, less one, comes in …
const LONG: u32 = 15;
/// … so many bits, where zero says that a new unit comes first.
const LENGTH_BITS: u32 = 6;
const NEW_UNIT: u64 = 0;

impl Model {
    /// Codes which trace a span belongs to, which span it is, what its parent is, and when it was.
    pub(super) fn lean_span<C: Coder>(&mut self, c: &mut C, family: u32, flags: u16, parts: &mut Parts) -> Option<()> {
        let has = |part: Role| flags >> part as u32 & 1 != 0;
        let unit = self.lean.templates.roots.unit;
        let Family { contexts, .. } = self.lean.templates.families[family as usize];
        let (mut trace, mut own, mut parent, mut is_new) = (NONE, NONE, NONE, true);
        if has(Role::TraceId) {
            (trace, is_new) = self.ids.lean_trace(c, contexts.at(TRACE), parts.trace)?;
        }
        if has(Role::TraceId) && has(Role::SpanId) {
            let (ctx, ids) = (contexts.at(RELATIVES), [parts.own, parts.parent]);
            [own, parent] = self.ids.lean_relatives(c, ctx, (family, trace), ids, has(Role::ParentId))?;
        } else {
            parts.own = if has(Role::SpanId) { c.word(parts.own) } else { 0 };
            parts.parent = if has(Role::ParentId) { c.word(parts.parent) } else { 0 };
        }
        parts.known = [trace, own, parent];
        self.note_ids::<C>(parts);
        c.column(Column::Times);
        let known = &mut self.lean.templates.families[family as usize];
        let (node, above) = (self.ids.node(own), self.ids.node(parent));
        if has(Role::Start) {
            let (from, anchor) = match () {
                _ if self.ids.is_seen(parent) => (PARENT, above.start),
                _ if node.children => (CHILD, node.child_start),
                _ if !is_new => (BEFORE, self.ids.last_span(trace).0),
                _ => (OTHER, self.last_span.0),
            };
            parts.start = difference(c, (contexts.at(STARTS + from), unit), &mut known.start, anchor, parts.start)?;
        }
        if has(Role::End) {
            let anchor = if node.children { node.child_end.wrapping_sub(parts.start) } else { 0 };
            let ctx = contexts.at(ENDS + node.children as u32);
            let duration = parts.end.wrapping_sub(parts.start);
            let duration = difference(c, (ctx, unit), &mut known.duration, anchor, duration)?;
            parts.end = parts.start.wrapping_add(duration);
        }
        self.lean.templates.clocks = (known.start, known.duration);
        let end = if has(Role::End) { parts.end } else { parts.start };
        self.ids.note_times(parts.known, (parts.start, end));
        self.last_span = (parts.start, end);
        self.last_event = None;
        Some(())
    }

    /// Codes when an event was.
    pub(super) fn lean_event<C: Coder>(&mut self, c: &mut C, family: u32, flags: u16, parts: &mut Parts) -> Option<()> {
        if flags >> Role::Start as u32 & 1 == 0 {
            return Some(());
        }
        let unit = self.lean.templates.roots.unit;
        let known = &mut self.lean.templates.families[family as usize];
        let (from, anchor) = self.last_event.map_or((PARENT, self.last_span.0), |last| (BEFORE, last));
        let ctx = known.contexts.at(STARTS + from);
        parts.start = difference(c, (ctx, unit), &mut known.start, anchor, parts.start)?;
        self.lean.templates.clocks.0 = known.start;
        self.last_event = Some(parts.start);
        Some(())
    }
}

/// Codes a time or a duration as steps from `anchor`, after its unit if that is a new one.
#[inline]
fn difference<C: Coder>(
    c: &mut C,
    (ctx, unit): (Ctx, Ctx),
    clock: &mut DeltaEncoder,
    anchor: i64,
    value: i64,
) -> Option<i64> {
    if C::ENCODES && !clock.suits(value, Tick::default()) {
        clock.fit(value);
        c.symbol(ctx, LONG);
        c.bits(NEW_UNIT, LENGTH_BITS);
        clock.code_unit(c, unit);
    }
    loop {
        let steps = if C::ENCODES { clock.steps(anchor, value) } else { 0 };
        // The sign comes last, so that a length says how large a difference is whatever its sign.
        let folded = (steps << 1 ^ steps >> 63) as u64;
        let length = u64::BITS - folded.leading_zeros();
        let folded = match c.symbol(ctx, length.div_ceil(2).min(LONG)) {
            0 => 0,
            LONG => match c.bits(length.wrapping_sub(1) as u64, LENGTH_BITS) {
                NEW_UNIT if C::ENCODES || c.overrun() => return None,
                NEW_UNIT => {
                    clock.code_unit(c, unit);
                    if clock.counts_ticks() {
                        return None;
                    }
                    continue;
                }
                length => c.bits(folded, length as u32 + 1),
            },
            half => {
                let least = 1 << (2 * half - 2);
                least + c.bits(folded.wrapping_sub(least), 2 * half)
            }
        };
        let steps = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        return Some(if C::ENCODES { value } else { clock.value(anchor, steps) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coder::{Contexts, Decoder, Encoder, EncoderBuffers, Reader};

    #[test]
    fn differences_come_back() {
        let now = 1_700_000_000_000_000_000;
        let mut values: Vec<(i64, i64)> = vec![(0, 0), (now, now), (now, now + 1), (now, now - 1), (0, i64::MIN)];
        values.extend((0..63).flat_map(|bit| [(now, now + (1 << bit)), (now, now - (1 << bit)), (0, i64::MAX >> bit)]));
        // A clock of milliseconds and what does not fit it.
        values.extend([(now, now + 5_000_000), (now + 1, now + 7_000_000), (now, now + 1_234_567)]);
        let code = |c: &mut dyn FnMut(&mut DeltaEncoder, i64, i64) -> Option<i64>| {
            let mut clock = DeltaEncoder::default();
            values.iter().map_while(|&(anchor, value)| c(&mut clock, anchor, value)).collect::<Vec<_>>()
        };
        let (mut contexts, mut buffers, mut symbols) = (Contexts::default(), EncoderBuffers::default(), Vec::new());
        let ctx = contexts.block(2);
        let mut encoder = Encoder::new(&mut contexts, &mut buffers);
        code(&mut |clock, anchor, value| difference(&mut encoder, (ctx, ctx.at(1)), clock, anchor, value));
        let body = encoder.finish(&mut symbols);
        let mut contexts = Contexts::default();
        let ctx = contexts.block(2);
        let mut decoder = Decoder::new(&mut contexts, body);
        let back = code(&mut |clock, anchor, _| difference(&mut decoder, (ctx, ctx.at(1)), clock, anchor, 0));
        assert!(back.iter().eq(values.iter().map(|(_, value)| value)));
        assert_eq!(decoder.finished(), Some(0));
    }
}
