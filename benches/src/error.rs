//! What can go wrong between a file and a row.

/// An input that cannot be used, or a peer that fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `.zst` or `.gz` content that does not unpack.
    #[error("the {format} data cannot be unpacked: {source}")]
    Unpack {
        /// "zstd" or "gzip".
        format: &'static str,
        /// What the library says.
        source: std::io::Error,
    },
    /// Bytes that no reader of ours knows.
    #[error(
        "not OTLP traces: neither an ExportTraceServiceRequest in protobuf, nor such messages with 4-byte big-endian lengths, nor OTLP JSON"
    )]
    UnknownInput,
    /// Messages with lengths, whose last one is cut short.
    #[error("message {index} at byte {offset} says it has {says} bytes, but only {left} follow")]
    CutMessage {
        /// From 0.
        index: usize,
        /// Of the length in the file.
        offset: usize,
        /// The length.
        says: usize,
        /// What is there.
        left: usize,
    },
    /// A message that is not an `ExportTraceServiceRequest`.
    #[error("message {index} is not an ExportTraceServiceRequest: {detail} (byte {offset} of the message)")]
    BadMessage {
        /// From 0.
        index: usize,
        /// In the message.
        offset: usize,
        /// What is wrong there.
        detail: &'static str,
    },
    /// JSON that is not OTLP.
    #[error("OTLP JSON, document {index}: {source}")]
    Json {
        /// From 0.
        index: usize,
        /// Says the line and column.
        source: serde_json::Error,
    },
    /// A codec that fails on a batch.
    #[error("{codec} failed: {detail}")]
    Codec {
        /// Its name.
        codec: String,
        /// What it says.
        detail: String,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
