package query_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
)

// Whoever adds a statement up by hand must come to every balance in it: in any period, with any limit, in both orders,
// and with facts that were booked late or are of a closed period. Its opening and closing balances are those as of the
// period's ends, and by effective time each balance is the one as of its row.
func TestStatementAddsUp(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	fact := func(id string, at time.Time, currency string) {
		post(t, book, fmt.Sprintf(`{"id":%q,"type":"entry","fact":true,"at":%q,"postings":[`+
			`{"account":"liable","debit":true,"amount":{"value":700,"currency":%q}},`+
			`{"account":"provider:adyen","credit":true,"amount":{"value":700,"currency":%q}}]}`,
			id, at.Format(time.RFC3339), currency, currency))
	}
	fact("late-1", day(2), "EUR")
	fact("late-2", day(2), "SEK")
	post(t, book, fmt.Sprintf(`{"id":"close","type":"period.close","through":%q}`, day(6).Format(time.DateOnly)))
	fact("late-3", day(4).Add(time.Hour), "EUR")
	fact("late-4", day(20), "EUR")
	b := &query.Books{Ledger: l, Rules: book}
	rows := 0
	for a := range l.Accounts() {
		for _, within := range []query.Period{{}, {From: day(1)}, {To: day(20)}, {From: day(3), To: day(12)},
			{From: day(5)}, {From: day(2), To: day(3)}, {From: day(30)}, {From: day(400)}} {
			for _, f := range []query.StatementFilter{{}, {Limit: 1}, {Limit: 3}, {Limit: 1000}, {Recorded: true},
				{Recorded: true, Limit: 1}, {Recorded: true, Limit: 3}, {Recorded: true, Limit: 1000}} {
				f.Within = within
				rows += statementAddsUp(t, fmt.Sprintf("%s %s, %+v", a.ID, within, f), b, a.ID, f)
				entriesAddUp(t, b, a.ID, f, map[string]money.Int{})
			}
		}
	}
	if rows < 1000 {
		t.Errorf("expected many rows, found %d", rows)
	}
}

// statementAddsUp checks the tables of a statement, and returns how many rows they have.
func statementAddsUp(t *testing.T, name string, b *query.Books, id accounts.ID, f query.StatementFilter) (rows int) {
	t.Helper()
	tables, err := b.StatementTables(t.Context(), id, f)
	if err != nil {
		t.Fatal(name, err)
	}
	closing := map[string]string{}
	for _, table := range tables {
		rows += addsUp(t, name, table)
		first, last := table[0], table[len(table)-1]
		closing[fmt.Sprint(last.Currency, last.Sub)] = last.Balance.Minor()
		sameAsOf(t, name+", closing", b.Ledger, last, id, f.Within.To, false)
		if f.Limit == 0 {
			sameAsOf(t, name+", opening", b.Ledger, first, id, f.Within.From, f.Within.From.IsZero())
		}
		for i, row := range table[1 : len(table)-1] {
			if next := table[i+2]; !f.Recorded && !next.At.Equal(row.At) {
				sameAsOf(t, name+", "+row.Event, b.Ledger, row, id, row.At.Add(1), false)
				if next.At.Before(row.At) && next.Amount != nil {
					t.Errorf("%s: %s after %s", name, next.At, row.At)
				}
			}
		}
	}
	// A balance without a table would be missed by whoever adds the closing balances up.
	var end ledger.AsOf
	if !f.Within.To.IsZero() {
		end.At = f.Within.To.Add(-1)
	}
	holds, err := b.Ledger.BalanceAt(id, end)
	if err != nil {
		t.Fatal(err)
	}
	for _, has := range holds {
		for _, sub := range []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved} {
			if want := has.Of(sub); !want.IsZero() && closing[fmt.Sprint(has.Currency, sub)] != want.Minor() {
				t.Errorf("%s: no closing balance of %s in %s", name, want, sub)
			}
		}
	}
	if (len(tables) == 0) != (len(holds) == 0) {
		t.Errorf("%s: %d tables, but balances in %d currencies", name, len(tables), len(holds))
	}
	return rows
}

