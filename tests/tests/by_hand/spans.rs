//! Spans as relations: traces, parents, times, events, links.

use tracezip_tests::check::LEVELS;
use tracezip_tests::wire::Message;

use super::{Request, START, attribute, m, request_of, text};

fn node(trace: u8, own: u8, parent: u8, start: u64, end: u64) -> Message {
    let span = m().bytes(1, [trace; 16]).bytes(2, [own; 8]);
    let span = if parent == 0 { span } else { span.bytes(4, [parent; 8]) };
    span.bytes(5, "step").fixed64(7, START + start).fixed64(8, START + end)
}

/// Parents first.
fn tree() -> Vec<Message> {
    let mut spans = vec![node(0x77, 1, 0, 0, 900_000)];
    spans.extend((2..20).map(|i| node(0x77, i, i / 2, i as u64 * 20_000, 800_000 - i as u64 * 1_000)));
    spans
}

/// Two traces whose spans come in turn, and come back to an earlier one.
fn turns() -> Vec<u8> {
    request_of((0..18u8).map(|i| node(0x50 + i % 3, i + 1, if i < 3 { 0 } else { i - 2 }, i as u64 * 777, 99_000)))
}

/// Trace ids of 64 bits, the lower half of which is the id of the root.
fn short_traces() -> Vec<u8> {
    request_of((1..6u8).flat_map(|i| {
        let id = [[0; 8], [i; 8]].concat();
        let child = m().bytes(1, &id).bytes(2, [0x80 | i; 8]).bytes(4, [i; 8]).bytes(5, "child");
        [child, m().bytes(1, &id).bytes(2, [i; 8]).bytes(5, "root")]
    }))
}

/// Spans without one id or the other, a span twice, one that is its own parent.
fn odd_ids() -> Vec<u8> {
    request_of([
        m().bytes(2, [1; 8]).bytes(5, "no trace"),
        m().bytes(1, [2; 16]).bytes(5, "no span"),
        m().bytes(4, [3; 8]).bytes(5, "a parent only"),
        m().bytes(5, "no ids"),
        node(9, 5, 5, 0, 1),
        node(9, 5, 0, 0, 1),
        node(9, 5, 0, 0, 1),
        node(0, 6, 0, 5, 6),
        m().bytes(1, [0; 16]).bytes(2, [0; 8]).bytes(4, [0; 8]),
    ])
}

/// A clock of this unit in nanoseconds.
fn clock(unit: u64) -> Vec<u8> {
    let at = |steps: u64| (START / unit + steps) * unit;
    let span = |i: u64| {
        let span = m().bytes(1, [i as u8 / 3; 16]).bytes(2, [i as u8 + 1; 8]).bytes(5, "tick");
        span.fixed64(7, at(i * 17)).fixed64(8, at(i * 17 + i % 4))
    };
    request_of((0..10).map(span))
}

/// A clock that shows nanoseconds and counts ticks, of which `ticks` are so many nanoseconds.
fn counter(nanoseconds: u64, ticks: u64) -> Vec<u8> {
    let at = |count: u64| START + count * nanoseconds / ticks;
    let span = |i: u64| {
        let (begin, end) = (10_007 * i, 10_007 * i + 100 + 37 * i * (i % 5));
        let span =
            m().bytes(1, [i as u8 / 4; 16]).bytes(2, [i as u8 + 1; 8]).bytes(5, ["tick", "tock"][i as usize % 2]);
        let span = span.fixed64(7, at(begin)).fixed64(8, at(end) + (i == 39) as u64 * 13);
        let event = |count: u64| m().fixed64(1, at(count)).bytes(2, "count");
        span.message(11, &event(begin + 50)).message(11, &event(end - 20))
    };
    request_of((0..48).map(span))
}

/// Times backwards, far away, without one end.
fn odd_times() -> Vec<u8> {
    let span = |start: Option<u64>, end: Option<u64>| {
        let span = m().bytes(1, [1; 16]).bytes(5, "time");
        let span = start.map_or(span.clone(), |start| span.fixed64(7, start));
        end.map_or(span.clone(), |end| span.fixed64(8, end))
    };
    request_of([
        span(Some(START), Some(START - 10)),
        span(Some(START), None),
        span(None, Some(START)),
        span(Some(u64::MAX), Some(0)),
        span(Some(1 << 63), Some(1 << 62)),
        span(None, None),
        span(Some(0), Some(0)),
    ])
}

