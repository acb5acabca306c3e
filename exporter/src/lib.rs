//! Exporters of OpenTelemetry traces speak Tracezip, and servers read it.
//!
//! * [`TracezipClient`] wraps the HTTP client of a stock exporter:
//!
//!   ```no_run
//!   use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
//!   use tracezip_otlp::TracezipClient;
//!
//!   # fn main() -> Result<(), Box<dyn std::error::Error>> {
//!   let exporter = SpanExporter::builder()
//!       .with_http()
//!       .with_endpoint("http://localhost:4318/v1/traces")
//!       .with_http_client(TracezipClient::new(reqwest::blocking::Client::new()))
//!       .build()?;
//!   # Ok(())
//!   # }
//!   ```
//!
//!   The SDK's batch processor calls it on a thread of its own, without a runtime: hence the blocking client. A whole set-up
//!   is in `examples/sdk.rs`.
//!
//! * [`TracezipLayer`], with the feature `tower`, which is on by default, is for servers.
//!
//! A client sends Tracezip to a server only once that has said that it reads it, and sends the same payload again
//! as gzip, in the same call, when it is refused all the same. `spec/negotiation.md` has the rules, which are
//! the same in every language: no payload is lost because of Tracezip, and none is sent again after it was
//! acknowledged.

mod client;
mod counters;
mod negotiation;
mod payload;
#[cfg(feature = "tower")]
mod server;

pub use client::{TracezipClient, TracezipClientBuilder};
pub use negotiation::Mode;
#[cfg(feature = "tower")]
pub use server::{TracezipLayer, TracezipService};
