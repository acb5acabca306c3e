package bench

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

// The frames of the samples have exactly the sizes that the core's have, and all come back.
func TestSizesAreThoseOfTheCore(t *testing.T) {
	file, err := os.Open("../../tests/sizes.csv")
	check(t, err)
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	check(t, err)
	for _, row := range rows[1:] { // corpus, batch, mode, level, requests, raw_bytes, bytes
		messages := requests(t, row[0], row[1])
		level, err := strconv.Atoi(row[3])
		check(t, err)
		is := fmt.Sprint(len(messages), size(messages), roundTrips(t, messages, row[2] == "stream", level))
		if want := fmt.Sprint(row[4], " ", row[5], " ", row[6]); is != want {
			t.Errorf("%q: requests, bytes and bytes of frames are %s", row, is)
		}
	}
}

func requests(t *testing.T, corpus, batch string) [][]byte {
	if batch == "recorded" {
		messages, err := recorded(corpus)
		check(t, err)
		return messages
	}
	spans, err := strconv.Atoi(batch)
	check(t, err)
	messages, err := batches(corpus, spans)
	check(t, err)
	return messages
}

// roundTrips is how many bytes of frames there are.
func roundTrips(t *testing.T, messages [][]byte, stream bool, level int) (compressed int) {
	c, err := tracezip.NewCompressor(tracezip.WithLevel(level), tracezip.WithMinBatchSize(0))
	check(t, err)
	defer c.Close()
	d, err := tracezip.NewDecompressor()
	check(t, err)
	defer d.Close()
	var frame, back []byte
	for _, message := range messages {
		if !stream {
			c.Reset()
		}
		frame, err = c.Compress(frame[:0], message)
		check(t, err)
		back, err = d.Decompress(back[:0], frame)
		check(t, err)
		if !bytes.Equal(back, message) {
			t.Fatal("other bytes came back")
		}
		compressed += len(frame)
	}
	return compressed
}
