//! The same input, settings and state make the same bytes: run after run, on any thread, whatever the
//! encoder that a thread keeps was used for before. That a frame of today is a frame of yesterday, and that
//! of another machine, is for `vectors.rs` to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::{fs, thread};

use tracezip::{TraceCompressor, TracezipConfig};
use tracezip_tests::check::{LEVELS, level};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;
use tracezip_tests::tests_dir;

fn requests() -> Vec<Vec<u8>> {
    let canonical = |seed| Generator::with_style(seed, Style::canonical()).request(40);
    let odd = |seed| Generator::new(seed).request(30);
    (0..5).map(canonical).chain((0..6).map(odd)).chain([Vec::new(), Rng::new(1).bytes(500)]).collect()
}

fn configs() -> Vec<TracezipConfig> {
    let state = |bytes| TracezipConfig::builder().max_state_bytes(bytes).build().unwrap();
    let strings = TracezipConfig::builder().max_string_table_size(16).build().unwrap();
    LEVELS.map(level).into_iter().chain([state(1 << 20), strings]).collect()
}

/// Uses that leave something behind in the encoder of this thread.
fn disturb(rng: &mut Rng) {
    let config = rng.pick(&configs()).clone();
    match rng.below(5) {
        0 => drop(tracezip::compress_level(&rng.bytes(300), &config)),
        1 => drop(tracezip::compress_level(&Generator::new(rng.next_u64()).request(60), &config)),
        // A request that ends in the middle.
        2 => drop(tracezip::compress_level(&Generator::new(rng.next_u64()).request(9)[..20], &config)),
        3 => drop(tracezip::decompress(&rng.bytes(50))),
        _ => {}
    }
}

#[test]
fn a_frame_is_the_same_on_any_thread_after_any_use() {
    let (requests, configs) = (requests(), configs());
    let every = requests.iter().flat_map(|otlp| configs.iter().map(move |config| (otlp, config)));
    let every: Vec<(&Vec<u8>, &TracezipConfig)> = every.collect();
    // Each by an encoder that was never used.
    let first = |(otlp, config): &(&Vec<u8>, &TracezipConfig)| {
        let mut frame = Vec::new();
        TraceCompressor::new((*config).clone()).compress_frame(otlp, &mut frame);
        frame
    };
    let expected: Vec<Vec<u8>> = every.iter().map(first).collect();
    let again = |seed: u64| {
        let mut rng = Rng::new(seed);
        let mut order: Vec<usize> = (0..every.len()).collect();
        rng.shuffle(&mut order);
        for at in order {
            disturb(&mut rng);
            let (otlp, config) = every[at];
            assert!(tracezip::compress_level(otlp, config) == expected[at], "request {at} on thread {seed}");
        }
    };
    thread::scope(|scope| {
        let threads = [1, 2, 3].map(|seed| scope.spawn(move || again(seed)));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// An encoder that is used again forgets by counting on; after 2^31 bytes, primers among them, it starts over.
#[test]
fn a_frame_is_the_same_after_70_000_others() {
    let otlp = Generator::with_style(1, Style::canonical()).request(1);
    let expected = tracezip::compress(&otlp);
    for i in 0..70_000 {
        assert!(tracezip::compress(&otlp) == expected, "frame {i}");
    }
}

/// A compressor may go from thread to thread with each batch.
#[test]
fn a_stream_is_the_same_whichever_threads_make_it() {
    for l in LEVELS {
        let run = |moving: bool| {
            let mut compressor = TraceCompressor::new(level(l));
            let mut frames = Vec::new();
            for otlp in requests() {
                let mut next = || compressor.compress_frame(&otlp, &mut frames);
                match moving {
                    true => drop(thread::scope(|scope| scope.spawn(next).join().unwrap())),
                    false => drop(next()),
                }
            }
            frames
        };
        assert!(run(false) == run(true), "level {l}");
    }
}

/// What differs from run to run or from platform to platform, and where the core may have it all the same.
const CHANCE: [(&str, &[&str]); 13] = [
    ("HashMap", &[]),
    ("HashSet", &[]),
    // Where things stand in a table, but not what is found in it.
    ("RandomState", &["index.rs"]),
    ("BuildHasher", &["index.rs"]),
    ("DefaultHasher", &[]),
    ("ahash", &[]),
    ("getrandom", &[]),
    ("SystemTime", &[]),
    ("thread::current", &[]),
    // A test of its own.
    ("std::env", &["train.rs"]),
    ("to_ne_bytes", &[]),
    // Compared for being equal, and nothing else.
    ("from_ne_bytes", &["recognise.rs"]),
    // For the statistics.
    ("Instant", &["compressor.rs"]),
];

#[test]
fn nothing_in_the_core_is_left_to_chance() {
    let mut files = Vec::new();
    sources(&tests_dir().join("../core/src"), &mut files);
    assert!(files.len() > 20, "the sources of the core are elsewhere");
    for (name, source) in files {
        // Tests come last in a file.
        let code = source.split("#[cfg(test)]").next().unwrap().lines().map(str::trim);
        for line in code.filter(|line| !line.starts_with("//")) {
            let found = CHANCE.iter().find(|(word, may)| line.contains(word) && !may.contains(&name.as_str()));
            assert!(found.is_none(), "{name}: {line:?}: a frame must not depend on this");
        }
    }
    let manifest = fs::read_to_string(tests_dir().join("../core/Cargo.toml")).unwrap();
    for hasher in ["ahash", "hashbrown", "rand", "fxhash", "foldhash"] {
        assert!(!manifest.contains(hasher), "the core depends on {hasher}");
    }
}

fn sources(folder: &Path, files: &mut Vec<(String, String)>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            sources(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}
