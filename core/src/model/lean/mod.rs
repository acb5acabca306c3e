//! The lean model of level 1: spans and events by simpler rules, for half again the speed.
//!
//! A message is a family (its name) and a shape (its fields in one order). Its ids and times go by [`parts`], and
//! those of its slots that are not what they were last by [`slots`]. All else is as in the full model.

mod order;
mod parts;
mod recognise;
mod slots;
mod strings;
mod template;

use super::Model;
use super::keys::{END, NONE, kind_of_key};
use super::message::{EXPLICIT_END, EXPLICIT_KNOWN, EXPLICIT_NAMELESS, EXPLICIT_NEW};
use super::parts::Parts;
use crate::coder::{Choice, Coder, Column, Contexts};
use crate::limits::MAX_FIELDS;
use crate::wire::attribute::{self, KeyParts};
use crate::wire::otlp::{Level, PARTS, Role};
use slots::Miss;
use template::{Family, Shape, Slot, Templates};

/// Names that an encoder makes a family of.
const MAX_FAMILIES: usize = 512;

/// What the lean model has learnt.
#[derive(Debug)]
pub(super) struct Lean {
    templates: Templates,
    /// The slots of the message at hand that are not as they were.
    misses: Vec<Miss>,
    kinds: Vec<u32>,
    /// Of a message that is a shape in another order: the place of each of its fields in the shape.
    order: Vec<u8>,
}

impl Lean {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Lean { templates: Templates::new(contexts), misses: Vec::new(), kinds: Vec::new(), order: Vec::new() }
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.templates.clear(contexts);
    }

    /// Makes way for a full model that comes from elsewhere.
    pub(super) fn forget(&mut self) {
        self.templates.forget();
    }

    pub(super) fn weight(&self) -> usize {
        self.templates.weight()
    }

    /// The slots of a shape, in the order of its fields.
    fn slots(&self, shape: u32) -> impl Iterator<Item = &Slot> {
        let slots = self.templates.fields(shape).iter().filter_map(|field| field.checked_sub(PARTS as u32));
        slots.map(|slot| &self.templates.slots[slot as usize])
    }

    /// Those that are as they were in the message at hand.
    fn kept(&self, shape: u32) -> impl Iterator<Item = &Slot> {
        self.slots(shape).filter(|slot| self.misses.iter().all(|miss| miss.rank != slot.rank))
    }
}

/// What an encoder knows of a message's template.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// [`NONE`] for a new one.
    family: u32,
    shape: Option<u32>,
    /// If there is no shape: one with the same fields, which stand as in [`Lean::order`].
    base: Option<u32>,
}

impl Model {
    /// Whether messages of a level go by this model.
    #[inline(always)]
    pub(super) fn is_lean(&self, level: Level) -> bool {
        self.config.lean && matches!(level, Level::Span | Level::Event)
    }

    /// What a run of messages begins with where nothing says what it goes on from.
    pub(super) fn lean_first<C: Coder>(&mut self, c: &mut C, level: Level) -> Choice {
        let Templates { first, followers, .. } = &mut self.lean.templates;
        *first[level as usize].get_or_insert_with(|| followers.list(c.contexts()))
    }

    /// What may follow a message of this shape.
    pub(super) fn lean_followers(&self, shape: u32) -> Option<Choice> {
        let shape = self.lean.templates.shapes.get(shape as usize)?;
        Some(self.lean.templates.families[shape.family as usize].followers)
    }

