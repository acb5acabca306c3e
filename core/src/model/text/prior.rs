//! What the contexts of tokens know before the first string: that of a small made-up batch.

use std::sync::LazyLock;

use super::super::super::coder::{Contexts, Encoder, EncoderBuffers};
use super::token::Tokens;
use super::{KIND_KEY, KIND_VALUE, PRIMER, Text};

/// One string a line: `key=value`, or `=key` for a key itself; `~` stands for a line feed.
const SAMPLE: &str = include_str!("sample.txt");

static PRIOR: LazyLock<(Contexts, Tokens)> = LazyLock::new(train);

/// The trained contexts and where they are.
pub(super) fn tokens() -> (&'static Contexts, &'static Tokens) {
    (&PRIOR.0, &PRIOR.1)
}

fn train() -> (Contexts, Tokens) {
    let (mut contexts, mut buffers) = (Contexts::default(), EncoderBuffers::default());
    let mut text = Text::untrained(&mut contexts);
    let mut c = Encoder::new(&mut contexts, &mut buffers);
    let mut history = PRIMER.to_vec();
    let mut last: Vec<(&str, usize)> = Vec::new();
    for line in SAMPLE.lines() {
        let (key, value) = line.split_once('=').unwrap_or(("", line));
        let aligned = last.iter().rev().find(|(known, _)| *known == key).map(|(_, at)| *at);
        last.push((key, history.len()));
        let kind = if key.is_empty() { KIND_KEY } else { KIND_VALUE };
        let value = value.replace('~', "\n");
        // Cannot fail: an encoder codes any string that is short enough.
        let _ = text.code(&mut c, &mut history, kind, aligned, value.as_bytes(), usize::MAX);
    }
    let tokens = text.tokens;
    (contexts, tokens)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    /// `UPDATE=1` writes the file anew.
    #[test]
    fn the_specification_lists_the_contexts() {
        let (contexts, tokens) = super::tokens();
        let mut lines = String::from(
            "# Contexts of text tokens at the start (see text.md): age, then F[0] to F[14]; one context a line\n",
        );
        for ctx in tokens.contexts() {
            let lanes: Vec<String> = contexts.lanes(ctx).iter().map(u16::to_string).collect();
            lines += &format!("{}\n", lanes.join(","));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/model/text-tokens.csv");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &lines).unwrap();
        }
        assert!(std::fs::read_to_string(path).unwrap() == lines, "`cargo xtask spec` writes it anew");
    }
}
