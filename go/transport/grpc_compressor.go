package transport

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // the fallback

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// grpcCompressor is the message encoding "tracezip". grpc-go has one for a process, without settings: those of the
// last client and the last server count.
type grpcCompressor struct {
	encoder, decoder atomic.Pointer[tracezip.Codec]
	effort           atomic.Pointer[effort] // of the encoder, once one was set
}

// effort is what a client asks of the compressor.
type effort struct {
	level      int
	predictIDs bool
}

func (e effort) String() string {
	if e.predictIDs {
		return fmt.Sprintf("level %d", e.level)
	}
	return fmt.Sprintf("level %d without predicted ids", e.level)
}

var theCompressor = new(grpcCompressor)

func init() { encoding.RegisterCompressor(theCompressor) }

// setEncoder is for a client; it tells when another client asked for something else.
func (c *grpcCompressor) setEncoder(s *settings) error {
	codec, err := s.codec()
	if err != nil {
		return err
	}
	c.encoder.Store(codec)
	now := effort{s.level, s.predictIDs}
	if old := c.effort.Swap(&now); old != nil && *old != now {
		s.onError(fmt.Errorf("all gRPC clients of a process compress in the same way: it was %s and is %s now", old, now))
	}
	return nil
}

// Name is the name of the encoding on the wire.
func (c *grpcCompressor) Name() string { return negotiation.Token }

// Compress writes one frame to w when it is closed.
func (c *grpcCompressor) Compress(w io.Writer) (io.WriteCloser, error) {
	return &frameWriter{Buffer: takeBuffer(-1), compress: c.compress, w: w}, nil
}

func (c *grpcCompressor) compress(otlp []byte) ([]byte, error) {
	if codec := c.encoder.Load(); codec != nil {
		return codec.Compress(nil, otlp)
	}
	return tracezip.Compress(nil, otlp)
}

// frameWriter holds what is written until it is closed.
type frameWriter struct {
	*bytes.Buffer
	compress func([]byte) ([]byte, error)
	w        io.Writer
}

// Close compresses what was written. It is for one call.
func (f *frameWriter) Close() error {
	message, informed := unmarked(f.Bytes())
	if informed != nil {
		f.compress = func(otlp []byte) ([]byte, error) { return informed.Compress(nil, otlp) }
	}
	frame, err := f.compress(message)
	giveBuffer(f.Buffer)
	f.Buffer = nil
	if err == nil {
		_, err = f.w.Write(frame)
	}
	return err
}

// Decompress reads a frame to its end; grpc-go has already limited how long it may be.
func (c *grpcCompressor) Decompress(r io.Reader) (io.Reader, error) {
	buffer := takeBuffer(-1)
	defer giveBuffer(buffer)
	if _, err := buffer.ReadFrom(r); err != nil {
		return nil, err
	}
	content, err := c.decompress(buffer.Bytes())
	if err != nil {
		return nil, &refusal{cause: err} // with the number of the code
	}
	return bytes.NewReader(content), nil
}

func (c *grpcCompressor) decompress(frame []byte) ([]byte, error) {
	if codec := c.decoder.Load(); codec != nil {
		return codec.Decompress(nil, frame)
	}
	return tracezip.Decompress(nil, frame, tracezip.DefaultMaxDecodedBytes)
}
