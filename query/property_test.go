package query_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/wire"
	"github.com/splitledger/splitledger/query"
)

// Whatever is booked, the parts of every balance sum to it, every trial balance balances and closes on what accounts have,
// and recovery leaves nobody below zero whom liable may help.
func TestReportsAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		path, o := t.TempDir()+"/ledger.db", ledger.Options{CheckpointEvery: 5}
		l := ledgertest.OpenFile(t, path, o)
		b, err := posting.New(l, posting.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		bookAnything(rt, b)
		// When it is closed, daily totals are made, of which those of a few records more are not.
		if err := l.Close(); err != nil {
			rt.Fatal(err)
		}
		l = ledgertest.OpenFile(t, path, o)
		defer l.Close()
		if b, err = posting.New(l, posting.Options{}); err != nil {
			rt.Fatal(err)
		}
		move(t, b, "late", "2026-03-11T08:00:00Z", "platform", "-7 EUR available")
		checkExplanations(rt, l)
		checkTrials(rt, l)
		checkEntries(rt, l)
		checkRecovery(rt, l, b)
		checkPages(rt, l, b)
		checkAsOf(rt, l, b)
	})
}

var shop = []accounts.ID{"seller:1", "seller:2", "courier"}

// bookAnything posts a life of a few payments, of which some events are refused.
func bookAnything(rt *rapid.T, b *posting.Book) {
	events := []posting.Event{{Type: posting.RuleCreate, Rule: "rule", Name: "A rule", Currency: "EUR", Routes: []posting.Route{
		{Account: "seller:2", Percent: percent(rt, "33.33"), Reference: "a"}, {Flat: money.NewInt(7), Reference: "b"},
	}}}
	for _, id := range shop {
		funds := money.New(600, "EUR")
		events = append(events, posting.Event{Type: posting.AccountOpen, Account: id, Kind: accounts.KindSub}, posting.Event{
			Type: posting.JournalEntry, Postings: []posting.Leg{{Account: accounts.Bank, Debit: true, Amount: funds}, {Account: id, Credit: true, Amount: funds}},
		})
	}
	n := rapid.IntRange(10, 60).Draw(rt, "events")
	for range n {
		events = append(events, anyEvent(rt))
	}
	for i := range events {
		events[i].ID = fmt.Sprintf("e-%d", i)
		events[i].At = day(1).Add(time.Duration(rapid.IntRange(0, 30*24).Draw(rt, "hour")) * time.Hour)
	}
	for i, r := range b.PostBatch(context.Background(), events) {
		if r.Err != nil && i < 1+2*len(shop) {
			rt.Fatal(r.Err)
		}
	}
}

func percent(rt *rapid.T, s string) money.Percent {
	p, err := money.ParsePercent(s)
	if err != nil {
		rt.Fatal(err)
	}
	return p
}

