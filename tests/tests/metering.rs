//! What a metering decompressor says frames were spent on.
#![allow(clippy::unwrap_used)]

use tracezip::{
    Coding, DecompressionStats, KeyPlace, KeyStats, Limits, TraceCompressor, TraceDecompressor, TracezipConfig,
};
use tracezip_tests::corpora::{self, Corpus};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;
use tracezip_tests::wire::Message;

fn compressor(level: u8) -> TraceCompressor {
    TraceCompressor::new(TracezipConfig::builder().level(level).build().unwrap())
}

fn metering() -> TraceDecompressor {
    let mut decompressor = TraceDecompressor::new(Limits::default());
    decompressor.set_metering(true);
    decompressor
}

/// What the frames of a stream of requests are spent on; the compressor's account must be the same.
fn stats_of(requests: &[Vec<u8>], level: u8) -> DecompressionStats {
    let (mut compressor, mut decompressor) = (compressor(level), metering());
    compressor.set_metering(true);
    for otlp in requests {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        assert!(decompressor.decompress(&frame).unwrap() == *otlp);
    }
    let (stats, written) = (decompressor.stats(), compressor.stats());
    assert_eq!(stats.original_size, written.original_size);
    assert_eq!(stats.compressed_size, written.compressed_size);
    assert_eq!(stats.span_count, written.span_count);
    let (read, written) = (stats.columns, written.columns);
    for (read, written) in [
        (read.ids, written.ids),
        (read.times, written.times),
        (read.strings, written.strings),
        (read.numbers, written.numbers),
        (read.structure, written.structure),
    ] {
        // A compressor counts in fifteen bits what level 9 codes in sixteen.
        let tolerance = if level == 9 { 0.002 * stats.compressed_size as f64 } else { 0.001 };
        assert!((read - written).abs() < tolerance, "level {level}: {read} read, {written} written");
    }
    check(&stats);
    stats
}

/// What holds for every account.
fn check(stats: &DecompressionStats) {
    let compressed = stats.compressed_size as f64;
    let keys: f64 = stats.keys.iter().map(|key| key.bytes).sum();
    assert!((stats.columns.total() - compressed).abs() < 0.001, "{:?}", stats.columns);
    assert!((keys + stats.rest.total() - compressed).abs() < 0.001, "keys {keys}, {:?}", stats.rest);
    assert!(stats.rest.ids == stats.columns.ids && stats.random_ids <= stats.columns.ids);
    let originals: u64 = stats.keys.iter().map(|key| key.original_bytes).sum();
    assert!(originals <= stats.original_size);
    assert!(stats.keys.is_sorted_by(|a, b| a.bytes >= b.bytes));
    for key in &stats.keys {
        let sum = |what: fn(&tracezip::CodingStats) -> u64| key.codings.iter().map(what).sum::<u64>();
        assert_eq!((key.values, key.original_bytes), (sum(|of| of.values), sum(|of| of.original_bytes)), "{key:?}");
        assert!(key.bytes > -1e-9 && key.new_values <= key.values, "{key:?}");
        assert!(key.codings.iter().all(|of| of.coding != Coding::Predicted || of.bytes == 0.0), "{key:?}");
    }
}

fn key<'a>(stats: &'a DecompressionStats, place: KeyPlace, name: &str) -> &'a KeyStats {
    stats.keys.iter().find(|key| key.place == place && key.key == name).unwrap()
}

#[test]
fn keys_and_columns_add_up_to_the_frames_of_every_sample() {
    for path in corpora::samples() {
        let corpus = Corpus::read(&path);
        let stats = stats_of(&corpus.requests, 3);
        assert!(stats.keys.len() > 5, "{}", corpus.name);
        // What a key's fields had of the originals is most of them.
        let originals: u64 = stats.keys.iter().map(|key| key.original_bytes).sum();
        assert!(originals as f64 > 0.5 * stats.original_size as f64, "{}: {originals}", corpus.name);
        stats_of(&corpus.requests[..1], 9);
    }
}

