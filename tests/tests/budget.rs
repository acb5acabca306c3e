//! What a frame may cost is paid for by its length.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{ErrorKind, Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
use tracezip_tests::wire::{Message, put_varint};

/// Bytes that each byte of a frame pays for, and those that are free (`spec/frame.md`).
const EARNED: usize = 8192;
const FREE: usize = 16 << 10;

/// A request of `spans` spans with one and the same long attribute.
fn repetitive(spans: u64, long: &str) -> Vec<u8> {
    let attribute = Message::new().bytes(1, "prompt").message(2, &Message::new().bytes(1, long.as_bytes()));
    let span = |i: u64| {
        let id = (i + 1).to_be_bytes();
        let start = 1_700_000_000_000_000_000 + i * 1_000_000;
        Message::new()
            .bytes(1, [7; 16])
            .bytes(2, id)
            .bytes(5, "chat")
            .fixed64(7, start)
            .fixed64(8, start + 500)
            .message(9, &attribute)
    };
    let scope = (0..spans).fold(Message::new(), |scope, i| scope.message(2, &span(i)));
    Message::new().message(1, &Message::new().message(2, &scope)).encode()
}

#[test]
fn a_frame_that_is_very_short_for_its_original_is_filled_up() {
    let otlp = repetitive(40, &"All work and no play. ".repeat(20_000));
    for level in [1, 3, 9] {
        let config = TracezipConfig::builder().level(level).build().unwrap();
        let frame = tracezip::compress_level(&otlp, &config);
        assert!(frame.len() * EARNED + FREE >= otlp.len(), "level {level}: {} bytes", frame.len());
        assert!(frame.len() < otlp.len() / 500, "level {level}: {} bytes", frame.len());
        assert_eq!(tracezip::decompress(&frame).unwrap(), otlp);
    }
    let mut compressor = TraceCompressor::new(TracezipConfig::default());
    let mut decompressor = TraceDecompressor::new(Limits::default());
    for _ in 0..3 {
        let mut frame = Vec::new();
        compressor.compress_frame(&otlp, &mut frame);
        assert!(frame.len() * EARNED + FREE >= otlp.len());
        assert_eq!(decompressor.decompress(&frame).unwrap(), otlp);
    }
}

#[test]
fn an_original_that_the_body_does_not_pay_for_is_refused_at_once() {
    for (len, too_short) in [(FREE + 10 * EARNED, false), (FREE + 10 * EARNED + 1, true)] {
        let mut frame = vec![0x0f];
        put_varint(&mut frame, len as u64, 0);
        frame.extend([0; 14]);
        let error = tracezip::decompress(&frame).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated);
        assert_eq!(error.to_string().contains("too short"), too_short, "{len}: {error}");
    }
}
