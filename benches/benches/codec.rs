//! Time of one batch of 1000 spans, by criterion: for work on the codec. Comparisons are `tracezip bench`'s.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracezip_benches::batch::rebatch;
use tracezip_benches::input::read_messages;
use tracezip_benches::peers::{Selection, codecs};

const SAMPLE: &[u8] = include_bytes!("../../tests/corpora/hipstershop.otlp.zst");

fn codec(criterion: &mut Criterion) {
    let batch = rebatch(&read_messages(SAMPLE.to_vec()).unwrap(), 1000, 1).unwrap().remove(0);
    let selection = Selection { levels: vec![1, 3, 9], stream_levels: vec![], slow: false, dictionary: None };
    // zstd as a stream would get faster with every repetition of the same batch.
    let peers = codecs(&selection).unwrap().into_iter().filter(|codec| codec.mode().as_str() != "stream");
    for mut peer in peers {
        let mut frame = Vec::with_capacity(peer.bound(batch.len()));
        let mut decoded = Vec::with_capacity(batch.len() + 1);
        let mut group = criterion.benchmark_group(peer.name().to_string());
        group.throughput(Throughput::Bytes(batch.len() as u64));
        group.bench_function("compress", |bencher| {
            bencher.iter(|| {
                frame.clear();
                peer.compress(&batch, &mut frame).unwrap();
            });
        });
        group.bench_function("decompress", |bencher| {
            bencher.iter(|| {
                decoded.clear();
                peer.decompress(&frame, &mut decoded).unwrap();
            });
        });
        assert_eq!(decoded, batch);
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
