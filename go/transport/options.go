package transport

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// Mode is when a client sends Tracezip.
type Mode string

// The modes.
const (
	ModeAuto  Mode = negotiation.Auto  // once the server has said that it reads it
	ModeEager Mode = negotiation.Eager // from the first request on, until it is refused
	ModeForce Mode = negotiation.Force // always: for tests, and servers that are known
	ModeOff   Mode = negotiation.Off   // never
)

var modes = []Mode{ModeAuto, ModeEager, ModeForce, ModeOff}

// DefaultReprobeInterval is the default of [WithReprobeInterval].
const DefaultReprobeInterval = negotiation.FirstWait

// DefaultLevel is the default of [WithLevel].
const DefaultLevel = 3

// Option is a setting. What is not set has its default.
type Option func(*settings)

type settings struct {
	mode            Mode
	level           int
	predictIDs      bool
	maxDecodedBytes int
	reprobeInterval time.Duration
	fallback        string
	dictionary      *tracezip.Dictionary // nil: none
	meterProvider   metric.MeterProvider
	onError         func(error)

	now    func() time.Time // set in tests
	jitter func() float64
}

// WithMode says when a client sends Tracezip. Default: [ModeAuto].
func WithMode(mode Mode) Option { return func(s *settings) { s.mode = mode } }

// WithLevel is 1 (fast) to 9 (small, and slow on both sides). Default: [DefaultLevel].
func WithLevel(level int) Option { return func(s *settings) { s.level = level } }

// WithPredictIDs says whether ids are predicted from the generators that they are drawn from, which takes a tenth of the
// time of compressing. Default: true.
func WithPredictIDs(value bool) Option { return func(s *settings) { s.predictIDs = value } }

// WithMaxDecodedBytes is the most bytes that a server takes in one request, after decoding. Default: 64 MiB.
func WithMaxDecodedBytes(bytes int) Option { return func(s *settings) { s.maxDecodedBytes = bytes } }

// WithReprobeInterval is how long a client sends the fallback after Tracezip was refused, give or take a tenth. It doubles
// with each further refusal in a row, up to a day. Default: 10 minutes.
func WithReprobeInterval(interval time.Duration) Option {
	return func(s *settings) { s.reprobeInterval = interval }
}

// WithFallback is the coding that an HTTP client sends when it does not send Tracezip: "gzip" or "none". It is for payloads that
// come uncompressed; of those that come compressed, that coding is the fallback. Default: "gzip".
func WithFallback(coding string) Option { return func(s *settings) { s.fallback = coding } }

// WithMeterProvider says where the counters go. Default: the global one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(s *settings) { s.meterProvider = provider }
}

// WithErrorHandler is told what went wrong without an error that the caller would see: a payload that could not
// be compressed and went out with the fallback, Tracezip that was refused, a request that a server did not
// take. It is called by many goroutines. Default: nobody.
func WithErrorHandler(handler func(error)) Option { return func(s *settings) { s.onError = handler } }

func newSettings(options []Option) (*settings, error) {
	s := &settings{
		mode:            ModeAuto,
		level:           DefaultLevel,
		predictIDs:      true,
		maxDecodedBytes: tracezip.DefaultMaxDecodedBytes,
		reprobeInterval: DefaultReprobeInterval,
		fallback:        codingGzip,
		meterProvider:   otel.GetMeterProvider(),
		onError:         func(error) {},
		now:             time.Now,
		jitter:          negotiation.Jitter,
	}
	for _, option := range options {
		option(s)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	return s, nil
}

// CheckOptions is the error that every function with these options would answer: it names the setting, and what
// it may be.
func CheckOptions(options ...Option) error {
	_, err := newSettings(options)
	return errors.Unwrap(err)
}

func (s *settings) check() error {
	switch {
	case s.level < 1 || s.level > 9:
		return fmt.Errorf("level is %d; it must be 1 to 9", s.level)
	case s.maxDecodedBytes < 1:
		return fmt.Errorf("max_decoded_bytes is %d; it must be at least 1", s.maxDecodedBytes)
	case s.reprobeInterval <= 0:
		return fmt.Errorf("reprobe_interval is %v; it must be above 0", s.reprobeInterval)
	case s.fallback != codingGzip && s.fallback != codingNone:
		return fmt.Errorf("fallback is %q; it must be gzip or none", s.fallback)
	case !slices.Contains(modes, s.mode):
		return fmt.Errorf("mode is %q; it must be one of %s", s.mode, strings.Trim(fmt.Sprint(modes), "[]"))
	}
	return nil
}

func (s *settings) codec() (*tracezip.Codec, error) { return s.codecWith(nil) }

// codecWith uses a dictionary, if it is not nil.
func (s *settings) codecWith(dictionary *tracezip.Dictionary) (*tracezip.Codec, error) {
	return tracezip.NewCodec(tracezip.WithLevel(s.level), tracezip.WithPredictIDs(s.predictIDs),
		tracezip.WithMaxDecodedBytes(s.maxDecodedBytes), tracezip.WithDictionary(dictionary))
}

func (s *settings) negotiate() *negotiation.Machine {
	return negotiation.New(string(s.mode), s.reprobeInterval, s.now, s.jitter)
}
