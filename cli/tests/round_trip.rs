//! What goes in comes out, whatever it is and whichever way it goes.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Write;

use common::{json_lines, message, output_of, sample, sample_path, tracezip};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Every kind of input with a name for failures; JSON apart, as it gets a note.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("raw", message("hipstershop")),
        ("raw, descending", message("relay_pygors")),
        ("with lengths", sample("python_shop")),
        ("many small", sample("smallreq")),
        ("empty", vec![]),
        ("empty messages", vec![0; 8]),
        ("garbage", (0..10_000u32).map(|i| ((i * i) >> 3) as u8).collect()),
        ("a frame", tracezip_frame()),
        ("cut short", sample("node_blog")[..100_000].to_vec()),
    ]
}

fn tracezip_frame() -> Vec<u8> {
    output_of(&["compress"], b"\x0a\x00")
}

#[test]
fn every_input_comes_back_through_pipes() {
    for (name, input) in inputs() {
        for args in [&["compress"][..], &["compress", "--self-contained", "-l", "1"], &["compress", "--level", "9"]] {
            let compressed = output_of(args, &input);
            assert!(output_of(&["decompress"], &compressed) == input, "{name}, {args:?}");
        }
    }
}

#[test]
fn every_input_comes_back_through_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (input, compressed, back) = (path("input"), path("compressed"), path("back"));
    for (name, content) in inputs() {
        fs::write(&input, &content).unwrap();
        tracezip(&["compress", &input, "-o", &compressed]).assert().success().stdout("").stderr("");
        tracezip(&["decompress", &compressed, "--output", &back]).assert().success().stdout("").stderr("");
        assert!(fs::read(&back).unwrap() == content, "{name}");
    }
}

#[test]
fn packed_inputs_come_back_unpacked_or_as_they_are() {
    let content = sample("java_orders");
    let packed = fs::read(sample_path("java_orders")).unwrap();
    for input in [&packed, &gzip(&content)] {
        assert!(output_of(&["decompress"], &output_of(&["compress"], input)) == content);
        assert!(output_of(&["decompress"], &output_of(&["compress", "--as-is"], input)) == *input);
    }
}

#[test]
fn a_dictionary_makes_small_messages_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let dictionary = folder.path().join("small.dict").to_str().unwrap().to_string();
    let small = sample_path("smallreq").to_str().unwrap().to_string();
    let train = tracezip(&["train", &small, "-o", &dictionary, "--max-size", "32"]).assert().success().stdout("");
    let note = String::from_utf8(train.get_output().stderr.clone()).unwrap();
    assert!(note.contains("small.dict: dictionary ") && note.contains(" bytes"), "{note}");
    assert!(fs::metadata(&dictionary).unwrap().len() <= 32 << 10);

    let input = sample("smallreq");
    let plain = output_of(&["compress", "--self-contained"], &input);
    let with = output_of(&["compress", "--self-contained", "--dictionary", &dictionary], &input);
    assert!(with.len() * 2 < plain.len(), "{} of {}", with.len(), plain.len());
    assert!(output_of(&["decompress", "--dictionary", &dictionary], &with) == input);
    // What is in it can be looked at.
    assert!(output_of(&["decompress", &dictionary], b"").starts_with(b"\x0a"));
    assert!(
        String::from_utf8(output_of(&["inspect", "--dictionary", &dictionary], &with)).unwrap().contains("records")
    );
    let rows = output_of(&["bench", "--dictionary", &dictionary, "--no-slow", "--passes", "1", "--json", &small], b"");
    assert!(String::from_utf8(rows).unwrap().contains("\"tracezip -3 dict\""));
}

#[test]
fn several_inputs_are_read_one_after_another() {
    let (first, second) = (sample_path("node_blog"), sample_path("python_shop"));
    let compressed = output_of(&["compress", first.to_str().unwrap(), second.to_str().unwrap()], b"");
    let expected = [sample("node_blog"), sample("python_shop")].concat();
    assert!(output_of(&["decompress"], &compressed) == expected);
}

#[test]
fn json_is_kept_as_text_or_becomes_protobuf() {
    let input = json_lines();
    let kept = tracezip(&["compress"]).write_stdin(&input[..]).assert().success();
    let note = String::from_utf8(kept.get_output().stderr.clone()).unwrap();
    assert!(note.contains("--to-protobuf"), "{note}");
    assert!(output_of(&["decompress"], &kept.get_output().stdout) == input);

    let messages = output_of(&["decompress"], &output_of(&["compress", "--to-protobuf"], &input));
    let length = u32::from_be_bytes(messages[..4].try_into().unwrap()) as usize;
    assert_eq!(messages.len(), 2 * (4 + length));
    assert!(messages.windows(5).any(|window| window == b"GET /"));
}
