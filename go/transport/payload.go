package transport

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// otherSignals are the paths of what no model of Tracezip knows.
var otherSignals = []string{"/v1/metrics", "/v1/logs", "/v1development/profiles"}

// codingOf is the coding of a body; "none" if there is none.
func codingOf(header http.Header) string {
	coding := strings.ToLower(strings.TrimSpace(strings.Join(header.Values("Content-Encoding"), ", ")))
	if coding == "" || coding == "identity" {
		return codingNone
	}
	return coding
}

// isOurs tells whether a request has traces that may be coded in another way.
func isOurs(request *http.Request) bool {
	coding := codingOf(request.Header)
	if request.Body == nil || request.Body == http.NoBody || coding != codingNone && decoders[coding] == nil {
		return false
	}
	for _, path := range otherSignals {
		if strings.HasSuffix(request.URL.Path, path) {
			return false
		}
	}
	media, _, err := mime.ParseMediaType(request.Header.Get("Content-Type"))
	return err == nil && media == "application/x-protobuf"
}

// payload is the body of a request on its way out, and how it was coded before it came here.
type payload struct {
	transport *RoundTripper
	request   *http.Request
	buffer    *bytes.Buffer
	body      []byte // in buffer
	coding    string
	sent      bool // the body itself, which the next transport may read when it has answered, too
}

// takePayload reads and closes the body of the request. The payload must be given back.
func (t *RoundTripper) takePayload(request *http.Request) (*payload, error) {
	buffer := takeBuffer(request.ContentLength)
	_, err := buffer.ReadFrom(request.Body)
	err = errors.Join(err, request.Body.Close())
	return &payload{transport: t, request: request, buffer: buffer, body: buffer.Bytes(), coding: codingOf(request.Header)}, err
}

// giveBack ends the use of the payload.
func (p *payload) giveBack() {
	if !p.sent {
		giveBuffer(p.buffer)
	}
}

// asTracezip is the request with a frame that codec makes.
func (p *payload) asTracezip(codec *tracezip.Codec) (*http.Request, error) {
	otlp, err := p.body, error(nil)
	if p.coding != codingNone {
		// It comes from ourselves: a limit would only keep it from being sent.
		otlp, err = decode(p.coding, bytes.NewReader(p.body), 1<<30)
	}
	if err != nil {
		return nil, err
	}
	return p.coded(negotiation.Token, otlp, func() ([]byte, error) { return codec.Compress(nil, otlp) })
}

// asFallback is the request with the fallback; as it was, if it came compressed.
func (p *payload) asFallback() (*http.Request, error) {
	if p.coding == codingNone && p.transport.fallback == codingGzip {
		return p.coded(codingGzip, p.body, func() ([]byte, error) { return encodeGzip(p.body) })
	}
	p.sent = true
	if p.coding != codingNone {
		return p.with(p.body, p.coding), nil
	}
	return p.coded(codingNone, p.body, func() ([]byte, error) { return p.body, nil })
}

func (p *payload) coded(coding string, otlp []byte, code func() ([]byte, error)) (*http.Request, error) {
	start := time.Now()
	body, err := code()
	if err != nil {
		return nil, err
	}
	p.transport.counters.coded(p.request.Context(), coding, len(otlp), len(body), time.Since(start))
	return p.with(body, coding), nil
}

// with is the request with another body, which can be sent again if the connection was closed before it was
// read.
func (p *payload) with(body []byte, coding string) *http.Request {
	request := p.request.Clone(p.request.Context())
	if request.Header.Del("Content-Encoding"); coding != codingNone {
		request.Header.Set("Content-Encoding", coding)
	}
	request.Header.Del("Content-Length")
	request.TransferEncoding = nil
	request.ContentLength = int64(len(body))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	request.Body, _ = request.GetBody()
	return request
}
