package posting

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLifecycleDocs holds docs/lifecycle.md to the lifecycles; -update writes it.
func TestLifecycleDocs(t *testing.T) {
	path, want := filepath.Join("..", "docs", "lifecycle.md"), lifecyclePage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(have), "\n"), strings.Split(want, "\n")); d != "" {
		t.Errorf("%s is not what the lifecycles say (go test ./posting -run Docs -update writes it):\n%s", path, d)
	}
}

const lifecycleIntro = `# What may happen when

<!-- Made from the lifecycles of package posting by: go test ./posting -run Docs -update -->

A payment and its parts have states. Each table below has a state a row and an event a column: a cell says what the state is after the event, or – where the
event is refused. Such a refusal is ` + "`invalid_state`" + ` and says which states the event wants, which was found and what would be allowed; where it has another code, the
cell has that code. The first row has the events that make the thing; the others name something that is not there. What a table allows may still be refused for another reason, such as an amount: see [events.md](events.md).

What the provider reports, a *fact*, is booked also where an instruction would be refused; the cell then says what that leads to. *Recorded, no entries* means that the event is accepted and moves no money. Some events are always facts, and are allowed in every state.
`

func lifecyclePage() string {
	var b bytes.Buffer
	b.WriteString(lifecycleIntro)
	for _, l := range stateMachines {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| state | meaning |\n|---|---|\n", strings.ToUpper(l.noun[:1])+l.noun[1:], l.doc)
		for _, s := range l.states {
			fmt.Fprintf(&b, "| `%s` | %s |\n", s.State, s.doc)
		}
		l.summary(&b)
		b.WriteString("\n| state |")
		for _, on := range l.events {
			fmt.Fprintf(&b, " %s |", on)
		}
		b.WriteString("\n" + strings.Repeat("|---", len(l.events)+1) + "|\n")
		row := func(in State, name string) {
			fmt.Fprintf(&b, "| %s |", name)
			for _, on := range l.events {
				fmt.Fprintf(&b, " %s |", l.cell(in, on))
			}
			b.WriteString("\n")
		}
		row(none, "(none)")
		for _, s := range l.states {
			row(s.State, "**"+string(s.State)+"**")
		}
	}
	return b.String()
}

// summary lists what may come in each state, above a table that is too wide to be read at a glance. What may come in
// every state is said once.
func (l *stateMachine) summary(b *bytes.Buffer) {
	if len(l.events) < 10 {
		return
	}
	quoted := func(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }
	var always []string
	for _, on := range l.events {
		if !slices.ContainsFunc(l.states, func(s named) bool { return !l.allows(s.State, on) }) {
			always = append(always, string(on))
		}
	}
	fmt.Fprintf(b, "\nIn short, %s may come in every state, and besides\n\n", quoted(always))
	for _, s := range l.states {
		var may, facts []string
		for _, on := range l.events {
			m := l.transition(s.State, on)
			switch {
			case slices.Contains(always, string(on)) || m == nil:
			case len(m.to) > 0:
				may = append(may, string(on))
			case len(m.fact) > 0:
				facts = append(facts, string(on))
			}
		}
		var texts []string
		if len(may) > 0 {
			texts = append(texts, quoted(may))
		}
		if len(facts) > 0 {
			texts = append(texts, "as facts "+quoted(facts))
		}
		if len(texts) == 0 {
			texts = []string{"nothing"}
		}
		fmt.Fprintf(b, "- `%s`: %s\n", s.State, strings.Join(texts, "; "))
	}
}

// cell says what an event does in a state.
func (l *stateMachine) cell(in State, on Type) string {
	m := l.transition(in, on)
	if m == nil && in == none {
		return ""
	}
	if m == nil {
		return "–"
	}
	states := make([]string, len(m.to))
	for i, s := range m.to {
		if states[i] = string(s); s == in {
			states[i] = "stays"
		}
	}
	text := oneOf(states)
	if len(states) == 0 {
		text = "–"
		if m.code != "" {
			text = "`" + string(m.code) + "`"
		}
	}
	if m.note != "" {
		text += "<br>" + m.note
	}
	if len(m.fact) > 0 {
		facts := make([]string, len(m.fact))
		for i, to := range m.fact {
			if facts[i] = string(to); to == in {
				facts[i] = "stays"
			}
		}
		text += "<br>as a fact: " + oneOf(facts)
	}
	return text
}
