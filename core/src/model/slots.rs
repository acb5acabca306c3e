//! The values of a message, predicted from the last message of its family.
//!
//! A value is *predicted* to be what it was the last time the value before it that missed was the
//! same (or, in a new resource, what it was in that resource), else what it was last. Which slots
//! miss, and where the value of each then comes from, is one symbol for the whole message.

use super::Model;
use super::keys::NONE;
use super::template::{CHUNK, Slot, Vector};
use crate::coder::{Coder, Ledger};
use crate::key_stats::Coding;
use crate::wire::attribute::{self, Form, KeyParts, Payload};
use crate::wire::field;
use crate::wire::otlp::Level;

// Where the value of a slot that is not as predicted comes from. The numbers are part of the format; none is 0.
/// The slot's last value, where something else was predicted.
const LAST: u8 = 1;
/// The slot's value before the last.
const PREVIOUS: u8 = 2;
/// The key's last value in this trace.
const IN_TRACE: u8 = 3;
/// A value of the key, by its place.
const PLACE: u8 = 4;
/// The payload of the value that missed before, under this key for the first time.
const TWIN: u8 = 5;
const NEW: u8 = 6;

/// Marks a resource among the things that predict values.
const RESOURCE: u32 = 1 << 31;
/// Missing slots of a chunk whose sources fit into a [`Vector`].
const MAX_SOURCES: u32 = 16;

/// What an encoder has found out about the slots of a message, and what is to be learnt from it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    sources: Vec<u8>,
    values: Vec<u32>,
    masks: Vec<u64>,
    /// Associations to be noted once the message is done: slot, what predicts it, its value.
    predictions: Vec<(u32, u32, u32)>,
    /// Values to be noted for this trace: key, value.
    in_trace: Vec<(u32, u32)>,
}

impl Model {
    /// Codes the values of all slots of `shape`.
    pub(super) fn slots<C: Coder>(&mut self, c: &mut C, shape: u32, message: &[u8]) -> Option<()> {
        let count = self.templates.slots_of(shape).len();
        let mut cause = self.enter_resource(shape);
        let missed = C::ENCODES && self.plan_slots(shape, message, cause);
        let mut any = cause.is_some();
        let mut twin = NONE;
        let mut missing = 0;
        for chunk in 0..count.div_ceil(CHUNK) {
            c.account(Ledger::mark);
            let mask = self.vector(c, shape, chunk, missed)?;
            c.account(|ledger| ledger.share(mask.count_ones()));
            missing += mask.count_ones();
            if mask != 0 || cause.is_some() {
                any = true;
                self.chunk(c, shape, chunk, mask, &mut cause, &mut twin, message)?;
            }
            c.account(|ledger| self.note_predicted(ledger, shape, chunk, mask));
        }
        if any {
            self.learn();
        }
        if self.templates.shapes[shape as usize].level == Level::Span {
            self.missing = missing;
            self.deduped += (missing == 0 && self.config.dedup) as u64;
        }
        Some(())
    }

    /// Notes that messages of `shape` now come from another resource, which then predicts them.
    #[inline]
    fn enter_resource(&mut self, shape: u32) -> Option<u32> {
        let resource = self.resource;
        let known = &mut self.templates.shapes[shape as usize];
        if known.resource == resource {
            return None;
        }
        let before = std::mem::replace(&mut known.resource, resource);
        if before != NONE {
            self.note_resource(shape, before);
        }
        (resource != NONE).then_some(resource | RESOURCE)
    }

    /// Remembers what the varying slots were in a resource.
    fn note_resource(&mut self, shape: u32, resource: u32) {
        let chunks = self.templates.shapes[shape as usize].chunks as usize;
        for (at, slot) in self.templates.slots_of(shape).iter().enumerate() {
            let varies = self.templates.chunks[chunks + at / CHUNK].varying >> (at % CHUNK) & 1 != 0;
            if varies && self.templates.slots[*slot as usize].last != NONE {
                self.associations.set(*slot, resource | RESOURCE, self.templates.slots[*slot as usize].last);
            }
        }
    }

