//! What is predicted, one file a matter.
//!
//! A request goes through [`request`] (the messages around the spans), [`message`] (spans, events,
//! links, resources, scopes), which asks [`template`] (which fields), [`ids`], [`times`] and
//! [`slots`] (values); a value that is new goes through [`value`] by its type, and text through [`text`].

mod account;
mod arrangement;
mod assemble;
mod dedup;
mod delta;
mod ids;
mod index;
mod keys;
mod lean;
mod message;
mod own;
mod parts;
mod pattern;
mod prior;
mod recognise;
mod request;
mod scan;
mod signatures;
mod slots;
mod strings;
mod swar;
mod template;
pub(crate) mod text;
mod tick;
mod times;
mod value;
mod weight;

pub use dedup::{Observation, SpanDeduplicator};
pub use delta::DeltaEncoder;
pub use strings::StringTable;

use crate::coder::{Coder, Contexts, Ctx, Number, Prior};
use crate::config::TracezipConfig;
use crate::limits::Budget;
use crate::restore::{Restore, Tracked};
use crate::wire::otlp::{self, LEVELS, Level, Role};
use arrangement::ArrangementRoots;
use assemble::Gap;
use ids::{Foresight, Ids, Postpone};
use index::Cache;
use keys::{Keys, NONE};
use lean::Lean;
use own::OwnIds;
use pattern::Patterns;
use recognise::Found;
use scan::Scan;
use signatures::Signatures;
use slots::Plan;
use template::{Place, Templates};
use text::{PRIMER, Text};
use tick::TickFinder;
use times::TimeRoots;
use value::ValueRoots;

/// Bytes that the length of the first message of a level is given room for.
const ROOM_FOR_LENGTH: usize = 2;

/// Levels that go by the [`lean`] model. A dictionary holds what the full one has learnt, and the lean one has no
/// way to do without differences and predictions.
const LEAN_BELOW: u8 = 2;

/// log2 of the entries of each cache.
const CACHE_BITS: u32 = 13;

/// Settings that both directions must share; a frame's header holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ModelConfig {
    /// Whether times and numbers are coded as differences.
    pub deltas: bool,
    /// Encoder only: whether values are predicted from earlier messages.
    pub dedup: bool,
    /// Whether spans and events go by the [`lean`] model.
    pub lean: bool,
    /// Most strings in the table.
    pub max_strings: usize,
    /// Most bytes of state.
    pub max_state: usize,
    /// Encoder only: whether ids are predicted from the generators they are drawn from.
    pub predict_ids: bool,
}

/// Everything that is learnt from one message to the next.
#[derive(Debug)]
pub(crate) struct Model {
    config: ModelConfig,
    strings: StringTable,
    keys: Keys,
    text: Text,
    /// The primer, then all text that was coded, which text refers back into.
    history: Tracked<u8>,
    patterns: Patterns,
    templates: Templates,
    lean: Lean,
    ids: Ids,
    /// Slot and cause to value; trace and key to value.
    associations: Cache,
    in_trace: Cache,
    /// Resource and scope to the shape seen there last.
    last_shapes: Cache,
    time_roots: TimeRoots,
    value_roots: ValueRoots,
    roots: Roots,
    name_keys: [u32; LEVELS],
    // Where the model stands in the request.
    resource: u32,
    scope: u32,
    trace: u32,
    own: OwnIds,
    /// Start and end of the last span, and the number of its family's times.
    last_span: (i64, i64),
    span_times: u32,
    last_event: Option<i64>,
    depth: u32,
    scratch: Vec<u8>,
    scratch_value: Vec<u8>,
    /// Decoder: where ids that wait belong.
    gaps: Vec<Gap>,
    /// Decoder: bytes that the length of the last message needed, by level.
    rooms: [usize; LEVELS],
    /// Places of messages whose order has no number, by level.
    places: [Vec<Place>; LEVELS],
    max_len: usize,
    pub(crate) budget: Budget,
    /// What is left of the budget, for the text up to the next [`Model::check`].
    room: usize,
    // What only an encoder uses.
    scans: [Scan; LEVELS],
    signatures: Signatures,
    recognised: bool,
    wanted_kinds: Vec<u32>,
    wanted_places: Vec<Place>,
    differs: Vec<u64>,
    found: Vec<Found>,
    plan: Plan,
    foresight: Foresight,
    ticks: TickFinder,
    // Counters.
    pub(crate) spans: u64,
    pub(crate) deduped: u64,
    /// Slots of the last span that were not as predicted.
    missing: u32,
}

