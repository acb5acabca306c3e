// Package bench compares Tracezip with other codecs, on the samples of real traces of this repository. It has
// a module of its own, so that who uses Tracezip does not get the other codecs too.
package bench

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const folder = "../../tests/corpora"

// corpora are the names of the samples.
func corpora() (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.otlp.zst"))
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".otlp.zst"))
	}
	return names, err
}

// batches are those of a sample, of so many spans.
func batches(corpus string, spans int) ([][]byte, error) {
	messages, err := recorded(corpus)
	if err != nil {
		return nil, err
	}
	return rebatch(messages, spans)
}

// recorded are the messages of a sample as they are.
func recorded(corpus string) ([][]byte, error) {
	packed, err := os.ReadFile(filepath.Join(folder, corpus+".otlp.zst"))
	if err != nil {
		return nil, err
	}
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	content, err := decoder.DecodeAll(packed, nil)
	if err != nil {
		return nil, err
	}
	return split(content)
}

// split finds messages behind their lengths, 4 bytes each, big-endian.
func split(content []byte) (messages [][]byte, err error) {
	for len(content) > 0 {
		if len(content) < 4 || uint64(len(content)-4) < uint64(binary.BigEndian.Uint32(content)) {
			return nil, errors.New("a message is cut short")
		}
		end := 4 + binary.BigEndian.Uint32(content)
		messages, content = append(messages, content[4:end]), content[end:]
	}
	return messages, nil
}
