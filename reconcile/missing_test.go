package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// How far back reports have come is kept from one that is posted to the next, and an older one that is posted later moves it.
func TestHistoryIsLeftOut(t *testing.T) {
	b := open(t, `
{"id":"e1","at":"2026-02-10T10:00:00Z","type":"payment.capture","payment":"february","capture":"c1","provider":"adyen","amount":{"value":1000,"currency":"EUR"}}
{"id":"s1","at":"2026-02-12T10:00:00Z","type":"payment.settle","payment":"february"}
{"id":"e2","at":"2026-03-02T10:00:00Z","type":"payment.capture","payment":"march-2","capture":"c2","provider":"adyen","amount":{"value":2000,"currency":"EUR"}}
{"id":"s2","at":"2026-03-03T10:00:00Z","type":"payment.settle","payment":"march-2"}
{"id":"r2","at":"2026-03-04T10:00:00Z","type":"payment.refund","payment":"march-2","refund":"r2","amount":{"value":100,"currency":"EUR"}}
{"id":"e3","at":"2026-03-11T10:00:00Z","type":"payment.capture","payment":"march-11","capture":"c3","provider":"adyen","amount":{"value":3000,"currency":"EUR"}}
{"id":"s3","at":"2026-03-11T11:00:00Z","type":"payment.settle","payment":"march-11"}`)
	day := func(d string) string {
		return "fee - - EUR net=-1.00 Fee=1.00 id=a" + d + " at=" + d + "T01:00\nfee - - EUR net=-1.00 Fee=1.00 id=b" + d + " at=" + d + "T23:00\n"
	}
	for _, step := range []struct {
		day    string
		want   []string
		posted []string // once it is posted: what newer reports had not is missing still
	}{
		{"10", nil, nil},
		{"12", []string{"march-11"}, []string{"march-11"}},
		{"03", []string{"march-2"}, []string{"march-2", "march-2", "march-11"}}, // its settlement; the refund is newer than the report
		{"13", []string{"march-2", "march-2", "march-11"}, []string{"march-2", "march-2", "march-11"}},
	} {
		for _, post := range []bool{false, true, true} {
			r := b.compare(Options{Post: post}, day(step.day))
			var got []string
			for x, err := range r.Breaks() {
				if err != nil {
					t.Fatal(err)
				}
				if x.Class == MissingAtProvider {
					got = append(got, x.Payment)
				}
			}
			want := step.want
			if post {
				want = step.posted
			}
			if !slices.Equal(got, want) {
				t.Errorf("report of the %s, posted %v: missing %q, want %q", step.day, post, got, want)
			}
		}
	}
}

// The journal is read in stretches, which find together what one finds, and leave out what lines told.
func TestStretches(t *testing.T) {
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, `{"id":"e%d","at":"2026-03-02T10:00:00Z","type":"payment.capture","payment":"p%d","capture":"c","provider":"adyen","amount":{"value":1000,"currency":"EUR"}}`+"\n", i, i)
		if i%3 == 0 {
			fmt.Fprintf(&lines, `{"id":"r%d","at":"2026-03-03T10:00:00Z","type":"payment.refund","payment":"p%d","refund":"r","amount":{"value":100,"currency":"EUR"}}`+"\n", i, i)
		}
	}
	b := open(t, lines.String())
	find := func(least uint64, told marks) (list []string) {
		s := &openScan{ledger: b.ledger, book: b.book, provider: "adyen", dir: t.TempDir(), minStretch: least, skip: told}
		for n, part := range s.stretches(1) {
			if n == 0 && part.from != 1 || part.to < part.from || n == len(s.stretches(1))-1 && part.to != b.ledger.Stats().Records {
				t.Fatalf("stretch %d of %d to %d", n, part.from, part.to)
			}
		}
		if err := s.scan(t.Context(), horizon{}, func(i *openItem, _ bool) error {
			list = append(list, fmt.Sprint(i.Record, i.Payment.ID, i.Capture != nil))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return list
	}
	whole := find(1<<40, nil)
	if len(whole) != 40+14 {
		t.Fatalf("found %d: %q", len(whole), whole)
	}
	if parts := find(1, nil); !slices.Equal(parts, whole) {
		t.Errorf("in stretches: %q, want %q", parts, whole)
	}
	var told marks
	last := b.ledger.Stats().Records // the refund of the last payment
	told.set(last-1, true)
	if rest := find(1, told); !slices.Equal(rest, append(whole[:len(whole)-2:len(whole)-2], whole[len(whole)-1])) {
		t.Errorf("without its capture: %q", rest)
	}
}
