//! `tracezip compress`

use std::path::PathBuf;

use tracezip::TracezipConfig;
use tracezip_benches::input::{Kind, json_to_protobuf, unpack};

use super::{config, inputs};
use crate::container;
use crate::exit::{Exit, Failure, Result};
use crate::files;

/// Compress OTLP traces, or any bytes.
///
/// `decompress` gives back exactly the bytes that went in, with the lengths around messages if there were any.
/// A .zst or .gz input is unpacked first, and its content is what comes back. Several inputs are read one
/// after another, as by cat.
#[derive(clap::Args)]
#[command(after_long_help = FORMAT)]
pub(crate) struct Args {
    /// Files to compress; stdin if there are none or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write; stdout if not given
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// 1 is fast, 9 is small
    #[arg(short, long, value_name = "LEVEL", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    level: u8,
    /// Make every message's frame readable without those before it; larger
    #[arg(long)]
    self_contained: bool,
    /// Begin with what `train` has learnt; `decompress` then needs the same dictionary
    #[arg(long, value_name = "DICTIONARY")]
    dictionary: Option<PathBuf>,
    /// Turn OTLP JSON into protobuf messages, which become far smaller; `decompress` then gives protobuf
    /// messages with their lengths
    #[arg(long, conflicts_with = "as_is")]
    to_protobuf: bool,
    /// Take .zst and .gz inputs as they are, without unpacking them
    #[arg(long)]
    as_is: bool,
}

const FORMAT: &str = "\
Output format:

An input of one OTLP request, and any input that is not OTLP protobuf, becomes one frame.

Messages with lengths become records: each 4 bytes of length, big-endian, and a frame; the framing is that of \
the Collector's file exporter. Frames build on those before them, so that what one message taught helps the \
next, unless --self-contained is given.

The low three bits of the first byte are 7 in a frame and not 7 in a record.";

pub(crate) fn run(args: &Args) -> Result<()> {
    files::check_binary_output(args.output.as_ref())?;
    let config = config(args.level, args.dictionary.as_deref())?;
    let content = read(args)?;
    let compressed = match Kind::detect(&content) {
        Kind::Json if args.to_protobuf => compress_json(&content, &config, args.self_contained)?,
        kind => {
            if kind == Kind::Json && !args.as_is {
                files::note("JSON is kept as text; --to-protobuf makes OTLP JSON far smaller");
            }
            container::compress(&content, &config, args.self_contained)
        }
    };
    files::write(args.output.as_ref(), &compressed)
}

fn read(args: &Args) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    for path in inputs(&args.files) {
        let file = files::read(&path)?;
        let unpacked = if args.as_is { Ok(file) } else { unpack(file) };
        content.append(&mut unpacked.map_err(|error| {
            let message = format!("{}: {error}; --as-is compresses the file as it is", files::name(&path));
            Failure::new(Exit::WrongInput, message)
        })?);
    }
    Ok(content)
}

fn compress_json(text: &[u8], config: &TracezipConfig, self_contained: bool) -> Result<Vec<u8>> {
    let messages = json_to_protobuf(text).map_err(|error| Failure::input("--to-protobuf", &error))?;
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    container::compress_records(&messages, config, self_contained)
        .ok_or_else(|| Failure::new(Exit::Limit, "--to-protobuf: a message is above 112 MiB, the most of a record"))
}
