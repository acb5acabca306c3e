package tracezip

/*
#include <tracezip.h>

#cgo noescape tracezip_compressor_compress
#cgo nocallback tracezip_compressor_compress
*/
import "C"

import (
	"runtime"
	"sync"
)

// Compressor compresses batch after batch into the frames of a stream. The first stands alone; each later
// one builds on those before it and can only be read after them, in order.
type Compressor struct {
	mu      sync.Mutex
	handle  *C.tracezip_compressor // nil once closed
	cleanup runtime.Cleanup
	last    Stats // those at Close
}

// NewCompressor makes a compressor with the default settings and those given. [ErrInvalidConfig] names the
// setting that is out of range.
func NewCompressor(options ...Option) (*Compressor, error) {
	config, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	defer config.free()
	return config.compressor()
}

func (config *config) compressor() (*Compressor, error) {
	defer runtime.KeepAlive(config)
	c := new(Compressor)
	if result := C.tracezip_compressor_new(config.handle, &c.handle); result != C.TRACEZIP_OK {
		return nil, config.lastError(Code(result))
	}
	c.cleanup = runtime.AddCleanup(c, freeCompressor, c.handle)
	return c, nil
}

func freeCompressor(handle *C.tracezip_compressor) { C.tracezip_compressor_free(handle) }

// Compress appends the frame of the batch src to dst. The result is always a frame: what does not pay to
// compress is stored in one, which [Compressor.Stats] tells.
//
// It fails only with [ErrClosed] and [ErrInternal]; after the latter the compressor is as after
// [Compressor.Reset].
func (c *Compressor) Compress(dst, src []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.compress(dst, src)
}

func (c *Compressor) compress(dst, src []byte) ([]byte, error) {
	if c.handle == nil {
		return dst, ErrClosed
	}
	bound := CompressBound(len(src))
	dst = apart(dst, src)
	if room := dst[len(dst):cap(dst)]; len(room) >= bound {
		n, err := c.compressInto(room, src)
		return dst[:len(dst)+n], err
	}
	// The frame is much shorter than the bound: a slice of that size is not for the caller to keep.
	buffer := takeBuffer(bound)
	defer giveBuffer(buffer)
	n, err := c.compressInto(*buffer, src)
	return append(dst, (*buffer)[:n]...), err
}

func (c *Compressor) compressInto(room, src []byte) (int, error) {
	var n C.size_t
	result := C.tracezip_compressor_compress(
		c.handle, pointer(src), C.size_t(len(src)), pointer(room), C.size_t(len(room)), &n)
	if result != C.TRACEZIP_OK {
		return 0, newError(Code(result), func(detail *C.tracezip_error_detail) C.tracezip_result {
			return C.tracezip_compressor_last_error(c.handle, detail)
		})
	}
	return int(n), nil
}

// Reset forgets all batches: the next frame stands alone. The counters stay.
func (c *Compressor) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

func (c *Compressor) reset() {
	if c.handle != nil {
		C.tracezip_compressor_reset(c.handle)
	}
}

// Close gives the memory of the compressor back. Later calls of Compress fail with [ErrClosed], and Stats
// stays what it was. A second Close does nothing. The error is always nil.
func (c *Compressor) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle != nil {
		c.last = c.stats()
		c.cleanup.Stop()
		freeCompressor(c.handle)
		c.handle = nil
	}
	return nil
}
