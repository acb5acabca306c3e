//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod compress;
pub(crate) mod decompress;
pub(crate) mod inspect;
mod metering;
pub(crate) mod stats;

use std::path::PathBuf;

use tracezip::TracezipConfig;

use crate::exit::{Failure, Result};

/// The inputs that were named, or stdin.
fn inputs(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.is_empty() { vec![PathBuf::from("-")] } else { files.to_vec() }
}

fn config(level: u8) -> Result<TracezipConfig> {
    TracezipConfig::builder().level(level).build().map_err(|error| Failure::codec("--level", &error))
}