    /// The slot's value when this last missed before; without one, its last value is predicted.
    #[inline]
    fn told(&self, slot: u32, cause: Option<u32>) -> Option<u32> {
        // A value that is new tells nothing yet.
        cause.filter(|cause| *cause != NONE).and_then(|cause| self.associations.get(slot, cause))
    }

    /// Encoder: finds the source of every slot. Returns whether any misses.
    fn plan_slots(&mut self, shape: u32, message: &[u8], mut cause: Option<u32>) -> bool {
        let count = self.templates.slots_of(shape).len();
        let chunks = self.templates.shapes[shape as usize].chunks as usize;
        let dedup = self.config.dedup;
        if dedup && cause.is_none() && self.differs.iter().all(|mask| *mask == 0) {
            return false;
        }
        let mut plan = std::mem::take(&mut self.plan);
        plan.sources.resize(count.max(plan.sources.len()), 0);
        plan.values.resize(count.max(plan.values.len()), 0);
        plan.masks.clear();
        let mut twin = None;
        for chunk in 0..count.div_ceil(CHUNK) {
            let differs = self.differs[chunk];
            let varying = self.templates.chunks[chunks + chunk].varying;
            let mut visit = if cause.is_some() { differs | varying } else { differs };
            if !dedup {
                visit = u64::MAX >> (CHUNK - (count - chunk * CHUNK).min(CHUNK));
            }
            let mut mask = 0u64;
            while visit != 0 {
                let bit = visit.trailing_zeros();
                visit &= visit - 1;
                let at = chunk * CHUNK + bit as usize;
                let index = self.templates.slots_of(shape)[at];
                let last = self.templates.slots[index as usize].last;
                let value = if differs >> bit & 1 != 0 { self.found[at].value } else { last };
                // A slot that is not visited unless it misses has to miss when it differs.
                let cause_here = cause.filter(|_| varying >> bit & 1 != 0);
                if dedup && value != NONE && value == self.told(index, cause_here).unwrap_or(last) {
                    continue;
                }
                let (source, value) = self.source_of(shape, at, message, value, twin);
                plan.sources[at] = source;
                plan.values[at] = value;
                mask |= 1 << bit;
                cause = Some(value);
                twin = Some(at);
                visit |= varying & (u64::MAX << bit) & !(1 << bit);
            }
            plan.masks.push(mask);
        }
        self.plan = plan;
        true
    }

    /// Encoder: the source and the value of a slot that is not as predicted, given the value if the string table
    /// has it; [`NONE`] for a value that is new.
    #[inline(never)]
    fn source_of(&self, shape: u32, at: usize, message: &[u8], found: u32, twin: Option<usize>) -> (u8, u32) {
        let slot = &self.templates.slots[self.templates.slots_of(shape)[at] as usize];
        if self.config.dedup && found != NONE {
            if found == slot.last {
                return (LAST, found);
            }
            if found == slot.previous {
                return (PREVIOUS, found);
            }
            if self.trace != NONE && self.in_trace.get(self.trace, slot.key) == Some(found) {
                return (IN_TRACE, found);
            }
        }
        if found != NONE && self.has_place(slot.key, found) {
            return (PLACE, found);
        }
        if let Some(twin) = twin {
            let other = &self.templates.slots[self.templates.slots_of(shape)[twin] as usize];
            let (other_raw, raw) = (self.found[twin].raw(message), self.found[at].raw(message));
            if may_be_twins(body(other_raw), body(raw)) {
                let (other, this) = (self.split(other.key, other_raw), self.split(slot.key, raw));
                if other.1 == this.1 && other.0.of == this.0.of && this.1 != Payload::Bytes(&[]) {
                    return (TWIN, NONE);
                }
            }
        }
        (NEW, NONE)
    }

