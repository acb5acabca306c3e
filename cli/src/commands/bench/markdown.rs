//! Tables for a README: ratios by corpus, then speeds.

use tracezip_benches::{BatchSize, Row, geometric_mean};

use super::format::{count, number};
use super::table;

/// Everything.
pub(super) fn render(rows: &[Row], passes: u16) -> String {
    let codecs = columns(rows);
    let mut out = String::from("Ratio, raw bytes per compressed byte:\n\n");
    out += &header(&["corpus", "batches", "spans", "B/span raw"], &codecs);
    for (corpus, size) in groups(rows) {
        let group: Vec<&Row> = rows.iter().filter(|row| row.corpus == corpus && row.batch == size).collect();
        let (spans, raw) = (group[0].spans, group[0].raw_bytes);
        let per_span = number((spans > 0).then(|| raw as f64 / spans as f64));
        let ratios = codecs.iter().map(|codec| number(find(&group, codec).map(|row| row.ratio)));
        out += &cells([corpus, batches(size), count(spans), per_span].into_iter().chain(ratios));
    }
    out += "\nSpeed, MB of OTLP per second, geometric mean over the corpora:\n\n";
    out += &header(&["batches", "direction"], &codecs);
    for size in sizes(rows) {
        let of_size: Vec<&Row> = rows.iter().filter(|row| row.batch == size).collect();
        let speeds = |direction: &str, speed: &dyn Fn(&Row) -> Option<f64>| {
            let speeds = codecs.iter().map(|codec| number(mean(&of_size, codec, speed)));
            cells([batches(size), direction.to_string()].into_iter().chain(speeds))
        };
        out += &speeds("compress", &|row| Some(row.compress_mb_s));
        out += &speeds("decompress", &|row| row.decompress_mb_s);
    }
    out + "\n" + &table::heading(passes)
}

/// Codec and mode, in the order of the rows.
type Column = (String, &'static str);

fn columns(rows: &[Row]) -> Vec<Column> {
    unique(rows.iter().map(|row| (row.codec.clone(), row.mode)))
}

fn groups(rows: &[Row]) -> Vec<(String, BatchSize)> {
    unique(rows.iter().map(|row| (row.corpus.clone(), row.batch)))
}

fn sizes(rows: &[Row]) -> Vec<BatchSize> {
    unique(rows.iter().map(|row| row.batch))
}

fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}

fn header(names: &[&str], codecs: &[Column]) -> String {
    let own =
        codecs.iter().map(|(codec, mode)| if *mode == "stream" { format!("{codec} stream") } else { codec.clone() });
    let rule = names.iter().map(|_| "---").chain(codecs.iter().map(|_| "---:")).map(str::to_string);
    cells(names.iter().map(ToString::to_string).chain(own)) + &cells(rule)
}

fn cells(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn batches(size: BatchSize) -> String {
    match size {
        BatchSize::Recorded => "as recorded".to_string(),
        BatchSize::Spans(spans) => count(spans as u64),
    }
}

fn find<'a>(rows: &[&'a Row], column: &Column) -> Option<&'a Row> {
    rows.iter().find(|row| row.codec == column.0 && row.mode == column.1).copied()
}

fn mean(rows: &[&Row], column: &Column, speed: &dyn Fn(&Row) -> Option<f64>) -> Option<f64> {
    let own = rows.iter().filter(|row| row.codec == column.0 && row.mode == column.1);
    geometric_mean(own.map(|row| speed(row)).collect::<Option<Vec<f64>>>()?)
}