/// Contexts of the model itself.
#[derive(Clone, Copy, Debug)]
struct Roots {
    explicit: Ctx,
    set_known: Ctx,
    set: Number,
    arrangement: ArrangementRoots,
    family: Number,
    mask: Ctx,
    has_head: Ctx,
    postpone: Ctx,
}

impl Roots {
    fn new(contexts: &mut Contexts) -> Self {
        Roots {
            explicit: contexts.block(LEVELS),
            set_known: contexts.block(1),
            set: Number::new(contexts),
            arrangement: ArrangementRoots::new(contexts),
            family: Number::new(contexts),
            mask: contexts.block(16),
            has_head: contexts.block(LEVELS),
            postpone: contexts.block(1),
        }
    }
}

impl ModelConfig {
    pub(crate) fn new(config: &TracezipConfig) -> Self {
        ModelConfig {
            deltas: config.enable_delta_encoding(),
            dedup: config.enable_dedup(),
            lean: config.level() < LEAN_BELOW
                && config.dictionary().is_none()
                && config.enable_dedup()
                && config.enable_delta_encoding(),
            max_strings: config.max_string_table_size(),
            max_state: config.max_state_bytes(),
            predict_ids: config.predict_ids(),
        }
    }
}

impl Model {
    pub(crate) fn new(config: ModelConfig, contexts: &mut Contexts) -> Self {
        let value_roots = ValueRoots::new(contexts);
        let mut model = Model {
            config,
            strings: StringTable::new(config.max_strings),
            keys: Keys::new(contexts),
            text: Text::new(contexts),
            history: PRIMER.to_vec().into(),
            patterns: Patterns::new(contexts),
            templates: Templates::new(contexts),
            lean: Lean::new(contexts),
            ids: Ids::new(contexts),
            associations: Cache::new(CACHE_BITS),
            in_trace: Cache::new(CACHE_BITS),
            last_shapes: Cache::new(CACHE_BITS),
            time_roots: TimeRoots::new(contexts),
            value_roots,
            roots: Roots::new(contexts),
            name_keys: [NONE; LEVELS],
            resource: NONE,
            scope: NONE,
            trace: NONE,
            own: OwnIds::default(),
            last_span: (0, 0),
            span_times: 0,
            last_event: None,
            depth: 0,
            scratch: Vec::new(),
            scratch_value: Vec::new(),
            gaps: Vec::new(),
            rooms: [ROOM_FOR_LENGTH; LEVELS],
            places: Default::default(),
            max_len: 0,
            budget: Budget::UNLIMITED,
            room: 0,
            scans: Default::default(),
            signatures: Signatures::default(),
            recognised: false,
            wanted_kinds: Vec::new(),
            wanted_places: Vec::new(),
            differs: Vec::new(),
            found: Vec::new(),
            plan: Plan::default(),
            foresight: Foresight::default(),
            ticks: TickFinder::default(),
            spans: 0,
            deduped: 0,
            missing: 0,
        };
        model.reset(config, contexts);
        model
    }

    /// Forgets everything; the memory is kept.
    pub(crate) fn reset(&mut self, config: ModelConfig, contexts: &mut Contexts) {
        self.config = config;
        self.text.set_lean(config.lean);
        self.strings.set_max_entries(config.max_strings);
        self.ids.forget_processes(config.max_state);
        self.foresight.forget();
        self.renew(prior::of(config.lean), contexts);
    }

    /// Begins where `from` has ended, but for its traces and processes; the memory is kept.
    /// It is `again` as [`Restore`] says.
    pub(crate) fn restore(&mut self, from: &Model, config: ModelConfig, again: bool) {
        self.config = config;
        self.strings.restore(&from.strings, again);
        self.strings.set_max_entries(config.max_strings);
        self.keys.restore(&from.keys, again);
        self.text.restore(&from.text, again);
        self.text.set_lean(config.lean);
        self.history.restore(&from.history, again);
        self.patterns.restore(&from.patterns, again);
        self.templates.restore(&from.templates, again);
        self.lean.forget();
        self.associations.restore(&from.associations, again);
        self.last_shapes.restore(&from.last_shapes, again);
        self.ids.restore(&from.ids, config.max_state, again);
        self.foresight.forget();
        self.time_roots = from.time_roots;
        self.value_roots = from.value_roots;
        self.roots = from.roots;
        self.name_keys = from.name_keys;
        self.begin();
        self.last_span = from.last_span;
    }

    /// Makes findable, for an encoder, what a decoder has added.
    pub(crate) fn index_all(&mut self) {
        self.strings.index_all();
        self.text.index_all(&self.history);
    }

    /// Takes over what `old` knows of processes, which outlives a renewal.
    pub(crate) fn inherit(&mut self, old: Model) {
        self.ids.inherit(old.ids);
        self.foresight = old.foresight;
    }

