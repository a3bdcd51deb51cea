package query_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

// booked opens a ledger with the events of a file in testdata booked, all of which must be accepted.
func booked(t *testing.T, name string) (*ledger.Ledger, *posting.Book) {
	t.Helper()
	l := ledgertest.Open(t, ledger.Options{})
	b, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		post(t, b, line)
	}
	return l, b
}

// post books an event that must be accepted.
func post(t *testing.T, b *posting.Book, line string) {
	t.Helper()
	e, err := posting.Decode([]byte(strings.TrimSpace(line)))
	if err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	if _, err := b.Post(context.Background(), e); err != nil {
		t.Fatalf("%s: %v", e.ID, err)
	}
}

// golden compares got with a file in testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nexpected\n%s", name, got, want)
	}
}

func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

// amounts writes amounts in major units, in columns.
func amounts(t money.Table, all ...money.Amount) string {
	var b strings.Builder
	for _, a := range all {
		fmt.Fprintf(&b, "%11s", t.Format(a))
	}
	return b.String()
}

func TestExplainGolden(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	var out strings.Builder
	for a := range l.Accounts() {
		all, err := books(l).Explain(t.Context(), a.ID, query.ExplainFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			fmt.Fprintf(&out, "%s, %s\n%-18s%-16s%9s%11s%11s%11s%11s\n", a.ID, e.Currency, "", "", "postings", "pending", "available", "reserved", "total")
			for _, p := range e.Parts {
				fmt.Fprintf(&out, "%-18s%-16s%9d%s\n", p.Class, p.Type, p.Postings, amounts(l.Table(), p.Pending.Amount, p.Available.Amount, p.Reserved.Amount, p.Total.Amount))
			}
			fmt.Fprintf(&out, "%-43s%s\n\n", "balance", amounts(l.Table(), e.Pending.Amount, e.Available.Amount, e.Reserved.Amount, e.Balance.Amount))
		}
	}
	golden(t, "month.explain", out.String())
}

// A balance of the past is explained as it was: by what had happened, or by what was known.
func TestExplainAsOf(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	for at := range 31 {
		for a := range l.Accounts() {
			for _, when := range []ledger.AsOf{{At: day(at)}, {Recorded: ledgertest.Start.Add(time.Duration(at) * time.Millisecond)}, {At: day(at), Recorded: ledgertest.Start.Add(10 * time.Millisecond)}} {
				if _, err := books(l).Explain(t.Context(), a.ID, query.ExplainFilter{AsOf: when}); err != nil {
					t.Errorf("%s as of %v: %v", a.ID, when, err)
				}
			}
		}
	}
	if _, err := books(l).Explain(t.Context(), "nobody", query.ExplainFilter{}); err == nil {
		t.Error("an account that does not exist was explained")
	}
}

func TestTrialBalanceGolden(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	var out strings.Builder
	for _, tt := range []struct {
		title  string
		within query.Period
		by     query.By
	}{
		{"all time, by account", query.Period{}, query.By{Account: true, Kind: true}},
		{"5 to 15 March, by account", query.Period{From: day(5), To: day(15)}, query.By{Account: true, Kind: true}},
		{"5 to 15 March, by kind, class and type", query.Period{From: day(5), To: day(15)}, query.By{Kind: true, Class: true, Type: true}},
	} {
		trial, err := books(l).TrialBalance(t.Context(), query.TrialFilter{Within: tt.within, By: tt.by})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n%-60s%9s%11s%11s%11s%11s\n", tt.title, "", "postings", "opening", "debits", "credits", "closing")
		for _, r := range append(trial.Rows, trial.Totals...) {
			kind := ""
			if r.Kind.Valid() {
				kind = r.Kind.String()
			}
			fmt.Fprintf(&out, "%-4s%-16s%-10s%-13s%-17s%9d%s\n", r.Currency, r.Account, kind, r.Class, r.Type, r.Postings, amounts(l.Table(), r.Opening.Amount, r.Debits.Amount, r.Credits.Amount, r.Closing.Amount))
		}
		out.WriteByte('\n')
	}
	golden(t, "month.trial", out.String())
}

