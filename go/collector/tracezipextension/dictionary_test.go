package tracezipextension

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	tracezip "github.com/tracezip/tracezip/go"
)

const vectors = "../../../tests/vectors/"

// withDictionary is a configuration with the dictionary of the test vectors, or none.
func withDictionary(t testing.TB, has bool) *Config {
	t.Helper()
	settings := map[string]any{}
	if has {
		settings["dictionary"] = vectors + "dictionary.dictionary.tracezip"
	}
	config, err := parse(settings)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// small is a request of the kind that the dictionary is for.
func small(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile(vectors + "dictionary.1.otlp")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWrongDictionaries(t *testing.T) {
	write := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(vectors + "dictionary.dictionary.tracezip")
	if err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		"/nowhere/shop.dict":                        "dictionary: open /nowhere/shop.dict: no such file or directory",
		t.TempDir():                                 "is a directory",
		write("cut.dict", whole[:1000]):             "cut.dict: tracezip: the frame is ",
		write("text.dict", []byte("# shop")):        "text.dict is no dictionary: tracezip: not a Tracezip frame",
		write("empty.dict", nil):                    "empty.dict: tracezip: the frame is cut short",
		write("long.dict", make([]byte, 4<<20+1)):   "long.dict is longer than a dictionary may be, 4194304 bytes",
		vectors + "spans-40.9.tracezip":             "spans-40.9.tracezip: tracezip: the frame is damaged: a dictionary is a compressed frame",
		write("unknown.dict", frameOf(t, small(t))): "unknown.dict: tracezip: a dictionary is missing",
	} {
		if _, err := parse(map[string]any{"dictionary": path}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, not %q", path, err, says)
		}
	}
}

// frameOf needs the dictionary.
func frameOf(t testing.TB, otlp []byte) []byte {
	t.Helper()
	dictionary, err := withDictionary(t, true).loadDictionary()
	if err != nil {
		t.Fatal(err)
	}
	codec, err := tracezip.NewCodec(tracezip.WithDictionary(dictionary))
	if err != nil {
		t.Fatal(err)
	}
	frame, err := codec.Compress(nil, otlp)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// Messages are read with it, and written without.
func TestEncodingWithADictionary(t *testing.T) {
	e, want := newExtension(t, withDictionary(t, true)), unmarshal(t, small(t))
	written, err := e.MarshalTraces(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range [][]byte{written, frameOf(t, small(t)), small(t)} {
		traces, err := e.UnmarshalTraces(message)
		if err != nil || marshal(t, traces) != marshal(t, want) {
			t.Errorf("%v, or other spans", err)
		}
	}
	if traces, err := newExtension(t, nil).UnmarshalTraces(written); err != nil || marshal(t, traces) != marshal(t, want) {
		t.Errorf("%v, or other spans", err)
	}
}

// Stock exporters and receivers, of which one, both or none hold the dictionary: all spans arrive, and with it, once both
// do, in less than three quarters of the bytes.
func TestDictionaryBetweenStockComponents(t *testing.T) {
	const requests = 4 // the first as gzip
	plain := map[string]int{}
	for _, c := range []struct {
		name             string
		exporter, holder bool
	}{{"none", false, false}, {"exporter", true, false}, {"receiver", false, true}, {"both", true, true}} {
		for protocol, settings := range map[string][2]string{"http": {http_, overHTTP + "none"}, "grpc": {grpc_, overGRPC + "gzip"}} {
			t.Run(protocol+", "+c.name, func(t *testing.T) {
				sender, reader := newExtension(t, withDictionary(t, c.exporter)), sdkmetric.NewManualReader()
				sender.telemetry.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
				address := freePort(t)
				sink := startReceiver(t, newHost(newExtension(t, withDictionary(t, c.holder))), address, settings[0])
				factory := otlphttpexporter.NewFactory()
				if protocol == "grpc" {
					factory = otlpexporter.NewFactory()
				}
				e := startExporter(t, newHost(sender), factory, address, settings[1])
				for range requests {
					if err := e.ConsumeTraces(t.Context(), unmarshal(t, small(t))); err != nil {
						t.Fatal(err)
					}
				}
				for _, traces := range sink.AllTraces() {
					if marshal(t, traces) != marshal(t, unmarshal(t, small(t))) {
						t.Error("other spans arrived")
					}
				}
				if in := bytesIn(t, reader, "tracezip"); len(sink.AllTraces()) != requests || in == 0 {
					t.Errorf("%d payloads of %d; %d bytes to be sent as Tracezip", len(sink.AllTraces()), requests, in)
				}
				out := bytesOf(t, reader, "tracezip", "out")
				if !c.exporter && !c.holder {
					plain[protocol] = out
				} else if smaller := 4*out < 3*plain[protocol]; smaller != (c.exporter && c.holder) {
					t.Errorf("%d bytes; %d without a dictionary", out, plain[protocol])
				}
			})
		}
	}
}
