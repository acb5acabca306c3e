//! The steps in JavaScript: what npm fetches, the addon, the types, the tests.

use std::process::Command;

use crate::run::command;

/// All steps. They need Node 20.6 or newer with npm, and what npm fetches.
pub(crate) fn steps() -> Vec<Command> {
    vec![
        npm("ci --no-audit --no-fund --loglevel=error"),
        // With the profile of the other tests: an addon takes minutes to optimize.
        npm("run --silent build:native"),
        npm("run --silent build:js"),
        npm("run --silent types"),
        npm("test --silent"),
    ]
}

/// In the folder of the package.
fn npm(arguments: &str) -> Command {
    command("npm", &format!("--prefix node {arguments}"))
}
