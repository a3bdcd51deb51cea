package adyen

import (
	"testing"

	"github.com/splitledger/splitledger/reconcile/internal/life"
	"github.com/splitledger/splitledger/reconcile/internal/life/lifetest"
)

func TestShop(t *testing.T) { lifetest.Run(t, func() life.Provider { return NewShop() }) }

func TestMarket(t *testing.T) { lifetest.Run(t, func() life.Provider { return NewMarket() }) }
