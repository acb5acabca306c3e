//! Exit codes, and one line on stderr that says what is wrong, where.
#![allow(clippy::unwrap_used)]

mod common;

use std::process::{Command, Stdio};

use common::{message, output_of, sample, tracezip};

/// Runs the command, which must fail with `code` and one line that holds each of `words`.
fn fails(args: &[&str], input: &[u8], code: i32, words: &[&str]) {
    let assert = tracezip(args).write_stdin(input).assert().code(code).stdout("");
    let line = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    assert!(line.starts_with("tracezip: ") && line.lines().count() == 1, "{args:?}: {line}");
    for word in words {
        assert!(line.contains(word), "{args:?}: no {word:?} in: {line}");
    }
}

#[test]
fn files_that_cannot_be_read_or_written() {
    for command in ["compress", "decompress", "bench", "inspect", "stats"] {
        fails(&[command, "no/such/file"], b"", 1, &["no/such/file", "No such file"]);
    }
    fails(&["compress", "-o", "no/such/folder/out"], b"x", 1, &["no/such/folder/out"]);
}

#[test]
fn wrong_arguments() {
    for args in [
        &["compress", "--level", "10"][..],
        &["bench", "--batch", "0"],
        &["bench", "--batch", "some"],
        &["bench", "--passes", "0"],
        &["bench", "--json", "--markdown"],
        &["nonsense"],
        &[],
    ] {
        tracezip(args).assert().code(2);
    }
}

#[test]
fn inputs_of_the_wrong_kind() {
    fails(&["decompress"], b"plain text", 3, &["stdin", "not a Tracezip file"]);
    fails(&["decompress"], b"\x1f\x8b\x08\x00", 3, &["stdin", "not a Tracezip file"]);
    fails(&["decompress"], &sample("node_blog"), 3, &["not a Tracezip file"]);
    fails(&["bench"], b"plain text", 3, &["stdin", "not OTLP traces"]);
    fails(&["inspect"], b"plain text", 3, &["stdin", "not OTLP traces"]);
    fails(&["stats"], b"plain text", 3, &["stdin", "not OTLP traces"]);
    fails(&["bench"], b"{\"a\": 1}\n{", 3, &["stdin", "OTLP JSON", "line"]);
    fails(&["bench"], &sample("node_blog")[..100_000], 3, &["message 1 at byte", "only"]);
    fails(&["compress"], b"\x28\xb5\x2f\xfd broken", 3, &["stdin", "zstd", "--as-is"]);
}

#[test]
fn dictionaries_that_are_missing_or_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (dictionary, text) = (path("dict"), path("text"));
    std::fs::write(&text, "plain text").unwrap();
    tracezip(&["train", "-o", &dictionary]).write_stdin(sample("python_shop")).assert().success();
    let bare = output_of(&["compress", "--dictionary", &dictionary], &message("python_shop"));
    fails(&["decompress"], &bare, 2, &["stdin: frame 0", "dictionary is missing", "--dictionary"]);
    fails(&["compress", "--dictionary", "no/such"], b"x", 1, &["no/such"]);
    fails(&["compress", "--dictionary", &text], b"x", 3, &["as a dictionary", "not a Tracezip frame"]);
    fails(&["train", "-o", &path("out")], b"plain text", 3, &["stdin", "not OTLP traces"]);
    fails(&["train", "-o", &path("out")], b"\x0a\x00", 3, &["the samples hold no spans"]);
    fails(&["train", "-o", &path("out"), "--max-size", "3"], &sample("python_shop"), 2, &["4096"]);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn damaged_files() {
    let records = output_of(&["compress"], &sample("python_shop"));
    fails(&["decompress"], b"", 4, &["stdin", "empty"]);
    fails(&["decompress"], &records[..records.len() - 1], 4, &["cut short", "byte"]);
    let first = 4 + u32::from_be_bytes(records[..4].try_into().unwrap()) as usize;
    fails(&["decompress"], &records[first..], 4, &["frame 0 at byte 4", "out of order"]);
    let mut flipped = records.clone();
    flipped[first + 40] ^= 0x10;
    fails(&["decompress"], &flipped, 4, &["frame 1 at byte"]);
    let bare = output_of(&["compress"], &message("hipstershop"));
    fails(&["decompress"], &bare[..bare.len() - 1], 4, &["frame 0 at byte 0"]);
}

#[test]
fn newer_versions_and_limits() {
    let mut bare = output_of(&["compress"], &message("relay_pygors"));
    bare[0] |= 0xe0;
    fails(&["decompress"], &bare, 5, &["newer version", "frame 0"]);
    let records = output_of(&["compress"], &sample("relay_pygors"));
    fails(&["decompress", "--max-size", "0"], &records, 6, &["max_decoded_bytes", "--max-size"]);
}

#[test]
fn nothing_is_written_when_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut records = output_of(&["compress"], &sample("python_shop"));
    *records.last_mut().unwrap() ^= 1;
    tracezip(&["decompress", "-o", out.to_str().unwrap()]).write_stdin(records).assert().code(4);
    assert!(!out.exists());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("traces");
    std::fs::write(&path, output_of(&["compress"], &sample("relay_pygors"))).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tracezip"))
        .arg("decompress")
        .arg(&path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
