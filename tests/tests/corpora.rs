//! Real requests, as they were recorded and in other batches, and damaged.
//!
//! `TRACEZIP_CORPORA` names a folder of larger corpora; `TRACEZIP_LONG=1` tries more damage.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use tracezip_tests::check::{self, Stream};
use tracezip_tests::corpora::{self, Corpus};
use tracezip_tests::generator::Generator;
use tracezip_tests::mutate::mutate;
use tracezip_tests::rng::Rng;

fn all_ways(files: Vec<PathBuf>) {
    for file in files {
        let corpus = Corpus::read(&file);
        println!("{}: {} requests", corpus.name, corpus.requests.len());
        for requests in [corpus.rebatched(100), corpus.rebatched(1000), corpus.requests] {
            let mut stream = Stream::new(check::level(3));
            requests.iter().for_each(|otlp| check::all_ways(otlp, &mut stream));
        }
    }
}

#[test]
fn samples_come_back() {
    let files = corpora::samples();
    assert!(!files.is_empty(), "there are no samples in tests/corpora");
    all_ways(files);
}

#[test]
fn large_corpora_come_back() {
    all_ways(corpora::large());
}

/// Requests of a few spans each, real ones if there are some and generated ones.
fn seeds() -> Vec<Vec<u8>> {
    let real = corpora::samples().into_iter().flat_map(|file| {
        let mut batches = Corpus::read(&file).rebatched(8);
        batches.truncate(60);
        batches
    });
    let generated = (0..200).map(|seed| Generator::new(seed).request(8));
    real.chain(generated).collect()
}

fn random(rng: &mut Rng) -> Vec<u8> {
    let len = rng.below(3000);
    rng.bytes(len)
}

#[test]
fn mutated_requests_come_back() {
    let count = if check::is_long() { 100_000 } else { 5_000 };
    let seeds = seeds();
    let mut rng = Rng::new(2);
    let mut stream = Stream::new(check::level(3));
    let levels = check::LEVELS.map(check::level);
    for i in 0..count {
        let (seed, other) = (rng.pick(&seeds), rng.pick(&seeds));
        let otlp = if rng.chance(2) { random(&mut rng) } else { mutate(&mut rng, seed, other) };
        check::self_contained(&otlp, &levels[i % 3]);
        if i % 500 == 0 {
            stream.compressor.reset();
        }
        stream.send(&otlp);
    }
    println!("{count} mutated requests");
}
