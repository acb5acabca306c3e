package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

// An agent with a dictionary, to a gateway that holds it, and then to one that has lost it: every span arrives once.
func TestDictionary(t *testing.T) {
	all := requests(t, "smallreq")
	samples, rest := all[:len(all)/2], all[len(all)/2:]
	rest = rest[:min(60, len(rest))]
	folder := t.TempDir()
	dictionary := filepath.Join(folder, "shop.dict")
	train(t, samples, dictionary)

	port := freePort(t)
	gatewayWith := func(extension, file string) *collector {
		settings := config(gateway, "PORT", port, "FILE", file, "EXPORTER", "file", "PROTOCOL", "http", "{tracezip: }", extension)
		return start(t, "gateway", settings)
	}
	to, seen := dictionaryProxy(t, port)
	a, in := startAgent(t, to, "auto, dictionary: "+dictionary, "otlphttp", "none")
	sent, got := new(spans), new(spans)
	for _, extension := range []string{"{tracezip: {dictionary: " + dictionary + "}}", "{tracezip: }"} {
		file := filepath.Join(folder, "traces.tz")
		g := gatewayWith(extension, file)
		for _, otlp := range rest {
			sent.add(t, otlp)
			send(t, in, otlp)
		}
		if extension == "{tracezip: }" {
			a.stop(syscall.SIGTERM) // which sends what it has
		} else {
			eventually(t, "the queue is empty", func() bool { return seen.total() >= len(rest) })
		}
		g.stop(syscall.SIGTERM)
		for span, times := range fromFile(t, file).all {
			if got.all == nil {
				got.all = map[string]int{}
			}
			got.all[span] += times
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	got.check(t, sent, true)
	seen.mu.Lock()
	defer seen.mu.Unlock()
	t.Logf("%d requests; with the dictionary %d taken, %d refused with 415", seen.all, seen.taken, seen.refused)
	if seen.taken < len(rest)-10 || seen.refused == 0 {
		t.Error("most go out with the dictionary while the gateway holds it, and it says so when it does not")
	}
}

func train(t *testing.T, samples [][]byte, path string) {
	t.Helper()
	dictionary, err := tracezip.TrainDictionary(samples, 32<<10)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, dictionary.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dictionaries counts answers, and those to frames that were made with a dictionary.
type dictionaries struct {
	mu                  sync.Mutex
	all, taken, refused int
}

func (d *dictionaries) total() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.all
}

func dictionaryProxy(t *testing.T, to string) (string, *dictionaries) {
	d := new(dictionaries)
	target := &url.URL{Scheme: "http", Host: to}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(answer http.ResponseWriter, _ *http.Request, _ error) {
			answer.WriteHeader(http.StatusBadGateway)
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		frame, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(frame))
		answer := httptest.NewRecorder()
		forward.ServeHTTP(answer, r)
		_, needed, _ := tracezip.FrameDictionary(frame)
		d.mu.Lock()
		switch {
		case answer.Code == http.StatusOK && needed:
			d.taken++
		case answer.Code == http.StatusUnsupportedMediaType && needed:
			d.refused++
		}
		if answer.Code == http.StatusOK {
			d.all++
		}
		d.mu.Unlock()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), d
}
