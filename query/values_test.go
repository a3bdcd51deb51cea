package query_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"testing"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// The JSON of answers is what programs hold us to: that of the command line, and of whatever else gives the same
// answers. Each value stands in testdata/values.json once.
func TestValuesAsJSON(t *testing.T) {
	l, p := booked(t, "month.jsonl")
	move(t, p, "below", "2026-03-30T08:00:00Z", "platform", "-900000 EUR available")
	post(t, p, `{"id":"rule","type":"rule.create","at":"2026-03-30T08:00:00Z","rule":"half","name":"Half",`+
		`"currency":"EUR","routes":[{"account":"linked","percent":"50","reference":"half"},{"flat":25,"reference":"flat"}]}`)
	b := books(l)
	values := map[string]any{}
	addLists(t, b, values)
	addObjects(t, b, values)
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(values); err != nil {
		t.Fatal(err)
	}
	golden(t, "values.json", text.String())
}

// addLists adds the first elements of lists.
func addLists(t *testing.T, b *query.Books, values map[string]any) {
	t.Helper()
	all, err := b.Accounts(query.AccountFilter{})
	values["account"] = firstOf(t, query.Each(all), err)
	balances, err := b.Balances(query.BalanceFilter{})
	values["balance"] = firstOf(t, query.Each(balances), err)
	values["total"] = firstOf(t, query.Each(query.Totals(balances)), nil)
	values["statement line"] = firstOf(t, b.Statement(t.Context(), "liable", query.StatementFilter{}), nil)
	parts, err := b.Explain(t.Context(), "linked", query.ExplainFilter{})
	values["explanation"] = firstOf(t, query.Each(parts), err)
	negatives, err := b.Negatives(t.Context(), query.AccountFilter{}, day(31))
	values["negative"] = firstOf(t, query.Each(negatives), err)
	steps, err := b.Recovery(t.Context(), query.DefaultOrder)
	values["step"] = firstOf(t, query.Each(steps), err)
	values["split payment"] = firstOf(t, b.Splits(t.Context(), query.SplitFilter{}), nil)
	values["rule"] = firstOf(t, b.SplitRules(query.RuleFilter{}), nil)
	splits := func(b *query.Books) iter.Seq2[query.SplitPayment, error] {
		return b.Splits(t.Context(), query.SplitFilter{Account: "linked"})
	}
	page, err := query.PageOf(b, splits, query.PageRequest{List: "splits", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	values["page"] = page
}

// firstOf returns the first element of a list.
func firstOf[T any](t *testing.T, list iter.Seq2[T, error], err error) any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for element, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		return element
	}
	t.Fatalf("there is no %T", *new(T))
	return nil
}

// addObjects adds values that are not elements of lists.
func addObjects(t *testing.T, b *query.Books, values map[string]any) {
	t.Helper()
	trial, err := b.TrialBalance(t.Context(), query.TrialFilter{
		Within: query.Period{From: day(5), To: day(15)}, By: query.By{Kind: true, Type: true}, Currency: "IDR",
	})
	if err != nil {
		t.Fatal(err)
	}
	values["trial"] = trial
	values["balance sheet"], err = b.BalanceSheet(t.Context(), query.SheetFilter{AsOf: ledger.AsOf{At: day(15)}, Currency: "IDR"})
	if err != nil {
		t.Fatal(err)
	}
	values["income"], err = b.Income(t.Context(), query.IncomeFilter{Within: query.Period{To: day(15)}, Currency: "IDR"})
	if err != nil {
		t.Fatal(err)
	}
	rule, err := b.SplitRule("half")
	if err != nil {
		t.Fatal(err)
	}
	simulation := query.Simulation{Versions: rule, Ledger: b.Ledger, Events: query.EventsOf(t.Context(), b.Ledger)}
	if values["outcome"], err = simulation.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	values["verification"] = query.Verified(ledger.Verification{
		ID: uuid.UUID{15: 1}, Blocks: 2, Records: 3, Entries: 4, Postings: 5, Keys: 6, Accounts: 7,
		Head: journal.BlockID{Number: 2, Hash: journal.Hash{31: 9}}, Damage: []ledger.Damage{{Place: "journal block 2", What: "torn"}},
	})
	counts := query.PostSummary{}
	for i, r := range []posting.Result{accepted, repeated, refused} {
		told := query.ResultOf(i+1, fmt.Sprintf("e-%d", i+1), r)
		values[fmt.Sprintf("post result %d", i+1)] = told
		counts.Count(&told)
	}
	values["post counts"] = counts
}

// What became of events.
var (
	accepted = posting.Result{Receipt: posting.Receipt{Status: posting.Accepted, Record: 9, Entries: []uint64{12, 13}}}
	repeated = posting.Result{Receipt: posting.Receipt{Status: posting.Duplicate, Record: 1}}
	refused  = posting.Result{Err: &ledger.Error{Code: ledger.Invalid, Message: `found "<x>"`, Field: "amount"}}
)
