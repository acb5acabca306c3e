//! Generators that ids are drawn from: statistical ones, whose whole sequence follows from a small state.
//! An encoder finds the state; a decoder is told it, and only steps it.

mod index;
mod java;
mod lagged;
mod mt19937;
#[cfg(test)]
mod testing;
mod v8;

use java::Java;
pub(super) use java::Threads;
use lagged::Lagged;
pub(super) use lagged::Recogniser as LaggedRecogniser;
use mt19937::Mt19937;
pub(super) use mt19937::Recogniser;
use v8::V8;

/// The ids that one span drew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// When the span began.
    pub start: i64,
    /// Its span id, as a big-endian number.
    pub span: u64,
    /// Of a root, which draws its trace's id together with its own: the two halves, big-endian.
    pub trace: Option<(u64, u64)>,
}

/// A sequence of ids that follows from a small state. Positions count in the family's own unit; they are
/// those of span ids, and a root's trace id stands at a fixed distance.
trait Generator: Sized {
    /// Encoder: the sequences that these draws come from, if they are this family's. They come nearly in
    /// the order in which they were drawn, with holes and with draws of others in between.
    fn recognise(draws: &[Draw]) -> Vec<Self>;

    /// Encoder: where a span id stands, exactly, if that is not too far from `near`.
    fn find(&mut self, span: u64, near: u64) -> Option<u64>;

    /// Encoder: the same of an id that is probably another process's, so that less is spent on it.
    fn look_up(&mut self, span: u64, near: u64) -> Option<u64> {
        self.find(span, near)
    }

    /// Encoder: the half of a root's trace id that can be looked for as a span id, and how far behind that of
    /// the root it stands.
    fn trace_as_span(&self, trace: (u64, u64)) -> (u64, u64);

    /// The span id at `position`, in time that grows with the distance from the last position asked for.
    fn span_at(&mut self, position: u64) -> u64;

    /// The trace id that a root draws whose span id is at `position`.
    fn trace_at(&mut self, position: u64) -> (u64, u64);

    /// Where the span before the first one would be, and that it is no root.
    fn start(&self) -> (u64, bool);

    /// Position expected for the next span, given the last one found and whether that and the next are roots.
    fn expected(&self, last: (u64, bool), root: bool) -> u64;

    /// Appends the state.
    fn put_state(&mut self, out: &mut Vec<u8>);

    /// The state, and the bytes that it took; nothing comes back for what [`Generator::put_state`] does not write.
    fn from_bytes(bytes: &[u8]) -> Option<(Self, usize)>;

    /// Bytes held, the same in both directions.
    fn weight(&self) -> usize;
}

/// One sequence of any family.
#[derive(Debug)]
pub(in crate::model) enum Sequence {
    Java(Java),
    V8(V8),
    Mt19937(Mt19937),
    Lagged(Lagged),
}

/// Encoder: the families that come into question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Families {
    pub java: bool,
    pub v8: bool,
    pub mt19937: bool,
    pub lagged: bool,
}

impl Families {
    /// Those of an SDK, by its `telemetry.sdk.language` and `version` (OpenTelemetry semantic conventions), as far as
    /// these are known.
    pub(super) fn of_sdk(language: Option<&[u8]>, version: Option<&[u8]>) -> Families {
        let is = |name: &str| language.is_none_or(|language| language == name.as_bytes());
        // From 1.38 on Go's takes ids from `math/rand/v2`, which is cryptographic.
        let is_new = |version: &[u8]| {
            let numbers = version.split(|byte| *byte == b'.').map(|part| std::str::from_utf8(part).ok()?.parse().ok());
            numbers.ge([Some(1u32), Some(38)])
        };
        Families {
            java: is("java"),
            v8: is("nodejs") || is("webjs"),
            mt19937: is("python") || is("ruby"),
            lagged: is("go") && !(language.is_some() && version.is_some_and(is_new)),
        }
    }

    /// Whether only the last one does.
    pub(super) fn is_lagged(self) -> bool {
        self.lagged && !(self.java || self.v8 || self.mt19937)
    }

    pub(super) fn any(self) -> bool {
        self.java || self.v8 || self.mt19937 || self.lagged
    }
}

/// Bytes of the longest state.
pub(super) const MAX_STATE: usize = 4900;

