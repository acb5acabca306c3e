//! One message that is coded by templates: a span, an event, a link, a resource or a scope.

use super::Model;
use super::delta::Anchor;
use super::keys::{END, Keys, NONE, kind_of_key};
use super::scan::Scan;
use super::template::{CHUNK, NAMELESS, Place, Shape, arrange};
use crate::coder::{Choice, Coder, Column};
use crate::wire::attribute;
use crate::wire::field;
use crate::wire::otlp::{self, Level, PARTS, Role};
use crate::wire::varint;

/// Families that are made for every new name; later ones only for names that come a second time.
const EAGER_FAMILIES: usize = 512;
/// Most families.
const MAX_FAMILIES: usize = 4096;

/// What a message has besides its fields' values.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    trace: (u64, u64),
    own: u64,
    parent: u64,
    start: i64,
    end: i64,
}

/// What an encoder has recognised in a message.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    family: FamilyWanted,
    set: Option<u32>,
    shape: Option<u32>,
    /// One of those of the set; if there is none, the fields stand as in [`Model::wanted_places`].
    order: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FamilyWanted {
    Known(u32),
    New,
}

/// How a template that was not predicted is given.
const EXPLICIT_END: u32 = 0;
const EXPLICIT_KNOWN: u32 = 1;
const EXPLICIT_NEW: u32 = 2;
const EXPLICIT_NAMELESS: u32 = 3;

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
            let Some((shape, order)) = self.template(c, level, list, message)? else {
                return Some((at, last));
            };
            at = next.map_or(at, |f| f.end);
            let begin = begin_message::<C>(tag, level, out);
            self.content(c, level, shape, order, message.unwrap_or(&[]), out)?;
            end_message::<C>(begin, out);
            if level == Level::Span {
                self.spans += 1;
                self.end_of_span(c)?;
            }
            if out.len() > self.max_len || c.overrun() {
                return None;
            }
            // A renewed model knows no shapes: go on as at the beginning.
            list = match self.templates.shapes.get(shape as usize) {
                Some(shape) => shape.followers,
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

    pub(super) fn first_list<C: Coder>(&mut self, c: &mut C, level: Level) -> Choice {
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
                let set = self.templates.shapes.get(shape as usize)?.set;
                let list = self.templates.sets[set as usize].orders;
                let order = match self.templates.set_orders.only(list) {
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
        let set = self.templates.shapes[shape as usize].set;
        match self.templates.set_orders.only(self.templates.sets[set as usize].orders) {
            Some(only) => order == Some(only),
            None => true,
        }
    }

    /// Codes an order of a set: one of those seen, or field by field. A new order that is not worth
    /// keeping has no number; its places are those of [`Model::places`] for this level.
    fn order<C: Coder>(&mut self, c: &mut C, level: Level, set: u32, order: Option<u32>) -> Option<u32> {
        let list = self.templates.sets[set as usize].orders;
        if let Some(order) = self.templates.set_orders.code(c, list, order) {
            return Some(order);
        }
        let mut places = std::mem::take(&mut self.places[level as usize]);
        let done = self.arrangement(c, set, &self.wanted_places, &mut places);
        self.places[level as usize] = places;
        done?;
        let places = &self.places[level as usize];
        Some(self.templates.add_order(c.contexts(), set, places).unwrap_or(NONE))
    }

    /// Codes family, set of fields and so shape, and the order, from scratch.
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
                let raw = message.map_or(&[][..], |m| self.scans[level as usize].tokens[name as usize].raw(m));
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
                let age = self.roots.family.code(c, count.wrapping_sub(family + 1) as u64);
                let family = count.checked_sub(u32::try_from(age).ok()?.checked_add(1)?)?;
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
        Some(self.templates.add_shape(c.contexts(), level, family, set, last_of))
    }

    /// Codes a set of fields, one by one in the order of the message.
    fn new_set<C: Coder>(&mut self, c: &mut C, level: Level, message: Option<&[u8]>) -> Option<(u32, u32)> {
        let mut kinds = Vec::new();
        let mut before = None;
        loop {
            let kind = self.wanted_kinds.get(kinds.len()).copied().unwrap_or(END);
            let parts = match (message, self.scans[level as usize].tokens.get(kinds.len())) {
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
            let kind = self.kind(c, level, before, kind, parts)?;
            if kind == END {
                break;
            }
            let twice = kind < PARTS as u32 && kinds.contains(&kind) && !is_run(kind);
            if twice || kinds.len() > crate::limits::MAX_FIELDS || c.overrun() {
                return None;
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
        let history = &mut self.history;
        let start = history.len();
        let roots = &self.value_roots;
        let kind = self.keys.code_kind(c, &mut self.text, history, roots, level, before, kind, parts, self.room)?;
        self.room = self.room.checked_sub(self.history.len() - start)?;
        let fits = kind >= PARTS as u32 || otlp::tag(level, Role::PART[kind as usize]) != 0;
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
        let mut parts = if C::ENCODES { self.parts_of(level, message) } else { Parts::default() };
        c.column(if level == Level::Event { Column::Times } else { Column::Ids });
        match level {
            Level::Span => self.span_parts(c, shape, &mut parts)?,
            Level::Event => self.event_parts(c, shape, &mut parts),
            Level::Link => self.link_parts(c, shape, &mut parts)?,
            _ => {}
        }
        c.column(Column::Structure);
        self.slots(c, shape, message)?;
        c.column(Column::Structure);
        if !C::ENCODES {
            self.put_together(c, level, (shape, order), &parts, out)
        } else if self.templates.has_runs(shape) {
            self.encode_runs(c, level, shape, message)
        } else {
            Some(())
        }
    }

    /// Reads the parts of a message that is to be encoded.
    fn parts_of(&self, level: Level, message: &[u8]) -> Parts {
        let scan = &self.scans[level as usize];
        let body = |part: Role| match scan.parts[part as usize] {
            NONE => None,
            token => Some(scan.tokens[token as usize].body(message)),
        };
        let id = |part| body(part).and_then(|body| body.first_chunk()).map_or(0, |id| u64::from_be_bytes(*id));
        let time = |part| body(part).and_then(|body| body.first_chunk()).map_or(0, |time| i64::from_le_bytes(*time));
        let low = body(Role::TraceId).and_then(|body| body.last_chunk()).map_or(0, |id| u64::from_be_bytes(*id));
        Parts {
            trace: (id(Role::TraceId), low),
            own: id(Role::SpanId),
            parent: id(Role::ParentId),
            start: time(Role::Start),
            end: time(Role::End),
        }
    }

    /// Codes which trace a span belongs to, which span it is, what its parent is, and when it was.
    fn span_parts<C: Coder>(&mut self, c: &mut C, shape: u32, parts: &mut Parts) -> Option<()> {
        let flags = self.templates.part_flags(shape);
        let has = |part: Role| flags >> part as u32 & 1 != 0;
        let Shape { trace: trace_ctx, own: own_ctx, parent: parent_ctx, times, .. } =
            self.templates.shapes[shape as usize];
        let times = times as usize;
        let end = if has(Role::End) { parts.end } else { parts.start };
        let timed = has(Role::Start) || has(Role::End);
        let mut refit = C::ENCODES && timed && !self.templates.times[times].suit(parts.start, end);
        let (mut trace, mut own, mut parent, mut is_new) = (NONE, NONE, NONE, true);
        if has(Role::TraceId) {
            (trace, is_new, refit) = self.ids.code_trace(c, trace_ctx, parts.trace, refit)?;
            parts.trace = self.ids.trace_id(trace);
            if has(Role::SpanId) {
                own = self.ids.code_own(c, own_ctx, trace, parts.own)?;
                parts.own = self.ids.own_id(own);
            }
            if has(Role::ParentId) {
                parent = self.ids.code_parent(c, parent_ctx, trace, parts.parent)?;
                parts.parent = self.ids.own_id(parent);
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
        self.own.set(parts.trace, parts.own);
        self.trace = trace;
        c.column(Column::Times);
        if refit {
            self.templates.times[times].code_units(c, &self.time_roots, parts.start, end);
        }
        if has(Role::Start) {
            let from = self.start_anchor(trace, own, parent, is_new);
            parts.start = self.templates.times[times].code_start(c, &mut self.time_roots, from, parts.start);
        }
        if has(Role::End) {
            let from = match self.ids.node(own) {
                Some(node) if node.children => (Anchor::Child, node.child_end),
                _ => (Anchor::Trace, parts.start),
            };
            parts.end = self.templates.times[times].code_end(c, &mut self.time_roots, from, parts.start, parts.end);
        }
        let end = if has(Role::End) { parts.end } else { parts.start };
        self.ids.note_times(own, parent, parts.start, end);
        if trace != NONE {
            self.ids.set_trace_start(trace, parts.start);
        }
        self.last_start = parts.start;
        self.last_event = None;
        Some(())
    }

    /// What a span's start is measured from: the nearest relation that is known.
    fn start_anchor(&self, trace: u32, own: u32, parent: u32, is_new: bool) -> (Anchor, i64) {
        if !self.config.deltas {
            return (Anchor::Other, 0);
        }
        if let Some(node) = self.ids.node(own).filter(|node| node.children) {
            return (Anchor::Child, node.child_start);
        }
        match self.ids.node(parent) {
            Some(node) if node.children => return (Anchor::Sibling, node.sibling_end),
            Some(node) if self.ids.is_seen(parent) => return (Anchor::Parent, node.start),
            _ => {}
        }
        if is_new { (Anchor::Other, self.last_start) } else { (Anchor::Trace, self.ids.trace_start(trace)) }
    }

    /// Codes an event's time: after the event before, or after the start of its span.
    fn event_parts<C: Coder>(&mut self, c: &mut C, shape: u32, parts: &mut Parts) {
        if self.templates.part_flags(shape) >> Role::Start as u32 & 1 == 0 {
            return;
        }
        let times = &mut self.templates.times[self.templates.shapes[shape as usize].times as usize];
        let refit = C::ENCODES && !times.start.suits(parts.start);
        if c.symbol(self.time_roots.suits, refit as u32) != 0 {
            times.code_units(c, &self.time_roots, parts.start, parts.start);
        }
        let from = match self.last_event {
            _ if !self.config.deltas => (Anchor::Other, 0),
            Some(time) => (Anchor::Sibling, time),
            None => (Anchor::Parent, self.last_start),
        };
        parts.start = times.code_start(c, &mut self.time_roots, from, parts.start);
        self.last_event = Some(parts.start);
    }

    fn link_parts<C: Coder>(&mut self, c: &mut C, shape: u32, parts: &mut Parts) -> Option<()> {
        let flags = self.templates.part_flags(shape);
        let has = |part: Role| flags >> part as u32 & 1 != 0;
        if has(Role::TraceId) && has(Role::SpanId) {
            (parts.trace, parts.own) = self.ids.code_link(c, parts.trace, parts.own)?;
        } else if has(Role::TraceId) {
            parts.trace = (c.word(parts.trace.0), c.word(parts.trace.1));
        } else if has(Role::SpanId) {
            parts.own = c.word(parts.own);
        }
        Some(())
    }

    /// Codes the runs of a message that is encoded; their tokens are about to be overwritten.
    fn encode_runs<C: Coder>(&mut self, c: &mut C, level: Level, shape: u32, message: &[u8]) -> Option<()> {
        let tokens = self.scans[level as usize].tokens.iter();
        let runs: Vec<_> = tokens.filter(|token| is_run(token.role as u32)).copied().collect();
        for token in runs {
            self.child_run(c, level, shape, token.role, token.raw(message), &mut Vec::new())?;
        }
        Some(())
    }

    fn child_run<C: Coder>(
        &mut self,
        c: &mut C,
        level: Level,
        shape: u32,
        part: Role,
        run: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let list = self.templates.children(c.contexts(), shape, part);
        let child = if part == Role::Events { Level::Event } else { Level::Link };
        self.run(c, child, otlp::tag(level, part), list, run, out)?;
        Some(())
    }

    /// Writes a message that is decoded, field by field, and decodes its runs on the way.
    fn put_together<C: Coder>(
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

    /// Takes a message apart and looks up its template: by its fields in their order, then by its
    /// fields in any order, then field by field.
    fn recognise(&mut self, level: Level, message: &[u8]) -> Wanted {
        let mut scan = std::mem::take(&mut self.scans[level as usize]);
        scan.read(level, message);
        scan.signature ^= self.generation;
        scan.set_signature ^= self.generation;
        let entry = self.seen[slot_of(scan.signature, SEEN)];
        self.recognised = true;
        let known = if entry.signature == scan.signature && self.matches(&scan, entry.shape, entry.order, message) {
            Some((entry.shape, Some(entry.order)))
        } else {
            self.rearranged(&scan, message)
        };
        let wanted = match known {
            Some((shape, order)) => {
                let family = FamilyWanted::Known(self.templates.shapes[shape as usize].family);
                Wanted { family, set: Some(self.templates.shapes[shape as usize].set), shape: Some(shape), order }
            }
            None => {
                self.recognised = false;
                self.resolve(&scan, level, message)
            }
        };
        self.scans[level as usize] = scan;
        wanted
    }

    /// Whether a message has this template, going by its bytes; notes which of its slots differ.
    fn matches(&mut self, scan: &Scan, shape: u32, order: u32, message: &[u8]) -> bool {
        self.templates.places(order).len() == scan.tokens.len() && self.compare(scan, shape, Some(order), message, true)
    }

    /// The shape of a message whose fields are known but not in this order, and its order if that is
    /// known too; [`Model::wanted_places`] in any case.
    fn rearranged(&mut self, scan: &Scan, message: &[u8]) -> Option<(u32, Option<u32>)> {
        let entry = self.seen_sets[slot_of(scan.set_signature, SEEN_SETS)];
        if entry.signature != scan.set_signature {
            return None;
        }
        let hashes =
            &self.set_hashes[entry.hashes as usize..entry.hashes as usize + self.templates.slots_of(entry.shape).len()];
        arrange_like(scan, hashes, &mut self.wanted_places)?;
        let set = self.templates.shapes[entry.shape as usize].set;
        // The compare below goes by these places, so what they say of parts is not checked there.
        if !self.templates.has_parts(set, &self.wanted_places) || !self.compare(scan, entry.shape, None, message, true)
        {
            return None;
        }
        let order = self.templates.find_order(set, &self.wanted_places);
        if let Some(order) = order {
            let signature = scan.signature;
            self.seen[slot_of(signature, SEEN)] = Seen { signature, shape: entry.shape, order };
        }
        Some((entry.shape, order))
    }

    /// Notes which slots differ from their last value, in `order` or as in [`Model::wanted_places`].
    /// Returns false if the template turns out not to be the message's, which can only be if `verify`
    /// was asked for.
    fn compare(&mut self, scan: &Scan, shape: u32, order: Option<u32>, message: &[u8], verify: bool) -> bool {
        let slots = self.templates.slots_of(shape);
        self.differs.clear();
        self.differs.resize(slots.len().div_ceil(CHUNK), 0);
        if self.slot_tokens.len() < slots.len() {
            self.slot_tokens.resize(slots.len(), 0);
            self.slot_values.resize(slots.len(), 0);
        }
        let places = match order {
            Some(order) => self.templates.places(order),
            None => &self.wanted_places,
        };
        let arena = &self.strings.arena[..];
        for (at, (&place, token)) in places.iter().zip(&scan.tokens).enumerate() {
            if (place as usize) < PARTS {
                if token.role as u16 != place {
                    return false;
                }
                continue;
            }
            let index = place as usize - PARTS;
            let slot = &self.templates.slots[slots[index] as usize];
            self.slot_tokens[index] = at as u32;
            let raw = token.raw(message);
            let last = &arena[slot.offset as usize..slot.offset as usize + slot.len as usize];
            if !same(raw, last) {
                self.differs[index / CHUNK] |= 1 << (index % CHUNK);
                let found = self.strings.find(slot.key, raw);
                self.slot_values[index] = found.unwrap_or(NONE);
                // What was coded under the key before has the key.
                if verify && found.is_none() && !has_key(&self.keys, raw, token.role, slot.key) {
                    return false;
                }
            }
        }
        if verify && scan.parts[Role::Name as usize] != NONE {
            let name = scan.tokens[scan.parts[Role::Name as usize] as usize].raw(message);
            let family = self.templates.shapes[shape as usize].family;
            return self.strings.get(self.templates.families[family as usize].name) == name;
        }
        true
    }

    /// Finds out kind by kind what a message is.
    fn resolve(&mut self, scan: &Scan, level: Level, message: &[u8]) -> Wanted {
        let name_key = self.name_keys[level as usize];
        let family = match scan.parts[Role::Name as usize] {
            NONE => FamilyWanted::Known(NAMELESS),
            name => self.family_of(level, name_key, scan.tokens[name as usize].raw(message)),
        };
        let keys = &self.keys;
        let kind_of = |token: &super::scan::Token| match token.role {
            Role::Name if family == FamilyWanted::Known(NAMELESS) => kind_of_key(name_key),
            Role::Attribute | Role::Plain => {
                let (parts, _) = attribute::split(token.raw(message), token.role == Role::Attribute);
                keys.find(level, &parts).map_or(NONE, kind_of_key)
            }
            part => part as u32,
        };
        self.wanted_kinds.clear();
        self.wanted_kinds.extend(scan.tokens.iter().map(kind_of));
        let (places, sorted) = arrange(&self.wanted_kinds);
        self.wanted_places = places;
        let set = self.templates.find_set(level, &sorted);
        let order = set.and_then(|set| self.templates.find_order(set, &self.wanted_places));
        let shape = match (family, set) {
            (FamilyWanted::Known(family), Some(set)) => self.templates.find_shape(family, set),
            _ => None,
        };
        Wanted { family, set, shape, order }
    }

    fn family_of(&self, level: Level, name_key: u32, raw: &[u8]) -> FamilyWanted {
        let name = self.strings.find(name_key, raw);
        if let Some(family) = name.and_then(|name| self.templates.find_family(level, name)) {
            return FamilyWanted::Known(family);
        }
        let count = self.templates.families.len();
        if count < EAGER_FAMILIES || (name.is_some() && count < MAX_FAMILIES) {
            FamilyWanted::New
        } else {
            FamilyWanted::Known(NAMELESS)
        }
    }

    /// Notes the template of a message that was not recognised by its signature.
    fn remember(&mut self, level: Level, shape: u32, order: u32, message: &[u8]) {
        let scan = std::mem::take(&mut self.scans[level as usize]);
        let known = Some(order).filter(|order| *order != NONE);
        self.compare(&scan, shape, known, message, false);
        // A nameless message may be one whose name deserves a family the next time.
        if self.templates.shapes[shape as usize].family != NAMELESS || scan.parts[Role::Name as usize] == NONE {
            if let Some(order) = known {
                let signature = scan.signature;
                self.seen[slot_of(signature, SEEN)] = Seen { signature, shape, order };
            }
            let hashes = self.set_hashes.len() as u32;
            let tokens = self.slot_tokens[..self.templates.slots_of(shape).len()].iter();
            self.set_hashes.extend(tokens.map(|token| scan.tokens[*token as usize].hash));
            let signature = scan.set_signature;
            self.seen_sets[slot_of(signature, SEEN_SETS)] = SeenSet { signature, shape, hashes };
        }
        self.scans[level as usize] = scan;
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

/// Whether a field has this key.
fn has_key(keys: &Keys, raw: &[u8], role: Role, key: u32) -> bool {
    matches!(role, Role::Attribute | Role::Plain) && keys.parts(key) == attribute::split(raw, role == Role::Attribute).0
}

/// Whether two fields are the same; most have between 8 and 64 bytes.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if let (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) =
        (a.first_chunk::<16>(), b.first_chunk::<16>(), a.last_chunk::<16>(), b.last_chunk::<16>())
    {
        // Values differ at their ends more often than keys do in the middle.
        return u128::from_ne_bytes(*a_last) == u128::from_ne_bytes(*b_last)
            && u128::from_ne_bytes(*a_first) == u128::from_ne_bytes(*b_first)
            && (a.len() <= 32 || a[16..a.len() - 16] == b[16..b.len() - 16]);
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>(), a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) => a_first == b_first && a_last == b_last,
        _ => a == b,
    }
}

/// Finds the slot of every token by its hash. Nothing comes back if that is not plain.
fn arrange_like(scan: &Scan, hashes: &[u32], places: &mut Vec<Place>) -> Option<()> {
    places.clear();
    let mut used = 0u64;
    let mut next = 0;
    for token in &scan.tokens {
        if (token.role as usize) < PARTS {
            places.push(token.role as Place);
            continue;
        }
        // Mostly it is the slot after the last one.
        let found = (next..hashes.len()).chain(0..next).find(|at| hashes[*at] == token.hash)?;
        if found >= CHUNK || used >> found & 1 != 0 {
            return None;
        }
        used |= 1 << found;
        places.push((found + PARTS) as Place);
        next = found + 1;
    }
    (used.count_ones() as usize == hashes.len()).then_some(())
}

/// The high bits of a product depend on all of its factor's bits.
fn slot_of(signature: u64, slots: usize) -> usize {
    (signature >> 40) as usize % slots
}

/// Templates that an encoder finds by signature, in order and in any order.
pub(super) const SEEN: usize = 4096;
pub(super) const SEEN_SETS: usize = 1024;

/// A template that an encoder has seen under a signature.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    signature: u64,
    shape: u32,
    order: u32,
}

/// A shape that an encoder has seen under a signature, and the hashes of its slots' keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SeenSet {
    signature: u64,
    shape: u32,
    hashes: u32,
}

fn is_run(kind: u32) -> bool {
    kind == Role::Events as u32 || kind == Role::Links as u32
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
