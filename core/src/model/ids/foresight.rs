//! What an encoder finds out about a batch before it codes it: from which processes' spans the ids can be
//! predicted, so that they may wait.

use super::generators::{Draw, Families, LaggedRecogniser, Recogniser, Sequence};
use super::order::by_begin;
use super::{Ids, NONE, Postpone};
use crate::model::index::{Index, mix};
use crate::model::request::find_head;
use crate::model::swar;
use crate::wire::otlp::{self, Level, Role};
use crate::wire::{field, request};
use xxhash_rust::xxh3::xxh3_64;

/// Most processes that are looked at in one batch, and most spans of each.
const MAX_PROCESSES: usize = 256;
const MANY: usize = 1 << 14;
/// Spans by which most families are recognised, if the resource does not state a language.
const SAMPLE: usize = 32;
/// Spans that the family takes which takes most.
const LONG: usize = 330;
/// Of processes that do not, this part of a batch is looked at, and so many bytes of any batch.
const SHARE: usize = 16;
const FREE: usize = 1 << 10;
/// Spans that are searched for ids quoted in text.
const QUOTING: usize = 8;
/// A process without a pattern is looked at again after twice as many batches as the last time, at most this many.
const PATIENCE: u32 = 64;
/// Most processes without a pattern that are remembered.
const MAX_WATCHED: usize = 1024;
/// Most of them whose ids are collected over batches, up to 256 KiB each.
const MAX_RECOGNISERS: usize = 16;

/// What was foreseen of a batch, and of which processes there is nothing to foresee.
#[derive(Debug, Default)]
pub(in crate::model) struct Foresight {
    /// The process of each `ResourceSpans`, and how many of them were coded.
    process_of: Vec<u32>,
    coded: usize,
    processes: Vec<Foreseen>,
    opaque: Vec<Opaque>,
    /// Bytes of processes without a stated language that may still be looked at in this batch.
    allowance: usize,
}

/// One process of a batch.
#[derive(Debug, Default)]
struct Foreseen {
    postpone: Postpone,
    found: Vec<Sequence>,
}

/// A process in whose ids no pattern was found so far.
#[derive(Debug, Default)]
struct Opaque {
    process: u64,
    /// Batches up to the next look, and those up to the one after that.
    wait: u32,
    patience: u32,
    /// Until both of these say that they will find nothing, every batch is looked at.
    recogniser: Recogniser,
    lagged: LaggedRecogniser,
}

/// A span as far as its ids go.
#[derive(Clone, Copy, Debug)]
struct Glance<'a> {
    message: &'a [u8],
    trace: (u64, u64),
    own: u64,
    /// Zero if it has none.
    parent: u64,
    start: i64,
}

impl Foresight {
    /// Forgets what was learnt of processes.
    pub(in crate::model) fn forget(&mut self) {
        self.opaque.clear();
    }

    /// Looks at a batch.
    pub(in crate::model) fn look(&mut self, otlp: &[u8], ids: &mut Ids) {
        self.coded = 0;
        self.processes.clear();
        self.process_of.clear();
        let mut heads: Vec<(u64, &[u8])> = Vec::new();
        let mut members: Vec<Vec<&[u8]>> = Vec::new();
        for resource_spans in request::children(Level::Request, otlp) {
            let head = find_head(resource_spans).unwrap_or_default();
            let key = key_of(head);
            let mut process = heads.iter().rposition(|(known, _)| *known == key);
            if process.is_none() && heads.len() < MAX_PROCESSES {
                process = Some(heads.len());
                heads.push((key, head));
                members.push(Vec::new());
            }
            if let Some(process) = process {
                members[process].push(resource_spans);
            }
            self.process_of.push(process.map_or(NONE, |process| process as u32));
        }
        self.allowance = FREE + otlp.len() / SHARE;
        for ((process, head), members) in heads.into_iter().zip(&members) {
            let foreseen = self.foresee(process, head, members, ids);
            self.processes.push(foreseen);
        }
        if ids.processes.any() || self.processes.iter().any(|process| process.postpone == Postpone::All) {
            self.postpone_others(&members);
        }
    }

