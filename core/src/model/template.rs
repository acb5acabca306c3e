//! The Span Retrieval Tree: name (family) → fields (shape) → values (slots).
//!
//! A message is predicted from the last one of its shape. All shapes of a family share the slots of
//! the keys they have in common, and visit them in canonical order, so that the order in which a
//! sender shuffles its attributes costs an order and nothing else.

use super::index::{GOLDEN, Index, mix};
use super::keys::NONE;
use super::times::{EventKind, EventTimes, SpanTimes};
use super::weight;
use crate::coder::{Choice, Choices, Contexts, Ctx, Item};
use crate::restore::{Tracked, restore};
use crate::wire::otlp::{LEVELS, Level, PARTS, Role};

/// The family of messages without a name, and of those whose name is not worth a family.
pub(super) const NAMELESS: u32 = 0;
/// Slots that one mask covers.
pub(super) const CHUNK: usize = 64;

/// Messages of one level and one name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    /// The name's field in the string table.
    pub name: u32,
    /// Sets of fields seen in this family.
    pub sets: Choice,
    times: u32,
}

/// Which fields a message has, whatever their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldSet {
    pub level: Level,
    /// Its kinds in canonical order.
    kinds: (u32, u32),
    /// Where the keys begin among the kinds.
    first_key: u32,
    pub orders: Choice,
}

/// The fields of a message in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub set: u32,
    places: (u32, u32),
}

/// What stands at one place of an order: a part's role, or a slot numbered after the parts.
pub(super) type Place = u16;

/// A family with a set of fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub level: Level,
    pub family: u32,
    pub set: u32,
    /// That of the set.
    pub orders: Choice,
    /// Which parts it has, a bit each.
    parts: u16,
    slots: (u32, u32),
    /// The first of its chunks.
    pub chunks: u32,
    /// What follows a message of this shape.
    pub followers: Choice,
    /// What its run of events, or of links, begins with.
    pub children: [Option<Choice>; 2],
    /// The resource it was last seen in.
    pub resource: u32,
    pub times: u32,
}

/// Up to [`CHUNK`] slots of a shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub vectors: Choice,
    /// Slots whose value has ever differed from the last one.
    pub varying: u64,
}

/// Which slots of a chunk miss, and the source of each, four bits each, of the first sixteen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Vector {
    pub mask: u64,
    pub sources: u64,
}

impl Item for Vector {
    fn mark(self) -> u16 {
        ((self.mask.rotate_left(32) ^ self.sources).wrapping_mul(GOLDEN) >> 48) as u16
    }
}

/// The last value of a key in a family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Where it lies in the arena.
    pub offset: u32,
    pub len: u32,
    pub last: u32,
    /// The one before.
    pub previous: u32,
    pub key: u32,
    pub place: Ctx,
}

/// All templates.
#[derive(Debug)]
pub(super) struct Templates {
    pub families: Tracked<Family>,
    family_index: Index,
    pub family_sets: Choices<u32>,
    pub sets: Tracked<FieldSet>,
    set_index: Index,
    pub set_orders: Choices<u32>,
    pub orders: Tracked<Order>,
    order_index: Index,
    kinds: Tracked<u32>,
    places: Tracked<Place>,
    pub shapes: Tracked<Shape>,
    shape_index: Index,
    shape_slots: Tracked<u32>,
    pub followers: Choices<u32>,
    pub chunks: Tracked<Chunk>,
    pub vectors: Choices<Vector>,
    pub slots: Tracked<Slot>,
    slot_keys: Tracked<(u32, u32, u32)>,
    slot_index: Index,
    pub times: Tracked<SpanTimes>,
    pub event_times: Tracked<EventTimes>,
    event_index: Index,
    /// Lists that begin a run, by level.
    pub first: [Option<Choice>; LEVELS],
}

restore!(Templates {
    families,
    family_index,
    family_sets,
    sets,
    set_index,
    set_orders,
    orders,
    order_index,
    kinds,
    places,
    shapes,
    shape_index,
    shape_slots,
    followers,
    chunks,
    vectors,
    slots,
    slot_keys,
    slot_index,
    times,
    event_times,
    event_index;
    copy first
});

