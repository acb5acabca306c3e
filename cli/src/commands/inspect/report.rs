//! What `inspect` says of a file.

use std::fmt::Write;

use serde::Serialize;
use tracezip::DecompressionStats;

use super::spans;
use crate::commands::metering::{Columns, KeyReport, Keys, Kinds, advice, heading, per_cent};

/// A file.
#[derive(Serialize)]
pub(super) struct Report {
    file: String,
    kind: &'static str,
    spans: u64,
    raw_bytes: u64,
    bytes: u64,
    ratio: f64,
    bytes_per_span: Option<f64>,
    /// That traces were compressed at; a compressed file does not say.
    level: Option<u8>,
    columns: Columns,
    #[serde(flatten)]
    keys: Keys,
    /// Bytes of no key, by what they describe.
    rest: Columns,
    /// What there is to say about columns.
    advice: Vec<String>,
    frames: Vec<FrameReport>,
}

/// A frame of it.
#[derive(Serialize)]
pub(super) struct FrameReport {
    offset: usize,
    /// Coded by the model, or stored as it is.
    coded: bool,
    /// Whether it builds on the frame before.
    linked: bool,
    spans: u64,
    raw_bytes: u64,
    bytes: u64,
}

impl FrameReport {
    /// The bits are those of the frame's mark, the first byte of the format's header.
    pub(super) fn new(offset: usize, frame: &[u8], message: &[u8]) -> Self {
        let mark = frame.first().copied().unwrap_or(0);
        FrameReport {
            offset,
            coded: mark & 1 << 3 != 0,
            linked: mark & 1 << 4 != 0,
            spans: spans(message),
            raw_bytes: message.len() as u64,
            bytes: frame.len() as u64,
        }
    }
}

impl Report {
    /// Names the `top` keys that cost most.
    pub(super) fn new(
        file: String,
        kind: &Kinds,
        frames: Vec<FrameReport>,
        stats: &DecompressionStats,
        top: Option<usize>,
        with_values: bool,
    ) -> Self {
        let (spans, raw_bytes, bytes) = (stats.span_count, stats.original_size, stats.compressed_size);
        Report {
            file,
            kind: kind.name,
            spans,
            raw_bytes,
            bytes,
            ratio: if bytes > 0 { raw_bytes as f64 / bytes as f64 } else { 1.0 },
            bytes_per_span: (spans > 0).then(|| bytes as f64 / spans as f64),
            level: kind.level,
            columns: stats.columns.into(),
            keys: Keys::new(stats, top, with_values),
            rest: stats.rest.into(),
            advice: advice(stats),
            frames,
        }
    }

    /// For people.
    pub(super) fn to_text(&self, with_frames: bool) -> String {
        let mut out = format!("{}: {}\n", self.file, self.kind);
        // Writing to a string cannot fail.
        let _ = self.write_totals(&mut out).and_then(|()| self.write_columns(&mut out));
        let _ = self.write_keys(&mut out).and_then(|()| self.write_advice(&mut out));
        if with_frames {
            let _ = self.write_frames(&mut out);
        }
        out
    }

    fn write_totals(&self, out: &mut String) -> std::fmt::Result {
        let count = |is: fn(&FrameReport) -> bool| self.frames.iter().filter(|frame| is(frame)).count();
        let (alone, coded) = (count(|frame| !frame.linked), count(|frame| frame.coded));
        let all = self.frames.len();
        writeln!(
            out,
            "  frames      {all:>11}   {alone} alone, {} linked; {coded} coded, {} stored",
            all - alone,
            all - coded
        )?;
        writeln!(out, "  spans       {:>11}", self.spans)?;
        writeln!(out, "  raw         {:>11} B{}", self.raw_bytes, self.per_span(self.raw_bytes as f64))?;
        writeln!(
            out,
            "  compressed  {:>11} B{}   ratio {:.2}",
            self.bytes,
            self.per_span(self.bytes as f64),
            self.ratio
        )
    }

    fn write_columns(&self, out: &mut String) -> std::fmt::Result {
        let level = self.level.map(|level| format!(", at level {level}")).unwrap_or_default();
        writeln!(out, "  by column{level}:")?;
        for (name, bytes) in self.columns.rows() {
            let share = per_cent(bytes, self.bytes as f64);
            let bar = "#".repeat((share * 0.4).round() as usize);
            let line = format!("    {name:<10}{bytes:>11.0} B{}  {share:>5.1} %  {bar}", self.per_span(bytes));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn write_keys(&self, out: &mut String) -> std::fmt::Result {
        let Keys { keys, other_keys, other_keys_bytes } = &self.keys;
        if keys.is_empty() {
            return Ok(());
        }
        writeln!(out, "  worst keys, {} of {}:\n  {}", keys.len(), keys.len() + other_keys, heading())?;
        for key in keys {
            writeln!(out, "  {}", key.line())?;
            if let Some(value) = key.value_line() {
                writeln!(out, "{:67}{value}", "")?;
            }
        }
        let rest: f64 = self.rest.rows().iter().map(|(_, bytes)| bytes).sum();
        for (name, bytes) in [("other keys", *other_keys_bytes), ("no key: ids, times, structure", rest)] {
            writeln!(out, "  {bytes:>10.0}  {:>5.1} %  {:44}{name}", per_cent(bytes, self.bytes as f64), "")?;
        }
        Ok(())
    }

    fn write_advice(&self, out: &mut String) -> std::fmt::Result {
        let of_key = |key: &KeyReport| Some(format!("{}: {}", key.title(), key.advice.as_ref()?));
        let lines: Vec<String> = self.advice.iter().cloned().chain(self.keys.keys.iter().filter_map(of_key)).collect();
        if !lines.is_empty() {
            writeln!(out, "  what is dear, and why:")?;
        }
        lines.iter().try_for_each(|line| writeln!(out, "    {line}"))
    }

    fn write_frames(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "  frame       offset  kind             spans          raw   compressed")?;
        for (i, frame) in self.frames.iter().enumerate() {
            let link = if frame.linked { "linked" } else { "alone" };
            let body = if frame.coded { "coded" } else { "stored" };
            let kind = format!("{link}, {body}");
            let FrameReport { offset, spans, raw_bytes, bytes, .. } = frame;
            writeln!(out, "  {i:>5}  {offset:>11}  {kind:<14}  {spans:>6}  {raw_bytes:>11}  {bytes:>11}")?;
        }
        Ok(())
    }

    fn per_span(&self, bytes: f64) -> String {
        if self.spans == 0 { String::new() } else { format!("  {:>8.2} B/span", bytes / self.spans as f64) }
    }
}
