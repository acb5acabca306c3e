//! [`TraceDecompressor`]: the mirror of a compressor.

use super::codec::{DecoderState, Metering};
use super::dictionary::Dictionary;
use crate::coder::Ledger;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::frame::{Body, Header, Link, Settings, body, checksum};
use crate::limits::Limits;
use crate::stats::DecompressionStats;
use crate::wire::request;

/// Reads the frames of one [`TraceCompressor`](crate::TraceCompressor), in order, or frames that stand alone.
#[derive(Debug)]
pub struct TraceDecompressor {
    limits: Limits,
    /// What the next frame builds on. Nothing before the first frame and after an error: then only a
    /// frame that stands alone is taken.
    link: Option<Link>,
    decoder: Option<DecoderState>,
    dictionaries: Vec<Dictionary>,
    /// What frames were spent on, if that is metered.
    metering: Option<Box<Metering>>,
}

impl TraceDecompressor {
    /// A decompressor that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        TraceDecompressor { limits, link: None, decoder: None, dictionaries: Vec::new(), metering: None }
    }

    /// Lets it read frames that were made with this dictionary too; one that it holds already changes nothing.
    pub fn add_dictionary(&mut self, dictionary: Dictionary) {
        if !self.dictionaries.contains(&dictionary) {
            self.dictionaries.push(dictionary);
        }
    }

    /// Makes it as new, with its limits and dictionaries: for whoever has caught a panic.
    pub fn renew(&mut self) {
        let dictionaries = std::mem::take(&mut self.dictionaries);
        *self = TraceDecompressor { dictionaries, ..TraceDecompressor::new(self.limits) };
    }

    /// Holds this dictionary, or none, and no others.
    pub(super) fn hold(&mut self, dictionary: Option<&Dictionary>) {
        self.dictionaries.clear();
        self.dictionaries.extend(dictionary.cloned());
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Gives back the batch that was compressed into `frame`. A trace request that was never
    /// compressed ([`CompressedTraces::Uncompressed`](crate::CompressedTraces)) passes through.
    ///
    /// # Errors
    /// Every [`ErrorKind`] of decoding. After an error only a frame that stands alone is taken, which
    /// is what a compressor makes after its `reset()`.
    pub fn decompress(&mut self, frame: &[u8]) -> Result<Vec<u8>> {
        let mut otlp = Vec::new();
        self.decompress_append(frame, &mut otlp)?;
        Ok(otlp)
    }

    /// [`TraceDecompressor::decompress`], appending to `otlp`; the number of bytes appended. Nothing is
    /// appended after an error.
    ///
    /// # Errors
    /// As for [`TraceDecompressor::decompress`].
    pub fn decompress_append(&mut self, frame: &[u8], otlp: &mut Vec<u8>) -> Result<usize> {
        if !request::is_plain(frame) {
            return self.decompress_frame(frame, otlp);
        }
        self.limits.check_decoded(frame.len() as u64)?;
        otlp.extend_from_slice(frame);
        Ok(frame.len())
    }

    /// [`TraceDecompressor::decompress_append`] that takes nothing but frames.
    ///
    /// # Errors
    /// As for [`TraceDecompressor::decompress`]; a trace request is [`ErrorKind::NotTracezip`].
    pub fn decompress_frame(&mut self, frame: &[u8], otlp: &mut Vec<u8>) -> Result<usize> {
        let start = otlp.len();
        let done = self.read(frame, otlp);
        if done.is_err() {
            otlp.truncate(start);
        }
        done.map(|()| otlp.len() - start)
    }

    fn read(&mut self, frame: &[u8], otlp: &mut Vec<u8>) -> Result<()> {
        let (start, before) = (otlp.len(), self.link.take());
        let (header, body) = Header::read(frame)?;
        let len = self.limits.check_decoded(header.len)?;
        self.metering.iter_mut().for_each(|metering| metering.ledger.begin());
        if header.link.is_some() && header.link != before.map(|link| link.name) {
            let detail = "it does not continue the last frame read; a frame that stands alone is needed";
            return Err(Error::new(ErrorKind::OutOfSequence, Stage::Stream, 0, detail));
        }
        match header.body {
            Body::Stored => otlp.extend_from_slice(stored(body, len)?),
            Body::Coded => {
                let anew = header.link.is_none() || before.is_none_or(|link| link.fresh);
                self.decode(anew, body, len, otlp)?;
            }
        }
        check(&otlp[start..], header.checksum)?;
        self.link = Some(Link::after(&header));
        if let Some(metering) = &mut self.metering {
            let spans = match (&self.decoder, header.body) {
                (Some(decoder), Body::Coded) => decoder.spans(),
                _ => request::count_spans(&otlp[start..], u64::MAX),
            };
            metering.ledger.commit(frame.len(), len, spans);
        }
        Ok(())
    }

    /// Decodes a body, `anew`: after its settings, by a model that knows nothing.
    fn decode(&mut self, anew: bool, mut body: &[u8], len: usize, otlp: &mut Vec<u8>) -> Result<()> {
        let whole = body.len();
        if anew {
            let settings;
            (settings, body) = Settings::read(body, &self.limits)?;
            let held = |name| self.dictionaries.iter().find(|held| held.name() == name).ok_or(Error::dictionary(name));
            let dictionary = settings.dictionary.map(held).transpose()?;
            match &mut self.decoder {
                Some(decoder) => decoder.reset(settings, dictionary),
                None => self.decoder = Some(DecoderState::new(settings, dictionary)),
            }
        }
        let Some(decoder) = &mut self.decoder else {
            let detail = "it continues a stream of which nothing was read";
            return Err(Error::new(ErrorKind::OutOfSequence, Stage::Stream, 0, detail));
        };
        decoder.decode(body::read(body)?, whole, len, otlp, self.metering.as_deref_mut())
    }

    /// Whether to find out what the bytes of frames are spent on: on which columns, and on which keys coded as
    /// what ([`TraceDecompressor::stats`]). Off by default, and then free; on, reading takes longer.
    /// To learn it of a [`TraceCompressor`](crate::TraceCompressor), let a decompressor read its frames.
    pub fn set_metering(&mut self, on: bool) {
        if on != self.metering.is_some() {
            self.metering = on.then(|| Box::new(Metering::new()));
        }
    }

    /// What the frames that were read while metering was on were spent on. A frame that was not read to its
    /// end does not count, nor does a request that was never compressed.
    pub fn stats(&self) -> DecompressionStats {
        self.metering.as_ref().map(|metering| metering.ledger.stats()).unwrap_or_default()
    }

    /// Sets the counters to zero.
    pub fn reset_stats(&mut self) {
        self.metering.iter_mut().for_each(|metering| metering.ledger = Ledger::default());
    }

    /// Forgets all frames: the next one must stand alone. Counters stay.
    pub fn reset(&mut self) {
        self.link = None;
    }
}

/// Compares what was decoded with its checksum.
pub(super) fn check(otlp: &[u8], expected: u32) -> Result<()> {
    let detail = "the decoded bytes are not those that were compressed";
    let wrong = Error::new(ErrorKind::Checksum, Stage::Checksum, otlp.len(), detail);
    if checksum(otlp) == expected { Ok(()) } else { Err(wrong) }
}

/// The body of a stored frame.
fn stored(body: &[u8], len: usize) -> Result<&[u8]> {
    let fail = |kind, at, detail| Err(Error::new(kind, Stage::Body, at, detail));
    match body.len() {
        have if have < len => fail(ErrorKind::Truncated, have, "the stored bytes are cut short"),
        have if have > len => fail(ErrorKind::Corrupt, len, "bytes follow the stored bytes"),
        _ => Ok(body),
    }
}
