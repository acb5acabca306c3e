//go:build tracezip_system

package tracezip

// The go command does not ask pkg-config again while its cache has the package.

// #cgo pkg-config: tracezip
import "C"
