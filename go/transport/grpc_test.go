package transport

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiationtest"
)

// scriptedGRPC answers as the table says, and keeps what it was sent.
type scriptedGRPC struct {
	collector.UnimplementedTraceServiceServer
	said      map[string]negotiationtest.Said
	mu        sync.Mutex
	requests  []string
	delivered []*collector.ExportTraceServiceRequest
}

// codesOf is what a gRPC server says where one over HTTP says this status; 0 where none answers.
var codesOf = map[int]codes.Code{
	0: codes.Unavailable, 200: codes.OK, 401: codes.Unauthenticated, 413: codes.ResourceExhausted, 429: codes.ResourceExhausted, 503: codes.Unavailable,
	400: codes.Unimplemented, 406: codes.Unimplemented, 415: codes.Unimplemented, 422: codes.Unimplemented, 500: codes.Unimplemented, 501: codes.Unimplemented,
}

func (s *scriptedGRPC) Export(ctx context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	coding := server.coding(ctx)
	s.requests = append(s.requests, coding)
	said := s.said[coding]
	if said.Advertises {
		_ = grpc.SetHeader(ctx, metadata.Pairs(acceptKey, "1"))
	}
	code := codesOf[said.Status]
	if code == codes.OK {
		s.delivered = append(s.delivered, request)
	}
	return new(collector.ExportTraceServiceResponse), status.Error(code, "as the table says")
}

func serveGRPC(t testing.TB, service collector.TraceServiceServer, options ...grpc.ServerOption) string {
	listener := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	server := grpc.NewServer(options...)
	collector.RegisterTraceServiceServer(server, service)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func dial(t testing.TB, address string, options ...grpc.DialOption) collector.TraceServiceClient {
	options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
	connection := must[*grpc.ClientConn](t)(grpc.NewClient(address, options...))
	t.Cleanup(func() { connection.Close() })
	return collector.NewTraceServiceClient(connection)
}

// watching only tells the coding.
func watching() grpc.ServerOption {
	_, provider := newMeters()
	counters, _ := serverCounters(provider)
	return grpc.StatsHandler(&grpcStats{server, &counters, func(error) {}})
}

func TestCasesOverGRPC(t *testing.T) {
	all := negotiationtest.Read(t)
	var sent collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(otlp(t), &sent); err != nil {
		t.Fatal(err)
	}
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			now, script := time.Unix(0, 0), new(scriptedGRPC)
			var step negotiationtest.Step
			var cancel func()
			// Plays the network.
			inner := func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
				if step.NoTimeLeft {
					defer cancel()
				}
				if coding := client.coding(ctx); script.said[coding].Status == 0 {
					script.requests = append(script.requests, coding)
					return status.Error(codes.Unavailable, "no connection")
				}
				return invoke(ctx, method, request, reply, conn, options...)
			}
			options := must[[]grpc.DialOption](t)(DialOptions(WithMode(Mode(c.Mode)), func(s *settings) {
				s.now, s.jitter = func() time.Time { return now }, func() float64 { return c.Jitter }
			}))
			exporter := dial(t, serveGRPC(t, script, watching()), append(options, grpc.WithChainUnaryInterceptor(inner))...)
			for _, step = range c.Steps {
				now = time.Unix(0, int64(step.At*1e9))
				script.said, script.requests, script.delivered = all.Servers[step.Server], nil, nil
				var ctx context.Context
				ctx, cancel = context.WithCancel(t.Context())
				_, err := exporter.Export(ctx, &sent)
				cancel()
				want := codes.Canceled
				if !step.NoTimeLeft {
					result, _ := step.Result.(float64)
					want = codesOf[int(result)]
				}
				if status.Code(err) != want || fmt.Sprint(script.requests) != fmt.Sprint(step.Requests) {
					t.Fatalf("%+v: %v %v", step, script.requests, err)
				}
				if (err == nil) != (len(script.delivered) == 1) || err == nil && !proto.Equal(script.delivered[0], &sent) {
					t.Fatalf("%+v: delivered %d times, or something else", step, len(script.delivered))
				}
			}
		})
	}
}

// accepting takes everything.
type accepting struct {
	collector.UnimplementedTraceServiceServer
	codings []string
}

func (a *accepting) Export(ctx context.Context, _ *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	a.codings = append(a.codings, server.coding(ctx))
	return &collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{ErrorMessage: strings.Repeat("long ", 100)}}, nil
}

