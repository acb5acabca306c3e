//! A compressor that was reset, and a decompressor at a frame that stands alone, are as good as new, whatever the
//! settings of the frames before and whatever was learnt from them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{Limits, TraceCompressor, TraceDecompressor, TracezipConfig, TracezipConfigBuilder};
use tracezip_tests::check::LEVELS;
use tracezip_tests::drawn::{self, Drawn, drawn};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;
use tracezip_tests::wire::Message;

/// Each differs from the first in what a frame says of its sender's settings.
fn configs() -> Vec<TracezipConfig> {
    let changes: [fn(TracezipConfigBuilder) -> TracezipConfigBuilder; 6] = [
        |config| config,
        |config| config.max_string_table_size(16),
        |config| config.max_state_bytes(1 << 20),
        |config| config.enable_delta_encoding(false),
        |config| config.level(9),
        |config| config.level(9).max_string_table_size(16),
    ];
    changes.map(|change| change(TracezipConfig::builder()).build().unwrap()).into()
}

#[test]
fn frames_of_all_settings_are_read_after_each_other() {
    // Enough spans for a model with few strings to be renewed on the way.
    let otlp = Generator::with_style(7, Style::canonical()).request(100);
    let frames: Vec<Vec<u8>> = configs().iter().map(|config| tracezip::compress_level(&otlp, config)).collect();
    for (i, before) in frames.iter().enumerate() {
        let mut decompressor = TraceDecompressor::new(Limits::default());
        for (k, frame) in frames.iter().enumerate() {
            for (name, frame) in [(i, before), (k, frame)] {
                let back = decompressor.decompress(frame);
                assert!(back.is_ok_and(|back| back == otlp), "frame {name} is not read between {i} and {k}");
            }
        }
    }
}

/// Spans with these ids, each with so many random letters.
fn request(rng: &mut Rng, ids: &[Drawn], letters: usize) -> Vec<u8> {
    drawn::request(ids.iter().zip(0..).map(|(ids, i)| {
        let text: String = (0..letters).map(|_| char::from(b'a' + rng.below(26) as u8)).collect();
        let attribute = Message::new().bytes(1, "text").message(2, &Message::new().bytes(1, &text));
        drawn::span(ids, i).message(9, &attribute)
    }))
}

/// The state is above its limit at the end of the first batch, so it is dropped but for the processes whose ids
/// are predicted; those are for the reset to forget.
#[test]
fn what_outlives_a_renewal_does_not_outlive_a_reset() {
    let (ids, mut rng) = (drawn("java_ids.txt"), Rng::new(1));
    let (first, next) = (request(&mut rng, &ids[..60], 1000), request(&mut rng, &ids[60..120], 5));
    for level in LEVELS {
        let config = TracezipConfig::builder().level(level).max_state_bytes(1 << 20).build().unwrap();
        let expected = tracezip::compress_level(&next, &config);
        let mut compressor = TraceCompressor::new(config.clone());
        let mut decompressor = TraceDecompressor::new(config.limits());
        let (mut heavy, mut linked, mut frame) = (Vec::new(), Vec::new(), Vec::new());
        compressor.compress_frame(&first, &mut heavy);
        // Predicted, for the processes are known.
        compressor.compress_frame(&next, &mut linked);
        assert!(linked.len() + 8 < expected.len(), "level {level}: {} bytes", linked.len());
        compressor.reset();
        compressor.compress_frame(&first, &mut Vec::new());
        compressor.reset();
        compressor.compress_frame(&next, &mut frame);
        assert!(frame == expected, "level {level}: {} bytes, {} expected", frame.len(), expected.len());
        for (frame, otlp) in [(&heavy, &first), (&frame, &next), (&heavy, &first), (&linked, &next)] {
            let back = decompressor.decompress(frame).unwrap_or_else(|error| panic!("level {level}: {error}"));
            assert!(back == *otlp, "level {level}: other bytes");
        }
    }
}
