package tracezip_test

import (
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

func TestEmptyInputs(t *testing.T) {
	for _, src := range [][]byte{nil, {}, make([]byte, 0, 8)} {
		frame := must[[]byte](t)(tracezip.Compress(nil, src))
		same(t, "empty", nil, must[[]byte](t)(tracezip.Decompress(nil, frame, 0)))
	}
}

func TestResultsAreAppended(t *testing.T) {
	otlp := request(50, 1)
	frame := must[[]byte](t)(tracezip.Compress(nil, otlp))
	for _, room := range []int{0, 1, len(frame), tracezip.CompressBound(len(otlp)), 2 * len(otlp)} {
		dst := append(make([]byte, 0, 4+room), "head"...)
		out := must[[]byte](t)(tracezip.Compress(dst, otlp))
		same(t, "Compress", join([]byte("head"), frame), out)
		if inPlace := &out[0] == &dst[0]; room >= tracezip.CompressBound(len(otlp)) && !inPlace {
			t.Errorf("room for %d bytes was not used", room)
		}
		out = must[[]byte](t)(tracezip.Decompress(dst, frame, len(otlp)))
		same(t, "Decompress", join([]byte("head"), otlp), out)
		if inPlace := &out[0] == &dst[0]; room >= len(otlp) && !inPlace {
			t.Errorf("room for %d bytes was not used", room)
		}
	}
}

// A frame is short; a slice of the bound's capacity would be a waste of the caller's memory.
func TestNewSlicesFit(t *testing.T) {
	otlp := request(1000, 1)
	frame := must[[]byte](t)(tracezip.Compress(nil, otlp))
	if cap(frame) > 2*len(frame) {
		t.Errorf("a frame of %d bytes takes %d", len(frame), cap(frame))
	}
}

func TestSrcMayLieInTheRoomOfDst(t *testing.T) {
	otlp := request(50, 1)
	src := append(make([]byte, 0, 10*len(otlp)), otlp...)
	frame := must[[]byte](t)(tracezip.Compress(src[:0], src))
	same(t, "src", otlp, src)
	copied := append(make([]byte, 0, 10*len(otlp)), frame...)
	same(t, "Decompress", otlp, must[[]byte](t)(tracezip.Decompress(copied[:0], copied, math.MaxInt)))
	same(t, "src", frame, copied)
}

func TestLimits(t *testing.T) {
	otlp := request(50, 1)
	frame := must[[]byte](t)(tracezip.Compress(nil, otlp))
	for _, max := range []int{len(otlp) - 1, 0, -1, math.MinInt} {
		_, err := tracezip.Decompress(nil, frame, max)
		if detail := wantError(t, err, tracezip.ErrLimitExceeded, tracezip.StageHeader); detail.Offset != 1 {
			t.Errorf("%v: not at byte 1", err)
		}
	}
	codec := must[*tracezip.Codec](t)(tracezip.NewCodec(tracezip.WithMaxDecodedBytes(len(otlp) - 1)))
	_, err := codec.Decompress(nil, frame)
	wantError(t, err, tracezip.ErrLimitExceeded, tracezip.StageHeader)
	d := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor(tracezip.WithMaxDecodedBytes(len(otlp) - 1)))
	defer d.Close()
	_, err = d.Decompress(nil, frame)
	wantError(t, err, tracezip.ErrLimitExceeded, tracezip.StageHeader)
}

// A short frame that says it is long gets no memory of Go's before it has proved it.
func TestLongOriginalsOfShortFrames(t *testing.T) {
	otlp := make([]byte, 1<<20)
	frame := must[[]byte](t)(tracezip.Compress(nil, otlp))
	if len(frame) > len(otlp)/100 {
		t.Fatalf("%d bytes are no short frame of zeros", len(frame))
	}
	same(t, "zeros", otlp, must[[]byte](t)(tracezip.Decompress(nil, frame, len(otlp))))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		_, err := tracezip.Decompress(nil, frame[:len(frame)-1], len(otlp))
		wantError(t, err, tracezip.ErrTruncated, tracezip.StageBody)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
		t.Errorf("%d bytes were allocated for ten times %d that are damaged", allocated, len(frame))
	}
}

// Without a limit of the caller's, the machine's memory is one; the program goes on.
func TestMoreThanThereIsMemoryFor(t *testing.T) {
	header := binary.AppendUvarint([]byte{1<<3 | 7}, 1<<62)
	frame := append(header, make([]byte, 100)...)
	if n := must[uint64](t)(tracezip.DecompressedLen(frame)); n != 1<<62 {
		t.Fatalf("the frame says %d bytes", n)
	}
	_, err := tracezip.Decompress(nil, frame, math.MaxInt)
	wantError(t, err, tracezip.ErrLimitExceeded, tracezip.StageHeader)
}

func TestDecompressedLen(t *testing.T) {
	frame := must[[]byte](t)(tracezip.Compress(nil, request(20, 1)))
	for cut := range 6 {
		_, err := tracezip.DecompressedLen(frame[:cut])
		wantError(t, err, tracezip.ErrTruncated, tracezip.StageHeader)
	}
	_, err := tracezip.DecompressedLen([]byte{0x0a, 0})
	wantError(t, err, tracezip.ErrNotTracezip, tracezip.StageHeader)
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	frame := must[[]byte](t)(tracezip.Compress(nil, request(50, 1)))
	_, err := tracezip.Decompress(nil, frame[:len(frame)-1], tracezip.DefaultMaxDecodedBytes)
	if err == nil || !strings.HasPrefix(err.Error(), "tracezip: ") || !strings.Contains(err.Error(), "byte ") {
		t.Errorf("%v", err)
	}
	for code := tracezip.ErrNotTracezip; code <= tracezip.ErrUnknownDictionary; code++ {
		if strings.Contains(code.Error(), "unknown") {
			t.Errorf("code %d: %v", code, code)
		}
	}
	for stage := tracezip.StageConfig; stage <= tracezip.StageOTLP; stage++ {
		if strings.Contains(stage.String(), "unknown") {
			t.Errorf("stage %d: %v", stage, stage)
		}
	}
	if errors.Is(err, tracezip.ErrNotOTLP) || errors.Is(err, tracezip.ErrClosed) {
		t.Errorf("%v is another error too", err)
	}
}

func TestVersion(t *testing.T) {
	if strings.Count(tracezip.Version(), ".") != 2 {
		t.Error(tracezip.Version())
	}
}
