package bench

/*
#cgo CFLAGS: -I${SRCDIR}/../../include
#include <time.h>
#include <tracezip.h>

static int compress_in_c(tracezip_compressor *c, const uint8_t *src, size_t len, uint8_t *dst, size_t cap, int rounds) {
	size_t n;
	int result = 0;
	for (int i = 0; i < rounds && !result; i++) {
		tracezip_compressor_reset(c);
		result = tracezip_compressor_compress(c, src, len, dst, cap, &n);
	}
	return result;
}

static int decompress_in_c(tracezip_decompressor *d, const uint8_t *src, size_t len, uint8_t *dst, size_t cap, int rounds) {
	size_t n;
	int result = 0;
	for (int i = 0; i < rounds && !result; i++) {
		tracezip_decompressor_reset(d);
		result = tracezip_decompressor_decompress(d, src, len, dst, cap, &n);
	}
	return result;
}

static int64_t thread_cpu_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}
*/
import "C"

import (
	"time"
	"unsafe"
)

// direct makes the calls of a stateless codec in a loop in C: what is left of a call's time in Go is the price
// of the binding.
type direct struct {
	compressor   *C.tracezip_compressor
	decompressor *C.tracezip_decompressor
}

func newDirect() (d direct) {
	C.tracezip_compressor_new(nil, &d.compressor)
	C.tracezip_decompressor_new(nil, &d.decompressor)
	return d
}

func (d direct) free() {
	C.tracezip_compressor_free(d.compressor)
	C.tracezip_decompressor_free(d.decompressor)
}

func (d direct) compress(dst, src []byte, rounds int) bool {
	return 0 == C.compress_in_c(
		d.compressor, pointer(src), C.size_t(len(src)), pointer(dst), C.size_t(cap(dst)), C.int(rounds))
}

func (d direct) decompress(dst, src []byte, rounds int) bool {
	return 0 == C.decompress_in_c(
		d.decompressor, pointer(src), C.size_t(len(src)), pointer(dst), C.size_t(cap(dst)), C.int(rounds))
}

func pointer(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }

// threadCPU is the processor time that this thread has used.
func threadCPU() time.Duration { return time.Duration(C.thread_cpu_ns()) }
