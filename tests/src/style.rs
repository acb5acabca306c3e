//! How a sender writes.

use crate::rng::Rng;
use crate::wire::Message;

/// The order of the fields of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By number: SDKs.
    Ascending,
    /// From the greatest number down: the Collector since 0.16x.
    Descending,
    /// Any, another one in each message.
    Shuffled,
}

/// How a sender writes; shares are in per cent.
#[derive(Clone, Debug)]
pub struct Style {
    /// Order of the fields.
    pub order: Order,
    /// Share of the fields that are zero or empty and are written all the same.
    pub explicit_zeros: u8,
    /// Share of the fields left out.
    pub missing: u8,
    /// Share of the messages with a field written twice.
    pub repeated: u8,
    /// Share of the messages with fields of unknown numbers or other wire types.
    pub unknown: u8,
    /// Share of the fields that OTLP has and hardly anyone writes.
    pub rare: u8,
    /// Share of ids that are not 16 or 8 bytes long.
    pub odd_ids: u8,
    /// Share of the numbers and lengths that are longer than need be.
    pub long_varints: u8,
    /// Share of the values that are lists or arrays.
    pub nested: u8,
    /// How deep these go.
    pub depth: usize,
    /// Share of the names, and of the values, that were never seen before.
    pub fresh: u8,
    /// Kinds of spans.
    pub families: usize,
    /// Unit of the clock in ns: 1, 1,000 or 1,000,000.
    pub clock: u64,
}

impl Style {
    /// As most SDKs write.
    pub fn canonical() -> Self {
        Style {
            order: Order::Ascending,
            explicit_zeros: 0,
            missing: 0,
            repeated: 0,
            unknown: 0,
            rare: 0,
            odd_ids: 0,
            long_varints: 0,
            nested: 3,
            depth: 3,
            fresh: 5,
            families: 12,
            clock: 1,
        }
    }

    /// As nobody writes: some of everything, or much of one thing.
    pub fn random(rng: &mut Rng) -> Self {
        let share = |rng: &mut Rng| *rng.pick(&[0, 0, 0, 1, 5, 30]);
        Style {
            order: *rng.pick(&[Order::Ascending, Order::Descending, Order::Shuffled]),
            explicit_zeros: *rng.pick(&[0, 0, 50, 100]),
            missing: share(rng),
            repeated: share(rng),
            unknown: share(rng),
            // None, so that a seed that once found something still makes the same requests.
            rare: 0,
            odd_ids: share(rng),
            long_varints: share(rng),
            nested: share(rng),
            depth: *rng.pick(&[1, 2, 3, 10, 40]),
            fresh: *rng.pick(&[0, 5, 50, 100]),
            families: *rng.pick(&[1, 3, 12, 200]),
            clock: *rng.pick(&[1, 1_000, 1_000_000]),
        }
    }

    /// Puts the fields in order, and spoils the message where the style says so.
    pub fn finish(&self, rng: &mut Rng, mut message: Message) -> Vec<u8> {
        if rng.chance(self.unknown) {
            message = unknown_field(rng, message);
        }
        if rng.chance(self.repeated) && !message.fields.is_empty() {
            let again = rng.pick(&message.fields).clone();
            // Doubled at each of 40 levels, it would not fit into memory.
            if again.1.len() < 500 {
                message.fields.push(again);
            }
        }
        match self.order {
            Order::Ascending => message.fields.sort_by_key(|field| field.0),
            // Repeated fields keep their order among themselves, as in the Collector's own writer.
            Order::Descending => message.fields.sort_by_key(|field| std::cmp::Reverse(field.0)),
            Order::Shuffled => rng.shuffle(&mut message.fields),
        }
        message.encode()
    }

    /// Extra bytes of the next varint.
    pub fn extra(&self, rng: &mut Rng) -> usize {
        if rng.chance(self.long_varints) { 1 + rng.below(9) } else { 0 }
    }
}

/// A field that no OTLP message has, or one that has another wire type there.
fn unknown_field(rng: &mut Rng, message: Message) -> Message {
    let number = *rng.pick(&[1, 2, 3, 5, 9, 15, 17, 100, 1000, 50_000, (1 << 29) - 1]);
    match rng.below(5) {
        0 => message.varint(number, rng.number()),
        1 => message.fixed64(number, rng.next_u64()),
        2 => message.fixed32(number, rng.next_u64() as u32),
        3 => {
            let len = rng.below(20);
            message.bytes(number, rng.bytes(len))
        }
        // A group: its start, a field, its end.
        _ => {
            let mut group = Vec::new();
            crate::wire::put_varint(&mut group, u64::from(number) << 3 | 3, 0);
            group.extend_from_slice(&Message::new().varint(1, rng.number()).encode());
            crate::wire::put_varint(&mut group, u64::from(number) << 3 | 4, 0);
            message.raw(&group)
        }
    }
}
