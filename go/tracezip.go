package tracezip

/*
#include <tracezip.h>

#cgo noescape tracezip_decompressed_len
#cgo nocallback tracezip_decompressed_len
*/
import "C"

import (
	"math"
	"sync"
	"unsafe"
)

// DefaultMaxDecodedBytes is the default of [WithMaxDecodedBytes], and a good max for [Decompress]: 64 MiB.
const DefaultMaxDecodedBytes = 64 << 20

// defaultCodec leaves the limit to the callers of Decompress.
var defaultCodec = sync.OnceValues(func() (*Codec, error) { return NewCodec(WithMaxDecodedBytes(math.MaxInt)) })

// Compress appends a frame that stands alone, made of src with the default settings, to dst. A frame is at
// most 16 bytes longer than src.
//
// It fails only with [ErrInternal].
func Compress(dst, src []byte) ([]byte, error) {
	codec, err := defaultCodec()
	if err != nil {
		return dst, err
	}
	return codec.Compress(dst, src)
}

// Decompress appends what was compressed into the frame src, which must stand alone, to dst. It may have up
// to max bytes; a frame of more is refused with [ErrLimitExceeded] before room is made for it.
//
// A frame that is cut, damaged or hostile gives an [*Error], never wrong bytes.
func Decompress(dst, src []byte, max int) ([]byte, error) {
	codec, err := defaultCodec()
	if err != nil {
		return dst, err
	}
	return codec.decompress(dst, src, max)
}

// CompressBound is the most bytes that a frame made of n bytes can have. Calls with that much room in dst
// need no other buffer.
func CompressBound(n int) int {
	return int(C.tracezip_compress_bound(C.size_t(n)))
}

// DecompressedLen is the length that the frame src says its original has, in bytes. It looks at the first
// bytes only, which may lie.
func DecompressedLen(src []byte) (uint64, error) {
	n, code := declaredLen(src)
	if code != 0 {
		_, err := Decompress(nil, src, 0) // it says more
		return 0, err
	}
	return n, nil
}

// Version is that of libtracezip, such as "0.1.0".
func Version() string {
	return C.GoString(C.tracezip_version())
}

func declaredLen(frame []byte) (uint64, Code) {
	var n C.uint64_t
	result := C.tracezip_decompressed_len(pointer(frame), C.size_t(len(frame)), &n)
	return uint64(n), Code(result)
}

// pointer lends b to a C call. It has no Go pointers in it, and is NULL only if b is nil.
func pointer(b []byte) *C.uint8_t {
	return (*C.uint8_t)(unsafe.SliceData(b))
}
