//! Whole trace requests with every field of every message, in a [`Style`].
//!
//! The messages are those of opentelemetry-proto 1.9: `trace.proto`, `common.proto`,
//! `resource.proto`. The numbers of the fields are written out here once more, on purpose: this is
//! the tests' own view of the format.

use crate::rng::Rng;
use crate::style::Style;
use crate::wire::Message;

/// What a value of an attribute looks like from span to span.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Constant(u64),
    OneOf(u64),
    Counter,
    Number,
    Double,
    Flag,
    Id,
    Text,
    Bytes,
    Empty,
}

/// Spans of one kind: a name and its attributes.
#[derive(Clone, Debug)]
struct Family {
    name: String,
    kind: u64,
    attributes: Vec<(String, Kind)>,
}

/// Makes requests, one after the other, as one sender would.
#[derive(Clone, Debug)]
pub struct Generator {
    rng: Rng,
    style: Style,
    families: Vec<Family>,
    resources: Vec<Vec<u8>>,
    scopes: Vec<Vec<u8>>,
    /// Trace id and span id of spans that later ones may refer to.
    recent: Vec<(Vec<u8>, Vec<u8>)>,
    /// Time in ns.
    now: u64,
    counter: u64,
}

const KEYS: [&str; 14] = [
    "http.request.method",
    "http.response.status_code",
    "url.path",
    "server.address",
    "server.port",
    "db.query.text",
    "rpc.service",
    "thread.id",
    "messaging.message.id",
    "net.peer.ip",
    "user_agent.original",
    "app.cart.total",
    "exception.message",
    "",
];

impl Generator {
    /// In a style that the seed chooses.
    pub fn new(seed: u64) -> Self {
        let style = Style::random(&mut Rng::new(seed ^ 0x57_71_1e));
        Self::with_style(seed, style)
    }

    /// In this style.
    pub fn with_style(seed: u64, style: Style) -> Self {
        Self::from_parts(Rng::new(seed), style, seed % 1_000_000_007)
    }

    /// Everything, the style too, is as `rng` decides: the bytes of a fuzzer ([`Rng::from_bytes`]), say.
    pub fn from_rng(mut rng: Rng) -> Self {
        let mut style = Style::random(&mut rng);
        style.rare = *rng.pick(&[0, 0, 5, 50]);
        Self::from_parts(rng, style, 0)
    }

    fn from_parts(rng: Rng, style: Style, ns: u64) -> Self {
        let mut generator = Generator {
            rng,
            style,
            families: Vec::new(),
            resources: Vec::new(),
            scopes: Vec::new(),
            recent: Vec::new(),
            now: 1_700_000_000_000_000_000 + ns,
            counter: 0,
        };
        generator.families = (0..generator.style.families.max(1)).map(|i| generator.family(i)).collect();
        let some = 1 + generator.rng.below(4);
        generator.resources = (0..some).map(|i| generator.resource(i)).collect();
        generator.scopes = (0..some).map(|i| generator.scope(i)).collect();
        generator
    }

    /// A number below `end`, for whoever uses the requests.
    pub fn below(&mut self, end: usize) -> usize {
        self.rng.below(end)
    }

    /// The style.
    pub fn style(&self) -> &Style {
        &self.style
    }

    /// One request of `spans` spans, in one or more resources and scopes.
    pub fn request(&mut self, spans: usize) -> Vec<u8> {
        let mut request = Message::new();
        let mut left = spans;
        while left > 0 {
            let count = 1 + self.rng.below(left);
            let resource_spans = self.resource_spans(count);
            request = self.nested(request, 1, &resource_spans);
            left -= count;
        }
        self.finish(request)
    }

    fn resource_spans(&mut self, spans: usize) -> Vec<u8> {
        let resource = self.rng.pick(&self.resources).clone();
        let mut message = self.maybe_nested(Message::new(), 1, &resource);
        let mut left = spans;
        while left > 0 {
            let count = 1 + self.rng.below(left);
            let scope_spans = self.scope_spans(count);
            message = self.nested(message, 2, &scope_spans);
            left -= count;
        }
        message = self.text(message, 3, "https://opentelemetry.io/schemas/1.26.0");
        self.finish(message)
    }

    fn scope_spans(&mut self, spans: usize) -> Vec<u8> {
        let scope = self.rng.pick(&self.scopes).clone();
        let mut message = self.maybe_nested(Message::new(), 1, &scope);
        for _ in 0..spans {
            let span = self.span();
            message = self.nested(message, 2, &span);
        }
        let schema = if self.rare() { "https://opentelemetry.io/schemas/1.37.0" } else { "" };
        message = self.text(message, 3, schema);
        self.finish(message)
    }

