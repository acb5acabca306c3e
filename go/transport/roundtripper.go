package transport

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// RoundTripper is the transport of an HTTP client that exports traces with Tracezip; see [NewRoundTripper].
type RoundTripper struct {
	*settings
	next     http.RoundTripper
	codec    *tracezip.Codec
	informed *tracezip.Codec // with the dictionary
	counters counters
	machines sync.Map // *negotiation.Machine by endpoint
}

// NewRoundTripper wraps next, or http.DefaultTransport if that is nil. Use it as the Transport of the http.Client of an
// exporter:
//
//	rt, err := transport.NewRoundTripper(nil)
//	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithHTTPClient(&http.Client{Transport: rt}))
//
// The body of a request is read into memory. Requests with traces (protobuf, not to a path of metrics, logs or
// profiles) go out with Tracezip or the fallback, as was negotiated with the scheme, host and path of their URL. A
// payload that comes compressed is decompressed first when Tracezip is sent, and else goes out as it is.
//
// The context of a request counts for both times that its payload may be sent.
func NewRoundTripper(next http.RoundTripper, options ...Option) (*RoundTripper, error) {
	settings, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	if next == nil {
		next = http.DefaultTransport
	}
	t := &RoundTripper{settings: settings, next: next}
	if t.codec, err = settings.codec(); err != nil {
		return nil, err
	}
	if t.informed, err = settings.codecWith(settings.dictionary); err != nil {
		return nil, err
	}
	t.counters, err = clientCounters(settings.meterProvider)
	return t, err
}

// RoundTrip sends the payload once, or, after a refusal, twice; the answer is the last one.
func (t *RoundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	if !isOurs(request) {
		return t.next.RoundTrip(request)
	}
	payload, err := t.takePayload(request)
	defer payload.giveBack()
	if err != nil {
		return nil, err
	}
	machine := t.machine(request)
	if !machine.Choose() {
		return t.sendFallback(machine, payload)
	}
	codec := t.codec
	if machine.WithDictionary() {
		codec = t.informed
	}
	coded, err := payload.asTracezip(codec)
	if err != nil {
		t.counters.failed(request.Context(), err)
		t.onError(fmt.Errorf("%s goes out without Tracezip: %w", request.URL, err))
		return t.sendFallback(machine, payload)
	}
	response, err := t.next.RoundTrip(coded)
	if !machine.Answered(true, t.answerOf(response, err)) {
		return response, err
	}
	return t.sendAgain(machine, payload, response)
}

func (t *RoundTripper) sendFallback(machine *negotiation.Machine, payload *payload) (*http.Response, error) {
	coded, err := payload.asFallback()
	if err != nil {
		return nil, err
	}
	response, err := t.next.RoundTrip(coded)
	machine.Answered(false, t.answerOf(response, err))
	return response, err
}

// sendAgain sends with the fallback what was refused.
func (t *RoundTripper) sendAgain(machine *negotiation.Machine, payload *payload, refusal *http.Response) (*http.Response, error) {
	// Read to its end, for the connection to be used again; but not for ever.
	_, _ = io.CopyN(io.Discard, refusal.Body, 64<<10)
	refusal.Body.Close()
	response, err := t.secondAnswer(payload)
	if machine.AnsweredAgain(t.answerOf(response, err)) {
		t.counters.downgraded(payload.request.Context(), strconv.Itoa(refusal.StatusCode))
		_, until := machine.State()
		t.onError(fmt.Errorf("%s refused Tracezip with %s; it is left until %s", payload.request.URL.Redacted(), refusal.Status, until.Format("15:04:05")))
	}
	return response, err
}

func (t *RoundTripper) secondAnswer(payload *payload) (*http.Response, error) {
	if err := payload.request.Context().Err(); err != nil {
		return nil, err
	}
	coded, err := payload.asFallback()
	if err != nil {
		return nil, err
	}
	return t.next.RoundTrip(coded)
}

func (t *RoundTripper) answerOf(response *http.Response, err error) negotiation.Answer {
	if err != nil {
		return negotiation.Answer{Class: negotiation.Lost}
	}
	return negotiation.Answer{
		Class:      negotiation.ClassOfStatus(response.StatusCode),
		Advertises: negotiation.Advertises(response.Header.Values("Accept-Encoding")),
		Holds:      t.holds(response.Header.Values(dictionaryField)),
	}
}

func (t *RoundTripper) machine(request *http.Request) *negotiation.Machine {
	endpoint := request.URL.Scheme + "://" + request.URL.Host + request.URL.Path
	machine, ok := t.machines.Load(endpoint)
	if !ok {
		machine, _ = t.machines.LoadOrStore(endpoint, t.negotiate())
	}
	return machine.(*negotiation.Machine)
}

// CloseIdleConnections does so in the transport that is wrapped, for http.Client's method of this name.
func (t *RoundTripper) CloseIdleConnections() {
	if closer, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
