//! gzip by zlib: what OTLP exporters send by default.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Codec, Mode, failed};
use crate::error::Result;

/// zlib's largest window, 32 KiB.
const WINDOW_BITS: u8 = 15;

/// gzip members that stand alone.
pub struct Gzip {
    name: String,
    compress: Compress,
}

impl Gzip {
    /// Levels 1 to 9.
    pub fn new(level: u32) -> Self {
        let compress = Compress::new_gzip(Compression::new(level), WINDOW_BITS);
        Gzip { name: format!("gzip -{level}"), compress }
    }
}

impl Codec for Gzip {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> Mode {
        Mode::SelfContained
    }

    /// zlib's compressBound with a gzip header.
    fn bound(&self, len: usize) -> usize {
        len + (len >> 12) + (len >> 14) + (len >> 25) + 13 + 18
    }

    fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()> {
        self.compress.reset();
        match self.compress.compress_vec(batch, frame, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => Ok(()),
            Ok(status) => Err(failed(&self.name, format!("{status:?}"))),
            Err(error) => Err(failed(&self.name, error)),
        }
    }

    fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()> {
        // flate2 cannot reset a gzip reader; making one costs about a microsecond.
        match Decompress::new_gzip(WINDOW_BITS).decompress_vec(frame, batch, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => Ok(()),
            Ok(status) => Err(failed(&self.name, format!("{status:?}"))),
            Err(error) => Err(failed(&self.name, error)),
        }
    }
}
