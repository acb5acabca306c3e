//! What must hold whatever a fuzzer, or a random number generator, comes up with. Each property takes
//! bytes and panics if it does not hold. `fuzz/` runs each with coverage, `tests/properties.rs` with
//! random bytes and with what was found before.

use std::sync::{LazyLock, Mutex, PoisonError};

use tracezip::{Limits, TraceCompressor, TraceDecompressor, TracezipConfig};

use crate::check::{self, LEVELS, Stream};
use crate::damage::{self, Case, KINDS};
use crate::drawn::{self, Drawn};
use crate::frame::Frame;
use crate::generator::Generator;
use crate::mutate::mutate;
use crate::reference::Reference;
use crate::rng::Rng;
use crate::tests_dir;

pub use crate::operations::operations;

/// A property.
pub type Property = fn(&[u8]);

/// All of them, by name: that of the fuzz target, and of the files in `tests/crashers`.
pub const ALL: [(&str, Property); 6] = [
    ("decode", decode),
    ("round_trip", round_trip),
    ("otlp", otlp),
    ("mutated", mutated),
    ("operations", operations),
    ("reference", reference),
];

/// Most bytes that a frame of a fuzzer may decode to.
const DECODED: usize = 1 << 20;

/// The input as a frame: an error of decoding, or bytes of the declared length that come back again.
pub fn decode(input: &[u8]) {
    let limits = Limits { max_decoded_bytes: DECODED, ..Limits::default() };
    let done = tracezip::decompress_with(input, limits);
    match &done {
        Ok(otlp) => {
            assert_eq!(tracezip::decompressed_len(input), Ok(otlp.len() as u64));
            check::self_contained(otlp, &check::level(3));
        }
        Err(error) => assert!(KINDS.contains(&error.kind()), "{error}"),
    }
    // A decoder that is new says the same as one that has read a frame with other settings.
    static OTHER: LazyLock<Vec<u8>> = LazyLock::new(|| tracezip::compress(&Generator::new(1).request(3)));
    for before in [None, Some(&*OTHER)] {
        let mut decompressor = TraceDecompressor::new(limits);
        before.map(|before| decompressor.decompress(before).unwrap());
        decompressor.reset();
        let mut otlp = Vec::new();
        let read = decompressor.decompress_frame(input, &mut otlp);
        assert_eq!(read.map(|_| otlp), done);
    }
}

/// The input as a batch: it comes back, and as the two batches of a stream. Its length says at which level.
pub fn round_trip(input: &[u8]) {
    let config = check::level(LEVELS[input.len() % 3]);
    check::self_contained(input, &config);
    let mut stream = Stream::new(config);
    let (head, tail) = input.split_at(input.len() / 2);
    for otlp in [input, head, tail] {
        stream.send(otlp);
    }
}

/// Trace requests of a generator that the input drives come back, at a level that it chooses.
pub fn otlp(input: &[u8]) {
    let mut generator = Generator::from_rng(Rng::from_bytes(input));
    let config = check::level(LEVELS[generator.below(3)]);
    let mut stream = Stream::new(config.clone());
    for _ in 0..1 + generator.below(3) {
        let spans = generator.below(24);
        let otlp = generator.request(spans);
        check::self_contained(&otlp, &config);
        stream.send(&otlp);
    }
}

/// Frames of every kind, damaged as the input says, are refused.
pub fn mutated(input: &[u8]) {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(damage::cases);
    let mut rng = Rng::from_bytes(input);
    let (case, other) = (rng.pick(&CASES), rng.pick(&CASES));
    let damaged = mutate(&mut rng, &case.frame, &other.frame);
    // Damage may undo itself, or leave another whole frame.
    match CASES.iter().find(|case| case.frame == damaged) {
        Some(whole) => assert!(whole.read(&damaged).as_ref() == Ok(&whole.original), "{}", whole.name),
        None => drop(case.must_fail(&damaged, "some damage")),
    }
}

/// The frames of a stream, some of them damaged behind the seal, are to the reference decoder what they are to the
/// codec. Without Python this holds unseen.
pub fn reference(input: &[u8]) {
    static REFERENCE: LazyLock<Mutex<Option<Reference>>> = LazyLock::new(|| Mutex::new(Reference::start()));
    let mut reference = REFERENCE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(reference) = reference.as_mut() else { return };
    let mut rng = Rng::from_bytes(input);
    let config = any_config(&mut rng);
    let mut generator = Generator::from_rng(rng.clone());
    let mut decompressor = TraceDecompressor::new(config.limits());
    let mut compressor = TraceCompressor::new(config);
    let mut whole = true;
    for _ in 0..1 + rng.below(3) {
        if !whole && rng.chance(50) {
            compressor.reset();
            whole = true;
        }
        let otlp = any_request(&mut rng, &mut generator);
        let mut frame = Vec::new();
        compressor.compress_frame(&otlp, &mut frame);
        if rng.chance(30) {
            let parts = Frame::read(&frame);
            frame = parts.with_body(mutate(&mut rng, &parts.body, &otlp));
            whole = false;
        }
        let mut back = Vec::new();
        let codec = decompressor.decompress_frame(&frame, &mut back).map(|_| back);
        assert!(codec.as_ref().map_or(!whole, |back| *back == otlp), "{:?}", codec.map(|back| back.len()));
        reference.agrees_on_damage("a frame", &frame, &codec);
    }
}

/// Seldom of level 9: mixing takes Python forty times as long as the other coder.
fn any_config(rng: &mut Rng) -> TracezipConfig {
    let level = match rng.below(40) {
        0 => 9,
        1..20 => 1,
        _ => 3,
    };
    let config = TracezipConfig::builder().level(level);
    let config = if rng.chance(20) { config.max_string_table_size(16 + rng.below(40)) } else { config };
    let config = config.enable_delta_encoding(!rng.chance(10)).enable_dedup(!rng.chance(10));
    config.predict_ids(!rng.chance(10)).build().unwrap()
}

/// Of the generator, or with ids that can be predicted; sometimes damaged. Small: Python is slow.
fn any_request(rng: &mut Rng, generator: &mut Generator) -> Vec<u8> {
    static DRAWN: LazyLock<[Vec<Drawn>; 2]> = LazyLock::new(|| ["java_ids.txt", "v8_ids.txt"].map(drawn::drawn));
    let otlp = if rng.chance(30) {
        let ids = rng.pick(&*DRAWN);
        let from = rng.below(100);
        let spans = ids[from..from + rng.below(24)].iter().zip(0..);
        drawn::request(spans.map(|(ids, i)| drawn::span(ids, i)))
    } else {
        let spans = rng.below(6);
        generator.request(spans)
    };
    if rng.chance(20) { mutate(rng, &otlp, &otlp) } else { otlp }
}

/// An input that once broke a property.
#[derive(Clone, Debug)]
pub struct Crasher {
    /// Its file.
    pub name: String,
    /// The property.
    pub property: String,
    /// The bytes.
    pub input: Vec<u8>,
}

/// What is in `tests/crashers`: files named `property-what.bin`.
pub fn crashers() -> Vec<Crasher> {
    let entries = std::fs::read_dir(tests_dir().join("crashers")).unwrap().map(|entry| entry.unwrap().path());
    let mut crashers: Vec<Crasher> = entries
        .filter(|path| path.file_name().is_some_and(|name| name != "README.md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let property = name.split('-').next().unwrap().to_owned();
            Crasher { name, property, input: std::fs::read(&path).unwrap() }
        })
        .collect();
    crashers.sort_by(|a, b| a.name.cmp(&b.name));
    crashers
}
