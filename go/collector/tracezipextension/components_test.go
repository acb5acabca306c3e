package tracezipextension

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/tracezip/tracezip/go/transport"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// host is a Collector with our extension.
type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

func newHost(e *tracezipExtension) host { return host{component.MustNewID("tracezip"): e} }

// lastPort is the last that was given away: each is given once, and is below those that the system gives to outgoing
// connections, which could take it before the receiver does.
var lastPort atomic.Int32

func init() { lastPort.Store(10_000 + rand.Int32N(20_000)) }

func freePort(t testing.TB) string {
	for range 100 {
		address := fmt.Sprint("127.0.0.1:", lastPort.Add(1))
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

func configure(t testing.TB, config component.Config, yaml string) component.Config {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := retrieved.AsConf()
	if err == nil {
		err = parsed.Unmarshal(config)
	}
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// startReceiver starts the stock receiver, with a configuration in which ADDRESS is filled in.
func startReceiver(t testing.TB, host component.Host, address, yaml string) *consumertest.TracesSink {
	t.Helper()
	sink, factory := new(consumertest.TracesSink), otlpreceiver.NewFactory()
	config := configure(t, factory.CreateDefaultConfig(), strings.ReplaceAll(yaml, "ADDRESS", address))
	var r receiver.Traces
	r, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), config, sink)
	if err == nil {
		err = r.Start(t.Context(), host)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Shutdown(context.Background()) })
	return sink
}

// startExporter starts a stock exporter without a queue: an error of ConsumeTraces is one of the call.
func startExporter(t testing.TB, host component.Host, factory exporter.Factory, address, yaml string) exporter.Traces {
	t.Helper()
	yaml += "\nsending_queue: {enabled: false}\nretry_on_failure: {enabled: false}\ntls: {insecure: true}\n"
	config := configure(t, factory.CreateDefaultConfig(), strings.ReplaceAll(yaml, "ADDRESS", address))
	e, err := factory.CreateTraces(t.Context(), exportertest.NewNopSettings(factory.Type()), config)
	if err == nil {
		err = e.Start(t.Context(), host)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Shutdown(context.Background()) })
	return e
}

const (
	http_     = "protocols: {http: {endpoint: ADDRESS, middlewares: [{id: tracezip}], compression_algorithms: []}}"
	httpStock = "protocols: {http: {endpoint: ADDRESS}}"
	httpWrong = "protocols: {http: {endpoint: ADDRESS, middlewares: [{id: tracezip}]}}"
	grpc_     = "protocols: {grpc: {endpoint: ADDRESS, middlewares: [{id: tracezip}]}}"

	overHTTP = "endpoint: http://ADDRESS\nmiddlewares: [{id: tracezip}]\ncompression: "
	overGRPC = "endpoint: ADDRESS\nmiddlewares: [{id: tracezip}]\ncompression: "
)

// Stock exporters to stock receivers: every span arrives once, and Tracezip is sent when it can be.
func TestStockComponents(t *testing.T) {
	for _, c := range []struct {
		name, mode, receiver, exporter, compression string
		want                                        string // bytes of OTLP out of the exporter by coding, in payloads
	}{
		{"http", "auto", http_, overHTTP, "none", "gzip 1, tracezip 2"},
		{"http, gzip", "auto", http_, overHTTP, "gzip", "tracezip 2"}, // the exporter's own gzip is not counted
		{"http, zstd", "auto", http_, overHTTP, "zstd", "tracezip 2"},
		{"http, eager", "eager", http_, overHTTP, "none", "gzip 0, tracezip 3"},
		{"http, off", "off", http_, overHTTP, "none", "gzip 3"},
		{"http, stock receiver", "auto", httpStock, overHTTP, "none", "gzip 3"},
		{"http, stock receiver, eager", "eager", httpStock, overHTTP, "none", "gzip 3, tracezip 1"},
		{"http, stock receiver, eager, gzip", "eager", httpStock, overHTTP, "gzip", "tracezip 1"},
		{"http, without compression_algorithms", "auto", httpWrong, overHTTP, "none", "gzip 3"},
		{"grpc", "auto", grpc_, overGRPC, "gzip", "gzip 1, tracezip 2"},
		{"grpc, none", "auto", grpc_, overGRPC, "none", "gzip 1, tracezip 2"},
		{"grpc, zstd", "auto", grpc_, overGRPC, "zstd", "zstd 1, tracezip 2"},
		{"grpc, force", "force", grpc_, overGRPC, "gzip", "tracezip 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := NewFactory().CreateDefaultConfig().(*Config)
			config.Mode = transport.Mode(c.mode)
			sender, reader := newExtension(t, config), sdkmetric.NewManualReader()
			sender.telemetry.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
			address := freePort(t)
			sink := startReceiver(t, newHost(newExtension(t, nil)), address, c.receiver)
			factory := otlphttpexporter.NewFactory()
			if c.exporter == overGRPC {
				factory = otlpexporter.NewFactory()
			}
			e := startExporter(t, newHost(sender), factory, address, c.exporter+c.compression)
			for range 3 {
				if err := e.ConsumeTraces(t.Context(), unmarshal(t, otlp(t))); err != nil {
					t.Fatal(err)
				}
			}
			if len(sink.AllTraces()) != 3 {
				t.Fatalf("%d payloads", len(sink.AllTraces()))
			}
			for _, traces := range sink.AllTraces() {
				if marshal(t, traces) != marshal(t, unmarshal(t, otlp(t))) {
					t.Error("other spans arrived")
				}
			}
			checkPayloads(t, reader, c.want)
		})
	}
}

