package negotiation

import (
	"fmt"
	"strings"
)

// DictionaryName is how a server names a dictionary that it holds, by its id.
func DictionaryName(id uint64) string { return fmt.Sprintf("%016x", id) }

// NamesDictionary tells whether the Tracezip-Dictionary fields of a response name the dictionary with this id.
func NamesDictionary(fields []string, id uint64) bool {
	name := DictionaryName(id)
	for _, field := range fields {
		for element := range strings.SplitSeq(field, ",") {
			if strings.EqualFold(strings.TrimSpace(element), name) {
				return true
			}
		}
	}
	return false
}

// WithDictionary tells whether Tracezip that is sent now may be made with the dictionary of the client: whether the
// last advertisement named it.
func (m *Machine) WithDictionary() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.holds || m.mode == Force
}

// noteDictionary looks at any answer. One without an advertisement says nothing of dictionaries.
func (m *Machine) noteDictionary(answer Answer) {
	if answer.Advertises {
		m.holds = answer.Holds
	}
}
