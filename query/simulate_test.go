package query_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/query"
)

// ruleOf makes a rule of routes such as "linked 10 %" and "platform 500".
func ruleOf(t *testing.T, c money.Currency, routes ...string) []*posting.Rule {
	t.Helper()
	r := &posting.Rule{ID: "tried", Name: "Tried", Currency: c}
	for i, text := range routes {
		words := strings.Fields(text)
		route := posting.Route{Reference: fmt.Sprintf("route-%d", i+1)}
		if words[0] != "platform" {
			e, err := posting.Decode([]byte(`{"id":"x","type":"account.close","account":"` + words[0] + `"}`))
			if err != nil {
				t.Fatal(err)
			}
			route.Account = e.Account
		}
		var err error
		if len(words) == 3 {
			route.Percent, err = money.ParsePercent(words[1])
		} else {
			route.Flat, err = money.ParseInt(words[1])
		}
		if err != nil {
			t.Fatal(err)
		}
		r.Routes = append(r.Routes, route)
	}
	return []*posting.Rule{r}
}

// What a rule would have come to on the payments of a month, as an accountant reads it.
func TestSimulateGolden(t *testing.T) {
	l, _ := booked(t, "month.jsonl")
	var out strings.Builder
	for _, tt := range []struct {
		title  string
		rule   []*posting.Rule
		before bool // the accounts are there before the events
	}{
		{"10 % for linked, EUR", ruleOf(t, "EUR", "linked 10 %"), false},
		{"a flat amount of IDR, more than fits", ruleOf(t, "IDR", "courier:7 9950000"), false},
		{"a flat amount of IDR for an account that nobody opened", ruleOf(t, "IDR", "nobody 100"), true},
		{"no payment in this currency", ruleOf(t, "JPY", "platform 1 %"), false},
	} {
		s := query.Simulation{Versions: tt.rule, Events: query.EventsOf(t.Context(), l)}
		if tt.before {
			s.Ledger = l
		}
		o, err := s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n  %d payments followed, %d untouched, %d failures\n", tt.title, o.Payments, o.Untouched, o.Failed)
		for _, p := range o.Parties {
			fmt.Fprintf(&out, "  %-16s %d splits, given %s, lost %s, was %s, would be %s\n", p.Account, p.Splits, p.Given, p.Lost, p.Was, p.Would)
		}
		for _, f := range o.Failures {
			fmt.Fprintf(&out, "  failed: %s %s %s: %v\n", f.Payment, f.Event, f.Type, f.Error)
		}
		for _, n := range o.Negatives {
			fmt.Fprintf(&out, "  below zero: %s by %s since %s\n", n.Account, n.Debt(), n.Event)
		}
		out.WriteByte('\n')
	}
	golden(t, "month.simulate", out.String())
}

// The rule that payments followed anyway changes nothing.
func TestSimulateWhatWas(t *testing.T) {
	l, b := open(t, "shop", "courier")
	rule := ruleOf(t, "EUR", "courier 12.5 %", "platform 50")
	post(t, b, `{"id":"rule","type":"rule.create","rule":"tried","name":"Tried","currency":"EUR","routes":[{"account":"courier","percent":"12.5","reference":"route-1"},{"flat":50,"reference":"route-2"}]}`)
	for n := range 20 {
		post(t, b, fmt.Sprintf(`{"id":"c-%d","type":"payment.capture","payment":"p-%d","provider":"xendit","account":"shop","amount":{"value":%d,"currency":"EUR"},"rule":"tried"}`, n, n, 100+37*n))
		post(t, b, fmt.Sprintf(`{"id":"s-%d","type":"payment.settle","payment":"p-%d"}`, n, n))
	}
	o, err := query.Simulation{Versions: rule, Events: query.EventsOf(t.Context(), l)}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Payments != 20 || o.Failed != 0 || len(o.Parties) != 2 {
		t.Errorf("%d payments followed, %d failed, %d parties", o.Payments, o.Failed, len(o.Parties))
	}
	for _, p := range o.Parties {
		if !p.Was.Int().Equal(p.Would.Int()) || !p.Given.Int().Equal(p.Was.Int()) {
			t.Errorf("%s had %s, would have %s, was given %s", p.Account, p.Was, p.Would, p.Given)
		}
	}
}

