package antom

import (
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

func TestContract(t *testing.T) {
	const batch = "2026031100000000001"
	sum := func(receiver string, minor int64) providertest.Sum {
		return providertest.Sum{Batch: batch, Receiver: receiver, Net: money.New(minor, "USD")}
	}
	report := func(name, format string, sums ...providertest.Sum) providertest.Report {
		return providertest.Report{Name: name, Text: []byte(file(t, name)), Format: format, Separator: ',', End: "<END>", Sums: sums}
	}
	vector, keys := settlement(t)
	proof := func(n *providers.Notification) string {
		_, signature, _ := strings.Cut(n.Header.Get("Signature"), "signature=")
		return signature
	}
	refund, refundKeys := received(t, testKeys()[0], refundBody)
	providertest.Run(t, New(), providertest.Tests{
		Reports: []providertest.Report{
			report(detailsFile, DetailsFormat, sum("seller-1", 7455), sum("seller-2", 4000)),
			report(typesFile, DetailsFormat, providertest.Sum{Batch: "b7", Net: money.New(6937, "USD")}),
			report(summaryFile, SummaryFormat, sum("seller-1", -7455), sum("seller-2", -4000)),
			report(totalFile, SummaryFormat, sum("", -7455)),
		},
		Notifications: []providertest.Notification{
			{Name: "settlement", Notification: *vector, Keys: keys, Proof: proof(vector), Timed: true, Kinds: []providers.Kind{providers.Payout}},
			{Name: "refund", Notification: *refund, Keys: refundKeys, Proof: proof(refund), Timed: true, Kinds: []providers.Kind{providers.Refunded}},
		},
		OtherKeys: providers.Keys{Secrets: []string{public(testKeys()[1])}},
	})
}
