//! Choosing what a dictionary is made of.
//!
//! Samples are cut into pieces of a few spans. Half of a dictionary are the pieces that together hold most of
//! what comes again in others, found greedily; the other half is drawn evenly from all samples, so that what
//! frames begin with has seen how often things occur.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use xxhash_rust::xxh3::xxh3_64;

use super::{Dictionary, compress_level};
use crate::config::TracezipConfig;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::frame::Coding;
use crate::wire::otlp::{self, Level, Role};
use crate::wire::{field, request, varint};

/// Spans of a piece.
const PIECE: usize = 8;
/// Least size of a dictionary, in bytes.
const MIN_BYTES: usize = 4 << 10;
/// Most state that frames begin with, in bytes: each of them copies it.
const MAX_WEIGHT: usize = 2 << 20;
/// Most of the samples that is looked at, in bytes.
const MAX_SAMPLED: usize = 256 << 20;
/// What a field of this length or more is worth.
const LONG: usize = 64;
/// What a span costs a dictionary beside its fields: ids and times.
const SPAN_COST: usize = 32;

pub(super) fn train(samples: &[impl AsRef<[u8]>], max_bytes: usize) -> Result<Dictionary> {
    if max_bytes < MIN_BYTES {
        let detail = "a dictionary needs max_bytes of 4096 or more";
        return Err(Error::new(ErrorKind::InvalidConfig, Stage::Config, 0, detail));
    }
    let pieces = cut_all(samples)?;
    let useful = most_useful(&pieces);
    let even = evenly(pieces.len(), &useful);
    let fits = |count: usize| {
        // Half of each, or more of one where there is less of the other.
        let first = (count - (count / 2).min(even.len())).min(useful.len());
        let chosen = useful[..first].iter().chain(&even[..count - first]);
        let chosen: Vec<u8> = chosen.flat_map(|at| &pieces[*at].bytes).copied().collect();
        make(&chosen).filter(|dictionary| {
            dictionary.as_bytes().len() <= max_bytes && dictionary.state(Coding::Rans, false).weight() <= MAX_WEIGHT
        })
    };
    most(pieces.len(), fits).ok_or_else(|| {
        let detail = "the samples hold no spans, or none that a dictionary of max_bytes has room for";
        Error::new(ErrorKind::NotOtlp, Stage::Otlp, 0, detail)
    })
}

/// What `fits` makes of the greatest count that it makes something of, up to `all`, near enough.
fn most<T>(all: usize, fits: impl Fn(usize) -> Option<T>) -> Option<T> {
    let (mut enough, mut too_many, mut best) = (0, all + 1, None);
    // What is far too much takes long to try.
    let mut next = all.min(64);
    while enough < next && next < too_many && (too_many - enough) * 32 > enough {
        match fits(next) {
            Some(made) => (enough, best) = (next, Some(made)),
            None => too_many = next,
        }
        next = if too_many > all { (2 * enough).min(all) } else { (enough + too_many) / 2 };
    }
    best
}

/// The dictionary that a request makes.
fn make(request: &[u8]) -> Option<Dictionary> {
    let config = TracezipConfig::builder().level(8).predict_ids(false).build().ok()?;
    Dictionary::load(&compress_level(request, &config)).ok()
}

/// A few spans of one scope, as a request.
struct Piece {
    bytes: Vec<u8>,
    spans: usize,
    /// Hashes and lengths of its fields.
    fields: Vec<(u64, usize)>,
}

fn cut_all(samples: &[impl AsRef<[u8]>]) -> Result<Vec<Piece>> {
    let (mut pieces, mut sampled) = (Vec::new(), 0);
    for sample in samples.iter().map(AsRef::as_ref).filter(|sample| !sample.is_empty()) {
        if !request::is_plain(sample) {
            return Err(Error::new(ErrorKind::NotOtlp, Stage::Otlp, 0, "a sample is no trace request"));
        }
        if sampled + sample.len() > MAX_SAMPLED {
            break;
        }
        sampled += sample.len();
        request::children(Level::Request, sample).for_each(|resource_spans| cut(resource_spans, &mut pieces));
    }
    Ok(pieces)
}

