//! What `inspect` and `stats` have in common: a file's frames, read by a decompressor that meters.

mod advice;
mod keys;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tracezip::{ColumnBytes, TraceDecompressor};
use tracezip_benches::input::{Kind, read_messages, unpack};

use super::{config, decompress, inputs};
use crate::container::{Container, Frame, compress_records};
use crate::exit::{Exit, Failure, Result};
use crate::files;
pub(super) use advice::advice;
pub(super) use keys::{KeyReport, Keys, heading};

// What to read, and how much to say of it. No doc comment: that would be shown as what the command is for.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Files to look into; stdin if there are none or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Level of compressing an input of traces, 1 to 9; a compressed file keeps its own
    #[arg(short, long, value_name = "LEVEL", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(super) level: u8,
    /// Compress every message of an input of traces by itself
    #[arg(long)]
    self_contained: bool,
    /// Show of each key the beginning of the value that cost most; it may be secret
    #[arg(long)]
    pub(super) values: bool,
    /// Print JSON, with every key unless there is --top
    #[arg(long)]
    pub(super) json: bool,
    /// Most MiB that one frame may decompress to
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    max_size: u32,
    /// A dictionary that a compressed file may have been made with; may be given several times
    #[arg(long, value_name = "DICTIONARY")]
    dictionary: Vec<PathBuf>,
}

impl Args {
    pub(super) fn inputs(&self) -> Vec<PathBuf> {
        inputs(&self.files)
    }

    /// A decompressor that meters.
    pub(super) fn decompressor(&self) -> Result<TraceDecompressor> {
        let dictionaries = decompress::read_dictionaries(&self.dictionary)?;
        let mut decompressor = decompress::decompressor(self.max_size, &dictionaries);
        decompressor.set_metering(true);
        Ok(decompressor)
    }
}

/// What a file is.
pub(super) struct Kinds {
    pub(super) name: &'static str,
    /// The level it was compressed at just now, if it is traces.
    pub(super) level: Option<u8>,
}

/// Reads the frames of a file, or those that its traces become, and hands each over with its message. What
/// they were spent on is in the statistics of `decompressor`.
pub(super) fn each_frame(
    path: &Path,
    args: &Args,
    decompressor: &mut TraceDecompressor,
    take: impl FnMut(&Frame<'_>, Vec<u8>) -> Result<()>,
) -> Result<Kinds> {
    let name = files::name(path);
    let content = files::read(path)?;
    decompressor.reset();
    if Container::is_one(&content) {
        let container = Container::parse(&content, &name)?;
        decompress::each_message(&container, &name, decompressor, take)?;
        let name = match container {
            Container::Bare(_) => "Tracezip, one frame",
            Container::Records(_) => "Tracezip, records",
        };
        return Ok(Kinds { name, level: None });
    }
    let content = unpack(content).map_err(|error| Failure::input(&name, &error))?;
    let kind = match Kind::detect(&content) {
        Kind::Raw => "OTLP protobuf, one request",
        Kind::LengthPrefixed => "OTLP protobuf, messages with lengths",
        Kind::Json | Kind::Other => "OTLP JSON",
    };
    let messages = read_messages(content).map_err(|error| Failure::input(&name, &error))?;
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let records = compress_records(&messages, &config(args.level, None)?, args.self_contained)
        .ok_or_else(|| Failure::new(Exit::Limit, format!("{name}: a frame is too long for the length of a record")))?;
    if !records.is_empty() {
        decompress::each_message(&Container::parse(&records, &name)?, &name, decompressor, take)?;
    }
    Ok(Kinds { name: kind, level: Some(args.level) })
}

/// Compressed bytes by what they describe.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Columns {
    ids: f64,
    times: f64,
    strings: f64,
    numbers: f64,
    structure: f64,
}

impl Columns {
    pub(super) fn rows(&self) -> [(&'static str, f64); 5] {
        let Columns { ids, times, strings, numbers, structure } = *self;
        [("ids", ids), ("times", times), ("strings", strings), ("numbers", numbers), ("structure", structure)]
    }
}

impl From<ColumnBytes> for Columns {
    fn from(bytes: ColumnBytes) -> Self {
        let ColumnBytes { ids, times, strings, numbers, structure } = bytes;
        Columns { ids, times, strings, numbers, structure }
    }
}

/// `part` of `whole` in per cent.
pub(super) fn per_cent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}