    fn span(&mut self) -> Vec<u8> {
        let family = self.families[self.rng.below(self.families.len())].clone();
        let (trace, span, parent) = self.ids();
        let start = self.tick(5_000_000);
        let end = start + self.ticks(50_000_000);
        let name = if self.rng.chance(self.style.fresh) {
            self.counter += 1;
            format!("{} /{}/{:x}", family.name, self.counter, self.rng.next_u64())
        } else {
            family.name.clone()
        };
        let state = if self.rng.chance(10) { "vendor=a1,other=b2" } else { "" };
        let mut message = self.bytes(Message::new(), 1, &trace);
        message = self.bytes(message, 2, &span);
        message = self.text(message, 3, state);
        message = self.bytes(message, 4, &parent);
        message = self.text(message, 5, &name);
        message = self.number(message, 6, family.kind);
        message = self.time(message, 7, start);
        message = self.time(message, 8, end);
        message = self.attributes(message, 9, &family.attributes);
        message = self.dropped(message, 10);
        for _ in 0..self.some(4) {
            let event = self.event(start, end);
            message = self.nested(message, 11, &event);
        }
        message = self.dropped(message, 12);
        for _ in 0..self.some(3) {
            let link = self.link();
            message = self.nested(message, 13, &link);
        }
        message = self.dropped(message, 14);
        let status = self.status();
        message = self.maybe_nested(message, 15, &status);
        let flags = *self.rng.pick(&[0, 0x101, 0x301]);
        message = self.flags(message, 16, flags);
        self.finish(message)
    }

    /// Trace, span and parent: a new trace, a child of a recent span, or of one that is elsewhere.
    fn ids(&mut self) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let span = self.id(8);
        let (trace, parent) = match self.rng.below(10) {
            0..=1 => (self.id(16), Vec::new()),
            2..=7 if !self.recent.is_empty() => self.rng.pick(&self.recent).clone(),
            8 if !self.recent.is_empty() => (self.rng.pick(&self.recent).0.clone(), self.id(8)),
            _ => (self.id(16), self.id(8)),
        };
        if self.recent.len() == 32 {
            let oldest = self.rng.below(8);
            self.recent.swap_remove(oldest);
        }
        self.recent.push((trace.clone(), span.clone()));
        (trace, span, parent)
    }

    fn id(&mut self, len: usize) -> Vec<u8> {
        let odd = self.rng.chance(self.style.odd_ids);
        let len = if odd { *self.rng.pick(&[0, 1, 7, 9, 15, 17, 32]) } else { len };
        // All zeros is an id too, and so are 64 bits in a trace id.
        match self.rng.below(40) {
            0 => vec![0; len],
            1 => [vec![0; len / 2], self.rng.bytes(len - len / 2)].concat(),
            _ => self.rng.bytes(len),
        }
    }

    fn event(&mut self, start: u64, end: u64) -> Vec<u8> {
        let time = start + self.rng.next_u64() % (end - start + 1);
        let name = *self.rng.pick(&["exception", "message", "cache miss", ""]);
        let keys = [("exception.message".to_owned(), Kind::Text), ("id".to_owned(), Kind::Counter)];
        let some = self.rng.below(3);
        let mut message = self.time(Message::new(), 1, time - time % self.style.clock);
        message = self.text(message, 2, name);
        message = self.attributes(message, 3, &keys[..some]);
        message = self.dropped(message, 4);
        self.finish(message)
    }

    fn link(&mut self) -> Vec<u8> {
        let (trace, span) = match self.recent.is_empty() || self.rng.chance(30) {
            true => (self.id(16), self.id(8)),
            false => self.rng.pick(&self.recent).clone(),
        };
        let some = self.rng.below(2);
        let mut message = self.bytes(Message::new(), 1, &trace);
        message = self.bytes(message, 2, &span);
        let state = if self.rare() { "vendor=c3" } else { "" };
        message = self.text(message, 3, state);
        message = self.attributes(message, 4, &[("link.kind".to_owned(), Kind::OneOf(2))][..some]);
        message = self.dropped(message, 5);
        message = self.flags(message, 6, 0x301);
        self.finish(message)
    }

    fn status(&mut self) -> Vec<u8> {
        let (text, code) = *self.rng.pick(&[("", 0), ("", 0), ("", 1), ("deadline exceeded", 2), ("", 7)]);
        let mut message = self.text(Message::new(), 2, text);
        message = self.number(message, 3, code);
        self.finish(message)
    }

    fn resource(&mut self, i: usize) -> Vec<u8> {
        let keys = [
            ("service.name".to_owned(), Kind::Constant(i as u64)),
            ("service.instance.id".to_owned(), Kind::Id),
            ("process.pid".to_owned(), Kind::Number),
            ("process.command_args".to_owned(), Kind::Text),
        ];
        let mut message = self.attributes(Message::new(), 1, &keys);
        message = self.dropped(message, 2);
        let mut entity = self.text(Message::new(), 1, "https://opentelemetry.io/schemas/1.26.0");
        entity = self.text(entity, 2, "service");
        entity = self.text(entity, 3, "service.name").bytes(3, "service.instance.id");
        entity = self.text(entity, 4, "process.pid");
        let entity = self.finish(entity);
        message = self.maybe_nested(message, 3, &entity);
        self.finish(message)
    }

    fn scope(&mut self, i: usize) -> Vec<u8> {
        let mut message = self.text(Message::new(), 1, &format!("io.opentelemetry.library-{i}"));
        message = self.text(message, 2, if i == 0 { "" } else { "2.13.3-alpha" });
        message = self.attributes(message, 3, &[("short".to_owned(), Kind::Flag)][..i % 2]);
        message = self.dropped(message, 4);
        self.finish(message)
    }

    fn family(&mut self, i: usize) -> Family {
        let kinds =
            [Kind::Counter, Kind::Number, Kind::Double, Kind::Flag, Kind::Id, Kind::Text, Kind::Bytes, Kind::Empty];
        let count = self.rng.below(12);
        let attributes = (0..count).map(|_| {
            let kind = match self.rng.below(3) {
                0 => Kind::Constant(self.rng.next_u64()),
                1 => Kind::OneOf(self.rng.next_u64()),
                _ => *self.rng.pick(&kinds),
            };
            ((*self.rng.pick(&KEYS)).to_owned(), kind)
        });
        let attributes = attributes.collect();
        let verb = *self.rng.pick(&["GET", "SELECT", "publish", "oteldemo.CartService/AddItem", "日本語", ""]);
        Family { name: format!("{verb} {i}"), kind: self.rng.next_u64() % 7, attributes }
    }
}

