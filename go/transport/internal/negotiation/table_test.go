package negotiation

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/tracezip/tracezip/go/transport/internal/negotiationtest"
)

func answer(said negotiationtest.Said) Answer {
	if said.Status == 0 {
		return Answer{Class: Lost}
	}
	return Answer{Class: ClassOfStatus(said.Status), Advertises: said.Advertises}
}

// bench is a machine with a clock that is set by hand.
type bench struct {
	*Machine
	seconds float64
}

var epoch = time.Unix(0, 0)

func newBench(s negotiationtest.Scenario) *bench {
	b := new(bench)
	b.Machine = New(s.Mode, FirstWait, func() time.Time { return epoch.Add(seconds(b.seconds)) },
		func() float64 { return s.Jitter })
	return b
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func (b *bench) check(t *testing.T, step any, want negotiationtest.Expected) {
	t.Helper()
	state, until := b.State()
	if string(state) != want.State {
		t.Fatalf("%+v: state %q", step, state)
	}
	if state == StateOff && until.Sub(epoch).Round(time.Millisecond) != seconds(want.Until) {
		t.Fatalf("%+v: until %v", step, until.Sub(epoch))
	}
}

func coding(tracezip bool) string {
	if tracezip {
		return Token
	}
	return "gzip"
}

func TestCases(t *testing.T) {
	all := negotiationtest.Read(t)
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(c.Scenario)
			for _, step := range c.Steps {
				b.seconds = step.At
				tracezip := b.Choose()
				requests := []string{coding(tracezip)}
				last := all.Servers[step.Server][requests[0]]
				if b.Answered(tracezip, answer(last)) {
					if last = (negotiationtest.Said{}); !step.NoTimeLeft {
						requests = append(requests, "gzip")
						last = all.Servers[step.Server]["gzip"]
					}
					b.AnsweredAgain(answer(last))
				}
				if fmt.Sprint(requests) != fmt.Sprint(step.Requests) || last.Result() != step.Result {
					t.Fatalf("%+v: %v, %v", step, requests, last.Result())
				}
				b.check(t, step, step.Expected)
			}
		})
	}
}

func TestCallsAtOnce(t *testing.T) {
	all := negotiationtest.Read(t)
	for _, c := range all.Interleaved {
		t.Run(c.Name, func(t *testing.T) {
			b := newBench(c.Scenario)
			sent := map[string]bool{}
			for _, step := range c.Steps {
				b.seconds = step.At
				if step.Begin != "" {
					if sent[step.Begin] = b.Choose(); coding(sent[step.Begin]) != step.Coding {
						t.Fatalf("%+v: %s", step, coding(sent[step.Begin]))
					}
				} else {
					tracezip := sent[step.Answer]
					server := all.Servers[step.Server]
					if again := b.Answered(tracezip, answer(server[coding(tracezip)])); again != step.Again {
						t.Fatalf("%+v: again %v", step, again)
					}
					if step.Again {
						b.AnsweredAgain(answer(server["gzip"]))
					}
				}
				b.check(t, step, step.Expected)
			}
		})
	}
}

func TestAdvertisements(t *testing.T) {
	for _, row := range negotiationtest.Read(t).Advertisements {
		if Advertises(row.Fields) != row.Advertises {
			t.Errorf("%q: %v", row.Fields, !row.Advertises)
		}
	}
}

func TestClasses(t *testing.T) {
	classes := negotiationtest.Read(t).Classes
	for class, statuses := range classes.HTTP {
		for _, status := range statuses {
			if got := ClassOfStatus(status); string(got) != class {
				t.Errorf("%d is %s", status, got)
			}
		}
	}
	for class, answers := range classes.GRPC {
		for _, answer := range answers {
			var code codes.Code
			if err := code.UnmarshalJSON([]byte(`"` + answer[0] + `"`)); err != nil {
				t.Fatal(err)
			}
			if got := ClassOfCode(code, answer[1]); string(got) != class {
				t.Errorf("%v is %s", answer, got)
			}
		}
	}
}

func TestJitterIsDrawnAtEachDowngrade(t *testing.T) {
	waits := map[time.Duration]bool{}
	for range 100 {
		m := New(Eager, FirstWait, func() time.Time { return epoch }, Jitter)
		if !m.Answered(m.Choose(), Answer{Class: Refused}) || !m.AnsweredAgain(Answer{Class: Acknowledged}) {
			t.Fatal("no downgrade")
		}
		_, until := m.State()
		if wait := until.Sub(epoch); wait < 540*time.Second || wait > 660*time.Second {
			t.Fatal(wait)
		} else {
			waits[wait] = true
		}
	}
	if len(waits) < 50 {
		t.Errorf("%d different waits", len(waits))
	}
}

func TestFirstWaitOfOnesOwn(t *testing.T) {
	for first, want := range map[time.Duration]time.Duration{time.Second: 2 * time.Second, 48 * time.Hour: 48 * time.Hour} {
		now := epoch
		m := New(Eager, first, func() time.Time { return now }, func() float64 { return 0 })
		for range 2 {
			m.Answered(m.Choose(), Answer{Class: Refused})
			m.AnsweredAgain(Answer{Class: Acknowledged})
			now = now.Add(first)
		}
		if _, until := m.State(); until.Sub(now) != want-first {
			t.Errorf("%v: %v", first, until.Sub(now))
		}
	}
}
