//! What decoding and encoding allocate, counted by the allocator itself.
//!
//! `TRACEZIP_LONG=1` sends a million spans through a stream.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use tracezip::{Limits, TraceCompressor, TraceDecompressor, TracezipConfig};
use tracezip_tests::check::{self, is_long};
use tracezip_tests::generator::Generator;
use tracezip_tests::mutate::mutate;
use tracezip_tests::property::crashers;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;
use tracezip_tests::wire::put_varint;

thread_local! {
    /// Bytes held now and at most, by this thread; tests run beside each other.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends frees after its counters are gone.
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: `at` came from `alloc` above with this layout.
        unsafe { System.dealloc(at, layout) }
    }
}

/// Most bytes that `work` holds at a time beyond those held before it, and what it gives.
fn peak<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = HELD.get().0;
    HELD.set((before, before));
    let done = work();
    ((HELD.get().1 - before) as usize, done)
}

/// What a decoder may cost for a frame of 100 bytes that is refused, its tables included.
const ALLOWED: usize = 1 << 20;

/// The frame with another length of its original, at most 100 bytes of it.
fn declaring(frame: &[u8], declared: usize) -> Vec<u8> {
    let rest = frame.iter().skip(1).skip_while(|byte| **byte >= 0x80).skip(1);
    let mut hostile = vec![frame[0]];
    put_varint(&mut hostile, declared as u64, 0);
    hostile.extend(rest);
    hostile.truncate(100);
    hostile
}

/// Looks for the frame that costs most, from the starts of real frames on.
#[test]
fn a_hostile_frame_of_100_bytes_costs_a_mebibyte_at_most() {
    let mut rng = Rng::new(1);
    for declared in [0, 1 << 10, 64 << 10, 110 << 10] {
        let cost = |frame: &[u8]| {
            let (cost, read) = peak(|| TraceDecompressor::new(Limits::default()).decompress(frame));
            assert!(read.is_err() && cost <= ALLOWED, "{cost} bytes for {frame:02x?}");
            cost
        };
        let mut frames: Vec<(usize, Vec<u8>)> = (0..30)
            .map(|seed| {
                let otlp = Generator::new(seed).request(1 + seed as usize % 12);
                let frame = tracezip::compress_level(&otlp, &check::level(check::LEVELS[seed as usize % 3]));
                (0, declaring(&frame, declared))
            })
            .collect();
        for _ in 0..2_000 {
            let (one, other) = (rng.pick(&frames).1.clone(), rng.pick(&frames).1.clone());
            let damaged = mutate(&mut rng, &one, &other);
            if let Some(0x07 | 0x0f) = damaged.first() {
                let frame = declaring(&damaged, declared);
                let (cost, at) = (cost(&frame), rng.below(frames.len()));
                if cost >= frames[at].0 {
                    frames[at] = (cost, frame);
                }
            }
        }
    }
}

/// Frames that once cost too much, as they were found; they declare 256 KiB or less.
#[test]
fn frames_that_were_too_dear_once() {
    let frames: Vec<_> = crashers().into_iter().filter(|crasher| crasher.property == "decode").collect();
    assert!(!frames.is_empty());
    for crasher in frames {
        let (cost, _) = peak(|| TraceDecompressor::new(Limits::default()).decompress(&crasher.input));
        assert!(cost <= ALLOWED, "{}: {cost} bytes", crasher.name);
    }
}

#[test]
fn a_length_above_the_limit_costs_nothing() {
    for declared in [(64 << 20) + 1, 1 << 40, u64::MAX as usize] {
        let frame = declaring(&tracezip::compress(&Generator::new(1).request(3)), declared);
        let (cost, read) = peak(|| TraceDecompressor::new(Limits::default()).decompress(&frame));
        assert_eq!((cost, read.unwrap_err().kind()), (0, tracezip::ErrorKind::LimitExceeded));
    }
}

/// Spans in a batch.
const BATCH: usize = 500;

/// Sends batches of one sender whose names and values are all new; what the encoder and the decoder hold
/// after each, in bytes.
fn held_by_a_stream(spans: usize, config: TracezipConfig) -> Vec<[usize; 2]> {
    let mut style = Style::canonical();
    (style.fresh, style.families) = (100, 200);
    let mut generator = Generator::with_style(11, style);
    let (limits, mut frame) = (config.limits(), Vec::new());
    let (mut compressor, mut decompressor) = (None, None);
    let mut held = [0, 0];
    let mut grows = |side: usize, work: &mut dyn FnMut()| {
        let before = HELD.get().0;
        work();
        held[side] += HELD.get().0 - before;
        held.map(|bytes| bytes as usize)
    };
    grows(0, &mut || compressor = Some(TraceCompressor::new(config.clone())));
    grows(1, &mut || decompressor = Some(TraceDecompressor::new(limits)));
    let batches = (0..spans / BATCH).map(|_| {
        let otlp = generator.request(BATCH);
        frame.clear();
        // The buffer is the caller's.
        frame.reserve(tracezip::compress_bound(otlp.len()));
        grows(0, &mut || assert!(compressor.as_mut().unwrap().compress_frame(&otlp, &mut frame) > 0));
        grows(1, &mut || drop(decompressor.as_mut().unwrap().decompress(&frame).unwrap()))
    });
    batches.collect()
}

/// A batch costs buffers beside the state: a quarter of the default limit for 500 spans.
fn stays_flat(level: u8, spans: usize) {
    let config = check::level(level);
    let limit = config.max_state_bytes() + config.max_state_bytes() / 4;
    let held = held_by_a_stream(spans, config);
    for (side, name) in ["encoder", "decoder"].iter().enumerate() {
        let most = |part: &[[usize; 2]]| part.iter().map(|held| held[side]).max().unwrap();
        let (early, late) = (most(&held[..held.len() / 2]), most(&held[held.len() / 2..]));
        println!("level {level}, {spans} spans, {name}: {early} bytes at most in the first half, {late} in the second");
        assert!(early.max(late) <= limit, "the {name} holds {} bytes, limit {limit}", early.max(late));
        assert!(late <= early + early / 20, "the {name} grows from {early} to {late} bytes");
    }
}

#[test]
fn a_stream_of_ever_new_strings_stays_flat() {
    stays_flat(3, if is_long() { 1_000_000 } else { 30_000 });
}

#[test]
fn a_stream_of_ever_new_strings_stays_flat_at_level_9() {
    stays_flat(9, if is_long() { 200_000 } else { 8_000 });
}
