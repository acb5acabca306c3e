//! `tracezip stats`

use std::fmt::Write;

use serde::Serialize;
use tracezip::DecompressionStats;

use super::metering::{self, Columns, Keys, each_frame, heading, per_cent};
use crate::exit::{Failure, Result};
use crate::files;

/// Show what every key of many files costs, and what its values were coded as.
///
/// One table over all files, compressed ones or traces as `compress` takes them, which are then compressed.
/// Every compressed byte is in it once: the keys and the rest add up to the total. `inspect` shows the worst keys
/// of each file, with its frames.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: metering::Args,
    /// List the N keys that cost most; all if not given
    #[arg(long, value_name = "N")]
    top: Option<usize>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut decompressor = args.common.decompressor()?;
    let (paths, mut frames) = (args.common.inputs(), 0);
    for path in &paths {
        each_frame(path, &args.common, &mut decompressor, |_, _| {
            frames += 1;
            Ok(())
        })?;
    }
    let names = paths.iter().map(|path| files::name(path)).collect();
    let report = Report::new(names, frames, &decompressor.stats(), args);
    if args.common.json {
        let text = serde_json::to_string_pretty(&report).map_err(|error| Failure::io("--json", &error.into()))?;
        return files::print(format!("{text}\n").as_bytes());
    }
    files::print(report.to_text().as_bytes())
}

/// All files in one.
#[derive(Serialize)]
struct Report {
    files: Vec<String>,
    frames: u64,
    spans: u64,
    raw_bytes: u64,
    bytes: u64,
    columns: Columns,
    #[serde(flatten)]
    keys: Keys,
    /// Bytes of no key.
    rest: Columns,
}

impl Report {
    fn new(files: Vec<String>, frames: u64, stats: &DecompressionStats, args: &Args) -> Self {
        Report {
            files,
            frames,
            spans: stats.span_count,
            raw_bytes: stats.original_size,
            bytes: stats.compressed_size,
            columns: stats.columns.into(),
            keys: Keys::new(stats, args.top, args.common.values),
            rest: stats.rest.into(),
        }
    }

    /// For people.
    fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}", heading())?;
        for key in &self.keys.keys {
            writeln!(out, "{}", key.line())?;
            if key.codings.len() > 1 {
                key.codings.iter().try_for_each(|coding| writeln!(out, "{}", coding.line()))?;
            }
            if let Some(value) = key.value_line() {
                writeln!(out, "{:65}{value}", "")?;
            }
        }
        let others = format!("{} other keys", self.keys.other_keys);
        let others = (self.keys.other_keys > 0).then_some((others.as_str(), self.keys.other_keys_bytes));
        let rest = self.rest.rows().map(|(name, bytes)| (format!("no key: {name}"), bytes));
        let rest = rest.iter().filter(|(_, bytes)| *bytes >= 0.5).map(|(name, bytes)| (name.as_str(), *bytes));
        for (name, bytes) in others.into_iter().chain(rest) {
            writeln!(out, "{bytes:>10.0}  {:>5.1} %  {:44}{name}", per_cent(bytes, self.bytes as f64), "")?;
        }
        writeln!(
            out,
            "{:>10}  100.0 %  {:>10}  total: {} files, {} frames, {} spans",
            self.bytes,
            self.raw_bytes,
            self.files.len(),
            self.frames,
            self.spans
        )
    }
}
