package e2e

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// folder is for what the tests make once.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "tracezip-e2e"); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// collectorBinary builds the Collector once.
var collectorBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "otelcol")
	output, err := exec.Command("go", "build", "-o", path, "./otelcol").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return path, err
})

// collector is a running process.
type collector struct {
	t       *testing.T
	command *exec.Cmd
	log     *syncBuffer
	metrics string // the address of its own
	done    chan struct{}
}

const telemetry = `service: {telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: HOST, port: PORT}}}}]}}}`

// start runs a Collector with this configuration and environment until the test ends, and waits until it is ready.
func start(t *testing.T, name, settings string, environment ...string) *collector {
	t.Helper()
	path, err := collectorBinary()
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{t: t, log: new(syncBuffer), metrics: freePort(t), done: make(chan struct{})}
	host, port, _ := strings.Cut(c.metrics, ":")
	c.command = exec.Command(path,
		"--config", write(t, name+".yaml", settings),
		"--config", write(t, "telemetry.yaml", config(telemetry, "HOST", host, "PORT", port)))
	c.command.Env = append(os.Environ(), environment...)
	c.command.Stdout, c.command.Stderr = c.log, c.log
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.command.Wait()
		close(c.done)
	}()
	t.Cleanup(func() {
		c.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("%s said:\n%s", name, c.log)
		}
	})
	eventually(t, name+" is ready", func() bool {
		select {
		case <-c.done:
			t.Fatal(name, " has ended")
		default:
		}
		return strings.Contains(c.log.String(), "Everything is ready")
	})
	return c
}

// write makes a file in a folder of its own.
func write(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// scrape are the metrics of its own, as Prometheus reads them.
func (c *collector) scrape() string {
	c.t.Helper()
	response, err := http.Get("http://" + c.metrics + "/metrics")
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(content)
}

// metric is the sum of a counter over all series that have these labels.
func (c *collector) metric(name string, labels ...string) (sum float64) {
	c.t.Helper()
next:
	for line := range strings.Lines(c.scrape()) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		for _, part := range append(labels, name+"{") {
			if !strings.Contains(series, part) {
				continue next
			}
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			c.t.Fatalf("%s: %v", line, err)
		}
		sum += number
	}
	return sum
}

// stop ends it and waits for that; SIGTERM lets it send what it has.
func (c *collector) stop(signal syscall.Signal) {
	_ = c.command.Process.Signal(signal)
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Error("a Collector does not end")
		_ = c.command.Process.Kill()
	}
}

// cpu is the time that it has used; it must have ended.
func (c *collector) cpu() time.Duration {
	return c.command.ProcessState.UserTime() + c.command.ProcessState.SystemTime()
}

// memory is the most that it has had, in bytes; it must have ended.
func (c *collector) memory() int {
	return int(c.command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
}

// patience is for machines that are busy with other things; nothing takes as long when all is well.
const patience = 2 * time.Minute

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("not within ", patience, ": ", what)
		}
	}
}

// lastPort is the last that was given away: each is given once, and is below those that the system gives to outgoing
// connections, which could take it before the Collector does.
var lastPort atomic.Int32

func init() { lastPort.Store(10_000 + rand.Int32N(20_000)) }

func freePort(t *testing.T) (address string) {
	t.Helper()
	eventually(t, "a free port", func() bool {
		address = fmt.Sprint("127.0.0.1:", lastPort.Add(1))
		listener, err := net.Listen("tcp", address)
		if err == nil {
			listener.Close()
		}
		return err == nil
	})
	return address
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}
