//! Compressors and decompressors that keep state: order, recovery, settings, memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{
    CompressedTraces, ErrorKind, Limits, TraceCompressor, TraceDecompressor, TracezipConfig, TracezipConfigBuilder,
};
use tracezip_tests::check::Stream;
use tracezip_tests::corpora::{self, Corpus};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;

fn requests(count: usize, spans: usize) -> Vec<Vec<u8>> {
    let mut generator = Generator::with_style(7, Style::canonical());
    (0..count).map(|_| generator.request(spans)).collect()
}

fn frames(requests: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut compressor = TraceCompressor::new(TracezipConfig::default());
    let frames = requests.iter().map(|otlp| compressor.compress(otlp).unwrap());
    frames
        .map(|traces| {
            assert!(traces.is_compressed());
            traces.into_bytes()
        })
        .collect()
}

fn built(change: impl Fn(TracezipConfigBuilder) -> TracezipConfigBuilder) -> TracezipConfig {
    change(TracezipConfig::builder()).build().unwrap()
}

/// Like `assert_eq!`, without the bytes.
fn reads(decompressor: &mut TraceDecompressor, frame: &[u8], otlp: &[u8]) {
    let back = decompressor.decompress(frame).unwrap_or_else(|error| panic!("{error}"));
    assert!(back == otlp, "{} bytes came back, other than the {} that went in", back.len(), otlp.len());
}

fn out_of_sequence(decompressor: &mut TraceDecompressor, frame: &[u8]) {
    let error = decompressor.decompress(frame).expect_err("the frame is out of sequence");
    assert_eq!(error.kind(), ErrorKind::OutOfSequence, "{error}");
}

#[test]
fn a_lost_frame_is_noticed_and_the_first_frame_starts_anew() {
    let requests = requests(6, 30);
    let frames = frames(&requests);
    for lost in 0..5 {
        let mut decompressor = TraceDecompressor::new(Limits::default());
        for i in 0..lost {
            reads(&mut decompressor, &frames[i], &requests[i]);
        }
        for frame in &frames[lost + 1..] {
            out_of_sequence(&mut decompressor, frame);
        }
        for (frame, otlp) in frames.iter().zip(&requests) {
            reads(&mut decompressor, frame, otlp);
        }
    }
}

#[test]
fn every_pair_out_of_order_is_noticed() {
    let requests = requests(5, 30);
    let frames = frames(&requests);
    for (i, next) in (0..5).flat_map(|i| (1..5).map(move |next| (i, next))).filter(|(i, next)| *next != i + 1) {
        let mut decompressor = TraceDecompressor::new(Limits::default());
        frames[..=i].iter().for_each(|frame| drop(decompressor.decompress(frame).unwrap()));
        out_of_sequence(&mut decompressor, &frames[next]);
        // Also the right one: the decoder has lost the thread.
        out_of_sequence(&mut decompressor, &frames[(i + 1).clamp(1, 4)]);
    }
}

#[test]
fn equal_batches_are_told_apart() {
    let otlp = requests(1, 30).remove(0);
    let frames = frames(&vec![otlp.clone(); 4]);
    let mut decompressor = TraceDecompressor::new(Limits::default());
    reads(&mut decompressor, &frames[0], &otlp);
    reads(&mut decompressor, &frames[1], &otlp);
    out_of_sequence(&mut decompressor, &frames[3]);
}

#[test]
fn frames_that_are_stored_are_in_sequence_too() {
    let traces = requests(4, 30);
    let odd = [Vec::new(), Rng::new(1).bytes(300), Rng::new(2).bytes(3)];
    for odd in odd {
        let batches = [traces[0].clone(), traces[1].clone(), odd, traces[2].clone(), traces[3].clone()];
        let mut compressor = TraceCompressor::new(TracezipConfig::default());
        let frames = batches.each_ref().map(|otlp| {
            let mut frame = Vec::new();
            compressor.compress_frame(otlp, &mut frame);
            frame
        });
        let mut decompressor = TraceDecompressor::new(Limits::default());
        for (frame, otlp) in frames.iter().zip(&batches) {
            reads(&mut decompressor, frame, otlp);
        }
        for lost in 1..4 {
            let mut decompressor = TraceDecompressor::new(Limits::default());
            for frame in &frames[..lost] {
                decompressor.decompress(frame).unwrap();
            }
            out_of_sequence(&mut decompressor, &frames[lost + 1]);
        }
    }
}

#[test]
fn after_an_error_a_reset_frame_is_taken_and_the_stream_goes_on() {
    let requests = requests(6, 30);
    let mut stream = Stream::new(TracezipConfig::default());
    stream.send(&requests[0]);
    let mut lost = Vec::new();
    stream.compressor.compress_frame(&requests[1], &mut lost);
    let mut frame = Vec::new();
    stream.compressor.compress_frame(&requests[2], &mut frame);
    out_of_sequence(&mut stream.decompressor, &frame);
    stream.compressor.reset();
    for otlp in &requests[3..] {
        stream.send(otlp);
    }
}

