package tracezip_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

type step struct{ Input, Frame string }

type manifest struct {
	Valid []struct {
		step
		Level int
	}
	Streams []struct {
		Name  string
		Level int
		Steps []step
	}
	Sequences []struct {
		Name  string
		Steps []struct {
			step
			Code tracezip.Code
		}
	}
	Dictionaries []struct {
		Dictionary, ID string
		Frames         []struct {
			step
			Level int
		}
	}
	Damaged []struct {
		Frame string
		Code  tracezip.Code
	}
}

func readManifest(t testing.TB) (m manifest) {
	if err := json.Unmarshal(vector(t, "manifest.json"), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVectors(t *testing.T) {
	m := readManifest(t)
	opened := map[string]bool{"manifest.json": true}
	read := func(name string) []byte {
		opened[name] = true
		return vector(t, name)
	}
	for _, v := range m.Valid {
		otlp, frame := read(v.Input), read(v.Frame)
		t.Run(v.Frame, func(t *testing.T) { checkValid(t, otlp, frame, v.Level) })
	}
	for _, v := range m.Streams {
		var batches, frames [][]byte
		for _, s := range v.Steps {
			batches, frames = append(batches, read(s.Input)), append(frames, read(s.Frame))
		}
		t.Run(v.Name, func(t *testing.T) { checkStream(t, batches, frames, v.Level) })
	}
	for _, v := range m.Sequences {
		d := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor())
		for _, s := range v.Steps {
			frame := read(s.Frame)
			otlp, err := d.Decompress(nil, frame)
			if s.Code != 0 {
				if !errors.Is(err, s.Code) {
					t.Errorf("%s: %s: %v, not %v", v.Name, s.Frame, err, s.Code)
				}
			} else if err != nil {
				t.Errorf("%s: %s: %v", v.Name, s.Frame, err)
			} else {
				same(t, v.Name, read(s.Input), otlp)
			}
		}
		d.Close()
	}
	for _, v := range m.Dictionaries {
		d := must[*tracezip.Dictionary](t)(tracezip.LoadDictionary(read(v.Dictionary)))
		if id := fmt.Sprintf("%016x", d.ID()); id != v.ID {
			t.Errorf("%s: the id is %s", v.Dictionary, id)
		}
		for _, f := range v.Frames {
			otlp, frame := read(f.Input), read(f.Frame)
			t.Run(f.Frame, func(t *testing.T) { checkWithDictionary(t, d, otlp, frame, f.Level) })
		}
	}
	for _, v := range m.Damaged {
		frame := read(v.Frame)
		t.Run(v.Frame, func(t *testing.T) { checkDamaged(t, frame, v.Code) })
	}
	everyFileWasOpened(t, opened)
}

func checkValid(t *testing.T, otlp, frame []byte, level int) {
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithLevel(level)))
	same(t, "codec", frame, must[[]byte](t)(codec.Compress(nil, otlp)))
	same(t, "codec", otlp, must[[]byte](t)(codec.Decompress(nil, frame)))
	if level == 3 {
		same(t, "Compress", frame, must[[]byte](t)(tracezip.Compress(nil, otlp)))
	}
	same(t, "Decompress", otlp, must[[]byte](t)(tracezip.Decompress(nil, frame, len(otlp))))
	if n := must[uint64](t)(tracezip.DecompressedLen(frame)); n != uint64(len(otlp)) {
		t.Errorf("DecompressedLen is %d, not %d", n, len(otlp))
	}
}

func checkWithDictionary(t *testing.T, d *tracezip.Dictionary, otlp, frame []byte, level int) {
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithLevel(level), tracezip.WithDictionary(d)))
	same(t, "codec", frame, must[[]byte](t)(codec.Compress(nil, otlp)))
	same(t, "codec", otlp, must[[]byte](t)(codec.Decompress(nil, frame)))
	low, needed, err := tracezip.FrameDictionary(frame)
	if err != nil || needed && low != uint32(d.ID()) {
		t.Errorf("%v, %08x", err, low)
	}
	_, err = tracezip.Decompress(nil, frame, len(otlp))
	if needed != errors.Is(err, tracezip.ErrUnknownDictionary) {
		t.Errorf("needed: %v, without it: %v", needed, err)
	}
}

func checkStream(t *testing.T, batches, frames [][]byte, level int) {
	c := must[*tracezip.Compressor](t)(tracezip.NewCompressor(tracezip.WithLevel(level), tracezip.WithMinBatchSize(0)))
	defer c.Close()
	d := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor())
	defer d.Close()
	for i, otlp := range batches {
		same(t, "compressor", frames[i], must[[]byte](t)(c.Compress(nil, otlp)))
		same(t, "decompressor", otlp, must[[]byte](t)(d.Decompress(nil, frames[i])))
	}
}

func checkDamaged(t *testing.T, frame []byte, code tracezip.Code) {
	before := []byte("before")
	after, err := tracezip.Decompress(before, frame, tracezip.DefaultMaxDecodedBytes)
	var detail *tracezip.Error
	if !errors.Is(err, code) || !errors.As(err, &detail) || detail.Code != code || detail.Stage == 0 {
		t.Errorf("%v, not %v", err, code)
	}
	same(t, "dst", []byte("before"), after)
}

func same(t testing.TB, what string, want, is []byte) {
	t.Helper()
	if !bytes.Equal(want, is) {
		t.Errorf("%s: %d other bytes, not the %d of the vector", what, len(is), len(want))
	}
}

// A vector that no test opens does not count.
func everyFileWasOpened(t *testing.T, opened map[string]bool) {
	entries, err := os.ReadDir("../tests/vectors")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !opened[entry.Name()] {
			t.Errorf("%s: no test opens it", entry.Name())
		}
	}
}
