// Package all has the adapters of all providers there are, for programs that want to know every one of them.
package all

import (
	_ "time/tzdata" // reports name time zones, and not every machine knows them

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
	"github.com/splitledger/splitledger/providers/antom"
	"github.com/splitledger/splitledger/providers/paysafe"
	"github.com/splitledger/splitledger/providers/stripe"
	"github.com/splitledger/splitledger/providers/xendit"
)

// Registry returns the adapters by name.
func Registry() providers.Registry {
	return providers.NewRegistry(adyen.New(), antom.New(), paysafe.New(), stripe.New(), xendit.New())
}
