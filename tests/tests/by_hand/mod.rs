//! Requests and damage, built by hand for the vectors.

mod damage;
mod draws;
mod messages;
mod spans;
mod streams;
mod values;

use tracezip_tests::wire::Message;

pub(crate) use damage::{Damaged, damage};
pub(crate) use draws::drawn_ids;
pub(crate) use streams::{Sequence, dictionary, sequences, streams};

/// A request, and the levels at which it is a vector.
pub(crate) struct Request {
    pub name: &'static str,
    pub about: &'static str,
    pub otlp: Vec<u8>,
    pub levels: &'static [u8],
}

impl Request {
    fn new(name: &'static str, about: &'static str, otlp: Vec<u8>) -> Self {
        Request { name, about, otlp, levels: &[3, 1] }
    }

    /// A vector at each of these levels.
    fn at(self, levels: &'static [u8]) -> Self {
        Request { levels, ..self }
    }
}

/// All requests.
pub(crate) fn requests() -> Vec<Request> {
    [messages::requests(), values::requests(), spans::requests(), draws::requests()].into_iter().flatten().collect()
}

fn m() -> Message {
    Message::new()
}

fn text(value: &str) -> Message {
    m().bytes(1, value)
}

fn attribute(key: &str, value: &Message) -> Message {
    m().bytes(1, key).message(2, value)
}

/// Spans in a scope and a resource.
fn request_of(spans: impl IntoIterator<Item = Message>) -> Vec<u8> {
    let scope = m().message(1, &m().bytes(1, "scope"));
    let scope_spans = spans.into_iter().fold(scope, |scope, span| scope.message(2, &span));
    in_resource(&scope_spans).encode()
}

/// A span in a scope and a resource.
fn request(span: &Message) -> Message {
    in_resource(&m().message(1, &m().bytes(1, "scope")).message(2, span))
}

fn in_resource(scope_spans: &Message) -> Message {
    let resource = m().message(1, &attribute("service.name", &text("shop")));
    m().message(1, &m().message(1, &resource).message(2, scope_spans))
}

const START: u64 = 1_700_000_000_123_456_789;

/// As most SDKs write it.
fn span() -> Message {
    m().bytes(1, [0x5b, 0x8e, 0xfa, 0xe1, 0x2c, 4, 0x9d, 0x77, 8, 9, 10, 11, 12, 13, 14, 15])
        .bytes(2, [0xee, 0x19, 0xb7, 0xec, 3, 0xc1, 0xb1, 0x74])
        .bytes(5, "GET /cart")
        .varint(6, 2)
        .fixed64(7, START)
        .fixed64(8, START + 1_234_567)
        .message(9, &attribute("http.response.status_code", &m().varint(3, 200)))
        .bytes(15, "")
        .fixed32(16, 0x101)
}

/// Span number `i` of a trace of its own, with attributes.
fn span_with(i: u64, attributes: &[Message]) -> Message {
    let span = m().bytes(1, [0x40 | i as u8; 16]).bytes(2, [i as u8 + 1; 8]).bytes(5, "work");
    let span = span.fixed64(7, START + i * 1_000_003).fixed64(8, START + i * 1_000_003 + 5_000);
    attributes.iter().fold(span, |span, attribute| span.message(9, attribute))
}
