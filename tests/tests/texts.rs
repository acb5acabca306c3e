//! Texts of every kind: they come back, cost about what a general compressor makes of them at most, and take
//! time that is linear in their length.
#![cfg(feature = "corpora")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cpu_time::ThreadTime;
use tracezip::TracezipConfig;
use tracezip_benches::peers::{Codec, Zstd};
use tracezip_tests::texts::{KINDS, request};

fn compress(level: u8, batch: &[u8]) -> Vec<u8> {
    let config = TracezipConfig::builder().level(level).build().unwrap();
    tracezip::compress_level(batch, &config)
}

/// Most bytes beside zstd -3.
const MOST: f64 = 1.01;

#[test]
fn texts_come_back_and_are_no_larger_than_with_zstd() {
    let mut zstd = Zstd::new(3).unwrap();
    for (name, count, make) in KINDS {
        let batch = request(make, count, 1);
        let mut peer = Vec::with_capacity(zstd.bound(batch.len()));
        zstd.compress(&batch, &mut peer).unwrap();
        for level in [1, 3, 9] {
            let frame = compress(level, &batch);
            assert_eq!(tracezip::decompress(&frame).unwrap(), batch, "{name}, level {level}");
            let share = frame.len() as f64 / peer.len() as f64;
            println!("{name:32} level {level}: {:8} of {:8} bytes, {share:.3} of zstd -3", frame.len(), batch.len());
            assert!(level < 3 || share <= MOST, "{name}, level {level}: {} bytes, zstd -3 {}", frame.len(), peer.len());
        }
    }
}

/// Least of three, of a thread's own time, so that what else runs does not count.
fn seconds(batch: &[u8]) -> f64 {
    let once = || {
        let start = ThreadTime::now();
        let frame = compress(3, batch);
        assert_eq!(tracezip::decompress(&frame).unwrap().len(), batch.len());
        start.elapsed().as_secs_f64()
    };
    (0..3).map(|_| once()).fold(f64::MAX, f64::min)
}

#[test]
fn texts_take_linear_time() {
    for (name, count, make) in KINDS {
        let (some, many) = (request(make, count, 2), request(make, 6 * count, 2));
        let per_byte = |batch: &[u8]| seconds(batch) / batch.len() as f64;
        let (some, many) = (per_byte(&some), per_byte(&many));
        assert!(many < 4.0 * some + 2e-8, "{name}: {some:e} s a byte, {many:e} in six times as many spans");
    }
}
