//! Streams, and rows of frames in which some are lost, moved, repeated or damaged.

use tracezip::{TraceCompressor, TracezipConfig, TracezipConfigBuilder};
use tracezip_tests::check::level;
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::{Order, Style};

use super::{attribute, draws, request_of, span_with, text};

/// Batches of one sender: name, what it is, level.
pub(super) type Stream = (&'static str, &'static str, u8, Vec<Vec<u8>>);

/// Frames for one decompressor, each with what it decodes to, or nothing if it is refused.
pub(crate) struct Sequence {
    pub name: &'static str,
    pub about: &'static str,
    pub steps: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// Batches of one sender.
pub(super) fn batches() -> Vec<Vec<u8>> {
    let mut generator = Generator::with_style(2, Style::canonical());
    vec![generator.request(15), generator.request(3), vec![], generator.request(15)]
}

/// Batches of so many spans each.
pub(super) fn generated(seed: u64, style: Style, spans: &[usize]) -> Vec<Vec<u8>> {
    let mut generator = Generator::with_style(seed, style);
    spans.iter().map(|spans| generator.request(*spans)).collect()
}

/// The frames of a compressor.
pub(super) fn frames(config: TracezipConfig, batches: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut compressor = TraceCompressor::new(config);
    let frame = |otlp: &Vec<u8>| {
        let mut frame = Vec::new();
        compressor.compress_frame(otlp, &mut frame);
        frame
    };
    batches.iter().map(frame).collect()
}

/// A dictionary: name, what it is, what it is trained with, batches for it.
pub(crate) fn dictionary() -> (&'static str, &'static str, Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let mut batches = generated(16, Style::canonical(), &[6, 6, 6, 6, 6, 6, 2, 1]);
    let mut tested = batches.split_off(6);
    tested.push(b"no trace at all, but long enough to be worth it: no trace at all".to_vec());
    ("dictionary", "trained with six batches, for two of their kind and for text", batches, tested)
}

pub(crate) fn streams() -> Vec<Stream> {
    let descending = Style { order: Order::Descending, ..Style::canonical() };
    let mut stored = generated(12, Style::canonical(), &[5, 5, 5]);
    stored.insert(1, Rng::new(1).bytes(120));
    stored.insert(2, Rng::new(2).bytes(3));
    stored.insert(4, b"{}".to_vec());
    let mut small = generated(15, Style::canonical(), &[5, 2, 5]);
    small.insert(2, vec![]);
    let mut again = generated(14, Style::canonical(), &[6]);
    again = vec![again[0].clone(); 3];
    let mut streams = vec![
        ("stream", "four batches, the third empty", 3, batches()),
        ("stream-1", "three batches at level 1", 1, generated(11, Style::canonical(), &[6, 2, 6])),
        ("stream-9", "four batches at level 9, the third empty", 9, small),
        ("stream-stored", "stored frames within a stream, two of them in a row", 3, stored.clone()),
        ("stream-stored-9", "stored frames within a stream at level 9", 9, stored.clone()),
        ("stream-descending", "batches as the Collector writes them", 3, generated(13, descending, &[5, 5])),
        ("stream-same", "one batch three times", 3, again),
        (
            "stream-stored-first",
            "a stream whose first frame is stored",
            3,
            [vec![Rng::new(5).bytes(20)], stored[3..].to_vec()].concat(),
        ),
    ];
    streams.extend(draws::streams());
    streams
}

/// All frames, each read as it was written.
fn read(frames: &[Vec<u8>], batches: &[Vec<u8>]) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    frames.iter().cloned().zip(batches.iter().cloned().map(Some)).collect()
}

/// Spans of the same kind, each with a value of its own.
fn numbered(first: u64, count: u64) -> Vec<u8> {
    let span = |i: u64| span_with(i, &[attribute("n", &text(&format!("value {}", i * i)))]);
    request_of((first..first + count).map(span))
}

pub(super) fn configured(
    name: &'static str,
    about: &'static str,
    level: u8,
    batches: &[Vec<u8>],
    change: fn(TracezipConfigBuilder) -> TracezipConfigBuilder,
) -> Sequence {
    let config = change(TracezipConfig::builder().level(level)).build().unwrap();
    Sequence { name, about, steps: read(&frames(config, batches), batches) }
}

