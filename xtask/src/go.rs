//! The Go module: its library, which is not checked in, and its tests.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::process::{Command, Stdio};

use crate::run::{cargo, root, run};

/// Builds libtracezip.a and puts it where cgo finds it.
///
/// The go command does not notice that a library has changed, only that a header beside the sources has:
/// so there is one with a hash of the library.
pub(crate) fn library() -> Result<(), String> {
    let folder = root().join("go");
    let target = root().join("target");
    let mut build = cargo("build --quiet --release --package tracezip-ffi --target-dir");
    build.arg(&target);
    run(build)?;
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let library = fs::read(target.join("release/libtracezip.a")).map_err(failed)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&library);
    let stamp = format!("/* Made by `cargo xtask go`. */\n#define TRACEZIP_LIBRARY_STAMP \"{:016x}\"\n", hasher.finish());
    fs::create_dir_all(folder.join("lib")).map_err(failed)?;
    fs::write(folder.join("lib/libtracezip.a"), library).map_err(failed)?;
    fs::write(folder.join("libtracezip_stamp.h"), stamp).map_err(failed)
}
