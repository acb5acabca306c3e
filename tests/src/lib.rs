//! What the tests over the whole workspace share.
//!
//! | module | what |
//! |---|---|
//! | [`rng`] | a small random number generator whose numbers never change |
//! | [`wire`] | protobuf messages by hand, in any order of fields |
//! | [`style`] | how a sender writes: order, explicit zeros, unknown fields, … |
//! | [`generator`] | whole trace requests in a style |
//! | [`texts`] | texts as spans carry them, kind by kind |
//! | [`mutate`] | damage to requests and frames |
//! | [`frame`] | frames taken apart and sealed again |
//! | [`damage`] | frames of every kind, to be damaged |
//! | [`drawn`] | ids that the generators of real SDKs have drawn |
//! | [`property`] | what must hold whatever a fuzzer comes up with |
//! | [`reference`](mod@reference) | the reference decoder, in a process of its own |
//! | [`operations`] | what may happen to the frames of a stream |
//! | [`corpora`] | the sample corpora, and the large ones where there are some |
//! | [`check`] | what must hold for every input |
// Test code: a failure is a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod check;
#[cfg(feature = "corpora")]
pub mod corpora;
pub mod damage;
pub mod drawn;
pub mod frame;
pub mod generator;
pub mod mutate;
pub mod operations;
pub mod property;
pub mod reference;
pub mod rng;
pub mod style;
pub mod texts;
pub mod wire;

/// The folder of the tests.
pub fn tests_dir() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}
