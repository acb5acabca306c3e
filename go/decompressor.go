package tracezip

/*
#include <stdlib.h>
#include <tracezip.h>

#cgo noescape tracezip_decompressor_decompress
#cgo nocallback tracezip_decompressor_decompress
*/
import "C"

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"unsafe"
)

// Decompressor reads the frames of one [Compressor], in order, or frames that stand alone. Trace requests
// that were never compressed pass through.
type Decompressor struct {
	mu      sync.Mutex
	handle  *C.tracezip_decompressor // nil once closed
	cleanup runtime.Cleanup
}

// NewDecompressor makes a decompressor with the default settings and those given, of which only
// [WithMaxDecodedBytes], [WithMaxStateBytes] and [WithDictionary] matter. [ErrInvalidConfig] names the setting that
// is out of range.
func NewDecompressor(options ...Option) (*Decompressor, error) {
	config, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	defer config.free()
	return config.decompressor()
}

func (config *config) decompressor() (*Decompressor, error) {
	defer runtime.KeepAlive(config)
	d := new(Decompressor)
	if result := C.tracezip_decompressor_new(config.handle, &d.handle); result != C.TRACEZIP_OK {
		return nil, config.lastError(Code(result))
	}
	d.cleanup = runtime.AddCleanup(d, freeDecompressor, d.handle)
	return d, nil
}

func freeDecompressor(handle *C.tracezip_decompressor) { C.tracezip_decompressor_free(handle) }

// Decompress appends the batch that was compressed into the frame src to dst.
//
// It fails with [ErrClosed], or with an [*Error] if the frame is damaged, beyond a limit, or not the one
// that follows the frame before ([ErrOutOfSequence]). After an error only a frame that stands alone is
// taken, such as a compressor makes after its Reset.
func (d *Decompressor) Decompress(dst, src []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	need, code := declaredLen(src)
	if code != 0 {
		need = uint64(len(src)) // no frame: it passes through, or the library says what is wrong with it
	}
	return d.decompress(dst, src, need)
}

// earned is how many bytes of output, for each byte of a frame, room is made for before they are there.
const earned = 64

// decompress needs room for as many bytes as the frame says.
func (d *Decompressor) decompress(dst, src []byte, need uint64) ([]byte, error) {
	if d.handle == nil {
		return dst, ErrClosed
	}
	out := apart(dst, src)
	if uint64(cap(out)-len(out)) < need {
		if need > earned*uint64(len(src)) {
			return d.decompressUnearned(out, src, need)
		}
		out = slices.Grow(out, int(need))
	}
	n, err := d.decompressInto(out[len(out):cap(out)], src)
	if err != nil {
		return dst, err
	}
	return out[:len(out)+n], nil
}

// decompressUnearned does not believe a short frame that says it is very long: it lends memory that the
// system only makes when it is written to.
func (d *Decompressor) decompressUnearned(dst, src []byte, need uint64) ([]byte, error) {
	if _, err := d.decompressInto(nil, src); !errors.Is(err, ErrBufferTooSmall) {
		return dst, err // need is above the limit, which the library knows
	}
	memory := C.calloc(1, C.size_t(need))
	if memory == nil {
		return dst, tooLong(need, "what there is memory for")
	}
	defer C.free(memory)
	room := unsafe.Slice((*byte)(memory), need)
	n, err := d.decompressInto(room, src)
	return append(dst, room[:n]...), err
}

func (d *Decompressor) decompressInto(room, src []byte) (int, error) {
	var n C.size_t
	result := C.tracezip_decompressor_decompress(
		d.handle, pointer(src), C.size_t(len(src)), pointer(room), C.size_t(len(room)), &n)
	if result != C.TRACEZIP_OK {
		return 0, newError(Code(result), func(detail *C.tracezip_error_detail) C.tracezip_result {
			return C.tracezip_decompressor_last_error(d.handle, detail)
		})
	}
	return int(n), nil
}

// Reset forgets all frames: the next one must stand alone.
func (d *Decompressor) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reset()
}

func (d *Decompressor) reset() {
	if d.handle != nil {
		C.tracezip_decompressor_reset(d.handle)
	}
}

// Close gives the memory of the decompressor back. Later calls of Decompress fail with [ErrClosed]. A second
// Close does nothing. The error is always nil.
func (d *Decompressor) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handle != nil {
		d.cleanup.Stop()
		freeDecompressor(d.handle)
		d.handle = nil
	}
	return nil
}