pub(crate) fn sequences() -> Vec<Sequence> {
    let batches = generated(20, Style::canonical(), &[4, 4, 4, 4]);
    let few = &batches[..2];
    let many = [numbered(0, 140), numbered(140, 20)];
    let stream = frames(level(3), &batches);
    let other = frames(level(9), &batches);
    let step = |i: usize| (stream[i].clone(), Some(batches[i].clone()));
    let refused = |i: usize| (stream[i].clone(), None);
    let mut flipped = stream[1].clone();
    *flipped.last_mut().unwrap() ^= 1;
    let reset = [&stream[..2], &stream[..1], &other[..2], &stream[..]].concat();
    let of_reset = [&batches[..2], &batches[..1], &batches[..2], &batches[..]].concat();
    let sequence = |name, about, steps| Sequence { name, about, steps };
    let mut sequences = vec![
        sequence("reset", "a stream that begins again, also at another level", read(&reset, &of_reset)),
        sequence(
            "lost",
            "a frame is lost; then only the first one is read",
            vec![step(0), refused(2), refused(3), step(0), step(1)],
        ),
        sequence("repeated", "a frame comes twice", vec![step(0), step(1), refused(1), refused(2), step(0)]),
        sequence(
            "moved",
            "two frames come in the wrong order",
            vec![step(0), refused(2), refused(1), step(0), step(1), step(2)],
        ),
        sequence(
            "flipped",
            "a frame is damaged: it, what follows it and it undamaged are refused",
            vec![step(0), (flipped, None), refused(1), refused(2), step(0), step(1)],
        ),
        sequence("joined", "frames from the middle of a stream on", vec![refused(1), refused(2), step(0)]),
        sequence(
            "other-stream",
            "a frame of another stream with the same batches is not taken",
            vec![step(0), step(1), (other[2].clone(), None), (other[0].clone(), Some(batches[0].clone())), refused(1)],
        ),
        sequence(
            "garbage",
            "what is no frame ends a stream",
            vec![step(0), (vec![0], None), refused(1), (vec![], None), step(0)],
        ),
        stored_lost(),
        too_much_state(),
        configured("no-deltas", "times and numbers as they are", 3, few, |config| config.enable_delta_encoding(false)),
        configured("no-deltas-9", "the same, mixed", 9, few, |config| config.enable_delta_encoding(false)),
        configured("no-dedup", "nothing is predicted", 3, few, |config| config.enable_dedup(false)),
        configured("few-strings", "renewed within frames, as there are too many strings", 3, &many, |config| {
            config.max_string_table_size(16)
        }),
        configured("few-strings-9", "the same, mixed", 9, &many, |config| config.max_string_table_size(16)),
        configured(
            "little-state",
            "renewed after 64 spans and each frame, as there is too little state",
            3,
            &many,
            |config| config.max_state_bytes(1 << 20),
        ),
        configured("little-state-9", "the same, mixed", 9, &many, |config| config.max_state_bytes(1 << 20)),
    ];
    sequences.extend(draws::sequences());
    sequences
}

/// A stored frame is part of its stream too.
fn stored_lost() -> Sequence {
    let mut batches = generated(22, Style::canonical(), &[4, 4]);
    batches.insert(1, Rng::new(6).bytes(40));
    let stream = frames(TracezipConfig::default(), &batches);
    let mut steps = read(&stream, &batches);
    steps.extend([(stream[0].clone(), Some(batches[0].clone())), (stream[2].clone(), None), (stream[1].clone(), None)]);
    Sequence { name: "stored-lost", about: "a stored frame is lost, and comes too late", steps }
}

/// A reader with default limits allows 8 MiB.
fn too_much_state() -> Sequence {
    let config = TracezipConfig::builder().max_state_bytes(16 << 20).build().unwrap();
    let batches = generated(23, Style::canonical(), &[4, 4]);
    let steps = frames(config, &batches).into_iter().map(|frame| (frame, None)).collect();
    Sequence { name: "too-much-state", about: "more state than a reader allows by default", steps }
}
