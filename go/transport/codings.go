package transport

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

const (
	codingNone = "none"
	codingGzip = "gzip"
)

// zstdMaxWindow is what RFC 8878 asks every decoder to support: the memory that a frame may make it keep.
const zstdMaxWindow = 8 << 20

// errTooLong: a body has more bytes, before or after decoding, than it may.
var errTooLong = errors.New("too long")

// otherCodings are those that OTLP servers take besides Tracezip, in the order in which they are advertised.
var otherCodings = []string{codingGzip, "zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "lz4"}

// decoders read the other codings.
var decoders = map[string]func(body *bufio.Reader, limit int) (io.ReadCloser, error){
	codingGzip:        func(body *bufio.Reader, _ int) (io.ReadCloser, error) { return gzip.NewReader(body) },
	"zstd":            newZstdReader,
	"zlib":            newDeflateReader,
	"deflate":         newDeflateReader,
	"snappy":          newSnappyReader,
	"x-snappy-framed": newSnappyReader,
	"lz4":             func(body *bufio.Reader, _ int) (io.ReadCloser, error) { return io.NopCloser(lz4.NewReader(body)), nil },
}

// decode is what was compressed into body with one of the decoders, unless it has more than limit bytes.
func decode(coding string, body io.Reader, limit int) ([]byte, error) {
	reader, err := decoders[coding](bufio.NewReader(body), limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", coding, err)
	}
	defer reader.Close()
	content, err := readAll(reader, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", coding, err)
	}
	return content, nil
}

// readAll is all of it, unless that is more than limit bytes.
func readAll(reader io.Reader, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	if err == nil && len(content) > limit {
		return nil, tooLong(limit)
	}
	return content, err
}

func tooLong(limit int) error { return fmt.Errorf("%w: the limit is %d bytes", errTooLong, limit) }

var zstdReaders sync.Pool

// zstdReader goes back to the pool when it is closed.
type zstdReader struct{ *zstd.Decoder }

func newZstdReader(body *bufio.Reader, _ int) (io.ReadCloser, error) {
	if decoder, ok := zstdReaders.Get().(*zstd.Decoder); ok {
		return zstdReader{decoder}, decoder.Reset(body)
	}
	decoder, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdMaxWindow))
	return zstdReader{decoder}, err
}

func (r zstdReader) Close() error {
	err := r.Reset(nil)
	zstdReaders.Put(r.Decoder)
	return err
}

// newDeflateReader also takes what some clients take "deflate" for: a deflate stream without the zlib header.
func newDeflateReader(body *bufio.Reader, _ int) (io.ReadCloser, error) {
	if header, _ := body.Peek(2); len(header) == 2 && header[0]&15 == 8 && (int(header[0])<<8|int(header[1]))%31 == 0 {
		return zlib.NewReader(body)
	}
	return flate.NewReader(body), nil
}

// newSnappyReader takes both formats of Snappy, since clients do not agree on which is called "snappy".
func newSnappyReader(body *bufio.Reader, limit int) (io.ReadCloser, error) {
	const framed = "\xff\x06\x00\x00sNaPpY"
	if header, _ := body.Peek(len(framed)); string(header) == framed {
		return io.NopCloser(snappy.NewReader(body)), nil
	}
	// A block is never much longer than its content.
	block, err := io.ReadAll(io.LimitReader(body, int64(snappy.MaxEncodedLen(min(limit, 1<<30)))+1))
	if err != nil {
		return nil, err
	}
	if n, err := snappy.DecodedLen(block); err == nil && n > limit {
		return nil, fmt.Errorf("%w: %d bytes; the limit is %d", errTooLong, n, limit)
	}
	content, err := snappy.Decode(nil, block)
	return io.NopCloser(bytes.NewReader(content)), err
}

var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func encodeGzip(content []byte) ([]byte, error) {
	var body bytes.Buffer
	writer := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(writer)
	writer.Reset(&body)
	_, err := writer.Write(content)
	if err == nil {
		err = writer.Close()
	}
	return body.Bytes(), err
}
