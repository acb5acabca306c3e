package tracezip

// #include <tracezip.h>
import "C"

import (
	"runtime"
	"slices"
	"sync"
	"unsafe"
)

// Dictionary is what frames begin with that build on nothing else: made of batches that have been, for batches to
// come. A frame made with one stands alone for everyone who holds it; small requests gain most. It never changes,
// and may be shared by any number of goroutines.
//
// [WithDictionary] gives it to compressors, decompressors and codecs, which keep what they need: it may be closed
// at once.
type Dictionary struct {
	id      uint64
	content []byte

	mu      sync.RWMutex
	handle  *C.tracezip_dictionary // nil once closed
	cleanup runtime.Cleanup
}

// TrainDictionary makes a dictionary of at most maxBytes bytes, 4096 or more, from batches of the kind that are to
// be compressed: serialized trace requests. 64 KiB and a few thousand spans of a day's traffic are a good start; a
// larger dictionary knows more and takes more memory. It holds what the samples held: do not give it to those
// who must not see them.
//
// It fails with [ErrNotOTLP] if a sample is no trace request or no sample has a span, and with [ErrInvalidConfig] if
// maxBytes is too small.
func TrainDictionary(samples [][]byte, maxBytes int) (*Dictionary, error) {
	var pins runtime.Pinner
	defer pins.Unpin()
	pointers, lens := make([]*C.uint8_t, len(samples)), make([]C.size_t, len(samples))
	for i, sample := range samples {
		if len(sample) > 0 { // else NULL
			pointers[i], lens[i] = pointer(sample), C.size_t(len(sample))
			pins.Pin(pointers[i])
		}
	}
	var handle *C.tracezip_dictionary
	result := C.tracezip_dictionary_train(unsafe.SliceData(pointers), unsafe.SliceData(lens),
		C.size_t(len(samples)), C.size_t(max(maxBytes, 0)), &handle)
	switch code := Code(result); code {
	case C.TRACEZIP_OK:
		return newDictionary(handle)
	case ErrNotOTLP:
		return nil, makeError(code, StageOTLP, 0, "a sample is none, or there is no span in any of them")
	case ErrInvalidConfig:
		return nil, makeError(code, StageConfig, 0, "a dictionary needs maxBytes of 4096 or more")
	default:
		return nil, makeError(code, StageCall, 0, "training")
	}
}

// LoadDictionary takes a dictionary from its bytes, which [Dictionary.Bytes] gave. Any compressed frame that stands
// alone, of a level from 2 to 8 and made without a dictionary, is one; others are [ErrCorrupt]. What else is wrong the
// [*Error] tells as that of [Decompress].
func LoadDictionary(src []byte) (*Dictionary, error) {
	var handle *C.tracezip_dictionary
	result := C.tracezip_dictionary_load(pointer(src), C.size_t(len(src)), &handle)
	if result == C.TRACEZIP_OK {
		return newDictionary(handle)
	}
	if _, err := Decompress(nil, src, DefaultMaxDecodedBytes); err != nil {
		return nil, err // it says more
	}
	return nil, makeError(Code(result), StageHeader, 0,
		"a dictionary is a compressed frame that stands alone, of a level from 2 to 8, and made without one")
}

// newDictionary owns the handle.
func newDictionary(handle *C.tracezip_dictionary) (*Dictionary, error) {
	d := &Dictionary{handle: handle}
	d.cleanup = runtime.AddCleanup(d, freeDictionary, handle)
	err := d.lend(func(handle *C.tracezip_dictionary) C.tracezip_result {
		var id C.uint64_t
		var n C.size_t
		// They can only fail for a NULL, or too little room.
		C.tracezip_dictionary_id(handle, &id)
		C.tracezip_dictionary_len(handle, &n)
		d.id, d.content = uint64(id), make([]byte, n)
		return C.tracezip_dictionary_bytes(handle, pointer(d.content), n, &n)
	})
	return d, err
}

func freeDictionary(handle *C.tracezip_dictionary) { C.tracezip_dictionary_free(handle) }

// lend calls use with the handle, which is not freed before it returns.
func (d *Dictionary) lend(use func(*C.tracezip_dictionary) C.tracezip_result) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.handle == nil {
		return ErrClosed
	}
	if result := use(d.handle); result != C.TRACEZIP_OK {
		return makeError(Code(result), StageCall, 0, "the dictionary")
	}
	return nil
}

// ID tells the dictionary from all others, the same in every language: the XXH3-64 of its bytes.
func (d *Dictionary) ID() uint64 { return d.id }

// Bytes are a copy of the bytes of the dictionary, to be kept and sent to those who are to read.
func (d *Dictionary) Bytes() []byte { return slices.Clone(d.content) }

// Close gives the memory of the dictionary back, once those that it was given to are closed too. Giving it to others
// fails with [ErrClosed] then; ID and Bytes stay. A second Close does nothing. The error is always nil.
func (d *Dictionary) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handle != nil {
		d.cleanup.Stop()
		freeDictionary(d.handle)
		d.handle = nil
	}
	return nil
}

// WithDictionary makes frames begin with a dictionary, and lets those be read that were made with it; others are
// read too. Whoever reads them must hold it. nil is none, the default. It fails with [ErrClosed] after Close.
func WithDictionary(d *Dictionary) Option {
	return func(c *config) {
		if d == nil {
			C.tracezip_config_set_dictionary(c.handle, nil)
			return
		}
		c.err = d.lend(func(handle *C.tracezip_dictionary) C.tracezip_result {
			return C.tracezip_config_set_dictionary(c.handle, handle)
		})
	}
}

// AddDictionary lets a decompressor read frames that were made with this dictionary too. It fails only with
// [ErrClosed], of either.
func (d *Decompressor) AddDictionary(dictionary *Dictionary) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.handle == nil {
		return ErrClosed
	}
	return dictionary.lend(func(handle *C.tracezip_dictionary) C.tracezip_result {
		return C.tracezip_decompressor_add_dictionary(d.handle, handle)
	})
}

// FrameDictionary tells which dictionary the frame src was made with, by the low half of its ID; needed is false if
// it was made with none, or goes on with a stream. It looks at the first bytes only.
func FrameDictionary(src []byte) (low uint32, needed bool, err error) {
	var named C.uint32_t
	var is C.int
	code := Code(C.tracezip_frame_dictionary(pointer(src), C.size_t(len(src)), &is, &named))
	if code == C.TRACEZIP_OK {
		return uint32(named), is != 0, nil
	}
	if _, err := DecompressedLen(src); err != nil {
		return 0, false, err
	}
	return 0, false, makeError(code, StageBody, 0, "the settings cannot be read")
}
