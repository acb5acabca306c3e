package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// config fills in a configuration: NAME is replaced by its value.
func config(text string, values ...string) string {
	return strings.NewReplacer(values...).Replace(text)
}

const agent = `
extensions: {tracezip: {mode: MODE, reprobe_interval: 300ms}}
receivers: {otlp: {protocols: {http: {endpoint: PORT}}}}
exporters: # with time for a busy machine: what was taken and not acknowledged would be sent twice
  otlphttp: {endpoint: "http://GATEWAY", middlewares: [{id: tracezip}], compression: CODING, timeout: 60s, retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}}
  otlp: {endpoint: GATEWAY, tls: {insecure: true}, middlewares: [{id: tracezip}], timeout: 60s, retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}}
service:
  extensions: [tracezip]
  pipelines: {traces: {receivers: [otlp], exporters: [EXPORTER]}}
`

const gateway = `
extensions: {tracezip: }
receivers: {otlp: {protocols: {PROTOCOL: {endpoint: PORT, middlewares: [{id: tracezip}], compression_algorithms: [] }}}}
exporters:
  file: {path: FILE, encoding: tracezip, format: proto}
  otlphttp: {endpoint: "SINK", sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}
service:
  extensions: [tracezip]
  pipelines: {traces: {receivers: [otlp], exporters: [EXPORTER]}}
`

const (
	aware = " middlewares: [{id: tracezip}], compression_algorithms: [] "
	grpc_ = ", compression_algorithms: [] "
)

func startAgent(t *testing.T, to, mode, exporter, coding string, environment ...string) (*collector, string) {
	t.Helper()
	port := freePort(t)
	settings := config(agent, "PORT", port, "GATEWAY", to, "MODE", mode, "EXPORTER", exporter, "CODING", coding)
	return start(t, "agent", settings, environment...), port
}

func startFileGateway(t *testing.T, protocol, file string) (*collector, string) {
	t.Helper()
	port := freePort(t)
	settings := config(gateway, "PORT", port, "FILE", file, "EXPORTER", "file", "PROTOCOL", protocol)
	if protocol == "grpc" {
		settings = strings.Replace(settings, grpc_, "", 1)
	}
	return start(t, protocol+" gateway", settings), port
}

// Over HTTP and over gRPC, to a file of frames.
func TestAgentGatewayFile(t *testing.T) {
	for protocol, exporter := range map[string]string{"http": "otlphttp", "grpc": "otlp"} {
		t.Run(protocol, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "traces.tz")
			g, port := startFileGateway(t, protocol, file)
			to, seen := port, (*wire)(nil)
			if protocol == "http" {
				to, seen = proxy(t, port)
			}
			a, in := startAgent(t, to, "auto", exporter, "none")
			sent := new(spans)
			for _, sample := range []string{"hipstershop", "python_shop", "node_blog"} {
				for _, otlp := range requests(t, sample) {
					sent.add(t, otlp)
					send(t, in, otlp)
				}
			}
			a.stop(syscall.SIGTERM)
			g.stop(syscall.SIGTERM)
			fromFile(t, file).check(t, sent, true)
			t.Run("tracezip decompress", func(t *testing.T) { fromCommand(t, file).check(t, sent, true) })
			if seen != nil && (seen.count("tracezip") == 0 || seen.count("gzip") > 20) {
				t.Error("most go out with Tracezip: ", seen)
			}
		})
	}
}

// A gateway that has not heard of Tracezip, is upgraded while the agent runs, and killed under load: nothing is lost.
func TestGatewayChangesUnderLoad(t *testing.T) {
	url, got := sink(t)
	port := freePort(t)
	settings := config(gateway, "PORT", port, "FILE", "/dev/null", "SINK", url, "EXPORTER", "otlphttp", "PROTOCOL", "http")
	stock := strings.Replace(settings, aware, "", 1)
	to, seen := proxy(t, port)
	_, in := startAgent(t, to, "auto", "otlphttp", "none")
	sent := new(spans)
	all := requests(t, "hipstershop")
	next := func() {
		otlp := all[0]
		all = append(all[1:], otlp)
		sent.add(t, otlp)
		send(t, in, otlp)
	}
	g := start(t, "stock gateway", stock)
	for range 10 {
		next()
	}
	eventually(t, "the first spans", func() bool { return got.missing(sent) == 0 })
	if seen.count("tracezip") != 0 {
		t.Error("a gateway that says nothing is sent Tracezip: ", seen)
	}
	for round := range 3 { // killed, and started again, upgraded
		g.stop(syscall.SIGKILL)
		before := seen.count("tracezip")
		for range 5 {
			next() // into the queue of the agent
		}
		g = start(t, fmt.Sprint("gateway ", round), settings)
		eventually(t, "switched on", func() bool {
			next()
			return seen.count("tracezip") > before
		})
		for range 5 {
			next()
		}
	}
	eventually(t, "all spans", func() bool { return got.missing(sent) == 0 })
	got.check(t, sent, false) // what a killed gateway had taken and not acknowledged comes again
	t.Log(seen)
}

// A proxy on the way that answers for itself.
func TestProxyRefuses(t *testing.T) {
	for _, status := range []int{400, 415, 500, 502} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			url, got := sink(t)
			to, seen := proxy(t, strings.TrimPrefix(url, "http://"))
			a, in := startAgent(t, to, "auto", "otlphttp", "none")
			sent := new(spans)
			all := requests(t, "hipstershop")
			for i, otlp := range all {
				if i == 4 {
					seen.refuse(status)
				}
				sent.add(t, otlp)
				send(t, in, otlp)
				if i < 4 {
					eventually(t, "it arrives", func() bool { return got.missing(sent) == 0 })
				}
			}
			if status == 502 { // is retried until the proxy is well
				eventually(t, "it is retried", func() bool { return seen.count("tracezip") > 2*len(all) })
				seen.refuse(0)
			}
			eventually(t, "all spans", func() bool { return got.missing(sent) == 0 })
			if reason := fmt.Sprintf(`reason="%d"`, status); (a.metric("tracezip_downgrades", reason) == 0) != (status == 502) {
				t.Error("the counter of downgrades: ", a.scrape())
			}
			a.stop(syscall.SIGTERM)
			got.check(t, sent, true)
			if seen.count("tracezip") == 0 {
				t.Error("this tested nothing: ", seen)
			}
		})
	}
}

// 413 is about the payload, in every coding: it is passed on, and the agent says so, and counts what is lost.
func TestTooLong(t *testing.T) {
	url, got := sink(t)
	to, seen := proxy(t, strings.TrimPrefix(url, "http://"))
	a, in := startAgent(t, to, "eager", "otlphttp", "none")
	seen.refuse(413)
	send(t, in, requests(t, "hipstershop")[0])
	eventually(t, "the agent says so", func() bool { return strings.Contains(a.log.String(), "Status Code 413") })
	eventually(t, "it is counted", func() bool { return a.metric("otelcol_exporter_send_failed_spans") == 1000 })
	if fmt.Sprint(seen) != "[tracezip:1]" || got.count() != 0 {
		t.Error(seen, got.count())
	}
}
