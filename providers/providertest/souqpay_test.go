package providertest_test

import (
	"os"
	"strings"
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

// TestGuide holds the code in docs/providers.md to the example that runs.
func TestGuide(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	code := read("example_test.go") + read("souqpay_test.go")
	blocks := strings.Split(read("../../docs/providers.md"), "```go\n")[1:]
	if len(blocks) < 4 {
		t.Errorf("expected the guide to quote the example, found %d blocks of code", len(blocks))
	}
	for _, b := range blocks {
		quoted, _, _ := strings.Cut(b, "```")
		if !strings.Contains(code, quoted) {
			t.Errorf("the guide quotes what the example does not have:\n%s", quoted)
		}
	}
}
