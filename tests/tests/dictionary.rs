//! Dictionaries: frames that begin with what earlier batches have taught.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{Dictionary, ErrorKind, Limits, TraceCompressor, TraceDecompressor, TracezipConfig, dictionary_of};
use tracezip_tests::check::{LEVELS, Stream, level};
use tracezip_tests::corpora::{self, Corpus};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::{Order, Style};

const ROOM: usize = 16 << 10;

/// Requests of one kind: most to learn from, the others to compress.
fn requests(style: Style) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut generator = Generator::with_style(5, style);
    let mut all: Vec<Vec<u8>> = (0..60).map(|_| generator.request(6)).collect();
    let rest = all.split_off(48);
    (all, rest)
}

fn trained() -> (Dictionary, Vec<Vec<u8>>) {
    let (samples, rest) = requests(Style::canonical());
    (Dictionary::train(&samples, ROOM).unwrap(), rest)
}

fn with(l: u8, dictionary: &Dictionary) -> TracezipConfig {
    TracezipConfig::builder().level(l).dictionary(dictionary.clone()).build().unwrap()
}

fn holder(dictionary: &Dictionary) -> TraceDecompressor {
    let mut decompressor = TraceDecompressor::new(Limits::default());
    decompressor.add_dictionary(dictionary.clone());
    decompressor
}

#[test]
fn frames_stand_alone_for_those_who_hold_it() {
    let (dictionary, requests) = trained();
    for l in LEVELS {
        let (mut plain, mut small) = (0, 0);
        let frames: Vec<Vec<u8>> =
            requests.iter().map(|otlp| tracezip::compress_level(otlp, &with(l, &dictionary))).collect();
        // In any order, among frames that were made without.
        for (otlp, frame) in requests.iter().zip(&frames).rev() {
            let mut decompressor = holder(&dictionary);
            assert_eq!(decompressor.decompress(frame).as_ref(), Ok(otlp));
            let mut back = Vec::new();
            assert_eq!(
                tracezip::decompress_append_with(frame, Limits::default(), Some(&dictionary), &mut back),
                Ok(otlp.len())
            );
            assert_eq!(&back, otlp);
            assert_eq!(tracezip::decompress(frame).unwrap_err().kind(), ErrorKind::UnknownDictionary);
            let other = tracezip::compress_level(otlp, &level(l));
            assert_eq!(decompressor.decompress(&other).as_ref(), Ok(otlp));
            assert_eq!(decompressor.decompress(frame).as_ref(), Ok(otlp));
            (plain, small) = (plain + other.len(), small + frame.len());
        }
        println!("level {l}: {plain} bytes without, {small} with");
        assert!(small * 3 < plain * 2, "level {l}: {small} of {plain}");
    }
}

#[test]
fn samples_shrink_by_a_quarter_and_more() {
    for file in corpora::samples() {
        let corpus = Corpus::read(&file);
        let batches = corpus.rebatched(10);
        let (samples, rest) = batches.split_at(batches.len() / 3);
        let dictionary = Dictionary::train(samples, 64 << 10).unwrap();
        let config = with(3, &dictionary);
        let mut decompressor = holder(&dictionary);
        let (mut plain, mut small) = (0, 0);
        for otlp in rest {
            let frame = tracezip::compress_level(otlp, &config);
            assert_eq!(decompressor.decompress(&frame).as_ref(), Ok(otlp));
            (plain, small) = (plain + tracezip::compress(otlp).len(), small + frame.len());
        }
        println!("{}: {plain} bytes without, {small} with, {dictionary:?}", corpus.name);
        assert!(small * 4 < plain * 3, "{}: {small} of {plain}", corpus.name);
    }
}

/// Whatever a dictionary knows, any bytes come back, and are no longer than they may be.
#[test]
fn anything_comes_back() {
    let (dictionary, _) = trained();
    let mut decompressor = holder(&dictionary);
    let mut rng = Rng::new(3);
    for seed in 0..60 {
        let (mut generator, l) = (Generator::new(seed), LEVELS[seed as usize % 3]);
        let otlp = if seed % 5 == 0 { rng.bytes(seed as usize * 9) } else { generator.request(seed as usize % 9) };
        let frame = tracezip::compress_level(&otlp, &with(l, &dictionary));
        assert!(frame.len() <= otlp.len() + 16);
        assert_eq!(decompressor.decompress(&frame), Ok(otlp), "seed {seed}");
    }
}

#[test]
fn streams_begin_with_it_and_begin_with_it_again() {
    let (dictionary, requests) = trained();
    for l in LEVELS {
        let mut stream = Stream::new(with(l, &dictionary));
        stream.decompressor.add_dictionary(dictionary.clone());
        let first = stream.send(&requests[0]);
        stream.send(&requests[1]);
        // Stored: both forget what came before.
        stream.send(&Rng::new(9).bytes(300));
        requests[2..].iter().for_each(|otlp| {
            stream.send(otlp);
        });
        stream.compressor.reset();
        assert_eq!(stream.send(&requests[0]), first, "level {l}");
    }
}

