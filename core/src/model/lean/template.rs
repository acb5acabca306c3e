//! Which fields a message has, and what they were last.

use super::super::delta::DeltaEncoder;
use super::super::index::{GOLDEN, Index, mix};
use super::super::scan::Scan;
use super::super::weight;
use super::parts;
use crate::coder::{Choice, Choices, Contexts, Ctx, Number};
use crate::wire::otlp::{LEVELS, Level, PARTS};

/// Shapes that an encoder finds by the signatures of messages.
const SIGNATURES: usize = 1024;

/// Messages of one level and one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    pub level: Level,
    /// The name's field in the string table; [`NONE`](super::NONE) where it is a slot or missing.
    pub name: u32,
    /// Units of starts and of durations.
    pub start: DeltaEncoder,
    pub duration: DeltaEncoder,
    /// How many slots it has.
    pub slots: u32,
    /// As [`parts`] numbers them.
    pub contexts: Ctx,
    pub shapes: Choice,
    /// Those of its shapes that were given field by field.
    pub bases: Choice,
    /// Families that come next.
    pub followers: Choice,
    /// What its run of events begins with.
    pub events: Option<Choice>,
}

/// The fields of a family's messages, in one order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub family: u32,
    /// Which parts it has, a bit each.
    pub parts: u16,
    pub fields: (u32, u32),
}

/// The last value of a key in a family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Where its field lies in the arena.
    pub offset: u32,
    pub len: u32,
    /// Bytes there that are nobody else's.
    pub room: u32,
    pub key: u32,
    /// Its number in the family.
    pub rank: u32,
    contexts: Ctx,
}

impl Slot {
    const CONTEXTS: usize = 2;

    /// Which of the key's values it has.
    pub(super) fn place(&self) -> Ctx {
        self.contexts
    }

    /// Which slot misses next.
    pub(super) fn next(&self) -> Ctx {
        self.contexts.at(1)
    }
}

/// Contexts that all families share, or begin as copies of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roots {
    /// By level.
    pub explicit: Ctx,
    pub family: Number,
    pub unit: Ctx,
    /// Fields of a new order that come as they did before.
    pub run: Ctx,
    parts: Ctx,
    slot: Ctx,
}

impl Roots {
    fn new(contexts: &mut Contexts) -> Self {
        Roots {
            explicit: contexts.block(2),
            family: Number::new(contexts),
            unit: contexts.block(1),
            run: contexts.block(1),
            parts: contexts.block(parts::CONTEXTS),
            slot: contexts.block(Slot::CONTEXTS),
        }
    }
}

/// All templates.
#[derive(Debug)]
pub(super) struct Templates {
    pub families: Vec<Family>,
    family_index: Index,
    pub shapes: Vec<Shape>,
    /// A part's role, or a slot, numbered after the parts.
    fields: Vec<u32>,
    pub slots: Vec<Slot>,
    /// Family, key, and how many of this key come before it in a message.
    slot_ids: Vec<(u32, u32, u32)>,
    slot_index: Index,
    pub followers: Choices<u32>,
    /// Shapes and bases.
    pub lists: Choices<u32>,
    /// Lists that begin a run, by level.
    pub first: [Option<Choice>; LEVELS],
    /// The last units of starts and durations.
    pub clocks: (DeltaEncoder, DeltaEncoder),
    pub roots: Roots,
    // What only an encoder uses.
    /// Of each field, the hash of what does not depend on its value.
    hashes: Vec<u32>,
    in_order: Signatures,
    in_any_order: Signatures,
}

