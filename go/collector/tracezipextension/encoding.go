package tracezipextension

import (
	"errors"

	"go.opentelemetry.io/collector/pdata/ptrace"

	tracezip "github.com/tracezip/tracezip/go"
)

// MarshalTraces is for exporters with encoding: tracezip: one frame that stands alone.
func (e *tracezipExtension) MarshalTraces(traces ptrace.Traces) ([]byte, error) {
	otlp, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	if err != nil {
		return nil, err
	}
	return e.codec.Compress(nil, otlp)
}

// UnmarshalTraces is for receivers with encoding: tracezip. It takes OTLP that was not compressed, too, such as a
// topic has when its producers are switched over one by one; the first byte tells them apart.
func (e *tracezipExtension) UnmarshalTraces(message []byte) (ptrace.Traces, error) {
	otlp, err := e.reader.Decompress(nil, message)
	if errors.Is(err, tracezip.ErrNotTracezip) {
		otlp, err = message, nil
	}
	if err != nil {
		return ptrace.Traces{}, err
	}
	return (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(otlp)
}
