//! `cargo xtask install`: what it puts in place, and that pkg-config and CMake can use it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{compiler, empty_folder, has, root, run};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const MAJOR: &str = env!("CARGO_PKG_VERSION_MAJOR");

/// Most bytes of the stripped shared library.
const MOST: u64 = 1_500_000;

/// The prefix, installed as a packager does it and then moved elsewhere.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let folder = empty_folder("install");
        run(Command::new(env!("CARGO"))
            .args(["xtask", "install", "--prefix", "/usr/local", "--libdir=lib/multi-arch", "--destdir"])
            .arg(folder.join("stage"))
            .current_dir(root()));
        let moved = folder.join("moved here");
        fs::rename(folder.join("stage/usr/local"), &moved).unwrap();
        moved
    })
}

fn libdir() -> PathBuf {
    prefix().join("lib/multi-arch")
}

fn shared_library() -> PathBuf {
    libdir().join(format!("libtracezip.so.{VERSION}"))
}

#[test]
fn links_lead_to_the_version() {
    let link = |name: &str| fs::read_link(libdir().join(name)).unwrap();
    assert_eq!(link("libtracezip.so"), Path::new(&format!("libtracezip.so.{MAJOR}")));
    assert_eq!(link(&format!("libtracezip.so.{MAJOR}")), Path::new(&format!("libtracezip.so.{VERSION}")));
    assert!(libdir().join("libtracezip.a").is_file());
}

#[test]
fn the_stripped_shared_library_is_small() {
    let len = fs::metadata(shared_library()).unwrap().len();
    assert!(len <= MOST, "{len} bytes, more than {MOST}");
    println!("libtracezip.so: {len} bytes");
}

#[test]
fn the_shared_library_has_a_soname() {
    if has("readelf", "the SONAME") {
        let dynamic = run(Command::new("readelf").arg("-d").arg(shared_library()));
        assert!(dynamic.contains(&format!("Library soname: [libtracezip.so.{MAJOR}]")), "{dynamic}");
    }
}

#[test]
fn exported_is_what_the_header_declares_and_nothing_else() {
    if !has("nm", "the exported symbols") {
        return;
    }
    let symbols = run(Command::new("nm").args(["-D", "--defined-only"]).arg(shared_library()));
    let exported: BTreeSet<&str> = symbols.lines().filter_map(|line| line.split(' ').next_back()).collect();
    let header = fs::read_to_string(prefix().join("include/tracezip.h")).unwrap();
    let declared: BTreeSet<&str> = header
        .lines()
        .filter(|line| !line.trim_start().starts_with('*'))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("tracezip_"))
        .collect();
    assert!(declared.len() > 20, "{declared:?}");
    assert_eq!(exported, declared);
}

/// Packs vectors with the example and unpacks them.
fn example_works(binary: &Path, folder: &Path) {
    let example = || {
        let mut command = Command::new(binary);
        command.env("LD_LIBRARY_PATH", libdir());
        command
    };
    for name in ["empty", "every-field", "spans-40"] {
        let vector = |extension: &str| root().join("tests/vectors").join(format!("{name}.{extension}"));
        let (frame, back) = (folder.join("frame"), folder.join("back"));
        run(example().arg(vector("otlp")).arg(&frame));
        assert_eq!(fs::read(&frame).unwrap(), fs::read(vector("3.tracezip")).unwrap(), "{name}");
        run(example().arg("-d").arg(&frame).arg(&back));
        assert_eq!(fs::read(&back).unwrap(), fs::read(vector("otlp")).unwrap(), "{name}");
    }
    let damaged = root().join("tests/vectors/bad-checksum.tracezip");
    let output = example().arg("-d").arg(damaged).arg(folder.join("none")).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("the checksum does not match"), "{output:?}");
    assert!(output.status.code() == Some(1) && !folder.join("none").exists());
}

#[test]
fn the_example_builds_through_pkg_config() {
    if !has("pkg-config", "the example through pkg-config") {
        return;
    }
    let folder = empty_folder("example-pkg-config");
    let flags = |options: &[&str]| {
        let path = libdir().join("pkgconfig");
        let flags = run(Command::new("pkg-config").args(options).arg("tracezip").env("PKG_CONFIG_PATH", path));
        // Spaces in paths are escaped.
        let words = flags.trim().replace("\\ ", "\0");
        words.split_whitespace().map(|word| word.replace('\0', " ")).collect::<Vec<_>>()
    };
    assert_eq!(flags(&["--modversion"]), [VERSION]);
    let ways: [(&str, &[&str], Vec<String>); 2] = [
        ("shared", &[], flags(&["--cflags", "--libs"])),
        ("static", &["-static"], flags(&["--static", "--cflags", "--libs"])),
    ];
    for (name, options, flags) in ways {
        let binary = folder.join(name);
        let mut compile = compiler("CC");
        compile.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]).args(options);
        compile.arg(root().join("examples/c/compress_file.c")).args(flags).arg("-o").arg(&binary);
        run(&mut compile);
        example_works(&binary, &folder);
    }
}

/// A configured build of the example.
fn cmake(folder: &Path, option: &str) -> Command {
    let mut command = Command::new("cmake");
    command.arg("-S").arg(root().join("examples/c")).arg("-B").arg(folder).arg(option);
    command.arg(format!("-Dtracezip_DIR={}", libdir().join("cmake/tracezip").display()));
    command
}

#[test]
fn the_example_builds_through_cmake() {
    if !has("cmake", "the example through CMake") {
        return;
    }
    for option in ["-DTRACEZIP_STATIC=OFF", "-DTRACEZIP_STATIC=ON"] {
        let folder = empty_folder("example-cmake");
        run(&mut cmake(&folder, option));
        run(Command::new("cmake").arg("--build").arg(&folder));
        example_works(&folder.join("compress_file"), &folder);
    }
}

#[test]
fn cmake_refuses_another_major_version() {
    if !has("cmake", "versions in CMake") {
        return;
    }
    let source = empty_folder("cmake-version");
    let finds = |version: &str| {
        let project = format!(
            "cmake_minimum_required(VERSION 3.13)\nproject(version NONE)\nfind_package(tracezip {version} REQUIRED)\n"
        );
        fs::write(source.join("CMakeLists.txt"), project).unwrap();
        let mut command = Command::new("cmake");
        command.arg("-S").arg(&source).arg("-B").arg(source.join("build"));
        command.arg(format!("-Dtracezip_DIR={}", libdir().join("cmake/tracezip").display()));
        command.output().unwrap().status.success()
    };
    let next_major = format!("{}", MAJOR.parse::<u32>().unwrap() + 1);
    assert!(finds("") && finds(MAJOR) && finds(VERSION));
    assert!(!finds(&next_major) && !finds(&format!("{MAJOR}.999")));
}
