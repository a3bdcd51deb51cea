package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// TestSlowReader reads a statement while the file goes on changing between its lines: records that it was amid are not
// where they were.
func TestSlowReader(t *testing.T) {
	for _, newest := range []bool{false, true} {
		l := ledgertest.Open(t, ledger.Options{})
		big := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "big"}}}
		for i := range 2500 {
			e := entry("liable", "platform", ledger.Available, eur(int64(i)))
			e.Postings[1].Reference = fmt.Sprint("split-", i)
			big.Entries = append(big.Entries, e)
		}
		ledgertest.Post(t, l, big)
		n := 0
		for line, err := range l.Postings(context.Background(), "platform", ledger.Range{Newest: newest}) {
			if err != nil {
				t.Fatal(err)
			}
			i := n
			if newest {
				i = len(big.Entries) - 1 - n
			}
			if want := fmt.Sprint("split-", i); line.Reference != want || line.Event.Name != "big" || !line.Amount.Equal(eur(int64(-i))) {
				t.Fatalf("line %d is %+v, want %s", n, line, want)
			}
			if n++; n%1000 < 4 {
				for k := range 30 {
					ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: strings.Repeat(fmt.Sprint(n, "x", k), 300)}}})
				}
			}
		}
		if n != len(big.Entries) {
			t.Errorf("%d lines, want %d", n, len(big.Entries))
		}
	}
}

// TestCallersMemory changes what was given to Append after it was accepted: the books do not change with it.
func TestCallersMemory(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{}) // whose cleanup verifies
	a := accounts.Account{ID: "seller:1", Kind: accounts.KindSub, Metadata: map[string]string{"city": "Ulm"}, Overdraft: []money.Amount{eur(5)}}
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "1"}}, Opens: []accounts.Account{a}})
	a.Metadata["city"], a.Overdraft[0] = "Bonn", eur(7)
	if got, _ := l.Account("seller:1"); got.Metadata["city"] != "Ulm" || !got.Overdraft[0].Equal(eur(5)) {
		t.Errorf("the account changed: %+v", got)
	}
}

// TestHugeAmount books amounts of more digits than there may be: they are refused. Balances may have more.
func TestHugeAmount(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	for _, tt := range []struct {
		digits int
		want   ledger.Code
	}{{30, ""}, {36, ""}, {60, ""}, {60, ""}, {61, ledger.Invalid}, {83, ledger.Invalid}} {
		a, err := money.ParseInt(strings.Repeat("9", tt.digits))
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []money.Int{a, a, a.Neg(), a.Mul(a)} {
			want := tt.want
			if a.Digits() > 60 {
				want = ledger.Invalid
			}
			err := l.Update(context.Background(), func(tx *ledger.Tx) error {
				return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "1"}}, Entries: []ledger.Entry{entry("liable", "platform", 0, money.FromInt(a, "EUR"))}})
			})
			if !matches(err, want) {
				t.Errorf("%d digits: %v, want %q", a.Digits(), err, want)
			}
		}
	}
}

// TestStatementStops reads a statement that is not wanted any more half way.
func TestStatementStops(t *testing.T) {
	for _, newest := range []bool{false, true} {
		l := ledgertest.Open(t, ledger.Options{})
		for i := range 50 {
			r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint(i)}}}
			for range 50 {
				r.Entries = append(r.Entries, entry("liable", "platform", ledger.Available, eur(1)))
			}
			ledgertest.Post(t, l, r)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range l.Postings(ctx, "platform", ledger.Range{Newest: newest}) {
			if n++; n == 100 {
				cancel()
			}
			last = err
		}
		if !errors.Is(last, context.Canceled) || n >= 2500 {
			t.Errorf("newest first %v: %d postings read, then %v", newest, n, last)
		}
	}
}
