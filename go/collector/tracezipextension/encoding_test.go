package tracezipextension

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	tracezip "github.com/tracezip/tracezip/go"
)

func newExtension(t testing.TB, config *Config) *tracezipExtension {
	t.Helper()
	factory := NewFactory()
	if config == nil {
		config = factory.CreateDefaultConfig().(*Config)
	}
	extension, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), config)
	if err != nil {
		t.Fatal(err)
	}
	return extension.(*tracezipExtension)
}

// otlp are 40 spans.
func otlp(t testing.TB) []byte { return vector(t, "spans-40.otlp") }

func vector(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../../../tests/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func unmarshal(t testing.TB, content []byte) ptrace.Traces {
	t.Helper()
	traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(content)
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

// marshal is for comparisons: every field counts.
func marshal(t testing.TB, traces ptrace.Traces) string {
	t.Helper()
	content, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEncoding(t *testing.T) {
	e, want := newExtension(t, nil), unmarshal(t, otlp(t))
	frame, err := e.MarshalTraces(want)
	if err != nil || len(frame) > len(otlp(t))/3 {
		t.Fatalf("%d bytes, %v", len(frame), err)
	}
	for _, message := range [][]byte{frame, otlp(t)} { // compressed, or not
		traces, err := e.UnmarshalTraces(message)
		if err != nil || marshal(t, traces) != marshal(t, want) {
			t.Errorf("%v, or other spans", err)
		}
	}
	again, err := e.MarshalTraces(want)
	if err != nil || !bytes.Equal(again, frame) {
		t.Error("each message stands alone")
	}
}

// TestPredictedIDs compares with a level at which they are predicted by default, or not.
func TestPredictedIDs(t *testing.T) {
	traces := unmarshal(t, vector(t, "drawn-java.otlp"))
	size := func(level int, predict *bool) int {
		config := defaultConfig().(*Config)
		config.Level, config.PredictIDs = level, predict
		frame, err := newExtension(t, config).MarshalTraces(traces)
		if err != nil {
			t.Fatal(err)
		}
		return len(frame)
	}
	no, yes := false, true
	for _, level := range []int{1, 3} {
		without, with := size(level, &no), size(level, &yes)
		if without < with*3/2 || size(level, nil) != map[int]int{1: without, 3: with}[level] {
			t.Errorf("level %d: %d bytes without, %d with, %d by default", level, without, with, size(level, nil))
		}
	}
}

func TestDamagedMessages(t *testing.T) {
	e := newExtension(t, &Config{Mode: "auto", Level: 3, MaxDecodedBytes: 5000, ReprobeInterval: 1})
	frame, err := e.MarshalTraces(unmarshal(t, otlp(t)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.UnmarshalTraces(frame); !errors.Is(err, tracezip.ErrLimitExceeded) {
		t.Error(err)
	}
	if _, err := e.UnmarshalTraces(frame[:20]); err == nil {
		t.Error("cut")
	}
	if _, err := e.UnmarshalTraces([]byte("neither one nor the other")); err == nil {
		t.Error("garbage")
	}
}
