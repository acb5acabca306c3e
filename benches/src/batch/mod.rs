//! Spans cut into batches of one size, on protobuf bytes.

mod rebatch;
mod walk;

pub use rebatch::rebatch;
pub use walk::{WalkError, count_spans};