// anyEvent draws an event, most often of a payment.
func anyEvent(rt *rapid.T) posting.Event {
	value := rapid.Int64Range(1, 1000).Draw(rt, "value")
	amount := money.New(value, rapid.SampledFrom([]money.Currency{"EUR", "EUR", "EUR", "USD"}).Draw(rt, "currency"))
	account := rapid.SampledFrom(append(shop, accounts.Platform)).Draw(rt, "account")
	other := rapid.SampledFrom(append(shop, accounts.Platform, accounts.Liable)).Draw(rt, "other")
	payment := fmt.Sprintf("p-%d", rapid.IntRange(1, 4).Draw(rt, "payment"))
	small := money.New(value%50+1, amount.Currency())
	name := fmt.Sprintf("n-%d", rapid.IntRange(1, 2).Draw(rt, "name"))
	typ := rapid.SampledFrom([]posting.Type{
		posting.PaymentCapture, posting.PaymentCapture, posting.PaymentCapture, posting.PaymentCapture, posting.PaymentFee, posting.PaymentSettle, posting.PaymentSettle, posting.PaymentRefund,
		posting.PaymentSplit, posting.PaymentCancel, posting.PaymentRefundFailed, posting.PaymentChargeback, posting.PaymentChargebackReversed,
		posting.Transfer, posting.ReserveHold, posting.ReserveRelease, posting.PayoutRequest, posting.PayoutPaid, posting.PayoutFailed, posting.ProviderPayout, posting.Exchange, posting.JournalEntry,
	}).Draw(rt, "type")
	e := posting.Event{Type: typ}
	switch typ {
	case posting.PaymentCapture:
		e = capture(rt, payment, amount, account, other)
	case posting.PaymentFee:
		fee := rapid.SampledFrom([]posting.FeeType{posting.FeeInterchange, posting.FeeCommission, posting.FeeVAT}).Draw(rt, "fee")
		e.Payment, e.Fees = payment, []posting.Fee{{Type: fee, Amount: amount}}
	case posting.PaymentSettle, posting.PaymentCancel:
		e.Payment = payment
	case posting.PaymentRefund:
		e.Payment, e.Refund, e.Amount = payment, name, small
	case posting.PaymentRefundFailed:
		e.Payment, e.Refund = payment, name
	case posting.PaymentSplit:
		e.Payment, e.Splits = payment, []posting.Split{{Type: posting.BalanceAccount, Account: account, Amount: small, Reference: name}}
	case posting.PaymentChargeback:
		e.Payment, e.Chargeback, e.Amount, e.DisputeFee = payment, name, amount, money.New(15, "EUR")
	case posting.PaymentChargebackReversed:
		e.Payment, e.Chargeback = payment, name
	case posting.Transfer:
		e.From, e.To, e.Amount = other, account, amount
	case posting.ReserveHold, posting.ReserveRelease:
		e.Account, e.Amount = account, small
	case posting.PayoutRequest:
		e.Payout, e.Account, e.Amount = name, account, amount
	case posting.PayoutPaid, posting.PayoutFailed:
		e.Payout = name
	case posting.ProviderPayout:
		e.Provider, e.Amount = "adyen", amount
	case posting.Exchange:
		e.Account, e.Sell, e.Buy = account, amount, money.New(value*110/100+1, "GBP")
	case posting.JournalEntry:
		e.Postings = []posting.Leg{{Account: accounts.Bank, Debit: true, Amount: amount}, {Account: other, Credit: true, Amount: amount}}
	}
	return e
}

// capture draws a payment, by the scheme of one of the providers.
func capture(rt *rapid.T, payment string, amount money.Amount, account, other accounts.ID) posting.Event {
	e := posting.Event{Type: posting.PaymentCapture, Payment: payment, Amount: amount}
	e.Provider = rapid.SampledFrom([]string{"adyen", "xendit", "paysafe", "antom"}).Draw(rt, "provider")
	if e.Provider == "adyen" {
		half := money.FromInt(money.NewInt(rapid.Int64Range(0, 1000).Draw(rt, "part")), amount.Currency())
		if half.Int().Cmp(amount.Int()) > 0 {
			half = amount
		}
		e.Splits = []posting.Split{
			{Type: posting.BalanceAccount, Account: account, Amount: half, Reference: "a"}, {Type: posting.Remainder, Account: other, Reference: "b"},
			{Type: posting.PaymentFeeSplit, Account: account},
		}
		e.RefundPolicy = rapid.SampledFrom([]*wire.RefundPolicy{nil, {Behavior: posting.DeductAccordingToSplitRatio}}).Draw(rt, "refunds")
		return e
	}
	e.Account = account
	if e.Provider != "antom" && amount.Currency() == "EUR" {
		e.Rule = "rule"
	}
	e.ChargebackPolicy = rapid.SampledFrom([]*posting.ChargebackPolicy{nil, {Behavior: posting.DeductAccordingToSplitRatio}, {Behavior: posting.DeductFromOneBalanceAccount, TargetAccount: other}}).Draw(rt, "chargebacks")
	return e
}

