package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const sdkAgent = `
extensions: {tracezip: }
receivers:
  otlp:
    protocols:
      http: {endpoint: PORT_HTTP, middlewares: [{id: tracezip}], compression_algorithms: [] }
      grpc: {endpoint: PORT_GRPC, middlewares: [{id: tracezip}]}
exporters: # with time for a busy machine: what was taken and not acknowledged would be sent twice
  otlphttp: {endpoint: "http://TO_HTTP", middlewares: [{id: tracezip}], compression: none, timeout: 60s}
  otlp: {endpoint: TO_GRPC, tls: {insecure: true}, middlewares: [{id: tracezip}], timeout: 60s}
service:
  extensions: [tracezip]
  pipelines: {traces: {receivers: [otlp], exporters: [otlphttp, otlp]}}
`

const root = "../../.."

// sdk makes spans and sends each to the agent with Tracezip, and to the control with the stock exporter.
type sdk func(t *testing.T, agent, control string, spans int)

var sdks = []struct {
	name string
	sdk
}{
	{"rust", program("target/debug/examples/sdk", "", "60000")},
	{"python", program("target/python/bin/python", "go/collector/e2e/sdks/sdk.py", "60")},
	{"node", program("node", "go/collector/e2e/sdks/sdk.cjs", "60000", "node/native", "node/dist")},
	{"go", goSDK},
}

// program is that of an SDK, in a tree where `cargo xtask test` has built what it needs. Its time-out is in the units
// that its SDK takes it for.
func program(command, script, timeout string, needs ...string) sdk {
	return func(t *testing.T, agent, control string, spans int) {
		t.Helper()
		path, arguments := command, []string{"http://" + agent + "/v1/traces", control + "/v1/traces", strconv.Itoa(spans)}
		if strings.Contains(command, "/") {
			path = built(t, command)
		}
		for _, needed := range needs {
			built(t, needed)
		}
		if script != "" {
			arguments = append([]string{filepath.Join(root, script)}, arguments...)
		}
		run := exec.Command(path, arguments...)
		run.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_TIMEOUT="+timeout, "OTEL_BSP_EXPORT_TIMEOUT=60000")
		if output, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", run, err, output)
		}
	}
}

// built is the path of a file that other steps of `cargo xtask test` make. That sets TRACEZIP_BUILT: then it must be
// there; without, the test is skipped.
func built(t *testing.T, path string) string {
	t.Helper()
	path = filepath.Join(root, path)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("TRACEZIP_BUILT") != "" {
			t.Fatal(err)
		}
		t.Skip("cargo xtask test builds it: ", err)
	}
	return path
}

// The SDKs of four languages, each with the exporter of this project, to the files of two gateways: one behind HTTP,
// one behind gRPC. TRACEZIP_LONG makes it many spans.
func TestSDKs(t *testing.T) {
	count := 600
	if os.Getenv("TRACEZIP_LONG") != "" {
		count = 60_000
	}
	settings, gateways, files := sdkAgent, map[string]*collector{}, map[string]string{}
	for _, protocol := range []string{"http", "grpc"} {
		var port string
		files[protocol] = filepath.Join(t.TempDir(), "traces.tz")
		gateways[protocol], port = startFileGateway(t, protocol, files[protocol])
		settings = config(settings, "TO_"+strings.ToUpper(protocol), port)
	}
	portHTTP, portGRPC := freePort(t), freePort(t)
	agent := start(t, "agent", config(settings, "PORT_HTTP", portHTTP, "PORT_GRPC", portGRPC))
	in, seen := proxy(t, portHTTP)
	control, sent := sink(t)
	for _, language := range sdks {
		t.Run(language.name, func(t *testing.T) {
			before, spans := seen.count("tracezip"), sent.count()
			language.sdk(t, in, control, count)
			if got := sent.count() - spans; got != count {
				t.Errorf("%d spans were made, not %d", got, count)
			}
			if got := seen.count("tracezip") - before; got < 4 {
				t.Errorf("%d requests with Tracezip", got)
			}
		})
	}
	t.Run("go, grpc", func(t *testing.T) { goSDKOverGRPC(t, portGRPC, control, count) })
	agent.stop(syscall.SIGTERM)
	for protocol, gateway := range gateways {
		if bytes := gateway.metric("tracezip_server_bytes", `coding="tracezip"`, `direction="in"`); bytes == 0 {
			t.Errorf("no Tracezip over %s", protocol)
		}
		gateway.stop(syscall.SIGTERM)
		fromFile(t, files[protocol]).check(t, sent, true)
	}
}
