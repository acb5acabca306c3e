//! The SDK with Tracezip: `cargo run -p tracezip-otlp --example sdk http://localhost:4318/v1/traces`.
//!
//! A second address gets every span, too, from the stock exporter alone, so that the two can be compared; a number is
//! how many spans are made.

use std::error::Error;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, Link, Span, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue, Value};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracezip_otlp::TracezipClient;

const BATCH: i64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or("http://localhost:4318/v1/traces".into());
    // The processor has a thread of its own, without a runtime: the client must be a blocking one.
    let tracezip = TracezipClient::new(reqwest::blocking::Client::new());
    let exporter = SpanExporter::builder().with_http().with_http_client(tracezip).with_endpoint(url).build()?;
    let resource = Resource::builder().with_service_name("shop").with_attribute(KeyValue::new("process.pid", 4711));
    let mut builder = SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter);
    if let Some(url) = arguments.next() {
        let client = reqwest::blocking::Client::new();
        let control = SpanExporter::builder().with_http().with_http_client(client).with_endpoint(url).build()?;
        builder = builder.with_batch_exporter(control);
    }
    let provider = builder.build();
    let scope = InstrumentationScope::builder("shop.cart").with_version("0.9").build();
    let tracer = provider.tracer_with_scope(scope);
    let count: i64 = arguments.next().map_or(Ok(300), |count| count.parse())?;
    for number in 0..count / 3 {
        order(&tracer, number);
        if number % (BATCH / 3) == 0 {
            // Gives up after 5 s, where the shutdown still waits.
            let _ = provider.force_flush();
        }
    }
    provider.shutdown_with_timeout(Duration::from_secs(120))?;
    Ok(())
}

/// Three spans.
fn order(tracer: &SdkTracer, number: i64) {
    let elsewhere = SpanContext::new(
        0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.into(),
        0xb7ad_6b71_6920_3331_u64.into(),
        opentelemetry::TraceFlags::SAMPLED,
        true,
        Default::default(),
    );
    let server = tracer
        .span_builder("GET /cart")
        .with_kind(SpanKind::Server)
        .with_links(vec![Link::new(elsewhere, vec![KeyValue::new("why", "retry")], 0)])
        .with_attributes([
            KeyValue::new("http.status_code", 200),
            KeyValue::new("user", format!("anna-{}", number % 7)),
            KeyValue::new("ratio", number as f64 / 3.0),
            KeyValue::new("vip", number % 2 == 0),
        ])
        .start(tracer);
    let inside = Context::new().with_span(server);
    tracer
        .span_builder("SELECT carts")
        .with_kind(SpanKind::Client)
        .with_attributes([
            KeyValue::new("db.rows", Value::Array(Array::I64(vec![number, 2, 3]))),
            KeyValue::new("db.statement", "SELECT * FROM carts WHERE user = ?"),
            KeyValue::new("größe", "µ"),
        ])
        .with_events(vec![Event::new("fetched", SystemTime::now(), vec![KeyValue::new("rows", number)], 0)])
        .start_with_context(tracer, &inside)
        .end();
    let mut internal = tracer.start_with_context("render", &inside);
    if number % 10 == 0 {
        internal.record_error(&std::io::Error::other(format!("no template for {number}")));
        internal.set_status(Status::error("no template"));
    }
    internal.end();
}