#[test]
fn a_damaged_frame_does_not_poison_the_decoder() {
    let requests = requests(4, 30);
    let mut frames = frames(&requests);
    let mut decompressor = TraceDecompressor::new(Limits::default());
    decompressor.decompress(&frames[0]).unwrap();
    let last = frames[1].len() - 1;
    frames[1][last] ^= 1;
    decompressor.decompress(&frames[1]).unwrap_err();
    frames[1][last] ^= 1;
    out_of_sequence(&mut decompressor, &frames[1]);
    for (frame, otlp) in frames.iter().zip(&requests) {
        reads(&mut decompressor, frame, otlp);
    }
}

#[test]
fn a_frame_of_a_stream_is_no_frame_that_stands_alone() {
    let frames = frames(&requests(2, 30));
    assert!(tracezip::decompress(&frames[0]).is_ok());
    assert_eq!(tracezip::decompress(&frames[1]).unwrap_err().kind(), ErrorKind::OutOfSequence);
}

#[test]
fn a_stream_is_smaller_than_its_frames_alone() {
    let requests = requests(20, 50);
    let alone: usize = requests.iter().map(|otlp| tracezip::compress(otlp).len()).sum();
    let linked: usize = frames(&requests).iter().map(Vec::len).sum();
    assert!(linked * 20 < alone * 19, "{linked} bytes as a stream, {alone} alone");
}

#[test]
fn not_enabled_gives_the_input_which_passes_through() {
    let otlp = requests(1, 50).remove(0);
    let mut compressor = TraceCompressor::new(built(|config| config.enabled(false)));
    let traces = compressor.compress(&otlp).unwrap();
    assert!(traces == CompressedTraces::Uncompressed(otlp.clone()), "it is compressed");
    reads(&mut TraceDecompressor::new(Limits::default()), traces.as_bytes(), &otlp);
}

#[test]
fn small_batches_are_compressed_only_where_state_helps() {
    let (small, large) = (requests(1, 9).remove(0), requests(1, 10).remove(0));
    let mut compressor = TraceCompressor::new(TracezipConfig::default());
    let mut decompressor = TraceDecompressor::new(Limits::default());
    let mut send = |otlp: &[u8], compressed: bool, reset: bool| {
        if reset {
            compressor.reset();
        }
        let traces = compressor.compress(otlp).unwrap();
        assert_eq!(traces.is_compressed(), compressed);
        reads(&mut decompressor, traces.as_bytes(), otlp);
    };
    send(&small, false, false);
    send(&large, true, false);
    send(&small, true, false);
    send(&small, false, true);
    let mut compressor = TraceCompressor::new(built(|config| config.min_batch_size(1)));
    assert!(compressor.compress(&small).unwrap().is_compressed());
    let mut compressor = TraceCompressor::new(built(|config| config.min_batch_size(11)));
    assert!(!compressor.compress(&large).unwrap().is_compressed());
}

#[test]
fn what_is_not_worth_it_is_stored_where_a_frame_is_needed() {
    let (small, large) = (requests(1, 9).remove(0), requests(1, 50).remove(0));
    for (config, coded) in [(TracezipConfig::default(), true), (built(|config| config.enabled(false)), false)] {
        let mut compressor = TraceCompressor::new(config);
        let mut decompressor = TraceDecompressor::new(Limits::default());
        assert_eq!(compressor.stats().compression_percentage(), 0.0);
        for (otlp, stored) in [(&small, true), (&large, !coded), (&small, !coded)] {
            let mut frame = Vec::new();
            assert_eq!(compressor.compress_or_store(otlp, &mut frame), frame.len());
            assert_eq!(tracezip::is_stored(&frame), stored);
            reads(&mut decompressor, &frame, otlp);
        }
        let stats = compressor.stats();
        assert_eq!(stats.span_count, 68);
        assert_eq!(stats.compression_percentage() > 0.0, coded, "{stats:?}");
    }
}

/// Bytes of a real sender's batches as a stream; each comes back.
fn size_with(config: TracezipConfig) -> usize {
    let mut stream = Stream::new(config);
    let path = corpora::samples().into_iter().find(|path| path.ends_with("java_orders.otlp.zst")).unwrap();
    Corpus::read(&path).rebatched(500).iter().map(|otlp| stream.send(otlp)).sum()
}

#[test]
fn levels_trade_time_for_size() {
    let size = |level| size_with(built(|config| config.level(level)));
    let (fast, default, small) = (size(1), size(3), size(9));
    assert!(small < default && default < fast, "levels 1, 3, 9: {fast}, {default}, {small} bytes");
    for level in 1..=9 {
        size(level);
    }
}

