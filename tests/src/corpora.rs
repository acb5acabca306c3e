//! The sample corpora of this repository, and the large ones in the folder that the environment
//! variable `TRACEZIP_CORPORA` names.

use std::path::{Path, PathBuf};

use tracezip_benches::{batch, input};

pub use crate::tests_dir;

/// Requests as a real sender wrote them.
#[derive(Debug)]
pub struct Corpus {
    /// Its file's name up to the first dot.
    pub name: String,
    /// Its requests, in order.
    pub requests: Vec<Vec<u8>>,
}

impl Corpus {
    /// Reads one file.
    pub fn read(path: &Path) -> Self {
        let content = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let requests = input::read_messages(content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Corpus { name: input::corpus_name(path), requests }
    }

    /// The same spans in requests of `size` spans.
    pub fn rebatched(&self, size: usize) -> Vec<Vec<u8>> {
        batch::rebatch(&self.requests, size, 5_000).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// The files of the sample corpora, by name.
pub fn samples() -> Vec<PathBuf> {
    files(&tests_dir().join("corpora"))
}

/// The files of the large corpora, by name; says so if there are none.
pub fn large() -> Vec<PathBuf> {
    match std::env::var_os("TRACEZIP_CORPORA") {
        Some(folder) => {
            let files = files(Path::new(&folder));
            assert!(!files.is_empty(), "there are no *.otlp.zst in TRACEZIP_CORPORA");
            files
        }
        None => {
            println!("skipped: the large corpora; TRACEZIP_CORPORA does not name their folder");
            Vec::new()
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(".otlp.zst")).collect();
    files.sort();
    files
}
