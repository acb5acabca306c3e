//! When spans and events were: a time is measured from one of those that are known already, the one that times
//! of its kind have lain nearest to.

use super::delta::DeltaEncoder;
use super::tick::{RESIDUES, Tick};
use crate::coder::{Coder, Contexts, Ctx, Signed, bit_length};

/// What a time is measured from. The numbers are part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Anchor {
    /// Start of the earliest child, or end of the latest.
    Child = 0,
    /// Of a start: the end of the sibling before. Of an end: the span's start. Of an event: the event before.
    Before = 1,
    /// The parent's start, or end; of an event: the span's start.
    Parent = 2,
    /// Start or end of the span before in the same trace; of an event: the span's end.
    Trace = 3,
    /// Start or end of the span before, of whatever trace.
    Other = 4,
}

/// Number of anchors.
pub(crate) const ANCHORS: usize = 5;

/// How much nearer than those above it an anchor must be, in 1/256 bits; the low three bits are the anchor's number, so
/// that the least of the sums tells whose it is.
pub(crate) type Handicaps = [u32; ANCHORS];
pub(crate) const STARTS: Handicaps = handicaps([0, 0, 0, 256, 256]);
pub(crate) const ENDS: Handicaps = handicaps([0, 0, 256, 256, 512]);
pub(crate) const EVENTS: Handicaps = handicaps([0; ANCHORS]);
/// That of an anchor which is not there: more than any error and handicap come to.
const ABSENT: u32 = 1 << 24;

const fn handicaps(mut bits: [u32; ANCHORS]) -> Handicaps {
    let mut anchor = 0;
    while anchor < ANCHORS {
        bits[anchor] = bits[anchor] << 3 | anchor as u32;
        anchor += 1;
    }
    bits
}

/// Numbers with an anchor that go through the contexts that all kinds share.
const SHARED: u32 = 6;

/// The times that another may be measured from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchors {
    from: [i64; ANCHORS],
    handicaps: Handicaps,
    /// What they are once they are there.
    of_kind: &'static Handicaps,
}

impl Anchors {
    /// No anchors of starts, ends or events.
    pub(crate) fn none(of_kind: &'static Handicaps) -> Self {
        Anchors { from: [0; ANCHORS], handicaps: [ABSENT; ANCHORS], of_kind }
    }

    #[inline(always)]
    pub(crate) fn with(self, anchor: Anchor, from: i64) -> Self {
        self.with_if(true, anchor, from)
    }

    /// The same of an anchor that may not be there.
    #[inline(always)]
    pub(crate) fn with_if(mut self, is_there: bool, anchor: Anchor, from: i64) -> Self {
        self.from[anchor as usize] = from;
        self.handicaps[anchor as usize] = if is_there { self.of_kind[anchor as usize] } else { ABSENT };
        self
    }
}

/// One kind of time with one anchor.
#[derive(Clone, Copy, Debug)]
struct Track {
    /// Its own contexts, once it has [`SHARED`] uses.
    own: Signed,
    uses: u32,
    /// Running mean of the distances' lengths, in 1/256 bits.
    error: u32,
}

/// What one kind of time has in common: how far it lies from each anchor.
///
/// Which anchors there are is as good as random, so nothing branches on it.
#[derive(Clone, Copy, Debug)]
struct Tracks([Track; ANCHORS]);

impl Tracks {
    const NEW: Tracks = Tracks([Track { own: Signed::NONE, uses: 0, error: 20 << 8 }; ANCHORS]);

    /// Codes a time, `zero` being what its clock counts from.
    #[inline]
    fn code<C: Coder>(
        &mut self,
        c: &mut C,
        roots: (&[Signed; ANCHORS], Ctx),
        clock: DeltaEncoder,
        anchors: &Anchors,
        (zero, time): (i64, i64),
    ) -> i64 {
        let anchor = self.nearest(anchors);
        let numbers = self.0[anchor].numbers(c, roots.0[anchor]);
        let from = anchors.from[anchor].wrapping_sub(zero);
        let time = clock.code(c, numbers, roots.1, from, time.wrapping_sub(zero)).wrapping_add(zero);
        self.learn(anchors, time);
        time
    }

    #[inline]
    fn nearest(&self, anchors: &Anchors) -> usize {
        let sums = self.0.iter().zip(&anchors.handicaps).map(|(track, handicap)| 8 * track.error + handicap);
        sums.fold(u32::MAX, u32::min) as usize & 7
    }