func TestSplitsGolden(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	var out strings.Builder
	for _, tt := range []struct {
		title  string
		filter query.SplitFilter
	}{
		{"all", query.SplitFilter{}},
		{"failed", query.SplitFilter{Statuses: []posting.State{posting.PartFailed}}},
		{"pending", query.SplitFilter{Statuses: []posting.State{posting.PartPending}}},
		{"of seller:ada", query.SplitFilter{Account: "seller:ada"}},
		{"of payment x-1", query.SplitFilter{Payment: "x-1"}},
		{"of reference goods-1", query.SplitFilter{Reference: "goods-1"}},
		{"of the merchant's reference order-1", query.SplitFilter{Reference: "order-1"}},
		{"captured on 3 March", query.SplitFilter{Within: query.Period{From: day(3), To: day(4)}}},
	} {
		fmt.Fprintf(&out, "%s\n", tt.title)
		for s, err := range books(l).Splits(t.Context(), tt.filter) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "  %-6s %s  %s -> %s  %s %s  %s, %s refunded, %s  %s\n",
				s.ID, s.At.Format(time.DateOnly), s.Source, s.Destination, s.Type, s.Reference, s.Amount, s.Refunded, s.Status, s.Reason)
		}
	}
	golden(t, "month.splits", out.String())
	for _, nothing := range []query.SplitFilter{{Payment: "nothing"}, {Account: "nobody"}} {
		for _, err := range books(l).Splits(t.Context(), nothing) {
			if err == nil {
				t.Errorf("%v has splits", nothing)
			}
		}
	}
}

func TestClassesAreAllShown(t *testing.T) {
	for _, event := range []posting.Type{posting.PaymentCapture, posting.PaymentFee, posting.Transfer, "no.event"} {
		if c := query.Classify(event, "Whatever"); c == "" {
			t.Errorf("%s has no class", event)
		}
	}
	if c := query.Classify("no.event", "Whatever"); c != query.Other {
		t.Errorf("what is not in the table is of class %s", c)
	}
}

// The fee of a dispute is a fee on both sides: with whoever bears it and with the provider that took it. Else a trial
// balance by part has chargebacks and fees that are not debits and credits.
func TestBothSidesOfADisputeFeeAreFees(t *testing.T) {
	l, book := open(t)
	post(t, book, `{"id":"c1","type":"payment.capture","at":"2026-03-02T10:00:00Z","payment":"p-1","provider":"adyen",
		"amount":{"value":4000,"currency":"EUR"},"splits":[{"type":"Commission","amount":{"value":4000},"reference":"fee"}]}`)
	post(t, book, `{"id":"b1","type":"payment.chargeback","at":"2026-03-20T10:00:00Z","payment":"p-1","chargeback":"d-1",
		"amount":{"value":4000,"currency":"EUR"},"fee":{"value":750,"currency":"EUR"}}`)
	by, err := query.ParseBy("part")
	if err != nil {
		t.Fatal(err)
	}
	trial, err := books(l).TrialBalance(t.Context(), query.TrialFilter{By: by})
	if err != nil {
		t.Fatal(err)
	}
	want := map[query.Class]int64{query.Fees: 750, query.Chargebacks: 4000}
	for i := range trial.Rows {
		r := &trial.Rows[i]
		sum, ok := want[r.Class]
		delete(want, r.Class)
		if each := money.New(sum, "EUR"); ok && (!r.Debits.Equal(each) || !r.Credits.Equal(each)) {
			t.Errorf("%s: debits %s, credits %s, expected %s each", r.Class, r.Debits, r.Credits, each)
		}
	}
	if len(want) > 0 {
		t.Errorf("no rows of %v", want)
	}
}

// Records of rules of the caller's own are of class other.
func TestExplainForeignRecord(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'x', Name: "1"}}, Entries: []ledger.Entry{{Postings: []ledger.Posting{
		{Account: "platform", Amount: money.New(-5, "EUR"), Type: "Own"}, {Account: "liable", Amount: money.New(5, "EUR"), Type: "Own"},
	}}}})
	all, err := books(l).Explain(t.Context(), "platform", query.ExplainFilter{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal([]any{all[0].Parts[0].Class, all[0].Parts[0].Type, all[0].Parts[0].Postings, all[0].Parts[0].Available.String()})
	if string(got) != `["other","Own",1,"5 EUR"]` {
		t.Errorf("got %s", got)
	}
}

// books are what tests ask.
func books(l *ledger.Ledger) *query.Books {
	b, err := query.Of(l)
	if err != nil {
		panic(err)
	}
	return b
}
