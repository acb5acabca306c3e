package transport

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// docs/operations.md names every counter, and no other.
func TestOperationsNamesTheCounters(t *testing.T) {
	meters, provider := newMeters()
	for _, c := range []counters{must[counters](t)(clientCounters(provider)), must[counters](t)(serverCounters(provider))} {
		c.coded(t.Context(), "tracezip", 1, 1, 1)
		c.failed(t.Context(), errTooLong)
		if c.downgrades != nil {
			c.downgraded(t.Context(), "415")
		}
	}
	var all metricdata.ResourceMetrics
	if err := meters.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	var counted []string
	for _, metric := range all.ScopeMetrics[0].Metrics {
		counted = append(counted, strings.ReplaceAll(metric.Name, ".", "_"))
	}
	page := must[[]byte](t)(os.ReadFile("../../docs/operations.md"))
	named := regexp.MustCompile(`\btracezip_[a-z_]+`).FindAllString(string(page), -1)
	slices.Sort(counted)
	slices.Sort(named)
	if named = slices.Compact(named); fmt.Sprint(named) != fmt.Sprint(counted) {
		t.Errorf("the page: %v\nthe code: %v", named, counted)
	}
}
