package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// collectorBinary builds the Collector once.
var collectorBinary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "tracezip-e2e")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "otelcol")
	output, err := exec.Command("go", "build", "-o", path, "./otelcol").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := collectorBinary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// collector is a running process.
type collector struct {
	t       *testing.T
	command *exec.Cmd
	log     *syncBuffer
	done    chan struct{}
}

// start runs a Collector with this configuration until the test ends, and waits for its port.
func start(t *testing.T, name, port, config string) *collector {
	t.Helper()
	path, err := collectorBinary()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name+".yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &collector{t, exec.Command(path, "--config", file), new(syncBuffer), make(chan struct{})}
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
	eventually(t, name+" listens", func() bool {
		select {
		case <-c.done:
			t.Fatal(name, " has ended")
		default:
		}
		connection, err := net.Dial("tcp", port)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
	return c
}

// stop ends it and waits for that; SIGTERM lets it send what it has.
func (c *collector) stop(signal syscall.Signal) {
	_ = c.command.Process.Signal(signal)
	select {
	case <-c.done:
	case <-time.After(30 * time.Second):
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

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for limit := time.Now().Add(60 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("not within a minute: ", what)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
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
