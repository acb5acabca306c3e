//! Runs commands at the root of the workspace.

use std::path::Path;
use std::process::Command;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A command at the root.
pub(crate) fn command(program: &str, arguments: &str) -> Command {
    let mut command = Command::new(program);
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// The cargo that runs this.
pub(crate) fn cargo(arguments: &str) -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), arguments)
}

/// The command as one would type it.
pub(crate) fn typed(command: &Command) -> String {
    let environment = command.get_envs().filter_map(|(key, value)| Some((key, value?)));
    let environment = environment.map(|(key, value)| format!("{}={} ", key.display(), value.display()));
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let arguments = command.get_args().map(|argument| format!(" {}", argument.display()));
    environment.chain([program.display().to_string()]).chain(arguments).collect()
}

/// Runs it; its output is shown as it comes.
pub(crate) fn run(mut command: Command) -> Result<(), String> {
    println!("\n$ {}", typed(&command));
    let status = command.status().map_err(|error| format!("{}: {error}", typed(&command)))?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", typed(&command))) }
}
