package transport

import (
	"bytes"
	"sync"
)

const (
	// maxRoom is the most bytes that room is made for because the other side says that so many will come.
	maxRoom = 1 << 20
	// maxKept is the most bytes that a buffer may have to be kept for later.
	maxKept = 8 << 20
)

// buffers are for payloads on their way: as long as a batch, and needed for one call.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// takeBuffer is an empty one for a body of this length, which is negative if nobody knows.
func takeBuffer(length int64) *bytes.Buffer {
	buffer := buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	buffer.Grow(int(max(0, min(length, maxRoom))) + bytes.MinRead)
	return buffer
}

// giveBuffer is for one that nobody looks at any more.
func giveBuffer(buffer *bytes.Buffer) {
	if buffer.Cap() <= maxKept {
		buffers.Put(buffer)
	}
}
