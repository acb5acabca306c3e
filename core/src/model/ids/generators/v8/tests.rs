#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::super::testing::{draws, noise};
use super::*;

const IDS: &str = include_str!("../drawn/v8_ids.txt");

/// Spans found, and those found where they are expected.
fn found(v8: &mut V8, draws: &[Draw]) -> (usize, usize) {
    let (mut count, mut expected) = (0, 0);
    let mut last = v8.start();
    for draw in draws {
        let next = v8.expected(last, draw.trace.is_some());
        let Some(position) = v8.find(draw.span, next) else { continue };
        assert_eq!(v8.span_at(position), draw.span);
        draw.trace.inspect(|&trace| assert_eq!(v8.trace_at(position), trace));
        last = (position, draw.trace.is_some());
        count += 1;
        expected += (position == next) as usize;
    }
    (count, expected)
}

#[test]
fn a_process_is_recognised() {
    let all = draws(IDS);
    let [mut v8] = V8::recognise(&all).try_into().unwrap();
    // Somebody else has drawn four times.
    assert_eq!(found(&mut v8, &all), (400, 396));
    // Any part of it is recognised.
    for from in (0..360).step_by(7) {
        let part = &all[from..from + 40];
        let [mut v8] = V8::recognise(part).try_into().unwrap();
        assert!(matches!(found(&mut v8, part), (40, 39..)), "{from}");
    }
    for root in all.iter().filter(|draw| draw.trace.is_some()) {
        assert!(V8::recognise(&[*root]).len() <= 1);
    }
}

/// What is missing at the beginning, or of a trace, does not hide the rest.
#[test]
fn holes_swaps_and_foreign_ids_do_no_harm() {
    let all = draws(IDS);
    let mut random = noise(3);
    let mut some: Vec<Draw> = Vec::new();
    for (index, draw) in all.iter().enumerate() {
        if index / 12 % 3 != 1 {
            some.push(*draw);
        }
        if index % 9 == 0 {
            some.push(Draw { start: 0, span: random(), trace: None });
        }
    }
    let foreign = all.len().div_ceil(9);
    for index in (0..some.len() - 2).step_by(5) {
        some.swap(index, index + 2);
    }
    let [mut v8] = V8::recognise(&some).try_into().unwrap();
    assert_eq!(found(&mut v8, &some).0, some.len() - foreign);
}

#[test]
fn spans_in_disorder_are_recognised_by_pairs() {
    let mut children = draws(IDS);
    children.retain(|draw| draw.trace.is_none());
    // Nobody stands next to the one drawn after it.
    let disorder: Vec<Draw> = children.chunks_exact(6).flat_map(|c| [c[3], c[0], c[4], c[1], c[5], c[2]]).collect();
    let [mut v8] = V8::recognise(&disorder).try_into().unwrap();
    assert_eq!(found(&mut v8, &disorder).0, disorder.len());
}

#[test]
fn two_workers_are_two_sequences() {
    let all = draws(IDS);
    let mut other = V8::new((1 << 63 | 77, 0x0123_4567_89ab_cdef), 9, true);
    let mut last = (9, false);
    let mut both = Vec::new();
    for draw in &all {
        let position = other.expected(last, draw.trace.is_some());
        last = (position, draw.trace.is_some());
        let trace = draw.trace.map(|_| other.trace_at(position));
        both.extend([*draw, Draw { start: 0, span: other.span_at(position), trace }]);
    }
    let workers = V8::recognise(&both);
    assert_eq!(workers.len(), 2);
    assert_eq!(workers.into_iter().map(|mut v8| found(&mut v8, &both).0).sum::<usize>(), both.len());
}

#[test]
fn other_ids_are_not_recognised() {
    for seed in 0..200 {
        let mut random = noise(seed);
        let draws: Vec<Draw> = (0..512)
            .map(|i| Draw { start: 0, span: random(), trace: (i % 6 == 0).then(|| (random(), random())) })
            .collect();
        assert!(V8::recognise(&draws).is_empty());
    }
    let counted: Vec<Draw> = (0..500).map(|span| Draw { start: 0, span, trace: Some((0, span)) }).collect();
    assert!(V8::recognise(&counted).is_empty());
    assert!(V8::recognise(&[Draw { start: 0, span: 0, trace: Some((0, 0)) }; 99]).is_empty());
    let java: Vec<&str> =
        include_str!("../drawn/java_ids.txt").lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert!(V8::recognise(&draws(&java.join("\n"))).is_empty());
    assert!(V8::recognise(&[]).is_empty());
}

#[test]
fn the_state_is_written_and_read() {
    let all = draws(IDS);
    let [mut v8] = V8::recognise(&all).try_into().unwrap();
    assert_eq!(found(&mut v8, &all).0, 400);
    let mut bytes = Vec::new();
    v8.put_state(&mut bytes);
    assert_eq!(bytes.len(), 17);
    let (mut read, used) = V8::from_bytes(&[&bytes[..], &[1]].concat()).unwrap();
    assert_eq!(used, 17);
    let first = read.expected(read.start(), false);
    assert_eq!(read.span_at(first), all[0].span);
    assert_eq!(found(&mut read, &all).0, 400);
    for cut in 0..17 {
        assert!(V8::from_bytes(&bytes[..cut]).is_none());
    }
    let mut hostile = vec![63; 17];
    assert!(V8::from_bytes(&hostile).is_some());
    hostile[0] = 64;
    assert!(V8::from_bytes(&hostile).is_none());
    assert!(V8::from_bytes(&[0; 17]).is_none());
}

#[test]
fn positions_far_away_and_below_zero_are_reached_and_forgotten() {
    let mut v8 = V8::new((3, 5), 0, true);
    let near: Vec<u64> = (0..200).map(|position| v8.span_at(position)).collect();
    for away in [60_000, 60_000u64.wrapping_neg(), 1 << 15, 1u64.wrapping_neg()] {
        let far = v8.span_at(away);
        assert_eq!(v8.find(far, away.wrapping_add(3000)), Some(away));
        assert_eq!(v8.find(far, away.wrapping_sub(3000)), Some(away));
        assert_eq!(v8.find(!far, away), None);
        assert!(v8.weight() < 256 << 10);
        assert_eq!((0..200).map(|position| v8.span_at(position)).collect::<Vec<_>>(), near);
        assert_eq!(v8.find(near[77], 4000), Some(77));
    }
    // Numbers of blocks wrap around too.
    let mut v8 = V8::new((3, 5), 0, true);
    v8.first = (1 << 57) - 1;
    let ids: Vec<u64> = (0..200).map(|i| v8.span_at(((1 << 57) - 1) * BLOCK + i)).collect();
    assert_eq!(ids, near);
}

#[test]
fn a_step_is_undone() {
    let mut random = noise(5);
    for _ in 0..1000 {
        let state = (random(), random());
        assert_eq!(back(forth(state)), state);
        assert_eq!(forth(back(state)), state);
    }
}
