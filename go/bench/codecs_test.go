package bench

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	tracezip "github.com/tracezip/tracezip/go"
)

// codec makes and reads frames that stand alone. Both calls append to dst.
type codec struct {
	name                 string
	compress, decompress func(dst, src []byte) ([]byte, error)
}

func codecs(t testing.TB) []codec {
	return []codec{
		ours(t, "tracezip-1", 1),
		ours(t, "tracezip-3", 3),
		zstandard(t, "zstd-fastest", zstd.SpeedFastest),
		zstandard(t, "zstd-default", zstd.SpeedDefault),
		gzipped(t, "gzip-6"),
	}
}

func ours(t testing.TB, name string, level int) codec {
	c, err := tracezip.NewCodec(tracezip.WithLevel(level))
	check(t, err)
	return codec{name, c.Compress, c.Decompress}
}

func zstandard(t testing.TB, name string, level zstd.EncoderLevel) codec {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1))
	check(t, err)
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	check(t, err)
	t.Cleanup(r.Close)
	return codec{
		name:       name,
		compress:   func(dst, src []byte) ([]byte, error) { return w.EncodeAll(src, dst), nil },
		decompress: func(dst, src []byte) ([]byte, error) { return r.DecodeAll(src, dst) },
	}
}

func gzipped(t testing.TB, name string) codec {
	w, err := gzip.NewWriterLevel(nil, 6)
	check(t, err)
	var r gzip.Reader
	return codec{
		name: name,
		compress: func(dst, src []byte) ([]byte, error) {
			out := bytes.NewBuffer(dst)
			w.Reset(out)
			if _, err := w.Write(src); err != nil {
				return nil, err
			}
			err := w.Close()
			return out.Bytes(), err
		},
		decompress: func(dst, src []byte) ([]byte, error) {
			if err := r.Reset(bytes.NewReader(src)); err != nil {
				return nil, err
			}
			out := bytes.NewBuffer(dst)
			_, err := io.Copy(out, &r)
			return out.Bytes(), err
		},
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
