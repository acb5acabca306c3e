//! A corpus and its batches.

use std::borrow::Cow;
use std::path::Path;

use tracezip_benches::batch::{count_spans, rebatch};
use tracezip_benches::input::{corpus_name, read_messages};
use tracezip_benches::{BatchSize, Error};

use super::format::count;
use crate::exit::{Failure, Result};
use crate::files;

/// Tiny batches of a large corpus would take minutes and show nothing new.
const MAX_BATCHES: usize = 5_000;
/// Greatest message that a sender might send.
const MAX_RECORDED: usize = 10_000_000;

/// The messages of a file.
pub(super) struct Corpus {
    pub(super) name: String,
    file: String,
    messages: Vec<Vec<u8>>,
}

/// Batches of one size.
pub(super) struct Batches<'a> {
    pub(super) batches: Cow<'a, [Vec<u8>]>,
    pub(super) spans: u64,
    /// Whether these are not all.
    pub(super) capped: bool,
}

/// Batches, or why there are none.
pub(super) enum Batched<'a> {
    Batches(Batches<'a>),
    Skipped(String),
}

impl Corpus {
    pub(super) fn read(path: &Path) -> Result<Corpus> {
        let file = files::name(path);
        let content = files::read(path)?;
        let messages = read_messages(content).map_err(|error| Failure::input(&file, &error))?;
        let name = if file == "stdin" { file.clone() } else { corpus_name(path) };
        Ok(Corpus { name, file, messages })
    }

    /// The corpus in batches of `size`. Giant recorded messages are skipped unless `asked` for.
    pub(super) fn batched(&self, size: BatchSize, asked: bool) -> Result<Batched<'_>> {
        let fail = |error: Error| Failure::input(&self.file, &error);
        let giant = self.messages.iter().map(Vec::len).max().filter(|len| *len > MAX_RECORDED);
        let batches = match (size, giant) {
            (BatchSize::Recorded, Some(len)) if !asked => {
                let message = format!(
                    "{}: not tried as recorded: a message has {} bytes, more than any sender sends (--batch recorded tries it)",
                    self.name,
                    count(len as u64)
                );
                return Ok(Batched::Skipped(message));
            }
            (BatchSize::Recorded, _) => Cow::Borrowed(self.messages.as_slice()),
            (BatchSize::Spans(spans), _) => Cow::Owned(rebatch(&self.messages, spans, MAX_BATCHES + 1).map_err(fail)?),
        };
        capped(batches, size).map(Batched::Batches).map_err(fail)
    }
}

fn capped(mut batches: Cow<'_, [Vec<u8>]>, size: BatchSize) -> std::result::Result<Batches<'_>, Error> {
    let capped = size != BatchSize::Recorded && batches.len() > MAX_BATCHES;
    if capped {
        batches.to_mut().truncate(MAX_BATCHES);
    }
    let mut spans = 0;
    for (index, batch) in batches.iter().enumerate() {
        spans += count_spans(batch).map_err(|error| Error::BadMessage {
            index,
            offset: error.offset,
            detail: error.detail,
        })?;
    }
    Ok(Batches { batches, spans, capped })
}
