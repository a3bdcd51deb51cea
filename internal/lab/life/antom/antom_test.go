package antom

import (
	"testing"

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
	of := func(id string) int64 {
		c := books.Cell{Account: id, Currency: money.Currency(currency)}
		return l.Settled(c) + l.Pending(c)
	}
	for id, name := range l.ledger {
		if name == account {
			return of(id)
		}
	}
	switch account {
	case "platform":
		return of(Marketplace) + of(Bank)
	case "bank":
		return of(Bank)
	}
	return 0
}

func TestWorld(t *testing.T) {
	kinds := booktest.Live(t, func() life.Provider { return New(true) }, have, nil, batches)
	for _, k := range []providers.Kind{
		providers.Captured, providers.Settled, providers.Refunded, providers.RefundFailed, providers.Chargeback,
		providers.ChargebackReversed, providers.Fee, providers.Payout, providers.PayoutFailed,
	} {
		if kinds[k] == 0 {
			t.Errorf("no life tells %s: %v", k, kinds)
		}
	}
}

// batches checks that the rows of a batch sum to its payouts, by receiver, and that the accounts have what was not
// paid.
func batches(t *rapid.T, provider life.Provider) {
	p := provider.(*Life)
	owed := map[string]int64{}
	for _, b := range p.Batches {
		nets := map[string]int64{}
		for _, r := range b.rows {
			nets[r.receiver] += r.net
		}
		for _, o := range b.Payouts {
			if o.Net != nets[o.Receiver] {
				t.Fatalf("batch %s pays %d to %q, its rows sum to %d", b.ID, o.Net, o.Receiver, nets[o.Receiver])
			}
			if o.Done == nil || o.Failed != nil {
				owed[o.Receiver] += o.Net
			}
		}
	}
	for _, c := range p.Cells() {
		if c.Account != Bank && c.Account != Outside && p.Settled(c) != owed[c.Account] {
			t.Fatalf("%q has %d, expected %d", c.Account, p.Settled(c), owed[c.Account])
		}
	}
}
