package tracezip

/*
#include <tracezip.h>

#cgo noescape tracezip_compressor_stats
#cgo nocallback tracezip_compressor_stats
*/
import "C"

import "time"

// Stats are the counters of a [Compressor] since it was made or since [Compressor.ResetStats].
type Stats struct {
	OriginalSize   uint64 // bytes in
	CompressedSize uint64 // bytes out
	SpanCount      uint64 // spans in
	DedupedSpans   uint64 // spans whose attributes were all as predicted
	Frames         uint64 // frames out
	StoredFrames   uint64 // frames out that are stored: a header and the input as it was

	LastFrameStored bool // whether the last frame is stored

	CompressionTime       time.Duration
	CompressionRatio      float64 // bytes in per byte out; 1 when nothing was compressed
	CompressionPercentage float64 // share of the bytes that was saved, in per cent; may be negative

	// Bytes out by what they describe. Without metering all of them count as structure.
	IDsBytes       float64 // trace ids, span ids and the relations between spans
	TimesBytes     float64 // start and end times of spans, and times of events
	StringsBytes   float64 // text, new or seen before
	NumbersBytes   float64 // numbers in attributes
	StructureBytes float64 // which fields there are, in which order, and what they repeat
}

// Stats are the counters; of a compressor that is closed, those that it had then.
func (c *Compressor) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle == nil {
		return c.last
	}
	return c.stats()
}

func (c *Compressor) stats() Stats {
	s := C.tracezip_stats{struct_size: C.sizeof_tracezip_stats}
	// It can only fail for a NULL or a struct_size out of range.
	C.tracezip_compressor_stats(c.handle, &s)
	return Stats{
		OriginalSize:          uint64(s.original_size),
		CompressedSize:        uint64(s.compressed_size),
		SpanCount:             uint64(s.span_count),
		DedupedSpans:          uint64(s.deduped_spans),
		Frames:                uint64(s.frames),
		StoredFrames:          uint64(s.stored_frames),
		LastFrameStored:       s.last_frame_stored != 0,
		CompressionTime:       time.Duration(s.compression_time_us) * time.Microsecond,
		CompressionRatio:      float64(s.compression_ratio),
		CompressionPercentage: float64(s.compression_percentage),
		IDsBytes:              float64(s.ids_bytes),
		TimesBytes:            float64(s.times_bytes),
		StringsBytes:          float64(s.strings_bytes),
		NumbersBytes:          float64(s.numbers_bytes),
		StructureBytes:        float64(s.structure_bytes),
	}
}

// ResetStats sets the counters to zero.
func (c *Compressor) ResetStats() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = Stats{CompressionRatio: 1}
	if c.handle != nil {
		C.tracezip_compressor_reset_stats(c.handle)
	}
}

// SetMetering says whether [Stats] tell what the bytes out describe, which costs a few per cent of the
// time. The default is false. Frames are the same.
func (c *Compressor) SetMetering(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handle != nil {
		C.tracezip_compressor_set_metering(c.handle, flag(on))
	}
}
