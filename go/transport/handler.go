package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// headerRoom is how much longer than its content a frame can be, in bytes.
const headerRoom = 16

var advertisement = negotiation.Token + ", " + strings.Join(otherCodings, ", ")

// Handler decodes requests for an HTTP server; see [NewHandler].
type Handler struct {
	*settings
	next     http.Handler
	codec    *tracezip.Codec
	counters counters
	tooLate  sync.Once
}

// NewHandler wraps next, which gets requests without Content-Encoding: Tracezip, gzip, zstd, zlib, deflate, snappy
// (both formats) and lz4 are decoded here. Every response says so in an Accept-Encoding field; but not those to
// requests that somebody has decoded before they came here, for he would refuse Tracezip.
//
// A body that is damaged is answered with 400, one that is too long with 413, a coding or a version that is
// not known with 415, as is a frame made with a dictionary that is not
// held here; the answer has the google.rpc.Status that OTLP wants, with the number of the error code of
// Tracezip in its message.
func NewHandler(next http.Handler, options ...Option) (*Handler, error) {
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	h := &Handler{settings: settings, next: next}
	if h.codec, err = settings.codecWith(settings.dictionary); err != nil {
		return nil, err
	}
	h.counters, err = serverCounters(settings.meterProvider)
	return h, err
}

// ServeHTTP decodes the body and hands the request on, or answers it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	coding := codingOf(r.Header)
	if wasDecoded(r) {
		h.tooLate.Do(func() { h.onError(errTooLate) })
	} else {
		w.Header().Set("Accept-Encoding", advertisement)
		h.nameDictionary(w.Header())
	}
	if coding == codingNone {
		r.Body = http.MaxBytesReader(w, r.Body, int64(h.maxDecodedBytes))
		h.next.ServeHTTP(w, r)
		return
	}
	start := time.Now()
	wire := &countingReader{Reader: r.Body}
	otlp, err := h.decode(coding, wire, r.ContentLength)
	if err != nil {
		h.counters.failed(r.Context(), err)
		h.onError(fmt.Errorf("a request from %s to %s was not taken: %w", r.RemoteAddr, r.URL.Path, err))
		refuse(w, r, err)
		return
	}
	h.counters.coded(r.Context(), coding, wire.bytes, len(otlp), time.Since(start))
	h.next.ServeHTTP(w, withBody(r, otlp))
}

var errTooLate = errors.New("requests are decoded before they come to Tracezip, which is therefore not offered to clients: " +
	"it must come first (Collector: compression_algorithms: [] is missing beside middlewares)")

// wasDecoded tells whether somebody has taken the coding off a request: he no longer knows how long it is.
func wasDecoded(r *http.Request) bool {
	return r.ProtoMajor == 1 && r.ContentLength < 0 && len(r.TransferEncoding) == 0
}

func (h *Handler) decode(coding string, body io.Reader, length int64) ([]byte, error) {
	if coding == negotiation.Token {
		return h.decodeFrame(body, length)
	}
	if decoders[coding] == nil {
		return nil, &refusal{http.StatusUnsupportedMediaType, fmt.Errorf("Content-Encoding %q is not one of %s", coding, advertisement)}
	}
	otlp, err := decode(coding, body, h.maxDecodedBytes)
	return otlp, refusalOf(err, http.StatusBadRequest)
}

func (h *Handler) decodeFrame(body io.Reader, length int64) ([]byte, error) {
	limit := int64(h.maxDecodedBytes) + headerRoom
	buffer := takeBuffer(length)
	defer giveBuffer(buffer)
	if n, err := buffer.ReadFrom(io.LimitReader(body, limit+1)); err != nil {
		return nil, refusalOf(err, http.StatusBadRequest)
	} else if n > limit {
		return nil, refusalOf(tooLong(int(limit)), http.StatusBadRequest)
	}
	frame := buffer.Bytes()
	otlp, err := h.codec.Decompress(nil, frame)
	if err == nil {
		return otlp, nil
	}
	status := http.StatusBadRequest
	if errors.Is(err, tracezip.ErrUnsupportedVersion) || errors.Is(err, tracezip.ErrLimitExceeded) || errors.Is(err, tracezip.ErrUnknownDictionary) {
		status = http.StatusUnsupportedMediaType // gzip can do it
	}
	if n, lenErr := tracezip.DecompressedLen(frame); lenErr == nil && n > uint64(h.maxDecodedBytes) {
		status = http.StatusRequestEntityTooLarge // gzip would be too long, too
	}
	return nil, &refusal{status, err}
}

// withBody is the request as if it had come with this body.
func withBody(r *http.Request, body []byte) *http.Request {
	request := r.Clone(r.Context())
	request.Header.Del("Content-Encoding")
	request.Header.Del("Content-Length")
	request.TransferEncoding = nil
	request.ContentLength = int64(len(body))
	request.Body = io.NopCloser(bytes.NewReader(body))
	return request
}

type countingReader struct {
	io.Reader
	bytes int
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.bytes += n
	return n, err
}
