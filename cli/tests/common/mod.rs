//! What the tests of the command share.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;

/// The command with these arguments.
pub(crate) fn tracezip(args: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("tracezip");
    command.args(args);
    command
}

/// What the command writes to stdout when it is given `input`; it must succeed without a word on stderr.
pub(crate) fn output_of(args: &[&str], input: &[u8]) -> Vec<u8> {
    tracezip(args).write_stdin(input).assert().success().stderr("").get_output().stdout.clone()
}

/// What it writes, as a list of JSON objects.
pub(crate) fn json_of(args: &[&str], input: &[u8]) -> Vec<serde_json::Value> {
    serde_json::from_slice(&output_of(args, input)).unwrap()
}

/// What it writes, as text.
pub(crate) fn text_of(args: &[&str], input: &[u8]) -> String {
    String::from_utf8(output_of(args, input)).unwrap()
}

/// The path of a sample.
pub(crate) fn sample_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpora").join(name).with_extension("otlp.zst")
}

/// A sample's messages with their lengths.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    zstd::decode_all(&std::fs::read(sample_path(name)).unwrap()[..]).unwrap()
}

/// The first message of a sample.
pub(crate) fn message(name: &str) -> Vec<u8> {
    let sample = sample(name);
    let length = u32::from_be_bytes(sample[..4].try_into().unwrap()) as usize;
    sample[4..4 + length].to_vec()
}

/// Two lines of OTLP JSON, a span each.
pub(crate) fn json_lines() -> Vec<u8> {
    let line = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"s"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET /","kind":2,"startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","status":{}}]}]}]}"#;
    format!("{line}\n{line}\n").into_bytes()
}
