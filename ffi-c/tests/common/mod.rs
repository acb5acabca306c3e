//! What the tests with other tools share.
#![allow(dead_code, reason = "no test uses all of it")]

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// An empty folder of this test's.
pub(crate) fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a command that must succeed; its standard output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    out.into_owned()
}

/// Whether the tool is there; if not, says what is skipped, on the terminal, where test runners show
/// only failures.
pub(crate) fn has(tool: &str, what_for: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        skipped(what_for, &format!("there is no {tool}"));
    }
    there
}

/// Says that something is not tested, past the runner's capture.
#[allow(clippy::explicit_write, reason = "eprintln is what the runner captures")]
pub(crate) fn skipped(what: &str, why: &str) {
    writeln!(std::io::stderr(), "SKIPPED {what}: {why}").unwrap();
}

/// The C compiler (`CC`) or the C++ compiler (`CXX`).
pub(crate) fn compiler(variable: &str) -> Command {
    let default = if variable == "CXX" { "c++" } else { "cc" };
    Command::new(env::var(variable).unwrap_or_else(|_| default.into()))
}
