//! An OTLP receiver that reads Tracezip: `cargo run -p tracezip-otlp --example receiver`.

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tracezip_otlp::TracezipLayer;

async fn export(body: Bytes) -> Result<(), String> {
    let request = ExportTraceServiceRequest::decode(body).map_err(|error| error.to_string())?;
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    println!("{} spans", scopes.map(|scope| scope.spans.len()).sum::<usize>());
    Ok(())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/v1/traces", post(export)).layer(TracezipLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:4318").await?;
    axum::serve(listener, app).await
}
