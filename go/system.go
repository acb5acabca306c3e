//go:build tracezip_system

package tracezip

// #cgo pkg-config: tracezip
import "C"
