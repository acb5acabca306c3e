//! Keys: what identifies a field within its message, and what is known of its values.

use super::index::{Index, hash_bytes, mix};
use super::text::Text;
use super::value::{NumberState, ValueRoots};
use super::weight;
use crate::coder::{Choice, Choices, Coder, Contexts, Ctx, Number};
use crate::restore::{Tracked, restore};
use crate::wire::attribute::{Form, KeyParts, Type};
use crate::wire::otlp::{LEVELS, Level, PARTS};

/// No key, string, slot …
pub(crate) const NONE: u32 = u32::MAX;
/// End of a list of kinds.
pub(super) const END: u32 = u32::MAX - 1;

/// The attribute by which a span tells its thread (OpenTelemetry semantic conventions).
const THREAD: &[u8] = b"thread.id";

/// A field of a message, as templates see it: one of the parts with a model of their own
/// ([`Role`](crate::wire::otlp::Role)), or a key, numbered after the parts.
pub(super) const fn kind_of_key(key: u32) -> u32 {
    key + PARTS as u32
}

/// Contexts of a key: [`Key::place`], [`Key::source`], [`Key::known`] and [`Key::class`], in a row.
pub(super) const KEY_CONTEXTS: usize = 4;

/// One key with its statistics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub level: Level,
    pub form: Form,
    pub of: Type,
    pub tag: u32,
    name: (u32, u32),
    /// The value coded last, whatever the message.
    pub last: u32,
    /// Where its last new text begins in the arena.
    pub text_at: Option<u32>,
    pub number: NumberState,
    /// Which value of those known.
    pub place: Ctx,
    pub older: Option<Number>,
    /// Which source, when a set of sources is coded one by one.
    pub source: Ctx,
    /// Known or new, outside of slots.
    pub known: Ctx,
    /// How a new string is coded.
    pub class: Ctx,
    /// The last pattern of its strings.
    pub pattern: u32,
    /// Which field follows this one.
    next: Option<Choice>,
}

/// All keys.
#[derive(Debug)]
pub(super) struct Keys {
    keys: Tracked<Key>,
    names: Tracked<u8>,
    /// Of each key, its values as they came. Not in [`Key`], so that the lists' memory is kept.
    pub values: Vec<Tracked<u32>>,
    /// The first one by which spans tell their thread.
    thread: u32,
    index: Index,
    /// Which field follows which.
    followers: Choices<u32>,
    after_part: [Option<Choice>; PARTS],
    first: [Option<Choice>; LEVELS],
    roots: KeyRoots,
}

restore!(Keys { keys, names, values, index, followers; copy after_part, first, thread, roots });

#[derive(Clone, Copy, Debug)]
struct KeyRoots {
    explicit: Ctx,
    form: Ctx,
    of: Ctx,
    tag: Number,
    older: Number,
}

const EXPLICIT_KNOWN: u32 = 0;
const EXPLICIT_NEW: u32 = 1;
const EXPLICIT_END: u32 = 2;
const EXPLICIT_PART: u32 = 3;