fn events() -> Vec<u8> {
    let event = |i: u64, name: &str| {
        let event = m().fixed64(1, START + i * 1_001).bytes(2, name);
        event.message(3, &attribute("id", &m().varint(3, i))).varint(4, i % 2)
    };
    request_of((0..6u64).map(|i| {
        let span = node(1, i as u8 + 1, i as u8, i * 1_000, i * 1_000 + 50_000);
        let span = (0..i).fold(span, |span, k| span.message(11, &event(i + k, if k == 0 { "begin" } else { "step" })));
        // A run, another field, and a run again; an event without name or time.
        let span = span.message(11, &m().fixed64(1, START)).varint(12, i).message(11, &event(i, "late"));
        span.message(11, &m())
    }))
}

fn links() -> Vec<u8> {
    let to = |trace: u8, own: u8| m().bytes(1, [trace; 16]).bytes(2, [own; 8]);
    request_of((1..6u8).map(|i| {
        let span = node(i, i, 0, 0, 10).message(13, &to(i, i)).message(13, &to(i - 1, i - 1));
        let span = span.message(13, &to(0xee, 0xdd).bytes(3, "a=1").message(4, &attribute("why", &text("retry"))));
        span.message(13, &m().bytes(1, [7; 16])).message(13, &m().bytes(2, [7; 8])).message(13, &m()).varint(14, 1)
    }))
}

/// Status, trace state, flags and counts of what was dropped, as they come and go.
fn details() -> Vec<u8> {
    request_of((0..8u64).map(|i| {
        let span = node(1, i as u8 + 1, 1, i, i + 1).bytes(3, ["", "vendor=1", "vendor=2"][i as usize % 3]);
        let status = if i % 4 == 3 { m().bytes(2, "deadline exceeded").varint(3, 2) } else { m().varint(3, 1) };
        span.varint(6, i % 6)
            .varint(10, i / 3)
            .varint(12, i / 4)
            .varint(14, 0)
            .message(15, &status)
            .fixed32(16, 0x100 + i as u32 % 4)
    }))
}

/// Resources and scopes in turn, some before and some behind their spans, schema URLs.
fn resources() -> Vec<u8> {
    let mut request = m();
    for i in 0..9u8 {
        let name = ["cart", "pay", "mail"][i as usize % 3];
        let resource =
            m().message(1, &attribute("service.name", &text(name))).message(1, &attribute("host", &text(name)));
        let scope =
            m().bytes(1, format!("lib.{}", i % 2)).bytes(2, "1.2.3").message(3, &attribute("short", &m().varint(2, 1)));
        let spans = |k: u8| m().message(2, &node(i, k, 0, 0, 5).message(9, &attribute("from", &text(name))));
        let first = m().message(1, &scope).message(2, &node(i, 40, 0, 0, 5)).bytes(3, "https://schema/1");
        let behind = spans(42).message(1, &scope);
        request = match i % 3 {
            0 => request.message(1, &m().message(1, &resource).message(2, &first).bytes(3, "https://schema/2")),
            1 => request.message(1, &m().message(2, &behind).message(2, &spans(41)).message(1, &resource)),
            _ => request.message(1, &m().message(2, &first).message(2, &behind)),
        };
    }
    request.encode()
}

pub(super) fn requests() -> Vec<Request> {
    let mut children_first = tree();
    children_first.reverse();
    vec![
        Request::new("tree", "a trace, parents first", request_of(tree())).at(&LEVELS),
        Request::new("tree-up", "a trace, children first, as spans end", request_of(children_first)).at(&LEVELS),
        Request::new("traces-in-turn", "three traces whose spans come in turn", turns()),
        Request::new("traces-64-bit", "trace ids whose upper half is zero", short_traces()),
        Request::new("odd-ids", "spans without ids, with the same id twice, that are their own parents", odd_ids()),
        Request::new("clock-100", "a clock of 100 ns", clock(100)),
        Request::new("clock-256", "a clock of 256 ns", clock(256)),
        Request::new("clock-us", "a clock of microseconds", clock(1_000)),
        Request::new("clock-ms", "a clock of milliseconds", clock(1_000_000)).at(&LEVELS),
        Request::new("clock-s", "a clock of seconds", clock(1_000_000_000)),
        Request::new("ticks-24-mhz", "a clock that counts at 24 MHz", counter(125, 3)).at(&LEVELS),
        Request::new("ticks-25-mhz", "a clock that counts at 25 MHz", counter(40, 1)),
        Request::new("ticks-19-mhz", "a clock that counts at 19.2 MHz", counter(625, 12)),
        Request::new("ticks-54-mhz", "a clock that counts at 54 MHz", counter(500, 27)),
        Request::new("odd-times", "ends before starts, times near 2^64, no times", odd_times()),
        Request::new("events", "events: runs, no name, no time", events()).at(&LEVELS),
        Request::new("links", "links to known and unknown spans, with and without ids", links()).at(&LEVELS),
        Request::new("details", "status, trace state, flags, dropped counts", details()),
        Request::new("resources", "resources and scopes in turn, also behind their spans", resources()).at(&LEVELS),
    ]
}
