use super::super::{Number, Signed};
use super::*;

/// Codes all kinds of things and returns them as they come back.
fn run<C: Coder>(c: &mut C, values: &[u64]) -> Vec<u64> {
    let (plain, told) = (c.contexts().block(2), c.contexts().block(1));
    let number = Number::new(c.contexts());
    let signed = Signed::new(c.contexts());
    let mut forked = None;
    let mut back = Vec::new();
    for (i, &value) in values.iter().enumerate() {
        back.push(c.symbol(plain.at(i as u32 & 1), value as u32 & 15) as u64);
        back.push(c.told_symbol(
            told,
            &[(i as u64 % 3).wrapping_mul(0x9e37_79b9_7f4a_7c15); HISTORIES],
            value as u32 >> 4 & 15,
        ) as u64);
        back.push(number.code(c, value >> 1));
        back.push(signed.code(c, value as i64) as u64);
        back.push(c.bits(value & 31, 5));
        back.push(c.word(value));
        let fork = *forked.get_or_insert_with(|| c.contexts().fork(plain));
        back.push(c.symbol(fork, value as u32 & 7) as u64);
    }
    back
}

fn values(count: u64) -> Vec<u64> {
    (0..count).map(|i| (i * i % 251).wrapping_mul(if i % 5 == 0 { 0x1234_5678_9abc } else { 1 })).collect()
}

fn encode(contexts: &mut Contexts, values: &[u64]) -> [Vec<u8>; 3] {
    let (mut buffers, mut symbols) = (EncoderBuffers::default(), Vec::new());
    let mut encoder = MixEncoder::new(contexts, &mut buffers, &mut symbols);
    run(&mut encoder, values);
    let Sections { symbols, bits, words } = encoder.finish();
    [symbols, bits, words].map(<[u8]>::to_vec)
}

fn decode(parts: &[Vec<u8>; 3], count: usize) -> (Vec<u64>, bool) {
    let mut contexts = Contexts::mixing();
    let mut decoder =
        MixDecoder::new(&mut contexts, Sections { symbols: &parts[0], bits: &parts[1], words: &parts[2] });
    let back = run(&mut decoder, &vec![0; count]);
    let finished = decoder.finished() == Some(0);
    (back, finished)
}

#[test]
fn everything_comes_back() {
    for count in [0, 1, 2, 3000] {
        let values = values(count);
        let parts = encode(&mut Contexts::mixing(), &values);
        let expected: Vec<u64> =
            values.iter().flat_map(|&v| [v & 15, v >> 4 & 15, v >> 1, v, v & 31, v, v & 7]).collect();
        assert_eq!(decode(&parts, values.len()), (expected, true), "{count} values");
    }
}

#[test]
fn bytes_depend_on_nothing_before_a_clear() {
    let values = values(500);
    let fresh = encode(&mut Contexts::mixing(), &values);
    let mut contexts = Contexts::mixing();
    // More rounds than there are epochs.
    for round in 0..600u64 {
        contexts.clear();
        encode(&mut contexts, &[round, round * 77]);
        contexts.clear();
        if round % 100 < 3 {
            assert!(encode(&mut contexts, &values) == fresh, "round {round}");
        }
    }
}

#[test]
fn damage_gives_no_panic_and_other_values() {
    let values = values(300);
    let parts = encode(&mut Contexts::mixing(), &values);
    let whole = decode(&parts, values.len());
    for i in 0..parts[0].len() {
        let mut damaged = parts.clone();
        damaged[0].truncate(i);
        assert!(decode(&damaged, values.len()) != whole, "cut at {i}");
    }
    for i in 0..200 {
        let mut damaged = parts.clone();
        let at = i * 7919 % damaged[0].len();
        damaged[0][at] ^= 1 << (i % 8);
        decode(&damaged, values.len());
    }
}