func TestBothSidesOverGRPC(t *testing.T) {
	var sent collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(otlp(t), &sent); err != nil {
		t.Fatal(err)
	}
	clientMeters, clientProvider := newMeters()
	serverMeters, serverProvider := newMeters()
	service := new(accepting)
	address := serveGRPC(t, service, must[[]grpc.ServerOption](t)(ServerOptions(WithMeterProvider(serverProvider)))...)
	exporter := dial(t, address, must[[]grpc.DialOption](t)(DialOptions(WithMeterProvider(clientProvider)))...)
	for range 3 {
		var header metadata.MD
		if _, err := exporter.Export(t.Context(), &sent, grpc.Header(&header)); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(header.Get(acceptKey)) != "[1]" || strings.Contains(fmt.Sprint(header), "tracezip]") {
			t.Errorf("the response says %v", header)
		}
	}
	if fmt.Sprint(service.codings) != "[gzip tracezip tracezip]" {
		t.Error(service.codings)
	}
	frame := must[[]byte](t)(tracezip.Compress(nil, must[[]byte](t)(proto.Marshal(&sent))))
	for got, want := range map[float64]int{
		clientMeters.value(t, "tracezip.bytes", "direction", "out", "coding", "tracezip"):       2 * len(frame),
		serverMeters.value(t, "tracezip.server.bytes", "direction", "in", "coding", "tracezip"): 2 * len(frame),
		clientMeters.value(t, "tracezip.bytes", "direction", "in", "coding", "gzip"):            proto.Size(&sent),
		serverMeters.value(t, "tracezip.server.bytes", "direction", "out", "coding", "gzip"):    proto.Size(&sent),
	} {
		if got != float64(want) {
			t.Errorf("%v bytes, not %d", got, want)
		}
	}
}

// What is not read is refused in a way that leads to gzip, is logged, and a bomb stops at the limit.
func TestRefusedMessages(t *testing.T) {
	var mu sync.Mutex
	var told []string
	meters, provider := newMeters()
	options := must[[]grpc.ServerOption](t)(ServerOptions(WithMaxDecodedBytes(10_000), WithMeterProvider(provider), WithErrorHandler(func(err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err.Error())
	})))
	t.Cleanup(func() { theCompressor.decoder.Store(nil) })
	service := new(accepting)
	address := serveGRPC(t, service, options...)
	exporter := dial(t, address)
	large := &collector.ExportTraceServiceRequest{}
	_ = proto.Unmarshal(otlp(t), large)
	_, err := exporter.Export(t.Context(), large, grpc.UseCompressor("tracezip"))
	if status.Code(err) != codes.Internal || !strings.Contains(err.Error(), "[tracezip error 7]") {
		t.Error(err)
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(told)
	}
	for limit := time.Now().Add(time.Minute); count() == 0 && time.Now().Before(limit); { // when the call has ended on the server
		time.Sleep(10 * time.Millisecond)
	}
	if count() != 1 || len(service.codings) != 0 || meters.value(t, "tracezip.server.errors", "error.type", "7") != 1 {
		t.Error(told, service.codings)
	}
	if _, err := dial(t, address, must[[]grpc.DialOption](t)(DialOptions(WithMode(ModeEager)))...).Export(t.Context(), large); err != nil || fmt.Sprint(service.codings) != "[gzip]" {
		t.Error("the same payload as gzip: ", err, service.codings)
	}
}

func TestCompressor(t *testing.T) {
	for _, content := range []string{"", "\x0a\x00", strings.Repeat("not OTLP ", 1000), string(otlp(t))} {
		var wire strings.Builder
		writer, err := theCompressor.Compress(&wire)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(content, "") {
			if _, err := writer.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		reader, err := theCompressor.Decompress(strings.NewReader(wire.String()))
		if err != nil {
			t.Fatal(err)
		}
		if back := must[[]byte](t)(io.ReadAll(reader)); string(back) != content {
			t.Errorf("%d bytes came back as %d", len(content), len(back))
		}
	}
	if _, err := theCompressor.Decompress(strings.NewReader("\xff")); err == nil {
		t.Error("no error")
	}
}

func TestOneCompressorForAProcess(t *testing.T) {
	var told []string
	dial := func(level int, predictIDs bool) {
		note := WithErrorHandler(func(err error) { told = append(told, err.Error()) })
		must[[]grpc.DialOption](t)(DialOptions(WithLevel(level), WithPredictIDs(predictIDs), note))
	}
	dial(5, true)
	told = nil // another test's client may have been there
	dial(5, true)
	dial(3, true)
	dial(3, false)
	if len(told) != 2 || !strings.Contains(told[0], "it was level 5 and is level 3 now") ||
		!strings.Contains(told[1], "it was level 3 and is level 3 without predicted ids now") {
		t.Error(told)
	}
}