// What was is what the ledger has, by the rules of the book that booked it.
func TestSimulateByTheBook(t *testing.T) {
	own := scheme.Scheme{}
	for _, s := range scheme.All() {
		if s.Provider == "antom" {
			own = s
		}
	}
	own.Provider = "later"
	o := posting.Options{Schemes: []scheme.Scheme{own}}
	l := ledgertest.Open(t, ledger.Options{})
	b, err := posting.New(l, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"id":"e-1","type":"account.open","account":"shop","kind":"sub"}`,
		`{"id":"e-2","type":"account.open","account":"courier","kind":"sub"}`,
		`{"id":"e-0","type":"chargeback.default","chargeback":{"behavior":"deductAccordingToSplitRatio"}}`,
		`{"id":"e-3","type":"payment.capture","payment":"p-1","provider":"paysafe","account":"shop","amount":{"value":1000,"currency":"EUR"},"splits":[{"type":"BalanceAccount","account":"courier","percent":"10","reference":"ride"}]}`,
		`{"id":"e-4","type":"payment.chargeback","payment":"p-1","chargeback":"c-1","amount":{"value":1500,"currency":"EUR"}}`,
		`{"id":"e-5","type":"payment.capture","payment":"p-2","provider":"later","account":"shop","amount":{"value":1000,"currency":"EUR"}}`,
		`{"id":"e-6","type":"payment.split","payment":"p-2","splits":[{"type":"BalanceAccount","account":"courier","amount":{"value":20},"reference":"ride"}]}`,
	} {
		post(t, b, line)
	}
	out, err := query.Simulation{Versions: ruleOf(t, "EUR", "courier 50 %"), Events: query.EventsOf(t.Context(), l), Options: o}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%d %d", out.Payments, out.Untouched)
	for _, p := range out.Parties {
		got += fmt.Sprintf(", %s %s %s", p.Account, p.Was, p.Would)
		if has := ledgertest.Holds(l, p.Account, "EUR").Total(); !has.Int().Equal(p.Was.Int()) {
			t.Errorf("%s has %s, not %s", p.Account, has, p.Was)
		}
	}
	if want := "1 1, courier -30 EUR -230 EUR, shop 530 EUR 730 EUR"; got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
}

// New payments are disputed by the default that the ledger has by now, though the account that it names was closed.
func TestSimulateByTheDefault(t *testing.T) {
	l, b := open(t, "shop", "courier", "gone")
	for _, line := range []string{
		`{"id":"e-1","type":"chargeback.default","chargeback":{"behavior":"deductFromOneBalanceAccount","targetAccount":"shop","costAllocationAccount":"gone"}}`,
		`{"id":"e-2","type":"account.close","account":"gone"}`,
	} {
		post(t, b, line)
	}
	var events []posting.Event
	for _, line := range []string{
		`{"id":"e-3","type":"payment.capture","payment":"p-1","provider":"paysafe","account":"shop","amount":{"value":1000,"currency":"EUR"}}`,
		`{"id":"e-4","type":"payment.chargeback","payment":"p-1","chargeback":"c-1","amount":{"value":1000,"currency":"EUR"},"fee":{"value":15,"currency":"EUR"}}`,
	} {
		e, err := posting.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	each := func(yield func(posting.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
	out, err := query.Simulation{Versions: ruleOf(t, "EUR", "courier 50 %"), Ledger: l, Events: each}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, p := range out.Parties {
		got += fmt.Sprintf("%s %s %s, ", p.Account, p.Was, p.Would)
	}
	if want := "courier 0 EUR 500 EUR, shop 0 EUR -500 EUR, "; got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
}

// Events that said nothing of when they happened happened when they were booked.
func TestEventsOfHaveTimes(t *testing.T) {
	l, _ := open(t, "shop")
	for e, err := range query.EventsOf(t.Context(), l) {
		if err != nil || e.At.IsZero() || e.At.After(ledgertest.Start.AddDate(0, 0, 1)) {
			t.Errorf("%s happened at %v, %v", e.ID, e.At, err)
		}
	}
}

// A simulation that is stopped, or whose events break off, says so and leaves nothing behind.
func TestSimulateStops(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	l, _ := booked(t, "month.jsonl")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("the disk is gone")
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		events iter.Seq2[posting.Event, error]
		want   error
	}{
		{"stopped", canceled, query.EventsOf(t.Context(), l), context.Canceled},
		{"broken off", t.Context(), func(yield func(posting.Event, error) bool) { yield(posting.Event{}, broken) }, broken},
	} {
		_, err := query.Simulation{Versions: ruleOf(t, "EUR", "linked 10 %"), Events: tt.events}.Run(tt.ctx)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, expected %v", tt.name, err, tt.want)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "splitledger-simulate-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}

// A provider that a ledger used before there was provider.open is declared in the simulation, and one that was opened keeps its scheme.
func TestSimulateOwnProviders(t *testing.T) {
	l, b := open(t, "shop", "courier")
	old := posting.Event{ID: "e-1", Type: posting.PaymentAuthorise, Payment: "p-1", Provider: "northpay", Amount: money.New(1000, "EUR")}
	ledgertest.Post(t, l, &ledger.Record{
		Keys:    []ledger.Key{{Space: posting.KeyEvent, Name: old.ID}, {Space: posting.KeyPayment, Name: old.Payment}},
		Content: wire.NewContent(&old, nil),
	})
	for _, line := range []string{
		`{"id":"e-2","type":"payment.capture","payment":"p-1"}`,
		`{"id":"e-3","type":"provider.open","provider":"acme","scheme":"paysafe"}`,
		`{"id":"e-4","type":"payment.capture","payment":"p-2","provider":"acme","account":"shop","amount":{"value":500,"currency":"EUR"}}`,
	} {
		post(t, b, line)
	}
	last := func(yield func(posting.Event, error) bool) {
		e, err := posting.Decode([]byte(`{"id":"e-5","type":"payment.capture","payment":"p-3","provider":"acme","account":"shop","amount":{"value":400,"currency":"EUR"}}`))
		yield(e, err)
	}
	for _, tt := range []struct {
		name string
		s    query.Simulation
		want string
	}{
		{"the ledger's events", query.Simulation{Events: query.EventsOf(t.Context(), l)}, "courier 0 EUR 750 EUR, liable 1000 EUR 500 EUR, shop 500 EUR 250 EUR, "},
		{"another event", query.Simulation{Events: last, Ledger: l}, "courier 0 EUR 200 EUR, shop 400 EUR 200 EUR, "},
	} {
		tt.s.Versions = ruleOf(t, "EUR", "courier 50 %") // northpay's scheme, generic, has no percents: they become amounts
		out, err := tt.s.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range out.Parties {
			got += fmt.Sprintf("%s %s %s, ", p.Account, p.Was, p.Would)
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s; failures %v", tt.name, got, tt.want, out.Failures)
		}
	}
}

// A payment that is made anew by a capture under another provider, the one before being cancelled, begins there: it follows
// the rule, with the payment before in the same batch of the simulation or in an earlier one.
func TestSimulateMadeAnew(t *testing.T) {
	for _, between := range []int{0, 3000} {
		l, b := open(t, "shop", "courier")
		post(t, b, `{"id":"c1","type":"payment.capture","payment":"p","provider":"adyen","amount":{"value":500,"currency":"USD"}}`)
		post(t, b, `{"id":"k1","type":"payment.cancel","payment":"p"}`)
		others := make([]posting.Event, between)
		for i := range others {
			id := fmt.Sprintf("o%d", i)
			others[i] = posting.Event{ID: id, Type: posting.AccountOpen, Account: accounts.ID("seller:" + id)}
		}
		b.PostBatch(t.Context(), others)
		post(t, b, `{"id":"c2","type":"payment.capture","payment":"p","provider":"xendit","account":"shop","amount":{"value":1000,"currency":"EUR"}}`)
		o, err := query.Simulation{Versions: ruleOf(t, "EUR", "courier 10 %"), Events: query.EventsOf(t.Context(), l)}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if o.Payments != 1 || o.Untouched != 0 || o.Failed != 0 || len(o.Parties) == 0 || o.Parties[0].Account != "courier" ||
			o.Parties[0].Given.String() != "100 EUR" {
			t.Errorf("after %d other events: %+v", between, o)
		}
	}
}
