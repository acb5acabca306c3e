//! One message that is coded by templates: a span, an event, a link, a resource or a scope.

use super::Model;
use super::ids::Postpone;
use super::keys::{END, NONE, kind_of_key};
use super::parts::Parts;
use super::recognise::{FamilyWanted, Wanted};
use super::template::{NAMELESS, Shape, arrange};
use crate::coder::{Choice, Coder, Column};
use crate::wire::attribute;
use crate::wire::field;
use crate::wire::otlp::{self, Level, PARTS, Role};
use xxhash_rust::xxh3::xxh3_64;

/// How a template that was not predicted is given.
pub(super) const EXPLICIT_END: u32 = 0;
pub(super) const EXPLICIT_KNOWN: u32 = 1;
pub(super) const EXPLICIT_NEW: u32 = 2;
pub(super) const EXPLICIT_NAMELESS: u32 = 3;

impl Model {
    /// Codes a run of messages that follow each other under one tag: how many there are follows from
    /// the end being one of the things that may come next. An encoder gets back how many bytes of
    /// `run` it was; both get the shape of the last message.
    pub(super) fn run<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        tag: u32,
        mut list: Choice,
        run: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<(usize, u32)> {
        let (mut at, mut last) = (0, NONE);
        loop {
            let next = if C::ENCODES { field::read(run, at).filter(|f| f.canonical && f.tag == tag) } else { None };
            let message = next.map(|f| &run[f.body..f.end]);
            let template = match self.is_lean(level) {
                true => self.lean_template(c, level, list, message)?.map(|shape| (shape, NONE)),
                false => self.template(c, level, list, message)?,
            };
            let Some((shape, order)) = template else {
                return Some((at, last));
            };
            at = next.map_or(at, |f| f.end);
            let begin = self.begin_message::<C>(tag, level, out);
            self.content(c, level, shape, order, message.unwrap_or(&[]), out)?;
            self.end_message::<C>(level, begin, out);
            if out.len() > self.max_len || c.overrun() {
                return None;
            }
            if level == Level::Span {
                self.spans += 1;
                self.end_of_span(c, out)?;
            }
            // A renewed model knows no shapes: go on as at the beginning.
            list = match self.followers(level, shape) {
                Some(followers) => followers,
                None => self.first_list(c, level),
            };
            last = shape;
        }
    }