/// Attributes and their values.
impl Generator {
    fn attributes(&mut self, mut message: Message, number: u32, attributes: &[(String, Kind)]) -> Message {
        for (key, kind) in attributes {
            let value = match self.rng.chance(self.style.nested) {
                true => {
                    let depth = self.rng.below(self.style.depth + 1);
                    self.list(depth)
                }
                false => self.value(*kind),
            };
            let key_value = self.key_value(key, &value);
            message = self.maybe_nested(message, number, &key_value);
        }
        message
    }

    fn key_value(&mut self, key: &str, value: &[u8]) -> Vec<u8> {
        let mut message = self.text(Message::new(), 1, key);
        message = self.maybe_nested(message, 2, value);
        if self.rare() || self.rng.chance(self.style.unknown) {
            // key_strindex, for profiles.
            message = self.number(message, 3, 7);
        }
        self.finish(message)
    }

    /// An array or a list `depth` deep, one more value beside each.
    fn list(&mut self, depth: usize) -> Vec<u8> {
        let beside = self.value(Kind::OneOf(depth as u64));
        let inner = if depth == 0 { self.value(Kind::Number) } else { self.list(depth - 1) };
        let mut message = Message::new();
        let number = if self.rng.chance(50) { 5 } else { 6 };
        for value in [beside, inner] {
            let value = if number == 6 { self.key_value("k", &value) } else { value };
            message = self.maybe_nested(message, 1, &value);
        }
        let list = self.finish(message);
        let any = self.nested(Message::new(), number, &list);
        self.finish(any)
    }

