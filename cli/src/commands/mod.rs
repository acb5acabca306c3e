//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod compress;
pub(crate) mod decompress;
pub(crate) mod inspect;
mod metering;
pub(crate) mod stats;
pub(crate) mod train;

use std::path::{Path, PathBuf};

use tracezip::{Dictionary, TracezipConfig};

use crate::exit::{Failure, Result};
use crate::files;

/// The inputs that were named, or stdin.
fn inputs(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.is_empty() { vec![PathBuf::from("-")] } else { files.to_vec() }
}

fn config(level: u8, dictionary: Option<&Path>) -> Result<TracezipConfig> {
    let dictionary = dictionary.map(read_dictionary).transpose()?;
    let config = TracezipConfig::builder().level(level).dictionary(dictionary).build();
    config.map_err(|error| Failure::codec("--level", &error))
}

fn read_dictionary(path: &Path) -> Result<Dictionary> {
    Dictionary::load(&files::read(path)?)
        .map_err(|error| Failure::codec(format!("{}: as a dictionary", files::name(path)), &error))
}