impl Templates {
    pub(super) fn new(contexts: &mut Contexts) -> Self {
        let mut templates = Templates {
            families: Tracked::default(),
            family_index: Index::default(),
            family_sets: Choices::new(contexts),
            sets: Tracked::default(),
            set_index: Index::default(),
            set_orders: Choices::new(contexts),
            orders: Tracked::default(),
            order_index: Index::default(),
            kinds: Tracked::default(),
            places: Tracked::default(),
            shapes: Tracked::default(),
            shape_index: Index::default(),
            shape_slots: Tracked::default(),
            followers: Choices::new(contexts),
            chunks: Tracked::default(),
            vectors: Choices::new(contexts),
            slots: Tracked::default(),
            slot_keys: Tracked::default(),
            slot_index: Index::default(),
            times: Tracked::default(),
            event_times: Tracked::default(),
            event_index: Index::default(),
            first: [None; LEVELS],
        };
        templates.add_family(contexts, Level::Span, NONE);
        templates
    }

    pub(super) fn clear(&mut self, contexts: &mut Contexts) {
        self.families.clear();
        self.family_index.clear();
        self.family_sets.clear(contexts);
        self.sets.clear();
        self.set_index.clear();
        self.set_orders.clear(contexts);
        self.orders.clear();
        self.order_index.clear();
        self.kinds.clear();
        self.places.clear();
        self.shapes.clear();
        self.shape_index.clear();
        self.shape_slots.clear();
        self.followers.clear(contexts);
        self.chunks.clear();
        self.vectors.clear(contexts);
        self.slots.clear();
        self.slot_keys.clear();
        self.slot_index.clear();
        self.times.clear();
        self.event_times.clear();
        self.event_index.clear();
        self.first = [None; LEVELS];
        self.add_family(contexts, Level::Span, NONE);
    }

    /// Bytes held, near enough, and the same in both directions.
    pub(super) fn weight(&self) -> usize {
        self.families.len() * weight::FAMILY
            + self.sets.len() * weight::SET
            + self.orders.len() * weight::ORDER
            + self.kinds.len() * weight::KIND
            + self.places.len() * weight::PLACE
            + self.shapes.len() * weight::SHAPE
            + self.shape_slots.len() * weight::SHAPE_SLOT
            + self.chunks.len() * weight::CHUNK
            + self.slots.len() * weight::SLOT
            + self.times.len() * weight::TIMES
            + self.event_times.len() * weight::EVENT_TIMES
            + (self.family_sets.pages() + self.set_orders.pages() + self.followers.pages()) * weight::PAGE
            + self.vectors.pages() * weight::VECTOR_PAGE
    }

    pub(super) fn find_family(&self, level: Level, name: u32) -> Option<u32> {
        self.family_index.find(mix(level as u64, name as u64), |family| self.families[family as usize].name == name)
    }

    /// Adds a family; a name belongs to one level only, since its key does.
    pub(super) fn add_family(&mut self, contexts: &mut Contexts, level: Level, name: u32) -> u32 {
        self.family_index.add(mix(level as u64, name as u64));
        let sets = self.family_sets.list(contexts);
        let times = self.add_times();
        self.families.push(Family { name, sets, times });
        self.families.len() as u32 - 1
    }

    pub(super) fn add_times(&mut self) -> u32 {
        self.times.push(SpanTimes::after(self.times.last()));
        self.times.len() as u32 - 1
    }

    /// The times of events of a kind, made if need be.
    pub(super) fn event_times(&mut self, kind: EventKind) -> &mut EventTimes {
        let hash = mix(mix(kind.0 as u64, kind.1 as u64), kind.2 as u64);
        let found = self.event_index.find(hash, |at| self.event_times[at as usize].kind == kind);
        let at = found.map_or(self.event_times.len(), |at| at as usize);
        if found.is_none() {
            self.event_index.add(hash);
            self.event_times.push(EventTimes::after(self.event_times.last(), kind));
        }
        &mut self.event_times[at]
    }

