package reconcile_test

import (
	"testing"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/adyen"
	"github.com/splitledger/splitledger/internal/lab/life/antom"
	"github.com/splitledger/splitledger/internal/lab/life/paysafe"
	"github.com/splitledger/splitledger/internal/lab/life/stripe"
	"github.com/splitledger/splitledger/internal/lab/life/xendit"
)

// mapped says that the providers' ids of accounts are others than the ledger's.
const mapped = true

// Each provider lives random lives with many equal amounts. What the books come to is judged by the provider's own.
func TestLives(t *testing.T) {
	t.Run("xendit balance", func(t *testing.T) { lives(t, func() life.Provider { return xendit.New(xendit.Balance, mapped) }) })
	t.Run("xendit transactions", func(t *testing.T) { lives(t, func() life.Provider { return xendit.New(xendit.Transactions, mapped) }) })
	t.Run("xendit both", func(t *testing.T) { lives(t, func() life.Provider { return xendit.New(xendit.Both, mapped) }) })
	t.Run("antom", func(t *testing.T) { lives(t, func() life.Provider { return antom.New(mapped) }) })
	t.Run("paysafe", func(t *testing.T) { lives(t, func() life.Provider { return paysafe.New(mapped) }) })
	t.Run("stripe", func(t *testing.T) { lives(t, func() life.Provider { return stripe.New(mapped) }) })
	t.Run("adyen settlement", func(t *testing.T) { lives(t, func() life.Provider { return adyen.NewShop() }) })
	t.Run("adyen platform", func(t *testing.T) { lives(t, func() life.Provider { return adyen.NewMarket() }) })
}
