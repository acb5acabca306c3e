package negotiation

import (
	"strconv"
	"testing"
	"time"

	"github.com/tracezip/tracezip/go/transport/internal/negotiationtest"
)

func answerWithNames(said negotiationtest.Said) Answer {
	a := answer(said)
	a.Holds = said.Names
	return a
}

func TestDictionaryCases(t *testing.T) {
	for _, c := range negotiationtest.Read(t).Dictionaries.Cases {
		t.Run(c.Name, func(t *testing.T) {
			var now float64
			m := New(c.Mode, FirstWait, func() time.Time { return epoch.Add(seconds(now)) }, func() float64 { return 0 })
			for i, step := range c.Steps {
				now = step.At
				tracezip := m.Choose()
				sends := coding(tracezip)
				if tracezip && m.WithDictionary() {
					sends = "dictionary"
				}
				if sends != step.Sends {
					t.Fatalf("step %d: %s, not %s", i, sends, step.Sends)
				}
				again := m.Answered(tracezip, answerWithNames(step.Answer))
				if again != (step.Again != nil) {
					t.Fatalf("step %d: again: %v", i, again)
				}
				if again {
					m.AnsweredAgain(answerWithNames(*step.Again))
				}
			}
		})
	}
}

func TestNamesOfDictionaries(t *testing.T) {
	table := negotiationtest.Read(t).Dictionaries
	id, err := strconv.ParseUint(table.ID, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Fields {
		if NamesDictionary(row.Fields, id) != row.Advertises {
			t.Errorf("%q: %v", row.Fields, !row.Advertises)
		}
	}
	if DictionaryName(0x1f) != "000000000000001f" {
		t.Error(DictionaryName(0x1f))
	}
}
