//! The `tracezip` command.
fn main() {}
