//! The processes that spans come from, as far as their ids can be predicted: the sequences that each draws from.

use super::generators::{Draw, Families, Recogniser, Sequence};

/// Most bytes of sequences, and of those of one process.
pub(super) const MAX_WEIGHT: usize = 512 << 10;
/// Most sequences of one process: threads, as a rule.
pub(super) const MAX_SEQUENCES: usize = 256;

/// A sequence and where in it the process is.
#[derive(Debug)]
pub(super) struct Source {
    pub sequence: Sequence,
    /// Position of the last span found, and whether that was a root.
    pub last: (u64, bool),
    /// Encoder: whether its state was partly guessed, so that it may be found better.
    guessed: bool,
}

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    /// Its resource in the string table.
    resource: u32,
    /// The one in use last in front.
    pub sources: Vec<Source>,
    /// Encoder: spans of the last batch whose ids came from none of them.
    pub strays: u32,
}

/// All processes whose ids are predicted, the one in use last at the end.
#[derive(Debug, Default)]
pub(super) struct Processes {
    all: Vec<Process>,
}

impl Processes {
    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn weight(&self) -> usize {
        self.all.iter().map(Process::weight).sum()
    }

    pub(super) fn get(&self, resource: u32) -> Option<&Process> {
        self.all.iter().find(|process| process.resource == resource)
    }

    /// Encoder: the sequences of those draws of a process that come from none that is known.
    pub(super) fn unknown(&mut self, resource: u32, families: Families, mut draws: Vec<Draw>) -> Vec<Sequence> {
        if let Some(process) = self.all.iter_mut().find(|process| process.resource == resource) {
            if process.sources.iter().any(|source| source.guessed) {
                let mut found = Sequence::recognise(families, &draws);
                found.retain(Sequence::is_sure);
                process.sources.iter_mut().for_each(|source| source.guessed &= found.is_empty());
                return found;
            }
            draws.retain(|draw| {
                let mut sources = process.sources.iter_mut();
                !sources.any(|source| source.sequence.find(draw.span, source.expected(false)).is_some())
            });
        }
        let found = Sequence::recognise(families, &draws);
        if !found.is_empty() || !families.mt19937 {
            return found;
        }
        Sequence::recognise_long(&draws, &mut Recogniser::default())
    }

    /// Takes a process out, to be put back once its ids are coded.
    pub(super) fn take(&mut self, resource: u32) -> Process {
        match self.all.iter().position(|process| process.resource == resource) {
            Some(at) => self.all.remove(at),
            None => Process { resource, sources: Vec::new(), strays: 0 },
        }
    }

    /// Puts a process back as the last one in use; those that were not in use for longest are forgotten
    /// if there are too many.
    pub(super) fn put(&mut self, process: Process) {
        if process.sources.is_empty() {
            return;
        }
        self.all.push(process);
        let mut weight = self.weight();
        while weight > MAX_WEIGHT && self.all.len() > 1 {
            weight -= self.all.remove(0).weight();
        }
    }

    /// All sources, those of the process in use last first.
    pub(super) fn sources(&mut self) -> impl Iterator<Item = &mut Source> {
        self.all.iter_mut().rev().flat_map(|process| &mut process.sources)
    }
}

impl Process {
    pub(super) fn weight(&self) -> usize {
        self.sources.iter().map(|source| source.sequence.weight()).sum()
    }
}

impl Source {
    pub(super) fn new(sequence: Sequence, guessed: bool) -> Self {
        let last = sequence.start();
        Source { sequence, last, guessed }
    }

    /// Where the next span is expected.
    pub(super) fn expected(&self, root: bool) -> u64 {
        self.sequence.expected(self.last, root)
    }
}
