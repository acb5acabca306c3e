//go:build !tracezip_system

package tracezip

// `cargo xtask go` makes the library and, beside it, the stamp: a hash of the library, without which the
// go command would not notice that there is a new one to link.

/*
#cgo CFLAGS: -I${SRCDIR}/../include
#cgo LDFLAGS: ${SRCDIR}/lib/libtracezip.a -lm
#cgo linux LDFLAGS: -lpthread -ldl

#if __has_include("libtracezip_stamp.h")
#include "libtracezip_stamp.h"
__attribute__((used)) static const char tracezip_library_stamp[] = TRACEZIP_LIBRARY_STAMP;
#else
#error libtracezip.a is missing: run "cargo xtask go" in the repository of Tracezip, or build with -tags tracezip_system to use an installed library (see docs/guide/go.md)
#endif
*/
import "C"
