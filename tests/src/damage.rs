//! Frames of every kind, to be damaged.

use tracezip::{Error, ErrorKind, Limits, TraceCompressor, TraceDecompressor};

use crate::check::{LEVELS, level};
#[cfg(feature = "corpora")]
use crate::corpora::{self, Corpus};
use crate::generator::Generator;
use crate::rng::Rng;
use crate::style::{Order, Style};

/// What decoding may fail with, whatever the bytes: kinds whose codes are pinned.
pub const KINDS: [ErrorKind; 8] = [
    ErrorKind::NotTracezip,
    ErrorKind::UnsupportedVersion,
    ErrorKind::Truncated,
    ErrorKind::Corrupt,
    ErrorKind::Checksum,
    ErrorKind::OutOfSequence,
    ErrorKind::LimitExceeded,
    ErrorKind::UnknownDictionary,
];

/// A frame, and those that must be read before it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What kind of frame it is.
    pub name: String,
    /// The frames before it in its stream.
    pub before: Vec<Vec<u8>>,
    /// The frame itself.
    pub frame: Vec<u8>,
    /// What it decodes to.
    pub original: Vec<u8>,
}

impl Case {
    fn alone(name: impl Into<String>, original: Vec<u8>, l: u8) -> Self {
        let frame = tracezip::compress_level(&original, &level(l));
        Case { name: name.into(), before: Vec::new(), frame, original }
    }

    /// The last of these batches of one stream.
    fn last_of(name: impl Into<String>, batches: &[&Vec<u8>], l: u8) -> Self {
        let mut compressor = TraceCompressor::new(level(l));
        let frames = batches.iter().map(|otlp| {
            let mut frame = Vec::new();
            compressor.compress_frame(otlp, &mut frame);
            frame
        });
        let mut before: Vec<Vec<u8>> = frames.collect();
        let frame = before.pop().unwrap();
        Case { name: name.into(), before, frame, original: batches[batches.len() - 1].clone() }
    }

    /// A decompressor that has read what stands before the frame.
    pub fn reader(&self) -> TraceDecompressor {
        let mut decompressor = TraceDecompressor::new(Limits::default());
        for frame in &self.before {
            decompressor.decompress(frame).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        }
        decompressor
    }

    /// Reads `frame` where this frame should stand.
    ///
    /// # Errors
    /// Those of decoding.
    pub fn read(&self, frame: &[u8]) -> Result<Vec<u8>, Error> {
        if self.before.is_empty() {
            return tracezip::decompress(frame);
        }
        let mut otlp = Vec::new();
        self.reader().decompress_frame(frame, &mut otlp).map(|_| otlp)
    }

    /// Fails unless reading `damaged` is an error of decoding; its kind.
    pub fn must_fail(&self, damaged: &[u8], how: &str) -> ErrorKind {
        match self.read(damaged) {
            Ok(back) => panic!("{}: {how} is not noticed, {} bytes come back", self.name, back.len()),
            Err(error) => {
                assert!(KINDS.contains(&error.kind()), "{}: {how} is {error}", self.name);
                error.kind()
            }
        }
    }
}

/// At least one of every kind: that stand alone at each level, coded, stored and empty; in a stream, after
/// coded, stored and empty frames; in each order of fields; of a real sender.
pub fn cases() -> Vec<Case> {
    let mut descending = Style::canonical();
    descending.order = Order::Descending;
    let canonical = Generator::with_style(1, Style::canonical()).request(5);
    let descending = Generator::with_style(2, descending).request(5);
    let (empty, noise) = (Vec::new(), Rng::new(1).bytes(60));
    let mut cases = vec![
        Case::alone("descending", descending.clone(), 3),
        Case::alone("odd", Generator::new(3).request(3), 3),
        Case::alone("empty", empty.clone(), 3),
        Case::alone("stored", noise.clone(), 3),
        Case::last_of("first of a stream", &[&canonical], 3),
        Case::last_of("in a stream", &[&canonical, &descending, &canonical], 3),
        Case::last_of("in a stream of level 9", &[&canonical, &descending, &canonical], 9),
        Case::last_of("stored in a stream", &[&canonical, &noise], 3),
        Case::last_of("empty in a stream", &[&canonical, &empty], 3),
        Case::last_of("after a stored frame", &[&canonical, &noise, &descending], 3),
        Case::last_of("after an empty frame of level 9", &[&empty, &canonical], 9),
    ];
    #[cfg(feature = "corpora")]
    cases.push(Case::alone("of a real sender", real(), 3));
    cases.extend(LEVELS.map(|l| Case::alone(format!("level {l}"), canonical.clone(), l)));
    cases
}

/// The smallest request of the samples with few spans in a request.
#[cfg(feature = "corpora")]
fn real() -> Vec<u8> {
    let path = corpora::samples().into_iter().find(|path| path.ends_with("smallreq.otlp.zst"));
    let requests = Corpus::read(&path.expect("tests/corpora has smallreq.otlp.zst")).requests;
    requests.into_iter().min_by_key(Vec::len).expect("a corpus has requests")
}
