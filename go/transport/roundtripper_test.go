package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiationtest"
)

// scripted is a server of the table: it decodes what it is sent, and answers what it is told.
type scripted struct {
	t         *testing.T
	mu        sync.Mutex
	said      map[string]negotiationtest.Said
	requests  []string
	delivered [][]byte
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	coding := codingOf(r.Header)
	s.requests = append(s.requests, coding)
	body, _ := io.ReadAll(r.Body)
	if int(r.ContentLength) != len(body) {
		s.t.Errorf("Content-Length %d of %d bytes", r.ContentLength, len(body))
	}
	said := s.said[coding]
	if said.Status == 0 {
		connection, _, _ := w.(http.Hijacker).Hijack()
		connection.Close()
		return
	}
	if said.Advertises {
		w.Header().Set("Accept-Encoding", "gzip, tracezip")
	}
	w.WriteHeader(said.Status)
	fmt.Fprint(w, "a body that nobody wants")
	if said.Status/100 == 2 {
		s.delivered = append(s.delivered, uncoded(s.t, coding, body))
	}
}

func uncoded(t testing.TB, coding string, body []byte) []byte {
	t.Helper()
	if coding == "tracezip" {
		return must[[]byte](t)(tracezip.Decompress(nil, body, 1<<20))
	}
	if coding == codingNone {
		return body
	}
	return must[[]byte](t)(decode(coding, bytes.NewReader(body), 1<<20))
}

// cancelling ends the time of a call after its first answer.
type cancelling struct {
	http.RoundTripper
	cancel func()
}

func (c *cancelling) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(request)
	c.cancel()
	return response, err
}

func TestCasesOverHTTP(t *testing.T) {
	all, sent := negotiationtest.Read(t), otlp(t)
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			now := time.Unix(0, 0)
			server := &scripted{t: t}
			url := serve(t, server)
			base := &cancelling{RoundTripper: &http.Transport{}}
			rt := must[*RoundTripper](t)(NewRoundTripper(base, WithMode(Mode(c.Mode)), func(s *settings) {
				s.now, s.jitter = func() time.Time { return now }, func() float64 { return c.Jitter }
			}))
			for _, step := range c.Steps {
				now = time.Unix(0, int64(step.At*1e9))
				server.mu.Lock()
				server.said, server.requests, server.delivered = all.Servers[step.Server], nil, nil
				server.mu.Unlock()
				ctx, cancel := context.WithCancel(t.Context())
				if base.cancel = func() {}; step.NoTimeLeft {
					base.cancel = cancel
				}
				checkStep(t, step, server, sent, rt, ctx, url)
				cancel()
			}
		})
	}
}

func checkStep(t *testing.T, step negotiationtest.Step, server *scripted, sent []byte, rt *RoundTripper, ctx context.Context, url string) {
	t.Helper()
	response, err := post(t, ctx, rt, url, sent)
	server.mu.Lock()
	defer server.mu.Unlock()
	var result any = "lost"
	if err == nil {
		result = float64(response.StatusCode)
	}
	if result != step.Result || fmt.Sprint(server.requests) != fmt.Sprint(step.Requests) {
		t.Fatalf("%+v: %v %v (%v)", step, server.requests, result, err)
	}
	if ok := err == nil && response.StatusCode/100 == 2; ok != (len(server.delivered) == 1) || len(server.delivered) > 1 {
		t.Fatalf("%+v: delivered %d times", step, len(server.delivered))
	}
	if len(server.delivered) == 1 && !bytes.Equal(server.delivered[0], sent) {
		t.Fatalf("%+v: other bytes were delivered", step)
	}
}

func TestFallbackIsWhatTheUserHasChosen(t *testing.T) {
	sent := otlp(t)
	zipped := must[[]byte](t)(encodeGzip(sent))
	for _, c := range []struct {
		name     string
		body     []byte
		header   []string
		fallback string
		want     string
	}{
		{"nothing", sent, nil, "gzip", "[gzip tracezip gzip]"},
		{"none", sent, nil, "none", "[none tracezip none]"},
		{"identity", sent, []string{"Content-Encoding", "identity"}, "none", "[none tracezip none]"},
		{"gzip by the exporter", zipped, []string{"Content-Encoding", "gzip"}, "none", "[gzip tracezip gzip]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := &scripted{t: t, said: map[string]negotiationtest.Said{
				"tracezip": {Status: 415, Advertises: true},
				"gzip":     {Status: 200, Advertises: true},
				"none":     {Status: 200, Advertises: true},
			}}
			url := serve(t, server)
			rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithFallback(c.fallback)))
			for range 2 {
				if response, err := post(t, t.Context(), rt, url, c.body, c.header...); err != nil || response.StatusCode != 200 {
					t.Fatal(response, err)
				}
			}
			if fmt.Sprint(server.requests) != c.want {
				t.Error(server.requests)
			}
			for _, body := range server.delivered {
				if !bytes.Equal(body, sent) {
					t.Error("other bytes")
				}
			}
		})
	}
}

