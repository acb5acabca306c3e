//! A model with its contexts, and the buffers of one direction.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Dictionary;
use crate::coder::{
    COLUMNS, Contexts, Decoder, Encoder, EncoderBuffers, Ledger, Metered, MixDecoder, MixEncoder, Reader, Sections,
};
use crate::config::TracezipConfig;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::frame::{Coding, Settings, body};
use crate::limits::Budget;
use crate::model::{Model, ModelConfig};
use crate::restore::Restore;

/// States that were made, so that each has a number.
static STATES: AtomicU64 = AtomicU64::new(0);

/// What both directions keep over the batches of a stream.
#[derive(Debug)]
pub(super) struct State {
    settings: Settings,
    contexts: Contexts,
    model: Model,
    /// Whether nothing was coded since the last [`State::begin`].
    fresh: bool,
    /// Its own number, and that of the state that it was restored from last.
    number: u64,
    restored: u64,
}

impl State {
    fn new(settings: Settings) -> Self {
        let mut contexts = settings.coding.contexts();
        let model = Model::new(settings.model, &mut contexts);
        let number = STATES.fetch_add(1, Ordering::Relaxed);
        State { settings, contexts, model, fresh: true, number, restored: number }
    }

    /// A state that has begun so.
    fn begun(settings: Settings, dictionary: Option<&State>) -> Self {
        let mut state = State::new(settings);
        state.fresh = dictionary.is_none();
        state.begin(settings, dictionary);
        state
    }

    /// Begins anew: with what the state of a dictionary holds, which the settings name, or with nothing.
    fn begin(&mut self, settings: Settings, dictionary: Option<&State>) {
        if self.fresh && self.settings == settings {
            return;
        }
        if self.settings.coding != settings.coding {
            self.contexts = settings.coding.contexts();
        }
        self.settings = settings;
        match dictionary {
            Some(State { contexts, model, number, .. }) => {
                let again = std::mem::replace(&mut self.restored, *number) == *number;
                self.contexts.restore(contexts, again);
                self.model.restore(model, settings.model, again);
            }
            None => self.model.reset(settings.model, &mut self.contexts),
        }
        self.fresh = true;
    }

    /// A copy for this coder; an encoder finds what is in it.
    pub(super) fn made_for(&self, coding: Coding, encodes: bool) -> State {
        let mut copy = State::new(Settings { coding, ..self.settings });
        copy.contexts = self.contexts.made_for(coding == Coding::Mixed);
        copy.model.restore(&self.model, self.settings.model, false);
        if encodes {
            copy.model.index_all();
        }
        copy
    }

    /// Bytes held.
    pub(super) fn weight(&self) -> usize {
        self.model.weight(&self.contexts)
    }

    /// Drops what has grown above the limit, in both directions at the same frames.
    fn bound(&mut self) {
        if self.weight() > self.settings.model.max_state / 2 {
            let old = std::mem::replace(self, State::new(self.settings));
            // The counter of the frame that has just ended is still to be asked for.
            self.model.spans = old.model.spans;
            self.model.inherit(old.model);
            // What it has inherited is for `begin` to forget.
            self.fresh = false;
        }
    }
}

/// What one batch has come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coded {
    pub spans: u64,
    pub deduped: u64,
    /// Bytes of the sections by what they describe; only if that is metered.
    pub columns: Option<[f64; COLUMNS]>,
}

#[derive(Debug)]
pub(super) struct EncoderState {
    state: State,
    dictionary: Option<Dictionary>,
    level: u8,
    buffers: EncoderBuffers,
    symbols: Vec<u8>,
    metering: bool,
}

impl EncoderState {
    pub(super) fn new(config: &TracezipConfig) -> Self {
        let (level, dictionary) = (config.level(), config.dictionary().cloned());
        let (model, coding) = (ModelConfig::new(config), Coding::of_level(level));
        let settings = Settings { model, coding, dictionary: dictionary.as_ref().map(Dictionary::name) };
        let (buffers, symbols) = (EncoderBuffers::default(), Vec::new());
        let mut state = State::begun(settings, dictionary.as_ref().map(|dictionary| dictionary.state(coding, true)));
        state.model.set_effort(level);
        EncoderState { state, dictionary, level, buffers, symbols, metering: false }
    }

    /// Whether to find out what bytes describe.
    pub(super) fn set_metering(&mut self, on: bool) {
        self.metering = on;
        self.buffers.set_metering(on);
    }

    pub(super) fn reset(&mut self) {
        let settings = self.state.settings;
        self.state.begin(settings, self.dictionary.as_ref().map(|dictionary| dictionary.state(settings.coding, true)));
        self.state.model.set_effort(self.level);
    }

    pub(super) fn weight(&self) -> usize {
        self.state.weight()
    }

