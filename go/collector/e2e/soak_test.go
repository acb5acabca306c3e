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
	wireBytes, agentCPU := map[string]int{}, map[string]time.Duration{}
	for _, coding := range []string{"gzip", "zstd", "tracezip"} {
		wireBytes[coding], agentCPU[coding] = soak(t, coding, duration)
	}
	t.Logf("bytes: %.2f of zstd's; CPU of the agent: %.2f of zstd's", float64(wireBytes["tracezip"])/float64(wireBytes["zstd"]),
		float64(agentCPU["tracezip"])/float64(agentCPU["zstd"]))
	if wireBytes["tracezip"]*10 > wireBytes["zstd"]*6 {
		t.Error("more than 0.6 of zstd's bytes")
	}
}

func soak(t *testing.T, coding string, duration time.Duration) (bytes int, cpu time.Duration) {
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
		bytes += n
	}
	t.Logf("%s: %d spans/s; %.1f MB on the wire in %d requests; agent %.2f s CPU, %d MB; gateway %.2f s CPU, %d MB", coding,
		int(float64(sent*1000)/took.Seconds()), float64(bytes)/1e6, sent, a.cpu().Seconds(), a.memory()>>20, g.cpu().Seconds(), g.memory()>>20)
	if strings.Contains(a.log.String(), "Dropping data") {
		t.Error("the agent lost data")
	}
	return bytes, a.cpu()
}