#[test]
fn what_is_switched_off_is_missed() {
    let default = size_with(TracezipConfig::default());
    for (name, config) in [
        ("enable_delta_encoding", built(|config| config.enable_delta_encoding(false))),
        ("enable_dedup", built(|config| config.enable_dedup(false))),
        ("max_string_table_size", built(|config| config.max_string_table_size(16))),
    ] {
        let size = size_with(config);
        assert!(size > default, "without {name}: {size} bytes, with it {default}");
    }
}

#[test]
fn deduplication_is_counted() {
    let count = |config: TracezipConfig| {
        let mut stream = Stream::new(config);
        for otlp in requests(5, 200) {
            stream.send(&otlp);
        }
        stream.compressor.stats().deduped_spans
    };
    assert!(count(TracezipConfig::default()) > 0);
    assert_eq!(count(built(|config| config.enable_dedup(false))), 0);
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |change: fn(TracezipConfigBuilder) -> TracezipConfigBuilder| {
        let error = change(TracezipConfig::builder()).build().expect_err("the setting is out of range");
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    };
    refused(|config| config.level(0));
    refused(|config| config.level(10));
    refused(|config| config.max_state_bytes(0));
    refused(|config| config.max_state_bytes(usize::MAX));
    refused(|config| config.max_string_table_size(0));
}

#[test]
fn a_decoder_stops_at_its_limit() {
    let otlp = requests(1, 50).remove(0);
    let limits = |max_decoded_bytes| Limits { max_decoded_bytes, ..Limits::default() };
    let frame = tracezip::compress(&otlp);
    assert!(tracezip::decompress_with(&frame, limits(otlp.len())).unwrap() == otlp);
    let error = tracezip::decompress_with(&frame, limits(otlp.len() - 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    let error = TraceDecompressor::new(limits(10)).decompress(&frame).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn more_state_than_the_decoder_allows_is_an_error_and_not_wrong_bytes() {
    let mut compressor = TraceCompressor::new(built(|config| config.max_state_bytes(64 << 20)));
    let mut decompressor = TraceDecompressor::new(Limits { max_state_bytes: 1 << 20, ..Limits::default() });
    let mut style = Style::canonical();
    style.fresh = 100;
    let mut generator = Generator::with_style(5, style);
    for _ in 0..40 {
        let otlp = generator.request(200);
        let mut frame = Vec::new();
        compressor.compress_frame(&otlp, &mut frame);
        match decompressor.decompress(&frame) {
            Ok(back) => assert!(back == otlp),
            Err(error) => return assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}"),
        }
    }
}

#[test]
fn statistics_add_up() {
    let requests = requests(8, 100);
    let mut compressor = TraceCompressor::new(TracezipConfig::default());
    compressor.set_metering(true);
    let mut out = Vec::new();
    for otlp in &requests {
        compressor.compress_frame(otlp, &mut out);
    }
    let stats = *compressor.stats();
    let raw: usize = requests.iter().map(Vec::len).sum();
    assert_eq!((stats.original_size, stats.compressed_size), (raw as u64, out.len() as u64));
    assert_eq!(stats.span_count, 800);
    assert!(stats.deduped_spans <= stats.span_count);
    assert!((stats.compression_ratio() - raw as f64 / out.len() as f64).abs() < 1e-9);
    let columns = stats.columns;
    let parts = [columns.ids, columns.times, columns.strings, columns.numbers, columns.structure];
    assert!(parts.iter().all(|bytes| *bytes > 0.01 * out.len() as f64), "{columns:?}");
    let sum: f64 = parts.iter().sum();
    assert!((sum - out.len() as f64).abs() < 1e-6, "columns {sum}, frames {}", out.len());
    compressor.reset_stats();
    assert_eq!(*compressor.stats(), Default::default());
}

/// State of the encoder after each of 100,000 spans / 500.
fn states(config: TracezipConfig, style: Style) -> Vec<usize> {
    let mut generator = Generator::with_style(11, style);
    let mut stream = Stream::new(config);
    (0..200)
        .map(|_| {
            stream.send(&generator.request(500));
            stream.compressor.state_bytes()
        })
        .collect()
}

#[test]
fn state_stays_within_its_limit_over_100_000_spans() {
    let mut ever_new = Style::canonical();
    (ever_new.fresh, ever_new.families) = (100, 2000);
    for (limit, style) in [(8 << 20, ever_new.clone()), (1 << 20, ever_new), (8 << 20, Style::canonical())] {
        let states = states(built(|config| config.max_state_bytes(limit)), style);
        let most = |part: &[usize]| part.iter().copied().max().unwrap_or(0);
        assert!(most(&states) > 0, "no state is reported");
        assert!(most(&states) <= limit, "{} bytes of state, limit {limit}", most(&states));
        // Flat: the last quarter needs hardly more than the third.
        let (third, last) = (most(&states[100..150]), most(&states[150..]));
        assert!(last <= third + limit / 20, "state grows from {third} to {last} bytes");
    }
}
