package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const spansPerSecond = 20_000

// TestSoak sends spans at a steady pace through agent and gateway, with one coding after the other, and reports
// bytes on the wire, CPU time and memory. TRACEZIP_SOAK says how long for each, such as 10m; TRACEZIP_PROFILES, a
// folder, is where the agents write profiles of their CPU: gzip.pprof, zstd.pprof, tracezip.pprof.
func TestSoak(t *testing.T) {
	duration, err := time.ParseDuration(os.Getenv("TRACEZIP_SOAK"))
	if err != nil {
		t.Skip("TRACEZIP_SOAK is not set: ", err)
	}
	wireBytes, agentCPU := map[string]float64{}, map[string]float64{}
	for _, coding := range []string{"gzip", "zstd", "tracezip"} {
		wireBytes[coding], agentCPU[coding] = soak(t, coding, duration)
	}
	t.Logf("bytes: %.2f of zstd's; CPU of the agent: %.2f of zstd's", wireBytes["tracezip"]/wireBytes["zstd"], agentCPU["tracezip"]/agentCPU["zstd"])
	if wireBytes["tracezip"] > 0.6*wireBytes["zstd"] {
		t.Error("more than 0.6 of zstd's bytes")
	}
}

// soak gives bytes on the wire and milliseconds of the agent's CPU, for a batch of 1,000 spans: a machine that is busy
// with other things does not keep the pace.
func soak(t *testing.T, coding string, duration time.Duration) (wireBytes, agentCPU float64) {
	t.Helper()
	void := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer void.Close()
	port := freePort(t)
	settings := config(gateway, "PORT", port, "FILE", "/dev/null", "SINK\"", void.URL+"\", compression: none", "EXPORTER", "otlphttp", "PROTOCOL", "http")
	g := start(t, "gateway", settings)
	to, seen := proxy(t, port)
	mode, compression := "off", coding
	if coding == "tracezip" {
		mode, compression = "auto", "none"
	}
	var environment []string
	if folder := os.Getenv("TRACEZIP_PROFILES"); folder != "" {
		environment = []string{"CPU_PROFILE=" + filepath.Join(folder, coding+".pprof")}
	}
	a, in := startAgent(t, to, mode, "otlphttp", compression, environment...)
	all := requests(t, "hipstershop")
	var batches [][]byte
	for _, otlp := range all {
		if one := new(spans); len(batches) < 40 {
			if one.add(t, otlp); one.count() == 1000 {
				batches = append(batches, otlp)
			}
		}
	}
	pace := time.NewTicker(time.Second * 1000 / spansPerSecond)
	defer pace.Stop()
	sent, begin := 0, time.Now()
	for time.Since(begin) < duration {
		<-pace.C
		send(t, in, batches[sent%len(batches)])
		sent++
	}
	took := time.Since(begin)
	a.stop(syscall.SIGTERM)
	g.stop(syscall.SIGTERM)
	for _, n := range seen.bytes {
		wireBytes += float64(n) / float64(sent)
	}
	perBatch := func(c *collector) float64 { return 1000 * c.cpu().Seconds() / float64(sent) }
	t.Logf("%s: %.0f spans/s; 1,000 spans: %.1f kB on the wire, agent %.2f ms CPU, gateway %.2f ms; agent %d MB, gateway %d MB", coding,
		float64(sent*1000)/took.Seconds(), wireBytes/1000, perBatch(a), perBatch(g), a.memory()>>20, g.memory()>>20)
	if strings.Contains(a.log.String(), "Dropping data") {
		t.Error("the agent lost data")
	}
	return wireBytes, perBatch(a)
}
