//! One-shot calls, and compressors and decompressors that keep their state over batches.

mod codec;
mod compressor;
mod decompressor;
mod dictionary;
mod oneshot;
mod train;

pub use compressor::{CompressedTraces, TraceCompressor};
pub use decompressor::TraceDecompressor;
pub use dictionary::{Dictionary, dictionary_of};
pub use oneshot::{
    compress, compress_bound, compress_into, compress_level, decompress, decompress_append, decompress_append_with,
    decompress_into, decompress_with, decompressed_len,
};