func checkExplanations(rt *rapid.T, l *ledger.Ledger) {
	at := day(rapid.IntRange(1, 31).Draw(rt, "as of"))
	for a := range l.Accounts() {
		for _, when := range []ledger.AsOf{{}, {At: at}, {Recorded: ledgertest.Start.Add(9 * time.Millisecond)}} {
			all, err := books(l).Explain(context.Background(), a.ID, query.ExplainFilter{AsOf: when})
			if err != nil {
				rt.Fatalf("%s as of %v: %v", a.ID, when, err)
			}
			for _, e := range all {
				for _, p := range e.Parts {
					if p.Class == query.Other {
						rt.Fatalf("%s: nobody knows what postings of type %s were for", a.ID, p.Type)
					}
					if (p.Class == query.Settlement || p.Class == query.Reserves) && !p.Total.IsZero() {
						rt.Fatalf("%s: %s come to %s, not zero", a.ID, p.Class, p.Total)
					}
				}
			}
		}
	}
}

func checkTrials(rt *rapid.T, l *ledger.Ledger) {
	from, to := day(rapid.IntRange(1, 15).Draw(rt, "from")), day(rapid.IntRange(15, 31).Draw(rt, "to"))
	some := time.Duration(rapid.IntRange(1, 23).Draw(rt, "hours")) * time.Hour // days of another zone
	for _, within := range []query.Period{{}, {From: from}, {To: to}, {From: from, To: to}, {From: from.Add(some), To: to.Add(some)}} {
		for _, by := range []query.By{{}, {Account: true, Kind: true}, {Kind: true, Class: true, Type: true}, {Account: true, Type: true}, {Account: true, Kind: true, Class: true}} {
			trial, err := books(l).TrialBalance(rt.Context(), query.TrialFilter{Within: within, By: by})
			if err != nil {
				rt.Fatalf("%v by %v: %v", within, by, err)
			}
			checkWalk(rt, l, query.TrialFilter{Within: within, By: by}, trial)
			if within != (query.Period{}) || !by.Account || by.Type || by.Class {
				continue
			}
			for _, r := range trial.Rows {
				has := ledgertest.Holds(l, r.Account, r.Currency).Total()
				if !r.Kind.DebitNormal() {
					has = has.Neg()
				}
				if !has.Int().Equal(r.Closing.Int()) {
					rt.Fatalf("%s has %s, the trial balance says %s", r.Account, has, r.Closing)
				}
			}
		}
	}
}

// checkWalk compares a trial balance with the one of a walk along the journal, as of a recorded time to come.
func checkWalk(rt *rapid.T, l *ledger.Ledger, f query.TrialFilter, trial *query.Trial) {
	f.Recorded = ledgertest.Start.AddDate(1, 0, 0)
	walked, err := books(l).TrialBalance(rt.Context(), f)
	if err != nil {
		rt.Fatal(err)
	}
	got, _ := json.Marshal(trial)
	want, _ := json.Marshal(walked)
	if string(got) != string(want) {
		rt.Fatalf("%v by %v: daily totals say\n%s\nthe journal says\n%s", f.Within, f.By, got, want)
	}
}

func checkRecovery(rt *rapid.T, l *ledger.Ledger, b *posting.Book) {
	order := []query.Means{query.Repay, query.Liable}
	for round := range 2 {
		steps, err := books(l).Recovery(context.Background(), order)
		if err != nil {
			rt.Fatal(err)
		}
		if round > 0 && len(steps) > 0 {
			rt.Fatalf("after recovery there is still %v", steps)
		}
		for _, s := range steps {
			for _, want := range []posting.Status{posting.Accepted, posting.Duplicate} {
				r, err := b.Post(context.Background(), *s.Transfer)
				if err != nil || r.Status != want {
					rt.Fatalf("%s: %v, %v, expected it %v", s.Transfer.ID, r.Status, err, want)
				}
			}
		}
	}
	negatives, err := books(l).Negatives(context.Background(), query.AccountFilter{}, time.Time{})
	if err != nil {
		rt.Fatal(err)
	}
	for _, n := range negatives {
		if n.Kind == accounts.KindSub && n.Available.Sign() < 0 {
			rt.Fatalf("%s still has %s", n.Account, n.Available)
		}
	}
}
