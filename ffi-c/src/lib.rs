//! The C interface: `extern "C"` functions over the `tracezip` crate, and nothing else.
//!
//! The law that every function keeps is on one page, `ffi-c/README.md`. The header
//! `include/tracezip.h` is made from these files by the test `header`.
//!
//! | file | what |
//! |---|---|
//! | `guard.rs` | the law as code: the panic boundary, null checks, buffers |
//! | `handle.rs` | how handles are made, found, changed and freed |
//! | `result.rs` | the result numbers and their texts |
//! | `error.rs` | stages, and the last error of a handle |
//! | `oneshot.rs` | version, one-shot calls |
//! | `dictionary.rs` | `tracezip_dictionary` |
//! | `config.rs` | `tracezip_config` |
//! | `compressor.rs`, `stats.rs` | `tracezip_compressor` and its counters |
//! | `decompressor.rs` | `tracezip_decompressor` |
#![deny(unsafe_op_in_unsafe_fn)]
// C's names, not Rust's; nothing here is called from Rust.
#![allow(non_camel_case_types, unreachable_pub)]

#[cfg(panic = "abort")]
compile_error!("the panic boundary needs panic = \"unwind\"");

mod compressor;
mod config;
mod decompressor;
mod dictionary;
mod error;
mod guard;
mod handle;
mod oneshot;
mod result;
mod stats;
