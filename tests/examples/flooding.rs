//! How much slower an encoder becomes when every id has the same hash: `docs/threat-model.md` has the figures.
//!
//! `cargo run --release -p tracezip-tests --example flooding`
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use tracezip_tests::rng::Rng;
use tracezip_tests::wire::Message;

/// The factor of the encoder's hash (`core/src/model/index.rs`).
const SPREAD: u64 = 0xbb67_ae85_84ca_a73b;

/// Two numbers that the encoder mixes: random, or so that the hash is always the same.
fn pair(rng: &mut Rng, flood: bool) -> (u64, u64) {
    let (first, second) = (rng.next_u64(), rng.next_u64());
    (first, if flood { first.wrapping_mul(SPREAD) ^ 0x1234_5678 } else { second })
}

fn request(spans: usize, span: impl FnMut(usize) -> Message) -> Vec<u8> {
    let scope = (0..spans).map(span).fold(Message::new(), |scope, span| scope.message(2, &span));
    Message::new().message(1, &Message::new().message(2, &scope)).encode()
}

/// Each span the first of its trace.
fn traces(rng: &mut Rng, spans: usize, flood: bool) -> Vec<u8> {
    request(spans, |_| {
        let (high, low) = pair(rng, flood);
        let id = [high.to_be_bytes(), low.to_be_bytes()].concat();
        Message::new().bytes(1, id).bytes(2, rng.bytes(8)).bytes(5, "GET /cart")
    })
}

/// Each span with a UUID of its own in an attribute.
fn uuids(rng: &mut Rng, spans: usize, flood: bool) -> Vec<u8> {
    request(spans, |_| {
        let (high, low) = pair(rng, flood);
        let hex = format!("{high:016x}{low:016x}");
        let text = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
        let attribute = Message::new().bytes(1, "id").message(2, &Message::new().bytes(1, text));
        Message::new().bytes(1, [7; 16]).bytes(2, rng.bytes(8)).bytes(5, "GET /cart").message(9, &attribute)
    })
}

/// The shortest of three times.
fn time(work: impl Fn()) -> Duration {
    let once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

fn main() {
    for (name, make) in [("trace ids", traces as fn(&mut Rng, usize, bool) -> Vec<u8>), ("UUIDs", uuids)] {
        for spans in [1_000, 10_000, 100_000] {
            let cost = |flood| {
                let otlp = make(&mut Rng::new(1), spans, flood);
                let frame = tracezip::compress(&otlp);
                (time(|| drop(tracezip::compress(&otlp))), time(|| drop(tracezip::decompress(&frame).unwrap())))
            };
            let ((plain, plain_back), (flood, flood_back)) = (cost(false), cost(true));
            println!(
                "{spans:7} {name:9}: encoder {plain:9.1?} and {flood:9.1?}, decoder {plain_back:9.1?} and {flood_back:9.1?}"
            );
        }
    }
}