    /// The order of `set` in which its fields stand so.
    pub(super) fn find_order(&self, set: u32, places: &[Place]) -> Option<u32> {
        self.order_index.find(hash_places(set, places), |order| {
            self.orders[order as usize].set == set && self.places(order) == places
        })
    }

    /// What stands where in `order`.
    #[inline(always)]
    pub(super) fn places(&self, order: u32) -> &[Place] {
        span(&self.places, self.orders[order as usize].places)
    }

    /// Adds an order of `set`, unless that has too many; then nothing comes back.
    pub(super) fn add_order(&mut self, contexts: &mut Contexts, set: u32, places: &[Place]) -> Option<u32> {
        let list = self.sets[set as usize].orders;
        if self.set_orders.is_full(list) {
            return None;
        }
        self.order_index.add(hash_places(set, places));
        self.orders.push(Order { set, places: (self.places.len() as u32, places.len() as u32) });
        self.places.extend_from_slice(places);
        let order = self.orders.len() as u32 - 1;
        self.set_orders.add(contexts, list, order);
        Some(order)
    }

    pub(super) fn find_set(&self, level: Level, sorted: &[u32]) -> Option<u32> {
        self.set_index.find(hash_kinds(level, sorted), |set| {
            let set = &self.sets[set as usize];
            set.level == level && span(&self.kinds, set.kinds) == sorted
        })
    }

    /// Adds a set of fields, given in canonical order.
    pub(super) fn add_set(&mut self, contexts: &mut Contexts, level: Level, sorted: &[u32]) -> u32 {
        self.set_index.add(hash_kinds(level, sorted));
        let kinds = (self.kinds.len() as u32, sorted.len() as u32);
        self.kinds.extend_from_slice(sorted);
        let first_key = sorted.partition_point(|kind| *kind < PARTS as u32) as u32;
        let orders = self.set_orders.list(contexts);
        self.sets.push(FieldSet { level, kinds, first_key, orders });
        self.sets.len() as u32 - 1
    }

    /// The order of a set that was seen first; every set has one.
    pub(super) fn first_order(&self, set: u32) -> Option<u32> {
        self.set_orders.first(self.sets[set as usize].orders)
    }

    /// Whether messages of this set have the part.
    #[inline(always)]
    pub(super) fn has(&self, set: u32, part: Role) -> bool {
        let FieldSet { kinds, first_key, .. } = self.sets[set as usize];
        span(&self.kinds, kinds)[..first_key as usize].contains(&(part as u32))
    }

    pub(super) fn find_shape(&self, family: u32, set: u32) -> Option<u32> {
        self.shape_index.find(mix(family as u64, set as u64), |shape| {
            let shape = &self.shapes[shape as usize];
            shape.family == family && shape.set == set
        })
    }

    /// Adds a shape; the values of new slots are what `last_of` says of their keys.
    pub(super) fn add_shape(
        &mut self,
        contexts: &mut Contexts,
        level: Level,
        family: u32,
        set: u32,
        last_of: impl Fn(u32) -> (u32, u32, u32, Ctx),
    ) -> u32 {
        let FieldSet { kinds: (at, len), first_key, orders, .. } = self.sets[set as usize];
        let parts = self.kinds[at as usize..(at + first_key) as usize].iter().fold(0, |bits, part| bits | 1 << part);
        let first_slot = self.shape_slots.len() as u32;
        // Nameless messages have little in common: their slots belong to the set.
        let owner = if family == NAMELESS { !set } else { family };
        let (mut before, mut occurrence) = (NONE, 0);
        for i in at + first_key..at + len {
            let key = self.kinds[i as usize] - PARTS as u32;
            occurrence = if key == before { occurrence + 1 } else { 0 };
            before = key;
            let slot = self.slot(contexts, (owner, key, occurrence), &last_of);
            self.shape_slots.push(slot);
        }
        let count = self.shape_slots.len() as u32 - first_slot;
        let chunks = self.chunks.len() as u32;
        for _ in 0..count.div_ceil(CHUNK as u32) {
            let vectors = self.vectors.list(contexts);
            self.chunks.push(Chunk { vectors, varying: 0 });
        }
        let times = if family == NAMELESS { self.add_times() } else { self.families[family as usize].times };
        self.shape_index.add(mix(family as u64, set as u64));
        self.shapes.push(Shape {
            level,
            family,
            set,
            orders,
            parts,
            slots: (first_slot, count),
            chunks,
            followers: self.followers.list(contexts),
            children: [None; 2],
            resource: NONE,
            times,
        });
        self.shapes.len() as u32 - 1
    }

