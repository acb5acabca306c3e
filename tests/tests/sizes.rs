//! `sizes.csv` holds the exact compressed size of each sample, so that a change shows its price.
//! `UPDATE=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;

use tracezip_tests::check::{self, Stream};
use tracezip_tests::corpora::{self, Corpus};

const HEAD: &str = "corpus,batch,mode,level,requests,raw_bytes,bytes\n";

fn rows(corpus: &Corpus, batch: &str, requests: &[Vec<u8>], csv: &mut String) {
    let raw: usize = requests.iter().map(Vec::len).sum();
    let mut row = |mode, level, bytes: usize| {
        writeln!(csv, "{},{batch},{mode},{level},{},{raw},{bytes}", corpus.name, requests.len()).unwrap();
    };
    for level in check::LEVELS {
        let config = check::level(level);
        row("self-contained", level, requests.iter().map(|otlp| check::self_contained(otlp, &config)).sum());
    }
    for level in check::LEVELS {
        let mut stream = Stream::new(check::level(level));
        row("stream", level, requests.iter().map(|otlp| stream.send(otlp)).sum());
    }
}

#[test]
fn sizes_are_as_written_down() {
    let mut csv = HEAD.to_owned();
    for file in corpora::samples() {
        let corpus = Corpus::read(&file);
        rows(&corpus, "recorded", &corpus.requests, &mut csv);
        rows(&corpus, "100", &corpus.rebatched(100), &mut csv);
    }
    let path = corpora::tests_dir().join("sizes.csv");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &csv).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (was, is)) in written.lines().zip(csv.lines()).enumerate() {
        assert_eq!(was, is, "line {} of tests/sizes.csv; if this is meant: cargo xtask sizes", line + 1);
    }
    assert_eq!(written.lines().count(), csv.lines().count(), "tests/sizes.csv; if this is meant: cargo xtask sizes");
}
