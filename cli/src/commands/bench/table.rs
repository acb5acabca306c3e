//! The table on stdout, a group for each corpus and size of batch.

use std::fmt::Write;

use tracezip_benches::{BatchSize, Row, geometric_mean, machine, zlib_version, zstd_version};

use super::format::{count, number, size};
use super::work::Batches;

/// What the figures were measured with.
pub(super) fn heading(passes: u16) -> String {
    format!(
        "tracezip {}, zstd {}, zlib {} on {}, one thread, best of {passes}\n",
        tracezip::VERSION,
        zstd_version(),
        zlib_version(),
        machine()
    )
}

/// The rows of one corpus in batches of one size.
pub(super) fn group(rows: &[Row], batched: &Batches<'_>) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let batches = count(batched.batches.len() as u64);
    let cut = match first.batch {
        BatchSize::Recorded => format!("as recorded, {batches} messages"),
        BatchSize::Spans(spans) => format!("{batches} batches of {} spans", count(spans as u64)),
    };
    let capped = if batched.capped { " (the first of them)" } else { "" };
    let per_span = number((first.spans > 0).then(|| first.raw_bytes as f64 / first.spans as f64));
    let total = format!("{} spans, {}, {per_span} B/span", count(first.spans), size(first.raw_bytes));
    let mut out = format!("\n{}: {cut}{capped}; {total}\n", first.corpus);
    out += HEADER;
    for (i, row) in rows.iter().enumerate() {
        let base = baseline(rows, row.mode);
        let compress = base.map(|base| row.compress_mb_s / base.compress_mb_s);
        let decompress = base.and_then(|base| Some(row.decompress_mb_s? / base.decompress_mb_s?));
        let mode = if i > 0 && rows[i - 1].mode == row.mode { "" } else { row.mode };
        let exact = if row.exact { "yes" } else { "NO" };
        line(
            &mut out,
            mode,
            &row.codec,
            &[
                number(Some(row.ratio)),
                number(row.bytes_per_span),
                number(Some(row.compress_mb_s)),
                number(row.decompress_mb_s),
                number(compress),
                number(decompress),
                exact.to_string(),
            ],
        );
    }
    out
}

const HEADER: &str = "                                                    MB/s            x zstd -1\n  \
    mode            codec           ratio   B/span    comp  decomp      comp  decomp   exact\n";

fn line(out: &mut String, mode: &str, codec: &str, cells: &[String; 7]) {
    let [ratio, per_span, compress, decompress, times_compress, times_decompress, exact] = cells;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "  {mode:<14}  {codec:<12}  {ratio:>7}  {per_span:>7}  {compress:>6}  {decompress:>6}    {times_compress:>6}  {times_decompress:>6}   {exact:>5}"
    );
}

/// zstd -1 of the same mode.
fn baseline<'a>(rows: &'a [Row], mode: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.codec == "zstd -1" && row.mode == mode)
}

/// Geometric means over corpora, for each size of batch that more than one corpus was cut into.
pub(super) fn summary(rows: &[Row]) -> String {
    let mut out = String::new();
    let mut seen = Vec::new();
    for size in rows.iter().map(|row| row.batch) {
        if seen.contains(&size) {
            continue;
        }
        seen.push(size);
        let of_size: Vec<&Row> = rows.iter().filter(|row| row.batch == size).collect();
        let corpora = of_size.iter().filter(|row| row.codec == of_size[0].codec && row.mode == of_size[0].mode).count();
        if corpora > 1 {
            out += &means(&of_size, size, corpora);
        }
    }
    out
}

fn means(rows: &[&Row], size: BatchSize, corpora: usize) -> String {
    let cut = match size {
        BatchSize::Recorded => "as recorded".to_string(),
        BatchSize::Spans(spans) => format!("batches of {} spans", count(spans as u64)),
    };
    let mut out = format!("\nGeometric means of {corpora} corpora, {cut}\n{HEADER}");
    let one_corpus = rows.iter().take_while(|row| row.corpus == rows[0].corpus);
    let mut last_mode = "";
    for like in one_corpus {
        let mean = |value: &dyn Fn(&Row) -> Option<f64>| mean_of(rows, &like.codec, like.mode, value);
        let base = |value: &dyn Fn(&Row) -> Option<f64>| mean_of(rows, "zstd -1", like.mode, value);
        let (compress, decompress) = (|row: &Row| Some(row.compress_mb_s), |row: &Row| row.decompress_mb_s);
        let times = |own: Option<f64>, base: Option<f64>| Some(own? / base?);
        let exact = rows.iter().all(|row| row.codec != like.codec || row.mode != like.mode || row.exact);
        line(
            &mut out,
            if like.mode == last_mode { "" } else { like.mode },
            &like.codec,
            &[
                number(mean(&|row| Some(row.ratio))),
                number(mean(&|row| row.bytes_per_span)),
                number(mean(&compress)),
                number(mean(&decompress)),
                number(times(mean(&compress), base(&compress))),
                number(times(mean(&decompress), base(&decompress))),
                if exact { "yes" } else { "NO" }.to_string(),
            ],
        );
        last_mode = like.mode;
    }
    out
}

/// Mean over the corpora; nothing unless each has a value.
fn mean_of(rows: &[&Row], codec: &str, mode: &str, value: &dyn Fn(&Row) -> Option<f64>) -> Option<f64> {
    let own = rows.iter().filter(|row| row.codec == codec && row.mode == mode);
    let values: Option<Vec<f64>> = own.map(|row| value(row)).collect();
    geometric_mean(values?)
}