    /// Takes the field of a key apart.
    pub(super) fn split<'a>(&self, key: u32, raw: &'a [u8]) -> (KeyParts<'a>, Payload<'a>) {
        attribute::split(raw, self.keys.get(key).form != Form::Plain)
    }

    /// Codes which slots of a chunk miss, and the sources of all of them. Returns the former.
    fn vector<C: Coder>(&mut self, c: &mut C, shape: u32, chunk: usize, missed: bool) -> Option<u64> {
        let count = self.templates.slots_of(shape).len();
        let chunk_at = self.templates.shapes[shape as usize].chunks as usize + chunk;
        let list = self.templates.chunks[chunk_at].vectors;
        let wanted = if C::ENCODES && missed { self.planned_vector(chunk) } else { Vector::default() };
        let fits = wanted.mask.count_ones() <= MAX_SOURCES;
        if let Some(vector) = self.templates.vectors.code(c, list, fits.then_some(wanted)) {
            self.unpack(chunk, vector);
            return Some(vector.mask);
        }
        let slots = (count - chunk * CHUNK).min(CHUNK);
        let mut mask = 0;
        for nibble in 0..slots.div_ceil(4) {
            let bits = (wanted.mask >> (4 * nibble)) as u32 & 15;
            mask |= (c.symbol(self.roots.mask.at(nibble as u32), bits) as u64) << (4 * nibble);
        }
        if slots < CHUNK && mask >> slots != 0 {
            return None;
        }
        self.plan.sources.resize(self.plan.sources.len().max(count), 0);
        let mut vector = Vector { mask, sources: 0 };
        let (mut rest, mut shift) = (mask, 0);
        while rest != 0 {
            let at = chunk * CHUNK + rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let key = self.templates.slots[self.templates.slots_of(shape)[at] as usize].key;
            let source = c.symbol(self.keys.get(key).source, self.plan.sources[at] as u32);
            self.plan.sources[at] = source as u8;
            if shift < 64 {
                vector.sources |= (source as u64) << shift;
                shift += 4;
            }
        }
        if mask.count_ones() <= MAX_SOURCES && !self.templates.vectors.contains(list, vector) {
            self.templates.vectors.add(c.contexts(), list, vector);
        }
        Some(mask)
    }

    fn planned_vector(&self, chunk: usize) -> Vector {
        let mask = self.plan.masks[chunk];
        let (mut rest, mut shift, mut sources) = (mask, 0, 0);
        while rest != 0 && shift < 64 {
            let at = chunk * CHUNK + rest.trailing_zeros() as usize;
            sources |= (self.plan.sources[at] as u64) << shift;
            rest &= rest - 1;
            shift += 4;
        }
        Vector { mask, sources }
    }

    /// Puts the sources of a vector where those of its slots belong.
    fn unpack(&mut self, chunk: usize, vector: Vector) {
        let (mut rest, mut sources) = (vector.mask, vector.sources);
        while rest != 0 {
            let at = chunk * CHUNK + rest.trailing_zeros() as usize;
            if self.plan.sources.len() <= at {
                self.plan.sources.resize(at + 1, 0);
            }
            self.plan.sources[at] = sources as u8 & 15;
            rest &= rest - 1;
            sources >>= 4;
        }
    }

    /// Codes the values of a chunk that miss, and lets the other varying ones follow.
    #[expect(clippy::too_many_arguments, reason = "the state of one walk")]
    fn chunk<C: Coder>(
        &mut self,
        c: &mut C,
        shape: u32,
        chunk: usize,
        mask: u64,
        cause: &mut Option<u32>,
        twin: &mut u32,
        message: &[u8],
    ) -> Option<()> {
        let chunk_at = self.templates.shapes[shape as usize].chunks as usize + chunk;
        let varying = self.templates.chunks[chunk_at].varying;
        let mut visit = if cause.is_some() { mask | varying } else { mask };
        while visit != 0 {
            let bit = visit.trailing_zeros();
            visit &= visit - 1;
            let at = chunk * CHUNK + bit as usize;
            let index = self.templates.slots_of(shape)[at];
            let told = self.told(index, *cause);
            let misses = mask >> bit & 1 != 0;
            let value = if misses {
                self.missing(c, at, index, *twin, message)?
            } else {
                told.unwrap_or(self.templates.slots[index as usize].last)
            };
            if value == NONE {
                return None;
            }
            if let Some(cause) = cause.filter(|_| told != Some(value)) {
                self.plan.predictions.push((index, cause, value));
            }
            self.set_slot(index, value);
            if misses {
                let key = self.templates.slots[index as usize].key;
                self.keys.get_mut(key).last = value;
                self.plan.in_trace.push((key, value));
                *cause = Some(value);
                *twin = value;
                visit |= varying & (u64::MAX << bit) & !(1 << bit);
            }
        }
        self.templates.chunks[chunk_at].varying |= mask;
        Some(())
    }

    /// Codes one value that is not as predicted.
    fn missing<C: Coder>(&mut self, c: &mut C, at: usize, index: u32, twin: u32, message: &[u8]) -> Option<u32> {
        let Slot { last, previous, key, place, .. } = self.templates.slots[index as usize];
        let value = if C::ENCODES { self.plan.values[at] } else { NONE };
        let source = self.plan.sources[at];
        c.account(|ledger| self.open_slot(ledger, index));
        let value = match source {
            LAST => Some(last),
            PREVIOUS => Some(previous),
            IN_TRACE => self.in_trace.get(self.trace, key),
            PLACE => self.place(c, place, key, value),
            TWIN => self.twin(C::ENCODES, key, twin),
            NEW => {
                let raw = if C::ENCODES { self.found[at].raw(message) } else { &[] };
                self.new_value(c, key, raw)
            }
            _ => None,
        }?;
        c.account(|ledger| self.close_value(ledger, coding_of(source), value));
        Some(value)
    }

    /// Adds the payload of another key's value under `key`.
    fn twin(&mut self, findable: bool, key: u32, twin: u32) -> Option<u32> {
        if twin == NONE {
            return None;
        }
        let (parts, payload) = self.split(self.strings.entry(twin).tag, self.strings.get(twin));
        let this = self.keys.parts(key);
        let mut copy = Vec::new();
        (parts.of == this.of).then(|| attribute::join(this, payload, &mut copy))?;
        self.strings.arena.extend_from_slice(&copy);
        self.add_value(key, copy.len(), findable)
    }

    #[inline]
    fn set_slot(&mut self, index: u32, value: u32) {
        let entry = self.strings.entry(value);
        let slot = &mut self.templates.slots[index as usize];
        if slot.last != value {
            *slot = Slot { previous: slot.last, last: value, offset: entry.offset, len: entry.len, ..*slot };
        }
    }

    /// Drops what a damaged frame has left.
    pub(super) fn drop_plan(&mut self) {
        self.plan.predictions.clear();
        self.plan.in_trace.clear();
    }

    /// Notes what a message has taught. Not before its end, so that an encoder can plan ahead.
    fn learn(&mut self) {
        for (slot, cause, value) in self.plan.predictions.drain(..) {
            self.associations.set(slot, cause, value);
        }
        for (key, value) in self.plan.in_trace.drain(..) {
            if self.trace != NONE {
                self.in_trace.set(self.trace, key, value);
            }
        }
    }
}

/// How statistics call a source; what is new says itself how it is coded.
fn coding_of(source: u8) -> Option<Coding> {
    match source {
        NEW => None,
        TWIN => Some(Coding::Copied),
        _ => Some(Coding::Known),
    }
}

/// A field without its tag and length.
fn body(raw: &[u8]) -> &[u8] {
    field::read(raw, 0).map_or(raw, |field| &raw[field.body..])
}

/// Whether two attributes may have the same value, going by their last bytes if their keys come first, and
/// by the lengths of their values if those do.
fn may_be_twins(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([0x0a, .., a_last], [0x0a, .., b_last]) => a_last == b_last,
        ([0x12, a_len, ..], [0x12, b_len, ..]) => a_len == b_len,
        _ => true,
    }
}
