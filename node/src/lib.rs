//! The border between Node and the core. `lib/` makes of it what users see.
//!
//! * No error is thrown here: a call gives a buffer or a [`failure::Failure`], of which JavaScript makes a
//!   `TracezipError`, and the same on both ways, sync and async.
//! * No panic crosses: it becomes a failure with a code of its own.
//! * Bytes are borrowed by sync calls. Async calls keep a buffer that nobody else may hold; `lib/input.ts` sees to that.

pub mod compressor;
pub mod config;
pub mod decompressor;
pub mod dictionary;
pub mod failure;
mod memory;
pub mod oneshot;
pub mod stats;
pub mod work;
