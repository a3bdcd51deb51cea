package paysafe

import (
	"testing"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/internal/lab/life/booktest"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// have returns what an account of the ledger would have if the ledger were right.
func have(p life.Provider, account, currency string) int64 {
	l := p.(*Life)
	of := func(id string) int64 {
		c := books.Cell{Account: id, Currency: money.Currency(currency)}
		return l.Settled(c) + l.Pending(c) - l.waits()[c]
	}
	for id, name := range l.ledger {
		if name == account {
			return of(id)
		}
	}
	if account == "platform" {
		return of(l.Merchant)
	}
	return 0
}

func TestWorld(t *testing.T) {
	kinds := booktest.Live(t, func() life.Provider { return New(true) }, have, nil, nil)
	for _, k := range []providers.Kind{providers.Captured, providers.Settled, providers.SettlementFailed,
		providers.Refunded, providers.RefundFailed, providers.Split} {
		if kinds[k] == 0 {
			t.Errorf("no life tells %s: %v", k, kinds)
		}
	}
}

// The example of Paysafe's documents: 5.31 % of 5000 is 266, and another account gets 500.
func TestExample(t *testing.T) {
	shares := []Share{{Account: "123124124", Percent: 531}, {Account: "767862873", Amount: 500}}
	if left, ok := compute(shares, 5_000); !ok || left != 4_234 || shares[0].Amount != 266 {
		t.Errorf("%d left, %v", left, shares)
	}
	for _, c := range []struct{ amount, percent, want int64 }{{12_500, 531, 664}, {2_500, 531, 133}, {1_000, 5_050,
		505}, {500, 5_050, 253}} {
		if got := books.HalfUp(c.amount, c.percent, 10_000, 1); got != c.want {
			t.Errorf("%d hundredths of %d: %d, expected %d", c.percent, c.amount, got, c.want)
		}
	}
}

// waits sums what is of authorisations that the platform does not know.
func (l *Life) waits() map[books.Cell]int64 {
	sum := make(map[books.Cell]int64)
	for _, m := range l.Moves {
		if m.Payment != nil && !m.Payment.Known {
			for _, c := range m.Changes {
				sum[c.Cell] += c.Settled + c.Pending
			}
		}
	}
	return sum
}
