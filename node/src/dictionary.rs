//! What frames begin with.

use napi::Either;
use napi::bindgen_prelude::{AsyncTask, BigInt, Buffer, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;
use tracezip::Dictionary;

use crate::config::number;
use crate::failure::{Failure, Result, guarded};
use crate::work::Work;

/// `Dictionary` of the core.
#[napi]
pub struct Held(Dictionary);

#[napi]
impl Held {
    /// Takes a dictionary from its bytes.
    #[napi]
    pub fn of(bytes: Uint8ArraySlice) -> Either<Held, Failure> {
        match guarded(|| Ok(Dictionary::load(&bytes)?)) {
            Ok(dictionary) => Either::A(Held(dictionary)),
            Err(failure) => Either::B(failure),
        }
    }

    /// What tells it from all others.
    #[napi]
    pub fn id(&self) -> BigInt {
        self.0.id().into()
    }

    /// The bytes.
    #[napi]
    pub fn bytes(&self) -> Buffer {
        self.0.as_bytes().into()
    }
}

impl Held {
    /// A copy, which shares what it holds.
    pub(crate) fn copied(&self) -> Dictionary {
        self.0.clone()
    }
}

/// Makes a dictionary now; its bytes.
#[napi(ts_return_type = "Buffer | Failure")]
pub fn train(samples: Vec<Uint8ArraySlice>, max_bytes: f64) -> Either<Buffer, Failure> {
    let samples: Vec<&[u8]> = samples.iter().map(|sample| &**sample).collect();
    crate::failure::outcome(guarded(|| trained(&samples, max_bytes)))
}

/// Makes a dictionary on a thread of the pool; its bytes.
#[napi(ts_return_type = "Promise<Buffer | Failure>")]
pub fn start_training(samples: Vec<Uint8Array>, max_bytes: f64) -> AsyncTask<Work> {
    Work::of(move || trained(&samples, max_bytes))
}

fn trained(samples: &[impl AsRef<[u8]>], max_bytes: f64) -> Result<Vec<u8>> {
    let max_bytes = number("maxBytes", Some(max_bytes), 0)?;
    Ok(Dictionary::train(samples, max_bytes)?.as_bytes().to_vec())
}

/// The low half of the id of the dictionary that a frame was made with; nothing if it was made with none, or goes on
/// with a stream.
#[napi]
pub fn dictionary_of(frame: Uint8ArraySlice) -> Either<Option<u32>, Failure> {
    match tracezip::dictionary_of(&frame) {
        Ok(name) => Either::A(name),
        Err(error) => Either::B(error.into()),
    }
}