#[test]
fn keys_and_columns_add_up_whatever_the_sender_does() {
    for seed in 0..30 {
        let requests: Vec<_> = (0..3).map(|i| Generator::new(100 * seed + i).request(20)).collect();
        stats_of(&requests, if seed % 5 == 0 { 9 } else { 3 });
    }
}

/// An attribute with a text.
fn text(key: &str, value: &str) -> Message {
    Message::new().bytes(1, key).message(2, &Message::new().bytes(1, value))
}

/// An attribute with an integer.
fn int(key: &str, value: u64) -> Message {
    Message::new().bytes(1, key).message(2, &Message::new().varint(3, value))
}

fn request(spans: impl Iterator<Item = Message>) -> Vec<u8> {
    let resource = Message::new().message(1, &text("host.name", "shop-1"));
    let scope = spans.fold(Message::new(), |scope, span| scope.message(2, &span));
    Message::new().message(1, &Message::new().message(1, &resource).message(2, &scope)).encode()
}

fn span(attributes: &[Message]) -> Message {
    attributes.iter().fold(Message::new().bytes(5, "GET /cart"), |span, attribute| span.message(9, attribute))
}

const SPANS: usize = 200;

#[test]
fn the_worst_key_of_a_request_is_named_with_what_it_was_coded_as() {
    let mut rng = Rng::new(1);
    let spans = (0..SPANS).map(|i| {
        let random: String = rng.bytes(32).iter().map(|byte| format!("{byte:02x}")).collect();
        let stack = Message::new().message(3, &text("exception.stacktrace", &format!("at line {}", rng.below(1000))));
        span(&[
            text("session.token", &random),
            text("http.method", "GET"),
            int("attempt", i as u64),
            text("shard", if rng.chance(50) { "north" } else { "south" }),
        ])
        .message(11, &stack)
    });
    let stats = stats_of(&[request(spans)], 3);
    let worst = &stats.keys[0];
    assert_eq!((worst.place, worst.key.as_str(), worst.is_attribute), (KeyPlace::Span, "session.token", true));
    assert_eq!((worst.values, worst.new_values), (SPANS as u64, SPANS as u64));
    assert_eq!((worst.codings.len(), worst.codings[0].coding), (1, Coding::Hex));
    // 32 random bytes each, and next to nothing to say so.
    assert!((32.0..34.0).contains(&(worst.bytes / SPANS as f64)), "{worst:?}");
    // Tag and length, key, value with its type.
    assert_eq!(worst.original_bytes, SPANS as u64 * (2 + 2 + 13 + 2 + 2 + 64));
    assert_eq!(worst.dearest.len(), 64);

    let stack = &stats.keys[1];
    assert_eq!((stack.place, stack.key.as_str()), (KeyPlace::Event, "exception.stacktrace"));
    assert!(stack.codings.iter().any(|of| of.coding == Coding::Pattern && of.values > 100), "{stack:?}");

    let method = key(&stats, KeyPlace::Span, "http.method");
    assert_eq!((method.values, method.new_values), (SPANS as u64, 1));
    assert!(method.bytes < 20.0, "{method:?}");
    let attempt = key(&stats, KeyPlace::Span, "attempt");
    assert!(
        attempt.codings.iter().any(|of| of.coding == Coding::Delta && of.values >= SPANS as u64 - 2),
        "{attempt:?}"
    );
    // Two values by turns, in no order: which one it is costs less than a bit, but it does cost.
    let shard = key(&stats, KeyPlace::Span, "shard");
    assert_eq!((shard.values, shard.new_values), (SPANS as u64, 2));
    assert!(shard.bytes > 1.0 && shard.bytes < 0.5 * SPANS as f64, "{shard:?}");

    let name = key(&stats, KeyPlace::Span, "name");
    assert_eq!((name.is_attribute, name.values, name.new_values), (false, SPANS as u64, 1));
    let host = key(&stats, KeyPlace::Resource, "host.name");
    assert_eq!((host.values, host.dearest.as_str()), (1, "shop-1"));
    let resource = key(&stats, KeyPlace::ResourceSpans, "resource");
    assert_eq!(resource.codings[0].coding, Coding::Message);
    // Its attribute counts for itself.
    assert_eq!(resource.original_bytes + host.original_bytes, 2 + 2 + 11 + 2 + 2 + 6);
}