// addsUp checks a table row by row, and returns how many it has.
func addsUp(t *testing.T, name string, table []query.StatementRow) int {
	t.Helper()
	for i, row := range table[1:] {
		before := table[i].StatementLine
		if row.Sub != before.Sub || row.Currency != before.Currency {
			t.Fatalf("%s: %s %s below %s %s", name, row.Currency, row.Sub, before.Currency, before.Sub)
		}
		amount, isLast := money.Int{}, i == len(table)-2
		if (row.Amount == nil) != isLast {
			t.Fatalf("%s: row %d of %d has the amount %v", name, i+1, len(table)-1, row.Amount)
		}
		if row.Amount != nil {
			amount = row.Amount.Int()
		}
		if want := before.Balance.Int().Add(amount); !row.Balance.Int().Equal(want) {
			t.Fatalf("%s: %s and %s are not %s", name, before.Balance, amount, row.Balance)
		}
	}
	return len(table)
}

// sameAsOf checks that a row has the balance that the account had just before a time; the zero time is now, or the
// very beginning.
func sameAsOf(
	t *testing.T, name string, l *ledger.Ledger, row query.StatementRow, id accounts.ID, at time.Time, beginning bool,
) {
	t.Helper()
	when := ledger.AsOf{}
	if !at.IsZero() {
		when.At = at.Add(-1)
	}
	all, err := l.BalanceAt(id, when)
	if err != nil {
		t.Fatal(err)
	}
	want := money.New(0, row.Currency)
	for _, has := range all {
		if has.Currency == row.Currency && !beginning {
			want = has.Of(row.Sub)
		}
	}
	if !row.Balance.Int().Equal(want.Int()) {
		t.Errorf("%s: %s, expected %s", name, row.Balance, want)
	}
}

// A trial balance as it was known at a time leaves out what was booked since, also what happened before.
func TestTrialBalanceRecorded(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	b := &query.Books{Ledger: l, Rules: book}
	filter := query.TrialFilter{By: query.By{Account: true, Kind: true}, Within: query.Period{To: day(31)}}
	before, err := b.TrialBalance(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	var known time.Time
	for rec, err := range l.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		known = rec.Recorded
	}
	time.Sleep(time.Microsecond) // the ledger's clock has nanoseconds
	post(t, book, `{"id":"late-2","type":"entry","at":"2026-03-02T00:00:00Z","postings":[`+
		`{"account":"liable","debit":true,"amount":{"value":700,"currency":"EUR"}},`+
		`{"account":"provider:adyen","credit":true,"amount":{"value":700,"currency":"EUR"}}]}`)
	after, err := b.TrialBalance(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	filter.Recorded = known
	then, err := b.TrialBalance(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(then, before) {
		t.Error("the trial balance as of then is not what it was then")
	}
	if reflect.DeepEqual(then, after) {
		t.Error("the trial balance has not changed by what was booked late")
	}
}

// What a report tells of no payment has a class that says what it was, unlike an entry that somebody made.
func TestEntryClasses(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	leg := func(account, side string, minor int, currency string) string {
		return fmt.Sprintf(`{"account":%q,%q:true,"amount":{"value":%d,"currency":%q}}`, account, side, minor, currency)
	}
	fee := leg("liable", "debit", 320, "EUR") + "," + leg("provider:adyen", "credit", 320, "EUR")
	sold := leg("fx", "debit", 100, "GBP") + "," + leg("provider:adyen", "credit", 100, "GBP")
	bought := leg("provider:adyen", "debit", 120, "EUR") + "," + leg("fx", "credit", 120, "EUR")
	for id, text := range map[string]string{
		"fee": fee + `],"fact":true`, "own": fee + "]", "fx": sold + "," + bought + "]",
		"in": leg("provider:adyen", "debit", 50, "EUR") + "," + leg("bank", "credit", 50, "EUR") + `],"fact":true`,
	} {
		post(t, book, `{"id":"class-`+id+`","type":"entry","at":"2026-04-02T00:00:00Z","postings":[`+text+`}`)
	}
	trial, err := (&query.Books{Ledger: l, Rules: book}).TrialBalance(t.Context(), query.TrialFilter{
		By: query.By{Class: true, Account: true}, Within: query.Period{From: day(32)}, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	found := map[query.Class]string{}
	for _, r := range trial.Rows {
		if r.Account == "provider:adyen" && r.Postings > 0 {
			found[r.Class] = r.Debits.Minor() + "-" + r.Credits.Minor()
		}
	}
	want := map[query.Class]string{query.ProviderCharges: "0-320", query.Entries: "0-320",
		query.Conversions: "120-0", query.ProviderPayouts: "50-0"}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("found %v, expected %v", found, want)
	}
}
