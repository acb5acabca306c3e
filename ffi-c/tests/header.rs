//! `include/tracezip.h` is what the sources say. `UPDATE=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use cbindgen::{Builder, Config, DocumentationLength, DocumentationStyle, Language, Style};

/// In the order of the header.
const SOURCES: [&str; 8] =
    ["result", "error", "oneshot", "dictionary", "config", "stats", "compressor", "decompressor"];

const TOP: &str = "\
/*
 * Tracezip: lossless compression of OpenTelemetry traces (OTLP). C interface.
 *
 * Every fallible call returns a tracezip_result, 0 on success. Out-parameters come last and are
 * written on success only. Buffers belong to the caller. Handles are made by _new (a dictionary by
 * _train and _load) and freed by _free; one may move between threads but is used by one at a time,
 * except for dictionaries. No call keeps a pointer to a buffer after it returns. Calls without a
 * handle may be made from any thread.
 *
 * Besides the errors that are named with each call, one with a handle of another kind gives
 * TRACEZIP_WRONG_HANDLE, and a fault of the library TRACEZIP_INTERNAL.
 *
 * Made from ffi-c/src by the test `header`; do not edit.
 */";

fn generate() -> String {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config {
        language: Language::C,
        style: Style::Type,
        header: Some(TOP.into()),
        include_guard: Some("TRACEZIP_H".into()),
        no_includes: true,
        sys_includes: vec!["stddef.h".into(), "stdint.h".into()],
        after_includes: Some(version_macros()),
        cpp_compat: true,
        usize_is_size_t: true,
        documentation: true,
        documentation_length: DocumentationLength::Full,
        documentation_style: DocumentationStyle::Doxy,
        line_length: 100,
        ..Config::default()
    };
    let builder = SOURCES.iter().fold(Builder::new().with_config(config), |builder, name| {
        builder.with_src(crate_dir.join("src").join(name).with_extension("rs"))
    });
    let mut bytes = Vec::new();
    builder.generate().expect("cbindgen reads the sources").write(&mut bytes);
    without_safety_sections(&String::from_utf8(bytes).unwrap())
}

fn version_macros() -> String {
    let parts = [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    let [major, minor, patch] = parts;
    let number = parts.iter().fold(0, |number, part| number * 100 + part.parse::<u32>().unwrap());
    format!(
        "\n/* Version of this header; that of the library is tracezip_version(). */\n\
         #define TRACEZIP_VERSION_MAJOR {major}\n\
         #define TRACEZIP_VERSION_MINOR {minor}\n\
         #define TRACEZIP_VERSION_PATCH {patch}\n\
         #define TRACEZIP_VERSION_NUMBER {number}\n\
         #define TRACEZIP_VERSION_STRING \"{}\"",
        env!("CARGO_PKG_VERSION")
    )
}

/// `# Safety` sections are for readers of the Rust sources; C has the text at the top.
fn without_safety_sections(header: &str) -> String {
    let mut out = String::new();
    let mut skipping = false;
    for line in header.lines() {
        if line.trim_start() == "* # Safety" {
            skipping = true;
            // The empty line above the section goes too.
            let kept = out.trim_end().strip_suffix('*').map_or(out.len(), |text| text.trim_end().len());
            out.truncate(kept);
            out.push('\n');
        }
        skipping &= line.trim_start() != "*/";
        if !skipping {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

#[test]
fn header_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include/tracezip.h");
    let header = generate();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &header).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == header,
        "include/tracezip.h is out of date; run: UPDATE=1 cargo test -p tracezip-ffi --test header"
    );
}

/// Who can fail says how.
#[test]
fn every_fallible_call_names_its_errors() {
    let header = generate();
    let (mut comment, mut fallible) = (String::new(), 0);
    for line in header.lines() {
        match line.trim_start() {
            "/**" => comment.clear(),
            text if text.starts_with('*') => comment += text,
            _ => {}
        }
        if line.starts_with("tracezip_result tracezip_") {
            assert!(comment.contains("Errors"), "{line}: its comment names no errors: {comment}");
            comment.clear();
            fallible += 1;
        }
    }
    assert!(fallible > 20, "{fallible}");
}
