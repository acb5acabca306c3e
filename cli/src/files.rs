//! Files, stdin and stdout.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure, Result};

/// The name that stands for stdin and stdout.
const DASH: &str = "-";

/// How `path` is called in messages.
pub(crate) fn name(path: &Path) -> String {
    if is_dash(path) { "stdin".to_string() } else { path.display().to_string() }
}

/// All bytes of a file or of stdin.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let content = if is_dash(path) {
        let mut content = Vec::new();
        io::stdin().lock().read_to_end(&mut content).map(|_| content)
    } else {
        fs::read(path)
    };
    content.map_err(|error| Failure::io(name(path), &error))
}

/// Writes to `path`, or to stdout if there is none.
pub(crate) fn write(path: Option<&PathBuf>, content: &[u8]) -> Result<()> {
    match path {
        Some(path) if !is_dash(path) => fs::write(path, content).map_err(|error| Failure::io(path.display(), &error)),
        _ => print(content),
    }
}

/// Writes to stdout.
pub(crate) fn print(content: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(content).and_then(|()| stdout.flush()).map_err(|error| Failure::io("stdout", &error))
}

/// Says something on stderr that is no error.
pub(crate) fn note(text: &str) {
    // A note that nobody can read must not stop the work.
    let _ = writeln!(io::stderr(), "tracezip: note: {text}");
}

/// Refuses to write bytes that are no text where a person would see them.
pub(crate) fn check_binary_output(path: Option<&PathBuf>) -> Result<()> {
    if path.is_none() && io::stdout().is_terminal() {
        let message = "compressed bytes are not for a terminal: name a file with -o, or redirect the output";
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(())
}

fn is_dash(path: &Path) -> bool {
    path.as_os_str() == DASH
}
