// Writes go_bytes.txt and go_words.txt: ids as Go programs draw them of math/rand.
//
//	go run make_go.go
package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
)

// bytes are ids of OpenTelemetry's SDK before 1.38: randomIDGenerator in sdk/trace/id_generator.go.
func bytes(out *bufio.Writer) {
	source := rand.New(rand.NewSource(20_261_201))
	var trace [16]byte
	var span [8]byte
	source.Read(span[:3]) // so that no id begins where a word does
	for i := range 800 {
		if i%5 == 0 {
			source.Read(trace[:])
			source.Read(span[:])
			fmt.Fprintf(out, "%x %x\n", span, trace)
		} else {
			source.Read(span[:])
			fmt.Fprintf(out, "%x\n", span)
		}
	}
}

// words are ids of tracers that come from Datadog's: span.go takes Int63; a root's trace has the id of its span.
func words(out *bufio.Writer) {
	source := rand.New(rand.NewSource(20_261_202))
	for i := range 800 {
		span := source.Int63()
		if i%5 == 0 {
			fmt.Fprintf(out, "%016x %032x\n", span, span)
		} else {
			fmt.Fprintf(out, "%016x\n", span)
		}
	}
}

func main() {
	for name, write := range map[string]func(*bufio.Writer){"go_bytes.txt": bytes, "go_words.txt": words} {
		file, err := os.Create(name)
		if err != nil {
			panic(err)
		}
		out := bufio.NewWriter(file)
		write(out)
		if err := out.Flush(); err != nil {
			panic(err)
		}
	}
}
