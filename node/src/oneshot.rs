//! Frames that stand alone.

use napi::Either;
use napi::bindgen_prelude::{AsyncTask, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use tracezip::{Dictionary, Limits, TracezipConfig};

use crate::config::{Bounds, Settings};
use crate::dictionary::Held;
use crate::failure::{Failure, Outcome, Result, guarded, outcome};
use crate::work::{Cancellation, Work};

/// Settings, checked: what is made once need not be checked at every call.
#[napi]
pub struct Coder {
    config: TracezipConfig,
}

#[napi]
impl Coder {
    /// Checks settings.
    #[napi]
    pub fn of(settings: Settings, dictionary: Option<&Held>) -> Either<Coder, Failure> {
        match settings.build(dictionary) {
            Ok(config) => Either::A(Coder { config }),
            Err(failure) => Either::B(failure),
        }
    }

    /// Compresses now.
    #[napi(ts_return_type = "Buffer | Failure")]
    pub fn run(&self, otlp: Uint8ArraySlice) -> Outcome {
        outcome(guarded(|| Ok(tracezip::compress_level(&otlp, &self.config))))
    }

    /// Compresses on a thread of the pool.
    #[napi(ts_return_type = "Promise<Buffer | Failure>")]
    pub fn start(&self, otlp: Uint8Array, cancellation: Option<&Cancellation>) -> AsyncTask<Work> {
        let (config, cancellation) = (self.config.clone(), cancellation.cloned().unwrap_or_default());
        Work::of(move || {
            Ok(if cancellation.is_cancelled() { Vec::new() } else { tracezip::compress_level(&otlp, &config) })
        })
    }
}

/// Limits, checked.
#[napi]
pub struct Decoder {
    limits: Limits,
    dictionary: Option<Dictionary>,
}

#[napi]
impl Decoder {
    /// Checks limits.
    #[napi]
    pub fn of(bounds: Bounds, dictionary: Option<&Held>) -> Either<Decoder, Failure> {
        match bounds.build() {
            Ok(limits) => Either::A(Decoder { limits, dictionary: dictionary.map(Held::copied) }),
            Err(failure) => Either::B(failure),
        }
    }

    /// Decompresses now.
    #[napi(ts_return_type = "Buffer | Failure")]
    pub fn run(&self, frame: Uint8ArraySlice) -> Outcome {
        outcome(guarded(|| decompress(&frame, self.limits, self.dictionary.as_ref())))
    }

    /// Decompresses on a thread of the pool.
    #[napi(ts_return_type = "Promise<Buffer | Failure>")]
    pub fn start(&self, frame: Uint8Array, cancellation: Option<&Cancellation>) -> AsyncTask<Work> {
        let (limits, dictionary) = (self.limits, self.dictionary.clone());
        let cancellation = cancellation.cloned().unwrap_or_default();
        Work::of(move || {
            if cancellation.is_cancelled() {
                return Ok(Vec::new());
            }
            decompress(&frame, limits, dictionary.as_ref())
        })
    }
}

fn decompress(frame: &[u8], limits: Limits, dictionary: Option<&Dictionary>) -> Result<Vec<u8>> {
    let mut otlp = Vec::new();
    tracezip::decompress_append_with(frame, limits, dictionary, &mut otlp)?;
    Ok(otlp)
}

/// The length that a frame says its original has, in bytes.
#[napi]
pub fn decompressed_len(frame: Uint8ArraySlice) -> Either<f64, Failure> {
    match tracezip::decompressed_len(&frame) {
        Ok(len) => Either::A(len as f64),
        Err(error) => Either::B(error.into()),
    }
}

/// The version of the core.
#[napi]
pub fn version() -> &'static str {
    tracezip::VERSION
}
