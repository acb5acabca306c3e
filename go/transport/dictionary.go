package transport

import (
	"net/http"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"

	tracezip "github.com/tracezip/tracezip/go"
	"github.com/tracezip/tracezip/go/transport/internal/negotiation"
)

// Where a server names the dictionaries that it holds, beside its advertisement.
const (
	dictionaryField = "Tracezip-Dictionary"
	dictionaryKey   = "tracezip-dictionary"
)

// WithDictionary lets a server read what was compressed with this dictionary, and say so; and a client use it, for
// requests to those who say so (in [ModeForce]: for all). Others get Tracezip without it. The default is none.
// The dictionary may be closed once the function with this option has returned.
func WithDictionary(dictionary *tracezip.Dictionary) Option {
	return func(s *settings) { s.dictionary = dictionary }
}

// holds tells whether an answer names the dictionary of a client that has one.
func (s *settings) holds(fields []string) bool {
	return s.dictionary != nil && negotiation.NamesDictionary(fields, s.dictionary.ID())
}

// dictionaryName is how a server names its dictionary; nothing if it has none.
func (s *settings) dictionaryName() (fields []string) {
	if s.dictionary != nil {
		fields = append(fields, negotiation.DictionaryName(s.dictionary.ID()))
	}
	return fields
}

func (s *settings) nameDictionary(header http.Header) {
	if name := s.dictionaryName(); name != nil {
		header[dictionaryField] = name
	}
}

// A compressor of grpc-go learns nothing of a call but its message. So a message that is to be compressed with a
// dictionary has its id in front, behind a byte that no message of protobuf begins with; it never goes out.
const (
	markByte = 0x07
	markLen  = 17
)

// grpcDictionaries are the codecs of the clients of this process, by mark.
var grpcDictionaries sync.Map // *tracezip.Codec by string

// markDictionary makes a client's dictionary known to the compressor.
func (s *settings) markDictionary() (mark string, err error) {
	if s.dictionary == nil {
		return "", nil
	}
	codec, err := s.codecWith(s.dictionary)
	if err != nil {
		return "", err
	}
	mark = string(rune(markByte)) + negotiation.DictionaryName(s.dictionary.ID())
	grpcDictionaries.Store(mark, codec)
	return mark, nil
}

// unmarked is a message as it was, and the codec of the dictionary that it had been marked with, if it was.
func unmarked(message []byte) ([]byte, *tracezip.Codec) {
	if len(message) >= markLen && message[0] == markByte {
		if codec, ok := grpcDictionaries.Load(string(message[:markLen])); ok {
			return message[markLen:], codec.(*tracezip.Codec)
		}
	}
	return message, nil
}

// withMark makes a call mark its message, unless there is no dictionary, or the call has a codec of a kind that cannot
// be wrapped.
func (c *grpcClient) withMark(options []grpc.CallOption) (string, []grpc.CallOption) {
	if c.mark == "" {
		return "", options
	}
	codec := encoding.GetCodecV2(proto.Name)
	for _, option := range options {
		switch option := option.(type) {
		case grpc.ForceCodecV2CallOption:
			codec = option.CodecV2
		case grpc.ForceCodecCallOption, grpc.CustomCodecCallOption, grpc.ContentSubtypeCallOption:
			return "", options
		}
	}
	return c.mark, append(options, grpc.ForceCodecV2(markingCodec{codec, mem.SliceBuffer(c.mark)}))
}

type markingCodec struct {
	encoding.CodecV2
	mark mem.SliceBuffer
}

func (c markingCodec) Marshal(message any) (mem.BufferSlice, error) {
	content, err := c.CodecV2.Marshal(message)
	if err != nil {
		return nil, err
	}
	return append(mem.BufferSlice{c.mark}, content...), nil
}

// offer is the initial metadata of a server.
func (s *settings) offer() metadata.MD {
	offer := metadata.Pairs(acceptKey, "1")
	offer.Set(dictionaryKey, s.dictionaryName()...)
	return offer
}
