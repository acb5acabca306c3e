// Package tracezip compresses OpenTelemetry traces without loss: serialized OTLP in, frames of about half
// the size that gzip or zstd makes of it out, and exactly the same bytes back. Any bytes may be given; best
// are those of an ExportTraceServiceRequest.
//
// # Which call
//
//   - [Compress] and [Decompress]: frames that stand alone. For requests over a network, and wherever a frame
//     may get lost. [Codec] is the same with settings of your own.
//   - The same with a [Dictionary], which sample batches have taught, for small requests: of a few spans each.
//   - [Compressor] and [Decompressor]: streams, in which each frame builds on those before it and is smaller
//     for it. For files, and connections that keep their order.
//
// # Buffers
//
// All calls append, as the built-in function does: they return dst with the result behind what was in it,
// in dst's own memory if there is room. Use nil to get a new slice, buf[:0] to use a buffer again. After an
// error they return dst as it was. src is only read, and not kept; it may lie in the room of dst.
//
// # Goroutines
//
// Everything here may be used by many goroutines at the same time. Of the calls of functions and of a Codec,
// as many work at the same time as GOMAXPROCS was when the first one came; others wait, without blocking a
// thread. A Compressor or Decompressor works on one batch at a time; goroutines that share one must see to
// the order of frames themselves. A Dictionary never changes.
//
// # Memory
//
// What a Compressor or Decompressor has learnt is kept outside of the Go heap, usually 1 to 4 MB, and never
// more than [WithMaxStateBytes] says and memory in proportion to the batch. Close gives it back at once; the
// garbage collector does so for those that were forgotten, when it comes to it.
//
// # Linking
//
// The package needs cgo and the library libtracezip, linked statically by default. With the build tag
// tracezip_system it is found by pkg-config. The guide, docs/guide/go.md, has the steps.
package tracezip
