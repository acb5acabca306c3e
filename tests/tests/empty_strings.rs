//! Empty strings among others: a match must not begin where the string itself does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use tracezip_tests::check::{level, self_contained};

/// A field with a length below 128.
fn field(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let mut len = body.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend_from_slice(body);
    out
}

/// A span with one attribute.
fn span(number: u64, value: &str) -> Vec<u8> {
    let id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let value = field(0x12, &field(0x0a, value.as_bytes()));
    let attribute = [field(0x0a, b"note"), value].concat();
    field(0x12, &[field(0x12, &id), field(0x2a, b"work"), field(0x4a, &attribute)].concat())
}

#[test]
fn empty_strings_do_not_upset_the_text_coder() {
    let values = ["", "first of some words", "", "second of some words, longer", ""];
    let spans: Vec<u8> = (0..400).flat_map(|i| span(i, &format!("{}{}", values[i as usize % 5], i / 20))).collect();
    let empties: Vec<u8> = (0..400)
        .flat_map(|i| {
            span(i, if i % 20 == 0 { String::new() } else { format!("words number {}", i * 7919 % 1000) }.as_str())
        })
        .collect();
    for spans in [spans, empties] {
        let otlp = field(0x0a, &field(0x12, &spans));
        for l in 1..=9 {
            let len = self_contained(&otlp, &level(l));
            assert!(len * 2 < otlp.len(), "{len} of {} bytes at level {l}", otlp.len());
        }
    }
}
