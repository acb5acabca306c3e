package tracezip_test

import (
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

// What a call costs before it does any work: an empty input, and a call that only returns a constant. The
// comparison with other codecs is in the module bench.
func BenchmarkCall(b *testing.B) {
	c, d := pair(b)
	codec := must[*tracezip.Codec](b)(tracezip.NewCodec())
	frame := must[[]byte](b)(codec.Compress(nil, nil))
	dst := make([]byte, 0, 1024)
	for name, call := range map[string]func(){
		"Bound":                   func() { tracezip.CompressBound(0) },
		"DecompressedLen":         func() { tracezip.DecompressedLen(frame) },
		"Compress":                func() { tracezip.Compress(dst, nil) },
		"Decompress":              func() { tracezip.Decompress(dst, frame, 0) },
		"Compressor.Compress":     func() { c.Compress(dst, nil) },
		"Decompressor.Decompress": func() { d.Decompress(dst, frame) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
