//! The mirror of a compressor. JavaScript sees to it that calls take turns.

use std::sync::{Arc, Mutex};

use napi::bindgen_prelude::{AsyncTask, ObjectFinalize, Uint8Array, Uint8ArraySlice};
use napi::{Either, Env};
use napi_derive::napi;
use tracezip::TraceDecompressor;

use crate::compressor::locked;
use crate::config::Bounds;
use crate::dictionary::Held;
use crate::failure::{Failure, Outcome, Result, guarded, outcome};
use crate::memory;
use crate::work::Work;

/// `TraceDecompressor` of the core.
#[napi(custom_finalize)]
pub struct StreamDecoder(Arc<Mutex<TraceDecompressor>>);

#[napi]
impl StreamDecoder {
    /// Checks limits.
    #[napi]
    pub fn of(env: Env, bounds: Bounds) -> Either<StreamDecoder, Failure> {
        match bounds.build() {
            Ok(limits) => {
                memory::made(env);
                Either::A(StreamDecoder(Arc::new(Mutex::new(TraceDecompressor::new(limits)))))
            }
            Err(failure) => Either::B(failure),
        }
    }

    /// Lets it read frames that were made with this dictionary too.
    #[napi]
    pub fn hold(&self, dictionary: &Held) {
        locked(&self.0).add_dictionary(dictionary.copied());
    }

    /// Decompresses a frame now.
    #[napi(ts_return_type = "Buffer | Failure")]
    pub fn run(&self, frame: Uint8ArraySlice) -> Outcome {
        outcome(decompress(&self.0, &frame))
    }

    /// Decompresses a frame on a thread of the pool.
    #[napi(ts_return_type = "Promise<Buffer | Failure>")]
    pub fn start(&self, frame: Uint8Array) -> AsyncTask<Work> {
        let shared = Arc::clone(&self.0);
        Work::of(move || decompress(&shared, &frame))
    }

    /// The next frame must stand alone.
    #[napi]
    pub fn reset(&self) {
        locked(&self.0).reset();
    }
}

impl ObjectFinalize for StreamDecoder {
    fn finalize(self, env: Env) -> napi::Result<()> {
        memory::collected(env)
    }
}

/// After a panic only a frame that stands alone is taken.
fn decompress(shared: &Mutex<TraceDecompressor>, frame: &[u8]) -> Result<Vec<u8>> {
    let mut inner = locked(shared);
    let done = guarded(|| Ok(inner.decompress(frame)?));
    if done.as_ref().is_err_and(Failure::is_internal) {
        inner.renew();
    }
    done
}