/// Cuts a `ResourceSpans` into pieces.
fn cut(resource_spans: &[u8], pieces: &mut Vec<Piece>) {
    let (before, scopes, after) = around(Level::ResourceSpans, resource_spans);
    for scope_spans in request::children(Level::ResourceSpans, scopes) {
        let (scope_before, spans, scope_after) = around(Level::ScopeSpans, scope_spans);
        let spans: Vec<&[u8]> = request::children(Level::ScopeSpans, spans).collect();
        for spans in spans.chunks(PIECE) {
            let mut inner = scope_before.to_vec();
            spans.iter().for_each(|span| put(Level::ScopeSpans, span, &mut inner));
            inner.extend_from_slice(scope_after);
            let mut outer = before.to_vec();
            put(Level::ResourceSpans, &inner, &mut outer);
            outer.extend_from_slice(after);
            let mut bytes = Vec::new();
            put(Level::Request, &outer, &mut bytes);
            let mut fields: Vec<(u64, usize)> = spans.iter().flat_map(|span| fields(Level::Span, span)).collect();
            fields.extend([before, scope_before].map(|head| (xxh3_64(head), head.len())));
            fields.sort_unstable();
            fields.dedup();
            pieces.push(Piece { bytes, spans: spans.len(), fields });
        }
    }
}

/// What stands before the messages of the next level, from the first to the last of them, and what stands behind.
fn around(level: Level, message: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let tag = otlp::tag(level, Role::Events);
    let (mut start, mut first, mut last) = (0, None, 0);
    for found in field::all(message) {
        if found.tag == tag {
            first.get_or_insert(start);
            last = found.end;
        }
        start = found.end;
    }
    let (first, last) = first.map_or((start, start), |first| (first, last));
    (&message[..first], &message[first..last], &message[last..])
}

/// Appends a message of the next level.
fn put(level: Level, message: &[u8], out: &mut Vec<u8>) {
    varint::put(out, otlp::tag(level, Role::Events) as u64);
    varint::put(out, message.len() as u64);
    out.extend_from_slice(message);
}

/// Hashes and lengths of the fields that may come again: all but ids and times, and those of events for theirs.
fn fields(level: Level, message: &[u8]) -> Vec<(u64, usize)> {
    let (mut found, mut start) = (Vec::new(), 0);
    for field in field::all(message) {
        let bytes = &message[start..field.end];
        match otlp::role(level, field.tag) {
            Role::Name | Role::Attribute | Role::Plain => found.push((xxh3_64(bytes), bytes.len())),
            Role::Events => found.extend(fields(Level::Event, &message[field.body..field.end])),
            _ => {}
        }
        start = field.end;
    }
    found
}

/// Numbers of the pieces with fields that come again in others, those first that hold most of what those before
/// them do not hold, by what they cost.
fn most_useful(pieces: &[Piece]) -> Vec<usize> {
    let mut often: BTreeMap<u64, usize> = BTreeMap::new();
    for (hash, _) in pieces.iter().flat_map(|piece| &piece.fields) {
        *often.entry(*hash).or_default() += 1;
    }
    let mut held: BTreeSet<u64> = BTreeSet::new();
    let worth = |piece: &Piece, held: &BTreeSet<u64>| {
        let new = piece.fields.iter().filter(|(hash, _)| often[hash] > 1 && !held.contains(hash));
        let (gain, cost) = new.fold((0, 0), |(gain, cost), (hash, len)| {
            let len = (*len).min(LONG);
            (gain + len * (often[hash] - 1), cost + len / 2)
        });
        (1024 * gain as u64) / (cost + SPAN_COST * piece.spans) as u64
    };
    // What a piece is worth only falls, so one that is still the first after another look is the best.
    let mut heap: BinaryHeap<(u64, std::cmp::Reverse<usize>)> =
        pieces.iter().enumerate().map(|(at, piece)| (worth(piece, &held), std::cmp::Reverse(at))).collect();
    let mut chosen = Vec::new();
    while let Some((before, std::cmp::Reverse(at))) = heap.pop() {
        let now = worth(&pieces[at], &held);
        if now == 0 {
            continue;
        }
        if now < before {
            heap.push((now, std::cmp::Reverse(at)));
            continue;
        }
        held.extend(pieces[at].fields.iter().map(|(hash, _)| hash));
        chosen.push(at);
    }
    chosen
}

/// The numbers below `count` but for some, in an order of which every beginning is spread evenly: by the bits of
/// their place from the last to the first (van der Corput's sequence).
fn evenly(count: usize, but: &[usize]) -> Vec<usize> {
    let but: BTreeSet<usize> = but.iter().copied().collect();
    let left: Vec<usize> = (0..count).filter(|at| !but.contains(at)).collect();
    let mut order: Vec<usize> = (0..left.len()).collect();
    order.sort_by_key(|place| (*place as u64).reverse_bits());
    order.into_iter().map(|place| left[place]).collect()
}
