//! `tracezip inspect`

mod report;

use std::path::Path;

use tracezip_benches::batch::count_spans;

use super::metering::{self, each_frame};
use crate::exit::{Failure, Result};
use crate::files;
use report::{FrameReport, Report};

/// Keys that a report for people names.
const TOP: usize = 10;

/// Show what is in a file: frames, spans, bytes by column, and the keys that compress worst.
///
/// The file is a compressed one, or traces as `compress` takes them, which are then compressed to see what they
/// become. What a frame's bytes were spent on is found by decoding it, so the figures of a compressed file are
/// its own. `stats` lists every key of many files with all that its values were coded as.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    common: metering::Args,
    /// Name the N keys that cost most; 10 if not given
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// List every frame
    #[arg(long)]
    frames: bool,
}

const AFTER_HELP: &str = "\
Columns of the keys:
  bytes     of frames; which values differ from prediction is one symbol for many, paid in equal parts
  share     of all compressed bytes
  original  bytes of the fields in OTLP, with their keys
  values    all of them; new: those written out, neither predicted nor known
  B/value   compressed bytes a value
  coded as  what the bytes were spent on: known (a value that the key had before), copied (another key's),
            delta, number, decimal (digits), scaled (decimal places), double, uuid, hex, seen (a number, id or word of any key before),
            own id (of the span), pattern (text but for what varies in it), text, array, list, message; predicted values cost nothing of their own";

pub(crate) fn run(args: &Args) -> Result<()> {
    let paths = args.common.inputs();
    let reports = paths.iter().map(|path| inspect(path, args)).collect::<Result<Vec<_>>>()?;
    if args.common.json {
        let text = serde_json::to_string_pretty(&reports).map_err(|error| Failure::io("--json", &error.into()))?;
        return files::print(format!("{text}\n").as_bytes());
    }
    let texts: Vec<String> = reports.iter().map(|report| report.to_text(args.frames)).collect();
    files::print(texts.join("\n").as_bytes())
}

fn inspect(path: &Path, args: &Args) -> Result<Report> {
    let mut decompressor = args.common.decompressor()?;
    let mut frames = Vec::new();
    let kind = each_frame(path, &args.common, &mut decompressor, |frame, message| {
        frames.push(FrameReport::new(frame.offset, frame.bytes, &message));
        Ok(())
    })?;
    let top = args.top.or((!args.common.json).then_some(TOP));
    Ok(Report::new(files::name(path), &kind, frames, &decompressor.stats(), top, args.common.values))
}

/// Spans of a message; none in bytes that are no request.
fn spans(message: &[u8]) -> u64 {
    count_spans(message).unwrap_or(0)
}
