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

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Parser, Subcommand};

use commands::{bench, compress, decompress, inspect, stats, train};

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
    Stats(stats::Args),
    Train(train::Args),
}

/// Runs the command with these arguments, the name of the program first, on the standard streams of this
/// process. The exit code; `tracezip --help` lists them.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let code = match Cli::try_parse_from(arguments) {
        Ok(cli) => exit::report(dispatch(cli.command)),
        Err(help_or_error) => exit::usage(&help_or_error),
    };
    // The process may not be ours: nobody else will flush what is left in the buffer.
    let _ = io::stdout().flush();
    code
}

fn dispatch(command: Command) -> exit::Result<()> {
    match command {
        Command::Compress(args) => compress::run(&args),
        Command::Decompress(args) => decompress::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Train(args) => train::run(&args),
    }
}
