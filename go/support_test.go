package tracezip_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	tracezip "github.com/tracezip/tracezip/go"
)

// vector reads a file of the test vectors that all languages share.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../tests/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// request is a serialized ExportTraceServiceRequest with as many spans, which differ with seed.
func request(spans int, seed uint64) []byte {
	var scope []byte
	for i := range spans {
		scope = append(scope, message(2, span(seed+uint64(i)))...)
	}
	return message(1, message(2, scope))
}

// small is a request of one span, whose resource has more to say than the span.
func small(seed uint64) []byte {
	var resource []byte
	for _, words := range [][2]string{{"service.name", "checkout"}, {"service.namespace", "shop-of-the-example"},
		{"k8s.deployment.name", "checkout-deployment"}, {"telemetry.sdk.language", "go"}} {
		resource = append(resource, message(1, join(message(1, []byte(words[0])), message(2, message(1, []byte(words[1])))))...)
	}
	return message(1, join(message(1, resource), message(2, message(2, span(seed)))))
}

func span(number uint64) []byte {
	id := binary.BigEndian.AppendUint64(nil, number*0x9e3779b97f4a7c15)
	start := binary.LittleEndian.AppendUint64([]byte{7<<3 | 1}, 1_700_000_000_000_000_000+number*1_234_567)
	return join(
		message(1, append(id, id...)), // trace_id
		message(2, id),                // span_id
		message(5, []byte("GET /cart")),
		start,
		message(9, join(message(1, []byte("user.id")), message(2, message(1, fmt.Appendf(nil, "u-%d", number/8%17))))),
	)
}

// message is field number of a protobuf message, with its content.
func message(number byte, content []byte) []byte {
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(content))), content...)
}

func join(parts ...[]byte) (joined []byte) {
	for _, part := range parts {
		joined = append(joined, part...)
	}
	return joined
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// wantError wants an *Error of code at stage.
func wantError(t testing.TB, err error, code tracezip.Code, stage tracezip.Stage) *tracezip.Error {
	t.Helper()
	var detail *tracezip.Error
	if !errors.Is(err, code) || !errors.As(err, &detail) || detail.Code != code || detail.Stage != stage {
		t.Fatalf("%v, not %q at stage %q", err, code, stage)
	}
	return detail
}
