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

// Whoever adds a statement up by hand must come to every balance in it: in any period, with any limit, and with facts
// that were booked late. Its opening and closing balances are those as of the period's ends.
func TestStatementAddsUp(t *testing.T) {
	l, book := booked(t, "month.jsonl")
	post(t, book, `{"id":"late-1","type":"entry","at":"2026-03-02T00:00:00Z","postings":[`+
		`{"account":"liable","debit":true,"amount":{"value":700,"currency":"EUR"}},`+
		`{"account":"provider:adyen","credit":true,"amount":{"value":700,"currency":"EUR"}}]}`)
	b := &query.Books{Ledger: l, Rules: book}
	rows := 0
	for a := range l.Accounts() {
		for _, within := range []query.Period{{}, {From: day(1)}, {To: day(20)}, {From: day(3), To: day(12)},
			{From: day(5)}, {From: day(2), To: day(3)}, {From: day(30)}} {
			for _, limit := range []int{0, 1, 3, 1000} {
				name := fmt.Sprintf("%s %s, limit %d", a.ID, within, limit)
				tables, err := query.StatementTables(
					b.Statement(t.Context(), a.ID, query.StatementFilter{Within: within, Limit: limit}))
				if err != nil {
					t.Fatal(name, err)
				}
				for _, table := range tables {
					rows += addsUp(t, name, table)
					if limit == 0 {
						sameAsOf(t, name+", opening", l, table[0], a.ID, within.From, within.From.IsZero())
						sameAsOf(t, name+", closing", l, table[len(table)-1], a.ID, within.To, false)
					}
				}
			}
		}
	}
	if rows < 500 {
		t.Errorf("expected many rows, found %d", rows)
	}
}

// addsUp checks a table row by row, and returns how many it has.
func addsUp(t *testing.T, name string, table []query.StatementRow) int {
	t.Helper()
	for i, row := range table[1:] {
		before := table[i].StatementLine
		if row.Sub != before.Sub || row.Currency != before.Currency {
			t.Fatalf("%s: %s %s below %s %s", name, row.Currency, row.Sub, before.Currency, before.Sub)
		}
		if want := before.Balance.Int().Add(row.Amount.Int()); !row.Balance.Int().Equal(want) {
			t.Fatalf("%s: %s and %s are not %s", name, before.Balance, row.Amount, row.Balance)
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