/// What a frame left behind, whole, damaged or of another dictionary, does not reach the next one.
#[test]
fn frames_do_not_depend_on_those_before() {
    let (first, requests) = trained();
    let second = Dictionary::train(&self::requests(Style::canonical()).0[..9], ROOM).unwrap();
    // The last is renewed within some frames.
    let limits: [(usize, usize); 2] = [(10_000, 8 << 20), (60, 1 << 20)];
    let mut decompressor = holder(&first);
    decompressor.add_dictionary(second.clone());
    let mut rng = Rng::new(11);
    for (l, (strings, state)) in LEVELS.into_iter().flat_map(|l| limits.map(|limits| (l, limits))) {
        let configs = [Some(&first), Some(&second), None].map(|dictionary| {
            let config = TracezipConfig::builder().level(l).max_string_table_size(strings).max_state_bytes(state);
            dictionary.map_or(config.clone(), |held| config.dictionary(held.clone())).build().unwrap()
        });
        let mut compressors = configs.clone().map(TraceCompressor::new);
        for round in 0..60 {
            let which = rng.below(3);
            let otlp = match round % 6 {
                0 => Generator::new(round).request(40),
                1 => rng.bytes(400),
                _ => rng.pick(&requests).clone(),
            };
            let (mut frame, mut expected) = (Vec::new(), Vec::new());
            compressors[which].reset();
            compressors[which].compress_frame(&otlp, &mut frame);
            TraceCompressor::new(configs[which].clone()).compress_frame(&otlp, &mut expected);
            assert!(frame == expected, "level {l}, round {round}: {} and {} bytes", frame.len(), expected.len());
            let mut damaged = frame.clone();
            let at = rng.below(frame.len());
            damaged[at] ^= 1 << rng.below(8);
            assert!(decompressor.decompress(&damaged).is_err(), "level {l}, round {round}: byte {at}");
            assert!(decompressor.decompress(&frame).is_ok_and(|back| back == otlp), "level {l}, round {round}");
        }
    }
}

/// When the state is full it is forgotten, dictionary and all.
#[test]
fn renewals_forget_it() {
    let (dictionary, requests) = trained();
    let config = TracezipConfig::builder().dictionary(dictionary.clone()).max_string_table_size(100);
    let config = config.max_state_bytes(1 << 20).build().unwrap();
    let mut stream = Stream::new(config);
    stream.decompressor.add_dictionary(dictionary);
    let mut generator = Generator::with_style(7, Style::canonical());
    for spans in [300, 1, 200, 20] {
        stream.send(&generator.request(spans));
        stream.send(&requests[0]);
    }
}

/// One decompressor reads frames of several limits in turn.
#[test]
fn limits_are_those_of_the_frame() {
    let mut generator = Generator::with_style(8, Style::canonical());
    let otlp = generator.request(300);
    let mut decompressor = TraceDecompressor::new(Limits::default());
    for size in [10_000, 50, 10_000, 100] {
        let config = TracezipConfig::builder().max_string_table_size(size).build().unwrap();
        let frame = tracezip::compress_level(&otlp, &config);
        assert_eq!(decompressor.decompress(&frame).as_ref(), Ok(&otlp), "{size} strings");
    }
}

#[test]
fn without_it_the_error_names_it() {
    let (dictionary, requests) = trained();
    let frame = tracezip::compress_level(&requests[0], &with(3, &dictionary));
    assert_eq!(dictionary_of(&frame), Ok(Some(dictionary.id() as u32)));
    let error = tracezip::decompress(&frame).unwrap_err();
    assert_eq!((error.kind(), error.kind().code()), (ErrorKind::UnknownDictionary, 11));
    let name = format!("{:016x}", dictionary.id());
    assert!(error.to_string().contains(&name[8..]), "{error}");

    let (others, _) = self::requests(Style { order: Order::Descending, ..Style::canonical() });
    let other = Dictionary::train(&others, ROOM).unwrap();
    assert_ne!(other.id(), dictionary.id());
    let mut decompressor = holder(&other);
    assert_eq!(decompressor.decompress(&frame).unwrap_err().kind(), ErrorKind::UnknownDictionary);
    decompressor.add_dictionary(dictionary);
    assert_eq!(decompressor.decompress(&frame).as_ref(), Ok(&requests[0]));

    let plain = tracezip::compress(&requests[0]);
    assert_eq!(dictionary_of(&plain), Ok(None));
    assert_eq!(dictionary_of(&tracezip::compress(b"")), Ok(None));
    assert_eq!(dictionary_of(b"\x0a\x00").unwrap_err().kind(), ErrorKind::NotTracezip);
}

