//! Putting a message together from its template, its parts and its slots: for the decoder only.

use super::Model;
use super::ids::Ids;
use super::keys::NONE;
use super::parts::Parts;
use super::strings::StringTable;
use crate::coder::{Coder, Column};
use crate::wire::otlp::{self, Level, PARTS, Role};
use crate::wire::varint;

impl Model {
    /// Writes a message that is decoded, field by field, and decodes its runs on the way.
    pub(super) fn put_together<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        (shape, order): (u32, u32),
        parts: &Parts,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let mut from = 0;
        while let Some((at, run)) = self.put_fields(level, (shape, order), parts, from, out) {
            self.child_run(c, level, shape, run, &[], out)?;
            from = at + 1;
        }
        Some(())
    }

    /// Writes the fields from the place `from` on up to a run, or to the end. Returns the place of the run.
    fn put_fields(
        &mut self,
        level: Level,
        (shape, order): (u32, u32),
        parts: &Parts,
        from: usize,
        out: &mut Vec<u8>,
    ) -> Option<(usize, Role)> {
        let Model { templates, strings, ids, gaps, .. } = self;
        let places = if order == NONE { &self.places[level as usize][..] } else { templates.places(order) };
        let (slots, all, arena) = (templates.slots_of(shape), &templates.slots[..], &strings.arena[..]);
        for (at, &place) in (from..).zip(places.get(from..)?) {
            let place = place as usize;
            if place >= PARTS {
                let slot = &all[slots[place - PARTS] as usize];
                copy_short(arena, slot.offset as usize, slot.len as usize, out);
                continue;
            }
            let part = Role::PART[place];
            if part.is_run() {
                return Some((at, part));
            }
            let family = templates.shapes[shape as usize].family;
            put_part(ids, gaps, strings, level, part, parts, templates.families[family as usize].name, out);
        }
        None
    }
}

/// Writes a part that is not a run.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "what parts are made of")]
pub(super) fn put_part(
    ids: &Ids,
    gaps: &mut Vec<Gap>,
    strings: &StringTable,
    level: Level,
    part: Role,
    parts: &Parts,
    name: u32,
    out: &mut Vec<u8>,
) {
    let tag = otlp::TAGS[level as usize][part as usize];
    match part {
        Role::TraceId => {
            let known = parts.known[0];
            if ids.trace_waits(known) {
                gaps.push(Gap { at: out.len() + ID_HEAD, part, known });
            }
            let id = (parts.trace.0 as u128) << 64 | parts.trace.1 as u128;
            put_field::<18>(&[tag, 16], &id.to_be_bytes(), out);
        }
        Role::SpanId | Role::ParentId => {
            let (id, known) = match part {
                Role::SpanId => (parts.own, parts.known[1]),
                _ => (parts.parent, parts.known[2]),
            };
            if ids.node_waits(known) {
                gaps.push(Gap { at: out.len() + ID_HEAD, part, known });
            }
            put_field::<10>(&[tag, 8], &id.to_be_bytes(), out);
        }
        Role::Start => put_field::<9>(&[tag], &parts.start.to_le_bytes(), out),
        Role::End => put_field::<9>(&[tag], &parts.end.to_le_bytes(), out),
        _ => {
            let name = strings.entry(name);
            copy_short(&strings.arena, name.offset as usize, name.len as usize, out);
        }
    }
}

/// Bytes of an id's field before the id: its tag and its length.
const ID_HEAD: usize = 2;

/// Appends a field of `LEN` bytes: at once, so that there is a single check for room.
#[inline(always)]
fn put_field<const LEN: usize>(head: &[u8], body: &[u8], out: &mut Vec<u8>) {
    let mut field = [0; LEN];
    field[..head.len()].copy_from_slice(head);
    field[head.len()..].copy_from_slice(body);
    out.extend_from_slice(&field);
}

/// Appends `len` bytes from `at` on, which are few mostly.
#[inline(always)]
pub(super) fn copy_short(from: &[u8], at: usize, len: usize, out: &mut Vec<u8>) {
    const SHORT: usize = 64;
    match from[at..].first_chunk::<SHORT>() {
        Some(chunk) if len <= SHORT => put_short(chunk, len, out),
        _ => out.extend_from_slice(&from[at..at + len]),
    }
}

/// Appends the first `len` bytes of a chunk: copying all and cutting off what is too much costs less than copying
/// what is needed.
#[inline(always)]
fn put_short<const SIZE: usize>(chunk: &[u8; SIZE], len: usize, out: &mut Vec<u8>) {
    let end = out.len() + len;
    out.extend_from_slice(chunk);
    out.truncate(end);
}

/// Where an id belongs in what was decoded so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    at: usize,
    part: Role,
    /// Number of the trace or the span.
    known: u32,
}

/// A message that is being written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Begun {
    body: usize,
    /// Bytes left for the length.
    room: usize,
}

impl Model {
    /// Writes a tag of one byte, and leaves as much room for the length as the last message of the level has needed.
    pub(super) fn begin_message<C: Coder>(&self, tag: u32, level: Level, out: &mut Vec<u8>) -> Begun {
        if C::ENCODES {
            return Begun::default();
        }
        let mut head = [0; 1 + varint::MAX_LEN];
        head[0] = tag as u8;
        let room = self.rooms[level as usize];
        let body = out.len() + 1 + room;
        put_short(&head, 1 + room, out);
        Begun { body, room }
    }

    /// Writes the length where room was left.
    pub(super) fn end_message<C: Coder>(&mut self, level: Level, Begun { body, room }: Begun, out: &mut Vec<u8>) {
        if C::ENCODES {
            return;
        }
        let len = out.len() - body;
        let needed = varint::len(len as u64);
        if needed != room {
            self.rooms[level as usize] = needed;
            self.move_message(body, room, needed, out);
        }
        let mut rest = len;
        for byte in &mut out[body - room..][..needed] {
            *byte = rest as u8 & 0x7f | ((rest >= 0x80) as u8) << 7;
            rest >>= 7;
        }
    }

    /// Moves a message for which the wrong room was left.
    #[cold]
    #[inline(never)]
    fn move_message(&mut self, body: usize, room: usize, needed: usize, out: &mut Vec<u8>) {
        let len = out.len() - body;
        if needed > room {
            out.resize(out.len() + needed - room, 0);
            out.copy_within(body..body + len, body + needed - room);
        } else {
            out.copy_within(body..body + len, body - (room - needed));
            out.truncate(out.len() - (room - needed));
        }
        for gap in self.gaps.iter_mut().rev().take_while(|gap| gap.at >= body) {
            gap.at = gap.at + needed - room;
        }
    }

    /// Codes the ids that wait, and writes them where they belong.
    pub(super) fn settle<C: Coder>(&mut self, c: &mut C, out: &mut [u8]) -> Option<()> {
        self.weigh(c, out)?;
        if !self.ids.any_waits() {
            return Some(());
        }
        c.column(Column::Ids);
        self.ids.settle(c)?;
        c.column(Column::Structure);
        for Gap { at, part, known } in self.gaps.drain(..) {
            let gap = out.get_mut(at..)?;
            if part == Role::TraceId {
                let (high, low) = self.ids.trace_id(known)?;
                *gap.first_chunk_mut()? = ((high as u128) << 64 | low as u128).to_be_bytes();
            } else {
                *gap.first_chunk_mut()? = self.ids.own_id(known)?.to_be_bytes();
            }
        }
        self.weigh(c, out)
    }
}
