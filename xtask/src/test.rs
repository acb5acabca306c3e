//! `cargo xtask test`: every test there is. Each step shows its own output; the last line is the sum.
//!
//! A new language adds its steps to [`full`].

use std::process::Command;
use std::time::{Duration, Instant};

use crate::go;
use crate::run::{cargo, typed};

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speed {
    /// Under a minute, once built.
    Quick,
    /// The steps in Python alone.
    Python,
    /// Everything.
    Full,
    /// Everything, and more of what can be tried for ever.
    Long,
}

/// Runs all steps, also after one has failed.
pub(crate) fn run(speed: Speed) -> Result<(), String> {
    let start = Instant::now();
    let mut failed = Vec::new();
    let steps = steps(speed);
    let count = steps.len();
    for step in steps {
        let name = typed(&step);
        let start = Instant::now();
        let result = crate::run::run(step);
        println!("  {} in {}", if result.is_ok() { "passed" } else { "FAILED" }, seconds(start.elapsed()));
        if result.is_err() {
            failed.push(name);
        }
    }
    if matches!(speed, Speed::Full | Speed::Long) && !go::is_installed() {
        println!("\nGo is not installed: the tests of go/ were SKIPPED");
    }
    let took = seconds(start.elapsed());
    if failed.is_empty() {
        println!("\ntests passed: {count} steps in {took}");
        Ok(())
    } else {
        Err(format!("\ntests FAILED: {} of {count} steps in {took}: {}", failed.len(), failed.join("; ")))
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.0} s", took.as_secs_f64())
}

fn steps(speed: Speed) -> Vec<Command> {
    let mut steps = vec![cargo("fmt --all --check")];
    match speed {
        Speed::Quick => steps.extend(quick()),
        Speed::Python => steps.extend(crate::python::steps()),
        Speed::Full => steps.extend(full()),
        Speed::Long => steps.extend(full().into_iter().chain(long())),
    }
    if matches!(speed, Speed::Full | Speed::Long) && go::is_installed() {
        steps.extend(go::tests());
        steps.extend((speed == Speed::Long).then(go::long_tests).into_iter().flatten());
    }
    steps
}

/// All languages.
fn full() -> Vec<Command> {
    rust().into_iter().chain(crate::python::steps()).chain(crate::node::steps()).collect()
}

/// The core, and the tests that need no corpora and no C compiler.
fn quick() -> Vec<Command> {
    vec![
        cargo("test --package tracezip --no-fail-fast"),
        cargo(
            "test --package tracezip-tests --no-fail-fast --lib --test roundtrip --test corrupt --test vectors --test properties",
        ),
    ]
}

/// All crates: unit tests, documentation tests, the tests in C, the examples, with and without `otlp`.
fn rust() -> Vec<Command> {
    let mut doc = cargo("doc --workspace --no-deps --exclude tracezip-cli --features tracezip/otlp");
    doc.env("RUSTDOCFLAGS", "-D warnings");
    let mut steps = vec![
        cargo("clippy --workspace --all-targets -- -D warnings"),
        cargo("clippy --workspace --all-targets --features tracezip/otlp -- -D warnings"),
        cargo("test --workspace --no-fail-fast"),
        cargo("test --package tracezip --features otlp --no-fail-fast"),
        doc,
    ];
    steps.extend(examples());
    steps
}

/// `core/examples/*.rs`, each run once; they must need no arguments.
fn examples() -> Vec<Command> {
    let folder = crate::run::root().join("core/examples");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut names: Vec<String> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| cargo(&format!("run --quiet --package tracezip --features otlp --example {name}")))
        .collect()
}

/// More damage, a million spans and the large corpora, in release mode; the fuzz targets.
fn long() -> Vec<Command> {
    let mut more = cargo("test --release --package tracezip-tests --no-fail-fast");
    more.args(["corpora", "roundtrip", "properties", "memory"].iter().flat_map(|test| ["--test", test]));
    more.env("TRACEZIP_LONG", "1").env("PROPTEST_CASES", "5000").arg("--").arg("--nocapture");
    std::iter::once(more).chain(crate::fuzz::smoke()).collect()
}
