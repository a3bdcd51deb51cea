package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/daily"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/money"
)

// kept says which records the daily totals of an open ledger have, up to which.
func kept(l *Ledger) uint64 { return l.index.TotalsEnd().Record }

// sumOf writes what liable and platform have of a period, so that it can be compared.
func sumOf(t *testing.T, l *Ledger, from, to time.Time) string {
	t.Helper()
	list, err := l.PeriodTotals(t.Context(), PeriodFilter{From: from, To: to, Account: true})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range list {
		lines = append(lines, fmt.Sprintf("%s %s before %s debits %s credits %s in %d", s.Account, s.Currency, s.Before, s.Debits, s.Credits, s.Postings))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// makeDaily makes a closed ledger of a payment of a euro more each hour of ten days, and returns its directory.
func makeDaily(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l, err := Open(filepath.Join(dir, "ledger.db"), Options{CheckpointEvery: 20, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 240 {
		if err := l.Update(t.Context(), pay(fmt.Sprint(i), int64(i))); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

const thirdDay = `liable EUR before 1128 debits 1428 credits 0 in 24
platform EUR before -1128 debits 0 credits 1428 in 24`

// forgeTotals writes the second file of daily totals anew as if records had been others, with its sums right.
func forgeTotals(t *testing.T, dir string, change func(n uint64, r *codec.Booked)) {
	t.Helper()
	path := filepath.Join(dir, "ledger.db")
	l, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	named := theManifest(t, dir).Totals
	second := len(named) - 2 // with the records from 41 on
	o, err := index.ReadOrigin(filepath.Join(dir, "ledger.db-index", named[second].Name))
	if err != nil {
		t.Fatal(err)
	}
	b := daily.NewBuilder()
	if err := l.newBookedReader(l.shown.names, l.shown.head, nil).read(t.Context(), o.First, o.End.Record, func(n uint64, r *codec.Booked, kinds uint8) {
		change(n, r)
		b.Add(n, r, kinds)
	}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	old, err := os.Open(filepath.Join(dir, "ledger.db-index", named[second].Name))
	if err != nil {
		t.Fatal(err)
	}
	before, err := daily.Open(old)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(old.Name() + ".new")
	if err != nil {
		t.Fatal(err)
	}
	made, err := b.Write(f, before.Owner)
	if err == nil {
		err = errors.Join(made.Close(), before.Close(), os.Rename(f.Name(), old.Name()))
	}
	if err != nil {
		t.Fatal(err)
	}
	forgeManifest(t, dir, func(m *index.Manifest) { m.Totals[second].Sum = made.Sum() })
}

// A forger who makes the sums right is found by verify, which names the day, the account and both sums.
func TestForgedTotals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(n uint64, r *codec.Booked)
		found  string
	}{
		{"unchanged", func(uint64, *codec.Booked) {}, ""},
		{"an amount", func(n uint64, r *codec.Booked) {
			if n == 50 {
				r.Moved[0].Amount = money.NewInt(1049)
			}
		}, `2026-01-03, account liable, available EUR: its totals of "" are 1428 debits, 0 credits in 24 postings by the journal, ` +
			`2428 debits, 0 credits in 24 postings are kept`},
		{"another day", func(n uint64, r *codec.Booked) {
			if n == 50 {
				r.At += daily.Day
			}
		}, `2026-01-04, account platform, available EUR: its totals of "" are 0 debits, 604 credits in 8 postings by the journal, ` +
			`0 debits, 653 credits in 9 postings are kept`},
		{"an account that there is not", func(n uint64, r *codec.Booked) {
			if n == 50 {
				r.Moved[1].Account = 77
			}
		}, `2026-01-03, account platform, available EUR: its totals of "" are 0 debits, 1428 credits in 24 postings by the journal, ` +
			`0 debits, 1379 credits in 23 postings are kept`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := makeDaily(t)
			forgeTotals(t, dir, tt.change)
			l, err := Open(filepath.Join(dir, "ledger.db"), Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			v, err := l.Verify(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var found string
			for _, d := range v.Damage {
				found += d.Place + ": " + d.What + "\n"
			}
			if found == "" != (tt.found == "") || !strings.Contains(found, tt.found) {
				t.Errorf("found %s\nexpected %s", found, tt.found)
			}
		})
	}
}

// Where daily totals are damaged, missing or of another ledger, reports say the same, and who opens the ledger for writing
// makes them again.
func TestTotalsMadeAgain(t *testing.T) {
	from, to := time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		spoil func(t *testing.T, dir, totals string)
		noted bool
	}{
		{"as they are", func(*testing.T, string, string) {}, false},
		{"a ledger of before", func(t *testing.T, dir, totals string) {
			forgeManifest(t, dir, func(m *index.Manifest) { m.Totals = nil })
		}, false},
		{"a file removed", func(t *testing.T, dir, totals string) { remove(t, totals) }, true},
		{"a file cut short", func(t *testing.T, dir, totals string) {
			if err := os.Truncate(totals, 300); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"a bit of a block", func(t *testing.T, dir, totals string) {
			b, err := os.ReadFile(totals)
			if err != nil {
				t.Fatal(err)
			}
			b[140] ^= 1
			if err := os.WriteFile(totals, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}, true},
		{"of another ledger", func(t *testing.T, dir, totals string) {
			b, err := os.ReadFile(inIndex(t, makeDaily(t), "totals-"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(totals, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := makeDaily(t)
			path := filepath.Join(dir, "ledger.db")
			tt.spoil(t, dir, inIndex(t, dir, "totals-"))
			for _, o := range []Options{{ReadOnly: true, CheckpointEvery: 20}, {CheckpointEvery: 20}, {CheckpointEvery: 20}} {
				l, err := Open(path, o)
				if err != nil {
					t.Fatal(err)
				}
				if got := sumOf(t, l, from, to); got != thirdDay {
					t.Errorf("read-only %v: got\n%s\nexpected\n%s", o.ReadOnly, got, thirdDay)
				}
				if o.ReadOnly && (len(l.damages()) > 0) != tt.noted {
					t.Errorf("noted %v", l.damages())
				}
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
			l, err := Open(path, Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 || kept(l) < 200 {
				t.Errorf("%v, %v, totals up to record %d", v.Damage, err, kept(l))
			}
		})
	}
}

// A report tells whoever asked that it must read, and a ledger of before says that it makes daily totals.
func TestTotalsSayHowFar(t *testing.T) {
	dir := makeDaily(t)
	forgeManifest(t, dir, func(m *index.Manifest) { m.Totals = nil })
	var phases []string
	l, err := Open(filepath.Join(dir, "ledger.db"), Options{CheckpointEvery: 20, Progress: func(p Progress) { phases = append(phases, p.Phase) }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if !slices.Contains(phases, "totals") || kept(l) < 200 {
		t.Errorf("progress %v, totals up to record %d", phases, kept(l))
	}
}

// A second account of a bank counts as one of others, as it does where an entry is classified.
func TestKindsOfRecords(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for i, bank := range []accounts.ID{"bank", "bank-eu"} {
		a := money.New(5, "EUR")
		err := l.Update(t.Context(), func(tx *Tx) error {
			return tx.Append(&Record{Keys: []Key{{'e', fmt.Sprint(i)}}, Opens: []accounts.Account{{ID: bank, Kind: accounts.KindBank}},
				Entries: []Entry{{Postings: []Posting{{Account: bank, Amount: a}, {Account: "platform", Amount: a.Neg()}}}}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := l.PeriodTotals(t.Context(), PeriodFilter{Account: true, Labelled: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Account != "platform" && s.Label.Kinds.Has(accounts.KindBank) != (s.Account == "bank") {
			t.Errorf("%s is of a record of kinds %b", s.Account, s.Label.Kinds)
		}
	}
	if len(list) != 4 {
		t.Errorf("%d totals, expected 4", len(list))
	}
}
