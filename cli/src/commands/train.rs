//! `tracezip train`

use std::path::PathBuf;

use tracezip::Dictionary;
use tracezip_benches::input::read_messages;

use super::inputs;
use crate::exit::{Failure, Result};
use crate::files;

/// Make a dictionary of traces, for small batches of the same kind.
///
/// A frame made with a dictionary (`compress --dictionary`) needs nothing but the dictionary to be read. It pays
/// where frames stand alone and are small: batches of ten spans come to half or less. A few thousand spans of a
/// day's traffic are enough; parts of them become part of the dictionary, which `decompress` shows.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of traces; stdin if there are none or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write the dictionary
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Most KiB of the dictionary, from 4. A larger one knows more and takes more memory
    #[arg(long, value_name = "KIB", default_value_t = 64)]
    max_size: u32,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut samples = Vec::new();
    for path in inputs(&args.files) {
        let messages = read_messages(files::read(&path)?);
        samples.append(&mut messages.map_err(|error| Failure::input(files::name(&path), &error))?);
    }
    let max_bytes = usize::try_from(u64::from(args.max_size) << 10).unwrap_or(usize::MAX);
    let dictionary = Dictionary::train(&samples, max_bytes).map_err(|error| Failure::codec("train", &error))?;
    files::write(Some(&args.output), dictionary.as_bytes())?;
    let (id, len) = (dictionary.id(), dictionary.as_bytes().len());
    files::note(&format!("{}: dictionary {id:016x}, {len} bytes", args.output.display()));
    Ok(())
}
