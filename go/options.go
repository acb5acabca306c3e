package tracezip

// #include <tracezip.h>
import "C"

import (
	"fmt"
	"runtime"
)

// Option is a setting of [NewCompressor], [NewDecompressor] and [NewCodec]. What is not set has its default;
// of two settings of the same thing the later counts.
type Option func(*config)

// config is a handle, and the first setting that it could not be given. Once made it is only read.
type config struct {
	handle  *C.tracezip_config
	cleanup runtime.Cleanup
	err     error
}

// newConfig makes settings, which the caller may free when it does not need them any more.
func newConfig(options []Option) (*config, error) {
	c := new(config)
	if result := C.tracezip_config_new(&c.handle); result != C.TRACEZIP_OK {
		return nil, makeError(Code(result), StageCall, 0, "no settings")
	}
	c.cleanup = runtime.AddCleanup(c, freeConfig, c.handle)
	for _, option := range options {
		if option(c); c.err != nil {
			c.free()
			return nil, c.err
		}
	}
	return c, nil
}

func (c *config) free() {
	c.cleanup.Stop()
	freeConfig(c.handle)
}

func freeConfig(handle *C.tracezip_config) { C.tracezip_config_free(handle) }

func (c *config) lastError(code Code) error {
	return newError(code, func(detail *C.tracezip_error_detail) C.tracezip_result {
		return C.tracezip_config_last_error(c.handle, detail)
	})
}

// WithEnabled says whether to compress at all; if not, every frame is stored. Default: true.
func WithEnabled(value bool) Option {
	return func(c *config) { C.tracezip_config_set_enabled(c.handle, flag(value)) }
}

// WithMinBatchSize is the fewest spans for which a batch without stream state is compressed; smaller ones
// are stored. Default: 10.
func WithMinBatchSize(spans int) Option {
	return func(c *config) { C.tracezip_config_set_min_batch_size(c.handle, c.size("min_batch_size", spans)) }
}

// WithMaxStringTableSize is the most entries of the string table, 16 to 16,777,216. Default: 10,000.
func WithMaxStringTableSize(entries int) Option {
	return func(c *config) {
		C.tracezip_config_set_max_string_table_size(c.handle, c.size("max_string_table_size", entries))
	}
}

// WithEnableDeltaEncoding says whether times and numbers are coded as differences. Default: true.
func WithEnableDeltaEncoding(value bool) Option {
	return func(c *config) { C.tracezip_config_set_enable_delta_encoding(c.handle, flag(value)) }
}

// WithEnableDedup says whether spans are predicted from earlier spans of their kind. Default: true.
func WithEnableDedup(value bool) Option {
	return func(c *config) { C.tracezip_config_set_enable_dedup(c.handle, flag(value)) }
}

// WithLevel is 1 (fast) to 9 (small, and slow in both directions). Default: 3.
func WithLevel(level int) Option {
	// What is far out of range stays out of range as a C int.
	return func(c *config) { C.tracezip_config_set_level(c.handle, C.int(min(max(level, 0), 10))) }
}

// WithMaxStateBytes is the most bytes of state that a compressor keeps, or that frames may ask a
// decompressor to keep, 1 MiB to 1 GiB. Default: 8 MiB.
func WithMaxStateBytes(bytes int) Option {
	return func(c *config) { C.tracezip_config_set_max_state_bytes(c.handle, c.size("max_state_bytes", bytes)) }
}

// WithPredictIDs says whether ids are predicted from the generators that they are drawn from. Default: true.
func WithPredictIDs(value bool) Option {
	return func(c *config) { C.tracezip_config_set_predict_ids(c.handle, flag(value)) }
}

// WithMaxDecodedBytes is the most bytes that one frame may decode to. Default: [DefaultMaxDecodedBytes].
func WithMaxDecodedBytes(bytes int) Option {
	return func(c *config) {
		C.tracezip_config_set_max_decoded_bytes(c.handle, c.size("max_decoded_bytes", bytes))
	}
}

func flag(value bool) C.int {
	if value {
		return 1
	}
	return 0
}

// size keeps a number that is no size as the error.
func (c *config) size(setting string, value int) C.size_t {
	if value < 0 && c.err == nil {
		c.err = makeError(ErrInvalidConfig, StageConfig, 0, fmt.Sprintf("%s is %d", setting, value))
	}
	return C.size_t(max(value, 0))
}