impl Templates {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        Templates {
            families: Vec::new(),
            family_index: Index::default(),
            shapes: Vec::new(),
            fields: Vec::new(),
            slots: Vec::new(),
            slot_ids: Vec::new(),
            slot_index: Index::default(),
            followers: Choices::new(contexts),
            lists: Choices::new(contexts),
            first: [None; LEVELS],
            clocks: Default::default(),
            roots: Roots::new(contexts),
            hashes: Vec::new(),
            in_order: Signatures::default(),
            in_any_order: Signatures::default(),
        }
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.forget();
        self.followers.clear(contexts);
        self.lists.clear(contexts);
        self.roots = Roots::new(contexts);
    }

    /// Holds nothing until it is cleared.
    pub(super) fn forget(&mut self) {
        self.families.clear();
        self.family_index.clear();
        self.shapes.clear();
        self.fields.clear();
        self.slots.clear();
        self.slot_ids.clear();
        self.slot_index.clear();
        self.followers.forget();
        self.lists.forget();
        self.first = [None; LEVELS];
        self.clocks = Default::default();
        self.hashes.clear();
        self.in_order.generation += 1;
        self.in_any_order.generation += 1;
    }

    /// Bytes held, near enough, and the same in both directions.
    pub(super) fn weight(&self) -> usize {
        self.families.len() * weight::FAMILY
            + self.shapes.len() * weight::SHAPE
            + self.fields.len() * weight::KIND
            + self.slots.len() * weight::SLOT
            + (self.followers.pages() + self.lists.pages()) * weight::PAGE
    }

    pub(super) fn find_family(&self, level: Level, name: u32) -> Option<u32> {
        self.family_index.find(mix(level as u64, name as u64), |at| {
            let family = &self.families[at as usize];
            (family.level, family.name) == (level, name)
        })
    }

    /// Adds a family, which goes on with the units of the last message.
    pub(super) fn add_family(&mut self, contexts: &mut Contexts, level: Level, name: u32) -> u32 {
        let root = self.roots.parts;
        self.family_index.add(mix(level as u64, name as u64));
        let (start, duration) = self.clocks;
        self.families.push(Family {
            level,
            name,
            start,
            duration,
            slots: 0,
            contexts: contexts.fork_block(root, parts::CONTEXTS),
            shapes: self.lists.list(contexts),
            bases: self.lists.list(contexts),
            followers: self.followers.list(contexts),
            events: None,
        });
        self.families.len() as u32 - 1
    }

    #[inline(always)]
    pub(super) fn fields(&self, shape: u32) -> &[u32] {
        span(&self.fields, self.shapes[shape as usize].fields)
    }

    /// Encoder: the hashes of a shape's fields.
    pub(super) fn hashes(&self, shape: u32) -> &[u32] {
        span(&self.hashes, self.shapes[shape as usize].fields)
    }

    /// Adds a shape with fields of these kinds; the fields of new slots are what `last_of` says of their keys.
    pub(super) fn add_shape(
        &mut self,
        contexts: &mut Contexts,
        family: u32,
        kinds: &[u32],
        last_of: impl Fn(u32) -> (u32, u32),
    ) -> u32 {
        let (at, mut parts) = (self.fields.len() as u32, 0);
        for (i, &kind) in kinds.iter().enumerate() {
            let field = match kind.checked_sub(PARTS as u32) {
                None => {
                    parts |= 1 << kind;
                    kind
                }
                Some(key) => {
                    let before = kinds[..i].iter().filter(|other| **other == kind).count() as u32;
                    PARTS as u32 + self.slot(contexts, (family, key, before), &last_of)
                }
            };
            self.fields.push(field);
        }
        let shape = self.push_shape(contexts, Shape { family, parts, fields: (at, kinds.len() as u32) });
        self.lists.add(contexts, self.families[family as usize].bases, shape);
        shape
    }

    /// Adds a shape with the fields of `base` in another order: the place of each in `base`.
    pub(super) fn reorder(&mut self, contexts: &mut Contexts, base: u32, order: &[u8]) -> u32 {
        let Shape { fields: (from, count), .. } = self.shapes[base as usize];
        let at = self.fields.len() as u32;
        for &place in order {
            self.fields.push(self.fields[from as usize + place as usize]);
        }
        self.push_shape(contexts, Shape { fields: (at, count), ..self.shapes[base as usize] })
    }

    fn push_shape(&mut self, contexts: &mut Contexts, shape: Shape) -> u32 {
        self.shapes.push(shape);
        let number = self.shapes.len() as u32 - 1;
        self.lists.add(contexts, self.families[shape.family as usize].shapes, number);
        number
    }

    fn slot(&mut self, contexts: &mut Contexts, id: (u32, u32, u32), last_of: impl Fn(u32) -> (u32, u32)) -> u32 {
        let hash = mix(mix(id.0 as u64, id.1 as u64), id.2 as u64);
        if let Some(slot) = self.slot_index.find(hash, |slot| self.slot_ids[slot as usize] == id) {
            return slot;
        }
        let root = self.roots.slot;
        let (family, (offset, len)) = (&mut self.families[id.0 as usize], last_of(id.1));
        let contexts = contexts.fork_block(root, Slot::CONTEXTS);
        self.slot_index.add(hash);
        self.slot_ids.push(id);
        self.slots.push(Slot { offset, len, room: 0, key: id.1, rank: family.slots, contexts });
        family.slots += 1;
        self.slots.len() as u32 - 1
    }

    /// Encoder: notes which messages have a shape that was added last.
    pub(super) fn note_shape(&mut self, shape: u32, scan: &Scan) {
        self.hashes.extend(scan.tokens().iter().map(|token| token.hash));
        self.in_order.note(scan.signature, shape);
        self.in_any_order.note(scan.set_signature, shape);
    }

    /// The same of one that has the fields of another in a new order.
    pub(super) fn note_order(&mut self, shape: u32, scan: &Scan) {
        self.hashes.extend(scan.tokens().iter().map(|token| token.hash));
        self.in_order.note(scan.signature, shape);
    }

    /// Encoder: the shape that a message has by its signature.
    #[inline(always)]
    pub(super) fn in_order(&self, scan: &Scan) -> Option<u32> {
        self.in_order.find(scan.signature)
    }

    /// Encoder: a shape with the fields that a message has by its signature, in whatever order.
    pub(super) fn in_any_order(&self, scan: &Scan) -> Option<u32> {
        self.in_any_order.find(scan.set_signature)
    }
}

/// Shapes by signature: hints, none of which is taken unless a message's bytes say so too.
#[derive(Debug, Default)]
struct Signatures {
    /// What an earlier model has seen is void.
    generation: u64,
    /// Made when first needed, so a decoder has none.
    entries: Vec<Signed>,
}

#[derive(Clone, Copy, Debug)]
struct Signed {
    signature: u64,
    generation: u64,
    shape: u32,
}

impl Signatures {
    #[inline(always)]
    fn find(&self, signature: u64) -> Option<u32> {
        let known = self.entries.get(place(signature))?;
        ((known.signature, known.generation) == (signature, self.generation)).then_some(known.shape)
    }

    fn note(&mut self, signature: u64, shape: u32) {
        let generation = self.generation;
        self.entries.resize(SIGNATURES, Signed { signature: 0, generation: u64::MAX, shape: 0 });
        self.entries[place(signature)] = Signed { signature, generation, shape };
    }
}

#[inline(always)]
fn place(signature: u64) -> usize {
    (signature.wrapping_mul(GOLDEN) >> (u64::BITS - SIGNATURES.ilog2())) as usize
}

#[inline(always)]
fn span<T>(all: &[T], (at, len): (u32, u32)) -> &[T] {
    &all[at as usize..at as usize + len as usize]
}
