//go:build cgo

package tracezip

import (
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Codec makes and reads frames that stand alone, with settings of its own, for any number of goroutines. It
// needs no Close: what it keeps outside of the Go heap goes with it.
type Codec struct {
	compressors   *pool[*Compressor]
	decompressors *pool[*Decompressor]
}

// NewCodec makes a codec with the default settings and those given; [WithEnabled] and [WithMinBatchSize] do
// not matter, for it always tries whether compression pays. With [WithDictionary] all its frames are made with it, and
// those without are read as well. [ErrInvalidConfig] names the setting that is out
// of range.
func NewCodec(options ...Option) (*Codec, error) {
	config, err := newConfig(append(options[:len(options):len(options)], WithEnabled(true), WithMinBatchSize(0)))
	if err != nil {
		return nil, err
	}
	codec := &Codec{compressors: newPool(config.compressor), decompressors: newPool(config.decompressor)}
	// Wrong settings are to be found now, not by the first batch.
	compressor, err := codec.compressors.take()
	if err != nil {
		return nil, err
	}
	codec.compressors.give(compressor)
	return codec, nil
}

// Compress is as the function [Compress].
func (c *Codec) Compress(dst, src []byte) ([]byte, error) {
	compressor, err := c.compressors.take()
	if err != nil {
		return dst, err
	}
	defer c.compressors.give(compressor)
	compressor.reset()
	return compressor.compress(dst, src)
}

// Decompress is as the function [Decompress]; the limit is that of [WithMaxDecodedBytes].
func (c *Codec) Decompress(dst, src []byte) ([]byte, error) {
	return c.decompress(dst, src, math.MaxInt)
}

func (c *Codec) decompress(dst, src []byte, limit int) ([]byte, error) {
	need, code := declaredLen(src)
	if code == ErrNotTracezip { // a trace request, which a Decompressor lets pass
		return dst, makeError(code, StageHeader, 0, "the first byte is not that of a frame")
	}
	if limit < 0 || need > uint64(limit) {
		return dst, tooLong(need, fmt.Sprintf("max, %d", limit))
	}
	decompressor, err := c.decompressors.take()
	if err != nil {
		return dst, err
	}
	defer c.decompressors.give(decompressor)
	decompressor.reset()
	return decompressor.decompress(dst, src, need)
}

// pool lends what it has, the last given first, to as many as can work at the same time. More would only
// need more memory, and a thread each while they are in C.
type pool[T any] struct {
	slots  chan struct{}
	create func() (T, error)
	mu     sync.Mutex
	idle   []T
}

func newPool[T any](create func() (T, error)) *pool[T] {
	return &pool[T]{slots: make(chan struct{}, runtime.GOMAXPROCS(0)), create: create}
}

func (p *pool[T]) take() (T, error) {
	p.slots <- struct{}{}
	if item, ok := p.pop(); ok {
		return item, nil
	}
	item, err := p.create()
	if err != nil {
		<-p.slots
	}
	return item, err
}

func (p *pool[T]) pop() (item T, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.idle) - 1
	if last < 0 {
		return item, false
	}
	item, p.idle = p.idle[last], p.idle[:last]
	return item, true
}

func (p *pool[T]) give(item T) {
	p.mu.Lock()
	p.idle = append(p.idle, item)
	p.mu.Unlock()
	<-p.slots
}
