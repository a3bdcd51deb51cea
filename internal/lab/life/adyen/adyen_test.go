package adyen

import (
	"testing"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/lifetest"
)

func TestShop(t *testing.T) { lifetest.Run(t, func() life.Provider { return NewShop() }) }

func TestMarket(t *testing.T) { lifetest.Run(t, func() life.Provider { return NewMarket() }) }