    fn slot(
        &mut self,
        contexts: &mut Contexts,
        id: (u32, u32, u32),
        last_of: impl Fn(u32) -> (u32, u32, u32, Ctx),
    ) -> u32 {
        let hash = mix(mix(id.0 as u64, id.1 as u64), id.2 as u64);
        if let Some(slot) = self.slot_index.find(hash, |slot| self.slot_keys[slot as usize] == id) {
            return slot;
        }
        let (last, offset, len, place) = last_of(id.1);
        self.slot_index.add(hash);
        self.slot_keys.push(id);
        self.slots.push(Slot { offset, len, last, previous: NONE, key: id.1, place: contexts.fork(place) });
        self.slots.len() as u32 - 1
    }

    /// Which parts messages of the shape have, a bit each.
    #[inline(always)]
    pub(super) fn part_flags(&self, shape: u32) -> u16 {
        self.shapes[shape as usize].parts
    }

    pub(super) fn has_runs(&self, shape: u32) -> bool {
        self.part_flags(shape) & Role::RUNS != 0
    }

    /// The slots of a shape in canonical order.
    #[inline(always)]
    pub(super) fn slots_of(&self, shape: u32) -> &[u32] {
        span(&self.shape_slots, self.shapes[shape as usize].slots)
    }

    /// The list of what begins a run of events or links in messages of `shape`.
    pub(super) fn children(&mut self, contexts: &mut Contexts, shape: u32, run: Role) -> Choice {
        let followers = &mut self.followers;
        *self.shapes[shape as usize].children[(run == Role::Links) as usize]
            .get_or_insert_with(|| followers.list(contexts))
    }
}

#[inline(always)]
fn span<T>(all: &[T], (at, len): (u32, u32)) -> &[T] {
    &all[at as usize..at as usize + len as usize]
}

fn hash_kinds(level: Level, kinds: &[u32]) -> u64 {
    let (pairs, rest) = kinds.as_chunks();
    let last = rest.iter().map(|kind| *kind as u64);
    pairs.iter().map(|[a, b]| (*a as u64) << 32 | *b as u64).chain(last).fold(level as u64, mix)
}

fn hash_places(set: u32, places: &[Place]) -> u64 {
    let pack = |places: &[Place]| places.iter().fold(0, |packed, place| packed << Place::BITS | *place as u64);
    let (fours, rest) = places.as_chunks::<4>();
    mix(fours.iter().fold(set as u64, |hash, four| mix(hash, pack(four))), pack(rest))
}

/// What stands where when fields of these kinds come in this order, and the kinds in canonical order.
pub(super) fn arrange(kinds: &[u32]) -> (Vec<Place>, Vec<u32>) {
    // A kind and where it stands are one number, so that they are compared at once.
    let mut canonical: Vec<u64> = kinds.iter().enumerate().map(|(at, kind)| (*kind as u64) << 32 | at as u64).collect();
    canonical.sort_unstable();
    let first_key = canonical.partition_point(|field| *field >> 32 < PARTS as u64);
    let mut places: Vec<Place> = kinds.iter().map(|kind| *kind as Place).collect();
    for (slot, field) in canonical[first_key..].iter().enumerate() {
        places[*field as u32 as usize] = (slot + PARTS) as Place;
    }
    (places, canonical.into_iter().map(|field| (field >> 32) as u32).collect())
}
