//! The stock exporter, and axum with the layer.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::post;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use prost::Message;
use tracezip_otlp::{Mode, TracezipClient, TracezipLayer};

#[derive(Clone, Default)]
struct Received {
    /// How often a span with this number came.
    spans: Arc<Mutex<BTreeMap<i64, u32>>>,
    /// How often each coding came.
    codings: Arc<Mutex<BTreeMap<String, u32>>>,
}

async fn export(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> StatusCode {
    assert!(!headers.contains_key("content-encoding") && headers["content-length"] == body.len().to_string());
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    for span in scopes.flat_map(|scope| &scope.spans) {
        let number = span.attributes[0].value.as_ref().unwrap().encode_to_vec();
        *received.spans.lock().unwrap().entry(number.iter().fold(0, |n, b| n << 8 | i64::from(*b))).or_default() += 1;
    }
    StatusCode::OK
}

async fn count(State(received): State<Received>, request: Request, next: Next) -> Response {
    let coding = request.headers().get("content-encoding").map_or("none", |coding| coding.to_str().unwrap());
    *received.codings.lock().unwrap().entry(coding.to_owned()).or_default() += 1;
    next.run(request).await
}

/// What a server does that has not heard of Tracezip.
async fn unaware(request: Request, next: Next) -> Response {
    if request.headers().get("content-encoding").is_some_and(|coding| coding == "tracezip") {
        return Response::builder().status(400).body("unsupported Content-Encoding".into()).unwrap();
    }
    let mut response = next.run(request).await;
    response.headers_mut().remove("accept-encoding");
    response
}

async fn serve(knows: bool) -> (String, Received) {
    let received = Received::default();
    let mut app =
        Router::new().route("/v1/traces", post(export)).with_state(received.clone()).layer(TracezipLayer::new());
    if !knows {
        app = app.layer(middleware::from_fn(unaware));
    }
    let app = app.layer(middleware::from_fn_with_state(received.clone(), count));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    (url, received)
}

/// The bytes of `tracezip.bytes` with these attributes.
fn bytes(exporter: &InMemoryMetricExporter, direction: &str, coding: &str) -> u64 {
    let all = exporter.get_finished_metrics().unwrap();
    let metrics = all.last().unwrap().scope_metrics().flat_map(|scope| scope.metrics());
    let mut sum = 0;
    for metric in metrics.filter(|metric| metric.name() == "tracezip.bytes") {
        let AggregatedMetrics::U64(MetricData::Sum(data)) = metric.data() else { panic!("no sum") };
        for point in data.data_points() {
            let has = |key, value: String| point.attributes().any(|it| *it == KeyValue::new(key, value.clone()));
            if has("direction", direction.to_owned()) && has("coding", coding.to_owned()) {
                sum += point.value();
            }
        }
    }
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_exporter() {
    for (mode, knows, expected) in [
        (Mode::Auto, true, r#"{"gzip": 1, "tracezip": 2}"#),
        (Mode::Auto, false, r#"{"gzip": 3}"#),
        (Mode::Eager, true, r#"{"tracezip": 3}"#),
        (Mode::Eager, false, r#"{"gzip": 3, "tracezip": 1}"#),
        (Mode::Off, true, r#"{"gzip": 3}"#),
    ] {
        let (url, received) = serve(knows).await;
        let metrics = InMemoryMetricExporter::default();
        let meters = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(metrics.clone()).build()).build();
        let client = TracezipClient::builder(reqwest::Client::new()).mode(mode).meter_provider(&meters).build();
        let exporter = SpanExporter::builder().with_http().with_endpoint(url).with_http_client(client).build().unwrap();
        let batches = [0..50, 50..100, 100..150];
        for batch in batches {
            emit(&exporter, batch).await;
        }
        let spans = received.spans.lock().unwrap();
        assert_eq!(spans.len(), 150, "{mode:?} {knows}");
        assert!(spans.values().all(|times| *times == 1));
        assert_eq!(format!("{:?}", received.codings.lock().unwrap()), expected, "{mode:?} {knows}");
        meters.force_flush().unwrap();
        for coding in ["gzip", "tracezip"] {
            let (otlp, body) = (bytes(&metrics, "in", coding), bytes(&metrics, "out", coding));
            assert!(otlp == 0 && !expected.contains(coding) || otlp > body && body > 0, "{coding}: {otlp} {body}");
        }
    }
}

/// Exports a batch of spans, each with its number.
async fn emit(exporter: &SpanExporter, numbers: std::ops::Range<i64>) {
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanExporter as _};
    let memory = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(memory.clone()).build();
    for number in numbers {
        let mut span = provider.tracer("shop").start("GET /cart");
        span.set_attribute(KeyValue::new("number", number));
        span.end();
    }
    exporter.export(memory.get_finished_spans().unwrap()).await.unwrap();
}

async fn send(url: &str, coding: &str, media: &str, body: Vec<u8>) -> (u16, String, bool) {
    let request = reqwest::Client::new().post(url).header("content-encoding", coding).header("content-type", media);
    let response = request.body(body).send().await.unwrap();
    let advertises = response.headers().get("accept-encoding").is_some_and(|codings| codings == "tracezip, gzip");
    let status = response.status().as_u16();
    (status, String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned(), advertises)
}

#[tokio::test]
async fn what_is_refused() {
    let app = Router::new().route("/", post(|body: Bytes| async move { body.len().to_string() }));
    let app = app.layer(TracezipLayer::new().max_decoded_bytes(20_000));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });

    let otlp = include_bytes!("../../tests/vectors/spans-40.otlp");
    let frame = tracezip::compress(otlp);
    let mut newer = frame.clone();
    newer[0] ^= 1 << 5; // the version is in the bits from 5 on
    let bomb = tracezip::compress(&vec![0; 1 << 20]);
    for (coding, body, status, says) in [
        ("tracezip", frame.clone(), 200, otlp.len().to_string()),
        ("tracezip", frame[..99].to_vec(), 400, "[tracezip error 3]".into()),
        ("tracezip", otlp.to_vec(), 400, "[tracezip error 1]".into()),
        ("tracezip", newer, 415, "[tracezip error 2]".into()),
        ("tracezip", bomb, 413, "[tracezip error 7]".into()),
        ("tracezip", vec![7; 30_000], 413, "too long".into()),
        ("gzip", b"no gzip".to_vec(), 400, "gzip: ".into()),
        ("br", b"as it is".to_vec(), 200, "8".into()),
    ] {
        for media in ["application/x-protobuf", "application/json"] {
            let (got, text, advertises) = send(&url, coding, media, body.clone()).await;
            assert_eq!(got, status, "{coding} {text}");
            assert!(text.contains(&says), "{text:?} does not say {says}");
            assert!(advertises);
            if media == "application/json" && got != 200 {
                assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["message"].is_string());
            }
        }
    }
}
