package transport

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	tracezip "github.com/tracezip/tracezip/go"
)

// dictionary is that of the test vectors, and a request of its kind.
func dictionary(t testing.TB) (*tracezip.Dictionary, []byte) {
	t.Helper()
	read := func(name string) []byte { return must[[]byte](t)(os.ReadFile("../../tests/vectors/" + name)) }
	return must[*tracezip.Dictionary](t)(tracezip.LoadDictionary(read("dictionary.dictionary.tracezip"))), read("dictionary.1.otlp")
}

// watched keeps what goes to a handler, as it is on the wire.
type watched struct {
	http.Handler
	sent []string // gzip, tracezip, or dictionary, each with its status
}

func (h *watched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	coding := codingOf(r.Header)
	if _, needed, _ := tracezip.FrameDictionary(body); needed {
		coding = "dictionary"
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	answer := &statusOf{w, http.StatusOK}
	h.Handler.ServeHTTP(answer, r)
	h.sent = append(h.sent, fmt.Sprint(coding, " ", answer.status))
}

type statusOf struct {
	http.ResponseWriter
	status int
}

func (w *statusOf) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func TestDictionaryOverHTTP(t *testing.T) {
	d, request := dictionary(t)
	got := new(sink)
	holder := must[*Handler](t)(NewHandler(got, WithDictionary(d)))
	other := must[*Handler](t)(NewHandler(got))
	server := &watched{Handler: holder}
	url := serve(t, server)
	clock := time.Unix(0, 0)
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithDictionary(d), func(s *settings) {
		s.now = func() time.Time { return clock }
	}))
	id := fmt.Sprintf("%016x", d.ID())
	d.Close() // who was given it keeps it
	send := func() *http.Response {
		response := must[*http.Response](t)(post(t, t.Context(), rt, url, request))
		if response.StatusCode != http.StatusOK {
			t.Fatal(response.Status)
		}
		return response
	}
	if named := send().Header.Get("Tracezip-Dictionary"); named != id {
		t.Errorf("named is %q", named)
	}
	send()
	server.Handler = other // has lost it, while the client believes that it has not
	send()
	send()
	clock = clock.Add(12 * time.Minute)
	send()
	server.Handler = holder
	send()
	send()
	want := "[gzip 200 dictionary 200 dictionary 415 gzip 200 gzip 200 tracezip 200 tracezip 200 dictionary 200]"
	if fmt.Sprint(server.sent) != want {
		t.Errorf("%v, not %s", server.sent, want)
	}
	if len(got.bodies) != 7 {
		t.Errorf("%d of 7 requests arrived", len(got.bodies))
	}
	for _, body := range got.bodies {
		if string(body) != string(request) {
			t.Error("other bytes came")
		}
	}
}

func TestAnUnknownDictionaryIsARefusal(t *testing.T) {
	d, request := dictionary(t)
	got := new(sink)
	url := serve(t, must[*Handler](t)(NewHandler(got)))
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithDictionary(d), WithMode(ModeForce)))
	response := must[*http.Response](t)(post(t, t.Context(), rt, url, request))
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusUnsupportedMediaType || !strings.Contains(string(body), "[tracezip error 11]") || len(got.bodies) != 0 {
		t.Errorf("%s, %q", response.Status, body)
	}
	if named := response.Header.Values("Tracezip-Dictionary"); named != nil {
		t.Errorf("%q is named", named)
	}
}

// recorder keeps what comes.
type recorder struct {
	collector.UnimplementedTraceServiceServer
	mu  sync.Mutex
	got []*collector.ExportTraceServiceRequest
}

func (r *recorder) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, request)
	return new(collector.ExportTraceServiceResponse), nil
}

// Over gRPC, with clients of one process of which one has a dictionary, to servers that hold it and do not.
func TestDictionaryOverGRPC(t *testing.T) {
	d, otlp := dictionary(t)
	request := new(collector.ExportTraceServiceRequest)
	if err := proto.Unmarshal(otlp, request); err != nil {
		t.Fatal(err)
	}
	meters, provider := newMeters()
	export := func(server string, options ...Option) (client func() float64) {
		service := dial(t, server, must[[]grpc.DialOption](t)(DialOptions(append(options, WithMeterProvider(provider))...))...)
		return func() float64 { // bytes that went out with Tracezip
			before := meters.value(t, "tracezip.bytes", "coding", "tracezip", "direction", "out")
			must[*collector.ExportTraceServiceResponse](t)(service.Export(t.Context(), request))
			return meters.value(t, "tracezip.bytes", "coding", "tracezip", "direction", "out") - before
		}
	}
	service := &recorder{}
	silent := serveGRPC(t, service, must[[]grpc.ServerOption](t)(ServerOptions())...)
	holder := serveGRPC(t, service, must[[]grpc.ServerOption](t)(ServerOptions(WithDictionary(d)))...)
	informed, plain := export(holder, WithDictionary(d)), export(holder)
	unheard := export(silent, WithDictionary(d))
	defer theCompressor.decoder.Store(nil)
	d.Close()
	if first, second, third := informed(), plain(), unheard(); first+second+third != 0 {
		t.Errorf("Tracezip before it was offered: %v %v %v", first, second, third)
	}
	for range 2 {
		small, large, unheard := informed(), plain(), unheard()
		if small == 0 || small*3 > large*2 || large != unheard {
			t.Errorf("%v bytes with the dictionary, %v without, %v to a server that does not name it", small, large, unheard)
		}
	}
	if in, sent := meters.value(t, "tracezip.bytes", "direction", "in"), float64(9*len(otlp)); in != sent {
		t.Errorf("%v bytes of %v were counted", in, sent)
	}
	if len(service.got) != 9 {
		t.Errorf("%d of 9 requests arrived", len(service.got))
	}
	for _, got := range service.got {
		if !proto.Equal(got, request) {
			t.Error("another request came")
		}
	}
	// A server that has lost it: the payload goes out again with the fallback.
	must[[]grpc.ServerOption](t)(ServerOptions())
	if informed(); len(service.got) != 10 || meters.value(t, "tracezip.downgrades") != 1 {
		t.Errorf("%d requests arrived, %v downgrades", len(service.got), meters.value(t, "tracezip.downgrades"))
	}
}
