//! Texts as spans carry them, made up kind by kind.

use crate::rng::Rng;
use crate::wire::Message;

/// A kind of text: its name, how many make a batch, and the text of a number.
pub type Kind = (&'static str, usize, fn(&mut Rng, usize) -> String);

/// All kinds.
pub const KINDS: [Kind; 17] = [
    ("sql with literals", 400, sql),
    ("paths with ids", 400, path),
    ("json bodies", 300, json),
    ("stack traces", 200, stack_trace),
    ("chat messages that come again", 200, chat),
    ("long unicode text", 60, unicode),
    ("base64 blobs", 60, base64),
    ("log lines with times", 400, log_line),
    ("a value of a megabyte", 1, megabyte),
    ("megabytes of digits", 1, digits),
    ("one letter", 20, |_, i| "x".repeat(1 << (i % 20))),
    ("numbers in a row", 100, numbers),
    ("masks and nothing else", 200, only_masks),
    ("bytes that stand for masks", 200, mask_bytes),
    ("another mask in every place", 200, other_masks),
    ("times that are none", 200, wrong_times),
    ("uuids that are none", 200, wrong_uuids),
];

/// A request of `count` spans, each with a text of this kind and a few ids.
pub fn request(make: fn(&mut Rng, usize) -> String, count: usize, seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let spans = (0..count).map(|i| {
        let value = Message::new().bytes(1, make(&mut rng, i));
        let attribute = Message::new().bytes(1, "app.text").message(2, &value);
        Message::new()
            .bytes(1, [rng.next_u64().to_be_bytes(), rng.next_u64().to_be_bytes()].concat())
            .bytes(2, rng.next_u64().to_be_bytes())
            .bytes(5, "work")
            .fixed64(7, 1_700_000_000_000_000_000 + i as u64 * 1_000_000)
            .fixed64(8, 1_700_000_000_000_500_000 + i as u64 * 1_000_000)
            .message(9, &attribute)
    });
    let scope = spans.fold(Message::new(), |scope, span| scope.message(2, &span));
    Message::new().message(1, &Message::new().message(2, &scope)).encode()
}

const WORDS: [&str; 16] = [
    "order", "cart", "user", "payment", "failed", "retry", "cache", "miss", "shard", "timeout", "the", "of", "window",
    "replica", "invoice", "region",
];

fn words(rng: &mut Rng, count: usize) -> String {
    let words: Vec<&str> = (0..count).map(|_| *rng.pick(&WORDS)).collect();
    words.join(" ")
}

fn uuid(rng: &mut Rng) -> String {
    let (a, b) = (rng.next_u64(), rng.next_u64());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 50 | 0x8000,
        b & 0xffff_ffff_ffff
    )
}

fn sql(rng: &mut Rng, _: usize) -> String {
    let table = *rng.pick(&["orders", "users", "items"]);
    let (id, limit) = (rng.below(1_000_000), rng.below(5) * 10);
    format!("SELECT id, total FROM {table} WHERE id = {id} AND name = '{}' LIMIT {limit}", words(rng, 2))
}

fn path(rng: &mut Rng, _: usize) -> String {
    let id = uuid(rng);
    format!("/v{}/tenants/{}/orders/{id}?page={}", rng.below(3), rng.below(40), rng.below(1000))
}

fn json(rng: &mut Rng, _: usize) -> String {
    let (id, text) = (uuid(rng), words(rng, 5));
    let (price, hex) = (rng.below(100_000), rng.next_u64());
    format!(
        "{{\"id\":\"{id}\",\"sku\":\"SKU{:04}\",\"price\":{}.{:02},\"note\":\"{text}\",\"sum\":\"{hex:x}\"}}",
        rng.below(300),
        price / 100,
        price % 100
    )
}

fn stack_trace(rng: &mut Rng, _: usize) -> String {
    let mut text = format!("goroutine {} [running]:\n", rng.below(100_000));
    for _ in 0..3 + rng.below(20) {
        let (address, line, file) =
            (0xc0_0000_0000u64 + rng.below(1 << 24) as u64 * 16, rng.below(40) * 7, rng.below(30));
        text += &format!(
            "main.handler{file}(0x{address:x}, {{0x{:x}, 0x1}})\n\t/srv/app/file{file}.go:{line} +0x{file:x}d\n",
            address + 64
        );
    }
    text
}

fn chat(rng: &mut Rng, i: usize) -> String {
    let turn = |i: usize| format!("{{\"role\":\"user\",\"content\":\"{}\"}}", words(&mut Rng::new(i as u64), 40));
    let turns: Vec<String> = (i / 8 * 8..=i).map(turn).collect();
    format!("[{}] {}", turns.join(","), rng.below(10))
}

fn unicode(rng: &mut Rng, _: usize) -> String {
    let alphabets = [('а', 32), ('あ', 80), ('一', 3000), ('α', 24), ('😀', 60)];
    let (first, count) = *rng.pick(&alphabets);
    (0..2000).map(|_| char::from_u32(first as u32 + rng.below(count) as u32).unwrap()).collect()
}

fn base64(rng: &mut Rng, _: usize) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..1500).map(|_| *rng.pick(letters) as char).collect()
}

fn log_line(rng: &mut Rng, i: usize) -> String {
    let fraction = 1_000_000_000 + rng.below(1_000_000_000);
    let (level, text, took) = (*rng.pick(&["INFO", "WARN"]), words(rng, 4), rng.below(5000));
    format!("2023-11-14 22:13:{:02}.{} {level} {text} took {took}ms", 20 + i / 100, &fraction.to_string()[1..])
}

fn megabyte(rng: &mut Rng, _: usize) -> String {
    let mut text = String::new();
    while text.len() < 1 << 20 {
        let number = rng.below(100_000);
        text += &format!("{} {number} ", words(rng, 6));
    }
    text
}

fn digits(rng: &mut Rng, _: usize) -> String {
    (0..1 << 21).map(|_| char::from(b'0' + rng.below(10) as u8)).collect()
}

fn numbers(rng: &mut Rng, _: usize) -> String {
    (0..60).map(|_| format!("{} ", rng.below(1000))).collect()
}

fn only_masks(rng: &mut Rng, _: usize) -> String {
    let count = rng.below(6);
    (0..count).map(|_| format!("{};", uuid(rng))).collect()
}

fn mask_bytes(rng: &mut Rng, _: usize) -> String {
    (0..30).map(|_| char::from(12 + rng.below(14) as u8)).chain("id 1234567".chars()).collect()
}

fn other_masks(rng: &mut Rng, _: usize) -> String {
    (0..20)
        .map(|_| format!("{}{:x}/{} ", rng.pick(&WORDS), rng.next_u64() >> rng.below(60), rng.below(1 << 20)))
        .collect()
}

fn wrong_times(rng: &mut Rng, _: usize) -> String {
    let (month, day, hour) = (rng.below(20), rng.below(40), rng.below(30));
    format!("{:04}-{month:02}-{day:02}T{hour:02}:00:60.{} and {}", rng.below(9999), rng.below(1 << 30), rng.next_u64())
}

fn wrong_uuids(rng: &mut Rng, _: usize) -> String {
    let mut id = uuid(rng).into_bytes();
    id[rng.below(36)] = *rng.pick(b"g-F0\x10");
    format!("{} {}", String::from_utf8_lossy(&id), "0x0f00 0xfedcba9876543210 000 00012")
}
