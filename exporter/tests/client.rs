//! The client, over a network that plays `tests/negotiation.json`.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use serde_json::Value;
use tracezip_otlp::{Mode, TracezipClient};

/// Answers what the table says, and keeps what it was sent.
#[derive(Clone, Debug, Default)]
struct Network(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    server: Value,
    wait: Duration,
    requests: Vec<String>,
    delivered: Vec<Bytes>,
}

fn decoded(coding: &str, body: &Bytes) -> Bytes {
    match coding {
        "tracezip" => tracezip::decompress(body).unwrap().into(),
        "gzip" => {
            let mut content = Vec::new();
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut content).unwrap();
            content.into()
        }
        _ => body.clone(),
    }
}

#[async_trait]
impl HttpClient for Network {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut seen = self.0.lock().unwrap();
        let coding = request.headers().get(CONTENT_ENCODING).map_or("none", |coding| coding.to_str().unwrap());
        seen.requests.push(coding.to_owned());
        std::thread::sleep(seen.wait);
        let said = seen.server[coding].clone();
        let Some(status) = said["status"].as_u64() else { return Err("no connection".into()) };
        if (200..300).contains(&status) {
            seen.delivered.push(decoded(coding, request.body()));
        }
        let mut response = Response::builder().status(u16::try_from(status).unwrap());
        if said["advertises"] == true {
            response = response.header("accept-encoding", "gzip, tracezip");
        }
        Ok(response.body(Bytes::from_static(b"an answer")).unwrap())
    }
}

fn otlp() -> Bytes {
    Bytes::from_static(include_bytes!("../../tests/vectors/spans-40.otlp"))
}

fn export(path: &str, body: Bytes, coding: Option<&str>) -> Request<Bytes> {
    let request = Request::post(format!("http://gateway:4318{path}")).header(CONTENT_TYPE, "application/x-protobuf");
    match coding {
        Some(coding) => request.header(CONTENT_ENCODING, coding),
        None => request,
    }
    .body(body)
    .unwrap()
}

fn table() -> Value {
    serde_json::from_str(include_str!("../../tests/negotiation.json")).unwrap()
}

/// Those cases that end before the clock matters; the machine's own test has all of them.
#[tokio::test]
async fn cases() {
    let table = table();
    let mut played = 0;
    for case in table["cases"].as_array().unwrap() {
        let steps = case["steps"].as_array().unwrap();
        if steps.iter().any(|step| step["at"].as_f64().unwrap() >= 540.0) {
            continue;
        }
        played += 1;
        let network = Network::default();
        let client = TracezipClient::builder(network.clone())
            .mode(case["mode"].as_str().unwrap().parse().unwrap())
            .timeout(Duration::from_millis(500))
            .build();
        for step in steps {
            let late = if step["no_time_left"] == true { 600 } else { 0 };
            *network.0.lock().unwrap() = Seen {
                server: table["servers"][step["server"].as_str().unwrap()].clone(),
                wait: Duration::from_millis(late),
                ..Seen::default()
            };
            let result = client.send_bytes(export("/v1/traces", otlp(), None)).await;
            let seen = network.0.lock().unwrap();
            let status = result.as_ref().map_or(Value::from("lost"), |response| response.status().as_u16().into());
            assert_eq!(step["result"], status, "{}: {step}", case["name"]);
            assert_eq!(step["requests"], Value::from(seen.requests.clone()), "{}: {step}", case["name"]);
            let acknowledged = result.is_ok_and(|response| response.status().is_success());
            assert_eq!(seen.delivered, vec![otlp(); usize::from(acknowledged)], "{}: {step}", case["name"]);
        }
    }
    assert!(played >= 15, "only {played} cases were played");
}

/// A network of one server, which has not been asked anything.
fn network(server: &str) -> Network {
    let seen = Seen { server: table()["servers"][server].clone(), ..Seen::default() };
    Network(Arc::new(Mutex::new(seen)))
}

#[tokio::test]
async fn the_exporters_own_gzip_is_the_fallback() {
    let network = network("boasts");
    let client = TracezipClient::new(network.clone());
    let sent = otlp();
    let mut zipped = flate2::read::GzEncoder::new(&sent[..], flate2::Compression::fast());
    let mut body = Vec::new();
    zipped.read_to_end(&mut body).unwrap();
    for _ in 0..2 {
        client.send_bytes(export("/v1/traces", body.clone().into(), Some("gzip"))).await.unwrap();
    }
    let seen = network.0.lock().unwrap();
    assert_eq!(seen.requests, ["gzip", "tracezip", "gzip"]);
    assert_eq!(seen.delivered, [otlp(), otlp()]);
}

#[tokio::test]
async fn others_pass() {
    let network = network("knows");
    let client = TracezipClient::builder(network.clone()).mode(Mode::Force).build();
    for (path, coding) in [("/v1/metrics", None), ("/v1/logs", None), ("/v1/traces", Some("zstd"))] {
        let _ = client.send_bytes(export(path, otlp(), coding)).await;
    }
    let mut json = export("/v1/traces", otlp(), None);
    json.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    let _ = client.send_bytes(json).await;
    assert_eq!(network.0.lock().unwrap().requests, ["none", "none", "zstd", "none"]);
}

#[tokio::test]
async fn spoilt_gzip_goes_out_as_it_came() {
    let network = network("bad-data");
    let client = TracezipClient::builder(network.clone()).mode(Mode::Force).build();
    let answer = client.send_bytes(export("/v1/traces", Bytes::from_static(b"no gzip"), Some("gzip"))).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(network.0.lock().unwrap().requests, ["gzip"]);
}
