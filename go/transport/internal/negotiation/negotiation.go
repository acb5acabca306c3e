// Package negotiation is the state machine of spec/negotiation.md: whether the other side reads Tracezip. It
// neither sends nor receives.
package negotiation

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Modes.
const (
	Auto  = "auto"
	Eager = "eager"
	Force = "force"
	Off   = "off"
)

// State is where a machine is; the modes force and off have none.
type State string

// The states.
const (
	StateAsk State = "ask"
	StateOn  State = "on"
	StateOff State = "off"
)

// FirstWait is how long the fallback is sent after the first refusal. Each further one in a row doubles it.
const FirstWait = 10 * time.Minute

// longestWait ends the doubling, unless the first wait is longer.
const longestWait = 24 * time.Hour

// Jitter is a random number from -0.1 to +0.1, by which a wait is made longer.
func Jitter() float64 { return (rand.Float64()*2 - 1) / 10 }

// Machine is the negotiation with one endpoint, for any number of calls at the same time.
type Machine struct {
	mode      string
	firstWait time.Duration
	now       func() time.Time
	jitter    func() float64

	mu         sync.Mutex
	state      State
	refusals   int
	until      time.Time // in StateOff
	advertised bool      // in StateOff
	holds      bool      // what the last advertisement said of the client's dictionary
}

// New is a machine that has not heard anything yet.
func New(mode string, firstWait time.Duration, now func() time.Time, jitter func() float64) *Machine {
	state := map[string]State{Auto: StateAsk, Eager: StateOn}[mode]
	return &Machine{mode: mode, firstWait: firstWait, now: now, jitter: jitter, state: state}
}

// State is the state, and until when, if it is StateOff.
func (m *Machine) State() (State, time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state != StateOff {
		return m.state, time.Time{}
	}
	return m.state, m.until
}

// Choose begins a call: whether to send Tracezip, or else the fallback.
func (m *Machine) Choose() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == StateOff && !m.now().Before(m.until) {
		m.state = StateAsk
		if m.advertised || m.mode == Eager {
			m.state = StateOn
		}
	}
	return m.state == StateOn || m.mode == Force
}

// Answered takes the first answer of a call: whether the same payload is to go out again with the fallback.
func (m *Machine) Answered(tracezip bool, answer Answer) (again bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noteDictionary(answer)
	switch {
	case m.state == "":
	case !tracezip:
		m.note(answer)
	case answer.Class == Refused:
		return true
	case answer.Class == Acknowledged && m.state == StateOn:
		if answer.Advertises {
			m.refusals = 0
		} else {
			m.state = StateAsk
		}
	}
	return false
}

// note looks at the answer to a fallback.
func (m *Machine) note(answer Answer) {
	switch {
	case m.state == StateAsk && answer.Advertises:
		m.state = StateOn
	case m.state == StateOff && answer.Class != Lost:
		m.advertised = answer.Advertises
	}
}

// AnsweredAgain takes the second answer of a call: whether Tracezip is left for a while.
func (m *Machine) AnsweredAgain(answer Answer) (downgraded bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noteDictionary(answer)
	if answer.Class == Refused || m.state != StateOn {
		return false
	}
	wait := min(m.firstWait<<min(m.refusals, 16), max(m.firstWait, longestWait))
	m.refusals++
	m.state, m.advertised = StateOff, answer.Advertises
	m.until = m.now().Add(wait + time.Duration(float64(wait)*m.jitter()))
	return true
}
