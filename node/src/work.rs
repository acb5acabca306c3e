//! Work on a thread of Node's pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Task};
use napi_derive::napi;

use crate::failure::{Outcome, Result, guarded, outcome};

/// Tells work that still waits for its turn that nobody wants it any more.
#[napi]
#[derive(Clone, Default)]
pub struct Cancellation(Arc<AtomicBool>);

#[napi]
impl Cancellation {
    /// Not cancelled.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The work, unless it has begun, comes to an empty buffer.
    #[napi]
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Call = Box<dyn FnOnce() -> Result<Vec<u8>> + Send>;

/// One call of the core.
pub struct Work(Option<Call>);

impl Work {
    pub(crate) fn of(call: impl FnOnce() -> Result<Vec<u8>> + Send + 'static) -> AsyncTask<Work> {
        AsyncTask::new(Work(Some(Box::new(call))))
    }
}

impl Task for Work {
    type Output = Result<Vec<u8>>;
    type JsValue = Outcome;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let call = self.0.take();
        Ok(call.map_or(Ok(Vec::new()), guarded))
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(outcome(output))
    }
}
