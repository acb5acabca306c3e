//! What `inspect` and `stats` say of keys.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::{json_of, output_of, sample, sample_path, text_of};
use serde_json::Value;

/// Twelve spans with a random token each, as OTLP JSON: `name` holds what a terminal must not get.
fn tokens(name: &str) -> Vec<u8> {
    let attribute = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let span = |i: u64| {
        let token: String = (0..4).map(|j| format!("{:016x}", splitmix(4 * i + j))).collect();
        let time = format!("2024-11-05T10:{:02}:{:02}.{:06}Z", splitmix(i) % 60, i, splitmix(i + 99) % 1_000_000);
        let attributes = [attribute(name, &token), attribute("seen.at", &time), attribute("shop", "north")].join(",");
        format!(r#"{{"name":"GET /","attributes":[{attributes}]}}"#)
    };
    let spans: Vec<String> = (1..=12).map(span).collect();
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(",")).into_bytes()
}

fn splitmix(seed: u64) -> u64 {
    let z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x7ace);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

fn sum(of: &Value, field: &str) -> f64 {
    of.as_array().unwrap().iter().map(|item| item[field].as_f64().unwrap()).sum()
}

fn columns(of: &Value) -> f64 {
    of.as_object().unwrap().values().map(|bytes| bytes.as_f64().unwrap()).sum()
}

#[test]
fn the_worst_key_is_named_with_its_reason() {
    let input = tokens("session.token");
    let text = text_of(&["inspect"], &input);
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| line.contains("worst keys")).unwrap() + 2;
    assert!(lines[first].ends_with("span session.token: hex 100 %"), "{text}");
    for words in ["span session.token: hexadecimal digits", "span seen.at: times as text", "(field)", "no key: ids"] {
        assert!(text.contains(words), "no {words:?} in:\n{text}");
    }
    assert!(!text.contains("dearest"), "values are shown only when asked for:\n{text}");
    assert!(text_of(&["inspect", "--values"], &input).contains("dearest: 2024-11-05T10:"));
    let short = text_of(&["inspect", "--top", "1"], &input);
    assert!(short.contains("worst keys, 1 of") && !short.contains("seen.at"), "{short}");
}

#[test]
fn json_has_every_key_and_adds_up() {
    let input = tokens("session.token");
    let report = &json_of(&["inspect", "--json"], &input)[0];
    let keys = &report["keys"];
    let worst = &keys[0];
    let fields: Vec<&str> = worst.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted =
        ["place", "key", "attribute", "bytes", "share", "original_bytes", "values", "new_values", "codings", "advice"];
    wanted.sort_unstable();
    let mut sorted = fields.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert_eq!(
        (&worst["place"], &worst["key"], &worst["attribute"]),
        (&"span".into(), &"session.token".into(), &true.into())
    );
    assert_eq!((&worst["values"], &worst["new_values"]), (&12.into(), &12.into()));
    assert_eq!(worst["codings"][0]["coding"], "hex");
    assert!(worst["bytes"].as_f64().unwrap() >= 12.0 * 32.0);
    let total = report["bytes"].as_f64().unwrap();
    assert!((worst["share"].as_f64().unwrap() - 100.0 * worst["bytes"].as_f64().unwrap() / total).abs() < 1e-9);
    assert!((columns(&report["columns"]) - total).abs() < 1e-3);
    assert!((sum(keys, "bytes") + columns(&report["rest"]) - total).abs() < 1e-3);

    let cut = &json_of(&["inspect", "--json", "--top", "2", "--values"], &input)[0];
    assert_eq!(cut["keys"].as_array().unwrap().len(), 2);
    assert_eq!(cut["other_keys"], keys.as_array().unwrap().len() - 2);
    let others = cut["other_keys_bytes"].as_f64().unwrap();
    assert!((sum(&cut["keys"], "bytes") + others + columns(&cut["rest"]) - total).abs() < 1e-3);
    assert_eq!(cut["keys"][0]["value"].as_str().unwrap().len(), 64);
}

#[test]
fn a_compressed_file_is_judged_by_its_own_frames() {
    let traces = sample("smallreq");
    let level = |level: &str| output_of(&["compress", "--self-contained", "--level", level], &traces);
    let (fast, small) = (level("1"), level("9"));
    let bytes = |file: &[u8]| json_of(&["inspect", "--json"], file)[0]["bytes"].as_u64().unwrap();
    assert!(bytes(&small) < bytes(&fast));
    let report = &json_of(&["inspect", "--json"], &small)[0];
    assert_eq!(report["level"], Value::Null);
    assert!((columns(&report["columns"]) - bytes(&small) as f64).abs() < 1e-3);
    let again = &json_of(&["inspect", "--json", "--self-contained", "--level", "9"], &traces)[0];
    assert_eq!((&again["keys"], &again["level"]), (&report["keys"], &9.into()));
}

#[test]
fn stats_are_one_table_over_all_files() {
    let paths = [sample_path("node_blog"), sample_path("python_shop")];
    let paths = paths.each_ref().map(|path| path.to_str().unwrap());
    let both: Value = serde_json::from_slice(&output_of(&["stats", "--json", paths[0], paths[1]], b"")).unwrap();
    let each = paths.map(|path| json_of(&["inspect", "--json", path], b"").remove(0));
    for field in ["spans", "bytes", "raw_bytes"] {
        let sum: u64 = each.iter().map(|one| one[field].as_u64().unwrap()).sum();
        assert_eq!(both[field], sum, "{field}");
    }
    let values = |report: &Value| -> f64 { sum(&report["keys"], "values") };
    assert_eq!(values(&both), each.iter().map(values).sum::<f64>());
    assert_eq!(both["files"].as_array().unwrap().len(), 2);
    assert!((sum(&both["keys"], "bytes") + columns(&both["rest"]) - both["bytes"].as_f64().unwrap()).abs() < 1e-2);

    let text = text_of(&["stats", "--top", "3", paths[0], paths[1]], b"");
    assert!(text.lines().next().unwrap().ends_with("key: coded as"), "{text}");
    let total = text.lines().last().unwrap();
    assert!(total.contains(&both["bytes"].to_string()) && total.contains("2 files, "), "{text}");
    assert!(text.contains("other keys") && text.contains("no key: ids"), "{text}");
}

#[test]
fn keys_cannot_steer_a_terminal() {
    for command in ["inspect", "stats"] {
        let text = text_of(&[command, "--values"], &tokens("\\u001b[2Jkey"));
        assert!(text.contains("\\u{1b}[2Jkey") && !text.contains('\u{1b}'), "{text}");
    }
}

const START: &str = "<!-- inspect:start -->\n";
const END: &str = "<!-- inspect:end -->\n";

/// `UPDATE=1` writes the excerpt anew.
#[test]
fn the_page_shows_real_output() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/inspect.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(START).unwrap();
    let (was, tail) = rest.split_once(END).unwrap();
    let file = "tests/corpora/nezha_onlineboutique.otlp.zst";
    let output = common::tracezip(&["inspect", "--top", "6", file])
        .current_dir(path.parent().unwrap().parent().unwrap())
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let is = format!("```console\n$ tracezip inspect --top 6 {file}\n{}```\n", String::from_utf8(output).unwrap());
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, [head, START, &is, END, tail].concat()).unwrap();
    }
    assert_eq!(was, is, "docs/inspect.md; if this is meant: cargo xtask sizes");
}
