package tracezip_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

// trained is made of requests as small as those that it is for.
func trained(t testing.TB) *tracezip.Dictionary {
	t.Helper()
	var samples [][]byte
	for i := range 100 {
		samples = append(samples, small(uint64(1000*i)))
	}
	return must[*tracezip.Dictionary](t)(tracezip.TrainDictionary(samples, 8<<10))
}

func TestFramesStandAloneForThoseWhoHoldTheDictionary(t *testing.T) {
	d := trained(t)
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithDictionary(d)))
	compressor := must[*tracezip.Compressor](t)(tracezip.NewCompressor(tracezip.WithDictionary(d)))
	holder := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor(tracezip.WithDictionary(d)))
	d.Close() // all keep what they need
	otlp := small(7)
	plain := must[[]byte](t)(tracezip.Compress(nil, otlp))
	frame := must[[]byte](t)(codec.Compress(nil, otlp))
	if 3*len(frame) > 2*len(plain) {
		t.Errorf("%d bytes with it, %d without", len(frame), len(plain))
	}
	same(t, "compressor", frame, must[[]byte](t)(compressor.Compress(nil, otlp)))
	for _, frame := range [][]byte{frame, plain, frame} {
		same(t, "decompressor", otlp, must[[]byte](t)(holder.Decompress(nil, frame)))
		same(t, "codec", otlp, must[[]byte](t)(codec.Decompress(nil, frame)))
	}

	other := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor())
	_, err := other.Decompress(nil, frame)
	wantError(t, err, tracezip.ErrUnknownDictionary, tracezip.StageBody)
	if name := fmt.Sprintf("%08x", uint32(d.ID())); !strings.Contains(err.Error(), name) {
		t.Errorf("%v does not name %s", err, name)
	}
	if err := other.AddDictionary(d); !errors.Is(err, tracezip.ErrClosed) {
		t.Error(err)
	}
	again := must[*tracezip.Dictionary](t)(tracezip.LoadDictionary(d.Bytes()))
	if err := other.AddDictionary(again); err != nil || again.ID() != d.ID() {
		t.Error(err)
	}
	same(t, "added", otlp, must[[]byte](t)(other.Decompress(nil, frame)))
	other.Close()
	if err := other.AddDictionary(again); !errors.Is(err, tracezip.ErrClosed) {
		t.Error(err)
	}
}

func TestWhatIsNoDictionary(t *testing.T) {
	content := trained(t).Bytes()
	for at := 0; at < len(content); at += 61 {
		damaged := bytes.Clone(content)
		damaged[at] ^= 4
		for _, src := range [][]byte{damaged, content[:at]} {
			var detail *tracezip.Error
			if _, err := tracezip.LoadDictionary(src); !errors.As(err, &detail) {
				t.Fatalf("byte %d: %v", at, err)
			}
		}
	}
	_, err := tracezip.LoadDictionary(request(2, 1))
	wantError(t, err, tracezip.ErrNotTracezip, tracezip.StageHeader)
	stored := must[[]byte](t)(tracezip.Compress(nil, []byte("{}")))
	_, err = tracezip.LoadDictionary(stored)
	wantError(t, err, tracezip.ErrCorrupt, tracezip.StageHeader)
}

func TestTrainingNeedsSpansAndRoom(t *testing.T) {
	samples := [][]byte{request(5, 1)}
	for _, room := range []int{-1, 0, 4095} {
		_, err := tracezip.TrainDictionary(samples, room)
		wantError(t, err, tracezip.ErrInvalidConfig, tracezip.StageConfig)
	}
	for _, samples := range [][][]byte{nil, {nil}, {{}}, {request(5, 1), []byte("{}")}} {
		_, err := tracezip.TrainDictionary(samples, 4096)
		wantError(t, err, tracezip.ErrNotOTLP, tracezip.StageOTLP)
	}
	// Slices of one array, which Go may move no more than others.
	all := join(request(5, 1), request(5, 2))
	half := len(request(5, 1))
	must[*tracezip.Dictionary](t)(tracezip.TrainDictionary([][]byte{all[:half], all[half:], nil}, 4096))
}

func TestFrameDictionary(t *testing.T) {
	for src, code := range map[string]tracezip.Code{"": tracezip.ErrTruncated, "\x0a\x00": tracezip.ErrNotTracezip} {
		_, _, err := tracezip.FrameDictionary([]byte(src))
		wantError(t, err, code, tracezip.StageHeader)
	}
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithDictionary(trained(t)), tracezip.WithDictionary(nil)))
	frame := must[[]byte](t)(codec.Compress(nil, request(50, 1)))
	if low, needed, err := tracezip.FrameDictionary(frame); low != 0 || needed || err != nil {
		t.Errorf("%08x, %v, %v", low, needed, err)
	}
}

// One dictionary in many goroutines, which make, use and close what it is given to, and close it in the end.
func TestADictionaryInManyGoroutines(t *testing.T) {
	d := trained(t)
	otlp := request(3, 5)
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithDictionary(d)))
	want := must[[]byte](t)(codec.Compress(nil, otlp))
	together(t, func(number int) error {
		if number == goroutines/2 {
			return d.Close()
		}
		frame, err := codec.Compress(nil, otlp)
		if err != nil || !bytes.Equal(frame, want) || len(d.Bytes()) == 0 {
			return fmt.Errorf("another frame: %v", err)
		}
		decompressor, err := tracezip.NewDecompressor(tracezip.WithDictionary(d))
		if errors.Is(err, tracezip.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		back, err := decompressor.Decompress(nil, frame)
		if !bytes.Equal(back, otlp) {
			return fmt.Errorf("other bytes came back: %v", err)
		}
		return decompressor.Close()
	})
	if _, err := tracezip.NewCodec(tracezip.WithDictionary(d)); !errors.Is(err, tracezip.ErrClosed) {
		t.Error(err)
	}
}

func TestDictionariesLeakNothing(t *testing.T) {
	content, otlp, round := trained(t).Bytes(), request(3, 5), 0
	doesNotGrow(t, func() {
		d := must[*tracezip.Dictionary](t)(tracezip.LoadDictionary(content))
		c := must[*tracezip.Compressor](t)(tracezip.NewCompressor(tracezip.WithDictionary(d)))
		must[[]byte](t)(c.Compress(nil, otlp))
		if round++; round%2 == 0 {
			d.Close()
			c.Close()
		} else if round%8 == 1 { // forgotten, until the collector comes
			runtime.GC()
		}
	})
}
