//! A bar on stderr, if that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tracezip_benches::BatchSize;

use crate::exit::Result;
use crate::files;

/// How far the bench is, in turns of codecs.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(turns: usize) -> Self {
        // A bar draws nothing where stderr is not a terminal.
        let bar = ProgressBar::new(turns as u64);
        let style = ProgressStyle::with_template("{bar:30.cyan/dim} {percent:>3} %  {elapsed}  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar }
    }

    /// A codec's turn begins.
    pub(super) fn turn(&self, corpus: &str, size: BatchSize, codec: &str) {
        self.bar.inc(1);
        let batches = match size {
            BatchSize::Recorded => "as recorded".to_string(),
            BatchSize::Spans(spans) => format!("batches of {spans}"),
        };
        self.bar.set_message(format!("{corpus}, {batches}: {codec}"));
    }

    pub(super) fn skip(&self, turns: usize) {
        self.bar.inc(turns as u64);
    }

    /// Writes to stdout above the bar.
    pub(super) fn print(&self, text: &str) -> Result<()> {
        self.bar.suspend(|| files::print(text.as_bytes()))
    }

    /// Says something about the run: in the output if that is for people, else on stderr.
    pub(super) fn note(&self, text: &str, in_output: bool) -> Result<()> {
        if in_output {
            return self.print(&format!("\n{text}\n"));
        }
        self.bar.suspend(|| files::note(text));
        Ok(())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
