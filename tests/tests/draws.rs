//! What a wrong recognition costs: ids of a generator among ids of nobody. And what a right one saves, id by id.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{TraceCompressor, TraceDecompressor, TracezipConfig};
use tracezip_tests::corpora::{self, Corpus};
use tracezip_tests::drawn::drawn;
use tracezip_tests::frame::{Body, Frame, varint};
use tracezip_tests::rng::Rng;
use tracezip_tests::wire::Message;

/// A batch of spans with these ids, one after the other, each in a trace of its own.
fn request(rng: &mut Rng, ids: &[u64]) -> Vec<u8> {
    let scope = ids.iter().zip(0u64..).fold(Message::new(), |scope, (id, i)| {
        let start = 1_700_000_000_000_000_000 + i * 1_000_003;
        let trace = [rng.next_u64().to_be_bytes(), rng.next_u64().to_be_bytes()].concat();
        let span = Message::new()
            .bytes(1, trace)
            .bytes(2, id.to_be_bytes())
            .bytes(4, rng.next_u64().to_be_bytes())
            .bytes(5, "GET /cart")
            .fixed64(7, start)
            .fixed64(8, start + 40_000 + rng.next_u64() % 1000);
        scope.message(2, &span)
    });
    Message::new().message(1, &Message::new().message(2, &scope)).encode()
}

/// Bytes of a stream of batches.
fn size(batches: &[Vec<u8>], predict_ids: bool) -> usize {
    let config = TracezipConfig::builder().predict_ids(predict_ids).build().unwrap();
    let (mut compressor, mut decompressor) =
        (TraceCompressor::new(config.clone()), TraceDecompressor::new(config.limits()));
    let mut send = |otlp: &Vec<u8>| {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        assert_eq!(&decompressor.decompress(&frame).unwrap(), otlp);
        frame.len()
    };
    batches.iter().map(&mut send).sum()
}

#[test]
fn a_wrong_recognition_costs_two_in_a_hundred_at_most() {
    let lists = [
        ("java_ids.txt", 12),
        ("v8_ids.txt", 12),
        ("mt19937.txt", 400),
        ("mt19937_ruby.txt", 400),
        ("go_bytes.txt", 700),
        ("go_words.txt", 700),
        ("mt19937_64.txt", 400),
    ];
    for (name, few) in lists {
        let mut rng = Rng::new(7);
        // These ids make the process look like one of the family; all others, also of later batches, are nobody's.
        let few = drawn(name).into_iter().take(few).map(|ids| u64::from_be_bytes(ids.span.try_into().unwrap()));
        let first: Vec<u64> = few.chain((0..300).map(|_| rng.next_u64())).collect();
        let later: Vec<u64> = (0..300).map(|_| rng.next_u64()).collect();
        let batches: Vec<Vec<u8>> = [&first, &later, &later].map(|ids| request(&mut rng, ids)).to_vec();
        let (alone, plain) = (size(&batches[..1], true), size(&batches[..1], false));
        assert!(alone * 100 <= plain * 102, "{name}: {alone} bytes with prediction, {plain} without");
        let (stream, blind) = (size(&batches, true), size(&batches, false));
        assert!(stream * 100 <= blind * 102, "{name}: {stream} bytes with prediction, {blind} without, as a stream");
    }
}

/// What of a request comes from Python's SDK: whole `ResourceSpans`.
fn python_part(request: &[u8]) -> Vec<u8> {
    let mut part = Message::new();
    let mut at = 0;
    while at < request.len() {
        let (len, body) = varint(request, at + 1);
        let end = body + len as usize;
        // A string value; the keys of resources and spans are no values.
        if request[body..end].windows(8).any(|bytes| bytes == b"\x0a\x06python") {
            part = part.bytes(1, &request[body..end]);
        }
        at = end;
    }
    part.encode()
}

#[test]
fn every_id_of_python_is_predicted_once_its_sequences_are_known() {
    for file in corpora::large() {
        let corpus = Corpus::read(&file);
        if !["relay_pygors", "python_shop"].contains(&corpus.name.as_str()) {
            continue;
        }
        let mut compressor = TraceCompressor::new(TracezipConfig::default());
        let parts: Vec<Vec<u8>> = corpus.requests.iter().map(|request| python_part(request)).collect();
        let raw: Vec<usize> = parts
            .iter()
            .map(|part| {
                let mut frame = Vec::new();
                compressor.compress_frame(part, &mut frame);
                raw_words(&frame)
            })
            .collect();
        let spans = compressor.stats().span_count;
        println!("{}: {spans} spans of Python; words of ids that are not predicted, by frame: {raw:?}", corpus.name);
        assert!(spans > 10_000, "{}: {spans} spans", corpus.name);
        // Two processes, each of which needs a batch of some hundred spans.
        assert!(raw.iter().skip(4).all(|words| *words == 0), "{}: {raw:?}", corpus.name);
    }
}

/// A batch of one resource: of spans of a language's SDK, given by trace, own id and parent.
fn batch(language: &str, spans: &[(&[u8], &[u8], &[u8])]) -> Vec<u8> {
    let value = Message::new().bytes(1, language);
    let attribute = Message::new().bytes(1, "telemetry.sdk.language").message(2, &value);
    let resource = Message::new().message(1, &attribute);
    let scope = spans.iter().zip(0u64..).fold(Message::new(), |scope, ((trace, own, parent), i)| {
        let start = 1_700_000_000_000_000_000 + i * 1_000_003;
        let span = Message::new().bytes(1, trace).bytes(2, own).bytes(4, parent).bytes(5, "GET /cart");
        scope.message(2, &span.fixed64(7, start).fixed64(8, start + 40_000))
    });
    let resource_spans = Message::new().message(1, &resource).message(2, &scope);
    Message::new().message(1, &resource_spans).encode()
}

#[test]
fn parents_that_another_process_has_drawn_are_predicted() {
    let drawn = drawn("v8_ids.txt");
    let (first, later) = drawn.split_at(150);
    let mut rng = Rng::new(8);
    let mut id = |len| rng.bytes(len);
    let traces: Vec<Vec<u8>> = first.iter().map(|ids| ids.trace.clone().unwrap_or_else(|| id(16))).collect();
    let node: Vec<_> = first.iter().zip(&traces).map(|(ids, trace)| (&trace[..], &ids.span[..], &[][..])).collect();
    let calls: Vec<_> = later.iter().map(|ids| (id(16), id(8), ids.span.clone())).collect();
    let go: Vec<_> = calls.iter().map(|(trace, own, parent)| (&trace[..], &own[..], &parent[..])).collect();
    let words = |predict_ids| {
        let mut compressor = TraceCompressor::new(TracezipConfig::builder().predict_ids(predict_ids).build().unwrap());
        let mut frame = Vec::new();
        compressor.compress_frame(&batch("nodejs", &node), &mut frame);
        frame.clear();
        compressor.compress_frame(&batch("go", &go), &mut frame);
        raw_words(&frame)
    };
    // Traces and own ids are nobody's.
    assert_eq!((words(true), words(false)), (3 * go.len(), 4 * go.len()));
}

/// Ids of eight bytes that a frame has as they are, and halves of those of sixteen.
fn raw_words(frame: &[u8]) -> usize {
    let frame = Frame::read(frame);
    // Linked frames have no settings.
    let settings = if frame.link.is_some() { &[0][..] } else { &[] };
    Body::read(&[settings, &frame.body].concat()).words.len() / 8
}