    /// Forgets everything but the processes that ids are predicted of.
    fn renew(&mut self, prior: &'static Prior, contexts: &mut Contexts) {
        contexts.begin(prior);
        self.value_roots = ValueRoots::new(contexts);
        self.time_roots = TimeRoots::new(contexts);
        self.roots = Roots::new(contexts);
        self.strings.clear();
        self.history.truncate(PRIMER.len());
        self.patterns.clear(contexts);
        self.text.reset(contexts);
        self.keys.clear(contexts);
        self.templates.clear(contexts);
        self.ids.clear(contexts);
        self.lean.clear(contexts);
        self.associations.clear();
        self.last_shapes.clear();
        self.begin();
        for level in [Level::Span, Level::Event] {
            let tag = otlp::tag(level, Role::Name);
            self.name_keys[level as usize] = self.keys.plain(contexts, &self.value_roots, level, tag);
        }
        for level in [Level::ResourceSpans, Level::ScopeSpans] {
            self.name_keys[level as usize] = self.keys.plain(contexts, &self.value_roots, level, otlp::HEAD);
        }
    }

    /// Stands before the first request.
    fn begin(&mut self) {
        self.in_trace.clear();
        self.drop_plan();
        self.gaps.clear();
        self.rooms = [ROOM_FOR_LENGTH; LEVELS];
        self.signatures.forget();
        self.resource = NONE;
        self.scope = NONE;
        self.trace = NONE;
        self.own.set((0, 0), 0, (true, true));
        self.last_span = (0, 0);
        self.span_times = 0;
        self.ticks = TickFinder::default();
        self.last_event = None;
        self.depth = 0;
    }

    /// Bytes of state, with `contexts`: near enough, and the same in both directions.
    pub(crate) fn weight(&self, contexts: &Contexts) -> usize {
        contexts.weight()
            + self.strings.weight()
            + self.keys.weight()
            + self.templates.weight()
            + self.lean.weight()
            + self.ids.weight()
            + self.associations.weight()
            + self.in_trace.weight()
            + self.last_shapes.weight()
            + self.patterns.weight()
            + (self.history.len() - PRIMER.len()) * weight::TEXT
    }

    /// How hard the encoder looks for repeated text: a compression level.
    pub(crate) fn set_effort(&mut self, level: u8) {
        self.text.set_effort(level as u32);
    }

    /// Codes a whole request. Nothing comes back if a frame is damaged or asks for more than `budget`.
    pub(crate) fn request<C: Coder>(
        &mut self,
        c: &mut C,
        request: &[u8],
        out: &mut Vec<u8>,
        max_len: usize,
        budget: Budget,
    ) -> Option<()> {
        // Messages that are being put together may stand a few bytes too far back.
        self.max_len = max_len.saturating_add(out.len() + 64);
        self.budget = budget.from(self.weight(c.contexts()));
        self.weigh(c, out)?;
        self.ids.postpone = Postpone::None;
        if C::ENCODES {
            self.signatures.prepare();
        }
        if C::ENCODES && self.config.predict_ids {
            self.foresight.look(request, &mut self.ids);
        }
        self.fields(c, Level::Request, request, out)?;
        self.settle(c, out)
    }

    /// Whether what was coded so far makes sense and is paid for. An encoder has no limit; what the state comes to
    /// at most it sees when it weighs it before it shrinks.
    #[inline(always)]
    fn check<C: Coder>(&mut self, c: &mut C, out: &[u8]) -> Option<()> {
        if C::ENCODES { Some(()) } else { self.weigh(c, out) }
    }

    fn weigh<C: Coder>(&mut self, c: &mut C, out: &[u8]) -> Option<()> {
        self.room = self.budget.left(self.weight(c.contexts()))?;
        (out.len() <= self.max_len && !c.overrun()).then_some(())
    }

    /// Bounds the state, in both directions at the same places.
    fn end_of_span<C: Coder>(&mut self, c: &mut C, out: &mut [u8]) -> Option<()> {
        // What is made on the way has been asked for; the rest of a few spans is little.
        if self.spans.is_multiple_of(16) {
            self.check(c, out)?;
        }
        if self.ids.is_full() {
            self.settle(c, out)?;
            self.ids.renew(C::ENCODES);
        }
        let due = self.spans.is_multiple_of(64);
        if due && (self.strings.is_full() || self.weight(c.contexts()) > self.config.max_state / 2) {
            self.settle(c, out)?;
            self.renew(prior::of(self.config.lean), c.contexts());
        }
        Some(())
    }
}
