//! Damaged frames: always an error, never a panic, never wrong bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip::{Error, Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
use tracezip_tests::check::{LEVELS, level};
use tracezip_tests::generator::Generator;
use tracezip_tests::mutate::mutate;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::{Order, Style};

/// A frame, and those that must be read before it.
struct Case {
    name: String,
    before: Vec<Vec<u8>>,
    frame: Vec<u8>,
    original: Vec<u8>,
}

impl Case {
    fn read(&self, frame: &[u8]) -> Result<Vec<u8>, Error> {
        if self.before.is_empty() {
            return tracezip::decompress(frame);
        }
        let mut decompressor = TraceDecompressor::new(Limits::default());
        self.before.iter().for_each(|frame| drop(decompressor.decompress(frame).unwrap()));
        decompressor.decompress(frame)
    }

    fn must_fail(&self, damaged: &[u8], how: &str) {
        if let Ok(back) = self.read(damaged) {
            panic!("{}: {how} is not noticed, {} bytes come back", self.name, back.len());
        }
    }
}

fn cases() -> Vec<Case> {
    let mut descending = Style::canonical();
    descending.order = Order::Descending;
    let canonical = Generator::with_style(1, Style::canonical()).request(12);
    let descending = Generator::with_style(2, descending).request(12);
    let odd = Generator::new(3).request(6);
    let mut cases = Vec::new();
    let mut add = |name: String, before: Vec<Vec<u8>>, frame: Vec<u8>| {
        let mut case = Case { name, before, frame, original: vec![] };
        case.original = case.read(&case.frame).unwrap();
        cases.push(case);
    };
    for l in LEVELS {
        add(format!("canonical, level {l}"), vec![], tracezip::compress_level(&canonical, &level(l)));
    }
    add("descending".into(), vec![], tracezip::compress(&descending));
    add("odd".into(), vec![], tracezip::compress(&odd));
    add("empty".into(), vec![], tracezip::compress(b""));
    add("garbage".into(), vec![], tracezip::compress(&Rng::new(1).bytes(60)));
    let mut compressor = TraceCompressor::new(TracezipConfig::default());
    let mut frames = [&canonical, &descending, &canonical].map(|otlp| {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        frame
    });
    let last = std::mem::take(&mut frames[2]);
    add("stream".into(), frames[..2].to_vec(), last);
    cases
}

#[test]
fn undamaged_frames_are_read() {
    cases().iter().for_each(|case| drop(case.read(&case.frame).unwrap()));
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
            case.must_fail(&case.frame[..len], &format!("a cut to {len} bytes of {}", case.frame.len()));
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
