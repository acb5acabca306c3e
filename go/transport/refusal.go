package transport

import (
	"errors"
	"fmt"
	"mime"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	tracezip "github.com/tracezip/tracezip/go"
)

// refusal is why a request is not taken.
type refusal struct {
	status int
	cause  error
}

func (r *refusal) Unwrap() error { return r.cause }

// Error has the number of the code, which is the same in every language.
func (r *refusal) Error() string {
	if code := tracezip.Code(0); errors.As(r.cause, &code) {
		return fmt.Sprintf("%v [tracezip error %d]", r.cause, int(code))
	}
	return r.cause.Error()
}

// refusalOf is the refusal for an error of reading a body, nil if there is none; status is that of bodies which
// are damaged.
func refusalOf(err error, status int) error {
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLong), errors.As(err, &tooLong):
		status = http.StatusRequestEntityTooLarge
	}
	return &refusal{status, err}
}

// refuse answers a request in the way of OTLP: a google.rpc.Status in the format of the request.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	answer := &status.Status{Code: int32(codes.InvalidArgument), Message: err.Error()}
	code := http.StatusBadRequest
	if why := (*refusal)(nil); errors.As(err, &why) {
		code = why.status
	}
	media, marshal := "application/x-protobuf", proto.Marshal
	if asked, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && asked == "application/json" {
		media, marshal = asked, protojson.Marshal
	}
	body, err := marshal(answer)
	if err != nil { // a message that is no UTF-8
		body = nil
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(code)
	_, _ = w.Write(body)
}