    /// What others name of processes whose ids are predicted waits too.
    fn postpone_others(&mut self, members: &[Vec<&[u8]>]) {
        for (process, members) in self.processes.iter_mut().zip(members) {
            if process.postpone == Postpone::None && !glances(members).take(QUOTING).any(|span| span.quotes_its_ids()) {
                process.postpone = Postpone::Others;
            }
        }
    }

    /// Which ids of the `ResourceSpans` that comes next wait, and the sequences that are new with it.
    pub(in crate::model) fn next(&mut self) -> (Postpone, Vec<Sequence>) {
        let process = self.process_of.get(self.coded).and_then(|process| self.processes.get_mut(*process as usize));
        self.coded += 1;
        process.map_or_else(Default::default, |process| (process.postpone, std::mem::take(&mut process.found)))
    }

    fn foresee(&mut self, process: u64, head: &[u8], members: &[&[u8]], ids: &mut Ids) -> Foreseen {
        let language = attribute(head, b"telemetry.sdk.language");
        let families = Families::of_sdk(language, language.and_then(|_| attribute(head, b"telemetry.sdk.version")));
        if let Some(known) = ids.processes.get(process) {
            let found = if known.strays == 0 { Vec::new() } else { known.unknown(families, draws(glances(members))) };
            return Foreseen { postpone: Postpone::All, found };
        }
        let stated = language.is_some();
        let may_look = stated || self.allowance > 0;
        if !families.any() || !(may_look || families.lagged && self.collects(process)) || !self.is_due(process) {
            return Foreseen::default();
        }
        let mut opaque = self.take_opaque(process, stated, families);
        let mut found = if families.is_lagged() || !may_look {
            Vec::new()
        } else if stated {
            Self::recognise(families, &draws(glances(members)), &mut opaque.recogniser)
        } else {
            self.recognise_unstated(families, members, &mut opaque)
        };
        if found.is_empty() && families.lagged {
            found = Self::recognise_lagged(members, &mut opaque);
        }
        if found.is_empty() || glances(members).take(QUOTING).any(|span| span.quotes_its_ids()) {
            self.put_opaque(opaque);
            return Foreseen::default();
        }
        Foreseen { postpone: Postpone::All, found }
    }

    /// The sequences that a process draws from.
    fn recognise(families: Families, draws: &[Draw], recogniser: &mut Recogniser) -> Vec<Sequence> {
        let found = Sequence::recognise(families, draws);
        if found.is_empty() && families.mt19937 { Sequence::recognise_long(draws, recogniser) } else { found }
    }

    /// The same without a word about the language: a few spans must show whether it is worth looking at all.
    fn recognise_unstated(&mut self, families: Families, members: &[&[u8]], opaque: &mut Opaque) -> Vec<Sequence> {
        let some = self.draws_of(members, SAMPLE);
        if !Sequence::recognise(families, &some).is_empty() {
            return Sequence::recognise(families, &draws(glances(members)));
        }
        // The family that takes many draws has its turn when there are many, or the process comes again.
        if opaque.recogniser.is_over() || (opaque.patience == 0 && !is_long(members, LONG)) {
            return Vec::new();
        }
        let first = draws(glances(members).take(Recogniser::GATE));
        let found = Sequence::recognise_long(&first, &mut opaque.recogniser);
        if first.len() < Recogniser::GATE || (found.is_empty() && !opaque.recogniser.is_open()) {
            return found;
        }
        opaque.recogniser = Recogniser::new(true);
        Sequence::recognise_long(&draws(glances(members)), &mut opaque.recogniser)
    }

    /// The same of the family that it takes most draws to recognise: when there are so many, or the process comes again.
    fn recognise_lagged(members: &[&[u8]], opaque: &mut Opaque) -> Vec<Sequence> {
        if opaque.lagged.is_over() || (opaque.patience == 0 && !is_long(members, LaggedRecogniser::ENOUGH)) {
            return Vec::new();
        }
        Sequence::recognise_lagged(&draws(glances(members)), &mut opaque.lagged)
    }

