//! With ids that the SDKs' generators drew: `drawn`, where the programs are.

use super::super::testing::{draws, noise};
use super::*;

const LISTS: [(&str, Form); 3] = [
    (include_str!("../drawn/go_bytes.txt"), Form::GoBytes),
    (include_str!("../drawn/go_words.txt"), Form::GoWords),
    (include_str!("../drawn/mt19937_64.txt"), Form::Twister),
];

fn lock(draws: &[Draw]) -> Option<Lagged> {
    Recogniser::default().push(draws)
}

/// How many of the draws stand where they are expected, and how many are found elsewhere.
fn found(sequence: &mut Lagged, draws: &[Draw]) -> (usize, usize) {
    let (mut last, mut expected, mut elsewhere) = (sequence.start(), 0, 0);
    for draw in draws {
        let root = draw.trace.is_some();
        let near = sequence.expected(last, root);
        let Some(position) = sequence.find(draw.span, near) else { continue };
        assert_eq!(sequence.span_at(position), draw.span);
        if let Some(trace) = draw.trace {
            assert_eq!(sequence.trace_at(position), trace);
            let (half, behind) = sequence.trace_as_span(trace);
            assert_eq!(sequence.find(half, position), Some(position.wrapping_add(behind)));
        }
        *(if position == near { &mut expected } else { &mut elsewhere }) += 1;
        last = (position, root);
    }
    (expected, elsewhere)
}

#[test]
fn every_draw_stands_where_it_is_expected() {
    for (list, form) in LISTS {
        let draws = draws(list);
        let mut sequence = lock(&draws).unwrap();
        assert_eq!(sequence.form, form);
        assert_eq!(found(&mut sequence, &draws), (draws.len(), 0), "{form:?}");
        let mut state = Vec::new();
        sequence.put_state(&mut state);
        let (mut read, used) = Lagged::from_bytes(&state).unwrap();
        assert_eq!((used, found(&mut read, &draws)), (state.len(), (draws.len(), 0)), "{form:?}");
        // As seen from a later batch, whose first draw is where the first is expected.
        let mut recogniser = Recogniser::default();
        assert!(recogniser.push(&draws[..100]).is_none());
        assert!(recogniser.push(&draws[100..150]).is_none());
        let mut later = recogniser.push(&draws[150..]).unwrap();
        assert_eq!(found(&mut later, &draws[150..]), (draws.len() - 150, 0), "{form:?}");
        assert!(recogniser.is_over() && recogniser.push(&draws).is_none());
    }
}

/// Spans in another order, and draws of spans that nobody has sent.
#[test]
fn holes_and_swaps_do_no_harm() {
    let mut noise = noise(2);
    for (list, form) in LISTS {
        let mut sequence = lock(&draws(list)).unwrap();
        let span = |at| Draw { start: 0, span: sequence.span_at(at * form.span()), trace: None };
        let mut draws: Vec<Draw> = (0..3000).map(span).collect();
        (1..draws.len()).filter(|_| noise().is_multiple_of(50)).for_each(|at| draws.swap(at - 1, at));
        draws.remove(1600);
        draws.drain(2500..2520);
        let (expected, elsewhere) = found(&mut lock(&draws).unwrap(), &draws);
        assert_eq!(expected + elsewhere, draws.len(), "{form:?}");
        assert!(elsewhere * 7 < draws.len(), "{form:?}: {elsewhere}");
    }
}

#[test]
fn words_go_both_ways() {
    for (list, form) in LISTS {
        let mut sequence = lock(&draws(list)).unwrap();
        let here: Vec<u64> = (0..3000).map(|at| sequence.span_at(at)).collect();
        for far in [0u64.wrapping_sub(50_000), 60_000, 0u64.wrapping_sub(1000), 1 << 14] {
            sequence.span_at(far);
            assert!((0..3000).all(|at| sequence.span_at(at) == here[at as usize]), "{form:?}");
        }
    }
}

#[test]
fn others_are_not_recognised() {
    let mut noise = noise(1);
    let random: Vec<Draw> = (0..3000).map(|_| Draw { start: 0, span: noise(), trace: None }).collect();
    let mut recogniser = Recogniser::default();
    assert!(recogniser.push(&random[..600]).is_none() && !recogniser.is_over());
    assert!(recogniser.push(&random[600..]).is_none() && recogniser.is_over());
    for draw in [Draw { start: 0, span: 0, trace: None }, Draw { start: 0, span: 7, trace: Some((7, 7)) }] {
        // What adds up, but comes from nowhere.
        if let Some(mut sequence) = lock(&vec![draw; 1000]) {
            found(&mut sequence, &[draw]);
        }
    }
}

#[test]
fn what_is_no_state_is_refused() {
    for (list, _) in LISTS {
        let mut state = Vec::new();
        lock(&draws(list)).unwrap().put_state(&mut state);
        assert!(Lagged::from_bytes(&state[..state.len() - 1]).is_none());
        assert!(Lagged::from_bytes(&[]).is_none());
        let form = state[0];
        state[0] = 9;
        assert!(Lagged::from_bytes(&state).is_none());
        state[0] = form;
        *state.last_mut().unwrap() |= 0x80;
        // A word of Go's has 63 bits.
        assert_eq!(Lagged::from_bytes(&state).is_some(), form != 7);
    }
}
