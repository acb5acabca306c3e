package transport

import (
	"bytes"
	"sync"
)

// buffers are for payloads on their way: as long as a batch, and needed for one call.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// takeBuffer is an empty one with room for n bytes.
func takeBuffer(n int) *bytes.Buffer {
	buffer := buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	buffer.Grow(n)
	return buffer
}

// giveBuffer is for one that nobody looks at any more.
func giveBuffer(buffer *bytes.Buffer) { buffers.Put(buffer) }

// maxRoom is the most that is made for a body because its sender says how long it is.
const maxRoom = 64 << 20

// roomFor is how much to make for a body of this length, which is negative if nobody knows.
func roomFor(length int64) int { return int(max(0, min(length, maxRoom))) + bytes.MinRead }
