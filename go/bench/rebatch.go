package bench

import (
	"encoding/binary"
	"errors"
)

// rebatch cuts the spans of messages into batches of size; the last may have fewer. As `tracezip bench` does
// it: the order stays, a ResourceSpans or ScopeSpans that does not fit is split, and each part has all its
// other fields.
func rebatch(messages [][]byte, size int) (batches [][]byte, err error) {
	var batch []byte
	room := size
	for _, message := range messages {
		for _, resource := range fields(message, &err) {
			spans := count(resource, 2, &err)
			for done := 0; ; room = size {
				part := cut(resource, 2, done, min(done+room, spans), spans, &err)
				batch = append(batch, part...)
				if spans-done <= room {
					room -= spans - done
					break
				}
				done += room
				batches, batch = append(batches, batch), nil
			}
		}
	}
	if len(batch) > 0 {
		batches = append(batches, batch)
	}
	return batches, err
}
