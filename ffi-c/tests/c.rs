//! Compiles `tests/c/*.c` as C11 and as C++17, links them to the static library, and to the shared
//! one, and runs them; also under valgrind and with the sanitizers, where there are some.
//!
//! `CC` and `CXX` name other compilers than `cc` and `c++`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(unix)]

mod common;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{compiler, has, root, run, skipped};
use serde_json::Value;

/// A way to compile a test program.
struct Way {
    name: &'static str,
    compiler: &'static str,
    flags: &'static [&'static str],
    library: &'static str,
}

const STATIC: Way =
    Way { name: "c11-static", compiler: "CC", flags: &["-std=c11", "-pedantic"], library: "libtracezip.a" };
const SHARED: Way = Way { name: "c11-shared", library: SHARED_LIBRARY, ..STATIC };
const CXX: Way = Way { name: "cxx17", compiler: "CXX", flags: &["-std=c++17", "-x", "c++"], ..STATIC };
const SANITIZED: Way = Way {
    name: "sanitized",
    flags: &["-std=c11", "-pedantic", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    ..STATIC
};

const SHARED_LIBRARY: &str = if cfg!(target_os = "macos") { "libtracezip.dylib" } else { "libtracezip.so" };
const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-g"];

/// The folder with the libraries. `cargo test` alone does not build them, for no Rust code links to
/// them.
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
            .current_dir(root()));
        // The name that programs ask for.
        let major = env!("CARGO_PKG_VERSION_MAJOR");
        let (stem, extension) = SHARED_LIBRARY.split_once('.').unwrap();
        let soname = match extension {
            "dylib" => format!("{stem}.{major}.dylib"),
            _ => format!("{SHARED_LIBRARY}.{major}"),
        };
        let _ = std::os::unix::fs::symlink(SHARED_LIBRARY, folder.join(soname));
        folder
    })
}

impl Way {
    /// Compiles `tests/c/<name>.c`.
    fn compile(&self, name: &str) -> PathBuf {
        let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", self.name));
        run(compiler(self.compiler)
            .args(self.flags)
            .args(WARNINGS)
            .arg("-I")
            .arg(root().join("include"))
            .arg(root().join("ffi-c/tests/c").join(name).with_extension("c"))
            .args(["-x", "none"])
            .arg(libraries().join(self.library))
            .arg(format!("-Wl,-rpath,{}", libraries().display()))
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(&binary));
        binary
    }
}

/// Whether programs with the sanitizers can be compiled and run here.
fn has_sanitizers() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| {
        let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("has-sanitizers");
        let source = binary.with_extension("c");
        std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
        let succeeds = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        let there = succeeds(compiler("CC").args(SANITIZED.flags).arg(&source).arg("-o").arg(&binary))
            && succeeds(&mut Command::new(&binary));
        if !there {
            skipped("tests in C with ASan and UBSan", "the C compiler cannot");
        }
        there
    })
}

fn has_valgrind() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE.get_or_init(|| has("valgrind", "tests in C under valgrind"))
}

/// Compiles and runs one test program in all ways; what it printed, in each.
fn program(name: &str, arguments: &[OsString]) -> Vec<String> {
    let mut printed: Vec<String> =
        [SHARED, CXX].iter().map(|way| run(Command::new(way.compile(name)).args(arguments))).collect();
    let binary = STATIC.compile(name);
    printed.push(if has_valgrind() {
        run(Command::new("valgrind")
            .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
            // Not "reachable": tables that are the same for all are made once and kept.
            .arg("--errors-for-leak-kinds=definite,indirect,possible")
            .arg(binary)
            .args(arguments))
    } else {
        run(Command::new(binary).args(arguments))
    });
    if has_sanitizers() {
        printed.push(run(Command::new(SANITIZED.compile(name)).args(arguments)));
    }
    printed
}

#[test]
fn oneshot() {
    program("oneshot", &[]);
}

#[test]
fn stream() {
    program("stream", &[]);
}

#[test]
fn misuse() {
    program("misuse", &[]);
}

#[test]
fn errors() {
    program("errors", &[]);
}

#[test]
fn dictionary() {
    program("dictionary", &[]);
}

#[test]
fn threads() {
    program("threads", &[]);
}

#[test]
fn vectors() {
    let folder = root().join("tests/vectors");
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let lines = list_of_vectors(&manifest);
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vectors.txt");
    std::fs::write(&list, lines.join("\n") + "\n").unwrap();
    let begins = |line: &&String| ["stream ", "sequence", "dictionary "].iter().any(|kind| line.starts_with(kind));
    let count = lines.len() - lines.iter().filter(begins).count();
    for printed in program("vectors", &[folder.into(), list.into()]) {
        assert!(printed.ends_with(&format!("\n{count} vectors\n")), "not all of {count}: {printed}");
    }
}

/// The manifest as `tests/c/vectors.c` reads it.
fn list_of_vectors(manifest: &Value) -> Vec<String> {
    let all = |name: &str| manifest[name].as_array().unwrap().iter();
    let word = |vector: &Value, name: &str| vector[name].to_string().trim_matches('"').to_owned();
    let line = |kind: &str, vector: &Value, names: &[&str]| {
        names.iter().fold(kind.to_owned(), |line, name| line + " " + &word(vector, name))
    };
    let valid = all("valid").map(|vector| line("valid", vector, &["level", "input", "frame"]));
    let damaged = all("damaged").map(|vector| line("damaged", vector, &["code", "frame"]));
    let streams = all("streams").flat_map(|stream| {
        let steps = stream["steps"].as_array().unwrap().iter();
        std::iter::once(line("stream", stream, &["level"]))
            .chain(steps.map(|step| line("step", step, &["input", "frame"])))
    });
    let sequences = all("sequences").flat_map(|sequence| {
        let read = |step: &Value| match step["input"].is_null() {
            true => line("refused", step, &["code", "frame"]),
            false => line("read", step, &["input", "frame"]),
        };
        std::iter::once("sequence".to_owned()).chain(sequence["steps"].as_array().unwrap().iter().map(read))
    });
    let dictionaries = all("dictionaries").flat_map(|dictionary| {
        let frames = dictionary["frames"].as_array().unwrap().iter();
        std::iter::once(line("dictionary", dictionary, &["id", "dictionary"]))
            .chain(frames.map(|frame| line("with", frame, &["level", "input", "frame"])))
    });
    valid.chain(damaged).chain(streams).chain(sequences).chain(dictionaries).collect()
}

/// With types the compiler tells one handle from another.
#[test]
fn a_wrong_handle_does_not_compile() {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-handle.c");
    let code = "#include \"tracezip.h\"\nvoid f(HANDLE *h) { tracezip_compressor_free(h); }\n";
    std::fs::write(&source, code).unwrap();
    for way in [STATIC, CXX] {
        let compiles = |handle: &str| {
            let mut command = compiler(way.compiler);
            command.args(way.flags).args(WARNINGS).arg(format!("-DHANDLE={handle}"));
            command.arg("-fsyntax-only").arg("-I").arg(root().join("include")).arg(&source);
            command.output().unwrap().status.success()
        };
        assert!(compiles("tracezip_compressor"), "{}", way.name);
        assert!(!compiles("tracezip_decompressor"), "{}", way.name);
    }
}
