//! The steps in JavaScript: what npm fetches, the addon, the types, the tests.

use std::process::Command;

use crate::run::{command, root};

/// All steps. They need Node 20.6 or newer with npm, and what npm fetches.
pub(crate) fn steps() -> Vec<Command> {
    vec![
        node("npm ci --no-audit --no-fund --loglevel=error"),
        // With the profile of the other tests: an addon takes minutes to optimize.
        node("npm run --silent build:native"),
        node("npm run --silent build:js"),
        node("npm run --silent types"),
        node("npm test --silent"),
    ]
}

/// In the folder of the package.
fn node(typed: &str) -> Command {
    let (program, arguments) = typed.split_once(' ').unwrap_or((typed, ""));
    let mut command = command(program, arguments);
    command.current_dir(root().join("node"));
    command
}
