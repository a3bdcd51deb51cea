package providertest

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/splitledger/splitledger/providers"
)

// step is how far apart the places are at which a report is damaged.
func step() int {
	if testing.Short() {
		return 13
	}
	return 1
}

// testCut reads the report cut short at every byte. It may say less, but nothing else; and says so where it was
// cut within a line.
func testCut(t *testing.T, a providers.Adapter, whole reading, f Report) {
	lines := f.Separator != 0 && f.End == "" || f.Separator == 0 && jsonLines(f.Text)
	for n := 0; n < len(f.Text); n += step() {
		got := text(a, f.Text[:n], f.Options)
		if len(got.outcomes) > len(whole.outcomes) {
			t.Fatalf("cut at byte %d: expected at most %d outcomes, found %d",
				n, len(whole.outcomes), len(got.outcomes))
		}
		for i := range got.outcomes {
			told, want := key, key(&whole.outcomes[i])
			if i == len(got.outcomes)-1 {
				told, want = figures, figures(&whole.outcomes[i]) // the last may have lost the end of a text
			}
			if got := told(&got.outcomes[i]); got != want {
				t.Fatalf("cut at byte %d, outcome %d: expected\n%s\nfound\n%s", n, i, want, got)
			}
		}
		atEnd := n > 0 && f.Text[n-1] == '\n' || f.Text[n] == '\n' || f.Text[n] == '\r'
		if f.End != "" && got.err == nil && !bytes.Contains(f.Text[:n], []byte(f.End)) {
			t.Fatalf("cut at byte %d, before %s: expected an error at the end, found none", n, f.End)
		}
		if !got.wrong() && len(got.outcomes)+len(got.bad) < len(whole.order) && !(lines && atEnd) {
			t.Fatalf("cut at byte %d: expected an error, found %d of %d outcomes and none",
				n, len(got.outcomes), len(whole.outcomes))
		}
	}
}

// jsonLines reports whether text is a JSON value a line.
func jsonLines(text []byte) bool {
	first, rest, ok := bytes.Cut(bytes.TrimSpace(text), []byte{'\n'})
	return ok && len(rest) > 0 && json.Valid(first)
}

// testAltered changes one byte after another, or 700 of them in a longer report. What the line says then is its
// own matter; the others say what they said.
func testAltered(t *testing.T, a providers.Adapter, whole reading, f Report) {
	before := map[string]int{}
	for i := range whole.outcomes {
		before[key(&whole.outcomes[i])]++
	}
	head := bytes.IndexByte(f.Text, '\n') + 1
	damaged := bytes.Clone(f.Text)
	for n := 0; n < len(f.Text); n += max(step(), len(f.Text)/700|1) {
		some := []byte{'"', '\n', ',', '-', '9', 0, f.Text[n] ^ 0x80}
		for _, b := range []byte{f.Text[n] ^ 1, some[n%7], some[(n+3)%7]} {
			damaged[n] = b
			got := text(a, damaged, f.Options)
			sound(t, got, f.Options, f.Separator != 0)
			if f.Separator != 0 && n >= head && others(before, got.outcomes) > 2 {
				t.Fatalf("byte %d altered to %q: expected at most the line's and the next outcome to differ, found %d",
					n, b, others(before, got.outcomes))
			}
			if t.Failed() {
				t.Fatalf("byte %d altered to %q", n, b)
			}
		}
		damaged[n] = f.Text[n]
	}
}

// others counts the outcomes that were not there before.
func others(before map[string]int, outcomes []providers.Outcome) (n int) {
	seen := map[string]int{}
	for i := range outcomes {
		k := key(&outcomes[i])
		if seen[k]++; seen[k] > before[k] {
			n++
		}
	}
	return n
}

// testTwice reads the report put behind itself: each outcome comes twice at most, and not less often without an error.
func testTwice(t *testing.T, a providers.Adapter, whole reading, f Report) {
	got := text(a, append(bytes.Clone(f.Text), f.Text...), f.Options)
	before := map[string]int{}
	for i := range whole.outcomes {
		before[key(&whole.outcomes[i])] += 2
	}
	if n := others(before, got.outcomes); n > 0 {
		t.Errorf("expected each outcome twice, found %d others", n)
	}
	if !got.wrong() && len(got.outcomes) != 2*len(whole.outcomes) {
		t.Errorf("expected %d outcomes or an error, found %d", 2*len(whole.outcomes), len(got.outcomes))
	}
	sound(t, got, f.Options, f.Separator != 0)
}
