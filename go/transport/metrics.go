package transport

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	tracezip "github.com/tracezip/tracezip/go"
)

const scope = "github.com/tracezip/tracezip/go/transport"

// counters are those of spec/negotiation.md for a client, and the same by other names for a server.
type counters struct {
	bytes, errors, downgrades metric.Int64Counter
	time                      metric.Float64Counter
}

func clientCounters(provider metric.MeterProvider) (c counters, err error) {
	meter := provider.Meter(scope, metric.WithInstrumentationVersion(tracezip.Version()))
	var failed [4]error
	c.bytes, failed[0] = meter.Int64Counter("tracezip.bytes", metric.WithUnit("By"),
		metric.WithDescription("Bytes of OTLP given to the client (in) and sent (out), by coding"))
	c.downgrades, failed[1] = meter.Int64Counter("tracezip.downgrades", metric.WithUnit("{downgrade}"),
		metric.WithDescription("Times Tracezip was refused and left for a while, by status"))
	c.time, failed[2] = meter.Float64Counter("tracezip.time", metric.WithUnit("s"),
		metric.WithDescription("Time spent in compressing, by coding"))
	c.errors, failed[3] = meter.Int64Counter("tracezip.errors", metric.WithUnit("{error}"),
		metric.WithDescription("Payloads that could not be compressed"))
	return c, errors.Join(failed[:]...)
}

func serverCounters(provider metric.MeterProvider) (c counters, err error) {
	meter := provider.Meter(scope, metric.WithInstrumentationVersion(tracezip.Version()))
	var failed [3]error
	c.bytes, failed[0] = meter.Int64Counter("tracezip.server.bytes", metric.WithUnit("By"),
		metric.WithDescription("Bytes of requests received (in) and decoded (out), by coding"))
	c.time, failed[1] = meter.Float64Counter("tracezip.server.time", metric.WithUnit("s"),
		metric.WithDescription("Time spent in decompressing, by coding"))
	c.errors, failed[2] = meter.Int64Counter("tracezip.server.errors", metric.WithUnit("{error}"),
		metric.WithDescription("Requests that could not be decoded, by code"))
	return c, errors.Join(failed[:]...)
}

// coded counts a payload of in bytes that has become one of out bytes; took is 0 if nobody knows.
func (c *counters) coded(ctx context.Context, coding string, in, out int, took time.Duration) {
	by := attribute.String("coding", coding)
	c.bytes.Add(ctx, int64(in), metric.WithAttributes(by, attribute.String("direction", "in")))
	c.bytes.Add(ctx, int64(out), metric.WithAttributes(by, attribute.String("direction", "out")))
	if took > 0 {
		c.time.Add(ctx, took.Seconds(), metric.WithAttributes(by))
	}
}

// downgraded counts a refusal after which Tracezip is left for a while.
func (c *counters) downgraded(ctx context.Context, reason string) {
	c.downgrades.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", reason)))
}

// codeInText is the number of the code in the text of a refusal, which is all that grpc-go keeps of it.
var codeInText = regexp.MustCompile(`\[tracezip error (\d+)\]`)

// failed counts an error by the number of its code.
func (c *counters) failed(ctx context.Context, err error) {
	kind := "other"
	if code := tracezip.Code(0); errors.As(err, &code) {
		kind = strconv.Itoa(int(code))
	} else if number := codeInText.FindStringSubmatch(err.Error()); number != nil {
		kind = number[1]
	}
	c.errors.Add(ctx, 1, metric.WithAttributes(attribute.String("error.type", kind)))
}
