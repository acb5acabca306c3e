package tracezip_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

func pair(t testing.TB, options ...tracezip.Option) (*tracezip.Compressor, *tracezip.Decompressor) {
	c := must[*tracezip.Compressor](t)(tracezip.NewCompressor(options...))
	d := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor(options...))
	t.Cleanup(func() { c.Close(); d.Close() })
	return c, d
}

func TestStream(t *testing.T) {
	c, d := pair(t)
	var sizes []int
	for i := range 5 {
		otlp := request(100, uint64(100*i))
		frame := must[[]byte](t)(c.Compress(nil, otlp))
		sizes = append(sizes, len(frame))
		same(t, "batch", otlp, must[[]byte](t)(d.Decompress(nil, frame)))
	}
	if sizes[4] >= sizes[0] {
		t.Errorf("later frames are no smaller: %d", sizes)
	}
}

func TestLostFramesAndReset(t *testing.T) {
	c, d := pair(t)
	compress := func() []byte { return must[[]byte](t)(c.Compress(nil, request(100, 1))) }
	first, _, third := compress(), compress(), compress()
	must[[]byte](t)(d.Decompress(nil, first))
	_, err := d.Decompress(nil, third)
	wantError(t, err, tracezip.ErrOutOfSequence, tracezip.StageStream)
	c.Reset()
	must[[]byte](t)(d.Decompress(nil, compress()))
	next := compress()
	d.Reset()
	_, err = d.Decompress(nil, next)
	wantError(t, err, tracezip.ErrOutOfSequence, tracezip.StageStream)
	_, err = tracezip.Decompress(nil, next, math.MaxInt)
	wantError(t, err, tracezip.ErrOutOfSequence, tracezip.StageStream)
}

func TestWhatWasNeverCompressedPassesThroughADecompressorOnly(t *testing.T) {
	_, d := pair(t)
	otlp := request(3, 1)
	same(t, "request", otlp, must[[]byte](t)(d.Decompress(nil, otlp)))
	_, err := tracezip.Decompress(nil, otlp, math.MaxInt)
	wantError(t, err, tracezip.ErrNotTracezip, tracezip.StageHeader)
	_, err = d.Decompress(nil, []byte("\x1f\x8bgzip"))
	wantError(t, err, tracezip.ErrTruncated, tracezip.StageHeader)
}

func TestStats(t *testing.T) {
	c, _ := pair(t)
	c.SetMetering(true)
	otlp := request(100, 1)
	frame := must[[]byte](t)(c.Compress(nil, otlp))
	s := c.Stats()
	if s.OriginalSize != uint64(len(otlp)) || s.CompressedSize != uint64(len(frame)) || s.SpanCount != 100 || s.Frames != 1 ||
		s.StoredFrames != 0 || s.LastFrameStored || s.CompressionRatio != float64(len(otlp))/float64(len(frame)) {
		t.Errorf("%+v", s)
	}
	sum := s.IDsBytes + s.TimesBytes + s.StringsBytes + s.NumbersBytes + s.StructureBytes
	if s.IDsBytes == 0 || s.TimesBytes == 0 || math.Abs(sum-float64(len(frame))) > 1 {
		t.Errorf("the columns have %.1f of %d bytes: %+v", sum, len(frame), s)
	}
	c.ResetStats()
	if s := c.Stats(); s != (tracezip.Stats{CompressionRatio: 1}) {
		t.Errorf("%+v", s)
	}
}

func TestSmallBatchesAreStored(t *testing.T) {
	c, d := pair(t)
	otlp := request(9, 1)
	same(t, "batch", otlp, must[[]byte](t)(d.Decompress(nil, must[[]byte](t)(c.Compress(nil, otlp)))))
	if s := c.Stats(); !s.LastFrameStored || s.StoredFrames != 1 {
		t.Errorf("%+v", s)
	}
}

func TestClose(t *testing.T) {
	c, d := pair(t)
	frame := must[[]byte](t)(c.Compress(nil, request(100, 1)))
	before := c.Stats()
	for range 2 {
		if err := errors.Join(c.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	}
	dst := []byte("head")
	out, err := c.Compress(dst, frame)
	if !errors.Is(err, tracezip.ErrClosed) {
		t.Error(err)
	}
	same(t, "dst", dst, out)
	if out, err = d.Decompress(dst, frame); !errors.Is(err, tracezip.ErrClosed) {
		t.Error(err)
	}
	same(t, "dst", dst, out)
	c.Reset()
	d.Reset()
	c.SetMetering(true)
	if c.Stats() != before {
		t.Errorf("%+v, not %+v", c.Stats(), before)
	}
	c.ResetStats()
	if s := c.Stats(); s != (tracezip.Stats{CompressionRatio: 1}) {
		t.Errorf("%+v", s)
	}
}

// Every option changes what it says.
func TestOptions(t *testing.T) {
	compress := func(options ...tracezip.Option) (int, tracezip.Stats) {
		c, d := pair(t, options...)
		otlp := request(500, 1)
		frame := must[[]byte](t)(c.Compress(nil, otlp))
		same(t, "batch", otlp, must[[]byte](t)(d.Decompress(nil, frame)))
		return len(frame), c.Stats()
	}
	plain, stats := compress()
	for name, option := range map[string]tracezip.Option{
		"dedup": tracezip.WithEnableDedup(false),
		"delta": tracezip.WithEnableDeltaEncoding(false),
		"level": tracezip.WithLevel(9),
		"table": tracezip.WithMaxStringTableSize(16),
		"state": tracezip.WithMaxStateBytes(1 << 20),
	} {
		if size, changed := compress(option); size == plain && changed.DedupedSpans == stats.DedupedSpans {
			t.Errorf("%s: %d bytes as without, %d spans as predicted", name, size, stats.DedupedSpans)
		}
	}
	for _, option := range []tracezip.Option{tracezip.WithEnabled(false), tracezip.WithMinBatchSize(501)} {
		if _, changed := compress(option); !changed.LastFrameStored || stats.LastFrameStored {
			t.Errorf("%+v", changed)
		}
	}
}

func TestSettingsOutOfRange(t *testing.T) {
	for name, option := range map[string]tracezip.Option{
		"level":                 tracezip.WithLevel(math.MinInt),
		"level must be 1 to 9":  tracezip.WithLevel(1<<32 + 3),
		"max_state_bytes":       tracezip.WithMaxStateBytes(1),
		"max_string_table_size": tracezip.WithMaxStringTableSize(15),
		"min_batch_size":        tracezip.WithMinBatchSize(-1),
		"max_decoded_bytes":     tracezip.WithMaxDecodedBytes(-1),
	} {
		_, compressor := tracezip.NewCompressor(option)
		_, decompressor := tracezip.NewDecompressor(option)
		for _, err := range []error{compressor, decompressor} {
			wantError(t, err, tracezip.ErrInvalidConfig, tracezip.StageConfig)
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%v does not name %s", err, name)
			}
		}
	}
	if _, err := tracezip.NewCodec(tracezip.WithLevel(10)); !errors.Is(err, tracezip.ErrInvalidConfig) {
		t.Error(err)
	}
}