    #[inline]
    fn learn(&mut self, anchors: &Anchors, time: i64) {
        for (anchor, track) in self.0.iter_mut().enumerate() {
            let distance = time.wrapping_sub(anchors.from[anchor]);
            let length = bit_length((distance ^ distance >> 63) as u64);
            let error = track.error - track.error / 8 + 32 * length;
            track.error = if anchors.handicaps[anchor] == ABSENT { track.error } else { error };
        }
    }
}

impl Track {
    /// The contexts for the next number.
    #[inline]
    fn numbers<C: Coder>(&mut self, c: &mut C, root: Signed) -> Signed {
        let numbers = if self.uses < SHARED { root } else { self.own };
        self.uses = (self.uses + 1).min(SHARED + 1);
        if self.uses == SHARED {
            self.own = root.fork(c.contexts());
        }
        numbers
    }
}

/// Contexts that all times share, or begin as copies of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeRoots {
    starts: [Signed; ANCHORS],
    ends: [Signed; ANCHORS],
    unit: Ctx,
    pub suits: Ctx,
    residues: Ctx,
}

impl TimeRoots {
    pub(crate) fn new(contexts: &mut Contexts) -> Self {
        TimeRoots {
            starts: std::array::from_fn(|_| Signed::new(contexts)),
            ends: std::array::from_fn(|_| Signed::new(contexts)),
            unit: contexts.block(1),
            suits: contexts.block(1),
            residues: contexts.block(RESIDUES),
        }
    }
}

/// What the times of a family's spans have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanTimes {
    start: DeltaEncoder,
    duration: DeltaEncoder,
    starts: Tracks,
    ends: Tracks,
}

impl SpanTimes {
    /// Those of a new family: it goes on with the clock of the last one.
    pub(crate) fn after(last: Option<&SpanTimes>) -> Self {
        let (start, duration) = last.map_or_else(Default::default, |last| (last.start, last.duration));
        SpanTimes { start, duration, starts: Tracks::NEW, ends: Tracks::NEW }
    }

    /// Whether both units go on; an encoder that answers no codes them anew.
    #[inline]
    pub(crate) fn suit(&self, (start, end): (i64, i64), tick: Tick) -> bool {
        self.start.suits(start, tick) & self.duration.suits(end.wrapping_sub(start), tick)
    }

    pub(crate) fn code_units<C: Coder>(&mut self, c: &mut C, roots: &TimeRoots, (start, end): (i64, i64), tick: Tick) {
        if C::ENCODES {
            self.start.fit_with(start, tick);
            self.duration.fit_with(end.wrapping_sub(start), tick);
        }
        self.start.code_unit(c, roots.unit);
        self.duration.code_unit(c, roots.unit);
    }

    #[inline]
    pub(crate) fn code_start<C: Coder>(&mut self, c: &mut C, roots: &TimeRoots, anchors: &Anchors, start: i64) -> i64 {
        self.starts.code(c, (&roots.starts, roots.residues), self.start, anchors, (0, start))
    }

    /// Codes an end, in units of durations.
    #[inline]
    pub(crate) fn code_end<C: Coder>(
        &mut self,
        c: &mut C,
        roots: &TimeRoots,
        anchors: &Anchors,
        start: i64,
        end: i64,
    ) -> i64 {
        self.ends.code(c, (&roots.ends, roots.residues), self.duration, anchors, (start, end))
    }

    /// Whether durations are in nanoseconds.
    pub(crate) fn is_fine(&self) -> bool {
        self.duration.is_fine()
    }
}

/// The same of a family's events in spans of one family: of the first events of their spans, or of later ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventTimes {
    pub kind: EventKind,
    clock: DeltaEncoder,
    tracks: Tracks,
}

/// Which times an event goes by: those of the span and of the event, and whether it is the first.
pub(crate) type EventKind = (u32, u32, bool);

impl EventTimes {
    pub(crate) fn after(last: Option<&EventTimes>, kind: EventKind) -> Self {
        EventTimes { kind, clock: last.map_or_else(Default::default, |last| last.clock), tracks: Tracks::NEW }
    }

    /// Codes whether the unit comes anew, it if so, and the time.
    pub(crate) fn code<C: Coder>(
        &mut self,
        c: &mut C,
        roots: &TimeRoots,
        anchors: &Anchors,
        tick: Tick,
        time: i64,
    ) -> i64 {
        let refit = C::ENCODES && !self.clock.suits(time, tick);
        if c.symbol(roots.suits, refit as u32) != 0 {
            if C::ENCODES {
                self.clock.fit_with(time, tick);
            }
            self.clock.code_unit(c, roots.unit);
        }
        self.tracks.code(c, (&roots.starts, roots.residues), self.clock, anchors, (0, time))
    }
}
