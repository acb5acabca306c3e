//! The `tracezip` command.
//!
//! ```text
//! arguments ─▶ commands/… ─▶ files (in, out) · container (frames in a file) · exit (what failed, with which code)
//! ```

mod commands;
mod container;
mod exit;
mod files;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{bench, compress, decompress, inspect};

/// Lossless compression of OpenTelemetry traces (OTLP), byte for byte.
#[derive(Parser)]
#[command(name = "tracezip", version, max_term_width = 110, after_help = EXAMPLES, after_long_help = LONG_HELP)]
#[command(arg_required_else_help = true, infer_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Compress(compress::Args),
    Decompress(decompress::Args),
    Bench(bench::Args),
    Inspect(inspect::Args),
}

const EXAMPLES: &str = "\
Examples:
  tracezip bench traces.otlp.zst                  compare with gzip and zstd on your own traces
  tracezip compress traces.otlp -o traces.tz      compress a file
  tracezip decompress traces.tz | otel-reader     and get its bytes back
  tracezip inspect traces.tz                      see where the bytes are";

const LONG_HELP: &str = concat!(
    "\
Examples:
  tracezip bench traces.otlp.zst                  compare with gzip and zstd on your own traces
  tracezip compress traces.otlp -o traces.tz      compress a file
  tracezip decompress traces.tz | otel-reader     and get its bytes back
  tracezip inspect traces.tz                      see where the bytes are

Inputs, told by their content and not by their name:
  OTLP protobuf        one serialized ExportTraceServiceRequest
  with lengths         such messages, each behind its length in 4 bytes, big-endian: what the
                       Collector's file exporter writes with `format: proto`
  OTLP JSON            a document a line, or over several lines
  .zst, .gz            any of these, compressed

",
    exit_codes!()
);

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Compress(args) => compress::run(&args),
        Command::Decompress(args) => decompress::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Inspect(args) => inspect::run(&args),
    };
    exit::report(result)
}
