package providertest_test

import (
	"testing"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

// TestSouqpay holds the adapter of docs/providers.md to the contract.
func TestSouqpay(t *testing.T) {
	header := sign("s3cret", refundTold)
	providertest.Run(t, Souqpay{}, providertest.Tests{
		Reports: []providertest.Report{{
			Name: "a day", Text: []byte(daily), Format: movements, Separator: ',',
			Sums: []providertest.Sum{{Batch: "7", Net: money.New(0, "EUR")}},
		}},
		Notifications: []providertest.Notification{{
			Name:         "refund",
			Notification: providers.Notification{Header: header, Body: []byte(refundTold), Received: time.Date(2026, 3, 10, 15, 0, 1, 0, time.UTC)},
			Keys:         providers.Keys{Secrets: []string{"s3cret"}}, Proof: header.Get("X-Souqpay-Signature"),
			Kinds: []providers.Kind{providers.Refunded},
		}},
		OtherKeys: providers.Keys{Secrets: []string{"another"}},
	})
}
