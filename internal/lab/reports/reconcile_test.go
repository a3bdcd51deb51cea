package reports_test

import (
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/internal/lab/reports"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers/all"
	"github.com/splitledger/splitledger/reconcile"
)

// TestReconcileFindsTheBreaks reconciles samples with the books: what is found is what the file of breaks says, every one of it and no other,
// and every line is in one class.
func TestReconcileFindsTheBreaks(t *testing.T) {
	ofEach(t, func(t *testing.T, provider string) {
		for seed := range uint64(2) {
			if seed > 0 && testing.Short() {
				break
			}
			foundAsWritten(t, newSample(t, reports.Options{Provider: provider, Payments: 900, Breaks: 6, Seed: seed}), provider)
		}
	})
}

var many = flag.Int("payments", 0, "test reconciling reports of so many payments, with 50 breaks of every class")

// TestReconcileMany does the same with reports as large as asked for: go test -run Many -payments 100000 -v.
func TestReconcileMany(t *testing.T) {
	if *many == 0 {
		t.Skip("no -payments")
	}
	ofEach(t, func(t *testing.T, provider string) {
		foundAsWritten(t, newSample(t, reports.Options{Provider: provider, Payments: *many, Breaks: 50, Seed: 11}), provider)
	})
}

// foundAsWritten compares what is found without posting, with it, and once more: posting changes no class; the second time what posting
// mended is matched, the rest is what it was, and no balance changes.
func foundAsWritten(t *testing.T, s sample, provider string) {
	t.Helper()
	l := ledgertest.Open(t, ledger.Options{})
	book := post(t, l, s)
	adapter, err := all.Registry().ByName(provider)
	if err != nil {
		t.Fatal(err)
	}
	o := reconcile.Options{Ledger: l, Book: book, Adapter: adapter, Dir: t.TempDir()}
	paths := s.write(t)
	var posted []ledger.AccountBalance
	for round, what := range []string{"compared", "posted", "posted again"} {
		o.Post = round > 0
		begun := time.Now()
		r, err := reconcile.Compare(t.Context(), o, paths...)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d lines of %d files %s in %v", r.Lines, len(paths), what, time.Since(begun).Round(time.Millisecond))
		written, found := s.written(func(*reports.Break) bool { return true }), s.found(t, r)
		if round == 2 {
			written = s.written(func(b *reports.Break) bool { return stays(provider, b) })
			s.halves(found)
		}
		if diff := cmp.Diff(written, found); diff != "" {
			t.Errorf("%s: found and written breaks differ (-written +found):\n%s", what, diff)
		}
		inAClass(t, s, r)
		if p := r.Posting; p != nil && (p.Refused > 0 || round == 2 && p.Accepted > 0) {
			t.Errorf("%s: %d events accepted, %d refused: %q", what, p.Accepted, p.Refused, p.Why)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		balances := ledgertest.Balances(l, nil)
		if diff := cmp.Diff(posted, balances); round == 2 && diff != "" {
			t.Errorf("%s: balances have changed:\n%s", what, diff)
		}
		posted = balances
	}
}

// write puts the reports into files.
func (s *sample) write(t *testing.T) (paths []string) {
	dir := t.TempDir()
	for _, name := range s.Reports {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, s.files[name].Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// stays reports whether posting leaves a break open, or has nothing to do with it.
func stays(provider string, b *reports.Break) bool {
	switch b.Class {
	case reports.FeeMismatch, reports.StatusMismatch, reports.AmountMismatch:
		return false
	case reports.MissingInLedger: // a payment that only the report knows is made where a line tells of an account; refunds of Paysafe's name none
		return provider == "paysafe" || provider == "adyen" && b.Payment == ""
	}
	return true
}

// half reports whether a capture was settled of less than the books have: the rest is still to come.
func half(b *reports.Break) bool {
	number := func(s string) *big.Rat {
		digits, _, _ := strings.Cut(s, " ")
		r, _ := new(big.Rat).SetString(digits)
		return r
	}
	return b.Class == reports.AmountMismatch && strings.HasPrefix(b.What, "settled") && number(b.Found).Cmp(number(b.Expected)) < 0
}

// halves takes captures that are settled in part off what is found. Each must be there once: with its line, or as what the provider does
// not have.
func (s *sample) halves(found map[string]int) {
	for i := range s.breaks {
		if b := &s.breaks[i]; half(b) {
			line := key(string(b.Class), b.File, b.Line, b.Batch, b.Payment) + figures(b.Class, b.Expected, b.Found)
			none := key(string(reports.MissingAtProvider), "", 0, "", b.Payment)
			switch {
			case found[line] == 1:
				delete(found, line)
			case found[none] == 1:
				delete(found, none)
			default:
				found["nothing of "+b.Payment]++
			}
		}
	}
}

// written counts the breaks that the sample says it has, of those that are wanted.
func (s *sample) written(wanted func(*reports.Break) bool) map[string]int {
	all := map[string]int{}
	for i := range s.breaks {
		b := &s.breaks[i]
		if !wanted(b) {
			continue
		}
		all[key(string(b.Class), b.File, b.Line, b.Batch, b.Payment)+figures(b.Class, b.Expected, b.Found)]++
	}
	return all
}

// found counts the breaks that reconciliation has found, and the lines of no payment.
func (s *sample) found(t *testing.T, r *reconcile.Result) map[string]int {
	all := map[string]int{}
	for _, list := range []func(func(reconcile.Break, error) bool){r.Breaks(), r.Others()} {
		for b, err := range list {
			if err != nil {
				t.Fatal(err)
			}
			if b.File == "" { // there is but one
				b.File = s.Reports[0]
			}
			all[key(string(b.Class), b.File, b.Line, b.Batch, b.Payment)+figures(reports.Class(b.Class), major(b.Expected), major(b.Found))]++
		}
	}
	return all
}

// inAClass checks that every line that was written is in one class.
func inAClass(t *testing.T, s sample, r *reconcile.Result) {
	t.Helper()
	var lines uint64
	for c, n := range r.Counts {
		if c.OfLines() {
			lines += n
		}
	}
	if lines != r.Lines || r.Lines != uint64(s.Lines) {
		t.Errorf("%d lines were written, %d read, %d are in a class", s.Lines, r.Lines, lines)
	}
}

// key is what makes a break the same: its line, or where it has none the payment or batch.
func key(class, file string, line int, batch, payment string) string {
	switch reports.Class(class) {
	case reports.MissingAtProvider:
		return class + " " + payment
	case reports.BalanceMismatch:
		return class + " " + batch
	}
	return strings.TrimSpace(fmt.Sprint(class, " ", file, ":", line))
}

// figures are the amounts of a break that both sides have.
func figures(class reports.Class, expected, found string) string {
	switch class {
	case reports.AmountMismatch, reports.CurrencyMismatch, reports.FeeMismatch, reports.BalanceMismatch:
		return ": " + found + " for " + expected
	}
	return ""
}

func major(s reconcile.Side) string {
	return money.Table{}.Format(s.Amount) + " " + string(s.Amount.Currency())
}
