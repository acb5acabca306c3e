//! The processes that spans come from, as far as their ids can be predicted: the sequences that each draws from.

use super::NONE;
use super::generators::{Draw, Families, LaggedRecogniser, Recogniser, Sequence, Threads};

/// This part of the state may be sequences.
const SHARE: usize = 16;
/// Most sequences of one process: threads, as a rule.
pub(super) const MAX_SEQUENCES: usize = 256;

/// A sequence and where in it the process is.
#[derive(Debug)]
pub(super) struct Source {
    pub sequence: Sequence,
    /// Position of the last span found, and whether that was a root.
    pub last: (u64, bool),
    /// The shape of that span, and what tells its thread; [`NONE`] and 0 at first.
    pub shape: u32,
    pub thread: u64,
    /// Its place in the order in which the process's sources have come.
    pub number: u32,
    /// Encoder: whether it has come with the ids that are being coded.
    pub is_new: bool,
    /// Encoder: whether its state was partly guessed, so that it may be found better.
    guessed: bool,
}

/// What tells the source of a draw.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    Nothing,
    ByParent,
    ByThread,
}

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    /// What it is known by ([`key_of`](super::key_of)).
    key: u64,
    /// The one in use last in front.
    pub sources: Vec<Source>,
    /// Encoder: spans of the last batches whose ids came from none of them.
    pub strays: u32,
    /// Encoder: finds threads among those, over batches.
    threads: Threads,
}

/// All processes whose ids are predicted, the one in use last at the end.
#[derive(Debug, Default)]
pub(super) struct Processes {
    all: Vec<Process>,
    /// Most bytes of sequences, and of those of one process.
    pub max_weight: usize,
}

impl Processes {
    /// Forgets all, and takes its share of so many bytes of state from now on.
    pub(super) fn clear(&mut self, max_state: usize) {
        self.all.clear();
        self.max_weight = max_state / SHARE;
    }

    pub(super) fn weight(&self) -> usize {
        self.all.iter().map(Process::weight).sum()
    }

    pub(super) fn get(&mut self, key: u64) -> Option<&mut Process> {
        self.all.iter_mut().find(|process| process.key == key)
    }

    /// Takes a process out, to be put back once its ids are coded.
    pub(super) fn take(&mut self, key: u64) -> Process {
        match self.all.iter().position(|process| process.key == key) {
            Some(at) => self.all.remove(at),
            None => Process { key, sources: Vec::new(), strays: 0, threads: Threads::default() },
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
        while weight > self.max_weight && self.all.len() > 1 {
            weight -= self.all.remove(0).weight();
        }
    }

    pub(super) fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// All sources, those of the process in use last first.
    pub(super) fn sources(&mut self) -> impl Iterator<Item = &mut Source> {
        self.all.iter_mut().rev().flat_map(|process| &mut process.sources)
    }
}

impl Process {
    /// Encoder: the sequences of those draws that come from none that is known.
    pub(super) fn unknown(&mut self, families: Families, mut draws: Vec<Draw>) -> Vec<Sequence> {
        if self.sources.iter().any(|source| source.guessed) {
            let mut found = Sequence::recognise(families, &draws);
            found.retain(Sequence::is_sure);
            self.sources.iter_mut().for_each(|source| source.guessed &= found.is_empty());
            return found;
        }
        // Each is looked for after the one before.
        let mut last: Vec<(u64, bool)> = self.sources.iter().map(|source| source.last).collect();
        draws.retain(|draw| {
            let mut sources = self.sources.iter_mut().zip(&mut last);
            !sources.any(|(source, last)| {
                let root = draw.trace.is_some();
                let found = source.sequence.find(draw.span, source.sequence.expected(*last, root));
                *last = found.map_or(*last, |position| (position, root));
                found.is_some()
            })
        });
        let mut found = Sequence::recognise_more(families, &draws, &mut self.threads);
        if found.is_empty() && families.mt19937 {
            found = Sequence::recognise_long(&draws, &mut Recogniser::default());
        }
        if found.is_empty() && families.lagged {
            found = Sequence::recognise_lagged(&draws, &mut LaggedRecogniser::default());
        }
        found
    }

    /// Brings the source that a draw is expected to come from to the front: the one used last in its thread, or that
    /// of its parent's draw.
    pub(super) fn expect(&mut self, thread: u64, parent: u32) -> Told {
        let by = |told, found: Option<usize>| found.map(|at| (told, at));
        let by_thread = || self.sources.iter().position(|source| source.thread == thread && thread != 0);
        let by_parent = || self.sources.iter().position(|source| source.number == parent);
        match by(Told::ByThread, by_thread()).or_else(|| by(Told::ByParent, by_parent())) {
            Some((told, at)) => {
                self.sources[..=at].rotate_right(1);
                told
            }
            None => Told::Nothing,
        }
    }

    pub(super) fn weight(&self) -> usize {
        self.sources.iter().map(|source| source.sequence.weight()).sum()
    }
}

impl Source {
    pub(super) fn new(sequence: Sequence, number: u32, guessed: bool) -> Self {
        let last = sequence.start();
        Source { sequence, last, shape: NONE, thread: 0, number, is_new: true, guessed }
    }

    /// Where the next span is expected.
    pub(super) fn expected(&self, root: bool) -> u64 {
        self.sequence.expected(self.last, root)
    }
}