// checkPayloads wants as many payloads of every coding that is named.
func checkPayloads(t *testing.T, reader sdkmetric.Reader, want string) {
	t.Helper()
	size := len(marshal(t, unmarshal(t, otlp(t))))
	for expected := range strings.SplitSeq(want, ", ") {
		var coding string
		var payloads int
		if _, err := fmt.Sscan(expected, &coding, &payloads); err != nil {
			t.Fatal(err)
		}
		if got := bytesIn(t, reader, coding); got != payloads*size {
			t.Errorf("%s: %d bytes, not %d x %d", coding, got, payloads, size)
		}
	}
}

func bytesIn(t *testing.T, reader sdkmetric.Reader, coding string) int {
	return bytesOf(t, reader, coding, "in")
}

func bytesOf(t *testing.T, reader sdkmetric.Reader, coding, wanted string) (sum int) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, metric := range scope.Metrics {
			data, ok := metric.Data.(metricdata.Sum[int64])
			if !ok || metric.Name != "tracezip.bytes" {
				continue
			}
			for _, point := range data.DataPoints {
				by, _ := point.Attributes.Value("coding")
				direction, _ := point.Attributes.Value("direction")
				if by.AsString() == coding && direction.AsString() == wanted {
					sum += int(point.Value)
				}
			}
		}
	}
	return sum
}

// A frame that is damaged, and a bomb: an answer with the number of the error, a line in the log, no crash.
func TestBadRequests(t *testing.T) {
	core, logs := observer.New(zap.WarnLevel)
	e := newExtension(t, &Config{Mode: "auto", Level: 3, MaxDecodedBytes: 20_000, ReprobeInterval: time.Minute})
	e.telemetry.Logger = zap.New(core)
	address := freePort(t)
	sink := startReceiver(t, newHost(e), address, http_)
	frame, err := e.MarshalTraces(unmarshal(t, otlp(t)))
	if err != nil {
		t.Fatal(err)
	}
	bomb, err := e.codec.Compress(nil, make([]byte, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		body   []byte
		status int
		says   string
	}{
		{frame[:len(frame)/2], 400, "[tracezip error "},
		{bomb, 413, "[tracezip error 7]"},
		{frame, 200, ""},
	} {
		status, says := post(t, address, c.body)
		if status != c.status || !strings.Contains(says, c.says) {
			t.Errorf("%d %q, not %d %q", status, says, c.status, c.says)
		}
	}
	if logs.Len() != 2 || !strings.Contains(fmt.Sprint(logs.All()[0].ContextMap()), "[tracezip error ") {
		t.Error(logs.All())
	}
	if sink.SpanCount() != 40 {
		t.Error("the good one came, and nothing else: ", sink.SpanCount())
	}
}

func post(t *testing.T, address string, body []byte) (int, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, "http://"+address+"/v1/traces", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("Content-Encoding", "tracezip")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text := new(strings.Builder)
	_ = response.Write(text)
	return response.StatusCode, text.String()
}

// A gateway that learns Tracezip while the agent runs, and unlearns it, under load from many goroutines.
func TestUpgradeAndDowngradeOfTheGateway(t *testing.T) {
	config := NewFactory().CreateDefaultConfig().(*Config)
	config.ReprobeInterval = 50 * time.Millisecond
	sender, reader := newExtension(t, config), sdkmetric.NewManualReader()
	sender.telemetry.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	address, extensions := freePort(t), newHost(newExtension(t, nil))
	e := startExporter(t, newHost(sender), otlphttpexporter.NewFactory(), address, overHTTP+"none")
	sent, arrived := 0, 0
	for round, gateway := range []string{httpStock, http_, httpStock, http_} {
		before := bytesIn(t, reader, "tracezip")
		t.Run(fmt.Sprint(round), func(t *testing.T) { // the receiver lives as long as the subtest
			sink := startReceiver(t, extensions, address, gateway)
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					for range 10 {
						// As the queue of an exporter does: the gateway before has closed the connection.
						for e.ConsumeTraces(t.Context(), unmarshal(t, otlp(t))) != nil && t.Context().Err() == nil {
						}
						time.Sleep(10 * time.Millisecond)
					}
				})
			}
			group.Wait()
			sent, arrived = sent+40, arrived+len(sink.AllTraces())
		})
		if tried := bytesIn(t, reader, "tracezip") > before; gateway == http_ && !tried {
			t.Errorf("round %d: no Tracezip to a gateway that knows it", round)
		}
	}
	if sent != arrived {
		t.Errorf("%d payloads of %d", arrived, sent)
	}
}
