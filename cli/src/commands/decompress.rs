//! `tracezip decompress`

use std::path::PathBuf;

use tracezip::{Dictionary, Limits, TraceDecompressor};
use tracezip_benches::input::put_length;

use super::{inputs, read_dictionary};
use crate::container::{Container, Frame};
use crate::exit::{Exit, Failure, Result};
use crate::files;

/// Give back the bytes that were compressed.
///
/// Nothing is written unless all of it is right: every frame carries a checksum. Several inputs are
/// decompressed one after another.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files to decompress; stdin if there are none or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write; stdout if not given
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// Most MiB that one frame may decompress to
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    max_size: u32,
    /// A dictionary that the input may have been made with; may be given several times
    #[arg(long, value_name = "DICTIONARY")]
    dictionary: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut out = Vec::new();
    let dictionaries = read_dictionaries(&args.dictionary)?;
    for path in inputs(&args.files) {
        let content = files::read(&path)?;
        let decompressor = decompressor(args.max_size, &dictionaries);
        decompress(&content, &files::name(&path), decompressor, &mut out)?;
    }
    files::write(args.output.as_ref(), &out)
}

fn decompress(content: &[u8], name: &str, mut decompressor: TraceDecompressor, out: &mut Vec<u8>) -> Result<()> {
    let container = Container::parse(content, name)?;
    let has_lengths = matches!(container, Container::Records(_));
    each_message(&container, name, &mut decompressor, |_, message| {
        if has_lengths && !put_length(out, message.len()) {
            return Err(Failure::new(Exit::Limit, format!("{name}: a message is above 4 GiB, the most of a length")));
        }
        out.extend_from_slice(&message);
        Ok(())
    })
}

/// Decompresses frame by frame and hands each message over.
pub(super) fn each_message(
    container: &Container<'_>,
    name: &str,
    decompressor: &mut TraceDecompressor,
    mut take: impl FnMut(&Frame<'_>, Vec<u8>) -> Result<()>,
) -> Result<()> {
    for (index, frame) in container.frames().iter().enumerate() {
        let place = || format!("{name}: frame {index} at byte {}", frame.offset);
        // An OTLP request that was never compressed would pass through.
        tracezip::decompressed_len(frame.bytes).map_err(|error| Failure::codec(place(), &error))?;
        take(frame, decompressor.decompress(frame.bytes).map_err(|error| Failure::codec(place(), &error))?)?;
    }
    Ok(())
}

/// A decompressor for one file. What is on one's own disk may be larger than what comes over a network.
pub(super) fn decompressor(max_mib: u32, dictionaries: &[Dictionary]) -> TraceDecompressor {
    let max_decoded_bytes = usize::try_from(u64::from(max_mib) << 20).unwrap_or(usize::MAX);
    let mut decompressor = TraceDecompressor::new(Limits { max_decoded_bytes, max_state_bytes: 1 << 30 });
    dictionaries.iter().for_each(|dictionary| decompressor.add_dictionary(dictionary.clone()));
    decompressor
}

pub(super) fn read_dictionaries(paths: &[PathBuf]) -> Result<Vec<Dictionary>> {
    paths.iter().map(|path| read_dictionary(path)).collect()
}
