package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport"
)

// requests are the real ones of a sample, each serialized.
func requests(t *testing.T, sample string) (all [][]byte) {
	t.Helper()
	file, err := os.Open(filepath.Join("../../../tests/corpora", sample+".otlp.zst"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return split(t, content)
}

// split takes messages apart that each have their length in front, in four bytes.
func split(t *testing.T, content []byte) (all [][]byte) {
	t.Helper()
	for len(content) > 0 {
		length := int(binary.BigEndian.Uint32(content))
		all, content = append(all, content[4:4+length]), content[4+length:]
	}
	return all
}

// spans counts spans by all their fields, with those of their resource and scope.
type spans struct {
	mu  sync.Mutex
	all map[string]int
}

func (s *spans) add(t *testing.T, otlp []byte) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]int{}
	}
	traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(otlp)
	if err != nil {
		t.Fatal(err)
	}
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				s.all[key(t, resource, scope, span)]++
			}
		}
	}
}

func key(t *testing.T, resource ptrace.ResourceSpans, scope ptrace.ScopeSpans, span ptrace.Span) string {
	t.Helper()
	one := ptrace.NewTraces()
	r := one.ResourceSpans().AppendEmpty()
	resource.Resource().CopyTo(r.Resource())
	r.SetSchemaUrl(resource.SchemaUrl())
	s := r.ScopeSpans().AppendEmpty()
	scope.Scope().CopyTo(s.Scope())
	s.SetSchemaUrl(scope.SchemaUrl())
	span.CopyTo(s.Spans().AppendEmpty())
	otlp, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(one)
	if err != nil {
		t.Fatal(err)
	}
	return string(otlp)
}

func (s *spans) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total()
}

// total is count for who holds the lock, or is the only one to know of s.
func (s *spans) total() (n int) {
	for _, times := range s.all {
		n += times
	}
	return n
}

// missing is how many of the spans that were sent are not there yet. What came twice does not make up for them.
func (s *spans) missing(sent *spans) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for span, times := range sent.all {
		n += max(0, times-s.all[span])
	}
	return n
}

// check wants every span that was sent, as often; or at least as often.
func (s *spans) check(t *testing.T, sent *spans, exactly bool) {
	t.Helper()
	missing, extra := s.missing(sent), 0
	s.mu.Lock()
	defer s.mu.Unlock()
	for span, times := range s.all {
		if extra += max(0, times-sent.all[span]); sent.all[span] == 0 {
			t.Error("a span that was never sent")
			break
		}
	}
	if missing > 0 || exactly && extra > 0 {
		t.Errorf("of %d spans %d are missing, %d came more often", sent.total(), missing, extra)
	}
	t.Logf("%d spans of %d, compared field by field", s.total(), sent.total())
}

// fromFile are the spans in a file of frames, each with its length in front.
func fromFile(t *testing.T, path string) *spans {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := new(spans)
	for _, frame := range split(t, content) {
		otlp, err := tracezip.Decompress(nil, frame, tracezip.DefaultMaxDecodedBytes)
		if err != nil {
			t.Fatal(err)
		}
		got.add(t, otlp)
	}
	return got
}

// fromCommand are the spans that `tracezip decompress` reads in it.
func fromCommand(t *testing.T, path string) *spans {
	t.Helper()
	command := exec.Command(built(t, "target/debug/tracezip"), "decompress", path)
	content, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	got := new(spans)
	for _, otlp := range split(t, content) {
		got.add(t, otlp)
	}
	return got
}

// send posts a request as an SDK does, and retries as that does.
func send(t *testing.T, port string, otlp []byte) {
	t.Helper()
	eventually(t, "a request is taken", func() bool {
		response, err := http.Post("http://"+port+"/v1/traces", "application/x-protobuf", bytes.NewReader(otlp))
		if err == nil {
			response.Body.Close()
		}
		return err == nil && response.StatusCode == 200
	})
}

// sink is a receiver that keeps spans; it knows every coding.
func sink(t *testing.T) (url string, got *spans) {
	got = new(spans)
	handler, err := transport.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got.add(t, body)
		answer, _ := ptraceotlp.NewExportResponse().MarshalProto()
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(answer)
	}))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, got
}

// wire is a proxy that counts what goes through it, by coding.
type wire struct {
	mu              sync.Mutex
	requests, bytes map[string]int
	refuses         int // the status with which Tracezip is refused, if any
}

// count is how many requests have come with a coding.
func (w *wire) count(coding string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests[coding]
}

// refuse answers Tracezip with this status from now on; 0 is for not at all.
func (w *wire) refuse(status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuses = status
}

func (w *wire) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.TrimPrefix(fmt.Sprint(w.requests), "map")
}

func proxy(t *testing.T, to string) (string, *wire) {
	w := &wire{requests: map[string]int{}, bytes: map[string]int{}}
	target := &url.URL{Scheme: "http", Host: to}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, ErrorHandler: func(answer http.ResponseWriter, _ *http.Request, _ error) {
		answer.WriteHeader(http.StatusBadGateway)
	}}
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		coding := r.Header.Get("Content-Encoding")
		w.mu.Lock()
		w.requests[coding]++
		w.bytes[coding] += int(r.ContentLength)
		refuses := w.refuses
		w.mu.Unlock()
		if refuses != 0 && coding == "tracezip" {
			answer.WriteHeader(refuses)
			return
		}
		forward.ServeHTTP(answer, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), w
}
