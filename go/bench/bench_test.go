package bench

import (
	"bytes"
	"math"
	"runtime"
	"testing"
	"time"

	tracezip "github.com/tracezip/tracezip/go"
)

// Batches of 1000 spans of each sample, with each codec. best-MB/s is of the fastest pass over all batches, by
// the processor time of its thread, as `tracezip bench` says it; MB/s is of all passes, by the clock.
func BenchmarkCodecs(b *testing.B) {
	names, err := corpora()
	check(b, err)
	for _, corpus := range names {
		messages, err := batches(corpus, 1000)
		check(b, err)
		for _, c := range codecs(b) {
			frames := compressAll(b, c, messages)
			ratio := float64(size(messages)) / float64(size(frames))
			b.Run(corpus+"/"+c.name+"/compress", func(b *testing.B) {
				passes(b, c.compress, messages, size(messages))
				b.ReportMetric(ratio, "ratio")
			})
			b.Run(corpus+"/"+c.name+"/decompress", func(b *testing.B) {
				passes(b, c.decompress, frames, size(messages))
			})
		}
	}
}

// compressAll also sees to it that every byte comes back.
func compressAll(b *testing.B, c codec, messages [][]byte) (frames [][]byte) {
	for _, message := range messages {
		frame, err := c.compress(nil, message)
		check(b, err)
		back, err := c.decompress(nil, frame)
		check(b, err)
		if !bytes.Equal(back, message) {
			b.Fatalf("%s: other bytes came back", c.name)
		}
		frames = append(frames, frame)
	}
	return frames
}

func passes(b *testing.B, call func(dst, src []byte) ([]byte, error), inputs [][]byte, raw int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	b.SetBytes(int64(raw))
	best, dst := time.Duration(math.MaxInt64), make([]byte, 0, raw)
	for b.Loop() {
		start := threadCPU()
		for _, input := range inputs {
			if _, err := call(dst, input); err != nil {
				b.Fatal(err)
			}
		}
		best = min(best, threadCPU()-start)
	}
	b.ReportMetric(float64(raw)/1e6/best.Seconds(), "best-MB/s")
}

func size(messages [][]byte) (sum int) {
	for _, message := range messages {
		sum += len(message)
	}
	return sum
}

// The price of the binding: overhead-ns is what a call takes in Go (best of many rounds, processor time of
// the thread) less what the same calls of the library take in a loop in C.
func BenchmarkCall(b *testing.B) {
	d := newDirect()
	b.Cleanup(d.free)
	frame, err := tracezip.Compress(nil, nil)
	check(b, err)
	dst := make([]byte, 0, 4096)
	b.Run("empty/compress", func(b *testing.B) {
		overhead(b, func() { tracezip.Compress(dst, nil) }, func(n int) bool { return d.compress(dst, nil, n) })
	})
	b.Run("empty/decompress", func(b *testing.B) {
		overhead(b, func() { tracezip.Decompress(dst, frame, 0) }, func(n int) bool { return d.decompress(dst, frame, n) })
	})
	b.Run("bound", func(b *testing.B) {
		overhead(b, func() { tracezip.CompressBound(0) }, func(int) bool { return true })
	})
}

func overhead(b *testing.B, inGo func(), inC func(rounds int) bool) {
	const rounds = 1000
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	bestGo, bestC := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
	b.ReportAllocs()
	for b.Loop() {
		start := threadCPU()
		for range rounds {
			inGo()
		}
		between := threadCPU()
		if !inC(rounds) {
			b.Fatal("the library fails")
		}
		bestGo, bestC = min(bestGo, between-start), min(bestC, threadCPU()-between)
	}
	b.ReportMetric(float64(bestGo.Nanoseconds())/rounds, "go-ns")
	b.ReportMetric(float64(bestC.Nanoseconds())/rounds, "c-ns")
	b.ReportMetric(float64((bestGo-bestC).Nanoseconds())/rounds, "overhead-ns")
	b.ReportMetric(0, "ns/op") // of a thousand calls each way
}
