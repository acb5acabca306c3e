// Package negotiationtest reads tests/negotiation.json, the cases of the negotiation that every language runs.
package negotiationtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Table is the file. spec/negotiation.md says what the fields mean.
type Table struct {
	Advertisements []Advertisement
	Classes        struct {
		HTTP map[string][]int
		GRPC map[string][][2]string
	}
	Servers map[string]map[string]Said
	Cases   []struct {
		Scenario
		Steps []Step
	}
	Interleaved []struct {
		Scenario
		Steps []Event
	}
	Dictionaries struct {
		ID     string
		Fields []Advertisement
		Cases  []struct {
			Name, Mode string
			Steps      []DictionaryStep
		}
	}
}

// Scenario is what a case is played with.
type Scenario struct {
	Name, Mode string
	Jitter     float64
}

// Step is an export call.
type Step struct {
	At         float64
	Server     string
	Requests   []string
	Result     any
	NoTimeLeft bool `json:"no_time_left"`
	Expected
}

// Event begins or answers one of several calls that run at once.
type Event struct {
	At                            float64
	Begin, Coding, Answer, Server string
	Again                         bool
	Expected
}

// DictionaryStep is an export call of a client that has a dictionary.
type DictionaryStep struct {
	At     float64
	Sends  string
	Answer Said
	Again  *Said
}

// Expected is the state after a step.
type Expected struct {
	State string
	Until float64
}

// Said is what a server answers; no answer has the status 0.
type Said struct {
	Status     int
	Advertises bool
	Names      bool // the dictionary
}

// UnmarshalJSON reads an answer, or "lost".
func (s *Said) UnmarshalJSON(text []byte) error {
	if string(text) == `"lost"` {
		return nil
	}
	type plain Said
	return json.Unmarshal(text, (*plain)(s))
}

// Result is what the table calls this answer.
func (s Said) Result() any {
	if s.Status == 0 {
		return "lost"
	}
	return float64(s.Status)
}

// Advertisement is a list of fields, and whether they are one.
type Advertisement struct {
	Fields     []string
	Advertises bool
}

// UnmarshalJSON reads a pair.
func (a *Advertisement) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[2]any{&a.Fields, &a.Advertises})
}

// Read is the table of this checkout.
func Read(t testing.TB) (all Table) {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../../tests/negotiation.json"))
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) == 0 || len(all.Interleaved) == 0 || len(all.Advertisements) == 0 || len(all.Dictionaries.Cases) == 0 {
		t.Fatal("the table is empty")
	}
	return all
}
