package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// encoders make bodies of every coding, by coding and variant.
var encoders = map[string]func(t testing.TB, content []byte) []byte{
	"tracezip": func(t testing.TB, content []byte) []byte { return must[[]byte](t)(tracezip.Compress(nil, content)) },
	"gzip":     written(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
	"zlib":     written(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }),
	"deflate":  written(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }),
	"deflate raw": written(func(w io.Writer) io.WriteCloser {
		writer, _ := flate.NewWriter(w, 6)
		return writer
	}),
	"zstd": written(func(w io.Writer) io.WriteCloser {
		writer, _ := zstd.NewWriter(w)
		return writer
	}),
	"lz4":             written(func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }),
	"snappy":          func(_ testing.TB, content []byte) []byte { return snappy.Encode(nil, content) },
	"snappy framed":   written(func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) }),
	"x-snappy-framed": written(func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) }),
}

func written(open func(io.Writer) io.WriteCloser) func(testing.TB, []byte) []byte {
	return func(t testing.TB, content []byte) []byte {
		var body bytes.Buffer
		writer := open(&body)
		if _, err := writer.Write(content); err != nil || writer.Close() != nil {
			t.Fatal(err)
		}
		return body.Bytes()
	}
}

func coding(variant string) string { return strings.Fields(variant)[0] }

func TestEveryCodingIsDecoded(t *testing.T) {
	sent := otlp(t)
	for variant, encode := range encoders {
		sink := new(sink)
		meters, provider := newMeters()
		url := serve(t, must[*Handler](t)(NewHandler(sink, WithMeterProvider(provider))))
		body := encode(t, sent)
		for range 2 { // pools
			response, err := post(t, t.Context(), nil, url, body, "Content-Encoding", coding(variant))
			if err != nil || response.StatusCode != 200 {
				t.Fatal(variant, response, err)
			}
		}
		for _, got := range sink.bodies {
			if !bytes.Equal(got, sent) {
				t.Errorf("%s: other bytes", variant)
			}
		}
		in := meters.value(t, "tracezip.server.bytes", "direction", "in", "coding", coding(variant))
		out := meters.value(t, "tracezip.server.bytes", "direction", "out", "coding", coding(variant))
		if len(sink.bodies) != 2 || in != float64(2*len(body)) || out != float64(2*len(sent)) {
			t.Errorf("%s: %d bodies, %v bytes in, %v out", variant, len(sink.bodies), in, out)
		}
	}
	if len(encoders) < len(otherCodings)+1 {
		t.Error("a coding has no test")
	}
}

// A small body that becomes a large one stops at the limit, and so does one that is not compressed.
func TestBombs(t *testing.T) {
	const limit = 100_000
	bomb := make([]byte, 4<<20)
	sink := new(sink)
	url := serve(t, must[*Handler](t)(NewHandler(sink, WithMaxDecodedBytes(limit))))
	for variant, encode := range encoders {
		response, err := post(t, t.Context(), nil, url, encode(t, bomb), "Content-Encoding", coding(variant))
		if err != nil || response.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %v %v", variant, response, err)
		}
		body := encode(t, make([]byte, limit))
		if response, err = post(t, t.Context(), nil, url, body, "Content-Encoding", coding(variant)); err != nil || response.StatusCode != 200 {
			t.Errorf("%s: the limit itself: %v %v", variant, response, err)
		}
	}
	got := len(sink.bodies)
	if response, err := post(t, t.Context(), nil, url, bomb[:limit+1]); err == nil && response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(response)
	}
	if got != len(encoders) || len(sink.bodies) != got {
		t.Error("what is too long was handed on")
	}
}

func TestDamagedBodies(t *testing.T) {
	var told error
	sink := new(sink)
	meters, provider := newMeters()
	url := serve(t, must[*Handler](t)(NewHandler(sink, WithErrorHandler(func(err error) { told = err }), WithMeterProvider(provider))))
	for variant, encode := range encoders {
		if coding(variant) == "lz4" || variant == "deflate raw" {
			continue // cut as below they may still be complete
		}
		body := encode(t, otlp(t))
		response, err := post(t, t.Context(), nil, url, body[:len(body)-5], "Content-Encoding", coding(variant))
		if err != nil || response.StatusCode != http.StatusBadRequest || told == nil {
			t.Errorf("%s: %v %v, told %v", variant, response, err, told)
		}
		told = nil
	}
	if meters.value(t, "tracezip.server.errors", "error.type", "3") != 1 || len(sink.bodies) != 0 {
		t.Error("an error of Tracezip is counted by its code, and nothing is handed on")
	}
}

