//! The HTTP client of an exporter.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{Request, Response};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_http::{HttpClient, HttpError};
use tracezip::TracezipConfig;

use crate::counters::Counters;
use crate::negotiation::{Answer, Class, FIRST_WAIT, LOST, Machine, Mode, TOKEN, advertises, jitter};
use crate::payload::{Coding, gunzip, gzip, is_ours, with_body};

/// Scope of the counters.
const METER: &str = "tracezip-otlp";

/// Wraps the HTTP client of an exporter, which then sends Tracezip to those who read it.
///
/// Requests with traces go out with Tracezip or the fallback: the compression that the exporter was given (gzip is read
/// here; others pass as they are), or gzip if it has none. Requests with metrics or logs pass. Compression runs
/// in the call, on the thread that polls it: a few milliseconds for a batch of 1,000 spans.
///
/// Counters go to the global meter provider, or to [that of the builder](TracezipClientBuilder::meter_provider).
#[derive(Debug)]
pub struct TracezipClient<C> {
    inner: C,
    settings: Settings,
    counters: Counters,
    start: Instant,
    machines: Mutex<HashMap<String, Arc<Machine>>>,
}

#[derive(Debug)]
struct Settings {
    mode: Mode,
    config: TracezipConfig,
    timeout: Duration,
    reprobe_interval: Duration,
}

/// Settings of a [`TracezipClient`].
#[derive(Debug)]
pub struct TracezipClientBuilder<C> {
    inner: C,
    settings: Settings,
    counters: Option<Counters>,
}

impl<C> TracezipClientBuilder<C> {
    /// When Tracezip is sent. Default: [`Mode::Auto`].
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.settings.mode = mode;
        self
    }

    /// How to compress. Default: level 3.
    #[must_use]
    pub fn config(mut self, config: TracezipConfig) -> Self {
        self.settings.config = config;
        self
    }

    /// After this time nothing is sent a second time. Give it the time that the exporter has for a call; what
    /// ends one request is the wrapped client's own time-out. Default: 10 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How long the fallback is sent after Tracezip was refused, give or take a tenth. It doubles with each
    /// further refusal in a row, up to a day. Default: 10 min.
    #[must_use]
    pub fn reprobe_interval(mut self, interval: Duration) -> Self {
        self.settings.reprobe_interval = interval;
        self
    }

    /// Where the counters go. Default: the global provider.
    #[must_use]
    pub fn meter_provider(mut self, provider: &dyn MeterProvider) -> Self {
        self.counters = Some(Counters::new(&provider.meter(METER)));
        self
    }

    /// The client.
    pub fn build(self) -> TracezipClient<C> {
        let counters = self.counters.unwrap_or_else(|| Counters::new(&opentelemetry::global::meter(METER)));
        let (start, machines) = (Instant::now(), Mutex::default());
        TracezipClient { inner: self.inner, settings: self.settings, counters, start, machines }
    }
}

impl<C> TracezipClient<C> {
    /// With the default settings.
    pub fn new(inner: C) -> Self {
        Self::builder(inner).build()
    }

    /// With settings of one's own.
    pub fn builder(inner: C) -> TracezipClientBuilder<C> {
        let settings = Settings {
            mode: Mode::default(),
            config: TracezipConfig::default(),
            timeout: Duration::from_secs(10),
            reprobe_interval: FIRST_WAIT,
        };
        TracezipClientBuilder { inner, settings, counters: None }
    }

    /// The machine of the endpoint: scheme, authority and path.
    fn machine(&self, request: &Request<Bytes>) -> Arc<Machine> {
        let uri = request.uri();
        let endpoint = format!(
            "{}://{}{}",
            uri.scheme_str().unwrap_or_default(),
            uri.authority().map_or("", |authority| authority.as_str()),
            uri.path()
        );
        let mut machines = self.machines.lock().unwrap_or_else(PoisonError::into_inner);
        machines.entry(endpoint).or_insert_with(|| Arc::new(Machine::new(self.settings.mode))).clone()
    }

    /// The request with a frame; `None` if the exporter's own gzip cannot be read.
    fn as_tracezip(&self, request: &Request<Bytes>, coding: Coding) -> Option<Request<Bytes>> {
        let mut otlp = request.body().clone();
        if coding == Coding::Gzip {
            // It comes from ourselves: a limit would only keep it from being sent.
            match gunzip(&otlp, 1 << 30) {
                Ok(content) if content.len() <= 1 << 30 => otlp = content.into(),
                _ => {
                    self.counters.failed();
                    return None;
                }
            }
        }
        let start = Instant::now();
        let frame = tracezip::compress_level(&otlp, &self.settings.config);
        self.counters.coded(TOKEN, otlp.len(), frame.len(), start.elapsed());
        Some(with_body(request, Coding::Tracezip, frame.into()))
    }

    /// The request with the fallback; as it was, if it came compressed.
    fn as_fallback(&self, request: &Request<Bytes>, coding: Coding) -> Result<Request<Bytes>, HttpError> {
        if coding != Coding::None {
            return Ok(request.clone());
        }
        let start = Instant::now();
        let body = gzip(request.body())?;
        self.counters.coded(Coding::Gzip.name(), request.body().len(), body.len(), start.elapsed());
        Ok(with_body(request, Coding::Gzip, body.into()))
    }
}

impl<C: HttpClient> TracezipClient<C> {
    /// Sends the payload once, or, after a refusal, twice; the answer is the last one.
    async fn send(&self, request: Request<Bytes>, coding: Coding) -> Result<Response<Bytes>, HttpError> {
        let began = Instant::now();
        let machine = self.machine(&request);
        let tracezip = machine.choose(self.start.elapsed());
        let Some(coded) = tracezip.then(|| self.as_tracezip(&request, coding)).flatten() else {
            let result = self.inner.send_bytes(self.as_fallback(&request, coding)?).await;
            machine.answered(false, answer(&result));
            return result;
        };
        let result = self.inner.send_bytes(coded).await;
        let refusal = match &result {
            Ok(response) if machine.answered(true, answer(&result)) => response.status().as_u16(),
            _ => return result,
        };
        let result = if began.elapsed() < self.settings.timeout {
            self.inner.send_bytes(self.as_fallback(&request, coding)?).await
        } else {
            Err("Tracezip was refused, and no time is left to send the payload again".into())
        };
        if machine.answered_again(answer(&result), self.start.elapsed(), self.settings.reprobe_interval, jitter()) {
            self.counters.downgraded(refusal);
            opentelemetry::otel_warn!(name: "Tracezip.Refused", status = refusal.to_string());
        }
        result
    }
}

fn answer(result: &Result<Response<Bytes>, HttpError>) -> Answer {
    let Ok(response) = result else { return LOST };
    let fields = response.headers().get_all(ACCEPT_ENCODING);
    Answer {
        class: Class::of(response.status().as_u16()),
        advertises: advertises(fields.iter().filter_map(|field| field.to_str().ok())),
    }
}

#[async_trait]
impl<C: HttpClient> HttpClient for TracezipClient<C> {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        match is_ours(&request) {
            Some(coding) => self.send(request, coding).await,
            None => self.inner.send_bytes(request).await,
        }
    }
}
