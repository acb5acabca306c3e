package tracezip

// #include <tracezip.h>
import "C"

import (
	"errors"
	"fmt"
)

// ErrClosed is what a [Compressor], [Decompressor] or [Dictionary] says after its Close.
var ErrClosed = errors.New("tracezip: it is closed")

// Code is what went wrong: a number that is the same in every language and never changes its meaning. Every
// [*Error] is one of the constants below for errors.Is; later versions may have more.
type Code int

const (
	// ErrNotTracezip: the input does not begin like a frame.
	ErrNotTracezip Code = C.TRACEZIP_NOT_TRACEZIP
	// ErrUnsupportedVersion: the frame was made by a newer version of the format.
	ErrUnsupportedVersion Code = C.TRACEZIP_UNSUPPORTED_VERSION
	// ErrTruncated: the frame ends too early.
	ErrTruncated Code = C.TRACEZIP_TRUNCATED
	// ErrCorrupt: the frame contradicts itself.
	ErrCorrupt Code = C.TRACEZIP_CORRUPT
	// ErrChecksum: the decoded bytes are not those that were compressed.
	ErrChecksum Code = C.TRACEZIP_CHECKSUM
	// ErrOutOfSequence: a frame of a stream was lost, repeated or reordered, or does not stand alone where
	// it must.
	ErrOutOfSequence Code = C.TRACEZIP_OUT_OF_SEQUENCE
	// ErrLimitExceeded: the frame needs more than a limit allows.
	ErrLimitExceeded Code = C.TRACEZIP_LIMIT_EXCEEDED
	// ErrBufferTooSmall does not occur in Go, where buffers grow.
	ErrBufferTooSmall Code = C.TRACEZIP_BUFFER_TOO_SMALL
	// ErrInvalidConfig: a setting is out of range.
	ErrInvalidConfig Code = C.TRACEZIP_INVALID_CONFIG
	// ErrNotOTLP: the input is not a trace request, where one is needed: among the samples of a dictionary.
	ErrNotOTLP Code = C.TRACEZIP_NOT_OTLP
	// ErrUnknownDictionary: the frame was made with a [Dictionary] that its reader does not hold; the message has
	// the low half of its ID.
	ErrUnknownDictionary Code = C.TRACEZIP_UNKNOWN_DICTIONARY
	// ErrInternal: a fault of the library. Please report it.
	ErrInternal Code = C.TRACEZIP_INTERNAL
)

// Error is a short text, the same in every language.
func (c Code) Error() string { return "tracezip: " + c.text() }

func (c Code) text() string { return C.GoString(C.tracezip_result_str(C.tracezip_result(c))) }

// Stage is where in the flow an error was found.
type Stage int

// The stages; later versions may have more.
const (
	StageConfig   Stage = C.TRACEZIP_STAGE_CONFIG   // checking settings
	StageHeader   Stage = C.TRACEZIP_STAGE_HEADER   // reading a frame's header
	StageBody     Stage = C.TRACEZIP_STAGE_BODY     // decoding a frame's body
	StageChecksum Stage = C.TRACEZIP_STAGE_CHECKSUM // comparing what was decoded with the checksum
	StageStream   Stage = C.TRACEZIP_STAGE_STREAM   // following a stream
	StageOutput   Stage = C.TRACEZIP_STAGE_OUTPUT   // writing the result
	StageOTLP     Stage = C.TRACEZIP_STAGE_OTLP     // reading an OTLP message
	StageCall     Stage = C.TRACEZIP_STAGE_CALL     // the call itself
)

// String is the stage in words, such as "frame header".
func (s Stage) String() string {
	return C.GoString(C.tracezip_stage_str(C.tracezip_stage(s)))
}

// Error is an error of every call but [ErrClosed]. Use errors.Is to compare it with a [Code], and errors.As
// to learn more.
type Error struct {
	Code   Code
	Stage  Stage
	Offset uint64 // the byte: of the frame in the header, of the decoded bytes in the body; else 0

	message string
}

// Error says what, and where. The wording may change.
func (e *Error) Error() string { return "tracezip: " + e.message }

// Unwrap is e.Code.
func (e *Error) Unwrap() error { return e.Code }

// newError asks a handle, by last, for the details of the error with which it has just answered code.
func newError(code Code, last func(*C.tracezip_error_detail) C.tracezip_result) *Error {
	detail := C.tracezip_error_detail{struct_size: C.sizeof_tracezip_error_detail}
	if last(&detail) != C.TRACEZIP_OK || Code(detail.result) != code {
		return makeError(code, StageCall, 0, "the library does not say more")
	}
	return &Error{code, Stage(detail.stage), uint64(detail.offset), C.GoString(&detail.message[0])}
}

// makeError is an error that this package has found, in the words of the library.
func makeError(code Code, stage Stage, offset uint64, detail string) *Error {
	return &Error{code, stage, offset, fmt.Sprintf("%s: %s (%s, byte %d)", code.text(), detail, stage, offset)}
}

func tooLong(length uint64, limit string) *Error {
	return makeError(ErrLimitExceeded, StageHeader, 1, fmt.Sprintf("the declared length, %d bytes, is above %s", length, limit))
}
