//! What may happen to the frames of a stream: they are lost, repeated, moved and damaged, and both sides
//! start anew, with other dictionaries too. A simple model says which frames the receiver must take.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use tracezip::{Dictionary, ErrorKind, Limits, TraceCompressor, TraceDecompressor, TracezipConfig};

use crate::check::LEVELS;
use crate::damage::KINDS;
use crate::generator::Generator;
use crate::rng::Rng;
use crate::style::Style;

#[derive(Arbitrary, Clone, Debug)]
enum Batch {
    Spans(u8),
    Noise(Vec<u8>),
    Again,
}

#[derive(Arbitrary, Clone, Debug)]
enum Operation {
    /// Compresses a batch and delivers its frame.
    Send(Batch),
    /// Compresses a batch whose frame is lost.
    Lose(Batch),
    /// Delivers a frame once more, or a lost one late: so many before the last.
    Deliver {
        age: u8,
    },
    /// Delivers the last frame with a flipped bit.
    Damage {
        bit: u16,
    },
    /// Delivers the last frame without its end.
    Cut {
        len: u16,
    },
    /// Sends a request that was never compressed, which changes nothing.
    Pass,
    /// Frames begin with one of the dictionaries from then on, or with none.
    ResetSender {
        dictionary: u8,
    },
    ResetReceiver,
}

#[derive(Arbitrary, Clone, Debug)]
struct Script {
    level: u8,
    seed: u8,
    operations: Vec<Operation>,
}

/// What a frame is to those that follow it: the same place in a stream with the same past.
type Place = usize;

struct Sent {
    frame: Vec<u8>,
    otlp: Vec<u8>,
    before: Option<Place>,
    place: Place,
}

struct Run {
    generator: Generator,
    /// Without a dictionary, and with each.
    compressors: [TraceCompressor; 3],
    dictionary: usize,
    decompressor: TraceDecompressor,
    /// The place before, the dictionary and the batch of each place.
    places: Vec<(Option<Place>, usize, Vec<u8>)>,
    sent: Vec<Sent>,
    sender: Option<Place>,
    receiver: Option<Place>,
}

static DICTIONARIES: LazyLock<[Dictionary; 2]> = LazyLock::new(|| {
    let requests: Vec<Vec<u8>> =
        (0..6).map(|seed| Generator::with_style(seed, Style::canonical()).request(4)).collect();
    [&requests[..2], &requests].map(|samples| Dictionary::train(samples, 1 << 15).unwrap())
});

/// Plays what the input says, and fails where the receiver does not do as the model says.
pub fn operations(input: &[u8]) {
    let Ok(script) = Script::arbitrary_take_rest(Unstructured::new(input)) else { return };
    let config = TracezipConfig::builder().level(LEVELS[usize::from(script.level) % 3]);
    let [first, second] = DICTIONARIES.each_ref().map(|dictionary| config.clone().dictionary(dictionary.clone()));
    let mut decompressor = TraceDecompressor::new(Limits::default());
    DICTIONARIES.iter().for_each(|dictionary| decompressor.add_dictionary(dictionary.clone()));
    let mut run = Run {
        generator: Generator::from_rng(Rng::new(script.seed.into())),
        compressors: [config, first, second].map(|config| TraceCompressor::new(config.build().unwrap())),
        dictionary: 0,
        decompressor,
        places: Vec::new(),
        sent: Vec::new(),
        sender: None,
        receiver: None,
    };
    script.operations.into_iter().take(40).for_each(|operation| run.play(operation));
}

impl Run {
    fn play(&mut self, operation: Operation) {
        match operation {
            Operation::Send(batch) => {
                self.compress(batch);
                self.deliver(0);
            }
            Operation::Lose(batch) => self.compress(batch),
            Operation::Deliver { age } => self.deliver(age),
            Operation::Damage { bit } => self.deliver_damaged(|frame| {
                let bit = usize::from(bit) % (frame.len() * 8);
                frame[bit / 8] ^= 1 << (bit % 8);
            }),
            Operation::Cut { len } => self.deliver_damaged(|frame| frame.truncate(usize::from(len) % frame.len())),
            Operation::Pass => {
                let otlp = Generator::with_style(1, Style::canonical()).request(2);
                assert!(self.decompressor.decompress(&otlp).as_ref() == Ok(&otlp), "a request does not pass");
            }
            Operation::ResetSender { dictionary } => {
                self.dictionary = usize::from(dictionary) % self.compressors.len();
                self.compressors[self.dictionary].reset();
                self.sender = None;
            }
            Operation::ResetReceiver => {
                self.decompressor.reset();
                self.receiver = None;
            }
        }
    }

    fn compress(&mut self, batch: Batch) {
        let otlp = match (batch, self.sent.last()) {
            (Batch::Noise(bytes), _) => bytes,
            (Batch::Again, Some(last)) => last.otlp.clone(),
            (Batch::Again, None) => Vec::new(),
            (Batch::Spans(spans), _) => self.generator.request(usize::from(spans) % 24),
        };
        let mut frame = Vec::new();
        self.compressors[self.dictionary].compress_frame(&otlp, &mut frame);
        let here = (self.sender, self.dictionary, otlp.clone());
        let place = self.places.iter().position(|place| *place == here).unwrap_or(self.places.len());
        if place == self.places.len() {
            self.places.push(here);
        }
        self.sent.push(Sent { frame, otlp, before: self.sender, place });
        self.sender = Some(place);
    }

    fn deliver(&mut self, age: u8) {
        let Some(sent) = self.sent.len().checked_sub(1 + usize::from(age)).map(|at| &self.sent[at]) else { return };
        let mut back = b"before".to_vec();
        let read = self.decompressor.decompress_append(&sent.frame, &mut back);
        if sent.before.is_none() || sent.before == self.receiver {
            read.unwrap_or_else(|error| panic!("a frame in its place is refused: {error}"));
            assert!(back.strip_prefix(b"before") == Some(&sent.otlp), "other bytes come back");
            self.receiver = Some(sent.place);
        } else {
            assert_eq!(read.map_err(|error| error.kind()), Err(ErrorKind::OutOfSequence));
            assert_eq!(back, b"before");
            self.receiver = None;
        }
    }

    fn deliver_damaged(&mut self, damage: impl FnOnce(&mut Vec<u8>)) {
        let Some(sent) = self.sent.last() else { return };
        let mut frame = sent.frame.clone();
        damage(&mut frame);
        let mut back = Vec::new();
        let error = self.decompressor.decompress_frame(&frame, &mut back).expect_err("damage is not noticed");
        assert!(KINDS.contains(&error.kind()) && back.is_empty(), "{error}, {} bytes", back.len());
        self.receiver = None;
    }
}
