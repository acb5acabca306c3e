//! Requests and damage, built by hand for the vectors.

use tracezip::ErrorKind;
use tracezip_tests::generator::Generator;
use tracezip_tests::style::Style;
use tracezip_tests::wire::Message;

type Request = (&'static str, &'static str, Vec<u8>);

fn m() -> Message {
    Message::new()
}

fn text(value: &str) -> Message {
    m().bytes(1, value)
}

fn attribute(key: &str, value: &Message) -> Message {
    m().bytes(1, key).message(2, value)
}

fn request(span: &Message) -> Message {
    let scope_spans = m().message(1, &m().bytes(1, "scope")).message(2, span);
    let resource = m().message(1, &attribute("service.name", &text("shop")));
    m().message(1, &m().message(1, &resource).message(2, &scope_spans))
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

/// Name, what it is, and the bytes.
pub(crate) fn requests() -> Vec<Request> {
    let mut many = Generator::with_style(1, Style::canonical());
    vec![
        ("empty", "no bytes at all", vec![]),
        ("one-span", "one span, as most SDKs write it", request(&span()).encode()),
        ("every-field", "every field of every message, every kind of AnyValue", every_field().encode()),
        ("descending", "fields from the last to the first, as the Collector writes", descending().encode()),
        ("explicit-zeros", "zeros and empty fields that are written", explicit_zeros().encode()),
        ("unknown-fields", "unknown numbers, a group, known numbers of other types", unknown_fields().encode()),
        ("repeated-and-missing", "equal keys, two names, ids of other lengths", repeated_and_missing().encode()),
        ("long-varints", "numbers and lengths longer than need be", long_varints().encode()),
        ("empty-messages", "resource spans without anything", m().bytes(1, "").bytes(1, [0x12, 0]).encode()),
        ("nested-8", "lists in arrays in lists", nested(8).encode()),
        ("nested-64", "deeper than is structured", nested(64).encode()),
        ("metrics", "metrics, not traces", metrics().encode()),
        ("text", "not protobuf", b"{\"resourceSpans\":[]}".to_vec()),
        ("cut", "a request that ends in the middle", every_field().encode()[..200].to_vec()),
        ("spans-40", "forty spans of a few kinds", many.request(40)),
    ]
}

/// Batches of one sender.
pub(crate) fn batches() -> Vec<Vec<u8>> {
    let mut generator = Generator::with_style(2, Style::canonical());
    vec![generator.request(15), generator.request(3), vec![], generator.request(15)]
}

/// Name, what it is, the frame, and the error where it does not depend on the model.
pub(crate) fn damage(frame: &[u8], linked: &[u8]) -> Vec<(&'static str, &'static str, Vec<u8>, Option<ErrorKind>)> {
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut frame = frame.to_vec();
        change(&mut frame);
        frame
    };
    let half = frame.len() / 2;
    // The first byte, the length (a varint), then four bytes of checksum.
    let checksum = 1 + frame[1..].iter().position(|byte| *byte < 0x80).unwrap() + 1;
    vec![
        ("bad-empty", "no bytes at all", vec![], Some(ErrorKind::Truncated)),
        ("bad-protobuf", "a request, not a frame", m().bytes(1, "").encode(), Some(ErrorKind::NotTracezip)),
        ("bad-gzip", "the start of a gzip file", vec![0x1f, 0x8b, 8, 0], None),
        ("bad-version", "format version 7", changed(&|f| f[0] |= 0xe0), Some(ErrorKind::UnsupportedVersion)),
        ("bad-mark-only", "one byte", frame[..1].to_vec(), Some(ErrorKind::Truncated)),
        ("bad-header-cut", "cut in the checksum", frame[..checksum + 2].to_vec(), Some(ErrorKind::Truncated)),
        ("bad-length-huge", "it says it has 2^63 bytes", huge(frame), Some(ErrorKind::LimitExceeded)),
        ("bad-length-endless", "a length of eleven bytes", endless(frame), Some(ErrorKind::Corrupt)),
        ("bad-checksum", "another checksum", changed(&|f| f[checksum] ^= 1), Some(ErrorKind::Checksum)),
        ("bad-linked", "the second frame of a stream", linked.to_vec(), Some(ErrorKind::OutOfSequence)),
        ("bad-half", "the first half of a frame", frame[..half].to_vec(), None),
        ("bad-last-byte-missing", "cut by one byte", frame[..frame.len() - 1].to_vec(), None),
        ("bad-byte-more", "a byte after the end", changed(&|f| f.push(0)), None),
        ("bad-bit-middle", "a flipped bit in the middle", changed(&|f| f[half] ^= 0x10), None),
        ("bad-bit-last", "a flipped bit in the last byte", changed(&|f| *f.last_mut().unwrap() ^= 0x80), None),
        ("bad-body-zeros", "a body of zeros", changed(&|f| f[checksum + 4..].fill(0)), None),
        ("bad-body-ones", "a body of ones", changed(&|f| f[checksum + 4..].fill(0xff)), None),
        ("bad-twice", "two frames in one", [frame, frame].concat(), None),
    ]
}

/// The mark, the length and the rest of a frame with another length.
fn huge(frame: &[u8]) -> Vec<u8> {
    let rest = &frame[1 + frame[1..].iter().position(|byte| *byte < 0x80).unwrap() + 1..];
    [&frame[..1], &[0x80; 9], &[1], rest].concat()
}

fn endless(frame: &[u8]) -> Vec<u8> {
    [&frame[..1], &[0x80; 11], &frame[1..]].concat()
}
