package tracezipextension

import (
	"errors"
	"fmt"
	"io"
	"os"

	tracezip "github.com/tracezip/tracezip/go"
)

// maxDictionaryBytes is more than any dictionary needs: each frame begins with a copy of what it has taught.
const maxDictionaryBytes = 4 << 20

// loadDictionary reads the file of the setting; nil if there is none.
func (c *Config) loadDictionary() (*tracezip.Dictionary, error) {
	if c.Dictionary == "" {
		return nil, nil
	}
	dictionary, err := readDictionary(c.Dictionary)
	if err != nil {
		err = fmt.Errorf("dictionary: %w", err) // which names the file
	}
	return dictionary, err
}

func readDictionary(path string) (*tracezip.Dictionary, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxDictionaryBytes+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxDictionaryBytes {
		return nil, fmt.Errorf("%s is longer than a dictionary may be, %d bytes", path, maxDictionaryBytes)
	}
	dictionary, err := tracezip.LoadDictionary(content)
	if errors.Is(err, tracezip.ErrNotTracezip) {
		return nil, fmt.Errorf("%s is no dictionary: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return dictionary, nil
}