    /// Codes one message of which it is clear that it comes.
    pub(super) fn single<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let list = self.first_list(c, level);
        let (shape, order) = self.template(c, level, list, C::ENCODES.then_some(message))??;
        self.content(c, level, shape, order, message, out)
    }

    /// What may follow a message of this shape.
    pub(super) fn followers(&self, level: Level, shape: u32) -> Option<Choice> {
        match self.is_lean(level) {
            true => self.lean_followers(shape),
            false => self.templates.shapes.get(shape as usize).map(|shape| shape.followers),
        }
    }

    pub(super) fn first_list<C: Coder>(&mut self, c: &mut C, level: Level) -> Choice {
        if self.is_lean(level) {
            return self.lean_first(c, level);
        }
        let templates = &mut self.templates;
        *templates.first[level as usize].get_or_insert_with(|| templates.followers.list(c.contexts()))
    }

    /// Codes the shape and the order of the next message, or nothing if the run ends here.
    pub(super) fn template<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        list: Choice,
        message: Option<&[u8]>,
    ) -> Option<Option<(u32, u32)>> {
        let wanted = if C::ENCODES { message.map(|message| self.recognise(level, message)) } else { None };
        let item = match wanted {
            None => Some(END),
            Some(Wanted { shape: Some(shape), order, .. }) => self.follows(shape, order).then_some(shape),
            Some(_) => None,
        };
        let order = wanted.and_then(|wanted| wanted.order);
        let found = match self.templates.followers.code(c, list, item) {
            Some(END) => None,
            Some(shape) => {
                let Shape { set, orders, .. } = *self.templates.shapes.get(shape as usize)?;
                c.account(|ledger| self.note_name(ledger, level, self.name_of(shape)));
                let order = match self.templates.set_orders.only(orders) {
                    Some(only) => only,
                    None => self.order(c, level, set, order)?,
                };
                Some((shape, order))
            }
            None => {
                let found = self.explicit_template(c, level, wanted, message)?;
                let item = found.map_or(END, |(shape, _)| shape);
                if !self.templates.followers.contains(list, item) {
                    self.templates.followers.add(c.contexts(), list, item);
                }
                found
            }
        };
        if let (Some((shape, order)), false) = (found, self.recognised)
            && C::ENCODES
        {
            self.remember(level, shape, order, message.unwrap_or(&[]));
        }
        Some(found)
    }

    /// Whether the order can be told once the shape is: the only one of its set, or one of many.
    fn follows(&self, shape: u32, order: Option<u32>) -> bool {
        let only = self.templates.set_orders.only(self.templates.shapes[shape as usize].orders);
        only.is_none() || order == only
    }

    /// Codes an order of a set: one of those seen, or field by field. A new order that is not worth
    /// keeping has no number; its places are those of [`Model::places`] for this level.
    fn order<C: Coder>(&mut self, c: &mut C, level: Level, set: u32, order: Option<u32>) -> Option<u32> {
        let list = self.templates.sets[set as usize].orders;
        if let Some(order) = self.templates.set_orders.code(c, list, order) {
            return Some(order);
        }
        self.new_order(c, level, set)
    }

    #[inline(never)]
    fn new_order<C: Coder>(&mut self, c: &mut C, level: Level, set: u32) -> Option<u32> {
        let mut places = std::mem::take(&mut self.places[level as usize]);
        let done = self.arrangement(c, set, &self.wanted_places, &mut places);
        self.places[level as usize] = places;
        done?;
        let places = &self.places[level as usize];
        Some(self.templates.add_order(c.contexts(), set, places).unwrap_or(NONE))
    }

    /// Codes family, set of fields and so shape, and the order, from scratch.
    #[inline(never)]
    fn explicit_template<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        wanted: Option<Wanted>,
        message: Option<&[u8]>,
    ) -> Option<Option<(u32, u32)>> {
        let Some(family) = self.family(c, level, wanted, message)? else {
            return Some(None);
        };
        let set = wanted.and_then(|wanted| wanted.set);
        let list = self.templates.families[family as usize].sets;
        let (set, order) = match self.templates.family_sets.code(c, list, set) {
            Some(set) => (set, None),
            None => {
                let (set, order) = self.set(c, level, set, message)?;
                if !self.templates.family_sets.contains(list, set) {
                    self.templates.family_sets.add(c.contexts(), list, set);
                }
                (set, order)
            }
        };
        let shape = self.shape(c, level, family, set)?;
        let order = match order {
            Some(order) => order,
            None => self.order(c, level, set, wanted.and_then(|wanted| wanted.order))?,
        };
        Some(Some((shape, order)))
    }

    /// Codes a family, or that there is no message.
    fn family<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        wanted: Option<Wanted>,
        message: Option<&[u8]>,
    ) -> Option<Option<u32>> {
        let how = match wanted.map(|wanted| wanted.family) {
            None => EXPLICIT_END,
            Some(FamilyWanted::New) => EXPLICIT_NEW,
            Some(FamilyWanted::Known(NAMELESS)) => EXPLICIT_NAMELESS,
            Some(FamilyWanted::Known(_)) => EXPLICIT_KNOWN,
        };
        match c.symbol(self.roots.explicit.at(level as u32), how) {
            EXPLICIT_END => Some(None),
            EXPLICIT_NAMELESS => Some(Some(NAMELESS)),
            EXPLICIT_NEW => {
                let name = self.scans[level as usize].parts[Role::Name as usize];
                let raw = message.map_or(&[][..], |m| self.scans[level as usize].tokens()[name as usize].raw(m));
                // A damaged frame may name what has no name.
                let name_key = Some(self.name_keys[level as usize]).filter(|key| *key != NONE)?;
                let name = self.value(c, name_key, raw)?;
                Some(Some(self.templates.add_family(c.contexts(), level, name)))
            }
            EXPLICIT_KNOWN => {
                let count = self.templates.families.len() as u32;
                let family = match wanted {
                    Some(Wanted { family: FamilyWanted::Known(family), .. }) => family,
                    _ => 0,
                };
                c.account(|ledger| self.open_name(ledger, level));
                let age = self.roots.family.code(c, count.wrapping_sub(family + 1) as u64);
                let family = count.checked_sub(u32::try_from(age).ok()?.checked_add(1)?)?;
                c.account(|ledger| self.close_name(ledger, self.templates.families[family as usize].name));
                (family != NAMELESS).then_some(Some(family))
            }
            _ => None,
        }
    }

    /// Codes a set of fields that was not predicted: by its number, or field by field, which gives its
    /// first order too.
    fn set<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        set: Option<u32>,
        message: Option<&[u8]>,
    ) -> Option<(u32, Option<u32>)> {
        let count = self.templates.sets.len() as u32;
        if c.symbol(self.roots.set_known, set.is_some() as u32) == 0 {
            let (set, order) = self.new_set(c, level, message)?;
            return Some((set, Some(order)));
        }
        let age = self.roots.set.code(c, count.wrapping_sub(set.unwrap_or(0) + 1) as u64);
        Some((count.checked_sub(u32::try_from(age).ok()?.checked_add(1)?)?, None))
    }

    /// The shape of a family and a set of fields, made if need be.
    fn shape<C: Coder>(&mut self, c: &mut C, level: Level, family: u32, set: u32) -> Option<u32> {
        // A damaged frame may name a set of another level, or one that does not go with the family.
        let named = self.templates.has(set, Role::Name);
        if self.templates.sets[set as usize].level != level || named != (family != NAMELESS) {
            return None;
        }
        if let Some(shape) = self.templates.find_shape(family, set) {
            return Some(shape);
        }
        let (keys, strings) = (&self.keys, &self.strings);
        let last_of = |key: u32| {
            let key = keys.get(key);
            match key.last {
                NONE => (NONE, 0, 0, key.place),
                last => (last, strings.entry(last).offset, strings.entry(last).len, key.place),
            }
        };
        let shape = self.templates.add_shape(c.contexts(), level, family, set, last_of);
        self.check(c, &[])?;
        Some(shape)
    }

    /// Codes a set of fields, one by one in the order of the message.
    fn new_set<C: Coder>(&mut self, c: &mut C, level: Level, message: Option<&[u8]>) -> Option<(u32, u32)> {
        let mut kinds = Vec::with_capacity(self.wanted_kinds.len());
        let mut before = None;
        loop {
            let kind = self.wanted_kinds.get(kinds.len()).copied().unwrap_or(END);
            let parts = match (message, self.scans[level as usize].tokens().get(kinds.len())) {
                (Some(message), Some(token)) if C::ENCODES && kind == NONE => {
                    Some(attribute::split(token.raw(message), token.role == Role::Attribute).0)
                }
                _ => None,
            };
            // A key that is new twice in one message is new only the first time.
            let kind = match parts.and_then(|parts| self.keys.find(level, &parts)) {
                Some(key) => kind_of_key(key),
                None => kind,
            };
            let known = self.keys.len();
            let kind = self.kind(c, level, before, kind, parts)?;
            if kind == END {
                break;
            }
            let single = Role::PART.get(kind as usize).is_some_and(|part| !part.is_run());
            let twice = single && kinds.contains(&kind);
            if twice || kinds.len() > crate::limits::MAX_FIELDS {
                return None;
            }
            // Only a key that is new weighs much.
            if self.keys.len() > known {
                self.check(c, &[])?;
            }
            kinds.push(kind);
            before = Some(kind);
        }
        let (places, sorted) = arrange(&kinds);
        // A damaged frame may give a set anew; the first one of it counts.
        let set = match self.templates.find_set(level, &sorted) {
            Some(set) => set,
            None => self.templates.add_set(c.contexts(), level, &sorted),
        };
        let order = self.templates.add_order(c.contexts(), set, &places)?;
        Some((set, order))
    }

    pub(super) fn kind<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        before: Option<u32>,
        kind: u32,
        parts: Option<attribute::KeyParts<'_>>,
    ) -> Option<u32> {
        let history = self.history.grow();
        let start = history.len();
        let roots = &self.value_roots;
        let kind = self.keys.code_kind(c, &mut self.text, history, roots, level, before, kind, parts, self.room)?;
        self.room = self.room.checked_sub(self.history.len() - start)?;
        let fits = kind >= PARTS as u32 || otlp::TAGS[level as usize][kind as usize] != 0;
        fits.then_some(kind)
    }

    /// Codes the parts and the slots of a message, and puts it together in a decoder.
    pub(super) fn content<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        shape: u32,
        order: u32,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        if self.is_lean(level) {
            return self.lean_content(c, level, shape, message, out);
        }
        let kind = self.kind_of(shape);
        let mut parts = if C::ENCODES { self.parts_of(level, message) } else { Parts::default() };
        c.column(if level == Level::Event { Column::Times } else { Column::Ids });
        match level {
            Level::Span => self.span_parts(c, kind, &mut parts)?,
            Level::Event => self.event_parts(c, kind, &mut parts),
            Level::Link => self.link_parts(c, kind, &mut parts)?,
            _ => {}
        }
        c.column(Column::Structure);
        self.slots(c, shape, message)?;
        c.column(Column::Structure);
        if level == Level::Span {
            self.note_draw(shape, &parts);
        }
        if !C::ENCODES {
            self.put_together(c, level, (shape, order), &parts, out)
        } else if self.templates.has_runs(shape) {
            self.encode_runs(c, level, shape, message)
        } else {
            Some(())
        }
    }

    /// Notes that the id of a span waits, if it does.
    #[inline]
    pub(super) fn note_draw(&mut self, shape: u32, parts: &Parts) {
        if self.ids.postpone == Postpone::All {
            let [_, own, parent] = parts.known;
            self.ids.note_draw(own, parent, self.thread_of(shape));
        }
    }

    /// The hash of what the last span of a shape says of its thread; 0 if it says nothing.
    #[inline(never)]
    fn thread_of(&self, shape: u32) -> u64 {
        let Some(key) = self.keys.thread() else { return 0 };
        if self.is_lean(Level::Span) {
            return self.lean_field_of(shape, key).map_or(0, xxh3_64);
        }
        let slots = self.templates.slots_of(shape).iter().map(|slot| &self.templates.slots[*slot as usize]);
        let thread = slots.into_iter().find(|slot| slot.key == key && slot.last != NONE);
        thread.map_or(0, |slot| xxh3_64(self.strings.get(slot.last)))
    }

    /// Codes the runs of a message that is encoded; their tokens are about to be overwritten.
    #[inline(never)]
    pub(super) fn encode_runs<C: Coder>(&mut self, c: &mut C, level: Level, shape: u32, message: &[u8]) -> Option<()> {
        let tokens = self.scans[level as usize].tokens().iter();
        let runs: Vec<_> = tokens.filter(|token| token.role.is_run()).copied().collect();
        for token in runs {
            self.child_run(c, level, shape, token.role, token.raw(message), &mut Vec::new())?;
        }
        Some(())
    }

    pub(super) fn child_run<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        shape: u32,
        part: Role,
        run: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let list = match self.is_lean(level) {
            true => self.lean_children(c, shape, part),
            false => self.templates.children(c.contexts(), shape, part),
        };
        let child = if part == Role::Events { Level::Event } else { Level::Link };
        self.run(c, child, otlp::tag(level, part), list, run, out)?;
        Some(())
    }
}
