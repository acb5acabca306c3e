//go:build cgo

package tracezip

import (
	"slices"
	"sync"
	"unsafe"
)

// buffers are for frames of which only the bound is known yet.
var buffers sync.Pool

func takeBuffer(n int) *[]byte {
	buffer, _ := buffers.Get().(*[]byte)
	if buffer == nil || cap(*buffer) < n {
		buffer = new([]byte)
		*buffer = make([]byte, n)
	}
	*buffer = (*buffer)[:n]
	return buffer
}

func giveBuffer(buffer *[]byte) { buffers.Put(buffer) }

// apart is dst, without its room if src lies in it: src is never written to.
func apart(dst, src []byte) []byte {
	if overlap(dst[len(dst):cap(dst)], src) {
		return slices.Clip(dst)
	}
	return dst
}

// overlap tells whether a and b have bytes in common.
func overlap(a, b []byte) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	address := func(s []byte, i int) uintptr { return uintptr(unsafe.Pointer(&s[i])) }
	return address(a, 0) <= address(b, len(b)-1) && address(b, 0) <= address(a, len(a)-1)
}
