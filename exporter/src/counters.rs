//! What was sent, as OpenTelemetry metrics.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter};

/// The counters of `spec/negotiation.md`.
#[derive(Debug)]
pub(crate) struct Counters {
    bytes: Counter<u64>,
    downgrades: Counter<u64>,
    time: Counter<f64>,
    errors: Counter<u64>,
}

impl Counters {
    pub(crate) fn new(meter: &Meter) -> Self {
        Counters {
            bytes: meter
                .u64_counter("tracezip.bytes")
                .with_unit("By")
                .with_description("Bytes of OTLP given to the client (in) and sent (out), by coding")
                .build(),
            downgrades: meter
                .u64_counter("tracezip.downgrades")
                .with_unit("{downgrade}")
                .with_description("Times Tracezip was refused and left for a while, by status")
                .build(),
            time: meter
                .f64_counter("tracezip.time")
                .with_unit("s")
                .with_description("Time spent in compressing, by coding")
                .build(),
            errors: meter
                .u64_counter("tracezip.errors")
                .with_unit("{error}")
                .with_description("Payloads that could not be compressed")
                .build(),
        }
    }

    pub(crate) fn coded(&self, coding: &'static str, otlp: usize, body: usize, took: Duration) {
        let coding = KeyValue::new("coding", coding);
        self.bytes.add(otlp as u64, &[coding.clone(), KeyValue::new("direction", "in")]);
        self.bytes.add(body as u64, &[coding.clone(), KeyValue::new("direction", "out")]);
        self.time.add(took.as_secs_f64(), &[coding]);
    }

    pub(crate) fn downgraded(&self, status: u16) {
        self.downgrades.add(1, &[KeyValue::new("reason", status.to_string())]);
    }

    pub(crate) fn failed(&self) {
        self.errors.add(1, &[]);
    }
}
