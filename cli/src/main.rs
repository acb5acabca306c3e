//! The `tracezip` command as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tracezip_cli::run(std::env::args_os()))
}
