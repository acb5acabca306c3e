//! Cuts a sample out of a corpus, at borders of messages: how `tests/corpora` was made.
//!
//! `cargo run --release -p tracezip-benches --example cut -- IN SKIP SPANS OUT.otlp.zst`
//!
//! Leaves out SKIP messages, then takes whole messages until there are SPANS spans. A corpus of a single message is cut into messages
//! of 1000 spans first.

use tracezip_benches::Error;
use tracezip_benches::batch::{count_spans, rebatch};
use tracezip_benches::input::{join_messages, read_messages};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [input, skip, spans, output] = args.as_slice() else {
        return Err("usage: cut IN SKIP SPANS OUT.otlp.zst".into());
    };
    let wanted: u64 = spans.parse()?;
    let mut messages = read_messages(std::fs::read(input)?)?;
    if messages.len() == 1 {
        messages = rebatch(&messages, 1000, usize::MAX)?;
    }
    let sample = take_spans(messages.split_off(skip.parse::<usize>()?.min(messages.len())), wanted)?;
    let joined = join_messages(sample.iter().map(Vec::as_slice)).ok_or("a message is too long")?;
    std::fs::write(output, zstd::encode_all(&joined[..], 19)?)?;
    Ok(())
}

fn take_spans(messages: Vec<Vec<u8>>, wanted: u64) -> Result<Vec<Vec<u8>>, Error> {
    let mut spans = 0;
    let mut sample = Vec::new();
    for (index, message) in messages.into_iter().enumerate() {
        if spans >= wanted {
            break;
        }
        spans += count_spans(&message).map_err(|error| Error::BadMessage {
            index,
            offset: error.offset,
            detail: error.detail,
        })?;
        sample.push(message);
    }
    Ok(sample)
}
