//! Tracezip beside its peers, on the same bytes in the same process.
//!
//! ```text
//! file ─ input ─▶ messages ─ batch ─▶ batches of N spans ─ measure ─▶ rows
//!        unpack, detect                                     peers: one trait, a file a peer
//! ```

pub mod batch;
mod error;
pub mod input;
mod measure;
pub mod peers;
mod row;
mod versions;

pub use error::{Error, Result};
pub use measure::{Workload, measure};
pub use row::{BatchSize, Row, geometric_mean};
pub use versions::{machine, zlib_version, zstd_version};
