//! zstd, without its content checksum: its fastest form.

use zstd::bulk::{Compressor, Decompressor};
use zstd::stream::raw::{Decoder, Encoder, InBuffer, Operation, OutBuffer};

use super::{Codec, Mode, failed};
use crate::error::Result;

const SLOW_LEVEL: i32 = 16;

/// Frames that stand alone, by contexts that are reused.
pub struct Zstd {
    name: String,
    level: i32,
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl Zstd {
    /// Any level of zstd's.
    ///
    /// # Errors
    /// No memory.
    pub fn new(level: i32) -> Result<Self> {
        let name = name(level);
        let fail = |error| failed(&name, error);
        let (compressor, decompressor) = (Compressor::new(level).map_err(fail)?, Decompressor::new().map_err(fail)?);
        Ok(Zstd { name, level, compressor, decompressor })
    }
}

impl Codec for Zstd {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> Mode {
        Mode::SelfContained
    }

    fn is_slow(&self) -> bool {
        self.level >= SLOW_LEVEL
    }

    fn bound(&self, len: usize) -> usize {
        zstd::zstd_safe::compress_bound(len)
    }

    fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()> {
        self.compressor.compress_to_buffer(batch, frame).map_err(|error| failed(&self.name, error))?;
        Ok(())
    }

    fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()> {
        self.decompressor.decompress_to_buffer(frame, batch).map_err(|error| failed(&self.name, error))?;
        Ok(())
    }
}

/// One stream, flushed after every batch.
pub struct ZstdStream {
    name: String,
    level: i32,
    encoder: Encoder<'static>,
    decoder: Decoder<'static>,
}

impl ZstdStream {
    /// Any level of zstd's.
    ///
    /// # Errors
    /// No memory.
    pub fn new(level: i32) -> Result<Self> {
        let name = name(level);
        let fail = |error| failed(&name, error);
        let (encoder, decoder) = (Encoder::new(level).map_err(fail)?, Decoder::new().map_err(fail)?);
        Ok(ZstdStream { name, level, encoder, decoder })
    }
}

impl Codec for ZstdStream {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> Mode {
        Mode::Stream
    }

    fn is_slow(&self) -> bool {
        self.level >= SLOW_LEVEL
    }

    fn restart(&mut self) -> Result<()> {
        self.encoder.reinit().and_then(|()| self.decoder.reinit()).map_err(|error| failed(&self.name, error))
    }

    /// A flush may add a block's header.
    fn bound(&self, len: usize) -> usize {
        zstd::zstd_safe::compress_bound(len) + 64
    }

    fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()> {
        let fail = |error| failed(&self.name, error);
        let (mut input, mut output) = (InBuffer::around(batch), OutBuffer::around(frame));
        while input.pos() < batch.len() {
            self.encoder.run(&mut input, &mut output).map_err(fail)?;
        }
        while self.encoder.flush(&mut output).map_err(fail)? > 0 {}
        Ok(())
    }

    fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()> {
        let (mut input, mut output) = (InBuffer::around(frame), OutBuffer::around(batch));
        // A decoder that leaves room in the output has held nothing back.
        while input.pos() < frame.len() || output.pos() == output.capacity() {
            let before = (input.pos(), output.pos());
            self.decoder.run(&mut input, &mut output).map_err(|error| failed(&self.name, error))?;
            if (input.pos(), output.pos()) == before {
                return Err(failed(&self.name, "the batch is longer than its original"));
            }
        }
        Ok(())
    }
}

fn name(level: i32) -> String {
    format!("zstd -{level}")
}
