package tracezip_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

const goroutines = 64

// together runs work in many goroutines and reports what they return.
func together(t *testing.T, work func(number int) error) {
	var all sync.WaitGroup
	for number := range goroutines {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := work(number); err != nil {
				t.Errorf("goroutine %d: %v", number, err)
			}
		}()
	}
	all.Wait()
}

func TestFunctionsInManyGoroutines(t *testing.T) {
	together(t, func(number int) error {
		var frame, back []byte
		for i := range 20 {
			otlp := request(20+number, uint64(number<<16+i))
			var err error
			if frame, err = tracezip.Compress(frame[:0], otlp); err != nil {
				return err
			}
			// Damage in one goroutine is not to disturb another.
			if _, err = tracezip.Decompress(nil, frame[:len(frame)-1-i], len(otlp)); err == nil {
				return errors.New("a cut frame is read")
			}
			if back, err = tracezip.Decompress(back[:0], frame, len(otlp)); err != nil {
				return err
			}
			if !bytes.Equal(back, otlp) {
				return errors.New("other bytes came back")
			}
		}
		return nil
	})
}

// The result does not depend on what other goroutines do.
func TestACodecInManyGoroutinesIsDeterministic(t *testing.T) {
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithLevel(1)))
	want := must[[]byte](t)(codec.Compress(nil, request(100, 7)))
	together(t, func(number int) error {
		for i := range 10 {
			if _, err := codec.Compress(nil, request(10+i, uint64(number))); err != nil {
				return err
			}
			if frame, err := codec.Compress(nil, request(100, 7)); err != nil || !bytes.Equal(frame, want) {
				return fmt.Errorf("another frame: %v", err)
			}
		}
		return nil
	})
}

// One handle in many goroutines: each batch is compressed by itself, whatever the order, and frames in the
// order in which they were made are a stream.
func TestACompressorInManyGoroutines(t *testing.T) {
	c, d := pair(t)
	var order sync.Mutex
	var batches, frames [][]byte
	together(t, func(number int) error {
		otlp := request(50, uint64(number))
		order.Lock()
		defer order.Unlock()
		frame, err := c.Compress(nil, otlp)
		batches, frames = append(batches, otlp), append(frames, frame)
		return err
	})
	for i, frame := range frames {
		same(t, "batch", batches[i], must[[]byte](t)(d.Decompress(nil, frame)))
	}
}

// Everything of a handle at the same time, Close too: for the race detector, and for memory errors.
func TestAllCallsOfOneHandleAtTheSameTime(t *testing.T) {
	c, d := pair(t)
	otlp := request(50, 1)
	frame := must[[]byte](t)(tracezip.Compress(nil, otlp))
	together(t, func(number int) error {
		_, compress := c.Compress(nil, otlp)
		_, decompress := d.Decompress(nil, frame)
		c.Stats()
		switch number % 8 {
		case 0:
			c.Reset()
			d.Reset()
		case 1:
			c.SetMetering(number > 8)
			c.ResetStats()
		}
		if number == goroutines/2 {
			return errors.Join(c.Close(), d.Close())
		}
		for _, err := range []error{compress, decompress} {
			if err != nil && !errors.Is(err, tracezip.ErrClosed) {
				return err
			}
		}
		return nil
	})
}
