//! Damaged frames: each kind of error, and each part of a frame.

use tracezip::ErrorKind::{
    self, Checksum, Corrupt, LimitExceeded, NotTracezip, OutOfSequence, Truncated, UnknownDictionary,
    UnsupportedVersion,
};
use tracezip::{Limits, TracezipConfig};
use tracezip_tests::check::level;
use tracezip_tests::frame::{Body, Frame};
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;
use tracezip_tests::wire::put_varint;

use super::{m, request_of, span, streams};

/// A frame that is refused, and the error where it does not depend on the model.
pub(crate) struct Damaged {
    pub name: String,
    pub about: String,
    pub frame: Vec<u8>,
    pub expected: Option<ErrorKind>,
}

fn damaged(name: &str, about: &str, frame: Vec<u8>, expected: impl Into<Option<ErrorKind>>) -> Damaged {
    Damaged { name: format!("bad-{name}"), about: about.to_owned(), frame, expected: expected.into() }
}

/// All of them.
pub(crate) fn damage() -> Vec<Damaged> {
    let batch = streams::generated(24, Style::canonical(), &[3]).remove(0);
    let [fast, coded] = [1, 3].map(|l| tracezip::compress_level(&batch, &level(l)));
    // Shorter, since another decoder may take its time for mixing.
    let mixed = tracezip::compress_level(&request_of([span()]), &level(9));
    let linked = streams::frames(TracezipConfig::default(), &streams::batches());
    [
        header(&coded),
        stored(),
        settings(&coded),
        sections(&coded, ""),
        sections(&mixed, "-mixed"),
        body(&fast, "-fast"),
        body(&coded, ""),
        body(&mixed, "-mixed"),
        unsealed(&coded),
        sequence(&linked),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn varint(value: u64, extra: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_varint(&mut bytes, value, extra);
    bytes
}

/// A changed copy.
fn changed<T: Clone>(of: &T, change: impl FnOnce(&mut T)) -> T {
    let mut copy = of.clone();
    change(&mut copy);
    copy
}

/// What can be told before the body is read.
fn header(frame: &[u8]) -> Vec<Damaged> {
    let parts = Frame::read(frame);
    // The first byte, the length, then four bytes of checksum.
    let checksum = 1 + varint(parts.len, 0).len();
    let with_length = |length: &[u8]| [&frame[..1], length, &frame[checksum..]].concat();
    let with_mark = |mark: u8| changed(&parts, |parts| parts.mark = mark).write();
    let with_len = |len: u64| changed(&parts, |parts| parts.len = len).write();
    let too_long = Limits::default().max_decoded_bytes as u64 + 1;
    vec![
        damaged("empty", "no bytes at all", vec![], Truncated),
        damaged("protobuf", "a request, not a frame", m().bytes(1, "").encode(), NotTracezip),
        damaged("zstd", "the start of a zstd file", vec![0x28, 0xb5, 0x2f, 0xfd, 0x24, 0], NotTracezip),
        damaged("gzip", "the start of a gzip file, which looks like a linked frame", vec![0x1f, 0x8b, 8, 0], Truncated),
        damaged("json", "the start of JSON", b"{\"resourceSpans\":[]}".to_vec(), NotTracezip),
        damaged("version", "format version 7", with_mark(frame[0] | 0xe0), UnsupportedVersion),
        damaged("version-1", "format version 1", with_mark(frame[0] | 0x20), UnsupportedVersion),
        damaged("version-alone", "format version 4, and nothing else", vec![0x87], UnsupportedVersion),
        damaged("mark-only", "one byte", frame[..1].to_vec(), Truncated),
        damaged("length-cut", "cut in the length", vec![frame[0], 0x80], Truncated),
        damaged(
            "length-long-form",
            "a length that is longer than need be",
            with_length(&varint(parts.len, 1)),
            Corrupt,
        ),
        damaged("length-endless", "a length of eleven bytes", with_length(&[0x80; 11]), Corrupt),
        damaged("length-2-64", "a length of 2^64", with_length(&[&[0x80; 9][..], &[2]].concat()), Corrupt),
        damaged("length-huge", "it says it has 2^63 bytes", with_len(1 << 63), LimitExceeded),
        damaged("length-limit", "one byte more than a reader takes by default", with_len(too_long), LimitExceeded),
        damaged("length-less", "one byte less than it has", with_len(parts.len - 1), Corrupt),
        damaged("length-more", "one byte more than it has", with_len(parts.len + 1), Corrupt),
        damaged("length-zero", "it says it has no bytes", with_len(0), Corrupt),
        damaged("header-no-checksum", "cut before the checksum", frame[..checksum].to_vec(), Truncated),
        damaged("header-cut", "cut in the checksum", frame[..checksum + 2].to_vec(), Truncated),
        damaged("header-cut-huge", "cut in the checksum, after a length of 2^63", huge_and_cut(), Truncated),
        damaged("link-cut", "linked, and cut in the link", [&[frame[0] | 16, 1][..], &[0; 7]].concat(), Truncated),
    ]
}

fn huge_and_cut() -> Vec<u8> {
    [&[0x0f][..], &varint(1 << 63, 0), &[1, 2, 3]].concat()
}

/// Stored bodies.
fn stored() -> Vec<Damaged> {
    let original = Rng::new(7).bytes(36);
    let parts = Frame::read(&tracezip::compress(&original));
    let short = original[..original.len() - 1].to_vec();
    let coded = changed(&parts, |parts| parts.mark |= 8).write();
    vec![
        damaged("stored-short", "a stored body, cut by one byte", parts.with_body(short), Truncated),
        damaged("stored-none", "a stored body of no bytes", parts.with_body(vec![]), Truncated),
        damaged("stored-long", "a byte after a stored body", parts.with_body([&original[..], &[0]].concat()), Corrupt),
        damaged(
            "stored-other",
            "other bytes than were stored",
            parts.with_body(original.iter().map(|b| b ^ 1).collect()),
            Checksum,
        ),
        damaged("stored-as-coded", "stored bytes that are said to be coded", coded, Corrupt),
    ]
}

/// The settings of a coded body.
fn settings(frame: &[u8]) -> Vec<Damaged> {
    let parts = Frame::read(frame);
    let body = Body::read(&parts.body);
    let with = |settings: &[u8]| parts.with_body(changed(&body, |body| body.settings = settings.to_vec()).write());
    let limits = |strings: u64, state: u64, extra| [&[2][..], &varint(strings, extra), &varint(state, 0)].concat();
    vec![
        damaged("body-none", "no body", parts.with_body(vec![]), Truncated),
        damaged("flag-5", "a flag that there is not", with(&[1 << 5]), Corrupt),
        damaged("lean-mixed", "the lean model, mixed", with(&[1 << 4 | 1 << 2]), Corrupt),
        damaged("lean-dictionary", "the lean model, with a dictionary", with(&[1 << 4 | 8, 1, 2, 3, 4]), Corrupt),
        damaged("lean-other", "the lean model, where there is the other", with(&[1 << 4]), None),
        damaged("flags-all", "all flags", with(&[0xff]), Corrupt),
        damaged("dictionary-unknown", "a dictionary that nobody has", with(&[8, 1, 2, 3, 4]), UnknownDictionary),
        damaged("dictionary-cut", "cut in the dictionary's id", parts.with_body(vec![8, 1, 2, 3]), Truncated),
        damaged("coder-other", "the mixing coder's settings before symbols of the other", with(&[1 << 2]), None),
        damaged("deltas-other", "no deltas, where there are some", with(&[1]), None),
        damaged("settings-none", "no settings", parts.with_body(parts.body[1..].to_vec()), None),
        damaged("limits-none", "limits that are not there", parts.with_body(vec![2]), Truncated),
        damaged("limits-cut", "cut in the limits", parts.with_body(vec![2, 0x90]), Truncated),
        damaged(
            "limits-long-form",
            "a limit that is longer than need be",
            with(&limits(10_000, 1 << 23, 1)),
            Truncated,
        ),
        damaged("strings-many", "more strings than there may be", with(&limits((1 << 24) + 1, 1 << 23, 0)), Corrupt),
        damaged("state-small", "less state than there must be", with(&limits(10_000, (1 << 20) - 1, 0)), Corrupt),
        damaged("state-none", "no state", with(&limits(10_000, 0, 0)), Corrupt),
        damaged(
            "state-limit",
            "more state than a reader allows by default",
            with(&limits(16, (1 << 23) + 1, 0)),
            LimitExceeded,
        ),
        damaged(
            "state-huge",
            "2^63 bytes of state, too many strings",
            with(&limits(1 << 40, 1 << 63, 0)),
            LimitExceeded,
        ),
    ]
}

/// The three sections, of the wrong length.
fn sections(frame: &[u8], coder: &str) -> Vec<Damaged> {
    let parts = Frame::read(frame);
    let body = Body::read(&parts.body);
    let with = |change: &dyn Fn(&mut Body)| parts.with_body(changed(&body, |body| change(body)).write());
    let raw = |rest: &[u8]| parts.with_body([&body.settings[..], rest].concat());
    let (symbols, bits) = (varint(body.symbols.len() as u64, 0), varint(body.bits.len() as u64, 0));
    let all = [&body.symbols[..], &body.bits, &body.words].concat();
    let too_many = varint(all.len() as u64 + 1, 0);
    let cases = [
        ("lengths-none", "no lengths of sections", raw(&[]), Some(Truncated)),
        ("length-of-bits-none", "no length of the bits", raw(&symbols), Some(Truncated)),
        (
            "length-of-symbols-long-form",
            "longer than need be",
            raw(&[&[0x80, 0][..], &bits, &all].concat()),
            Some(Truncated),
        ),
        ("symbols-too-long", "more symbols than bytes", raw(&[&too_many[..], &bits, &all].concat()), Some(Truncated)),
        ("bits-too-long", "more bits than bytes", raw(&[&symbols[..], &too_many, &all].concat()), Some(Truncated)),
        ("sections-none", "sections of no bytes", raw(&[0, 0]), None),
        ("symbols-none", "no symbols", with(&|body| body.symbols.clear()), None),
        ("symbols-cut", "two bytes of symbols less", with(&|body| body.symbols.truncate(body.symbols.len() - 2)), None),
        ("symbols-half", "half of the symbols", with(&|body| body.symbols.truncate(body.symbols.len() / 4 * 2)), None),
        ("symbols-byte-more", "a byte after the symbols", with(&|body| body.symbols.push(0)), Some(Corrupt)),
        ("symbols-more", "two bytes after the symbols", with(&|body| body.symbols.extend([1, 0])), Some(Corrupt)),
        ("bits-none", "no bits", with(&|body| body.bits.clear()), None),
        ("bits-cut", "a byte of bits less", with(&|body| body.bits.truncate(body.bits.len() - 1)), None),
        ("bits-more", "a byte after the bits", with(&|body| body.bits.push(0)), Some(Corrupt)),
        ("words-none", "no words", with(&|body| body.words.clear()), Some(Truncated)),
        ("words-cut", "half a word less", with(&|body| body.words.truncate(body.words.len() - 4)), Some(Truncated)),
        ("words-byte-more", "a byte after the words", with(&|body| body.words.push(0)), Some(Corrupt)),
        ("words-more", "a word more", with(&|body| body.words.extend([0; 8])), Some(Corrupt)),
    ];
    cases
        .into_iter()
        .map(|(name, about, frame, expected)| damaged(&format!("{name}{coder}"), about, frame, expected))
        .collect()
}

/// What the sections say. Bits are flipped over the whole length of each.
fn body(frame: &[u8], coder: &str) -> Vec<Damaged> {
    let parts = Frame::read(frame);
    let body = Body::read(&parts.body);
    let flipped = |section: fn(&mut Body) -> &mut Vec<u8>, share: usize| {
        let change = |body: &mut Body| {
            let section = section(body);
            let at = (section.len() - 1) * share / 4;
            section[at] ^= 1 << share;
        };
        parts.with_body(changed(&body, change).write())
    };
    let mut all = Vec::new();
    for share in 0..5 {
        let about = format!("a bit flipped after {share} quarters of the symbols, sealed again");
        all.push(damaged(&format!("symbol-{share}{coder}"), &about, flipped(|body| &mut body.symbols, share), None));
    }
    for share in [0, 2] {
        let about = format!("a bit flipped after {share} quarters of the bits, sealed again");
        all.push(damaged(&format!("bit-{share}{coder}"), &about, flipped(|body| &mut body.bits, share), None));
    }
    let word = flipped(|body| &mut body.words, 1);
    all.push(damaged(&format!("word{coder}"), "a bit flipped in an id, sealed again", word, Checksum));
    let filled = |byte: u8| parts.with_body(changed(&body, |body| body.symbols.fill(byte)).write());
    all.push(damaged(&format!("symbols-zeros{coder}"), "symbols of zeros", filled(0), None));
    all.push(damaged(&format!("symbols-ones{coder}"), "symbols of ones", filled(0xff), None));
    all
}

/// Damage as it comes, which the seal gives away at the latest.
fn unsealed(frame: &[u8]) -> Vec<Damaged> {
    let with = |change: &dyn Fn(&mut Vec<u8>)| changed(&frame.to_vec(), |frame| change(frame));
    let half = frame.len() / 2;
    let parts = Frame::read(frame);
    let checksum = 1 + varint(parts.len, 0).len();
    let other = changed(&parts, |parts| parts.checksum ^= 1 << 31).write();
    vec![
        damaged("checksum", "another checksum", with(&|f| f[checksum] ^= 1), Checksum),
        damaged("checksum-last-bit", "another checksum", with(&|f| f[checksum + 3] ^= 0x80), Checksum),
        damaged("checksum-sealed", "another checksum, sealed", other, Checksum),
        damaged("half", "the first half of a frame", frame[..half].to_vec(), None),
        damaged("last-byte-missing", "cut by one byte", frame[..frame.len() - 1].to_vec(), None),
        damaged("byte-more", "a byte after the end", with(&|f| f.push(0)), None),
        damaged("bit-middle", "a flipped bit in the middle", with(&|f| f[half] ^= 0x10), None),
        damaged("bit-last", "a flipped bit in the last byte", with(&|f| *f.last_mut().unwrap() ^= 0x80), None),
        damaged("body-zeros", "a body of zeros", with(&|f| f[checksum + 4..].fill(0)), None),
        damaged("body-ones", "a body of ones", with(&|f| f[checksum + 4..].fill(0xff)), None),
        damaged("twice", "two frames in one", [frame, frame].concat(), None),
        damaged("as-stored", "a coded frame that is said to be stored", with(&|f| f[0] ^= 8), None),
    ]
}

/// Frames of a stream where one that stands alone is needed; the row of errors within streams is in `sequences`.
fn sequence(frames: &[Vec<u8>]) -> Vec<Damaged> {
    let zero = changed(&Frame::read(&frames[1]), |parts| parts.link = Some(0)).write();
    let said = changed(&Frame::read(&frames[0]), |parts| (parts.mark, parts.link) = (parts.mark | 16, Some(0))).write();
    vec![
        damaged("linked", "the second frame of a stream", frames[1].clone(), OutOfSequence),
        damaged("linked-stored", "a stored frame of a stream", frames[2].clone(), OutOfSequence),
        damaged("linked-after-stored", "a frame after a stored one, with settings", frames[3].clone(), OutOfSequence),
        damaged("linked-to-0", "a frame whose link is 0", zero, OutOfSequence),
        damaged("linked-first", "the first frame of a stream, said to be linked", said, OutOfSequence),
    ]
}
