//! Sizes, exactness and speed of codecs on the same batches.
//!
//! Speed is CPU time of this thread, the best of several passes. The codecs take turns pass by pass, so
//! that whatever else the machine does hits all of them and their ratios hold.

use std::time::Duration;

use cpu_time::ThreadTime;

use crate::error::Result;
use crate::peers::Codec;
use crate::row::{BatchSize, Row};

/// What is compressed.
pub struct Workload<'a> {
    /// Name of the corpus.
    pub corpus: &'a str,
    /// How its batches were made.
    pub size: BatchSize,
    /// The batches.
    pub batches: &'a [Vec<u8>],
    /// Spans in all of them.
    pub spans: u64,
}

/// Runs every codec `passes` times (slow ones once) and makes a row of each. Calls `on_turn` with the
/// name of the codec before each of its turns.
///
/// # Errors
/// A codec that cannot compress. One that cannot give the bytes back has a row that says so.
pub fn measure(
    workload: &Workload<'_>,
    codecs: &mut [Box<dyn Codec>],
    passes: usize,
    on_turn: &mut dyn FnMut(&str),
) -> Result<Vec<Row>> {
    let mut results: Vec<Measured> = Vec::new();
    for pass in 0..passes.max(1) {
        for (i, codec) in codecs.iter_mut().enumerate().filter(|(_, codec)| pass == 0 || !codec.is_slow()) {
            on_turn(codec.name());
            match results.get_mut(i) {
                None => results.push(first_turn(codec.as_mut(), workload.batches)?),
                Some(result) => result.next_turn(codec.as_mut(), workload.batches)?,
            }
        }
    }
    Ok(codecs.iter().zip(results).map(|(codec, result)| result.row(workload, codec.as_ref())).collect())
}

/// Frames one after another, and where each ends.
#[derive(Default, PartialEq)]
struct Frames {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Frames {
    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }
}

struct Measured {
    frames: Frames,
    compress: Duration,
    /// Nothing if a frame does not decode.
    decompress: Option<Duration>,
    exact: bool,
}

fn first_turn(codec: &mut dyn Codec, batches: &[Vec<u8>]) -> Result<Measured> {
    let (frames, compress) = compress_all(codec, batches)?;
    let decompress = decompress_all(codec, &frames, batches).ok();
    let exact = decompress.is_some() && gives_back(codec, &frames, batches);
    Ok(Measured { frames, compress, decompress, exact })
}

impl Measured {
    fn next_turn(&mut self, codec: &mut dyn Codec, batches: &[Vec<u8>]) -> Result<()> {
        let (frames, compress) = compress_all(codec, batches)?;
        // Frames equal to those that were checked need no second check.
        self.exact &= frames == self.frames || gives_back(codec, &frames, batches);
        self.compress = self.compress.min(compress);
        if let Some(best) = self.decompress {
            self.decompress = decompress_all(codec, &frames, batches).ok().map(|took| took.min(best));
        }
        Ok(())
    }

    fn row(&self, workload: &Workload<'_>, codec: &dyn Codec) -> Row {
        let raw_bytes = workload.batches.iter().map(|batch| batch.len() as u64).sum();
        let bytes = self.frames.bytes.len() as u64;
        let mb_s = |took: Duration| raw_bytes as f64 / 1e6 / took.as_secs_f64().max(1e-9);
        Row {
            corpus: workload.corpus.to_string(),
            batch: workload.size,
            codec: codec.name().to_string(),
            mode: codec.mode().as_str(),
            spans: workload.spans,
            raw_bytes,
            bytes,
            ratio: raw_bytes as f64 / bytes.max(1) as f64,
            bytes_per_span: (workload.spans > 0).then(|| bytes as f64 / workload.spans as f64),
            compress_mb_s: mb_s(self.compress),
            decompress_mb_s: self.decompress.map(mb_s),
            exact: self.exact,
        }
    }
}

fn compress_all(codec: &mut dyn Codec, batches: &[Vec<u8>]) -> Result<(Frames, Duration)> {
    let mut frame = Vec::with_capacity(codec.bound(longest(batches)));
    let mut frames = Frames::default();
    codec.restart()?;
    let start = ThreadTime::now();
    for batch in batches {
        frame.clear();
        codec.compress(batch, &mut frame)?;
        frames.bytes.extend_from_slice(&frame);
        frames.ends.push(frames.bytes.len());
    }
    Ok((frames, start.elapsed()))
}

fn decompress_all(codec: &mut dyn Codec, frames: &Frames, batches: &[Vec<u8>]) -> Result<Duration> {
    let mut batch = Vec::with_capacity(longest(batches) + 1);
    codec.restart()?;
    let start = ThreadTime::now();
    for frame in frames.iter() {
        batch.clear();
        codec.decompress(frame, &mut batch)?;
    }
    Ok(start.elapsed())
}

/// Whether `frames` decode to exactly `batches`. Not timed.
fn gives_back(codec: &mut dyn Codec, frames: &Frames, batches: &[Vec<u8>]) -> bool {
    let mut decoded = Vec::new();
    let mut is_equal = |codec: &mut dyn Codec, frame: &[u8], batch: &[u8]| {
        decoded.clear();
        decoded.reserve(batch.len() + 1);
        codec.decompress(frame, &mut decoded).is_ok() && decoded == batch
    };
    codec.restart().is_ok()
        && frames.ends.len() == batches.len()
        && frames.iter().zip(batches).all(|(frame, batch)| is_equal(codec, frame, batch))
}

fn longest(batches: &[Vec<u8>]) -> usize {
    batches.iter().map(Vec::len).max().unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::peers::{Selection, codecs};

    #[test]
    fn every_codec_gives_every_byte_back() {
        let batches: Vec<Vec<u8>> = vec![b"\x0a\x00".repeat(600), vec![], (0..=255).cycle().take(300_000).collect()];
        let workload = Workload { corpus: "c", size: BatchSize::Recorded, batches: &batches, spans: 0 };
        let selection = Selection { levels: vec![1, 9], stream_levels: vec![3], slow: true, dictionary: None };
        let rows = measure(&workload, &mut codecs(&selection).unwrap(), 2, &mut |_| ()).unwrap();
        assert_eq!(rows.len(), 10);
        for row in rows {
            assert!(row.exact && row.decompress_mb_s.is_some() && row.bytes_per_span.is_none(), "{row:?}");
        }
    }

    #[test]
    fn a_codec_that_changes_bytes_is_found_out() {
        struct Lossy;
        impl Codec for Lossy {
            fn name(&self) -> &str {
                "lossy"
            }
            fn mode(&self) -> crate::peers::Mode {
                crate::peers::Mode::SelfContained
            }
            fn bound(&self, len: usize) -> usize {
                len
            }
            fn compress(&mut self, batch: &[u8], frame: &mut Vec<u8>) -> Result<()> {
                frame.extend_from_slice(batch);
                Ok(())
            }
            fn decompress(&mut self, frame: &[u8], batch: &mut Vec<u8>) -> Result<()> {
                batch.extend(frame.iter().map(|byte| byte & 0x7f));
                Ok(())
            }
        }
        let batches = [vec![1, 2, 3], vec![200]];
        let workload = Workload { corpus: "c", size: BatchSize::Spans(1), batches: &batches, spans: 2 };
        let rows = measure(&workload, &mut [Box::new(Lossy)], 2, &mut |_| ()).unwrap();
        assert!(!rows[0].exact);
        assert_eq!(rows[0].bytes_per_span, Some(2.0));
    }
}
