//! The `tracezip` command.
//!
//! ```text
//! arguments ─▶ commands/… ─▶ files (in, out) · container (frames in a file) · exit (what failed, with which code)
//! ```

mod commands;
mod container;
mod exit;
mod files;
mod help;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{bench, compress, decompress, inspect};

/// Lossless compression of OpenTelemetry traces (OTLP), byte for byte.
#[derive(Parser)]
#[command(name = "tracezip", version, max_term_width = 110, after_help = help::EXAMPLES, after_long_help = help::long())]
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

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Compress(args) => compress::run(&args),
        Command::Decompress(args) => decompress::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Inspect(args) => inspect::run(&args),
    };
    exit::report(result)
}