/// Calls the same function of whatever family it is.
macro_rules! each {
    ($sequence:expr, $generator:ident => $call:expr) => {
        match $sequence {
            Sequence::Java($generator) => $call,
            Sequence::V8($generator) => $call,
            Sequence::Mt19937($generator) => $call,
            Sequence::Lagged($generator) => $call,
        }
    };
}

impl Sequence {
    /// Encoder: the sequences that these draws come from, going by the families that a few of them show.
    pub(super) fn recognise(families: Families, draws: &[Draw]) -> Vec<Sequence> {
        Sequence::recognise_more(families, draws, &mut Threads::default())
    }

    /// Encoder: the same of a process that has sequences already; `threads` has seen what came from none of them.
    pub(super) fn recognise_more(families: Families, draws: &[Draw], threads: &mut Threads) -> Vec<Sequence> {
        if families.java {
            let found = threads.learn(draws);
            if !found.is_empty() {
                return found.into_iter().map(Sequence::Java).collect();
            }
        }
        let found = if families.v8 { V8::recognise(draws) } else { Vec::new() };
        found.into_iter().map(Sequence::V8).collect()
    }

    /// Encoder: the same for the family that it takes many draws to recognise. `recogniser` has seen those
    /// of earlier batches.
    pub(super) fn recognise_long(draws: &[Draw], recogniser: &mut Recogniser) -> Vec<Sequence> {
        recogniser.push(draws).into_iter().map(Sequence::Mt19937).collect()
    }

    /// Encoder: the same for the family that it takes most draws to recognise.
    pub(super) fn recognise_lagged(draws: &[Draw], recogniser: &mut LaggedRecogniser) -> Vec<Sequence> {
        recogniser.push(draws).into_iter().map(Sequence::Lagged).collect()
    }

    /// Number of the family in the format.
    pub(super) fn family(&self) -> u32 {
        match self {
            Sequence::Java(_) => 0,
            Sequence::V8(_) => 1,
            Sequence::Mt19937(_) => 2,
            Sequence::Lagged(_) => 3,
        }
    }

    /// The state of a family, to its last byte.
    pub(super) fn from_bytes(family: u32, bytes: &[u8]) -> Option<Sequence> {
        let (sequence, used) = match family {
            0 => Java::from_bytes(bytes).map(|(java, used)| (Sequence::Java(java), used)),
            1 => V8::from_bytes(bytes).map(|(v8, used)| (Sequence::V8(v8), used)),
            2 => Mt19937::from_bytes(bytes).map(|(mt19937, used)| (Sequence::Mt19937(mt19937), used)),
            3 => Lagged::from_bytes(bytes).map(|(lagged, used)| (Sequence::Lagged(lagged), used)),
            _ => None,
        }?;
        (used == bytes.len()).then_some(sequence)
    }

    /// Encoder: whether nothing that matters had to be guessed.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Sequence::V8(v8) => v8.sure,
            _ => true,
        }
    }

    pub(super) fn put_state(&mut self, out: &mut Vec<u8>) {
        each!(self, generator => generator.put_state(out));
    }

    pub(super) fn find(&mut self, span: u64, near: u64) -> Option<u64> {
        each!(self, generator => generator.find(span, near))
    }

    /// Encoder: the position of an id that is probably another process's; `far` if it may be far away.
    pub(super) fn look_up(&mut self, span: u64, near: u64, far: bool) -> Option<u64> {
        each!(self, generator => if far { generator.find(span, near) } else { generator.look_up(span, near) })
    }

    /// Encoder: the same of the root that drew this trace id.
    pub(super) fn look_up_trace(&mut self, trace: (u64, u64), near: u64, far: bool) -> Option<u64> {
        let (half, behind) = each!(self, generator => generator.trace_as_span(trace));
        let position = self.look_up(half, near, far)?.wrapping_sub(behind);
        (self.trace_at(position) == trace).then_some(position)
    }

    pub(super) fn span_at(&mut self, position: u64) -> u64 {
        each!(self, generator => generator.span_at(position))
    }

    pub(super) fn trace_at(&mut self, position: u64) -> (u64, u64) {
        each!(self, generator => generator.trace_at(position))
    }

    pub(super) fn start(&self) -> (u64, bool) {
        each!(self, generator => generator.start())
    }

    pub(super) fn expected(&self, last: (u64, bool), root: bool) -> u64 {
        each!(self, generator => generator.expected(last, root))
    }

    pub(super) fn weight(&self) -> usize {
        each!(self, generator => generator.weight())
    }
}
