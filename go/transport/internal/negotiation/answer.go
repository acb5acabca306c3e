package negotiation

import (
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
)

// Token is the name of the coding.
const Token = "tracezip"

// Class is what kind of answer came.
type Class string

// The classes.
const (
	Acknowledged Class = "acknowledged"
	Refused      Class = "refused"
	Other        Class = "other"
	Lost         Class = "lost" // none came
)

// Answer is what the machine looks at. One that is lost advertises nothing.
type Answer struct {
	Class      Class
	Advertises bool
	Holds      bool // the dictionary of the client, as the advertisement says
}

// ClassOfStatus is the class of an HTTP status.
func ClassOfStatus(status int) Class {
	switch {
	case status >= 200 && status < 300:
		return Acknowledged
	case status == 400, status == 406, status == 415, status == 422, status == 500, status == 501:
		return Refused
	}
	return Other
}

// ClassOfCode is the class of a gRPC status that the server sent.
func ClassOfCode(code codes.Code, message string) Class {
	named := strings.Contains(message, Token) || strings.Contains(message, "grpc-encoding")
	switch {
	case code == codes.OK:
		return Acknowledged
	case code == codes.Unimplemented, code == codes.Internal && named:
		return Refused
	}
	return Other
}

// Advertises tells whether the Accept-Encoding fields of a response name Tracezip.
func Advertises(fields []string) bool {
	for _, field := range fields {
		for element := range strings.SplitSeq(field, ",") {
			if isOffer(element) {
				return true
			}
		}
	}
	return false
}

func isOffer(element string) bool {
	token, parameters, _ := strings.Cut(element, ";")
	if !strings.EqualFold(strings.TrimSpace(token), Token) {
		return false
	}
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return err == nil && weight > 0
		}
	}
	return true
}
