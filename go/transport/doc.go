// Package transport sends and receives OTLP over HTTP and gRPC with Tracezip, for the OpenTelemetry SDK for Go, and for any
// other client and server that is built on net/http or grpc-go.
//
//   - [NewRoundTripper] wraps the transport of an HTTP client, [NewHandler] the handler of an HTTP server.
//   - [DialOptions] and [ServerOptions] do it for gRPC.
//   - [WithDictionary] makes small requests smaller, between those who hold the same dictionary.
//
// A client sends Tracezip to a server only once that has said that it reads it, and sends the same payload
// again as gzip, in the same call, when it is refused all the same. spec/negotiation.md has the rules, which
// are the same in every language: no payload is lost because of Tracezip, and none is sent again after it
// was acknowledged.
//
// Only traces are compressed; requests with metrics, logs or profiles pass as they are. All that is here may be
// used by many goroutines at the same time.
package transport
