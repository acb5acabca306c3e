//! What went wrong, as plain values for JavaScript.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::Either;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use tracezip::{Error, ErrorKind};

/// Not a kind of the core: a panic. The number is that of C, too.
const INTERNAL: i32 = 101;

/// An error of the core.
#[napi(object)]
#[derive(Clone)]
pub struct Failure {
    /// The pinned number of its kind.
    pub errno: i32,
    /// What, where and at which byte.
    pub message: String,
    /// Where in the flow.
    pub stage: String,
    /// At which byte.
    pub offset: f64,
}

/// What every call comes to.
pub(crate) type Outcome = Either<Buffer, Failure>;
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure {
            errno: error.kind().code(),
            message: error.to_string(),
            stage: format!("{:?}", error.stage()).to_lowercase(),
            offset: error.offset() as f64,
        }
    }
}

impl Failure {
    /// A setting that does not even fit into its type.
    pub(crate) fn invalid_config(detail: &str) -> Self {
        let kind = ErrorKind::InvalidConfig;
        let message = format!("{}: {detail}", kind.as_str());
        Failure { errno: kind.code(), message, stage: "config".into(), offset: 0.0 }
    }

    pub(crate) fn is_internal(&self) -> bool {
        self.errno == INTERNAL
    }

    fn internal() -> Self {
        let message = "a fault in tracezip itself; please report it, with what it says on stderr".into();
        Failure { errno: INTERNAL, message, stage: "internal".into(), offset: 0.0 }
    }
}

/// Runs `call` behind a border that no panic crosses. What it leaves half done is put right by the callers.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(Failure::internal()))
}

pub(crate) fn outcome(result: Result<Vec<u8>>) -> Outcome {
    match result {
        Ok(bytes) => Either::A(bytes.into()),
        Err(failure) => Either::B(failure),
    }
}

/// One kind of error.
#[napi(object)]
pub struct Kind {
    /// The pinned number.
    pub errno: i32,
    /// Its name in the core.
    pub name: String,
}

/// Every kind of error of the core.
#[napi]
pub fn error_kinds() -> Vec<Kind> {
    ErrorKind::ALL.iter().map(|kind| Kind { errno: kind.code(), name: format!("{kind:?}") }).collect()
}
