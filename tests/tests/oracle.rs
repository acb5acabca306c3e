//! Prost and opentelemetry-proto as the judge: what comes back means what went in, and the tests know
//! every field there is. The descriptor is that of the opentelemetry-proto crate: a version of it with a
//! new field fails here until the generator has it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use tracezip::{TraceCompressor, TraceDecompressor};
use tracezip_tests::check::{self, LEVELS, Stream};
use tracezip_tests::corpora::{self, Corpus};
use tracezip_tests::generator::Generator;
use tracezip_tests::rng::Rng;
use tracezip_tests::style::Style;

fn request() -> MessageDescriptor {
    let pool = DescriptorPool::decode(opentelemetry_proto::DESCRIPTORS).unwrap();
    pool.get_message_by_name("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest").unwrap()
}

/// The fields of a message and of all messages in it, as `Message.field`.
fn known(message: &MessageDescriptor, names: &mut BTreeSet<String>) {
    for field in message.fields() {
        if names.insert(field.full_name().to_owned())
            && let Kind::Message(inner) = field.kind()
        {
            known(&inner, names);
        }
    }
}

/// The fields that are there.
fn used(message: &DynamicMessage, names: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        names.insert(field.full_name().to_owned());
        match value {
            Value::Message(inner) => used(inner, names),
            Value::List(values) => values.iter().filter_map(Value::as_message).for_each(|inner| used(inner, names)),
            _ => {}
        }
    }
}

fn every_field_is_in(requests: &[Vec<u8>], whose: &str) {
    let descriptor = request();
    let (mut all, mut seen) = (BTreeSet::new(), BTreeSet::new());
    known(&descriptor, &mut all);
    for otlp in requests {
        // Some vectors are no protobuf on purpose.
        if let Ok(message) = DynamicMessage::decode(descriptor.clone(), &otlp[..]) {
            used(&message, &mut seen);
        }
    }
    let missing: Vec<&String> = all.difference(&seen).collect();
    assert!(missing.is_empty(), "{whose} has no {missing:?}");
}

/// Everything but what is not in the descriptor.
fn valid(seed: u64) -> Generator {
    let mut style = Style::random(&mut Rng::new(seed));
    (style.unknown, style.rare, style.depth) = (0, 20, style.depth.min(20));
    Generator::with_style(seed, style)
}

#[test]
fn the_generator_has_every_field() {
    let requests: Vec<Vec<u8>> = (0..60).map(|seed| valid(seed).request(40)).collect();
    every_field_is_in(&requests, "tests/src/generator.rs");
}

#[test]
fn the_vectors_have_every_field() {
    let folder = tracezip_tests::tests_dir().join("vectors");
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let vectors = manifest["valid"].as_array().unwrap();
    let read = |vector: &serde_json::Value| std::fs::read(folder.join(vector["input"].as_str().unwrap())).unwrap();
    every_field_is_in(&vectors.iter().map(read).collect::<Vec<_>>(), "tests/vectors");
}

/// Any message with every field, as the descriptor has them: one of each oneof, one or two of what repeats.
fn fill(rng: &mut Rng, descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    let chosen: Vec<FieldDescriptor> = descriptor
        .oneofs()
        .map(|oneof| {
            let fields: Vec<FieldDescriptor> = oneof.fields().collect();
            // Lists in lists end somewhere.
            let flat = fields.iter().filter(|field| depth < 12 || !matches!(field.kind(), Kind::Message(_)));
            (*rng.pick(&flat.collect::<Vec<_>>())).clone()
        })
        .collect();
    let plain = descriptor.fields().filter(|field| field.containing_oneof().is_none());
    for field in plain.chain(chosen) {
        let value = match field.is_list() {
            true => Value::List((0..1 + rng.below(2)).map(|_| value(rng, &field.kind(), depth)).collect()),
            false => value(rng, &field.kind(), depth),
        };
        message.set_field(&field, value);
    }
    message
}

fn value(rng: &mut Rng, kind: &Kind, depth: usize) -> Value {
    let number = rng.number();
    match kind {
        Kind::Message(inner) => Value::Message(fill(rng, inner, depth + 1)),
        Kind::Enum(values) => Value::EnumNumber(rng.pick(&values.values().collect::<Vec<_>>()).number()),
        Kind::Bool => Value::Bool(true),
        Kind::String => Value::String(format!("text {number:x}")),
        Kind::Bytes => {
            let len = *rng.pick(&[8, 16, 5]);
            Value::Bytes(rng.bytes(len).into())
        }
        Kind::Double => Value::F64(number as f64 / 8.0),
        Kind::Float => Value::F32(number as f32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number),
    }
}

/// What prost reads, as it writes it: requests with a NaN are equal in this form only.
fn meaning(otlp: &[u8]) -> Vec<u8> {
    ExportTraceServiceRequest::decode(otlp).unwrap().encode_to_vec()
}

/// Sends `otlp` in all ways and compares what it means before and after; whether prost can read it.
fn means_the_same(otlp: &[u8], compressor: &mut TraceCompressor, decompressor: &mut TraceDecompressor) -> bool {
    let Ok(request) = ExportTraceServiceRequest::decode(otlp) else { return false };
    let before = meaning(otlp);
    compressor.reset_stats();
    let frame = compressor.compress(otlp).unwrap();
    let spans = request.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len()).sum::<usize>();
    // Spans within messages whose lengths are longer than need be are not looked at, nor counted.
    assert!(before.len() != otlp.len() || compressor.stats().span_count == spans as u64);
    let streamed = decompressor.decompress(frame.as_bytes()).unwrap();
    assert!(meaning(&streamed) == before, "another request comes back");
    for l in LEVELS {
        let back = tracezip::decompress(&tracezip::compress_level(otlp, &check::level(l))).unwrap();
        assert!(meaning(&back) == before, "another request, level {l}");
    }
    true
}

fn all_mean_the_same(requests: impl Iterator<Item = Vec<u8>>) -> (usize, usize) {
    let Stream { mut compressor, mut decompressor } = Stream::new(check::level(3));
    requests.fold((0, 0), |(all, valid), otlp| {
        (all + 1, valid + usize::from(means_the_same(&otlp, &mut compressor, &mut decompressor)))
    })
}

#[test]
fn filled_requests_mean_the_same() {
    let (descriptor, mut rng) = (request(), Rng::new(6));
    let (all, readable) = all_mean_the_same((0..60).map(|_| fill(&mut rng, &descriptor, 0).encode_to_vec()));
    assert_eq!(all, readable);
}

#[test]
fn generated_requests_mean_the_same() {
    let (all, readable) = all_mean_the_same((0..150).map(|seed| valid(seed).request(15)));
    assert_eq!(all, readable);
}

/// As they were recorded, and as prost writes the same requests.
#[test]
fn requests_of_real_senders_mean_the_same() {
    for file in corpora::samples() {
        let requests = Corpus::read(&file).requests;
        let again = |otlp: &Vec<u8>| ExportTraceServiceRequest::decode(&otlp[..]).unwrap().encode_to_vec();
        let (all, readable) = all_mean_the_same(requests.iter().take(8).flat_map(|otlp| [otlp.clone(), again(otlp)]));
        assert_eq!(all, readable, "{}", file.display());
    }
}
