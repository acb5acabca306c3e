package tracezip_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	tracezip "github.com/tracezip/tracezip/go"
)

// resident is the memory that the process has now, in bytes.
func resident(t *testing.T) int {
	content, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("it needs /proc/self/statm")
	}
	var size, pages int
	if _, err := fmt.Fscan(bytes.NewReader(content), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// doesNotGrow runs work until caches are full, and then more often: memory must stay as it is, or come back
// to that when the garbage collector has run.
func doesNotGrow(t *testing.T, work func()) {
	const warm, rounds, most = 50, 400, 64 << 20
	for range warm {
		work()
	}
	before := resident(t)
	for range rounds {
		work()
	}
	var grown int
	for range 100 {
		runtime.GC()
		if grown = resident(t) - before; grown <= most {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d rounds took %d KiB", rounds, grown>>10)
}

// use makes a pair do some work. Together they hold more than a megabyte then.
func use(t *testing.T) (*tracezip.Compressor, *tracezip.Decompressor) {
	c := must[*tracezip.Compressor](t)(tracezip.NewCompressor())
	d := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor())
	must[[]byte](t)(d.Decompress(nil, must[[]byte](t)(c.Compress(nil, request(100, 1)))))
	return c, d
}

func TestClosedHandlesLeakNothing(t *testing.T) {
	doesNotGrow(t, func() {
		c, d := use(t)
		c.Close()
		d.Close()
	})
}

func TestForgottenHandlesLeakNothing(t *testing.T) {
	round := 0
	doesNotGrow(t, func() {
		use(t)
		if round++; round%8 == 0 { // the Go heap alone is too small for the collector to come
			runtime.GC()
		}
	})
}

func TestDamageLeaksNothing(t *testing.T) {
	frame := must[[]byte](t)(tracezip.Compress(nil, make([]byte, 1<<20)))
	doesNotGrow(t, func() {
		if _, err := tracezip.Decompress(nil, frame[:20], 1<<20); err == nil {
			t.Error("20 bytes of a frame are read")
		}
	})
}
