package reconcile_test

import (
	"testing"

	"github.com/splitledger/splitledger/reconcile/internal/life"
	"github.com/splitledger/splitledger/reconcile/internal/life/adyen"
)

// Each provider lives random lives with many equal amounts. What the books come to is judged by the provider's own.
func TestLives(t *testing.T) {
	t.Run("adyen settlement", func(t *testing.T) { lives(t, func() life.Provider { return adyen.NewShop() }) })
	t.Run("adyen platform", func(t *testing.T) { lives(t, func() life.Provider { return adyen.NewMarket() }) })
}
