//! Messages in every form that senders write, and in some that none should.

use tracezip_tests::check::LEVELS;
use tracezip_tests::generator::Generator;
use tracezip_tests::style::{Order, Style};
use tracezip_tests::wire::Message;

use super::{Request, START, attribute, m, request, request_of, span, span_with, text};

/// Every field of every message.
fn every_field() -> Message {
    let kvlist = m().message(1, &attribute("in", &m().varint(3, u64::MAX)));
    let array = m().message(1, &text("a")).message(1, &m().varint(2, 1)).message(1, &m());
    let values = [
        m().bytes(1, "text"),
        m().varint(2, 1),
        m().varint(3, 42),
        m().fixed64(4, 2.5f64.to_bits()),
        m().message(5, &array),
        m().message(6, &kvlist),
        m().bytes(7, [0, 255]),
        m().varint(8, 3),
        m(),
    ];
    let event = m().fixed64(1, START + 5).bytes(2, "exception").message(3, &attribute("k", &text("v"))).varint(4, 1);
    let link = m().bytes(1, [1; 16]).bytes(2, [2; 8]).bytes(3, "a=b").message(4, &attribute("k", &text("v")));
    let link = link.varint(5, 2).fixed32(6, 0x301);
    let mut span = m().bytes(1, [3; 16]).bytes(2, [4; 8]).bytes(3, "vendor=1").bytes(4, [5; 8]).bytes(5, "name");
    span = span.varint(6, 3).fixed64(7, START).fixed64(8, START + 99);
    for (i, value) in values.iter().enumerate() {
        span = span.message(9, &attribute(&format!("attribute.{i}"), value).varint(3, i as u64));
    }
    span = span.varint(10, 1).message(11, &event).varint(12, 2).message(13, &link).varint(14, 3);
    span = span.message(15, &m().bytes(2, "failed").varint(3, 2)).fixed32(16, 0x103);
    let scope = m().bytes(1, "scope").bytes(2, "1.0").message(3, &attribute("k", &text("v"))).varint(4, 4);
    let entity = m().bytes(1, "https://schema").bytes(2, "service").bytes(3, "service.name").bytes(4, "host.name");
    let resource = m().message(1, &attribute("service.name", &text("shop"))).varint(2, 5).message(3, &entity);
    let scope_spans = m().message(1, &scope).message(2, &span).bytes(3, "https://schema/scope");
    m().message(1, &m().message(1, &resource).message(2, &scope_spans).bytes(3, "https://schema/resource"))
}

/// As the Collector writes it: from the last field to the first, value before key, empty parent.
fn descending() -> Message {
    let attribute = m().message(2, &text("GET")).bytes(1, "http.request.method");
    let span = m().bytes(15, "").message(9, &attribute).fixed64(8, START + 7).fixed64(7, START).varint(6, 1);
    let span = span.bytes(5, "name").bytes(4, "").fixed32(16, 0x101).bytes(2, [6; 8]).bytes(1, [7; 16]);
    let scope_spans = m().message(2, &span).message(2, &span).bytes(1, "");
    m().message(1, &m().message(2, &scope_spans).message(1, &m().message(1, &attribute)))
}

fn explicit_zeros() -> Message {
    let span = m().bytes(1, [8; 16]).bytes(2, [9; 8]).bytes(3, "").bytes(4, "").bytes(5, "").varint(6, 0);
    let span = span.fixed64(7, 0).fixed64(8, 0).varint(10, 0).varint(12, 0).varint(14, 0);
    request(&span.message(15, &m().bytes(2, "").varint(3, 0)).fixed32(16, 0))
}

fn unknown_fields() -> Message {
    let span =
        span().varint(17, 5).bytes(99, "new").fixed64(1000, 1).fixed32(1001, 2).raw(&[0xa3, 1, 0x08, 1, 0xa4, 1]);
    // Known numbers, other wire types.
    request(&span.varint(7, 1).bytes(16, "flags").fixed32(1, 1)).varint(3, 1)
}

fn repeated_and_missing() -> Message {
    let same = attribute("key", &text("one"));
    let span = m().bytes(5, "only a name").message(9, &same).message(9, &same).bytes(5, "another name");
    request(&span.message(9, &m().bytes(1, "no value")).message(9, &m()).bytes(1, [1, 2, 3]).bytes(2, ""))
}

fn long_varints() -> Message {
    let value = m().long_varint(3, 200, 8);
    let span = m().long_bytes(1, [1; 16], 1).long_bytes(5, "name", 4).long_varint(6, 1, 1);
    request(&span.message(9, &attribute("k", &value)).long_varint(10, 0, 9))
}

fn nested(depth: usize) -> Message {
    let value = (0..depth).fold(text("deep"), |value, i| match i % 2 {
        0 => m().message(5, &m().message(1, &value)),
        _ => m().message(6, &m().message(1, &attribute("k", &value))),
    });
    request(&span().message(9, &attribute("deep", &value)))
}

/// `ExportMetricsServiceRequest`: the same outer shape, another inside.
fn metrics() -> Message {
    let point = m().fixed64(3, START).fixed64(6, 17).message(7, &attribute("cpu", &text("0")));
    let metric = m().bytes(1, "system.cpu.time").bytes(3, "s").message(7, &m().message(1, &point).varint(2, 2));
    m().message(1, &m().message(2, &m().message(2, &metric)))
}

