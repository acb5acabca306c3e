#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::super::testing::{draws, hex, noise};
use super::*;

const IDS: &str = include_str!("../drawn/java_ids.txt");
const IDS_21: &str = include_str!("../drawn/java21_ids.txt");

fn ids(text: &str) -> (Vec<u64>, Vec<Draw>) {
    let (threads, rest): (Vec<_>, Vec<_>) = text.lines().map(|line| line.split_once(' ').unwrap()).unzip();
    (threads.iter().map(|t| t.parse().unwrap()).collect(), draws(&rest.join("\n")))
}

/// Spans found: on a thread, and as the first of one.
fn found(threads: &[Java], draws: &[Draw]) -> usize {
    let mut last = vec![0; threads.len()];
    let mut threads = threads.to_vec();
    let mut count = 0;
    for draw in draws {
        let hit = threads.iter_mut().zip(&mut last).find_map(|(t, last)| {
            *last = t.find(draw.span, *last)?;
            assert_eq!(t.span_at(*last), draw.span);
            draw.trace.inspect(|&trace| assert_eq!(t.trace_at(*last), trace));
            Some(())
        });
        count += hit.is_some() as usize;
    }
    count
}

#[test]
fn all_threads_of_a_jvm_are_recognised() {
    for text in [IDS, IDS_21] {
        let (names, draws) = ids(text);
        let threads = Java::recognise(&draws);
        let mut seen: Vec<u64> = threads.iter().map(Java::thread).collect();
        let mut there = names.clone();
        seen.sort_unstable();
        // Two threads of id 0 (JDK 8 to 16) are two sequences.
        there.sort_unstable();
        there.dedup();
        if there[0] == 0 {
            there.insert(0, 0);
        }
        assert_eq!(seen, there);
        assert_eq!(found(&threads, &draws), draws.len());
    }
}

#[test]
fn the_next_span_stands_where_it_is_expected() {
    let (names, draws) = ids(IDS);
    let of_31: Vec<Draw> = names.iter().zip(&draws).filter(|(n, _)| **n == 31).map(|(_, d)| *d).collect();
    let mut thread = Java::from_first(of_31[0].span, 31);
    let mut last = (0, true);
    for draw in &of_31[1..] {
        let position = thread.expected(last, draw.trace.is_some());
        assert_eq!(thread.span_at(position), draw.span);
        last = (position, draw.trace.is_some());
    }
}

#[test]
fn holes_swaps_and_foreign_ids_do_no_harm() {
    let (_, all) = ids(IDS);
    let mut random = noise(7);
    let mut draws = Vec::new();
    for (index, draw) in all.iter().enumerate() {
        // Children only, every third one missing, a foreign one now and then.
        if index % 3 != 0 {
            draws.push(Draw { trace: None, ..*draw });
        }
        if index % 10 == 0 {
            draws.push(Draw { start: 0, span: random(), trace: None });
        }
    }
    let foreign = all.len() / 10;
    for index in (0..draws.len() - 1).step_by(4) {
        draws.swap(index, index + 1);
    }
    let threads = Java::recognise(&draws);
    assert_eq!(threads.len(), 6);
    assert_eq!(found(&threads, &draws), draws.len() - foreign);
}

#[test]
fn a_stream_learns_threads_that_draw_now_and_then() {
    let (names, all) = ids(IDS);
    let of = |name| names.iter().zip(&all).filter(move |(n, _)| **n == name).map(|(_, d)| *d);
    let (mut busy, mut rare) = (of(1), of(107).filter(|d| d.trace.is_none()));
    let mut recogniser = Threads::default();
    for batch in 0..4 {
        let draws: Vec<Draw> = busy.by_ref().take(9).chain(rare.by_ref().take(1)).collect();
        let new: Vec<u64> = recogniser.learn(&draws).iter().map(Java::thread).collect();
        assert_eq!(new, [&[1][..], &[107], &[], &[]][batch]);
    }
}

#[test]
fn other_ids_are_not_recognised() {
    for seed in 0..200 {
        let mut random = noise(seed);
        let draws: Vec<Draw> = (0..512)
            .map(|i| Draw { start: 0, span: random(), trace: (i % 6 == 0).then(|| (random(), random())) })
            .collect();
        assert_eq!(Java::recognise(&draws), []);
    }
    let counted: Vec<Draw> = (1..500).map(|span| Draw { start: 0, span, trace: None }).collect();
    assert_eq!(Java::recognise(&counted), []);
    let same = [Draw { start: 0, span: 5, trace: Some((5, 5)) }; 99];
    assert_eq!(Java::recognise(&same), []);
    assert_eq!(Java::recognise(&draws(include_str!("../drawn/v8_ids.txt"))), []);
    assert_eq!(Java::recognise(&[]), []);
}

#[test]
fn the_state_is_written_and_read() {
    for thread in [0, 1, 127, 128, 5_000_000, MAX_THREAD - 1] {
        let mut java = Java::from_first(hex("28a36872f6165fea"), thread);
        let mut bytes = Vec::new();
        java.put_state(&mut bytes);
        assert_eq!(Java::from_bytes(&[&bytes[..], &[9; 4]].concat()), Some((java, bytes.len())));
        for cut in 0..bytes.len() {
            assert_eq!(Java::from_bytes(&bytes[..cut]), None);
        }
    }
    // Zeros at the end, too large, and too long.
    for hostile in [&[0x80, 0][..], &[0x80, 0x80, 0x80, 0x80, 0x10], &[0xff; 10]] {
        assert_eq!(Java::from_bytes(&[&[1; 8], hostile].concat()), None);
    }
}

#[test]
fn two_ids_of_any_thread_tell_it() {
    for thread in [0, 1, 4711, 1 << 24, MAX_THREAD - 1] {
        let mut java = Java::from_first(1, thread);
        for steps in 1..=STEPS {
            assert_eq!(thread_of(unmix(java.span_at(steps)).wrapping_sub(unmix(1))), Some(thread));
        }
        assert_eq!(Java::from_root(1, java.trace_at(0)), Some(java));
        assert_eq!(thread_of(unmix(java.span_at(STEPS + 1)).wrapping_sub(unmix(1))), None);
    }
    assert_eq!(Java::from_root(1, Java::from_first(1, MAX_THREAD).trace_at(0)), None);
}

#[test]
fn mixing_is_undone() {
    let mut random = noise(1);
    for _ in 0..1000 {
        let id = random();
        assert_eq!(mix(unmix(id)), id);
        assert_eq!(unmix(mix(id)), id);
    }
}
