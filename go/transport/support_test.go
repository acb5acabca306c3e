package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// otlp is a real request of 40 spans.
func otlp(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile("../../tests/vectors/spans-40.otlp")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// sink is what a handler got, and answers.
type sink struct {
	bodies [][]byte
	status int
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	s.bodies = append(s.bodies, body)
	if r.Header.Get("Content-Encoding") != "" || int(r.ContentLength) != len(body) {
		panic(fmt.Sprint("a handler must see no trace of the coding: ", r.Header, r.ContentLength))
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
}

func serve(t testing.TB, handler http.Handler) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/v1/traces"
}

// post is an export call.
func post(t testing.TB, ctx context.Context, rt http.RoundTripper, url string, body []byte, header ...string) (*http.Response, error) {
	t.Helper()
	request := must[*http.Request](t)(http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body)))
	request.Header.Set("Content-Type", "application/x-protobuf")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := (&http.Client{Transport: rt}).Do(request)
	if err == nil {
		t.Cleanup(func() { response.Body.Close() })
	}
	return response, err
}

// meters collects counters.
type meters struct{ reader *sdkmetric.ManualReader }

func newMeters() (meters, *sdkmetric.MeterProvider) {
	reader := sdkmetric.NewManualReader()
	return meters{reader}, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
}

// value is the sum of a counter over the points that have these attributes (key, value, ...).
func (m meters) value(t testing.TB, name string, attributes ...string) (sum float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := m.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	has := func(set attribute.Set) bool {
		for i := 0; i < len(attributes); i += 2 {
			if v, _ := set.Value(attribute.Key(attributes[i])); v.AsString() != attributes[i+1] {
				return false
			}
		}
		return true
	}
	for _, scope := range all.ScopeMetrics {
		for _, metric := range scope.Metrics {
			if metric.Name != name {
				continue
			}
			switch data := metric.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					if has(point.Attributes) {
						sum += float64(point.Value)
					}
				}
			case metricdata.Sum[float64]:
				for _, point := range data.DataPoints {
					if has(point.Attributes) {
						sum += point.Value
					}
				}
			}
		}
	}
	return sum
}
