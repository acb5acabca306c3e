//go:build !cgo

package tracezip

// This does not compile, and the name says why: without cgo there is nothing of the package to compile.
var _ = tracezip_needs_cgo__set_CGO_ENABLED_to_1_and_install_a_C_compiler