#[test]
fn damage_is_found() {
    let (dictionary, requests) = trained();
    let mut decompressor = holder(&dictionary);
    for l in [3, 9] {
        let frame = tracezip::compress_level(&requests[0], &with(l, &dictionary));
        for at in 0..frame.len() {
            let mut damaged = frame.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(decompressor.decompress_frame(&damaged, &mut Vec::new()).is_err(), "byte {at}");
            assert!(decompressor.decompress_frame(&frame[..at], &mut Vec::new()).is_err(), "cut at {at}");
        }
    }
    let bytes = dictionary.as_bytes();
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 1 << (at % 8);
        assert!(Dictionary::load(&damaged).is_err(), "byte {at}");
        assert!(Dictionary::load(&bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_dictionary_is_the_frame_of_its_samples() {
    let (dictionary, requests) = trained();
    assert!(dictionary.as_bytes().len() <= ROOM);
    let again = Dictionary::load(dictionary.as_bytes()).unwrap();
    assert_eq!((again.id(), &again), (dictionary.id(), &dictionary));
    let chosen = tracezip::decompress(dictionary.as_bytes()).unwrap();
    assert_eq!(chosen[0], 0x0a);
    assert_eq!(tracezip::compress_level(&requests[0], &with(3, &again)), {
        tracezip::compress_level(&requests[0], &with(3, &dictionary))
    });
    // Any frame will do that says all itself.
    let made = Dictionary::load(&tracezip::compress(&requests[0])).unwrap();
    assert!(tracezip::compress_level(&requests[0], &with(3, &made)).len() < 300);
    let stored = tracezip::compress(b"{}");
    let [lean, mixed] = [1, 9].map(|l| tracezip::compress_level(&requests[0], &level(l)));
    let based = tracezip::compress_level(&requests[0], &with(3, &made));
    let mut compressor = TraceCompressor::new(level(3));
    let mut linked = Vec::new();
    compressor.compress_frame(&requests[0], &mut Vec::new());
    compressor.compress_frame(&requests[1], &mut linked);
    for (frame, what) in
        [(stored, "stored"), (lean, "level 1"), (mixed, "level 9"), (based, "based on another"), (linked, "linked")]
    {
        let error = Dictionary::load(&frame).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
    }
}

#[test]
fn training_is_deterministic_and_keeps_to_its_size() {
    let (samples, _) = requests(Style::canonical());
    for max_bytes in [4 << 10, 6_000, 20_000, 1 << 20] {
        let dictionary = Dictionary::train(&samples, max_bytes).unwrap();
        let len = dictionary.as_bytes().len();
        assert!(len <= max_bytes && (len * 3 > max_bytes * 2 || max_bytes > 100_000), "{len} of {max_bytes}");
        assert_eq!(Dictionary::train(&samples, max_bytes).unwrap(), dictionary);
    }
    let kind = |result: tracezip::Result<Dictionary>| result.unwrap_err().kind();
    assert_eq!(kind(Dictionary::train(&samples, 4095)), ErrorKind::InvalidConfig);
    assert_eq!(kind(Dictionary::train(&[b"{}"], ROOM)), ErrorKind::NotOtlp);
    assert_eq!(kind(Dictionary::train(&[b"\x0a\x00"], ROOM)), ErrorKind::NotOtlp);
    assert_eq!(kind(Dictionary::train(&[] as &[&[u8]], ROOM)), ErrorKind::NotOtlp);
}

/// A small batch pays with a dictionary, and does not without.
#[test]
fn few_spans_are_worth_it() {
    let (dictionary, _) = trained();
    let otlp = Generator::with_style(9, Style::canonical()).request(1);
    assert!(!TraceCompressor::new(TracezipConfig::default()).compress(&otlp).unwrap().is_compressed());
    assert!(TraceCompressor::new(with(3, &dictionary)).compress(&otlp).unwrap().is_compressed());
}

#[test]
fn a_decompressor_that_is_renewed_keeps_it_and_forgets_the_stream() {
    let (dictionary, requests) = trained();
    let mut compressor = TraceCompressor::new(with(3, &dictionary));
    let frames = [0, 1].map(|i: usize| {
        let mut frame = Vec::new();
        compressor.compress_frame(&requests[i], &mut frame);
        frame
    });
    let mut decompressor = holder(&dictionary);
    assert_eq!(decompressor.decompress(&frames[0]).as_ref(), Ok(&requests[0]));
    decompressor.renew();
    assert_eq!(decompressor.decompress(&frames[1]).unwrap_err().kind(), ErrorKind::OutOfSequence);
    assert_eq!(decompressor.decompress(&frames[0]).as_ref(), Ok(&requests[0]));
}

/// It is shared by threads.
#[test]
fn threads_share_it() {
    let (dictionary, requests) = trained();
    let expected: Vec<Vec<u8>> =
        requests.iter().map(|otlp| tracezip::compress_level(otlp, &with(3, &dictionary))).collect();
    let fresh = Dictionary::load(dictionary.as_bytes()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut decompressor = holder(&fresh);
                for (otlp, frame) in requests.iter().zip(&expected) {
                    assert_eq!(&tracezip::compress_level(otlp, &with(3, &fresh)), frame);
                    assert_eq!(decompressor.decompress(frame).as_ref(), Ok(otlp));
                }
            });
        }
    });
}
