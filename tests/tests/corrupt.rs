//! Damaged frames: always an error, never a panic, never wrong bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{ErrorKind, Limits, TraceDecompressor};
use tracezip_tests::check::LEVELS;
use tracezip_tests::damage::{Case, cases};
use tracezip_tests::generator::Generator;
use tracezip_tests::mutate::mutate;
use tracezip_tests::rng::Rng;

#[test]
fn undamaged_frames_are_read() {
    for case in cases() {
        assert!(case.read(&case.frame).unwrap() == case.original, "{}", case.name);
    }
}

/// The numbers that C, Python, Node and Go have too.
#[test]
fn the_codes_are_pinned() {
    let codes = ErrorKind::ALL.map(|kind| (format!("{kind:?}"), kind.code()));
    let pinned = [
        ("NotTracezip", 1),
        ("UnsupportedVersion", 2),
        ("Truncated", 3),
        ("Corrupt", 4),
        ("Checksum", 5),
        ("OutOfSequence", 6),
        ("LimitExceeded", 7),
        ("BufferTooSmall", 8),
        ("InvalidConfig", 9),
        ("NotOtlp", 10),
        ("UnknownDictionary", 11),
    ];
    assert_eq!(codes, pinned.map(|(name, code)| (name.to_owned(), code)));
}

/// The first byte says what a frame is: what becomes of a damaged one does not depend on the rest.
#[test]
fn damage_of_the_first_byte_has_a_kind_of_its_own() {
    for case in cases() {
        let mut damaged = case.frame.clone();
        for first in 0..=255 {
            damaged[0] = first;
            let expected = match (first & 7, first >> 5) {
                _ if first == case.frame[0] => continue,
                (7, 0) => None,
                (7, _) => Some(ErrorKind::UnsupportedVersion),
                _ => Some(ErrorKind::NotTracezip),
            };
            let kind = case.must_fail(&damaged, &format!("first byte {first:#04x}"));
            assert!(expected.is_none_or(|expected| kind == expected), "{}: {first:#04x} is {kind:?}", case.name);
        }
    }
}

#[test]
fn each_bit_flipped() {
    for case in cases() {
        let mut damaged = case.frame.clone();
        for bit in 0..damaged.len() * 8 {
            damaged[bit / 8] ^= 1 << (bit % 8);
            case.must_fail(&damaged, &format!("flipped bit {} of byte {}", bit % 8, bit / 8));
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn each_prefix() {
    for case in cases() {
        for len in 0..case.frame.len() {
            let kind = case.must_fail(&case.frame[..len], &format!("a cut to {len} bytes of {}", case.frame.len()));
            // What is missing can be missed at once; or the decoder makes something of what is there.
            let early = len == 0 || case.name.contains("stored") && !case.name.contains("after");
            assert!(!early || kind == ErrorKind::Truncated, "{}: cut to {len} bytes, {kind:?}", case.name);
        }
    }
}

#[test]
fn each_byte_dropped_or_doubled() {
    for case in cases() {
        for at in 0..case.frame.len() {
            let (head, tail) = case.frame.split_at(at);
            // One of several equal bytes may go: the frame ends early then, or late.
            case.must_fail(&[head, &tail[1..]].concat(), &format!("dropped byte {at}"));
            case.must_fail(&[head, &tail[..1], tail].concat(), &format!("doubled byte {at}"));
        }
    }
}

#[test]
fn bytes_after_the_end() {
    for case in cases() {
        for tail in [&[0][..], &[0xff], &[0; 40], &case.frame] {
            case.must_fail(&[&case.frame, tail].concat(), &format!("{} bytes after the end", tail.len()));
        }
    }
}

#[test]
fn damage_of_all_kinds() {
    let mut rng = Rng::new(9);
    let cases = cases();
    for _ in 0..5_000 {
        let (case, other) = (rng.pick(&cases), rng.pick(&cases));
        let damaged = mutate(&mut rng, &case.frame, &other.frame);
        // Damage may undo itself, or leave a whole frame: then the bytes are some original.
        if cases.iter().all(|other| other.frame != damaged) {
            case.must_fail(&damaged, "some damage");
        }
    }
}

#[test]
fn what_never_was_a_frame() {
    let mut rng = Rng::new(4);
    for _ in 0..20_000 {
        let len = rng.below(64);
        let mut bytes = rng.bytes(len);
        if let Some(first) = bytes.first_mut().filter(|_| rng.chance(80)) {
            // Some kind of frame of this version.
            *first = *first & 0x18 | 7;
        }
        assert!(tracezip::decompress(&bytes).is_err());
        assert!(
            TraceDecompressor::new(Limits::default()).decompress(&bytes).is_err()
                || bytes.first().is_none_or(|b| b & 7 != 7)
        );
    }
}

/// Batches, and their frames as a stream.
fn stream() -> ([Vec<u8>; 4], [Vec<u8>; 4]) {
    let mut generator = Generator::new(8);
    let batches = [(); 4].map(|()| generator.request(12));
    let mut compressor = tracezip::TraceCompressor::new(tracezip::TracezipConfig::default());
    let frames = batches.each_ref().map(|otlp| {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        frame
    });
    (batches, frames)
}

/// A damaged frame changes what a decoder has learnt: nothing may build on that.
#[test]
fn after_an_error_only_a_frame_that_stands_alone_is_read() {
    let (batches, frames) = stream();
    let mut damage: Vec<Vec<u8>> = (0..frames[1].len() * 8)
        .step_by(5)
        .map(|bit| {
            let mut damaged = frames[1].clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            damaged
        })
        .collect();
    damage.extend((0..frames[1].len()).step_by(7).map(|len| frames[1][..len].to_vec()));
    // Another kind of frame, whole: from elsewhere in the stream.
    damage.extend([frames[2].clone(), frames[3].clone()]);
    let mut decompressor = TraceDecompressor::new(Limits::default());
    let refused = |decompressor: &mut TraceDecompressor, frame: &[u8]| {
        let mut otlp = b"before".to_vec();
        let error = decompressor.decompress_frame(frame, &mut otlp).unwrap_err();
        assert_eq!(otlp, b"before", "something was appended in spite of the error");
        error.kind()
    };
    for damaged in damage {
        // What stands alone is read again after each error, and all goes on from there.
        assert!(decompressor.decompress(&frames[0]).unwrap() == batches[0]);
        refused(&mut decompressor, &damaged);
        for frame in &frames[1..] {
            assert_eq!(refused(&mut decompressor, frame), ErrorKind::OutOfSequence);
        }
    }
    for (frame, otlp) in frames.iter().zip(&batches) {
        assert!(decompressor.decompress(frame).unwrap() == *otlp);
    }
}

/// The decoder of one-shot calls is used again by its thread.
#[test]
fn a_damaged_frame_does_not_poison_the_pooled_decoder() {
    let alone: Vec<Case> = cases().into_iter().filter(|case| case.before.is_empty()).collect();
    let mut rng = Rng::new(5);
    for _ in 0..1_000 {
        let (case, other) = (rng.pick(&alone).clone(), rng.pick(&alone).clone());
        let _ = tracezip::decompress(&mutate(&mut rng, &case.frame, &other.frame));
        assert!(tracezip::decompress(&other.frame).unwrap() == other.original, "{} after {}", other.name, case.name);
    }
    assert!(LEVELS.iter().all(|l| alone.iter().any(|case| case.name == format!("level {l}"))));
}
