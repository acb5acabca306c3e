//! `bench`, `inspect` and the help.
#![allow(clippy::unwrap_used)]

mod common;

use common::{json_lines, json_of, message, output_of, sample, sample_path, text_of, tracezip};
use serde_json::Value;

#[test]
fn rows_have_every_field_and_every_codec_is_exact() {
    let path = sample_path("smallreq");
    let args = ["bench", path.to_str().unwrap(), "--json", "--passes", "1", "--no-slow", "--batch", "recorded,100"];
    let rows = json_of(&args, b"");
    let codecs = |mode: &str, batch: &Value| -> Vec<String> {
        let own = rows.iter().filter(|row| row["mode"] == mode && row["batch"] == *batch);
        own.map(|row| row["codec"].as_str().unwrap().to_string()).collect()
    };
    for batch in [Value::from("recorded"), Value::from(100)] {
        let alone = ["tracezip -1", "tracezip -3", "tracezip -9", "gzip -6", "zstd -1", "zstd -3"];
        assert_eq!(codecs("self-contained", &batch), alone);
        assert_eq!(codecs("stream", &batch), ["tracezip -3", "zstd -1", "zstd -3"]);
    }
    for row in &rows {
        assert_eq!(row["corpus"], "smallreq");
        assert_eq!(row["exact"], true, "{row}");
        assert_eq!(row["spans"], 3004);
        let number = |field: &str| row[field].as_f64().unwrap();
        assert!((number("ratio") - number("raw_bytes") / number("bytes")).abs() < 1e-9);
        assert!((number("bytes_per_span") - number("bytes") / number("spans")).abs() < 1e-9);
        assert!(number("compress_mb_s") > 0.0 && number("decompress_mb_s") > 0.0);
        assert_eq!(row.as_object().unwrap().len(), 12);
    }
}

#[test]
fn the_slow_codec_and_other_levels_take_part_when_asked() {
    let args = ["bench", "--json", "--passes", "2", "--batch", "1000", "--levels", "2", "--stream-levels", "1,9"];
    let rows = json_of(&args, &message("dsb_media"));
    let names: Vec<&str> = rows.iter().map(|row| row["codec"].as_str().unwrap()).collect();
    let alone = ["tracezip -2", "gzip -6", "zstd -1", "zstd -3", "zstd -19"];
    let streams = ["tracezip -1", "tracezip -9", "zstd -1", "zstd -3", "zstd -19"];
    assert_eq!(names, [alone, streams].concat());
    assert!(rows.iter().all(|row| row["exact"] == true && row["corpus"] == "stdin" && row["batch"] == 1000));
}

#[test]
fn tables_name_corpora_batches_and_codecs() {
    let (node, python) = (sample_path("node_blog"), sample_path("python_shop"));
    let args = ["bench", node.to_str().unwrap(), python.to_str().unwrap(), "--passes", "1", "--no-slow"];
    let table = text_of(&args, b"");
    for words in [
        "node_blog: as recorded, 10 messages; 5,120 spans",
        "python_shop: 5 batches of 1,000 spans",
        "gzip -6",
        "means of 2",
    ] {
        assert!(table.contains(words), "no {words:?} in:\n{table}");
    }
    assert!(!table.contains(" NO"), "{table}");
    let markdown = text_of(&[&args[..], &["--markdown"]].concat(), b"");
    assert!(markdown.contains("| node_blog | as recorded | 5,120 |"), "{markdown}");
}

#[test]
fn giant_messages_are_tried_as_recorded_only_when_asked() {
    let giant = message("astronomy").repeat(1 + 10_000_000 / message("astronomy").len());
    let args = ["bench", "--passes", "1", "--no-slow", "--levels", "1", "--json"];
    let skipped = tracezip(&args).write_stdin(&giant[..]).assert().success();
    let note = String::from_utf8(skipped.get_output().stderr.clone()).unwrap();
    assert!(note.contains("not tried as recorded") && note.contains("10,"), "{note}");
    let rows: Vec<Value> = serde_json::from_slice(&skipped.get_output().stdout).unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["batch"] == 1000));
    let rows = json_of(&[&args[..], &["--batch", "recorded"]].concat(), &giant);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["batch"] == "recorded"));
}

#[test]
fn json_traces_are_read() {
    let rows = json_of(&["bench", "--json", "--passes", "1", "--no-slow", "--batch", "recorded"], &json_lines());
    assert!(rows.iter().all(|row| row["spans"] == 2 && row["exact"] == true));
}

#[test]
fn inspect_counts_frames_and_spans_of_traces_and_of_what_they_become() {
    let traces = sample("go_brokerage");
    for args in [&["compress"][..], &["compress", "--self-contained"]] {
        let compressed = output_of(args, &traces);
        let report = &json_of(&["inspect", "--json"], &compressed)[0];
        let frames = report["frames"].as_array().unwrap();
        assert_eq!((frames.len(), &report["spans"]), (9, &Value::from(3908)));
        let linked = frames.iter().filter(|frame| frame["linked"] == true).count();
        assert_eq!(linked, if args.len() == 1 { 8 } else { 0 });

        let fresh = &json_of(&[&["inspect", "--json"], &args[1..]].concat(), &traces)[0];
        assert_eq!((&fresh["bytes"], &fresh["spans"]), (&report["bytes"], &report["spans"]));
        assert_eq!(fresh["columns"], report["columns"]);
        assert_eq!(compressed.len() as u64, report["bytes"].as_u64().unwrap() + 4 * 9);
    }
    let text = text_of(&["inspect", "--frames"], &traces);
    assert!(text.contains("stdin: OTLP protobuf, messages with lengths") && text.contains("by column"), "{text}");
}

#[test]
fn help_has_examples_formats_and_exit_codes() {
    let help = text_of(&["--help"], b"");
    for words in ["tracezip bench traces", "big-endian", "Exit codes", "7  bench", "inspect", "stats"] {
        assert!(help.contains(words), "no {words:?} in:\n{help}");
    }
    assert!(text_of(&["compress", "--help"], b"").contains("Output format"));
    assert!(text_of(&["inspect", "--help"], b"").contains("own id"));
    assert!(text_of(&["bench", "--help"], b"").contains("bytes_per_span"));
    assert!(text_of(&["--version"], b"").starts_with("tracezip "));
}