#[test]
fn every_coding_is_told() {
    let uuid = |i: u64| format!("{i:08x}-0000-4000-8000-{:012x}", i * 0x9e37_79b9);
    let spans = (1..40u64).map(|i| {
        let list = Message::new().message(1, &text("inner", &format!("x{i}y")));
        let array =
            Message::new().message(1, &Message::new().varint(3, i * i)).message(1, &Message::new().varint(3, 7));
        let value = |key: &str, value: &Message| Message::new().bytes(1, key).message(2, value);
        span(&[
            text("uuid", &uuid(i)),
            text("uuid again", &uuid(i)),
            text("earlier uuid", &uuid(i / 2 + 1)),
            text("decimal", &(i * 1000 + i * i).to_string()),
            text("own", &format!("{i:016x}")),
            value("list", &Message::new().message(6, &list)),
            value("array", &Message::new().message(5, &array)),
            value("price", &Message::new().fixed64(4, (i as f64 * 0.25).to_bits())),
            value("ratio", &Message::new().fixed64(4, (1.0 / i as f64).to_bits())),
            int("wild", i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (i % 40)),
            value("nothing", &Message::new()),
        ])
        .bytes(1, [i as u8; 16])
        .bytes(2, i.to_be_bytes())
    });
    let stats = stats_of(&[request(spans)], 3);
    for (name, coding) in [
        ("uuid", Coding::Uuid),
        ("uuid again", Coding::Copied),
        ("earlier uuid", Coding::Seen),
        ("decimal", Coding::Decimal),
        ("own", Coding::OwnId),
        ("list", Coding::List),
        ("array", Coding::Array),
        ("price", Coding::Scaled),
        ("ratio", Coding::Double),
        ("wild", Coding::Number),
        ("nothing", Coding::Empty),
    ] {
        let key = key(&stats, KeyPlace::Span, name);
        assert!(key.codings.iter().any(|of| of.coding == coding), "{name}: {key:?}");
    }
    assert!(key(&stats, KeyPlace::Nested, "inner").new_values >= 38);
}

#[test]
fn only_whole_frames_count_and_only_while_metering_is_on() {
    let otlp = Generator::with_style(3, Style::canonical()).request(50);
    let mut frame = Vec::new();
    compressor(3).compress_frame(&otlp, &mut frame);
    let mut decompressor = TraceDecompressor::new(Limits::default());
    decompressor.decompress(&frame).unwrap();
    assert_eq!(decompressor.stats(), DecompressionStats::default());
    decompressor.set_metering(true);
    decompressor.decompress(&otlp).unwrap();
    for end in [frame.len() / 2, frame.len() - 1] {
        decompressor.decompress(&frame[..end]).unwrap_err();
        assert_eq!(decompressor.stats(), DecompressionStats::default());
    }
    decompressor.decompress(&frame).unwrap();
    let stats = decompressor.stats();
    assert_eq!((stats.compressed_size, stats.span_count), (frame.len() as u64, 50));
    check(&stats);
    decompressor.decompress(&frame).unwrap();
    assert_eq!(decompressor.stats().keys[0].values, 2 * stats.keys[0].values);
    decompressor.reset_stats();
    assert_eq!(decompressor.stats(), DecompressionStats::default());
}

#[test]
fn a_stored_frame_is_structure_and_its_spans_count() {
    let config = TracezipConfig::builder().enabled(false).build().unwrap();
    let otlp = Generator::with_style(5, Style::canonical()).request(7);
    let (mut frame, mut decompressor) = (Vec::new(), metering());
    TraceCompressor::new(config).compress_or_store(&otlp, &mut frame);
    decompressor.decompress(&frame).unwrap();
    let stats = decompressor.stats();
    assert_eq!((stats.span_count, stats.keys.len()), (7, 0));
    assert_eq!((stats.columns.structure, stats.rest.structure), (frame.len() as f64, frame.len() as f64));
}
