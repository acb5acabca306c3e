package transport_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/tracezip/tracezip/go/transport"
)

// receiver is an OTLP receiver that keeps the spans by name.
type receiver struct {
	collector.UnimplementedTraceServiceServer
	mu    sync.Mutex
	spans map[string]int
}

func (r *receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				r.spans[span.Name+span.Attributes[0].String()]++
			}
		}
	}
	return new(collector.ExportTraceServiceResponse), nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var traces collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &traces) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = r.Export(request.Context(), &traces)
	w.WriteHeader(http.StatusOK)
}

// emit sends three batches with an exporter, and wants every span of theirs to have arrived once.
func emit(t *testing.T, exporter sdktrace.SpanExporter, r *receiver) {
	t.Helper()
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	const batches, each = 3, 50
	for batch := range batches {
		for i := range each {
			_, span := provider.Tracer("shop").Start(t.Context(), "GET /cart")
			span.SetAttributes(attribute.Int("number", batch*each+i))
			span.End()
		}
		if err := provider.ForceFlush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(r.spans) != batches*each {
		t.Errorf("%d spans of %d", len(r.spans), batches*each)
	}
	for span, times := range r.spans {
		if times != 1 {
			t.Errorf("%s came %d times", span, times)
		}
	}
}

func TestSDKOverHTTP(t *testing.T) {
	for name, knows := range map[string]bool{"a server that knows Tracezip": true, "one that does not": false} {
		for _, compression := range []otlptracehttp.Compression{otlptracehttp.NoCompression, otlptracehttp.GzipCompression} {
			for _, mode := range []transport.Mode{transport.ModeAuto, transport.ModeEager, transport.ModeOff} {
				t.Run(fmt.Sprint(name, compression, mode), func(t *testing.T) {
					r := &receiver{spans: map[string]int{}}
					handler, err := transport.NewHandler(r)
					if err != nil {
						t.Fatal(err)
					}
					codings := map[string]int{}
					server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
						coding := request.Header.Get("Content-Encoding")
						codings[coding]++
						if !knows && coding == "tracezip" {
							w.WriteHeader(http.StatusBadRequest)
							return
						}
						handler.ServeHTTP(hiding{w, !knows}, request)
					}))
					defer server.Close()
					rt, err := transport.NewRoundTripper(nil, transport.WithMode(mode))
					if err != nil {
						t.Fatal(err)
					}
					exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(server.URL+"/v1/traces"),
						otlptracehttp.WithCompression(compression), otlptracehttp.WithHTTPClient(&http.Client{Transport: rt}))
					if err != nil {
						t.Fatal(err)
					}
					emit(t, exporter, r)
					want := map[transport.Mode]map[bool]string{
						transport.ModeAuto:  {true: "map[gzip:1 tracezip:2]", false: "map[gzip:3]"},
						transport.ModeEager: {true: "map[tracezip:3]", false: "map[gzip:3 tracezip:1]"},
						transport.ModeOff:   {true: "map[gzip:3]", false: "map[gzip:3]"},
					}[mode][knows]
					if fmt.Sprint(codings) != want {
						t.Errorf("%v, not %s", codings, want)
					}
				})
			}
		}
	}
}

// hiding takes the advertisement out of responses.
type hiding struct {
	http.ResponseWriter
	hides bool
}

func (h hiding) WriteHeader(status int) {
	if h.hides {
		h.Header().Del("Accept-Encoding")
	}
	h.ResponseWriter.WriteHeader(status)
}

func TestSDKOverGRPC(t *testing.T) {
	for _, knows := range []bool{true, false} {
		for _, compression := range [][]otlptracegrpc.Option{nil, {otlptracegrpc.WithCompressor("gzip")}} {
			for _, mode := range []transport.Mode{transport.ModeAuto, transport.ModeEager, transport.ModeOff} {
				t.Run(fmt.Sprint(knows, len(compression), mode), func(t *testing.T) {
					r := &receiver{spans: map[string]int{}}
					var refused atomic.Int64
					var options []grpc.ServerOption
					if knows {
						options, _ = transport.ServerOptions()
					} else {
						options = append(options, grpc.StatsHandler(&refusing{refused: &refused}), grpc.ChainUnaryInterceptor(refuse))
					}
					listener, err := net.Listen("tcp", "127.0.0.1:0")
					if err != nil {
						t.Fatal(err)
					}
					server := grpc.NewServer(options...)
					collector.RegisterTraceServiceServer(server, r)
					go server.Serve(listener)
					defer server.Stop()
					dial, err := transport.DialOptions(transport.WithMode(mode))
					if err != nil {
						t.Fatal(err)
					}
					exporter, err := otlptracegrpc.New(t.Context(), append(compression, otlptracegrpc.WithInsecure(),
						otlptracegrpc.WithEndpoint(listener.Addr().String()), otlptracegrpc.WithDialOption(dial...))...)
					if err != nil {
						t.Fatal(err)
					}
					emit(t, exporter, r)
					if want := !knows && mode == transport.ModeEager; (refused.Load() == 1) != want {
						t.Errorf("refused %d times", refused.Load())
					}
				})
			}
		}
	}
}

// refusing and refuse do what grpc-go does in a server without the compressor.
type refusing struct {
	stats.Handler
	refused *atomic.Int64
	coding  string
}

func (r *refusing) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (r *refusing) HandleConn(context.Context, stats.ConnStats)                       {}
func (r *refusing) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, refusingKey{}, &refusing{refused: r.refused})
}

func (r *refusing) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if header, ok := event.(*stats.InHeader); ok {
		ctx.Value(refusingKey{}).(*refusing).coding = header.Compression
	}
}

type refusingKey struct{}

func refuse(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if r := ctx.Value(refusingKey{}).(*refusing); r.coding == "tracezip" {
		r.refused.Add(1)
		return nil, status.Errorf(codes.Unimplemented, "grpc: Decompressor is not installed for grpc-encoding %q", r.coding)
	}
	return handle(ctx, request)
}

func ExampleDialOptions() {
	options, err := transport.DialOptions()
	if err != nil {
		log.Fatal(err)
	}
	exporter, err := otlptracegrpc.New(context.Background(), otlptracegrpc.WithDialOption(options...))
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer provider.Shutdown(context.Background())
}

func ExampleServerOptions() {
	options, err := transport.ServerOptions(transport.WithMaxDecodedBytes(20 << 20))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer(options...)
	collector.RegisterTraceServiceServer(server, new(receiver))
}

func ExampleNewRoundTripper() {
	rt, err := transport.NewRoundTripper(nil) // modes, level: transport.With...
	if err != nil {
		log.Fatal(err)
	}
	exporter, err := otlptracehttp.New(context.Background(),
		otlptracehttp.WithEndpointURL("http://localhost:4318/v1/traces"),
		otlptracehttp.WithHTTPClient(&http.Client{Transport: rt}))
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	defer provider.Shutdown(context.Background())
}

func ExampleNewHandler() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		otlp, err := io.ReadAll(r.Body) // whatever coding it came in
		if err != nil {
			return
		}
		fmt.Println(len(otlp), "bytes of OTLP")
	})
	handler, err := transport.NewHandler(mux, transport.WithMaxDecodedBytes(20<<20))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:4318", handler))
}