    fn value(&mut self, kind: Kind) -> Vec<u8> {
        let fresh = self.rng.chance(self.style.fresh);
        let message = Message::new();
        let message = match kind {
            Kind::Constant(seed) if !fresh => self.text(message, 1, &format!("value-{:x}", seed % 1000)),
            Kind::OneOf(seed) => {
                let which = self.rng.below(4) as u64;
                self.text(message, 1, &format!("{:x}-{which}", seed % 1000))
            }
            Kind::Counter => {
                self.counter += 1;
                message.varint(3, self.counter)
            }
            Kind::Number => {
                let sign = if self.rng.chance(20) { u64::MAX } else { 0 };
                let (value, extra) = (self.rng.number() ^ sign, self.style.extra(&mut self.rng));
                message.long_varint(3, value, extra)
            }
            Kind::Double => {
                let cents = self.rng.below(100_000) as f64 / 100.0;
                let value = *self.rng.pick(&[cents, cents, cents, 0.0, -0.0, f64::NAN, f64::INFINITY, 1e300]);
                message.fixed64(4, value.to_bits())
            }
            Kind::Flag => message.varint(2, self.rng.next_u64() % 2),
            Kind::Id | Kind::Constant(_) => {
                let (high, low) = (self.rng.next_u64() >> 32, self.rng.next_u64());
                message.bytes(1, format!("{high:08x}-4a1b-{low:016x}"))
            }
            Kind::Text => {
                let words = 1 + self.rng.below(30);
                let text: Vec<&str> = (0..words).map(|_| *self.rng.pick(&KEYS)).collect();
                message.bytes(1, text.join(" "))
            }
            Kind::Bytes => {
                let len = self.rng.below(40);
                let extra = self.style.extra(&mut self.rng);
                message.long_bytes(7, self.rng.bytes(len), extra)
            }
            // string_value_strindex, for profiles.
            Kind::Empty if self.rare() => message.varint(8, 7),
            Kind::Empty => message,
        };
        self.finish(message)
    }
}

/// Fields, as the style has them.
impl Generator {
    fn left_out(&mut self, is_zero: bool) -> bool {
        self.rng.chance(self.style.missing) || is_zero && !self.rng.chance(self.style.explicit_zeros)
    }

    fn number(&mut self, message: Message, number: u32, value: u64) -> Message {
        if self.left_out(value == 0) {
            return message;
        }
        message.long_varint(number, value, self.style.extra(&mut self.rng))
    }

    fn dropped(&mut self, message: Message, number: u32) -> Message {
        let count = if self.rng.chance(3) { self.rng.number() } else { 0 };
        self.number(message, number, count)
    }

    fn time(&mut self, message: Message, number: u32, value: u64) -> Message {
        if self.left_out(value == 0) { message } else { message.fixed64(number, value) }
    }

    fn flags(&mut self, message: Message, number: u32, value: u32) -> Message {
        if self.left_out(value == 0) { message } else { message.fixed32(number, value) }
    }

    fn text(&mut self, message: Message, number: u32, value: &str) -> Message {
        self.bytes(message, number, value.as_bytes())
    }

    fn bytes(&mut self, message: Message, number: u32, value: &[u8]) -> Message {
        if self.left_out(value.is_empty()) {
            return message;
        }
        message.long_bytes(number, value, self.style.extra(&mut self.rng))
    }

    /// A message that may be missing.
    fn maybe_nested(&mut self, message: Message, number: u32, value: &[u8]) -> Message {
        if self.rng.chance(self.style.missing) { message } else { self.nested(message, number, value) }
    }

    fn nested(&mut self, message: Message, number: u32, value: &[u8]) -> Message {
        message.long_bytes(number, value, self.style.extra(&mut self.rng))
    }

    fn finish(&mut self, message: Message) -> Vec<u8> {
        self.style.finish(&mut self.rng, message)
    }

    /// Whether to write a known field that hardly anyone writes.
    fn rare(&mut self) -> bool {
        self.rng.chance(self.style.rare)
    }

    /// Mostly 0, else up to `most`.
    fn some(&mut self, most: usize) -> usize {
        if self.rng.chance(15) { 1 + self.rng.below(most) } else { 0 }
    }

    /// Moves the clock, mostly forth.
    fn tick(&mut self, most: u64) -> u64 {
        let ticks = self.ticks(most);
        self.now = if self.rng.chance(5) { self.now - ticks } else { self.now + ticks };
        self.now - self.now % self.style.clock
    }

    fn ticks(&mut self, most: u64) -> u64 {
        let ns = self.rng.next_u64() % most;
        ns - ns % self.style.clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_requests() {
        for seed in 0..20 {
            let (mut one, mut two) = (Generator::new(seed), Generator::new(seed));
            assert_eq!(one.request(30), two.request(30));
            assert_eq!(one.request(3), two.request(3));
        }
    }

    #[test]
    fn a_canonical_request_has_as_many_spans_as_asked_for() {
        let mut generator = Generator::with_style(1, Style::canonical());
        for spans in [0, 1, 10, 1000] {
            let request = generator.request(spans);
            assert_eq!(tracezip_benches::batch::count_spans(&request).unwrap(), spans as u64);
        }
    }
}
