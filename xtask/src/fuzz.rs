//! Fuzz targets, a short while each: whether they build and hold. For longer: `cargo +nightly fuzz run decode`.

use std::process::{Command, Stdio};

use crate::run::{command, root};

/// Seconds for each target.
const SECONDS: u32 = 10;

/// A run of each target in `fuzz/fuzz_targets`; none, and why, where the tools are not there.
pub(crate) fn smoke() -> Vec<Command> {
    if !is_there() {
        println!(
            "skipped: the fuzz targets; they need `rustup toolchain install nightly` and `cargo install cargo-fuzz`"
        );
        return Vec::new();
    }
    let mut targets: Vec<String> = std::fs::read_dir(root().join("fuzz/fuzz_targets"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    targets.sort();
    targets.iter().map(|target| run(target)).collect()
}

fn run(target: &str) -> Command {
    let found = format!("fuzz/corpus/{target}");
    // What is found goes into the first folder; the others give examples.
    if let Err(error) = std::fs::create_dir_all(root().join(&found)) {
        eprintln!("{found}: {error}");
    }
    let folders = format!("{found} tests/vectors tests/crashers");
    rustup_cargo(&format!("+nightly fuzz run {target} {folders} -- -max_total_time={SECONDS} -max_len=4096"))
}

/// The cargo that knows toolchains by name, which is not the one that runs this.
fn rustup_cargo(arguments: &str) -> Command {
    command("cargo", arguments)
}

fn is_there() -> bool {
    let mut version = rustup_cargo("+nightly fuzz --version");
    version.stdout(Stdio::null()).stderr(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}
