//! What the tests over the whole workspace share.
//!
//! | module | what |
//! |---|---|
//! | [`rng`] | a small random number generator whose numbers never change |
//! | [`wire`] | protobuf messages by hand, in any order of fields |
//! | [`style`] | how a sender writes: order, explicit zeros, unknown fields, … |
//! | [`generator`] | whole trace requests in a style |
//! | [`mutate`] | damage to requests and frames |
//! | [`frame`] | frames taken apart and sealed again |
//! | [`corpora`] | the sample corpora, and the large ones where there are some |
//! | [`check`] | what must hold for every input |
// Test code: a failure is a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod check;
pub mod corpora;
pub mod frame;
pub mod generator;
pub mod mutate;
pub mod rng;
pub mod style;
pub mod wire;
