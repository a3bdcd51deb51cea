package xendit

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/internal/lab/life/booktest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// have returns what an account of the ledger would have if the ledger were right.
func have(p life.Provider, account, currency string) int64 {
	l := p.(*Life)
	for id, name := range l.ledger {
		c := books.Cell{Account: id, Currency: money.Currency(currency)}
		bank := books.Cell{Account: toBank, Currency: c.Currency}
		switch {
		case name != account:
		case id == l.Platform:
			return l.Settled(c) + l.Pending(c) + l.Settled(bank)
		default:
			return l.Settled(c) + l.Pending(c)
		}
	}
	if account == "bank" {
		return l.Settled(books.Cell{Account: toBank, Currency: money.Currency(currency)})
	}
	return 0
}

// runs checks that the balances of a balance report run on.
func runs(t *rapid.T, f *life.File, outcomes []providers.Outcome) {
	var after int64
	for i, o := range outcomes {
		if o.After.Currency() == "" {
			return // another report
		}
		now := booktest.Minor(t, o.After)
		if i > 0 && after+booktest.Minor(t, o.Net) != now {
			t.Fatalf("%s, line %d: the balance is %d after %d and a change of %s\n%s", f.Name, o.Line, now, after,
				o.Net, f.Text)
		}
		after = now
	}
}

func TestWorld(t *testing.T) {
	for mode, name := range map[Mode]string{Balance: "balance", Transactions: "transactions", Both: "both"} {
		t.Run(name, func(t *testing.T) { testWorld(t, mode) })
	}
}

func testWorld(t *testing.T, mode Mode) {
	kinds := booktest.Live(t, func() life.Provider { return New(mode, true) }, have, runs, nil)
	want := []providers.Kind{providers.Captured, providers.Settled, providers.Refunded, providers.RefundFailed,
		providers.Split, providers.SplitFailed, providers.Payout, providers.PayoutFailed}
	switch mode {
	case Balance:
		want = append(want, providers.Fee, providers.Other)
	case Transactions:
		want = append(want, providers.Chargeback, providers.ChargebackReversed)
	}
	for _, k := range want {
		if kinds[k] == 0 {
			t.Errorf("no life tells %s: %v", k, kinds)
		}
	}
}

// The example of Xendit's guide: of IDR 100,000 half goes to the platform, and 700 are fee and tax.
func TestGuide(t *testing.T) {
	for _, c := range []struct {
		percent          int64
		seller, platform int64
	}{{5000, 49_300_00, 50_000_00}, {10000, 99_300_00, 0}, {1250, 86_800_00, 12_500_00}} {
		b := &Bank{Platform: "platform", Currency: "IDR", Unit: 100, SplitType: "TRANSFER"}
		p := b.Pay(noon, "seller", "order-1", 100_000_00, 100_000_00, []Route{{Reference: "r",
			Destination: "platform", Percent: c.percent}}, true)
		b.Settle(noon, p.Captures[0], 631_00, 69_00, func(Route) bool { return false })
		seller, platform := b.Settled(b.change("seller", 0, 0).Cell), b.Settled(b.change("platform", 0, 0).Cell)
		if seller != c.seller || platform != c.platform {
			t.Errorf("%d: seller %d, platform %d", c.percent, seller, platform)
		}
	}
	if got := books.HalfUp(2_500_00, 1250, 10000, 100); got != 313_00 {
		t.Errorf("12.5 %% of IDR 2,500: %d", got)
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
