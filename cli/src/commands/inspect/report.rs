//! What `inspect` says of a file.

use std::fmt::Write;

use serde::Serialize;
use tracezip::ColumnBytes;

use super::spans;

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
    /// Of the compressor that the columns come from.
    level: u8,
    pub(super) columns: Columns,
    frames: Vec<FrameReport>,
}

/// A frame of it.
#[derive(Serialize)]
pub(super) struct FrameReport {
    offset: usize,
    /// Coded by the model, or stored as it is.
    coded: bool,
    /// Whether it builds on the frame before.
    pub(super) linked: bool,
    spans: u64,
    raw_bytes: u64,
    bytes: u64,
}

/// Compressed bytes by what they describe.
#[derive(Default, Serialize)]
pub(super) struct Columns {
    ids: f64,
    times: f64,
    strings: f64,
    numbers: f64,
    structure: f64,
}

impl From<ColumnBytes> for Columns {
    fn from(bytes: ColumnBytes) -> Self {
        let ColumnBytes { ids, times, strings, numbers, structure } = bytes;
        Columns { ids, times, strings, numbers, structure }
    }
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
    pub(super) fn new(file: String, kind: &'static str, level: u8) -> Self {
        let columns = Columns::default();
        let (spans, raw_bytes, bytes) = (0, 0, 0);
        Report { file, kind, spans, raw_bytes, bytes, ratio: 1.0, bytes_per_span: None, level, columns, frames: vec![] }
    }

    pub(super) fn add(&mut self, frame: FrameReport) {
        self.spans += frame.spans;
        self.raw_bytes += frame.raw_bytes;
        self.bytes += frame.bytes;
        self.ratio = self.raw_bytes as f64 / self.bytes.max(1) as f64;
        self.bytes_per_span = (self.spans > 0).then(|| self.bytes as f64 / self.spans as f64);
        self.frames.push(frame);
    }

    /// For people.
    pub(super) fn to_text(&self, with_frames: bool) -> String {
        let mut out = format!("{}: {}\n", self.file, self.kind);
        // Writing to a string cannot fail.
        let _ = self.write_totals(&mut out).and_then(|()| self.write_columns(&mut out));
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
        let Columns { ids, times, strings, numbers, structure } = self.columns;
        let columns =
            [("ids", ids), ("times", times), ("strings", strings), ("numbers", numbers), ("structure", structure)];
        let total: f64 = columns.iter().map(|(_, bytes)| bytes).sum();
        writeln!(out, "  by column, at level {}:", self.level)?;
        for (name, bytes) in columns {
            let share = if total > 0.0 { bytes / total } else { 0.0 };
            let bar = "#".repeat((share * 40.0).round() as usize);
            let line =
                format!("    {name:<10}{bytes:>11.0} B{}  {:>5.1} %  {bar}", self.per_span(bytes), share * 100.0);
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
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
