//! `spec/reference/tracezip_ref.py`, which was written from the specification, reads what the codec
//! writes, and refuses what the codec refuses, by the same code.
//!
//! Needs `python3`; without it these tests say that they are skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::Range;

use serde_json::Value;
use tracezip::{Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
use tracezip_tests::check::{LEVELS, level};
use tracezip_tests::corpora::{self, Corpus, tests_dir};
use tracezip_tests::drawn;
use tracezip_tests::frame::{Body, Frame};
use tracezip_tests::generator::Generator;
use tracezip_tests::mutate::mutate;
use tracezip_tests::reference::{Reference, run};
use tracezip_tests::rng::Rng;
use tracezip_tests::wire::Message;

fn read(name: &Value) -> Vec<u8> {
    let path = tests_dir().join("vectors").join(name.as_str().unwrap());
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn list(of: &Value, name: &str) -> Vec<Value> {
    of[name].as_array().unwrap().clone()
}

fn manifest() -> Value {
    serde_json::from_slice(&read(&"manifest.json".into())).unwrap()
}

#[test]
fn it_reads_every_vector() {
    let Some(mut reference) = Reference::start() else { return };
    let mut check = |vector: &Value| {
        let expected = match vector["code"].as_i64() {
            Some(code) => Err((code as i32, "as the manifest says".to_owned())),
            None => Ok(read(&vector["input"])),
        };
        reference.agrees(vector["frame"].as_str().unwrap(), &read(&vector["frame"]), &expected);
    };
    let manifest = manifest();
    list(&manifest, "valid").iter().chain(&list(&manifest, "damaged")).for_each(&mut check);
    for row in list(&manifest, "streams").iter().chain(&list(&manifest, "sequences")) {
        list(row, "steps").iter().for_each(&mut check);
    }
}

#[test]
fn it_reads_frames_of_dictionaries() {
    let vectors = tests_dir().join("vectors");
    for vector in list(&manifest(), "dictionaries") {
        let dictionary = vectors.join(vector["dictionary"].as_str().unwrap());
        for step in list(&vector, "frames") {
            let Some(output) = run(&["--dictionary", dictionary.to_str().unwrap()], &read(&step["frame"])) else {
                return;
            };
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(output.stdout == read(&step["input"]), "{}: {message}", step["frame"]);
        }
    }
}

/// The first request alone, then all as a stream.
fn agree(reference: &mut Reference, name: &str, requests: &[Vec<u8>], l: u8) {
    reference.agrees(
        &format!("{name}, level {l}"),
        &tracezip::compress_level(&requests[0], &level(l)),
        &Ok(requests[0].clone()),
    );
    let mut compressor = TraceCompressor::new(level(l));
    for (i, otlp) in requests.iter().enumerate() {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        reference.agrees(&format!("{name}, level {l}, stream, frame {i}"), &frame, &Ok(otlp.clone()));
    }
}

/// Mixing takes Python forty times as long as the other coder.
const MIXED: u8 = 9;

#[test]
fn it_reads_generated_requests() {
    let Some(mut reference) = Reference::start() else { return };
    for seed in 0..8 {
        for l in LEVELS {
            let spans = if l == MIXED { 2 } else { 12 };
            let mut generator = Generator::new(seed);
            let requests: Vec<Vec<u8>> = (0..3).map(|_| generator.request(spans)).collect();
            agree(&mut reference, &format!("seed {seed}"), &requests, l);
        }
    }
}

#[test]
fn it_reads_the_samples() {
    let Some(mut reference) = Reference::start() else { return };
    for file in corpora::samples() {
        let corpus = Corpus::read(&file);
        for l in LEVELS {
            let mut requests = corpus.rebatched(if l == MIXED { 3 } else { 30 });
            requests.truncate(3);
            agree(&mut reference, &corpus.name, &requests, l);
        }
    }
}

/// Batches that are large enough for the states of the generators to be found.
#[test]
fn it_reads_the_samples_whose_ids_are_drawn() {
    let Some(mut reference) = Reference::start() else { return };
    for name in ["java_orders", "node_blog", "python_shop"] {
        let corpus = Corpus::read(&tests_dir().join(format!("corpora/{name}.otlp.zst")));
        let mut requests = corpus.rebatched(400);
        requests.truncate(3);
        for l in [1, 3] {
            agree(&mut reference, name, &requests, l);
        }
    }
}

/// Spans with new ids and nothing else.
fn ids(rng: &mut Rng, traces: usize, spans: usize) -> Vec<u8> {
    let mut scope = Message::new();
    for _ in 0..traces {
        let (trace, root) = (rng.bytes(16), rng.bytes(8));
        for _ in 0..spans {
            scope = scope.message(2, &Message::new().bytes(1, &trace).bytes(2, rng.bytes(8)).bytes(4, &root));
        }
    }
    Message::new().message(1, &Message::new().message(2, &scope)).encode()
}

#[test]
fn it_forgets_ids_as_the_codec_does() {
    let Some(mut reference) = Reference::start() else { return };
    for l in [1, 3] {
        let (mut rng, mut compressor) = (Rng::new(3), TraceCompressor::new(level(l)));
        // More than 2^15 of them; and the same where they wait.
        for otlp in [ids(&mut rng, 70, 500), ids(&mut rng, 3, 10), java_ids(0..34_000), java_ids(34_000..34_010)] {
            let mut frame = Vec::new();
            compressor.compress_frame(&otlp, &mut frame);
            reference.agrees("ids", &frame, &Ok(otlp));
        }
    }
    let blind = TracezipConfig::builder().predict_ids(false).build().unwrap();
    let waited = [level(3), blind].map(|config| tracezip::compress_level(&java_ids(0..34_000), &config).len());
    assert!(waited[0] * 4 < waited[1], "{waited:?}");
}

/// From draw to draw a thread of JDK 8 moves its seed by this much.
const JAVA_STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn java_id(seed: u64) -> [u8; 8] {
    let z = (seed ^ seed >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let z = (z ^ z >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (z ^ z >> 33).to_be_bytes()
}

/// Number `i` of the spans of one trace.
fn java_span(seed: u64, i: u64) -> Message {
    Message::new().bytes(1, [7; 16]).bytes(2, java_id(seed)).bytes(4, [8; 8]).fixed64(7, i)
}

/// Spans of one trace with the ids that a thread draws at these positions.
fn java_ids(positions: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let spans = (0..).zip(positions).map(|(i, at)| java_span((at + 1).wrapping_mul(JAVA_STEP), i));
    drawn::request(spans)
}

/// Processes of 40 threads that draw as it comes: more threads than a symbol tells apart, and in the end more
/// processes than may be kept.
#[test]
fn it_keeps_threads_and_processes_as_the_codec_does() {
    let Some(mut reference) = Reference::start() else { return };
    const THREADS: usize = 40;
    let mut rng = Rng::new(5);
    let mut seeds: Vec<[u64; THREADS]> = (0..30).map(|_| std::array::from_fn(|_| rng.next_u64())).collect();
    let mut batch = |processes: Range<usize>, spans: u64| {
        processes.fold(Message::new(), |request, process| {
            let attribute = |key, value: &str| Message::new().bytes(1, key).message(2, &Message::new().bytes(1, value));
            let name = attribute("service.name", &process.to_string());
            let language = attribute("telemetry.sdk.language", "java");
            let scope = (0..spans).fold(Message::new(), |scope, i| {
                let seed = &mut seeds[process][rng.below(THREADS)];
                *seed = seed.wrapping_add(JAVA_STEP);
                scope.message(2, &java_span(*seed, i))
            });
            let resource = Message::new().message(1, &name).message(1, &language);
            request.message(1, &Message::new().message(1, &resource).message(2, &scope))
        })
    };
    // The first processes again when they are known, and when they are forgotten.
    let batches = [batch(0..1, 200), batch(0..2, 100), batch(2..30, 160), batch(0..2, 50)].map(|batch| batch.encode());
    for l in [1, 3] {
        let mut sizes = [0; 2];
        for (size, predict) in sizes.iter_mut().zip([true, false]) {
            let config = TracezipConfig::builder().level(l).max_state_bytes(1 << 20).predict_ids(predict);
            let mut compressor = TraceCompressor::new(config.build().unwrap());
            for otlp in &batches {
                let mut frame = Vec::new();
                *size += compressor.compress_frame(otlp, &mut frame);
                if predict {
                    reference.agrees("threads", &frame, &Ok(otlp.clone()));
                }
            }
        }
        assert!(sizes[0] * 2 < sizes[1], "level {l}: {sizes:?}");
    }
}

/// A Collector writes the resource after its spans. Where the model is renewed between the two, the resource outlives
/// the string table it was read into.
#[test]
fn it_keeps_a_head_over_a_renewal() {
    let Some(mut reference) = Reference::start() else { return };
    let mut rng = Rng::new(11);
    let mut text = || -> Vec<u8> { (0..300).map(|_| b'g' + rng.below(16) as u8).collect() };
    let scope = (0..500).fold(Message::new(), |scope, _| scope.message(2, &Message::new().bytes(5, text())));
    let name = Message::new().bytes(1, "service.name").message(2, &Message::new().bytes(1, "late"));
    let of = Message::new().message(2, &scope).message(1, &Message::new().message(1, &name));
    let otlp = Message::new().message(1, &of).encode();
    for l in [1, 3] {
        let config = TracezipConfig::builder().level(l).max_state_bytes(1 << 20).build().unwrap();
        reference.agrees("late resource", &tracezip::compress_level(&otlp, &config), &Ok(otlp.clone()));
    }
}

/// Damage behind the seal.
#[test]
fn it_refuses_what_the_codec_refuses() {
    let Some(mut reference) = Reference::start() else { return };
    let (mut tried, mut other) = (0, 0);
    for seed in 0..10 {
        let mut rng = Rng::new(seed);
        let otlp = Generator::new(seed).request(3);
        for (l, count) in [(1, 12), (3, 12), (MIXED, 1)] {
            let frame = Frame::read(&tracezip::compress_level(&otlp, &level(l)));
            for i in 0..count {
                let damaged = frame.with_body(mutate(&mut rng, &frame.body, &[]));
                let name = format!("seed {seed}, level {l}, {i}");
                let codec = tracezip::decompress(&damaged);
                other += usize::from(!reference.agrees_on_damage(&name, &damaged, &codec));
                tried += 1;
            }
        }
    }
    assert!(other * 100 <= tried, "the code is another for {other} of {tried} damaged frames");
}

/// Jumps between ids, their bits set so that they are longer than a frame may ask for: one alone, or all together.
#[test]
fn it_bounds_the_steps_as_the_codec_does() {
    let Some(mut reference) = Reference::start() else { return };
    let cases: [(&[u64], &str); 4] = [
        (&[40_000], "the decoded bytes are others"),
        (&[64_008], "a position too far away"),
        (&[33_000; 6], "the decoded bytes are others"),
        (&[44_000; 6], "more steps than may be taken"),
    ];
    for (jumps, expected) in cases {
        let mut positions: Vec<u64> = (0..9).collect();
        jumps.iter().chain(&[2_000]).for_each(|jump| positions.push(positions.last().unwrap() + jump));
        let otlp = java_ids(positions);
        let frame = Frame::read(&tracezip::compress(&otlp));
        reference.agrees("jumps", &frame.write(), &Ok(otlp));
        let mut body = Body::read(&frame.body);
        // Each jump ends with 14 bits, the last one with 9. The last byte may be filled up, with zeros that must stay.
        let end = 8 * (body.bits.len() - 1);
        (end - 1 - 14 * jumps.len()..end).for_each(|bit| body.bits[bit / 8] |= 1 << (bit % 8));
        let damaged = frame.with_body(body.write());
        let code = tracezip::decompress(&damaged).unwrap_err().kind().code();
        let refused = reference.decode(&damaged).unwrap_err();
        assert_eq!(refused.0, code, "{jumps:?}: {}", refused.1);
        assert!(refused.1.contains(expected), "{jumps:?}: {}", refused.1);
    }
}

/// Flipped bits in frames whose ids wait, alone and at the end of a stream: an error, or the right bytes.
#[test]
fn it_refuses_damaged_draws_as_the_codec_does() {
    let Some(mut reference) = Reference::start() else { return };
    let manifest = manifest();
    let drawn = |of: &Value| of["name"].as_str().unwrap().starts_with("drawn-") && of["level"] != 9;
    let alone = list(&manifest, "valid").into_iter().filter(drawn).map(|vector| (vec![vector], 16));
    let streams = list(&manifest, "streams").into_iter().filter(drawn).map(|row| (list(&row, "steps"), 4));
    let (mut tried, mut other, mut rng) = (0, 0, Rng::new(8));
    for (steps, count) in alone.chain(streams) {
        let (last, before) = steps.split_last().unwrap();
        let (frame, otlp) = (Frame::read(&read(&last["frame"])), read(&last["input"]));
        for _ in 0..count {
            let mut body = frame.body.clone();
            // Half of them at the end, where states, steps and ids are.
            let first = if rng.below(2) == 0 { 0 } else { body.len() / 2 };
            let bit = 8 * first + rng.below(8 * (body.len() - first));
            body[bit / 8] ^= 1 << (bit % 8);
            let damaged = frame.with_body(body);
            let mut decompressor = TraceDecompressor::new(Limits::default());
            for step in before {
                let frame = read(&step["frame"]);
                let decoded = decompressor.decompress(&frame).unwrap();
                reference.agrees("a frame before", &frame, &Ok(decoded));
            }
            let codec = decompressor.decompress(&damaged);
            let name = format!("{}, bit {bit}", last["frame"]);
            assert!(codec.as_ref().map_or(true, |decoded| *decoded == otlp), "{name}: other bytes");
            other += usize::from(!reference.agrees_on_damage(&name, &damaged, &codec));
            tried += 1;
        }
    }
    println!("{tried} damaged frames, {other} of them refused by another code");
    assert!(tried >= 80 && other * 10 <= tried, "the code is another for {other} of {tried} damaged frames");
}

/// Runs the command; nothing if there is no Python.
fn command(arguments: &[&str], frame: &str) -> Option<(i32, Vec<u8>, String)> {
    let output = run(arguments, &read(&frame.into()))?;
    let message = String::from_utf8(output.stderr).unwrap();
    Some((output.status.code().unwrap(), output.stdout, message))
}

#[test]
fn its_command_names_the_error() {
    let Some(valid) = command(&[], "one-span.3.tracezip") else { return };
    assert_eq!(valid, (0, read(&"one-span.otlp".into()), String::new()));
    let (status, out, message) = command(&[], "bad-checksum.tracezip").unwrap();
    assert_eq!((status, out.len()), (1, 0));
    assert!(message.contains("Checksum (code 5): the checksum does not match"), "{message}");
    let (status, _, message) = command(&["--what"], "one-span.3.tracezip").unwrap();
    assert_eq!((status, message.starts_with("usage: ")), (2, true));
}

/// `UPDATE=1` writes the frame anew.
#[test]
fn the_worked_frame_is_what_the_reference_says_of_it() {
    let Some((status, explained, message)) = command(&["--explain"], "one-span.3.tracezip") else { return };
    assert_eq!((status, message), (0, String::new()));
    let path = tests_dir().parent().unwrap().join("spec/worked-frame.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("```text\n").unwrap();
    let (_, after) = rest.split_once("```\n").unwrap();
    let now = format!("{before}```text\n{}```\n{after}", String::from_utf8(explained).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &now).unwrap();
    } else {
        assert!(now == text, "spec/worked-frame.md says otherwise; `cargo xtask vectors` writes it anew");
    }
}
