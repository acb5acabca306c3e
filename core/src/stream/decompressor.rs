//! [`TraceDecompressor`]: the mirror of a compressor.

use super::codec::DecoderState;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::frame::{Body, Header, Settings, body, checksum, next_link};
use crate::limits::Limits;

/// Reads the frames of one [`TraceCompressor`](crate::TraceCompressor), in order, or frames that stand alone.
#[derive(Debug)]
pub struct TraceDecompressor {
    limits: Limits,
    /// The link that the next frame must name. Nothing before the first frame and after an error:
    /// then only a frame that stands alone is taken.
    link: Option<u32>,
    decoder: Option<DecoderState>,
}

impl TraceDecompressor {
    /// A decompressor that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        TraceDecompressor { limits, link: None, decoder: None }
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Gives back the batch that was compressed into `frame`. An OTLP request that was never
    /// compressed ([`CompressedTraces::Uncompressed`](crate::CompressedTraces)) passes through.
    ///
    /// # Errors
    /// Every [`ErrorKind`] of decoding. After an error only a frame that stands alone is taken, which
    /// is what a compressor makes after its `reset()`.
    pub fn decompress(&mut self, frame: &[u8]) -> Result<Vec<u8>> {
        let mut otlp = Vec::new();
        self.decompress_frame(frame, &mut otlp)?;
        Ok(otlp)
    }

    pub(crate) fn decompress_frame(&mut self, frame: &[u8], otlp: &mut Vec<u8>) -> Result<()> {
        let expected = self.link.take();
        let (header, body) = Header::read(frame)?;
        let len = self.limits.check_decoded(header.len)?;
        if header.link.is_some() && header.link != expected {
            let detail = "it does not continue the last frame read; a frame that stands alone is needed";
            return Err(Error::new(ErrorKind::OutOfSequence, Stage::Stream, 0, detail));
        }
        match header.body {
            Body::Stored if body.len() == len => otlp.extend_from_slice(body),
            Body::Stored if body.len() < len => {
                return Err(Error::new(
                    ErrorKind::Truncated,
                    Stage::Body,
                    body.len(),
                    "the stored bytes are cut short",
                ));
            }
            Body::Stored => {
                return Err(Error::new(ErrorKind::Corrupt, Stage::Body, len, "bytes follow the stored bytes"));
            }
            Body::Coded => self.decode(header.link.is_none(), body, len, otlp)?,
        }
        if checksum(otlp) != header.checksum {
            otlp.clear();
            let detail = "the decoded bytes are not those that were compressed";
            return Err(Error::new(ErrorKind::Checksum, Stage::Checksum, len, detail));
        }
        // A stored frame stands alone, and what follows it begins anew.
        self.link = (header.body == Body::Coded).then(|| next_link(header.link.unwrap_or(0), header.checksum));
        Ok(())
    }

    fn decode(&mut self, alone: bool, mut body: &[u8], len: usize, otlp: &mut Vec<u8>) -> Result<()> {
        if alone {
            let settings;
            (settings, body) = Settings::read(body, &self.limits)?;
            match &mut self.decoder {
                Some(decoder) => decoder.reset(settings),
                None => self.decoder = Some(DecoderState::new(settings)),
            }
        }
        let Some(decoder) = &mut self.decoder else {
            let detail = "it continues a stream of which nothing was read";
            return Err(Error::new(ErrorKind::OutOfSequence, Stage::Stream, 0, detail));
        };
        decoder.decode(body::read(body)?, len, otlp)
    }

    /// Forgets all frames: the next one must stand alone.
    pub fn reset(&mut self) {
        self.link = None;
    }
}
