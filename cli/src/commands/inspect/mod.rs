//! `tracezip inspect`

mod report;

use std::path::{Path, PathBuf};

use tracezip::TraceCompressor;
use tracezip_benches::batch::count_spans;
use tracezip_benches::input::{Kind, read_messages, unpack};

use super::{config, decompress, inputs};
use crate::container::Container;
use crate::exit::{Failure, Result};
use crate::files;
use report::{FrameReport, Report};

/// Show what is in a file: frames, spans, and bytes by column.
///
/// The file is a compressed one, or traces as `compress` takes them, which are then compressed to see what they
/// become. A frame does not say which of its bytes describe what, so a compressed file's columns are those
/// of compressing its messages again, at --level.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files to look into; stdin if there are none or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Level of compressing, 1 to 9
    #[arg(short, long, value_name = "LEVEL", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    level: u8,
    /// Compress every message of an input of traces by itself
    #[arg(long)]
    self_contained: bool,
    /// List every frame
    #[arg(long)]
    frames: bool,
    /// Print a list of reports as JSON, one a file, with every frame
    #[arg(long)]
    json: bool,
    /// Most MiB that one frame may decompress to
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    max_size: u32,
    /// A dictionary that a compressed file may have been made with; may be given several times
    #[arg(long, value_name = "DICTIONARY")]
    dictionary: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let reports = inputs(&args.files).iter().map(|path| inspect(path, args)).collect::<Result<Vec<_>>>()?;
    if args.json {
        let text = serde_json::to_string_pretty(&reports).map_err(|error| Failure::io("--json", &error.into()))?;
        return files::print(format!("{text}\n").as_bytes());
    }
    let texts: Vec<String> = reports.iter().map(|report| report.to_text(args.frames)).collect();
    files::print(texts.join("\n").as_bytes())
}

fn inspect(path: &Path, args: &Args) -> Result<Report> {
    let name = files::name(path);
    let content = files::read(path)?;
    if Container::is_one(&content) {
        return inspect_compressed(&content, &name, args);
    }
    let content = unpack(content).map_err(|error| Failure::input(&name, &error))?;
    let kind = match Kind::detect(&content) {
        Kind::Raw => "OTLP protobuf, one request",
        Kind::LengthPrefixed => "OTLP protobuf, messages with lengths",
        Kind::Json | Kind::Other => "OTLP JSON",
    };
    let messages = read_messages(content).map_err(|error| Failure::input(&name, &error))?;
    inspect_messages(&messages, name, kind, args)
}

fn inspect_compressed(content: &[u8], name: &str, args: &Args) -> Result<Report> {
    let container = Container::parse(content, name)?;
    let kind = match container {
        Container::Bare(_) => "Tracezip, one frame",
        Container::Records(_) => "Tracezip, records",
    };
    let mut again = TraceCompressor::new(config(args.level, None)?);
    again.set_metering(true);
    let mut report = Report::new(name.to_string(), kind, args.level);
    let decompressor = decompress::decompressor(args.max_size, &decompress::read_dictionaries(&args.dictionary)?);
    decompress::each_message(&container, name, decompressor, |frame, message| {
        let frame = FrameReport::new(frame.offset, frame.bytes, &message);
        if !frame.linked {
            again.reset();
        }
        again.compress_frame(&message, &mut Vec::new());
        report.add(frame);
        Ok(())
    })?;
    report.columns = again.stats().columns.into();
    Ok(report)
}

fn inspect_messages(messages: &[Vec<u8>], name: String, kind: &'static str, args: &Args) -> Result<Report> {
    let mut compressor = TraceCompressor::new(config(args.level, None)?);
    compressor.set_metering(true);
    let mut report = Report::new(name, kind, args.level);
    let (mut frame, mut offset) = (Vec::new(), 0);
    for message in messages {
        if args.self_contained {
            compressor.reset();
        }
        frame.clear();
        compressor.compress_frame(message, &mut frame);
        report.add(FrameReport::new(offset, &frame, message));
        offset += frame.len();
    }
    report.columns = compressor.stats().columns.into();
    Ok(report)
}

/// Spans of a message; none in bytes that are no request.
fn spans(message: &[u8]) -> u64 {
    count_spans(message).unwrap_or(0)
}
