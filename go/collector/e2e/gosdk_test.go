package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/tracezip/tracezip/go/transport"
)

func goSDK(t *testing.T, agent, control string, spans int) {
	t.Helper()
	client, err := transport.NewRoundTripper(nil)
	if err != nil {
		t.Fatal(err)
	}
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL("http://"+agent+"/v1/traces"),
		otlptracehttp.WithTimeout(patience), otlptracehttp.WithHTTPClient(&http.Client{Transport: client}))
	if err != nil {
		t.Fatal(err)
	}
	makeSpans(t, exporter, control, spans)
}

func goSDKOverGRPC(t *testing.T, agent, control string, spans int) {
	t.Helper()
	options, err := transport.DialOptions()
	if err != nil {
		t.Fatal(err)
	}
	exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(agent), otlptracegrpc.WithInsecure(),
		otlptracegrpc.WithTimeout(patience), otlptracegrpc.WithDialOption(options...))
	if err != nil {
		t.Fatal(err)
	}
	makeSpans(t, exporter, control, spans)
}

// makeSpans exports each span with both exporters, in batches.
func makeSpans(t *testing.T, exporter sdktrace.SpanExporter, control string, spans int) {
	t.Helper()
	stock, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(control+"/v1/traces"), otlptracehttp.WithTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	const batch = 100
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter, sdktrace.WithExportTimeout(patience)),
		sdktrace.WithBatcher(stock, sdktrace.WithExportTimeout(patience)),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "shop"), attribute.Int("process.pid", 4711))))
	tracer := provider.Tracer("shop.cart", trace.WithInstrumentationVersion("0.9"))
	for number := range spans / 3 {
		order(tracer, number)
		if number%(batch/3) == 0 {
			err = errors.Join(err, provider.ForceFlush(t.Context()))
		}
	}
	if err = errors.Join(err, provider.Shutdown(context.Background())); err != nil {
		t.Fatal(err)
	}
}

// order makes three spans.
func order(tracer trace.Tracer, number int) {
	elsewhere := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x0a, 0xf7, 15: 0x9c}, SpanID: trace.SpanID{0xb7, 7: 0x31}, TraceFlags: trace.FlagsSampled, Remote: true,
	})
	ctx, server := tracer.Start(context.Background(), "GET /cart", trace.WithSpanKind(trace.SpanKindServer),
		trace.WithLinks(trace.Link{SpanContext: elsewhere, Attributes: []attribute.KeyValue{attribute.String("why", "retry")}}))
	server.SetAttributes(attribute.Int("http.status_code", 200), attribute.String("user", fmt.Sprint("anna-", number%7)),
		attribute.Float64("ratio", float64(number)/3), attribute.Bool("vip", number%2 == 0))
	_, client := tracer.Start(ctx, "SELECT carts", trace.WithSpanKind(trace.SpanKindClient))
	client.SetAttributes(attribute.IntSlice("db.rows", []int{number, 2, 3}),
		attribute.String("db.statement", "SELECT * FROM carts WHERE user = ?"), attribute.String("größe", "µ"))
	client.AddEvent("fetched", trace.WithAttributes(attribute.Int("rows", number)))
	client.End()
	_, internal := tracer.Start(ctx, "render")
	if number%10 == 0 {
		internal.RecordError(fmt.Errorf("no template for %d", number))
		internal.SetStatus(codes.Error, "no template")
	}
	internal.End()
	server.End()
}