    /// Appends the body of `otlp` to `out`, settings first if the reader begins anew here.
    pub(super) fn encode(&mut self, otlp: &[u8], anew: bool, out: &mut Vec<u8>) -> Option<Coded> {
        let (state, start) = (&mut self.state, out.len());
        if anew {
            state.settings.write(out);
        }
        state.fresh = false;
        (state.model.spans, state.model.deduped) = (0, 0);
        let State { model, contexts, .. } = state;
        match state.settings.coding {
            Coding::Rans => {
                let mut encoder = Encoder::new(contexts, &mut self.buffers);
                model.request(&mut encoder, otlp, &mut Vec::new(), usize::MAX, Budget::UNLIMITED)?;
                body::write(encoder.finish(&mut self.symbols), out);
            }
            Coding::Mixed => {
                let mut encoder = MixEncoder::new(contexts, &mut self.buffers, &mut self.symbols);
                model.request(&mut encoder, otlp, &mut Vec::new(), usize::MAX, Budget::UNLIMITED)?;
                body::write(encoder.finish(), out);
            }
        }
        let least = state.model.budget.least_body(otlp.len());
        out.resize(out.len().max(start + least), 0);
        let columns = self.metering.then(|| self.buffers.columns());
        let coded = Coded { spans: state.model.spans, deduped: state.model.deduped, columns };
        state.bound();
        state.model.set_effort(self.level);
        Some(coded)
    }
}

/// What a message may take of room beside its bytes while it is put together.
const ROOM: usize = 64;

#[derive(Debug)]
pub(super) struct DecoderState {
    state: State,
}

impl DecoderState {
    pub(super) fn new(settings: Settings, dictionary: Option<&Dictionary>) -> Self {
        let learnt = dictionary.map(|dictionary| dictionary.state(settings.coding, false));
        DecoderState { state: State::begun(settings, learnt) }
    }

    pub(super) fn reset(&mut self, settings: Settings, dictionary: Option<&Dictionary>) {
        self.state.begin(settings, dictionary.map(|dictionary| dictionary.state(settings.coding, false)));
    }

    pub(super) fn into_state(self) -> State {
        self.state
    }

    /// Spans of the last batch.
    pub(super) fn spans(&self) -> u64 {
        self.state.model.spans
    }

    /// Appends the `len` bytes that were coded into `sections`, of a body of `whole` bytes, to `otlp`; what that
    /// has cost goes into the ledger of `metering`.
    pub(super) fn decode(
        &mut self,
        sections: Sections<'_>,
        whole: usize,
        len: usize,
        otlp: &mut Vec<u8>,
        metering: Option<&mut Metering>,
    ) -> Result<()> {
        let fail = |kind, at, detail| Err(Error::new(kind, Stage::Body, at, detail));
        let Some(budget) = Budget::of_body(whole, len) else {
            return fail(ErrorKind::Truncated, 0, "the body is too short for the length that the header declares");
        };
        otlp.reserve(len + ROOM);
        let state = &mut self.state;
        state.fresh = false;
        (state.model.spans, state.model.deduped) = (0, 0);
        let start = otlp.len();
        let job = Job { state: &mut *state, sections, otlp: &mut *otlp, len, budget };
        let Done { sound, overrun, finished } = match metering {
            None => job.read(),
            Some(Metering { ledger, read }) => read(job, ledger),
        };
        let decoded = otlp.len() - start;
        if overrun {
            return fail(ErrorKind::Truncated, decoded, "the body ends too early");
        }
        if !sound {
            return fail(ErrorKind::Corrupt, decoded, "the body contradicts itself");
        }
        let padded = |padding| padding == 0 || whole == state.model.budget.least_body(len);
        if !finished.is_some_and(padded) || decoded != len {
            return fail(ErrorKind::Corrupt, decoded, "the body does not end where the original does");
        }
        state.bound();
        Ok(())
    }
}

/// A body that is to be read.
struct Job<'a> {
    state: &'a mut State,
    sections: Sections<'a>,
    otlp: &'a mut Vec<u8>,
    len: usize,
    budget: Budget,
}

/// How a reader has ended.
struct Done {
    /// Whether all that was read makes sense.
    sound: bool,
    overrun: bool,
    finished: Option<usize>,
}

/// Finds out what bodies are spent on.
#[derive(Debug)]
pub(super) struct Metering {
    pub ledger: Ledger,
    /// A pointer, so that a program that never meters does without this copy of the model.
    read: fn(Job<'_>, &mut Ledger) -> Done,
}

impl Metering {
    pub(super) fn new() -> Self {
        Metering { ledger: Ledger::default(), read: |job, ledger| job.read_metered(ledger) }
    }
}

impl Job<'_> {
    fn read(self) -> Done {
        let Job { state: State { model, contexts, settings, .. }, sections, otlp, len, budget } = self;
        match settings.coding {
            Coding::Rans => read(Decoder::new(contexts, sections), |c| model.request(c, &[], otlp, len, budget)),
            Coding::Mixed => read(MixDecoder::new(contexts, sections), |c| model.request(c, &[], otlp, len, budget)),
        }
    }

    fn read_metered(self, ledger: &mut Ledger) -> Done {
        let Job { state: State { model, contexts, settings, .. }, sections, otlp, len, budget } = self;
        match settings.coding {
            Coding::Rans => read(Decoder::new(contexts, sections), |decoder| {
                model.request(&mut Metered { decoder, ledger }, &[], otlp, len, budget)
            }),
            Coding::Mixed => read(MixDecoder::new(contexts, sections), |decoder| {
                model.request(&mut Metered { decoder, ledger }, &[], otlp, len, budget)
            }),
        }
    }
}

fn read<R: Reader>(mut reader: R, request: impl FnOnce(&mut R) -> Option<()>) -> Done {
    let sound = request(&mut reader).is_some();
    Done { sound, overrun: reader.overrun(), finished: reader.finished() }
}
