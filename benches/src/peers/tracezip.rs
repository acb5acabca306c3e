//! Tracezip itself, by the calls that its users have.

use tracezip::{Dictionary, Limits, TraceCompressor, TraceDecompressor, TracezipConfig};

use super::{Codec, Mode, failed};
use crate::error::Result;

/// Frames that stand alone.
pub struct Tracezip {
    name: String,
    config: TracezipConfig,
    decompressor: TraceDecompressor,
}

impl Tracezip {
    /// Levels 1 to 9.
    ///
    /// # Errors
    /// Another level.
    pub fn new(level: u8) -> Result<Self> {
        let (name, config) = configure(level)?;
        let decompressor = TraceDecompressor::new(limits(&config));
        Ok(Tracezip { name, config, decompressor })
    }

    /// The same with a dictionary.
    ///
    /// # Errors
    /// Another level.
    pub fn with_dictionary(level: u8, dictionary: &Dictionary) -> Result<Self> {
        let Tracezip { name, mut decompressor, .. } = Tracezip::new(level)?;
        let config = TracezipConfig::builder().level(level).dictionary(dictionary.clone()).build();
        decompressor.add_dictionary(dictionary.clone());
        Ok(Tracezip { config: config.map_err(|error| failed(&name, error))?, name: name + " dict", decompressor })
    }
}

impl Codec for Tracezip {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> Mode {
        Mode::SelfContained
    }

    fn bound(&self, len: usize) -> usize {
        tracezip::compress_bound(len)
    }

    fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()> {
        tracezip::compress_into(batch, &self.config, frame);
        Ok(())
    }

    fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()> {
        self.decompressor.reset();
        self.decompressor.decompress_frame(frame, batch).map_err(|error| failed(&self.name, error))?;
        Ok(())
    }
}

/// A compressor and a decompressor that keep their state over batches.
pub struct TracezipStream {
    name: String,
    compressor: TraceCompressor,
    decompressor: TraceDecompressor,
}

impl TracezipStream {
    /// Levels 1 to 9.
    ///
    /// # Errors
    /// Another level.
    pub fn new(level: u8) -> Result<Self> {
        let (name, config) = configure(level)?;
        let decompressor = TraceDecompressor::new(limits(&config));
        Ok(TracezipStream { name, compressor: TraceCompressor::new(config), decompressor })
    }
}

impl Codec for TracezipStream {
    fn name(&self) -> &str {
        &self.name
    }

    fn mode(&self) -> Mode {
        Mode::Stream
    }

    fn restart(&mut self) -> Result<()> {
        self.compressor.reset();
        self.decompressor.reset();
        Ok(())
    }

    fn bound(&self, len: usize) -> usize {
        tracezip::compress_bound(len)
    }

    fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()> {
        self.compressor.compress_frame(batch, frame);
        Ok(())
    }

    fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()> {
        self.decompressor.decompress_frame(frame, batch).map_err(|error| failed(&self.name, error))?;
        Ok(())
    }
}

fn configure(level: u8) -> Result<(String, TracezipConfig)> {
    let name = format!("tracezip -{level}");
    let config = TracezipConfig::builder().level(level).build().map_err(|error| failed(&name, error))?;
    Ok((name, config))
}

/// A giant record is measured too.
fn limits(config: &TracezipConfig) -> Limits {
    Limits { max_decoded_bytes: 1 << 30, ..config.limits() }
}
