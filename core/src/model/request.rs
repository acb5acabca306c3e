//! The messages around the spans, and key-value lists: fields in a row, mostly the same row again.

use super::Model;
use super::ids::{Postpone, key_of};
use super::keys::{END, NONE, kind_of_key};
use crate::coder::{Choice, Coder};
use crate::wire::attribute;
use crate::wire::field::{self, Field};
use crate::wire::otlp::{self, HEAD, Level, PARTS, Role};

/// What the messages around the spans hold: the messages of the next level.
const CHILDREN: u32 = Role::Events as u32;

impl Model {
    /// Codes the fields of a message one by one.
    pub(super) fn fields<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let mut head = self.head(c, level, message)?;
        let (mut at, mut before) = (0, None);
        loop {
            let field = if C::ENCODES { next_field(message, at) } else { None };
            let kind = self.kind_of_field(c, level, before, message, field)?;
            if kind == END {
                return Some(());
            }
            at = match kind {
                CHILDREN => self.children(c, level, message, at, field, out)?,
                _ => {
                    let raw = field.map_or(&[][..], |f| &message[at..f.end]);
                    let key = kind.checked_sub(PARTS as u32)?;
                    match head.take_if(|_| key == self.name_keys[level as usize]) {
                        Some(head) => out.extend_from_slice(&head),
                        None => {
                            let value = self.value(c, key, raw)?;
                            if !C::ENCODES {
                                out.extend_from_slice(self.strings.get(value));
                            }
                        }
                    }
                    field.map_or(at, |f| f.end)
                }
            };
            before = Some(kind);
            self.check(c, out)?;
        }
    }

    /// Codes the resource or the scope, which comes first here even if it stands last, because it says
    /// what the spans are like. A decoder gets its bytes, for the spans may outlive the string table.
    fn head<C: Coder>(&mut self, c: &mut C, level: Level, message: &[u8]) -> Option<Option<Vec<u8>>> {
        if otlp::head_level(level).is_none() {
            return Some(None);
        }
        let raw = if C::ENCODES { find_head(message) } else { None };
        let value = match c.symbol(self.roots.has_head.at(level as u32), raw.is_some() as u32) {
            0 => None,
            _ => Some(self.value(c, self.name_keys[level as usize], raw.unwrap_or(&[]))?),
        };
        match level {
            Level::ResourceSpans => {
                self.resource = value.unwrap_or(NONE);
                self.code_postpone(c, value)?;
            }
            _ => self.scope = value.unwrap_or(NONE),
        }
        Some(value.map(|value| if C::ENCODES { Vec::new() } else { self.strings.get(value).to_vec() }))
    }

    /// Codes which ids of the spans that follow wait until the end.
    fn code_postpone<C: Coder>(&mut self, c: &mut C, resource: Option<u32>) -> Option<()> {
        let (postpone, found) = if C::ENCODES { self.foresight.next() } else { (Postpone::None, Vec::new()) };
        self.ids.postpone = Postpone::of_symbol(c.symbol(self.roots.postpone, postpone as u32))?;
        if self.ids.postpone == Postpone::All {
            self.ids.process = key_of(resource.map_or(&[], |resource| self.strings.get(resource)));
            self.ids.note_found(found);
        }
        Some(())
    }

    fn kind_of_field<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        before: Option<u32>,
        message: &[u8],
        field: Option<FieldAt>,
    ) -> Option<u32> {
        let Some(field) = field.filter(|_| C::ENCODES) else {
            return self.kind(c, level, before, END, None);
        };
        let role = field.found.filter(|f| f.canonical).map_or(Role::Plain, |f| otlp::role(level, f.tag));
        if role as u32 == CHILDREN {
            return self.kind(c, level, before, CHILDREN, None);
        }
        let (parts, _) = attribute::split(&message[field.at..field.end], role == Role::Attribute);
        match self.keys.find(level, &parts) {
            Some(key) => self.kind(c, level, before, kind_of_key(key), None),
            None => self.kind(c, level, before, NONE, Some(parts)),
        }
    }

    /// Codes a message of the next level, or the run of spans of a scope. Returns where it ends.
    fn children<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        message: &[u8],
        at: usize,
        field: Option<FieldAt>,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let tag = otlp::tag(level, Role::Events);
        if level == Level::ScopeSpans {
            let list = self.list_of_run(c);
            let run = message.get(at..).unwrap_or(&[]);
            let (len, last) = self.run(c, Level::Span, tag, list, run, out)?;
            if self.followers(Level::Span, last).is_some() {
                self.last_shapes.set(self.resource, self.scope, last);
            }
            return Some(at + len);
        }
        let next = if level == Level::Request { Level::ResourceSpans } else { Level::ScopeSpans };
        let body = field.and_then(|f| f.found).map_or(&[][..], |f| &message[f.body..f.end]);
        let begin = self.begin_message::<C>(tag, next, out);
        self.fields(c, next, body, out)?;
        self.end_message::<C>(next, begin, out);
        Some(field.map_or(at, |f| f.end))
    }

    /// A run goes on as the last one of this resource and scope did.
    fn list_of_run<C: Coder>(&mut self, c: &mut C) -> Choice {
        let last = self.last_shapes.get(self.resource, self.scope);
        match last.and_then(|shape| self.followers(Level::Span, shape)) {
            Some(followers) => followers,
            None => self.first_list(c, Level::Span),
        }
    }
}

/// A field, or what is left of a message where no field can be read.
#[derive(Clone, Copy, Debug)]
struct FieldAt {
    at: usize,
    end: usize,
    found: Option<Field>,
}

fn next_field(message: &[u8], at: usize) -> Option<FieldAt> {
    if at >= message.len() {
        return None;
    }
    let found = field::read(message, at);
    Some(FieldAt { at, end: found.map_or(message.len(), |f| f.end), found })
}

/// The first head of a message, if it is in the usual form.
pub(super) fn find_head(message: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    while let Some(field) = next_field(message, at) {
        if let Some(found) = field.found
            && found.tag == HEAD
        {
            return found.canonical.then(|| &message[at..field.end]);
        }
        at = field.end;
    }
    None
}
