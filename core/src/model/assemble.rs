//! Putting a message together from its template, its parts and its slots: for the decoder only.

use super::Model;
use super::keys::NONE;
use super::parts::Parts;
use super::template::Place;
use crate::coder::Coder;
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
        let mut at = 0;
        loop {
            at = self.put_fields(level, (shape, order), parts, at, out);
            let Some(&run) = self.places_of(level, order).get(at) else {
                return Some(());
            };
            self.child_run(c, level, shape, Role::PART[run as usize], &[], out)?;
            at += 1;
        }
    }

    /// Writes the fields from place `at` on up to a run or the end; returns where that is.
    fn put_fields(
        &self,
        level: Level,
        (shape, order): (u32, u32),
        parts: &Parts,
        at: usize,
        out: &mut Vec<u8>,
    ) -> usize {
        let places = self.places_of(level, order);
        let (slots, all, arena) = (self.templates.slots_of(shape), &self.templates.slots[..], &self.strings.arena[..]);
        for (i, &place) in places.iter().enumerate().skip(at) {
            if place as usize >= PARTS {
                let slot = &all[slots[place as usize - PARTS] as usize];
                copy_short(arena, slot.offset as usize, slot.len as usize, out);
                continue;
            }
            let part = Role::PART[place as usize];
            let tag = otlp::tag(level, part) as u8;
            match part {
                Role::TraceId => {
                    let id = (parts.trace.0 as u128) << 64 | parts.trace.1 as u128;
                    out.extend_from_slice(&[tag, 16]);
                    out.extend_from_slice(&id.to_be_bytes());
                }
                Role::SpanId | Role::ParentId => {
                    let id = if part == Role::SpanId { parts.own } else { parts.parent };
                    out.extend_from_slice(&[tag, 8]);
                    out.extend_from_slice(&id.to_be_bytes());
                }
                Role::Start | Role::End => {
                    let time = if part == Role::Start { parts.start } else { parts.end };
                    out.push(tag);
                    out.extend_from_slice(&time.to_le_bytes());
                }
                Role::Events | Role::Links => return i,
                Role::Name | Role::Attribute | Role::Plain => {
                    let family = self.templates.shapes[shape as usize].family;
                    out.extend_from_slice(self.strings.get(self.templates.families[family as usize].name));
                }
            }
        }
        places.len()
    }

    /// What stands where in a message of `order`.
    fn places_of(&self, level: Level, order: u32) -> &[Place] {
        if order == NONE { &self.places[level as usize] } else { self.templates.places(order) }
    }
}

/// Appends `len` bytes from `at` on. Most fields are short: copying more than is needed and cutting it
/// off costs less than copying what is needed.
#[inline(always)]
fn copy_short(from: &[u8], at: usize, len: usize, out: &mut Vec<u8>) {
    const SHORT: usize = 64;
    match from[at..].first_chunk::<SHORT>() {
        Some(chunk) if len <= SHORT => {
            let end = out.len() + len;
            out.extend_from_slice(chunk);
            out.truncate(end);
        }
        _ => out.extend_from_slice(&from[at..at + len]),
    }
}

/// Leaves room for the length that is likely: two bytes for a span, one for what is in it.
pub(super) fn begin_message<C: Coder>(tag: u32, level: Level, out: &mut Vec<u8>) -> (usize, usize) {
    if C::ENCODES {
        return (0, 0);
    }
    varint::put(out, tag as u64);
    let room = match level {
        Level::Event | Level::Link => 1,
        Level::Span => 2,
        _ => 3,
    };
    out.extend_from_slice(&[0; 3][..room]);
    (out.len(), room)
}

/// Writes the length where room was left, and moves the message if it was the wrong room.
pub(super) fn end_message<C: Coder>((body, room): (usize, usize), out: &mut Vec<u8>) {
    if C::ENCODES {
        return;
    }
    let len = out.len() - body;
    let needed = varint::len(len as u64);
    if needed > room {
        out.resize(out.len() + needed - room, 0);
        out.copy_within(body..body + len, body + needed - room);
    } else if needed < room {
        out.copy_within(body..body + len, body - (room - needed));
        out.truncate(out.len() - (room - needed));
    }
    let mut rest = len as u64;
    for byte in &mut out[body - room..body - room + needed] {
        *byte = rest as u8 | 0x80;
        rest >>= 7;
    }
    out[body - room + needed - 1] &= 0x7f;
}