    /// The draws of the first spans of a process, at most so many, which are paid for as long as there is anything to
    /// pay with.
    fn draws_of(&mut self, members: &[&[u8]], most: usize) -> Vec<Draw> {
        let allowance = &mut self.allowance;
        let paid = glances(members).take(most).take_while(|span| {
            let may_look = *allowance > 0;
            *allowance = allowance.saturating_sub(span.message.len());
            may_look
        });
        draws(paid)
    }

    /// Whether the ids of a process are collected, which is of use only if none are left out.
    fn collects(&self, process: u64) -> bool {
        self.opaque.iter().all(|opaque| opaque.process != process || !opaque.lagged.is_over())
    }

    /// Whether a process that has no sequences is to be looked at.
    fn is_due(&mut self, process: u64) -> bool {
        match self.opaque.iter_mut().find(|opaque| opaque.process == process) {
            Some(opaque) if opaque.wait > 0 && !opaque.is_busy() => {
                opaque.wait -= 1;
                false
            }
            _ => true,
        }
    }

    fn take_opaque(&mut self, process: u64, stated: bool, families: Families) -> Opaque {
        match self.opaque.iter().position(|opaque| opaque.process == process) {
            Some(at) => self.opaque.swap_remove(at),
            None => Opaque {
                process,
                recogniser: if families.is_lagged() { Recogniser::over() } else { Recogniser::new(stated) },
                lagged: if families.lagged { LaggedRecogniser::default() } else { LaggedRecogniser::over() },
                ..Opaque::default()
            },
        }
    }

    /// Notes that nothing was found again.
    fn put_opaque(&mut self, mut opaque: Opaque) {
        // What a recogniser keeps is bounded by how many there are.
        let busy = self.opaque.iter().filter(|opaque| opaque.is_busy()).count();
        if busy >= MAX_RECOGNISERS {
            (opaque.recogniser, opaque.lagged) = (Recogniser::over(), LaggedRecogniser::over());
        }
        opaque.patience = (2 * opaque.patience).clamp(1, PATIENCE);
        opaque.wait = opaque.patience;
        if self.opaque.len() < MAX_WATCHED {
            self.opaque.push(opaque);
        }
    }
}

impl Opaque {
    fn is_busy(&self) -> bool {
        !self.recogniser.is_over() || !self.lagged.is_over()
    }
}

impl Glance<'_> {
    /// Whether the span's text has its own ids in it, which it could not refer to if they waited.
    fn quotes_its_ids(&self) -> bool {
        // The first half of the trace id will do. Of sixteen digits, eight are one of the message's words.
        let (trace, own) = (swar::hex(self.trace.0), swar::hex(self.own));
        let quotes = |text: &[u8]| *text == trace || *text == own;
        let words = self.message.as_chunks().0;
        let is_likely = |word: &[u8; 8]| swar::like_hex(u64::from_le_bytes(*word));
        // Most messages have no such word, which is soon seen by looking at all of them at once.
        if !words.iter().fold(false, |any, word| any | is_likely(word)) {
            return false;
        }
        let mut likely = (0..words.len()).filter(|at| is_likely(&words[*at]));
        likely.any(|at| self.message[8 * at.saturating_sub(1)..].windows(16).take(9).any(quotes))
    }
}

/// Whether a process has about so many spans, going by the first of them.
fn is_long(members: &[&[u8]], spans: usize) -> bool {
    let first = members.iter().flat_map(|member| request::spans(member)).take(SAMPLE).map(<[u8]>::len);
    let (count, bytes) = first.fold((0, 0), |(count, bytes), len| (count + 1, bytes + len));
    let all: usize = members.iter().map(|member| member.len()).sum();
    all * count >= spans * bytes
}

/// What a process is known by: the sum of the hashes of its resource's attributes and other fields with a length, each
/// with tag and length, and of what follows the last of these. A sender may shuffle them.
pub(in crate::model) fn key_of(head: &[u8]) -> u64 {
    let mut rest = field::read_canonical(head, 0).map_or(head, |(_, body, end)| &head[body..end]);
    let mut key = 0u64;
    while let Some((tag, _, end)) = field::read_canonical(rest, 0)
        && tag < 0x80
        && tag & 7 == field::LEN
    {
        key = key.wrapping_add(xxh3_64(&rest[..end]));
        rest = &rest[end..];
    }
    if rest.is_empty() { key } else { key.wrapping_add(xxh3_64(rest)) }
}