    /// Codes the shape of the next message, or nothing if the run ends here.
    pub(super) fn lean_template<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        list: Choice,
        message: Option<&[u8]>,
    ) -> Option<Option<u32>> {
        let wanted = if C::ENCODES { message.map(|message| self.lean_recognise(level, message)) } else { None };
        let item = match wanted {
            None => Some(END),
            Some(Wanted { family, .. }) => Some(family).filter(|family| *family != NONE),
        };
        let family = match self.lean.templates.followers.code(c, list, item) {
            Some(family) => {
                let name = self.lean.templates.families.get(family as usize).map_or(NONE, |family| family.name);
                c.account(|ledger| self.note_name(ledger, level, name));
                family
            }
            None => self.lean_family(c, level, list, wanted, message)?,
        };
        if family == END {
            return Some(None);
        }
        let Templates { families, lists, .. } = &self.lean.templates;
        let Family { shapes, bases, .. } = *families.get(family as usize).filter(|family| family.level == level)?;
        if let Some(shape) = lists.code(c, shapes, wanted.and_then(|wanted| wanted.shape)) {
            return Some(Some(shape));
        }
        match lists.code(c, bases, wanted.and_then(|wanted| wanted.base)) {
            Some(base) => self.lean_order(c, level, base).map(Some),
            None => self.lean_shape(c, level, family, message).map(Some),
        }
    }

    /// Codes a family that was not predicted, or [`END`], which comes on the list then.
    #[inline(never)]
    fn lean_family<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        list: Choice,
        wanted: Option<Wanted>,
        message: Option<&[u8]>,
    ) -> Option<u32> {
        let roots = self.lean.templates.roots;
        let count = self.lean.templates.families.len() as u32;
        let name = self.scans[level as usize].parts[Role::Name as usize];
        let how = match wanted {
            None => EXPLICIT_END,
            Some(Wanted { family: NONE, .. }) if name == NONE || count as usize >= MAX_FAMILIES => EXPLICIT_NAMELESS,
            Some(Wanted { family: NONE, .. }) => EXPLICIT_NEW,
            Some(_) => EXPLICIT_KNOWN,
        };
        let family = match c.symbol(roots.explicit.at(level as u32), how) {
            EXPLICIT_END => END,
            EXPLICIT_KNOWN => {
                let wanted = wanted.map_or(0, |wanted| wanted.family);
                c.account(|ledger| self.open_name(ledger, level));
                let age = roots.family.code(c, count.wrapping_sub(wanted + 1) as u64);
                let family = count.checked_sub(u32::try_from(age).ok()?.checked_add(1)?)?;
                c.account(|ledger| self.close_name(ledger, self.lean.templates.families[family as usize].name));
                family
            }
            EXPLICIT_NEW => {
                let raw = message.map_or(&[][..], |m| self.scans[level as usize].tokens()[name as usize].raw(m));
                let name = self.value(c, self.name_keys[level as usize], raw)?;
                self.lean.templates.add_family(c.contexts(), level, name)
            }
            EXPLICIT_NAMELESS => self.lean.templates.add_family(c.contexts(), level, NONE),
            _ => return None,
        };
        let followers = &mut self.lean.templates.followers;
        if !followers.contains(list, family) {
            followers.add(c.contexts(), list, family);
        }
        self.check(c, &[])?;
        Some(family)
    }

    /// Codes the fields of a message one by one, and adds a shape that has them.
    #[inline(never)]
    fn lean_shape<C: Coder>(&mut self, c: &mut C, level: Level, family: u32, message: Option<&[u8]>) -> Option<u32> {
        let nameless = self.lean.templates.families[family as usize].name == NONE;
        let mut kinds = std::mem::take(&mut self.lean.kinds);
        kinds.clear();
        loop {
            let (kind, parts) = match message {
                Some(message) if C::ENCODES => self.lean_kind(level, nameless, kinds.len(), message),
                _ => (END, None),
            };
            let known = self.keys.len();
            let kind = self.kind(c, level, kinds.last().copied(), kind, parts)?;
            if kind == END {
                break;
            }
            let twice = kind < Role::Events as u32 && kinds.contains(&kind);
            let named = kind == Role::Name as u32 && (nameless || kinds.contains(&kind));
            if twice || named || kinds.len() > MAX_FIELDS {
                return None;
            }
            // Only a key that is new weighs much.
            if self.keys.len() > known {
                self.check(c, &[])?;
            }
            kinds.push(kind);
        }
        let (keys, strings) = (&self.keys, &self.strings);
        let last_of = |key: u32| match keys.get(key).last {
            NONE => (0, 0),
            last => (strings.entry(last).offset, strings.entry(last).len),
        };
        let shape = self.lean.templates.add_shape(c.contexts(), family, &kinds, last_of);
        self.lean.kinds = kinds;
        self.check(c, &[])?;
        if C::ENCODES {
            self.lean.templates.note_shape(shape, &self.scans[level as usize]);
            self.lean_compare(level, shape, None, message.unwrap_or(&[]));
        }
        Some(shape)
    }

    /// Encoder: the kind of a field, [`NONE`] if it has a new key, which comes with it.
    fn lean_kind<'a>(&self, level: Level, nameless: bool, at: usize, message: &'a [u8]) -> (u32, Option<KeyParts<'a>>) {
        let Some(token) = self.scans[level as usize].tokens().get(at) else { return (END, None) };
        match token.role {
            Role::Name if nameless => (kind_of_key(self.name_keys[level as usize]), None),
            Role::Attribute | Role::Plain => {
                let (parts, _) = attribute::split(token.raw(message), token.role == Role::Attribute);
                (self.keys.find(level, &parts).map_or(NONE, kind_of_key), Some(parts))
            }
            part => (part as u32, None),
        }
    }

    /// Codes the parts and the slots of a message, and puts it together in a decoder.
    pub(super) fn lean_content<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        shape: u32,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let Shape { family, parts: flags, .. } = *self.lean.templates.shapes.get(shape as usize)?;
        let mut parts = if C::ENCODES { self.parts_of(level, message) } else { Parts::default() };
        if level == Level::Span {
            c.column(Column::Ids);
            self.lean_span(c, family, flags, &mut parts)?;
        } else {
            c.column(Column::Times);
            self.lean_event(c, family, flags, &mut parts)?;
        }
        c.column(Column::Structure);
        let missing = self.lean_slots(c, level, shape, message)?;
        self.deduped += (level == Level::Span && missing == 0) as u64;
        if level == Level::Span {
            self.note_draw(shape, &parts);
        }
        if !C::ENCODES {
            self.lean_put_together(c, level, shape, &parts, out)
        } else if flags & Role::RUNS != 0 {
            self.encode_runs(c, level, shape, message)
        } else {
            Some(())
        }
    }

    /// The last field that a shape has with this key.
    pub(super) fn lean_field_of(&self, shape: u32, key: u32) -> Option<&[u8]> {
        let slot = self.lean.slots(shape).find(|slot| slot.key == key)?;
        Some(&self.strings.arena[slot.offset as usize..][..slot.len as usize])
    }

    /// What a run of events or links of a shape begins with.
    pub(super) fn lean_children<C: Coder>(&mut self, c: &mut C, shape: u32, part: Role) -> Choice {
        if part == Role::Links {
            return self.first_list(c, Level::Link);
        }
        let Templates { families, shapes, followers, .. } = &mut self.lean.templates;
        let events = &mut families[shapes[shape as usize].family as usize].events;
        *events.get_or_insert_with(|| followers.list(c.contexts()))
    }

    /// Writes a message that is decoded, and decodes its runs on the way.
    fn lean_put_together<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        shape: u32,
        parts: &Parts,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let Shape { family, fields: (_, count), .. } = self.lean.templates.shapes[shape as usize];
        let name = self.lean.templates.families[family as usize].name;
        let mut at = 0;
        while at < count as usize {
            let Templates { slots, .. } = &self.lean.templates;
            let mut run = None;
            for &field in &self.lean.templates.fields(shape)[at..] {
                at += 1;
                if let Some(slot) = field.checked_sub(PARTS as u32) {
                    let slot = &slots[slot as usize];
                    super::assemble::copy_short(&self.strings.arena, slot.offset as usize, slot.len as usize, out);
                    continue;
                }
                run = Some(Role::PART[field as usize]).filter(|part| part.is_run());
                if run.is_some() {
                    break;
                }
                let (ids, gaps, strings) = (&self.ids, &mut self.gaps, &self.strings);
                super::assemble::put_part(ids, gaps, strings, level, Role::PART[field as usize], parts, name, out);
            }
            if out.len() > self.max_len {
                return None;
            }
            if let Some(run) = run {
                self.child_run(c, level, shape, run, &[], out)?;
            }
        }
        Some(())
    }
}
