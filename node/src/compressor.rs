//! A compressor that keeps its state over batches. JavaScript sees to it that calls take turns.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{AsyncTask, ObjectFinalize, Uint8Array, Uint8ArraySlice};
use napi::{Either, Env};
use napi_derive::napi;
use tracezip::{TraceCompressor, TracezipConfig};

use crate::config::Settings;
use crate::dictionary::Held;
use crate::failure::{Failure, Outcome, Result, guarded, outcome};
use crate::memory;
use crate::stats::Stats;
use crate::work::Work;

/// `TraceCompressor` of the core.
#[napi(custom_finalize)]
pub struct StreamCoder(Arc<Shared>);

struct Shared {
    inner: Mutex<TraceCompressor>,
    /// Of the last call, so that nobody has to wait for a call that runs.
    stats: Mutex<Stats>,
}

#[napi]
impl StreamCoder {
    /// Checks settings.
    #[napi]
    pub fn of(env: Env, settings: Settings, metering: bool, dictionary: Option<&Held>) -> Either<StreamCoder, Failure> {
        let make = |config: TracezipConfig| {
            let mut inner = TraceCompressor::new(config);
            inner.set_metering(metering);
            StreamCoder(Arc::new(Shared { inner: Mutex::new(inner), stats: Mutex::default() }))
        };
        match guarded(|| Ok(make(settings.build(dictionary)?))) {
            Ok(coder) => {
                memory::made(env);
                Either::A(coder)
            }
            Err(failure) => Either::B(failure),
        }
    }

    /// Compresses a batch now.
    #[napi(ts_return_type = "Buffer | Failure")]
    pub fn run(&self, otlp: Uint8ArraySlice) -> Outcome {
        outcome(self.0.compress(&otlp))
    }

    /// Compresses a batch on a thread of the pool.
    #[napi(ts_return_type = "Promise<Buffer | Failure>")]
    pub fn start(&self, otlp: Uint8Array) -> AsyncTask<Work> {
        let shared = Arc::clone(&self.0);
        Work::of(move || shared.compress(&otlp))
    }

    /// The next frame stands alone.
    #[napi]
    pub fn reset(&self) {
        locked(&self.0.inner).reset();
    }

    /// Counters as of the last call that has ended.
    #[napi]
    pub fn stats(&self) -> Stats {
        locked(&self.0.stats).clone()
    }

    /// Sets the counters to zero.
    #[napi]
    pub fn reset_stats(&self) {
        locked(&self.0.inner).reset_stats();
        *locked(&self.0.stats) = Stats::default();
    }
}

impl ObjectFinalize for StreamCoder {
    fn finalize(self, env: Env) -> napi::Result<()> {
        memory::collected(env)
    }
}

impl Shared {
    /// Always a frame. After a panic the next one stands alone.
    fn compress(&self, otlp: &[u8]) -> Result<Vec<u8>> {
        let mut inner = locked(&self.inner);
        let mut frame = Vec::new();
        let done = guarded(|| {
            inner.compress_or_store(otlp, &mut frame);
            Ok(())
        });
        if done.is_err() {
            inner.reset();
        }
        let mut stats = locked(&self.stats);
        *stats = stats.after(inner.stats(), &frame);
        done.map(|()| frame)
    }
}

/// Whoever panicked has put right what it left.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
