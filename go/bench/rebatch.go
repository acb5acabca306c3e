package bench

import (
	"encoding/binary"
	"errors"
)

// rebatch cuts the spans of messages into batches of size (the last may have fewer), as `tracezip bench` does:
// the order stays, an object that does not fit is split, and every other byte stays in its place.
func rebatch(messages [][]byte, size int) (batches [][]byte, err error) {
	var batch []byte
	spans := 0
	for _, message := range messages {
		for resource := range fields(message, &err) {
			count, done := resource.spans(2, &err), 0
			for done < count && spans+count-done > size {
				if spans == size {
					batches, batch, spans = append(batches, batch), nil, 0
					continue
				}
				part := size - spans
				batch = append(batch, resource.part(2, done, done+part, &err)...)
				done, spans = done+part, size
			}
			batch = append(batch, resource.part(2, done, count, &err)...)
			spans += count - done
		}
	}
	return append(batches, batch), err
}

// field is one of a protobuf message: all of its bytes, and the content of a length-delimited one.
type field struct {
	number         uint64
	whole, content []byte
}

// fields are those of message up to the first that cannot be read, which is an error.
func fields(message []byte, err *error) func(yield func(field) bool) {
	return func(yield func(field) bool) {
		for len(message) > 0 {
			f, ok := first(message)
			if !ok {
				*err = errors.New("not a message")
				return
			}
			if !yield(f) {
				return
			}
			message = message[len(f.whole):]
		}
	}
}

func first(message []byte) (f field, ok bool) {
	tag, width := binary.Uvarint(message)
	if width <= 0 {
		return f, false
	}
	value, n := binary.Uvarint(message[width:])
	content := uint64(0)
	switch tag & 7 {
	case 0:
	case 1:
		n = 8
	case 2:
		content = value
	case 5:
		n = 4
	default:
		return f, false
	}
	end := uint64(width) + uint64(n) + content
	if n <= 0 || content > uint64(len(message)) || end > uint64(len(message)) {
		return f, false
	}
	f = field{number: tag >> 3, whole: message[:end]}
	if tag&7 == 2 {
		f.content = message[end-content : end]
	}
	return f, true
}

// spans is how many are in f: a span has none above it (level 0), a ScopeSpans one level, a ResourceSpans two.
// At each level they are in field 2.
func (f field) spans(level int, err *error) (count int) {
	if level == 0 {
		return 1
	}
	for inner := range fields(f.content, err) {
		if inner.number == 2 {
			count += inner.spans(level-1, err)
		}
	}
	return count
}

// part is f with only its spans from the first to the one before end. Objects without spans go with the
// span before them.
func (f field) part(level, begin, end int, err *error) []byte {
	if begin <= 0 && f.spans(level, err) <= end {
		return f.whole
	}
	var content []byte
	position := 0
	for inner := range fields(f.content, err) {
		if inner.number != 2 {
			content = append(content, inner.whole...)
			continue
		}
		start := position
		position += inner.spans(level-1, err)
		belongs := start < end && begin < position
		if start == position {
			belongs = begin < start && start <= end || begin == 0 && start == 0
		}
		if belongs {
			content = append(content, inner.part(level-1, begin-start, end-start, err)...)
		}
	}
	out := binary.AppendUvarint(nil, f.number<<3|2)
	return append(binary.AppendUvarint(out, uint64(len(content))), content...)
}
