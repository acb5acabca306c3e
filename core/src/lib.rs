//! Lossless compression of OpenTelemetry traces: serialized OTLP in, at most half the bytes of a
//! general compressor out, and exactly the same OTLP back.
//!
//! ```
//! let otlp: &[u8] = b"\x0a\x00"; // any bytes; best an ExportTraceServiceRequest
//! let frame = tracezip::compress(otlp);
//! assert_eq!(tracezip::decompress(&frame)?, otlp);
//! # Ok::<(), tracezip::Error>(())
//! ```
#![deny(unsafe_code)]

mod bytes;
mod coder;
mod config;
mod error;
mod frame;
mod key_stats;
mod limits;
mod model;
#[cfg(feature = "otlp")]
mod otlp;
mod restore;
mod stats;
mod stream;
mod wire;

pub use config::{TracezipConfig, TracezipConfigBuilder};
pub use error::{Error, ErrorKind, Result, Stage};
pub use frame::is_stored;
pub use key_stats::{Coding, CodingStats, KeyPlace, KeyStats};
pub use limits::Limits;
pub use model::{DeltaEncoder, Observation, SpanDeduplicator, StringTable};
#[cfg(feature = "otlp")]
pub use otlp::{compress_request, decompress_request};
pub use stats::{ColumnBytes, CompressionStats, DecompressionStats};
pub use stream::{
    CompressedTraces, Dictionary, TraceCompressor, TraceDecompressor, compress, compress_bound, compress_into,
    compress_level, decompress, decompress_append, decompress_append_with, decompress_into, decompress_with,
    decompressed_len, dictionary_of,
};

/// Version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
