// Package tracezipextension is the extension "tracezip" of the OpenTelemetry Collector: one component with which the
// stock receivers and exporters speak Tracezip.
//
//   - middlewares: [{id: tracezip}] of an OTLP exporter sends Tracezip to those who read it, over HTTP and gRPC;
//   - middlewares: [{id: tracezip}] of an OTLP receiver reads it; with compression_algorithms: [] over HTTP;
//   - encoding: tracezip of a file, Kafka or S3 exporter or receiver writes or reads frames that stand alone.
//
// docs/guide/collector.md has configurations to start from.
package tracezipextension