impl Keys {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Keys {
            keys: Tracked::default(),
            names: Tracked::default(),
            values: Vec::new(),
            thread: NONE,
            index: Index::default(),
            followers: Choices::new(contexts),
            after_part: [None; PARTS],
            first: [None; LEVELS],
            roots: KeyRoots::new(contexts),
        }
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.keys.clear();
        self.names.clear();
        self.thread = NONE;
        self.index.clear();
        self.followers.clear(contexts);
        self.after_part = [None; PARTS];
        self.first = [None; LEVELS];
        self.roots = KeyRoots::new(contexts);
    }

    /// Bytes held but for the lists of values, which the string table answers for.
    pub(super) fn weight(&self) -> usize {
        self.keys.len() * weight::KEY + self.names.len() + self.followers.pages() * weight::PAGE
    }

    pub(super) fn len(&self) -> u32 {
        self.keys.len() as u32
    }

    #[inline(always)]
    pub(super) fn get(&self, key: u32) -> &Key {
        &self.keys[key as usize]
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, key: u32) -> &mut Key {
        &mut self.keys[key as usize]
    }

    /// The key's parts, for taking apart and putting together its fields.
    pub(super) fn parts(&self, key: u32) -> KeyParts<'_> {
        let Key { form, of, tag, name: (at, len), .. } = *self.get(key);
        KeyParts { form, of, tag, name: &self.names[at as usize..at as usize + len as usize] }
    }

    pub(super) fn find(&self, level: Level, parts: &KeyParts<'_>) -> Option<u32> {
        self.index.find(hash_key(level, parts), |key| self.get(key).level == level && self.parts(key) == *parts)
    }

    /// The key of a plain field with a length, such as a name or a resource; added if need be.
    pub(super) fn plain(&mut self, c: &mut Contexts, roots: &ValueRoots, level: Level, tag: u32) -> u32 {
        let parts = KeyParts { form: Form::Plain, of: Type::Len, tag, name: &[] };
        match self.find(level, &parts) {
            Some(key) => key,
            None => self.add(c, roots, level, parts),
        }
    }

    fn add(&mut self, contexts: &mut Contexts, roots: &ValueRoots, level: Level, parts: KeyParts<'_>) -> u32 {
        let key = self.keys.len();
        self.index.add(hash_key(level, &parts));
        let name = (self.names.len() as u32, parts.name.len() as u32);
        self.names.extend_from_slice(parts.name);
        if self.thread == NONE && level == Level::Span && parts.name == THREAD {
            self.thread = key as u32;
        }
        match self.values.get_mut(key) {
            Some(values) => values.clear(),
            None => self.values.push(Tracked::default()),
        }
        let first = contexts.fork_block(roots.key, KEY_CONTEXTS);
        self.keys.push(Key {
            level,
            form: parts.form,
            of: parts.of,
            tag: parts.tag,
            name,
            last: NONE,
            text_at: None,
            number: NumberState::default(),
            place: first,
            older: None,
            source: first.at(1),
            known: first.at(2),
            class: first.at(3),
            pattern: NONE,
            next: None,
        });
        key as u32
    }

    /// The key by which spans tell the thread they began in.
    pub(super) fn thread(&self) -> Option<u32> {
        (self.thread != NONE).then_some(self.thread)
    }

    /// Numbers for a place among a key's values that is too old for a symbol.
    pub(super) fn older(&mut self, contexts: &mut Contexts, key: u32) -> Number {
        let root = self.roots.older;
        *self.keys[key as usize].older.get_or_insert_with(|| root.fork(contexts))
    }

    /// Codes the kind that follows `before` (nothing: at the start of a message) — or [`END`], or a
    /// key that is new, which `parts` then describes to an encoder.
    #[expect(clippy::too_many_arguments, reason = "a list of what a new key touches")]
    pub(super) fn code_kind<C: Coder>(
        &mut self,
        c: &mut C,
        text: &mut Text,
        history: &mut Vec<u8>,
        roots: &ValueRoots,
        level: Level,
        before: Option<u32>,
        kind: u32,
        parts: Option<KeyParts<'_>>,
        room: usize,
    ) -> Option<u32> {
        let list = self.list_after(c.contexts(), level, before);
        let wanted = (kind != NONE).then_some(kind);
        if let Some(kind) = self.followers.code(c, list, wanted) {
            return Some(kind);
        }
        let explicit = match kind {
            _ if !C::ENCODES => 0,
            NONE => EXPLICIT_NEW,
            END => EXPLICIT_END,
            kind if kind < PARTS as u32 => EXPLICIT_PART + kind,
            _ => EXPLICIT_KNOWN,
        };
        let kind = match c.symbol(self.roots.explicit, explicit) {
            EXPLICIT_END => END,
            EXPLICIT_KNOWN => {
                let back =
                    self.roots.older.code(c, (self.len() - 1).wrapping_sub(kind.wrapping_sub(PARTS as u32)) as u64);
                kind_of_key(u32::try_from(back).ok().and_then(|back| self.len().checked_sub(back.checked_add(1)?))?)
            }
            EXPLICIT_NEW => kind_of_key(self.code_new(c, text, history, roots, level, parts, room)?),
            part => Some(part - EXPLICIT_PART).filter(|part| *part < PARTS as u32)?,
        };
        if kind != END && kind >= PARTS as u32 && self.get(kind - PARTS as u32).level != level {
            return None;
        }
        if !self.followers.contains(list, kind) {
            self.followers.add(c.contexts(), list, kind);
        }
        Some(kind)
    }

    fn list_after(&mut self, contexts: &mut Contexts, level: Level, before: Option<u32>) -> Choice {
        let followers = &mut self.followers;
        let list = match before {
            None => &mut self.first[level as usize],
            Some(part) if part < PARTS as u32 => &mut self.after_part[part as usize],
            Some(kind) => &mut self.keys[kind as usize - PARTS].next,
        };
        *list.get_or_insert_with(|| followers.list(contexts))
    }

    #[expect(clippy::too_many_arguments, reason = "a list of what a new key touches")]
    fn code_new<C: Coder>(
        &mut self,
        c: &mut C,
        text: &mut Text,
        history: &mut Vec<u8>,
        roots: &ValueRoots,
        level: Level,
        parts: Option<KeyParts<'_>>,
        room: usize,
    ) -> Option<u32> {
        let parts = parts.unwrap_or(KeyParts { form: Form::Verbatim, of: Type::Len, tag: 0, name: &[] });
        let form = *Form::ALL.get(c.symbol(self.roots.form, parts.form as u32) as usize)?;
        let of = *Type::ALL.get(c.symbol(self.roots.of, parts.of as u32) as usize)?;
        if !of.goes_with(form) {
            return None;
        }
        let tag = u32::try_from(self.roots.tag.code(c, parts.tag as u64)).ok()?;
        let name_at = history.len();
        if matches!(form, Form::KeyFirst | Form::ValueFirst) {
            text.code(c, history, super::text::KIND_KEY, None, parts.name, room)?;
        }
        let parts = KeyParts { form, of, tag, name: &history[name_at..] };
        Some(self.add(c.contexts(), roots, level, parts))
    }
}

impl KeyRoots {
    fn new(contexts: &mut Contexts) -> Self {
        KeyRoots {
            explicit: contexts.block(1),
            form: contexts.block(1),
            of: contexts.block(1),
            tag: Number::new(contexts),
            older: Number::new(contexts),
        }
    }
}

fn hash_key(level: Level, parts: &KeyParts<'_>) -> u64 {
    let head = (level as u64) << 48 | (parts.form as u64) << 40 | (parts.of as u64) << 32 | parts.tag as u64;
    mix(hash_bytes(0, parts.name), head)
}
