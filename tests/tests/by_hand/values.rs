//! Every kind of `AnyValue`, each with values that are new, that repeat and that go on.

use tracezip_tests::check::LEVELS;
use tracezip_tests::wire::Message;

use super::{Request, attribute, m, request_of, span_with, text};

/// A span for each value of the attribute.
fn spans(key: &str, values: impl IntoIterator<Item = Message>) -> Vec<u8> {
    request_of(values.into_iter().enumerate().map(|(i, value)| span_with(i as u64, &[attribute(key, &value)])))
}

fn strings(key: &str, values: &[&str]) -> Vec<u8> {
    spans(key, values.iter().map(|value| text(value)))
}

fn integers() -> Vec<u8> {
    let values = [0, 1, 2, 3, 5, 8, 8, 7, 1 << 20, (1 << 20) + 1, u64::MAX, i64::MIN as u64, i64::MAX as u64, 200, 404];
    spans("number", values.map(|value| m().varint(3, value)))
}

fn doubles() -> Vec<u8> {
    let values = [0.0, -0.0, 1.0, 2.5, 19.99, 20.01, 0.1 + 0.2, 1e300, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE];
    spans("price", values.map(|value| m().fixed64(4, value.to_bits())))
}

fn bytes() -> Vec<u8> {
    let values: [&[u8]; 6] =
        [b"", b"\0", b"\0\xff\0\xff", b"plain text", &[0x80; 30], b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"];
    spans("body", values.map(|value| m().bytes(7, value)))
}

/// `ArrayValue` of these.
fn array(values: &[Message]) -> Message {
    m().message(5, &values.iter().fold(m(), |array, value| array.message(1, value)))
}

fn arrays() -> Vec<u8> {
    let number = |value| m().varint(3, value);
    let values = [
        array(&[]),
        array(&[text("a"), text("b"), text("a")]),
        array(&[number(1), number(2), number(3)]),
        array(&[m().varint(2, 1), m().fixed64(4, 1.5f64.to_bits()), m(), m().bytes(7, [1, 2])]),
        array(&[array(&[number(1)]), array(&[text("deep"), array(&[])])]),
        // An element in a form of its own: not structured.
        m().message(5, &m().long_varint(1, 1, 2)),
    ];
    spans("list", values)
}

fn lists() -> Vec<u8> {
    let list = |pairs: &[(&str, Message)]| {
        m().message(6, &pairs.iter().fold(m(), |list, (key, value)| list.message(1, &attribute(key, value))))
    };
    let user = |name: &str, age| list(&[("name", text(name)), ("age", m().varint(3, age))]);
    let values =
        [list(&[]), user("ann", 41), user("bob", 42), list(&[("age", m().varint(3, 1)), ("in", user("eve", 43))])];
    spans("user", values)
}

/// Ids of the span in its own attributes, UUIDs, digests, decimal numbers.
fn ids_as_text() -> Vec<u8> {
    let hex = |byte: u8, count: usize| format!("{byte:02x}").repeat(count);
    let uuid = "0f8fad5b-d9cd-469f-a165-70867728950e";
    let pairs = |i: u64| {
        let (trace, own) = (hex(0x40 | i as u8, 16), hex(i as u8 + 1, 8));
        vec![
            attribute("trace_id", &text(&trace)),
            attribute("span_id", &text(&own)),
            attribute("log", &text(&format!("trace={trace} span={own} done"))),
            attribute("request.id", &text(&uuid.replace("0f8", &format!("{i}f8")))),
            attribute("correlation.id", &text(&uuid.replace("0f8", &format!("{}f8", i / 2)))),
            attribute("digest", &text(&hex(0xa0 | i as u8, 20))),
            attribute("port", &text(&(8080 + i).to_string())),
            attribute("path", &text(&format!("/orders/{uuid}/items/9b2f{i:04x}c1d2"))),
        ]
    };
    request_of((0..6).map(|i| span_with(i, &pairs(i))))
}

fn decimals() -> Vec<u8> {
    let numbers = ["0", "7", "42", "007", "-5", "+5", "4.2", "999999999999999999", "1000000000000000000", "1e3", ""];
    spans("size", numbers.map(text))
}

fn texts() -> Vec<u8> {
    let long = "the quick brown fox jumps over the lazy dog; ".repeat(40);
    let values = [
        "",
        "GET",
        "application/json",
        "SELECT id, name FROM users WHERE id = 1",
        "SELECT id, name FROM users WHERE id = 22",
        "SELECT id, price FROM orders WHERE id = 22",
        "日本語のテキスト",
        "zero\0bytes\0\0in\0",
        "\0",
        "java.lang.IllegalArgumentException: no such order",
        "0123",
        "123456789012345678",
        "1234567890123456789",
        &long,
    ];
    strings("text", &values)
}

/// Values that follow from another: associations, twins, the value before, the value of the trace.
fn related() -> Vec<u8> {
    let pairs = [("alpha", "10.0.0.1", "eu"), ("beta", "10.0.0.2", "us"), ("gamma", "10.0.0.3", "eu")];
    request_of((0..30u64).map(|i| {
        let (host, ip, region) = pairs[(i * i % 7 % 3) as usize];
        let order = format!("order-{}", i / 3);
        let values = [("host", host), ("ip", ip), ("region", region), ("order", &order), ("order.again", &order)];
        span_with(i / 2, &values.map(|(key, value)| attribute(key, &text(value))))
    }))
}

/// More values of a key than a symbol tells apart.
fn many() -> Vec<u8> {
    strings(
        "many",
        &std::array::from_fn::<_, 60, _>(|i| ["a", "b", "c", "d", "e"][i % 5].repeat(1 + i * 7 % 31))
            .each_ref()
            .map(|s| &s[..]),
    )
}

pub(super) fn requests() -> Vec<Request> {
    let empty = spans("nothing", [m(), m(), text("now"), m()]);
    let flags = spans("retry", [0, 1, 1, 1, 0].map(|value| m().varint(2, value)));
    let kinds = spans("any", [text("1"), m().varint(3, 1), m().fixed64(4, 1f64.to_bits()), m().varint(2, 1), m()]);
    vec![
        Request::new("value-string", "strings: none, known ones, like ones, long ones, with zero bytes", texts())
            .at(&LEVELS),
        Request::new("value-bool", "booleans", flags),
        Request::new("value-int", "integers of every size", integers()).at(&LEVELS),
        Request::new("value-double", "doubles: few decimal places, many, none", doubles()).at(&LEVELS),
        Request::new("value-bytes", "bytes", bytes()).at(&LEVELS),
        Request::new("value-array", "arrays: of every kind, in arrays, in a form of their own", arrays()).at(&LEVELS),
        Request::new("value-kvlist", "lists of keys and values", lists()).at(&LEVELS),
        Request::new("value-empty", "values without a value", empty),
        Request::new("value-any", "one key with values of five kinds", kinds),
        Request::new("ids-as-text", "ids, UUIDs and digests in attributes", ids_as_text()).at(&LEVELS),
        Request::new("decimals", "numbers in strings, and what is like one", decimals()),
        Request::new("related", "values that follow from other values", related()).at(&LEVELS),
        Request::new("many-values", "more values of a key than a symbol tells apart", many()),
    ]
}
