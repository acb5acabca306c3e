package transport

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/mem"

	tracezip "github.com/tracezip/tracezip/go"
)

// What is around the codec costs: each benchmark beside that of the codec alone. Batches of 1,000 spans.

// batch is the first request of a sample.
func batch(b *testing.B) []byte {
	b.Helper()
	file := must[*os.File](b)(os.Open("../../tests/corpora/hipstershop.otlp.zst"))
	defer file.Close()
	reader := must[*zstd.Decoder](b)(zstd.NewReader(file))
	defer reader.Close()
	content := must[[]byte](b)(io.ReadAll(reader))
	return content[4 : 4+binary.BigEndian.Uint32(content)]
}

func benchmark(b *testing.B, size int, call func() error) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(size))
	for b.Loop() {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
}

// instant answers at once, as a server that reads Tracezip.
type instant struct{}

func (instant) RoundTrip(request *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, request.Body)
	request.Body.Close()
	return &http.Response{StatusCode: 200, Header: http.Header{"Accept-Encoding": {"tracezip"}}, Body: http.NoBody}, nil
}

func BenchmarkSend(b *testing.B) {
	otlp := batch(b)
	codec := must[*tracezip.Codec](b)(tracezip.NewCodec())
	b.Run("codec", func(b *testing.B) {
		benchmark(b, len(otlp), func() error { _, err := codec.Compress(nil, otlp); return err })
	})
	transport := must[*RoundTripper](b)(NewRoundTripper(instant{}, WithMode(ModeForce)))
	b.Run("http", func(b *testing.B) {
		benchmark(b, len(otlp), func() error {
			request, err := http.NewRequest(http.MethodPost, "http://gateway/v1/traces", bytes.NewReader(otlp))
			if err != nil {
				return err
			}
			request.Header.Set("Content-Type", "application/x-protobuf")
			_, err = transport.RoundTrip(request)
			return err
		})
	})
	b.Run("grpc", func(b *testing.B) {
		benchmark(b, len(otlp), func() error {
			writer, err := theCompressor.Compress(io.Discard)
			if err == nil {
				_, err = writer.Write(otlp)
			}
			if err == nil {
				err = writer.Close()
			}
			return err
		})
	})
}

func BenchmarkReceive(b *testing.B) {
	otlp := batch(b)
	codec := must[*tracezip.Codec](b)(tracezip.NewCodec())
	frame := must[[]byte](b)(codec.Compress(nil, otlp))
	b.Run("codec", func(b *testing.B) {
		benchmark(b, len(otlp), func() error { _, err := codec.Decompress(nil, frame); return err })
	})
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	handler := must[*Handler](b)(NewHandler(next))
	b.Run("http", func(b *testing.B) {
		benchmark(b, len(otlp), func() error {
			request := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(frame))
			request.Header.Set("Content-Encoding", "tracezip")
			handler.ServeHTTP(httptest.NewRecorder(), request)
			return nil
		})
	})
	b.Run("grpc", func(b *testing.B) { // with what grpc-go does then
		benchmark(b, len(otlp), func() error {
			reader, err := theCompressor.Decompress(bytes.NewReader(frame))
			if err != nil {
				return err
			}
			content, err := mem.ReadAll(reader, mem.DefaultBufferPool())
			content.Free()
			return err
		})
	})
}
