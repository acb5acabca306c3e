//! Checked-in files that tests compare: written by those same tests when `UPDATE` is set.

use crate::run::{cargo, run};

fn update(package: &str, test: &str) -> Result<(), String> {
    let mut command = cargo(&format!("test --quiet --package {package} --test {test}"));
    command.env("UPDATE", "1");
    run(command)
}

/// The vectors, and the one that the specification works through.
pub(crate) fn vectors() -> Result<(), String> {
    update("tracezip-tests", "vectors")?;
    let mut command = cargo("test --quiet --package tracezip-tests --test reference the_worked_frame");
    command.env("UPDATE", "1");
    run(command)
}

/// What contexts know at first.
pub(crate) fn prior() -> Result<(), String> {
    let mut command = cargo("test --quiet --package tracezip --lib the_tables_are_what_the_samples_teach");
    command.env("UPDATE", "1");
    run(command)
}

/// The sizes, and what the README shows of them.
pub(crate) fn sizes() -> Result<(), String> {
    update("tracezip-tests", "sizes")?;
    update("tracezip-cli", "keys")
}

pub(crate) fn header() -> Result<(), String> {
    update("tracezip-ffi", "header")
}

pub(crate) fn all() -> Result<(), String> {
    header()?;
    prior()?;
    vectors()?;
    sizes()
}
