package stripe

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
	of := func(id string) int64 { return l.Settled(books.Cell{Account: id, Currency: money.Currency(currency)}) }
	switch account {
	case bank:
		return of(bank)
	case platform:
		return of(platform) + of(bank) // the ledger has there what was paid to the bank
	}
	for id, name := range l.ledger {
		if name == account {
			return of(id)
		}
	}
	return 0
}

func TestWorld(t *testing.T) {
	kinds := booktest.Live(t, func() life.Provider { return New(true) }, have, nil, nil)
	for _, k := range []providers.Kind{providers.Captured, providers.Settled, providers.Refunded, providers.Chargeback,
		providers.ChargebackReversed, providers.Split, providers.Payout, providers.PayoutFailed} {
		if kinds[k] == 0 {
			t.Errorf("no life tells %s: %v", k, kinds)
		}
	}
}