// The answer to a frame that is not taken says why, in the way of OTLP, and leads the client to do the right
// thing.
func TestRefusedFrames(t *testing.T) {
	frame := encoders["tracezip"](t, otlp(t))
	newer := bytes.Clone(frame)
	newer[0] ^= 1 << 5 // the version is in the bits from 5 on
	flipped := bytes.Clone(frame)
	flipped[len(flipped)/2] ^= 1
	url := serve(t, must[*Handler](t)(NewHandler(new(sink))))
	for _, c := range []struct {
		name   string
		body   []byte
		coding string
		status int
		says   string
	}{
		{"empty", nil, "tracezip", 400, "[tracezip error 3]"},
		{"cut", frame[:100], "tracezip", 400, "[tracezip error 3]"},
		{"flipped", flipped, "tracezip", 400, "[tracezip error "},
		{"not a frame", otlp(t), "tracezip", 400, "[tracezip error 1]"},
		{"newer", newer, "tracezip", 415, "[tracezip error 2]"},
		{"unknown", frame, "br", 415, `Content-Encoding "br" is not one of tracezip, gzip`},
		{"two", frame, "gzip, tracezip", 415, `Content-Encoding "gzip, tracezip"`},
	} {
		for media, unmarshal := range map[string]func([]byte, proto.Message) error{
			"application/x-protobuf": proto.Unmarshal, "application/json": protojson.Unmarshal,
		} {
			response, err := post(t, t.Context(), nil, url, c.body, "Content-Encoding", c.coding, "Content-Type", media)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := io.ReadAll(response.Body)
			var answer status.Status
			if err := unmarshal(text, &answer); err != nil || !strings.Contains(answer.Message, c.says) {
				t.Errorf("%s: %v, %q", c.name, err, text)
			}
			if response.StatusCode != c.status || response.Header.Get("Content-Type") != media {
				t.Errorf("%s: %v", c.name, response)
			}
		}
	}
}

func TestEveryResponseAdvertises(t *testing.T) {
	for _, status := range []int{200, 404, 429, 500, 503} {
		url := serve(t, must[*Handler](t)(NewHandler(&sink{status: status})))
		for _, header := range [][]string{nil, {"Content-Encoding", "br"}, {"Content-Encoding", "tracezip"}} {
			response, err := post(t, t.Context(), nil, url, otlp(t), header...)
			if err != nil || !negotiation.Advertises(response.Header.Values("Accept-Encoding")) {
				t.Error(status, header, response, err)
			}
		}
	}
}

// A server that decodes before the handler would refuse Tracezip, so nobody offers it.
func TestDecodedBefore(t *testing.T) {
	var told []error
	h := must[*Handler](t)(NewHandler(http.NotFoundHandler(), WithErrorHandler(func(err error) { told = append(told, err) })))
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if coding := codingOf(r.Header); coding != codingNone {
			body := must[[]byte](t)(decode(coding, r.Body, 1<<20))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), -1
			r.Header.Del("Content-Encoding")
		}
		h.ServeHTTP(w, r)
	}))
	for coding, advertises := range map[string]bool{"gzip": false, "zstd": false, "": true} {
		body := otlp(t)
		if coding != "" {
			body = encoders[coding](t, body)
		}
		response, err := post(t, t.Context(), nil, url, body, "Content-Encoding", coding)
		if err != nil || negotiation.Advertises(response.Header.Values("Accept-Encoding")) != advertises {
			t.Errorf("%q: %v %v", coding, response, err)
		}
	}
	if len(told) != 1 || !errors.Is(told[0], errTooLate) {
		t.Error(told)
	}
}

func TestBothSides(t *testing.T) {
	sink := new(sink)
	meters, provider := newMeters()
	url := serve(t, must[*Handler](t)(NewHandler(sink, WithMeterProvider(provider))))
	rt := must[*RoundTripper](t)(NewRoundTripper(nil))
	for range 3 {
		if response, err := post(t, t.Context(), rt, url, otlp(t)); err != nil || response.StatusCode != 200 {
			t.Fatal(response, err)
		}
	}
	out := func(coding string) int {
		return int(meters.value(t, "tracezip.server.bytes", "direction", "out", "coding", coding)) / len(otlp(t))
	}
	if out("gzip") != 1 || out("tracezip") != 2 || len(sink.bodies) != 3 {
		t.Error(fmt.Sprint(out("gzip"), out("tracezip"), len(sink.bodies)))
	}
}

// The client goes away while it sends.
func TestCutConnection(t *testing.T) {
	var told error
	h := must[*Handler](t)(NewHandler(new(sink), WithErrorHandler(func(err error) { told = err })))
	broken := errors.New("connection reset")
	request := must[*http.Request](t)(http.NewRequest(http.MethodPost, "/v1/traces", io.MultiReader(strings.NewReader("\xf7"), failing{broken})))
	request.Header.Set("Content-Encoding", "tracezip")
	h.ServeHTTP(discarded{http.Header{}}, request)
	if !errors.Is(told, broken) {
		t.Error(told)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}

// Who says that a long body will come gets no room for it before it comes.
func TestNoRoomOnAWord(t *testing.T) {
	if room := takeBuffer(1 << 40).Cap(); room > maxKept {
		t.Errorf("%d bytes", room)
	}
}