// What is not traces in protobuf, or already in a coding that nobody here knows, is not touched.
func TestOthersPass(t *testing.T) {
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithMode(ModeForce)))
	for _, c := range [][]string{
		{"/v1/metrics", "Content-Type", "application/x-protobuf"},
		{"/v1/logs", "Content-Type", "application/x-protobuf"},
		{"/v1development/profiles", "Content-Type", "application/x-protobuf"},
		{"/v1/traces", "Content-Type", "application/json"},
		{"/v1/traces", "Content-Type", ""},
		{"/v1/traces", "Content-Encoding", "br"},
		{"/v1/traces", "Content-Encoding", "tracezip"},
	} {
		var got []byte
		var coding string
		url := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			coding = r.Header.Get("Content-Encoding")
		}))
		if _, err := post(t, t.Context(), rt, url[:len(url)-len("/v1/traces")]+c[0], []byte("as it is"), c[1:]...); err != nil {
			t.Fatal(err)
		}
		if string(got) != "as it is" || (c[1] != "Content-Encoding") != (coding == "") {
			t.Errorf("%v: %q, %q", c, got, coding)
		}
	}
}

// The deadline of the call counts for both times.
func TestDeadline(t *testing.T) {
	done := make(chan struct{})
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		if codingOf(r.Header) == "tracezip" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}))
	t.Cleanup(func() { close(done) })
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithMode(ModeEager)))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := post(t, ctx, rt, url, otlp(t)); err == nil || time.Since(start) > time.Minute {
		t.Error(err, time.Since(start))
	}
}

// A server of an older version replaces one that reads Tracezip, under load: each payload arrives once.
func TestManyCallsAtOnce(t *testing.T) {
	var old atomic.Bool
	var mu sync.Mutex
	arrived := map[string]int{}
	sink := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		arrived[string(body)]++
		mu.Unlock()
	})
	knows := must[*Handler](t)(NewHandler(sink))
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !old.Load():
			knows.ServeHTTP(w, r)
		case codingOf(r.Header) == "tracezip":
			w.WriteHeader(http.StatusBadRequest)
		default:
			body, _ := decode(codingOf(r.Header), r.Body, 1<<20)
			r.Body = io.NopCloser(bytes.NewReader(body))
			sink(w, r)
		}
	}))
	meters, provider := newMeters()
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithMeterProvider(provider), WithReprobeInterval(20*time.Millisecond)))
	const workers, calls = 8, 60
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for call := range calls {
				if worker == 0 {
					old.Store(call/10%2 == 1)
				}
				payload := append(otlp(t), fmt.Sprintf("%d/%d", worker, call)...)
				if response, err := post(t, t.Context(), rt, url, payload); err != nil || response.StatusCode != 200 {
					t.Errorf("%v %v", response, err)
				}
			}
		})
	}
	group.Wait()
	if len(arrived) != workers*calls {
		t.Errorf("%d payloads of %d", len(arrived), workers*calls)
	}
	for payload, times := range arrived {
		if times != 1 {
			t.Errorf("…%s arrived %d times", payload[len(payload)-6:], times)
		}
	}
	if meters.value(t, "tracezip.bytes", "coding", "tracezip") == 0 || meters.value(t, "tracezip.downgrades") == 0 {
		t.Error("this tested nothing")
	}
}

func TestClientCounters(t *testing.T) {
	sent := otlp(t)
	server := &scripted{t: t, said: map[string]negotiationtest.Said{
		"tracezip": {Status: 415}, "gzip": {Status: 200},
	}}
	var told []error
	meters, provider := newMeters()
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithMode(ModeEager), WithMeterProvider(provider),
		WithErrorHandler(func(err error) { told = append(told, err) })))
	if _, err := post(t, t.Context(), rt, serve(t, server), sent); err != nil {
		t.Fatal(err)
	}
	frame := must[[]byte](t)(tracezip.Compress(nil, sent))
	for _, c := range []struct {
		want       int
		attributes []string
	}{
		{len(sent), []string{"direction", "in", "coding", "tracezip"}},
		{len(frame), []string{"direction", "out", "coding", "tracezip"}},
		{len(sent), []string{"direction", "in", "coding", "gzip"}},
	} {
		if got := meters.value(t, "tracezip.bytes", c.attributes...); got != float64(c.want) {
			t.Errorf("%v: %v, not %d", c.attributes, got, c.want)
		}
	}
	if meters.value(t, "tracezip.downgrades", "reason", "415") != 1 || meters.value(t, "tracezip.time") <= 0 || len(told) != 1 {
		t.Error("downgrades, time or the error handler", told)
	}
}

// A payload that its exporter has spoilt goes out as it came: the server will say so.
func TestSpoiltPayload(t *testing.T) {
	var got []byte
	url := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, _ = io.ReadAll(r.Body) }))
	meters, provider := newMeters()
	rt := must[*RoundTripper](t)(NewRoundTripper(nil, WithMode(ModeForce), WithMeterProvider(provider)))
	if _, err := post(t, t.Context(), rt, url, []byte("no gzip"), "Content-Encoding", "gzip"); err != nil || string(got) != "no gzip" {
		t.Errorf("%v, %q", err, got)
	}
	if meters.value(t, "tracezip.errors", "error.type", "other") != 1 {
		t.Error("not counted")
	}
}

func TestWrongSettings(t *testing.T) {
	for want, option := range map[string]Option{
		`transport: mode is "always"; it must be one of auto eager force off`: WithMode("always"),
		"transport: level is 10; it must be 1 to 9":                           WithLevel(10),
		"transport: max_decoded_bytes is 0; it must be at least 1":            WithMaxDecodedBytes(0),
		"transport: reprobe_interval is 0s; it must be above 0":               WithReprobeInterval(0),
		`transport: fallback is "br"; it must be gzip or none`:                WithFallback("br"),
	} {
		if _, err := NewRoundTripper(nil, option); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
		if _, err := NewHandler(nil, option); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}
