//! What must hold for every input.

use tracezip::{Limits, TraceCompressor, TraceDecompressor, TracezipConfig};

/// The levels that tests try: fast, default, small.
pub const LEVELS: [u8; 3] = [1, 3, 9];

/// Whether to try more: `TRACEZIP_LONG` is set, and not to 0.
pub fn is_long() -> bool {
    std::env::var("TRACEZIP_LONG").is_ok_and(|long| long != "0")
}

/// The defaults with this level.
pub fn level(level: u8) -> TracezipConfig {
    TracezipConfig::builder().level(level).build().unwrap()
}

/// Compresses and decompresses `otlp` as a frame that stands alone; its length.
///
/// Fails unless the bytes come back, the frame is at most 16 bytes longer, says the right length and
/// cannot be taken for protobuf.
pub fn self_contained(otlp: &[u8], config: &TracezipConfig) -> usize {
    let frame = tracezip::compress_level(otlp, config);
    bound(otlp, &frame);
    assert_eq!(tracezip::decompressed_len(&frame).unwrap(), otlp.len() as u64);
    same(otlp, &tracezip::decompress(&frame).unwrap_or_else(|error| fail(otlp, &error)));
    frame.len()
}

/// A compressor and its decompressor.
#[derive(Debug)]
pub struct Stream {
    /// The sender.
    pub compressor: TraceCompressor,
    /// The receiver.
    pub decompressor: TraceDecompressor,
}

impl Stream {
    /// Both with these settings.
    pub fn new(config: TracezipConfig) -> Self {
        let limits = Limits { max_state_bytes: config.max_state_bytes(), ..Limits::default() };
        Stream { decompressor: TraceDecompressor::new(limits), compressor: TraceCompressor::new(config) }
    }

    /// Sends `otlp`; the length of its frame. Fails as [`self_contained`] does.
    pub fn send(&mut self, otlp: &[u8]) -> usize {
        let mut frame = Vec::new();
        self.compressor.compress_frame(otlp, &mut frame);
        bound(otlp, &frame);
        same(otlp, &self.decompressor.decompress(&frame).unwrap_or_else(|error| fail(otlp, &error)));
        frame.len()
    }
}

/// Checks `otlp` at each of [`LEVELS`] as a frame that stands alone, and on `stream`.
pub fn all_ways(otlp: &[u8], stream: &mut Stream) {
    for l in LEVELS {
        self_contained(otlp, &level(l));
    }
    stream.send(otlp);
}

fn bound(otlp: &[u8], frame: &[u8]) {
    assert!(frame.len() <= otlp.len() + 16, "a frame of {} bytes for {}", frame.len(), otlp.len());
    assert!(frame.len() <= tracezip::compress_bound(otlp.len()));
    assert_eq!(frame[0] & 7, 7, "the first byte could start a protobuf message");
}

/// Like `assert_eq!`, without megabytes of output.
fn same(otlp: &[u8], back: &[u8]) {
    if otlp != back {
        let at = otlp.iter().zip(back).take_while(|(a, b)| a == b).count();
        panic!("{} bytes came back as {}, other from byte {at}: {}", otlp.len(), back.len(), start(otlp));
    }
}

fn fail(otlp: &[u8], error: &tracezip::Error) -> ! {
    panic!("{} bytes do not come back: {error}: {}", otlp.len(), start(otlp))
}

fn start(otlp: &[u8]) -> String {
    otlp.iter().take(600).map(|byte| format!("{byte:02x}")).collect()
}
