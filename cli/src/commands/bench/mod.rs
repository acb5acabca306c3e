//! `tracezip bench`

mod format;
mod markdown;
mod progress;
mod table;
mod work;

use std::path::PathBuf;

use tracezip_benches::peers::{Selection, codecs};
use tracezip_benches::{BatchSize, Row, Workload, measure};

use super::{inputs, read_dictionary};
use crate::exit::{Exit, Failure, Result};
use crate::files;
use progress::Progress;
use work::{Batched, Corpus};

/// Compare Tracezip with gzip and zstd on your own traces.
///
/// Every codec compresses and decompresses the same batches in this process, and every byte is checked.
/// Speeds are CPU time of one thread, the best of several passes in which the codecs take turns.
#[derive(clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Args {
    /// Files of traces; stdin if there are none or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Spans in a batch, or `recorded` for the messages as they are [default: recorded,1000]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    batch: Option<Vec<BatchSize>>,
    /// Levels of Tracezip whose frames stand alone
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', default_value = "1,3,9", value_parser = clap::value_parser!(u8).range(1..=9))]
    levels: Vec<u8>,
    /// Levels of Tracezip as a stream
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', default_value = "3", value_parser = clap::value_parser!(u8).range(1..=9))]
    stream_levels: Vec<u8>,
    /// Try Tracezip with this dictionary too, which `train` has made of other traces than these
    #[arg(long, value_name = "DICTIONARY")]
    dictionary: Option<PathBuf>,
    /// Passes of which the best counts; zstd -19 gets one
    #[arg(long, value_name = "P", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    passes: u16,
    /// Leave out zstd -19, which takes most of the time
    #[arg(long)]
    no_slow: bool,
    /// Print the rows as JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print tables in Markdown
    #[arg(long)]
    markdown: bool,
}

const DEFAULT_SIZES: [BatchSize; 2] = [BatchSize::Recorded, BatchSize::Spans(1000)];

const NOTES: &str =
    "Batches of N spans keep the order of the file; a ResourceSpans or ScopeSpans object is split when \
the batch is full, every other byte is kept, and equal objects are not merged. Of more than 5,000 batches the \
first 5,000 are used.

By default a file with a message above 10 MB is not tried as recorded: no sender sends such messages. \
`--batch recorded` tries it.

Rows of --json: corpus, batch (\"recorded\" or a number), codec, mode (\"self-contained\" or \"stream\"), spans, \
raw_bytes, bytes, ratio, bytes_per_span, compress_mb_s, decompress_mb_s (10^6 bytes of OTLP per second of CPU \
time), exact (every byte of every batch came back).";

pub(crate) fn run(args: &Args) -> Result<()> {
    let corpora = inputs(&args.files).iter().map(|path| Corpus::read(path)).collect::<Result<Vec<_>>>()?;
    let selection = Selection {
        levels: args.levels.clone(),
        stream_levels: args.stream_levels.clone(),
        slow: !args.no_slow,
        dictionary: args.dictionary.as_deref().map(read_dictionary).transpose()?,
    };
    let rows = run_all(args, &corpora, &selection)?;
    if args.json {
        files::print(to_json(&rows)?.as_bytes())?;
    } else if args.markdown {
        files::print(markdown::render(&rows, args.passes).as_bytes())?;
    } else {
        files::print(table::summary(&rows).as_bytes())?;
    }
    check_exact(&rows)
}

fn run_all(args: &Args, corpora: &[Corpus], selection: &Selection) -> Result<Vec<Row>> {
    let fail = |error: tracezip_benches::Error| Failure::new(Exit::NotExact, error.to_string());
    let mut codecs = codecs(selection).map_err(fail)?;
    let slow = codecs.iter().filter(|codec| codec.is_slow()).count();
    let turns = usize::from(args.passes) * (codecs.len() - slow) + slow;
    let sizes = sizes(args.batch.as_deref().unwrap_or(&DEFAULT_SIZES));
    let progress = Progress::new(turns * sizes.len() * corpora.len());
    let prints_tables = !args.json && !args.markdown;
    if prints_tables {
        progress.print(&table::heading(args.passes))?;
    }
    let mut rows = Vec::new();
    for corpus in corpora {
        for &size in &sizes {
            let batched = match corpus.batched(size, args.batch.is_some())? {
                Batched::Batches(batched) => batched,
                Batched::Skipped(why) => {
                    progress.skip(turns);
                    progress.note(&why, prints_tables)?;
                    continue;
                }
            };
            let workload = Workload { corpus: &corpus.name, size, batches: &batched.batches, spans: batched.spans };
            let passes = usize::from(args.passes);
            let group = measure(&workload, &mut codecs, passes, &mut |codec| progress.turn(&corpus.name, size, codec));
            let group = group.map_err(fail)?;
            if prints_tables {
                progress.print(&table::group(&group, &batched))?;
            }
            rows.extend(group);
        }
    }
    Ok(rows)
}

/// The sizes, each once.
fn sizes(wanted: &[BatchSize]) -> Vec<BatchSize> {
    let mut sizes = Vec::new();
    for size in wanted {
        if !sizes.contains(size) {
            sizes.push(*size);
        }
    }
    sizes
}

fn to_json(rows: &[Row]) -> Result<String> {
    let text = serde_json::to_string_pretty(rows).map_err(|error| Failure::io("--json", &error.into()))?;
    Ok(text + "\n")
}

fn check_exact(rows: &[Row]) -> Result<()> {
    match rows.iter().find(|row| !row.exact) {
        None => Ok(()),
        Some(row) => {
            let message = format!("{}, batches {}: {} ({}) is not exact", row.corpus, row.batch, row.codec, row.mode);
            Err(Failure::new(Exit::NotExact, message))
        }
    }
}
