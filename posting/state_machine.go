// How a table of states and transitions is asked and put into words. The tables are in state_machines.go.

package posting

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/ledger"
)

// A State is a word for how far something has come.
type State string

// A stateMachine says which events one kind of thing allows in which state, and which state comes next. The rules ask
// it, and docs/lifecycle.md is printed from it, so that both agree. An event that it allows may still be refused for
// another reason, such as its amount.
type stateMachine struct {
	noun        string  // "capture"
	doc         string  // a paragraph for docs/lifecycle.md
	states      []named // in the order in which they are usually come to
	events      []Type  // that the machine decides on, whether there is a transition for them or not
	transitions []transition
}

// A named state says what it means.
type named struct {
	State
	doc string
}

// A transition is what an event does to something in a state. Without one, the event is refused with [InvalidState].
type transition struct {
	from State // none for the event that makes the thing
	on   Type
	to   []State
	fact []State     // where it is refused as an instruction: what it leads to as a fact, which is booked
	code ledger.Code // where it is refused after all: with this code, because
	note string      // of the circumstances; of a refusal, what to do instead
}

// none is the state before there is anything.
const none State = ""

// to makes the list of states that a transition may lead to.
func to(states ...State) []State { return states }

// transition returns the transition of an event in a state, nil if there is none.
func (l *stateMachine) transition(in State, on Type) *transition {
	for i := range l.transitions {
		if m := &l.transitions[i]; m.from == in && m.on == on {
			return m
		}
	}
	return nil
}

// allows reports whether something in a state may see an event.
func (l *stateMachine) allows(in State, on Type) bool {
	m := l.transition(in, on)
	return m != nil && len(m.to) > 0
}

// instead says what something in a state may see, in the order of the machine; not those events that the caller knows
// to be refused for another reason.
func (l *stateMachine) instead(in State, excluded []Type) string {
	var names []string
	for _, on := range l.events {
		if l.allows(in, on) && !slices.Contains(excluded, on) {
			names = append(names, string(on))
		}
	}
	if len(names) == 0 {
		return " (nothing is allowed any more)"
	}
	return " (allowed: " + strings.Join(names, ", ") + ")"
}

// refuse returns nil where something of that name may see an event in the state it is in; else a refusal that says
// which states the event wants, what was found and what is allowed instead, but for not.
func (l *stateMachine) refuse(field, name string, in State, on Type, excluded ...Type) *ledger.Error {
	if l.allows(in, on) {
		return nil
	}
	m := l.transition(in, on)
	var wanted []string
	for _, s := range l.states {
		if l.allows(s.State, on) {
			wanted = append(wanted, string(s.State))
		}
	}
	code, note := InvalidState, ""
	if m != nil {
		if m.code != "" {
			code = m.code
		}
		if m.note != "" {
			note = ": " + m.note
		}
	}
	return refusal(code, field, "expected a %s that is %s, found %s, which is %s%s%s", l.noun, oneOf(wanted),
		quote(name), in, note, l.instead(in, excluded))
}

// oneOf puts words together: "a, b or c".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
