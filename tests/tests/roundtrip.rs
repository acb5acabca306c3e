//! What goes in comes out, byte for byte, whatever it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cases;

use std::thread;

use cases::cases;
use proptest::prelude::*;
use tracezip_tests::check::{self, Stream};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::{Order, Style};
use tracezip_tests::wire::Message;

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_bytes(inputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..4)) {
        let mut stream = Stream::new(check::level(3));
        inputs.iter().for_each(|bytes| check::all_ways(bytes, &mut stream));
    }

    #[test]
    fn bytes_that_look_like_protobuf(fields in prop::collection::vec((0..20u32, 0..6u8, any::<u64>(), 0..3usize), 0..40)) {
        let message = fields.into_iter().fold(Message::new(), |message, (number, kind, value, extra)| match kind {
            0 => message.long_varint(number, value, extra),
            1 => message.fixed64(number, value),
            2 => message.fixed32(number, value as u32),
            3 => message.long_bytes(number, &value.to_le_bytes()[..(value % 9) as usize], extra),
            // What has been made so far, one level down.
            4 => Message::new().message(number, &message),
            _ => Message::new().message(1, &message),
        });
        check::all_ways(&message.encode(), &mut Stream::new(check::level(9)));
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn generated_requests(seed in any::<u64>(), sizes in prop::collection::vec(0..80usize, 1..5)) {
        let mut generator = Generator::new(seed);
        let mut stream = Stream::new(check::level(3));
        sizes.iter().for_each(|spans| check::all_ways(&generator.request(*spans), &mut stream));
    }
}

#[test]
fn every_seed_of_the_generator_up_to_200() {
    for seed in 0..200 {
        let mut generator = Generator::new(seed);
        let mut stream = Stream::new(check::level([1, 3, 9][seed as usize % 3]));
        for spans in [20, 0, 1, 40] {
            check::all_ways(&generator.request(spans), &mut stream);
        }
    }
}

/// Sets of fields whose signatures are the same though their parts are not: what an encoder has seen
/// under a signature it must not believe.
#[test]
fn seeds_whose_signatures_collide() {
    for number in [4294, 103, 1368, 3037] {
        let mut generator = Generator::new(number * 7919 + 13);
        let mut stream = Stream::new(check::level(3));
        for spans in [20, 0, 1, 40] {
            check::all_ways(&generator.request(spans), &mut stream);
        }
    }
}

#[test]
fn each_oddity_alone_and_at_its_worst() {
    let odd: [fn(&mut Style); 10] = [
        |style| style.order = Order::Descending,
        |style| style.order = Order::Shuffled,
        |style| style.explicit_zeros = 100,
        |style| style.missing = 50,
        |style| style.repeated = 100,
        |style| style.unknown = 100,
        |style| style.odd_ids = 100,
        |style| style.long_varints = 100,
        |style| (style.nested, style.depth) = (100, 40),
        |style| (style.fresh, style.families) = (100, 500),
    ];
    for (i, change) in odd.iter().enumerate() {
        let mut style = Style::canonical();
        change(&mut style);
        let mut generator = Generator::with_style(i as u64, style);
        let mut stream = Stream::new(check::level(3));
        for spans in [1, 60, 60] {
            check::all_ways(&generator.request(spans), &mut stream);
        }
    }
}

#[test]
fn messages_nested_deeper_than_anyone_would() {
    for depth in [10, 39, 40, 41, 64, 100, 1000, 20_000] {
        // AnyValue.array_value.values, again and again, as a span's attribute.
        let value = (0..depth).fold(Message::new().bytes(1, "deep"), |value, _| {
            Message::new().message(5, &Message::new().message(1, &value))
        });
        let attribute = Message::new().bytes(1, "key").message(2, &value);
        let span = Message::new().bytes(1, [7; 16]).bytes(2, [8; 8]).bytes(5, "name").message(9, &attribute);
        let request = Message::new().message(1, &Message::new().message(2, &Message::new().message(2, &span)));
        check::all_ways(&request.encode(), &mut Stream::new(check::level(3)));
    }
}

#[test]
fn a_frame_that_stands_alone_does_not_depend_on_what_was_compressed_before() {
    let requests: Vec<Vec<u8>> = (0..12).map(|seed| Generator::new(seed).request(60)).collect();
    let fresh = |otlp: &[u8], level: u8| {
        // A new thread has no compressor to use again.
        thread::scope(|scope| scope.spawn(|| tracezip::compress_level(otlp, &check::level(level))).join().unwrap())
    };
    let expected: Vec<[Vec<u8>; 3]> = requests.iter().map(|otlp| check::LEVELS.map(|l| fresh(otlp, l))).collect();
    let mut rng = Rng::new(1);
    let mut held = check::LEVELS.map(|l| tracezip::TraceCompressor::new(check::level(l)));
    for _ in 0..300 {
        let (i, l) = (rng.below(requests.len()), rng.below(3));
        if rng.chance(30) {
            let _ = tracezip::compress(&rng.bytes(100));
        }
        let frame = tracezip::compress_level(&requests[i], &check::level(check::LEVELS[l]));
        assert!(frame == expected[i][l], "request {i}, level {}", check::LEVELS[l]);

        // The same from a compressor that has seen much and was reset.
        held[l].reset();
        let mut frame = Vec::new();
        held[l].compress_frame(&requests[i], &mut frame);
        assert!(frame == expected[i][l], "request {i}, level {}, after a reset", check::LEVELS[l]);
        held[l].compress_frame(&requests[rng.below(requests.len())], &mut frame);
    }
}

#[test]
fn two_streams_with_the_same_input_give_the_same_frames() {
    let mut generator = Generator::new(3);
    let requests: Vec<Vec<u8>> = (0..20).map(|_| generator.request(50)).collect();
    let run = || {
        let mut stream = Stream::new(check::level(3));
        let mut frames = Vec::new();
        for otlp in &requests {
            stream.compressor.compress_frame(otlp, &mut frames);
        }
        frames
    };
    let other = thread::scope(|scope| scope.spawn(run).join().unwrap());
    assert!(run() == other);
}

#[test]
fn into_a_buffer_of_the_callers() {
    let otlp = Generator::new(1).request(40);
    let mut out = b"before".to_vec();
    let len = tracezip::compress_into(&otlp, &check::level(3), &mut out);
    assert_eq!((len, &out[..6]), (out.len() - 6, &b"before"[..]));
    assert!(out[6..] == tracezip::compress(&otlp));

    let mut buffer = vec![0xee; otlp.len() + 1];
    let limits = tracezip::Limits::default();
    let short = tracezip::decompress_into(&out[6..], limits, &mut buffer[..otlp.len() - 1]).unwrap_err();
    assert_eq!(short.kind(), tracezip::ErrorKind::BufferTooSmall);
    assert!(buffer.iter().all(|byte| *byte == 0xee));
    assert_eq!(tracezip::decompress_into(&out[6..], limits, &mut buffer), Ok(otlp.len()));
    assert!(buffer[..otlp.len()] == otlp && buffer[otlp.len()] == 0xee);
}
