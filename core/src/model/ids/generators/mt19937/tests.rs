//! With ids that the SDKs for Python and Ruby drew: `drawn`, where the scripts are.

use super::*;

const PYTHON: &str = include_str!("../drawn/mt19937.txt");
const RUBY: &str = include_str!("../drawn/mt19937_ruby.txt");

/// The draws of an SDK, and before which of them somebody else drew how many words.
fn drawn(list: &str) -> (Vec<Draw>, Vec<(usize, u64)>) {
    let (mut draws, mut foreign) = (Vec::new(), Vec::new());
    for line in list.lines() {
        let hex = |digits| u64::from_str_radix(digits, 16).unwrap();
        match line.len() {
            16 => draws.push(Draw { start: 0, span: hex(line), trace: None }),
            49 => draws.push(Draw {
                start: 0,
                span: hex(&line[..16]),
                trace: Some((hex(&line[17..33]), hex(&line[33..]))),
            }),
            _ => foreign.push((draws.len(), line.parse().unwrap())),
        }
    }
    (draws, foreign)
}

/// Numbers of another generator: SplitMix64.
fn others(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (seed ^ seed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

fn lock(draws: &[Draw]) -> Option<Mt19937> {
    Recogniser::default().push(draws)
}

/// How many of the draws are found, each with its trace id.
fn found(sequence: &mut Mt19937, draws: &[Draw]) -> usize {
    let mut last = Mt19937::START;
    let known = |draw: &&Draw| {
        let Some(position) = sequence.find(draw.span, last) else { return false };
        last = position;
        assert_eq!(sequence.span_at(position), draw.span);
        draw.trace.is_none_or(|trace| trace == sequence.trace_at(position))
    };
    draws.iter().filter(known).count()
}

#[test]
fn every_draw_of_an_sdk_stands_where_it_is_expected() {
    for list in [PYTHON, RUBY] {
        let (draws, foreign) = drawn(list);
        let mut sequence = lock(&draws).unwrap();
        let mut last = Mt19937::START;
        for (at, draw) in draws.iter().enumerate() {
            let between: u64 = foreign.iter().filter(|(before, _)| *before == at).map(|(_, words)| words).sum();
            let expected = sequence.expected((last, false), draw.trace.is_some()) + between;
            assert_eq!(sequence.span_at(expected), draw.span, "draw {at}");
            assert_eq!(sequence.find(draw.span, last), Some(expected));
            if let Some(trace) = draw.trace {
                assert_eq!(sequence.trace_at(expected), trace);
                let (half, behind) = sequence.trace_as_span(trace);
                assert_eq!(sequence.find(half, last).map(|position| position.wrapping_sub(behind)), Some(expected));
            }
            last = expected;
        }
    }
}

#[test]
fn one_batch_is_enough_from_330_units_on() {
    for (draws, _) in [PYTHON, RUBY].map(drawn) {
        let units = |count| draws[..count].iter().map(|draw| 1 + 2 * usize::from(draw.trace.is_some())).sum::<usize>();
        let enough = (0..draws.len()).find(|count| units(*count) >= 340).unwrap();
        assert_eq!(found(&mut lock(&draws[..enough]).unwrap(), &draws), draws.len());
        let few = (0..draws.len()).rfind(|count| units(*count) < 330).unwrap();
        assert!(lock(&draws[..few]).is_none());
    }
}

#[test]
fn holes_swaps_and_foreign_ids_do_no_harm() {
    for (mut draws, _) in [PYTHON, RUBY].map(drawn) {
        let mut other = others(7);
        for at in (10..600).step_by(23) {
            draws.swap(at, at + 1 + at % 3);
        }
        for at in (5..600).step_by(37) {
            draws[at].span = other();
        }
        for at in (5..600).rev().step_by(41) {
            draws.remove(at);
        }
        let changed = 600usize.div_ceil(37);
        let mut sequence = lock(&draws).unwrap();
        let found = found(&mut sequence, &draws);
        assert!(found >= draws.len() - changed, "{found} of {}", draws.len());
    }
}

#[test]
fn small_requests_are_collected() {
    for (draws, _) in [PYTHON, RUBY].map(drawn) {
        let mut recogniser = Recogniser::default();
        let requests: Vec<_> = draws.chunks(7).collect();
        let (at, mut sequence) =
            requests.iter().zip(0..).find_map(|(draws, at)| Some((at, recogniser.push(draws)?))).unwrap();
        assert!(recogniser.is_over() && recogniser.weight() < 1000);
        assert!(at * 7 < 400, "{at}");
        // The request that brought it is where the sequence begins.
        let rest = &draws[at * 7..];
        let first = sequence.expected((Mt19937::START, false), rest[0].trace.is_some());
        assert_eq!(sequence.span_at(first), rest[0].span);
        assert_eq!(found(&mut sequence, rest), rest.len());
    }
}

#[test]
fn a_long_batch_is_known_from_its_beginning() {
    let (draws, _) = drawn(PYTHON);
    let mut sequence = lock(&draws).unwrap();
    let many: Vec<_> = (0..20_000).map(|at| Draw { start: 0, span: sequence.span_at(2 * at), trace: None }).collect();
    assert_eq!(found(&mut lock(&many).unwrap(), &many), many.len());
}

#[test]
fn ids_of_others_are_rejected_and_forgotten() {
    let mut other = others(1);
    let mut recogniser = Recogniser::default();
    for batch in 0..4 {
        let draws: Vec<_> = (0..512)
            .map(|span| Draw { start: 0, span: other(), trace: (span % 5 == 0).then(|| (other(), other())) })
            .collect();
        assert!(recogniser.push(&draws).is_none());
        assert_eq!(recogniser.is_over(), batch >= 2);
    }
    assert!(recogniser.weight() < 1000);
}

#[test]
fn both_orders_are_tried_in_each_batch() {
    for (draws, _) in [PYTHON, RUBY].map(drawn) {
        let (mut other, mut recogniser) = (others(3), Recogniser::default());
        let noise: Vec<_> = (0..512).map(|_| Draw { start: 0, span: other(), trace: None }).collect();
        assert!(recogniser.push(&noise).is_none());
        assert!(recogniser.push(&draws).is_some());
    }
}

#[test]
fn ids_without_chance_are_rejected() {
    type Ids = fn(u64) -> u64;
    let families: [Ids; 4] = [|_| 0, |at| at, |at| at << 32, |at| at.wrapping_mul(0x9e37_79b1)];
    for id in families {
        let draws: Vec<_> = (0..2000).map(|at| Draw { start: 0, span: id(at), trace: Some((0, id(at))) }).collect();
        let mut recogniser = Recogniser::default();
        assert!((0..30).all(|_| recogniser.push(&draws).is_none()));
        assert!(recogniser.weight() <= 1 << 17);
    }
}

#[test]
fn a_state_comes_back_from_its_bytes() {
    for (draws, _) in [PYTHON, RUBY].map(drawn) {
        let mut sequence = lock(&draws).unwrap();
        let mut bytes = vec![1, 2, 3];
        assert_eq!(found(&mut sequence, &draws), draws.len());
        sequence.put_state(&mut bytes);
        assert_eq!(bytes.len(), 3 + Mt19937::BYTES + usize::from(sequence.reversed));
        let (mut again, used) = Mt19937::from_bytes(&bytes[3..]).unwrap();
        assert_eq!(used, bytes.len() - 3);
        assert_eq!(found(&mut again, &draws), draws.len());
        // Far ahead and back, before the start too, and counted anew: it is one sequence.
        for position in [0, 40_000, 5, u64::MAX - 20_000, 1, 1 << 16, u64::MAX] {
            assert_eq!(again.span_at(position), sequence.span_at(position));
            assert_eq!(sequence.clone().counted_from(position).span_at(100), again.span_at(position.wrapping_add(100)));
        }
        let mut twice = Vec::new();
        again.put_state(&mut twice);
        assert_eq!(twice, bytes[3..]);
    }
}

#[test]
fn any_bytes_are_a_state_if_there_are_enough() {
    for bytes in [[0; Mt19937::BYTES], [255; Mt19937::BYTES]] {
        assert!(Mt19937::from_bytes(&bytes[1..]).is_none());
        let and_more = |more: &[u8]| Mt19937::from_bytes(&[&bytes[..], more].concat()).is_some();
        assert_eq!([&[0][..], &[1], &[2], &[1, 1]].map(and_more), [false, true, false, false]);
        let (mut sequence, _) = Mt19937::from_bytes(&bytes).unwrap();
        let _ = (sequence.find(0, 0), sequence.find(0, u64::MAX / 2), sequence.span_at(1 << 63), sequence.trace_at(0));
        // Both sides come to the same words, whatever way they went.
        let (mut other, _) = Mt19937::from_bytes(&bytes).unwrap();
        let (mut third, _) = Mt19937::from_bytes(&bytes).unwrap();
        other.span_at(60_000);
        for position in [u64::MAX - 700, u64::MAX, 0, 1, 700, 20_000] {
            assert_eq!(other.span_at(position), third.span_at(position));
        }
    }
}

#[test]
fn finds_within_its_window_only() {
    let (draws, _) = drawn(PYTHON);
    let mut sequence = lock(&draws).unwrap();
    for position in [0, 30_000, 5_000] {
        let span = sequence.span_at(position);
        for (near, found) in [
            (position + FAR.back, true),
            (position + FAR.back + 1, false),
            (position.wrapping_sub(FAR.ahead - 1), true),
            (position.wrapping_sub(FAR.ahead), false),
        ] {
            assert_eq!(sequence.find(span, near), found.then_some(position), "{position} from {near}");
        }
    }
}
