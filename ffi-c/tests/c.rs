//! Compiles `tests/c/*.c` as C11 and as C++17, links them to the static library, and to the shared
//! one, and runs them.
//!
//! `CC` and `CXX` name other compilers than `cc` and `c++`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(unix)]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
}

/// The folder with libtracezip.a and libtracezip.so. `cargo test` alone does not build them, for no
/// Rust code links to them.
fn libraries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // .../<profile>/deps/c-<hash>
        let folder = env::current_exe().unwrap().ancestors().nth(2).unwrap().to_path_buf();
        let target = folder.parent().unwrap();
        let profile = match folder.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            other => other,
        };
        run(Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "tracezip-ffi", "--profile", profile])
            .arg("--target-dir")
            .arg(target)
            .current_dir(crate_dir()));
        folder
    })
}

/// Compiles and runs one test program in all ways.
fn program(name: &str) {
    let source = crate_dir().join("tests/c").join(name).with_extension("c");
    let library = |file: &str| libraries().join(file);
    let ways = [
        ("c-static", "CC", "cc", &["-std=c11", "-pedantic"][..], library("libtracezip.a")),
        ("c-shared", "CC", "cc", &["-std=c11", "-pedantic"], library("libtracezip.so")),
        ("cxx-static", "CXX", "c++", &["-std=c++17", "-x", "c++"], library("libtracezip.a")),
    ];
    for (way, variable, compiler, flags, library) in ways {
        let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{way}"));
        run(Command::new(env::var(variable).unwrap_or_else(|_| compiler.into()))
            .args(flags)
            .args(["-Wall", "-Wextra", "-Werror", "-g", "-I"])
            .arg(crate_dir().join("../include"))
            .arg(&source)
            .args(["-x", "none"])
            .arg(library)
            .arg(format!("-Wl,-rpath,{}", libraries().display()))
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(&binary));
        run(&mut Command::new(&binary));
    }
}

#[test]
fn oneshot() {
    program("oneshot");
}

#[test]
fn stream() {
    program("stream");
}

#[test]
fn misuse() {
    program("misuse");
}
