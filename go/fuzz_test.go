package tracezip_test

import (
	"bytes"
	"errors"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

func FuzzRoundTrip(f *testing.F) {
	for _, v := range readManifest(f).Valid {
		f.Add(vector(f, v.Input))
	}
	f.Add(request(30, 1))
	f.Fuzz(func(t *testing.T, otlp []byte) {
		frame := must[[]byte](t)(tracezip.Compress(nil, otlp))
		if len(frame) > len(otlp)+16 || frame[0]&7 != 7 {
			t.Errorf("%d bytes became %d, the first %#x", len(otlp), len(frame), frame[0])
		}
		same(t, "input", otlp, must[[]byte](t)(tracezip.Decompress(nil, frame, len(otlp))))
		c, d := pair(t, tracezip.WithMinBatchSize(0))
		for range 2 {
			same(t, "input", otlp, must[[]byte](t)(d.Decompress(nil, must[[]byte](t)(c.Compress(nil, otlp)))))
		}
	})
}

// Whatever comes in: bytes within the limit, or an error, and dst as it was.
func FuzzDecompress(f *testing.F) {
	m := readManifest(f)
	for _, v := range m.Valid {
		f.Add(vector(f, v.Frame))
	}
	for _, v := range m.Damaged {
		f.Add(vector(f, v.Frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		const limit = 1 << 20
		otlp, err := tracezip.Decompress([]byte("head"), frame, limit)
		if !bytes.HasPrefix(otlp, []byte("head")) || len(otlp) > 4+limit {
			t.Errorf("%d bytes: %q", len(otlp), otlp[:min(len(otlp), 4)])
		}
		var detail *tracezip.Error
		if err != nil && (!errors.As(err, &detail) || !ofDecoding(detail.Code) || len(otlp) != 4) {
			t.Errorf("%d bytes and %v", len(otlp), err)
		}
		d := must[*tracezip.Decompressor](t)(tracezip.NewDecompressor(tracezip.WithMaxDecodedBytes(limit)))
		defer d.Close()
		if _, streamed := d.Decompress(nil, frame); err == nil && streamed != nil {
			t.Errorf("a decompressor says %v", streamed)
		}
	})
}

func ofDecoding(code tracezip.Code) bool {
	return code >= tracezip.ErrNotTracezip && code <= tracezip.ErrLimitExceeded || code == tracezip.ErrUnknownDictionary
}
