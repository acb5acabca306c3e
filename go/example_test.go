package tracezip_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"

	tracezip "github.com/tracezip/tracezip/go"
)

func Example() {
	otlp := request(100, 1) // proto.Marshal of an ExportTraceServiceRequest
	frame, err := tracezip.Compress(nil, otlp)
	if err != nil {
		log.Fatal(err)
	}
	back, err := tracezip.Decompress(nil, frame, tracezip.DefaultMaxDecodedBytes)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(back, otlp), len(frame) < len(otlp)/2)
	// Output: true true
}

// A buffer that is used again, and a result behind what is there already.
func ExampleCompress() {
	otlp := request(100, 1)
	buffer := make([]byte, 0, tracezip.CompressBound(len(otlp)))
	for range 3 {
		buffer, _ = tracezip.Compress(buffer[:0], otlp) // no allocation
	}
	record, _ := tracezip.Compress([]byte("header:"), otlp)
	fmt.Println(bytes.Equal(record, append([]byte("header:"), buffer...)))
	// Output: true
}

// What comes from a network gets a limit.
func ExampleDecompress() {
	frame, _ := tracezip.Compress(nil, request(1000, 1))
	_, err := tracezip.Decompress(nil, frame, 4<<10)
	fmt.Println(errors.Is(err, tracezip.ErrLimitExceeded))
	// Output: true
}

func ExampleCodec() {
	fast, err := tracezip.NewCodec(tracezip.WithLevel(1), tracezip.WithMaxDecodedBytes(4<<20))
	if err != nil {
		log.Fatal(err)
	}
	frame, _ := fast.Compress(nil, request(100, 1))
	back, _ := fast.Decompress(nil, frame)
	fmt.Println(bytes.Equal(back, request(100, 1)))
	// Output: true
}

// A stream: later frames are smaller, and are read in the order in which they were made.
func ExampleCompressor() {
	compressor, err := tracezip.NewCompressor()
	if err != nil {
		log.Fatal(err)
	}
	defer compressor.Close()
	decompressor, err := tracezip.NewDecompressor()
	if err != nil {
		log.Fatal(err)
	}
	defer decompressor.Close()

	var sizes []int
	for number := range uint64(3) {
		otlp := request(100, 100*number)
		frame, err := compressor.Compress(nil, otlp)
		if err != nil {
			log.Fatal(err)
		}
		back, err := decompressor.Decompress(nil, frame)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(bytes.Equal(back, otlp))
		sizes = append(sizes, len(frame))
	}
	fmt.Println("smaller:", sizes[1] < sizes[0], "spans:", compressor.Stats().SpanCount)
	// Output:
	// true
	// true
	// true
	// smaller: true spans: 300
}

func ExampleError() {
	frame, _ := tracezip.Compress(nil, request(100, 1))
	_, err := tracezip.Decompress(nil, frame[:4], tracezip.DefaultMaxDecodedBytes)

	var detail *tracezip.Error
	if errors.As(err, &detail) {
		fmt.Println(int(detail.Code), detail.Code == tracezip.ErrTruncated, detail.Stage, detail.Offset)
	}
	fmt.Println(err)
	// Output:
	// 3 true frame header 3
	// tracezip: the frame is cut short: the checksum is cut short (frame header, byte 3)
}

// A dictionary for small requests, made once of earlier ones and held by both sides.
func ExampleDictionary() {
	var samples [][]byte
	for number := range uint64(50) {
		samples = append(samples, small(100*number))
	}
	trained, err := tracezip.TrainDictionary(samples, 16<<10)
	if err != nil {
		log.Fatal(err)
	}
	// The file of trained.Bytes() goes to the other side.
	dictionary, err := tracezip.LoadDictionary(trained.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	codec, err := tracezip.NewCodec(tracezip.WithDictionary(dictionary))
	if err != nil {
		log.Fatal(err)
	}
	dictionary.Close() // the codec keeps what it needs

	otlp := small(7)
	plain, _ := tracezip.Compress(nil, otlp)
	frame, _ := codec.Compress(nil, otlp)
	back, _ := codec.Decompress(nil, frame)
	fmt.Println("a third shorter:", 3*len(frame) < 2*len(plain), "came back:", bytes.Equal(back, otlp))

	_, err = tracezip.Decompress(nil, frame, tracezip.DefaultMaxDecodedBytes)
	fmt.Println(errors.Is(err, tracezip.ErrUnknownDictionary))
	// Output:
	// a third shorter: true came back: true
	// true
}