/// Tag and value of each field.
fn values(message: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    field::all(message).map(|found| (found.tag, &message[found.body..found.end]))
}

/// The text of an attribute of a resource.
fn attribute<'a>(head: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let resource = values(head).next()?.1;
    values(resource).find_map(|(_, attribute)| {
        let part = |wanted| values(attribute).find(|(tag, _)| *tag == wanted).map(|(_, value)| value);
        if part(0x0a)? != key {
            return None;
        }
        Some(values(part(0x12)?).next().map_or(&[][..], |(_, text)| text))
    })
}

/// The first spans of a process.
fn glances<'a>(members: &[&'a [u8]]) -> impl Iterator<Item = Glance<'a>> {
    members.iter().flat_map(|member| request::spans(member)).filter_map(glance).take(MANY)
}

/// The draws of spans, in the order in which they were probably made.
fn draws<'a>(glances: impl Iterator<Item = Glance<'a>>) -> Vec<Draw> {
    let mut spans: Vec<Glance<'_>> = Vec::new();
    // Iterators within iterators run faster by themselves than if they are asked for each item.
    glances.for_each(|span| spans.push(span));
    let starts: Vec<i64> = spans.iter().map(|span| span.start).collect();
    let parents = || {
        let mut index = Index::default();
        spans.iter().for_each(|span| index.add(mix(0, span.own)));
        let parent = |span: &Glance<'_>| {
            let parent = index.find(mix(0, span.parent), |at| spans[at as usize].own == span.parent);
            parent.filter(|_| span.parent != 0).unwrap_or(NONE)
        };
        spans.iter().map(parent).collect::<Vec<u32>>()
    };
    let draw = |at: u32| {
        let span = &spans[at as usize];
        Draw { start: span.start, span: span.own, trace: (span.parent == 0).then_some(span.trace) }
    };
    by_begin(&starts, parents).into_iter().map(draw).collect()
}

/// A span, if its ids have the usual length.
fn glance(message: &[u8]) -> Option<Glance<'_>> {
    const TRACE: u32 = otlp::tag(Level::Span, Role::TraceId);
    const OWN: u32 = otlp::tag(Level::Span, Role::SpanId);
    const PARENT: u32 = otlp::tag(Level::Span, Role::ParentId);
    const START: u32 = otlp::tag(Level::Span, Role::Start);
    // Most spans are looked at, and nothing comes of it for many of them: here time counts. SDKs write the ids first,
    // the Collector writes them last.
    let (mut trace, rest) = field_of::<16>(TRACE, message);
    let (mut own, rest) = field_of::<8>(OWN, rest);
    let (mut parent, rest) = field_of::<8>(PARENT, rest);
    let (mut start, mut at) = (0, 0);
    while let Some((tag, body, end)) = field::read_short(rest, at) {
        at = end;
        let value = &rest[body..end];
        match tag {
            TRACE => trace = value.try_into().ok(),
            OWN => own = value.try_into().ok(),
            PARENT => parent = value.try_into().ok(),
            START => {
                start = value.try_into().map_or(0, i64::from_le_bytes);
                if own.is_some() {
                    // The fields ascend, so the parent has come too.
                    break;
                }
            }
            _ => {}
        }
    }
    let trace = u128::from_be_bytes(*trace?);
    let parent = parent.map_or(0, |parent| u64::from_be_bytes(*parent));
    Some(Glance { message, trace: ((trace >> 64) as u64, trace as u64), own: u64::from_be_bytes(*own?), parent, start })
}

/// The value of the field with this tag that a message begins with, if it has so many bytes, and what follows it.
fn field_of<const LEN: usize>(tag: u32, message: &[u8]) -> (Option<&[u8; LEN]>, &[u8]) {
    match message.split_first_chunk() {
        Some((head, rest)) if *head == [tag as u8, LEN as u8] => {
            rest.split_first_chunk().map_or((None, message), |(value, rest)| (Some(value), rest))
        }
        _ => (None, message),
    }
}
