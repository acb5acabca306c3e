//! `docs/guide/c.md` as its reader does it: its files in an empty folder, its commands in their order,
//! a home of its own. What it says comes out must come out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::process::Command;

use common::{empty_folder, has, root, run};

/// The blocks of code: language and text.
fn blocks(guide: &str) -> Vec<(&str, &str)> {
    guide.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
}

/// The name in a block's first line, a comment.
fn file_name(text: &str) -> Option<&str> {
    let name = text.lines().next()?.trim_start_matches(['/', '*', '#', ' ']).trim_end_matches(['*', '/', ' ']);
    name.contains('.').then_some(name)
}

#[test]
fn a_reader_gets_what_the_guide_promises() {
    if !["pkg-config", "cmake", "bash"].iter().all(|tool| has(tool, "the guide of C")) {
        return;
    }
    let guide = fs::read_to_string(root().join("docs/guide/c.md")).unwrap();
    let (home, folder) = (empty_folder("guide-home"), empty_folder("guide"));
    let (mut script, mut promised) = (String::new(), Vec::new());
    for (language, text) in blocks(&guide) {
        match language {
            "console" if text.contains("cargo xtask") => {
                script += &format!("cd '{}'\n{text}cd '{}'\n", root().display(), folder.display());
            }
            "console" => script += text,
            "text" => promised.extend(text.lines()),
            _ => fs::write(folder.join(file_name(text).expect(text)), text).unwrap(),
        }
    }
    assert!(script.contains("cargo xtask install") && promised.len() > 3, "the guide has changed its form");
    let mut reader = Command::new("bash");
    reader.args(["-euo", "pipefail", "-c", &script]).current_dir(&folder);
    // Another home for the installation, the same for Rust's own files.
    for (variable, default) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let old_home = std::env::var("HOME").unwrap_or_default();
        reader.env(variable, std::env::var(variable).unwrap_or(format!("{old_home}/{default}")));
    }
    let printed = run(reader.env("HOME", &home).env_remove("PKG_CONFIG_PATH").env_remove("LD_LIBRARY_PATH"));
    for line in promised {
        assert!(printed.lines().any(|printed| printed == line), "not printed: {line}\n{printed}");
    }
    assert!(!printed.contains("a bug"), "{printed}");
    let file = concat!(".so.", env!("CARGO_PKG_VERSION"));
    assert!(guide.contains(file), "the guide names another version than {file}");
}
