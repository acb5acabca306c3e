#![allow(clippy::unwrap_used)]
use super::super::super::coder::{Decoder, Encoder, EncoderBuffers, Reader, Sections};
use super::*;

/// Small random numbers (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }
}

type Body = (Vec<u8>, Vec<u8>, Vec<u8>);

fn encode(texts: &[Vec<u8>], level: u32) -> Body {
    let (mut contexts, mut buffers, mut symbols) = (Contexts::default(), EncoderBuffers::default(), Vec::new());
    let mut text = Text::new(&mut contexts);
    text.set_effort(level);
    let mut history = PRIMER.to_vec();
    let mut aligned = None;
    let mut c = Encoder::new(&mut contexts, &mut buffers);
    for string in texts {
        let at = history.len();
        text.code(&mut c, &mut history, KIND_VALUE, aligned, string, usize::MAX).unwrap();
        assert_eq!(&history[at..], &string[..]);
        aligned = Some(at);
    }
    let Sections { symbols, bits, words } = c.finish(&mut symbols);
    (symbols.to_vec(), bits.to_vec(), words.to_vec())
}

fn decode(body: &Body, count: usize, max_len: usize) -> Option<Vec<Vec<u8>>> {
    let mut contexts = Contexts::default();
    let mut text = Text::new(&mut contexts);
    let mut history = PRIMER.to_vec();
    let mut aligned = None;
    let mut c = Decoder::new(&mut contexts, Sections { symbols: &body.0, bits: &body.1, words: &body.2 });
    let mut texts = Vec::new();
    for _ in 0..count {
        let at = history.len();
        text.code(&mut c, &mut history, KIND_VALUE, aligned, &[], max_len)?;
        texts.push(history[at..].to_vec());
        assert!(history.len() - at <= max_len);
        aligned = Some(at);
    }
    (c.finished() == Some(0)).then_some(texts)
}

fn samples() -> Vec<Vec<u8>> {
    let mut random = Random(88_172_645_463_325_252);
    let mut texts: Vec<Vec<u8>> =
        vec![vec![], vec![], vec![0], vec![0; 40], vec![], b"GET".to_vec(), b"a\0b\0\0".to_vec()];
    for i in 0..300 {
        let word = random.below(40);
        texts.push(format!("GET /api/products/{}/reviews?page={i}", word * word).into_bytes());
        texts.push(format!("trace 0af7651916cd43dd8448eb211c80319c span {word}").into_bytes());
        texts.push((0..random.below(60)).map(|_| random.below(256) as u8).collect());
        texts.push((0..random.below(90)).map(|_| b'a' + random.below(3) as u8).collect());
    }
    texts.push(PRIMER.to_vec());
    texts.push(vec![b'x'; 100_000]);
    texts
}

#[test]
fn strings_come_back() {
    let texts = samples();
    for level in [1, 3, 6] {
        let body = encode(&texts, level);
        assert_eq!(decode(&body, texts.len(), usize::MAX).as_ref(), Some(&texts), "level {level}");
        assert!(decode(&body, texts.len(), 99_999).is_none());
    }
}

#[test]
fn a_frame_does_not_depend_on_frames_before() {
    let texts = samples();
    let first = encode(&texts[..100], 3);
    let (mut contexts, mut buffers, mut symbols) = (Contexts::default(), EncoderBuffers::default(), Vec::new());
    let mut text = Text::new(&mut contexts);
    text.set_effort(3);
    let mut history = PRIMER.to_vec();
    for round in 0..3 {
        contexts.clear();
        text.reset(&mut contexts);
        history.truncate(PRIMER.len());
        let mut aligned = None;
        let mut c = Encoder::new(&mut contexts, &mut buffers);
        for string in &texts[..100 + round % 2 * 50] {
            let at = history.len();
            text.code(&mut c, &mut history, KIND_VALUE, aligned, string, usize::MAX).unwrap();
            aligned = Some(at);
        }
        let body = c.finish(&mut symbols);
        assert_eq!((body.symbols == first.0, body.bits == first.1), (round % 2 == 0, round % 2 == 0));
    }
}

#[test]
fn long_strings_take_linear_time() {
    let mut random = Random(1);
    let noise: Vec<u8> = (0..1 << 20).map(|_| random.below(250) as u8).collect();
    let texts = vec![vec![b'x'; 1 << 20], b"ab".repeat(1 << 19), noise];
    let body = encode(&texts, 6);
    assert!(body.0.len() + body.1.len() < 1_200_000);
    assert_eq!(decode(&body, 3, usize::MAX), Some(texts));
}

#[test]
fn damaged_bodies_give_no_panic() {
    let texts = samples();
    let texts = &texts[..120];
    let body = encode(texts, 3);
    let mut random = Random(7);
    for i in 0..400 {
        let mut damaged = body.clone();
        let part = if i % 3 == 0 { &mut damaged.1 } else { &mut damaged.0 };
        if i % 4 == 0 {
            part.truncate(random.below(part.len()));
        } else {
            let at = random.below(part.len());
            part[at] ^= 1 << random.below(8);
        }
        let _ = decode(&damaged, texts.len(), 1 << 16);
    }
}
