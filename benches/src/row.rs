//! A row of results.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How the spans of a corpus are cut into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BatchSize {
    /// The messages of the file, as they are.
    Recorded,
    /// Batches of so many spans.
    Spans(usize),
}

impl fmt::Display for BatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchSize::Recorded => f.write_str("recorded"),
            BatchSize::Spans(spans) => write!(f, "{spans}"),
        }
    }
}

impl FromStr for BatchSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(spans @ 1..) => Ok(BatchSize::Spans(spans)),
            _ if text == "recorded" => Ok(BatchSize::Recorded),
            _ => Err("a batch is `recorded` or a number of spans from 1".to_string()),
        }
    }
}

impl Serialize for BatchSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            BatchSize::Recorded => serializer.serialize_str("recorded"),
            BatchSize::Spans(spans) => serializer.serialize_u64(*spans as u64),
        }
    }
}

/// One codec on one corpus in batches of one size.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Name of the file without its endings.
    pub corpus: String,
    /// Size of the batches.
    pub batch: BatchSize,
    /// Codec and level, as `zstd -3`.
    pub codec: String,
    /// `self-contained` or `stream`.
    pub mode: &'static str,
    /// Spans in.
    pub spans: u64,
    /// Bytes in.
    pub raw_bytes: u64,
    /// Bytes out, without any framing of the transport.
    pub bytes: u64,
    /// `raw_bytes / bytes`.
    pub ratio: f64,
    /// `bytes / spans`; nothing if there are no spans.
    pub bytes_per_span: Option<f64>,
    /// Million bytes in per second of CPU time.
    pub compress_mb_s: f64,
    /// Million bytes out of the decoder per second of CPU time; nothing if it failed.
    pub decompress_mb_s: Option<f64>,
    /// Whether every byte of every batch came back.
    pub exact: bool,
}

/// The geometric mean; nothing of nothing.
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0), |(sum, count), value| (sum + value.ln(), count + 1));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}
