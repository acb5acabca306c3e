//! How the tables are made: by what contexts begin with in the samples, each message by itself.

use std::collections::BTreeMap;

use super::super::dedup::Discard;
use super::super::{Model, ModelConfig};
use crate::coder::fit::{self, Beginning};
use crate::coder::{Contexts, Ctx, Prior};
use crate::config::TracezipConfig;
use crate::limits::Budget;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/corpora");

/// Symbols that a context is taken to begin with.
const BEGINNING: usize = 40;

/// Messages of a sample, at most.
const MESSAGES: usize = 200;

/// The messages of all samples.
fn samples() -> Vec<Vec<Vec<u8>>> {
    let mut files: Vec<_> = std::fs::read_dir(SAMPLES).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let files = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "zst"));
    files.map(|file| messages(&zstd::decode_all(&std::fs::read(file).unwrap()[..]).unwrap())).collect()
}

/// Each stands behind its length, four bytes.
fn messages(mut rest: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Some((len, behind)) = rest.split_first_chunk().filter(|_| messages.len() < MESSAGES) {
        let (message, behind) = behind.split_at(u32::from_be_bytes(*len) as usize);
        messages.push(message.to_vec());
        rest = behind;
    }
    messages
}

/// The table of the lean model or of the full one.
fn table(samples: &[Vec<Vec<u8>>], lean: bool) -> String {
    let config = TracezipConfig::builder().level(if lean { 1 } else { 3 }).build().unwrap();
    let config = ModelConfig::new(&config);
    let mut contexts = Contexts::default();
    let mut model = Model::new(config, &mut contexts);
    let tagged: &Prior = Box::leak(Box::new(fit::tagged(u16::MAX)));
    let mut all: BTreeMap<u16, Vec<Beginning>> = BTreeMap::new();
    for messages in samples {
        let mut of_sample: BTreeMap<u16, Vec<Beginning>> = BTreeMap::new();
        for message in messages {
            model.reset(config, &mut contexts);
            model.renew(tagged, &mut contexts);
            // Of each context, which one it comes from, and its first symbols.
            let mut begun: BTreeMap<u32, (u16, Vec<u8>)> = BTreeMap::new();
            let note = |contexts: &mut Contexts, ctx: Ctx, symbol| {
                let Some(root) = fit::tag(contexts.get(ctx)) else { return };
                let (_, symbols) = begun.entry(ctx.number()).or_insert((root, Vec::new()));
                if symbols.len() < BEGINNING {
                    symbols.push(symbol as u8);
                }
            };
            let mut c = Discard { contexts: &mut contexts, note };
            model.request(&mut c, message, &mut Vec::new(), usize::MAX, Budget::UNLIMITED).unwrap();
            for (number, (root, symbols)) in begun {
                let is_fork = number != root as u32;
                of_sample.entry(root).or_default().push(Beginning { symbols, is_fork, weight: 1.0 });
            }
        }
        for (root, mut beginnings) in of_sample {
            // A sample with many of them says more, but not so much more.
            let total: usize = beginnings.iter().map(|beginning| beginning.symbols.len()).sum();
            beginnings.iter_mut().for_each(|beginning| beginning.weight = 1.0 / (total as f64).sqrt());
            all.entry(root).or_default().append(&mut beginnings);
        }
    }
    let head = "# What contexts know at first (see spec/model/prior.md): number, age, then F[0] to F[14]; one context a line\n";
    let lines = all.into_iter().filter_map(|(root, beginnings)| fit::line(root, &beginnings));
    std::iter::once(head.to_string()).chain(lines).collect()
}

/// `UPDATE=1` writes the tables anew.
#[test]
fn the_tables_are_what_the_samples_teach() {
    let samples = samples();
    for (lean, file) in [(false, "prior.csv"), (true, "lean/prior.csv")] {
        let lines = table(&samples, lean);
        let path = format!("{}/src/model/{file}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &lines).unwrap();
        }
        assert!(std::fs::read_to_string(&path).unwrap() == lines, "{file}: `cargo xtask prior` writes it anew");
    }
}
