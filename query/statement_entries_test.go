package query_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// checkEntries checks every statement of every account, over a few periods and with any limit: it adds up by hand, its
// ends are the balances as of then, and all statements of a period together are its trial balance.
func checkEntries(rt *rapid.T, l *ledger.Ledger) {
	from, to := day(rapid.IntRange(1, 15).Draw(rt, "from")), day(rapid.IntRange(15, 31).Draw(rt, "to"))
	limit := rapid.IntRange(1, 9).Draw(rt, "limit")
	for _, within := range []query.Period{{}, {From: from, To: to}, {To: from}} {
		closing := map[string]money.Int{}
		for a := range l.Accounts() {
			for _, f := range []query.StatementFilter{{}, {Recorded: true}, {Limit: limit}, {Recorded: true, Limit: limit}} {
				f.Within = within
				entriesAddUp(rt, books(l), a.ID, f, closing)
			}
		}
		checkRollForward(rt, l, within)
		trial, err := books(l).TrialBalance(context.Background(), query.TrialFilter{Within: within, By: query.By{Account: true, Kind: true}})
		if err != nil {
			rt.Fatal(err)
		}
		for _, r := range trial.Rows {
			has, key := r.Closing.Int(), fmt.Sprint(r.Account, r.Currency)
			if !r.Kind.DebitNormal() {
				has = has.Neg()
			}
			if !closing[key].Equal(has) {
				rt.Fatalf("%s %s: the trial balance says %s, the statement %s", within, key, has, closing[key])
			}
			delete(closing, key)
		}
		for key, left := range closing {
			if !left.IsZero() {
				rt.Fatalf("%s: %s of %s is in no trial balance", within, left, key)
			}
		}
	}
}

// entriesAddUp follows the tables of an account by hand, compares them with its balances and postings, and notes what they
// close on.
func entriesAddUp(
	t rapid.TB, b *query.Books, id accounts.ID, f query.StatementFilter, closing map[string]money.Int,
) (rows int) {
	t.Helper()
	name := fmt.Sprintf("%s %+v", id, f)
	tables, err := b.EntryTables(context.Background(), id, f)
	if err != nil {
		t.Fatal(name, err)
	}
	opens, closes := balancesAt(t, b.Ledger, id, f.Within.From, true), balancesAt(t, b.Ledger, id, f.Within.To, false)
	if len(tables) != len(closes) {
		t.Fatalf("%s: %d tables of %d currencies", name, len(tables), len(closes))
	}
	sums := postingSums(t, b, id, f)
	for _, table := range tables {
		first, last := table[0], table[len(table)-1]
		var sum [4]money.Int // of pending, available, reserved, and all
		add := func(amounts ...*query.Minor) {
			for i, m := range amounts {
				if m != nil {
					sum[i], sum[3] = sum[i].Add(m.Int()), sum[3].Add(m.Int())
				}
			}
		}
		add(first.Pending, first.Available, first.Reserved)
		if want := opens[first.Currency]; f.Limit == 0 && !same(sum, want) {
			t.Fatalf("%s: opens on %v, and the account had %v", name, sum, want)
		}
		for _, row := range table[1 : len(table)-1] {
			add(row.Pending, row.Available, row.Reserved)
			if !row.Balance.Int().Equal(sum[3]) || !row.PendingBalance.Int().Equal(sum[0]) ||
				!row.AvailableBalance.Int().Equal(sum[1]) || !row.ReservedBalance.Int().Equal(sum[2]) {
				t.Fatalf("%s: after entry %d it is %+v, not %v", name, row.Entry, row, sum)
			}
			key := fmt.Sprint(row.Entry, row.Currency)
			if want, ok := sums[key]; !ok || !row.Amount.Int().Equal(want) {
				t.Fatalf("%s: entry %d has postings of %s, the row says %s", name, row.Entry, want, row.Amount)
			}
			delete(sums, key)
			rows++
		}
		if !same(sum, closes[first.Currency]) || !last.Balance.Int().Equal(sum[3]) {
			t.Fatalf("%s: closes on %v and %s, and the account had %v", name, sum, last.Balance, closes[first.Currency])
		}
		closing[fmt.Sprint(id, first.Currency)] = sum[3]
	}
	if f.Limit == 0 && len(sums) > 0 || f.Limit > 0 && rows != min(f.Limit, rows+len(sums)) {
		t.Fatalf("%s: %d rows, and %d entries without one", name, rows, len(sums))
	}
	return rows
}

// same reports whether balances are equal.
func same(a, b [4]money.Int) bool {
	return slices.EqualFunc(a[:], b[:], func(a, b money.Int) bool { return a.Equal(b) })
}

// postingSums sums the postings of a period by entry and currency.
func postingSums(t rapid.TB, b *query.Books, id accounts.ID, f query.StatementFilter) map[string]money.Int {
	sums := map[string]money.Int{}
	f.Limit = 0
	for line, err := range b.Statement(context.Background(), id, f) {
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(line.Entry, line.Currency)
		sums[key] = sums[key].Add(line.Amount.Int())
	}
	return sums
}

// balancesAt returns what an account had just before a time, by currency: pending, available, reserved, and all. The zero
// time is now, or the very beginning.
func balancesAt(
	t rapid.TB, l *ledger.Ledger, id accounts.ID, at time.Time, beginning bool,
) map[money.Currency][4]money.Int {
	var when ledger.AsOf
	if !at.IsZero() {
		when.At = at.Add(-1)
	}
	all, err := l.BalanceAt(id, when)
	if err != nil {
		t.Fatal(err)
	}
	found := map[money.Currency][4]money.Int{}
	for _, has := range all {
		found[has.Currency] = [4]money.Int{has.Pending.Int(), has.Available.Int(), has.Reserved.Int(), has.Total().Int()}
		if at.IsZero() && beginning {
			found[has.Currency] = [4]money.Int{}
		}
	}
	return found
}

// A row has what its event says it is for: the payment, the merchant's reference, the description, and for facts of a
// closed period their own time.
func TestStatementEntriesOrigin(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	post(t, book, `{"id":"gift","type":"transfer","at":"2026-03-30T09:00:00Z","from":"liable","to":"linked",`+
		`"amount":{"value":5,"currency":"IDR"},"reference":"g-1","description":"A gift"}`)
	b := books(l)
	var last query.StatementEntry
	payments := 0
	for e, err := range b.StatementEntries(t.Context(), "linked", query.StatementFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Payment != "" {
			p, err := b.Payment(e.Payment)
			if err != nil || p.Reference != e.Order {
				t.Errorf("entry %d is of order %q, and payment %s of %q: %v", e.Entry, e.Order, e.Payment, p.Reference, err)
			}
			payments++
		}
		last = e
	}
	if payments == 0 || last.Description != "A gift" || last.Reference != "g-1" || last.Type != "transfer" ||
		last.Part != "transfers" || last.Payment != "" {
		t.Errorf("%d rows of payments, and the last is %+v", payments, last)
	}
}