/// The same fields in one order, in another, and attributes between them.
fn interleaved() -> Vec<u8> {
    let keys = ["a", "b", "c", "d"].map(|key| attribute(key, &text(key)));
    let one = span_with(0, &keys);
    let spans = (0..8u64).map(|i| {
        let mut fields = span_with(i, &keys);
        match i % 4 {
            0 => {}
            1 => fields = fields.reversed(),
            2 => fields.fields.rotate_left(3),
            _ => fields.fields.sort_by_key(|field| field.1.len()),
        }
        fields
    });
    request_of(std::iter::once(one).chain(spans))
}

/// Every span has the order of a map that is walked from a random place on, as in Go.
fn rotated() -> Vec<u8> {
    let keys: Vec<Message> = (0..12).map(|i| attribute(&format!("key.{i}"), &m().varint(3, i))).collect();
    request_of((0..20u64).map(|i| {
        let mut keys = keys.clone();
        keys.rotate_left(i as usize * 5 % 12);
        span_with(i, &keys)
    }))
}

/// More orders of one set than its list holds.
fn orders_70() -> Vec<u8> {
    let keys: Vec<Message> = (0..6).map(|i| attribute(&format!("k{i}"), &m().varint(2, 1))).collect();
    request_of((0..70usize).map(|i| {
        let mut order: Vec<usize> = (0..6).collect();
        order.swap(i % 6, i / 6 % 6);
        order.swap(i % 5, i % 3 + 3);
        order.rotate_left(i / 13);
        order.into_iter().fold(m().bytes(5, "orders"), |span, key| span.message(9, &keys[key]))
    }))
}

/// Slots of more than one mask, and more that miss than a vector has sources for.
fn wide() -> Vec<u8> {
    request_of((0..4u64).map(|i| {
        let keys: Vec<Message> =
            (0..70).map(|k| attribute(&format!("w{k}"), &m().varint(3, if k % 3 == 0 { i } else { 7 }))).collect();
        span_with(i, &keys)
    }))
}

/// More fields than a message may have to be structured.
fn too_wide() -> Vec<u8> {
    request_of([(0..1030).fold(m(), |span, i| span.varint(10, i * i * 7919))])
}

/// More kinds of spans than a list of what follows holds.
fn shapes_70() -> Vec<u8> {
    let span = |i: u64| m().bytes(2, [i as u8 + 1; 8]).bytes(5, format!("n{}", i * i % 71)).varint(6, i % 5);
    request_of((0..150).map(span))
}

fn names_600() -> Vec<u8> {
    let name = |i: u64| format!("GET /carts/{}", if i.is_multiple_of(3) { i / 2 } else { i });
    request_of((0..600).map(|i| m().bytes(5, name(i)).varint(6, 1 + i % 2)))
}

fn generated(seed: u64, spans: usize, change: impl FnOnce(&mut Style)) -> Vec<u8> {
    let mut style = Style::canonical();
    change(&mut style);
    Generator::with_style(seed, style).request(spans)
}

pub(super) fn requests() -> Vec<Request> {
    vec![
        Request::new("empty", "no bytes at all", vec![]),
        Request::new("one-span", "one span, as most SDKs write it", request(&span()).encode()).at(&LEVELS),
        Request::new("every-field", "every field of every message, every kind of AnyValue", every_field().encode())
            .at(&LEVELS),
        Request::new("descending", "fields from the last to the first, as the Collector writes", descending().encode()),
        Request::new("explicit-zeros", "zeros and empty fields that are written", explicit_zeros().encode()),
        Request::new(
            "unknown-fields",
            "unknown numbers, a group, known numbers of other types",
            unknown_fields().encode(),
        ),
        Request::new(
            "repeated-and-missing",
            "equal keys, two names, ids of other lengths",
            repeated_and_missing().encode(),
        ),
        Request::new("long-varints", "numbers and lengths longer than need be", long_varints().encode()),
        Request::new(
            "empty-messages",
            "resource spans without anything",
            m().bytes(1, "").bytes(1, [0x12, 0]).encode(),
        ),
        Request::new("nested-8", "lists in arrays in lists", nested(8).encode()),
        Request::new("nested-64", "deeper than is structured", nested(64).encode()),
        Request::new("metrics", "metrics, not traces", metrics().encode()),
        Request::new("text", "not protobuf", b"{\"resourceSpans\":[]}".to_vec()),
        Request::new("cut", "a request that ends in the middle", every_field().encode()[..200].to_vec()),
        Request::new("interleaved", "one set of fields in four orders", interleaved()).at(&LEVELS),
        Request::new("rotated", "attributes in the order of a map", rotated()).at(&LEVELS),
        Request::new("orders-70", "more orders of one set than are kept", orders_70()),
        Request::new("wide", "seventy attributes", wide()).at(&LEVELS),
        Request::new("too-wide", "more fields than a message may have to be structured", too_wide()),
        Request::new("shapes-70", "more kinds of spans than a list holds", shapes_70()),
        Request::new("names-600", "more names than get a family, some twice", names_600()),
        Request::new("spans-40", "forty spans of a few kinds", generated(1, 40, |_| {})).at(&LEVELS),
        Request::new(
            "spans-10-descending",
            "ten spans, each field before the last",
            generated(3, 10, |style| style.order = Order::Descending),
        )
        .at(&LEVELS),
        Request::new(
            "spans-10-shuffled",
            "ten spans, fields in any order",
            generated(4, 10, |style| style.order = Order::Shuffled),
        )
        .at(&LEVELS),
        Request::new(
            "spans-8-odd",
            "eight spans with some of everything that nobody should write",
            generated(5, 8, |style| {
                (style.explicit_zeros, style.missing, style.repeated, style.unknown) = (50, 5, 5, 5);
                (style.odd_ids, style.long_varints, style.nested) = (5, 5, 30);
            }),
        )
        .at(&LEVELS),
    ]
}
