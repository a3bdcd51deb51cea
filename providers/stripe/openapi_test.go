package stripe

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

// TestPublicObjects reads the example objects of Stripe's own OpenAPI description, with all their members: in the events
// that have them, and as the sources of balance transactions. objects.txt is what they say.
func TestPublicObjects(t *testing.T) {
	text, err := os.ReadFile("testdata/openapi/objects.json")
	if err != nil {
		t.Fatal(err)
	}
	var objects map[string]json.RawMessage
	if err := json.Unmarshal(text, &objects); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, of := range []struct{ kind, object string }{
		{"charge.succeeded", "charge"}, {"payment_intent.succeeded", "payment_intent"},
		{"payment_intent.canceled", "payment_intent"}, {"refund.created", "refund"},
		{"charge.dispute.created", "dispute"}, {"charge.dispute.funds_withdrawn", "dispute"},
		{"transfer.created", "transfer"}, {"transfer.reversed", "transfer"}, {"application_fee.created", "application_fee"},
		{"payout.paid", "payout"}, {"payout.failed", "payout"}, {"topup.created", "topup"},
	} {
		fmt.Fprintln(&b, of.kind)
		e := event{ID: "evt_1", Object: "event", Type: of.kind, Created: []byte("1234567890")}
		e.Data.Object = []byte(objects[of.object])
		outcomes, err := e.outcomes()
		for i := range outcomes {
			providertest.Describe(&b, &outcomes[i])
		}
		if err != nil {
			fmt.Fprintln(&b, err)
		}
	}
	// The example transaction has the id of a charge. Others with the same members have the objects themselves.
	for _, of := range []struct {
		category, object string
		amount           int
	}{
		{"charge", "", 100}, {"charge", "charge", 100}, {"refund", "refund", -100}, {"dispute", "dispute", -1000},
		{"transfer", "transfer", -1100}, {"transfer_reversal", "transfer_reversal", 1100},
		{"platform_earning", "application_fee", 100}, {"platform_earning_refund", "fee_refund", -100},
		{"payout", "payout", -1100}, {"topup", "topup", 1000},
	} {
		var x map[string]json.RawMessage
		if err := json.Unmarshal(objects["balance_transaction"], &x); err != nil {
			t.Fatal(err)
		}
		if of.object != "" {
			x["source"] = objects[of.object]
		}
		amount := fmt.Append(nil, of.amount)
		x["reporting_category"], x["amount"], x["net"] = fmt.Appendf(nil, "%q", of.category), amount, slices.Clone(amount)
		page, err := json.Marshal(map[string]any{"object": "list", "data": []any{x}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n%s", of.category, of.object, readReport(page, providers.ReportOptions{TestMode: true}))
	}
	golden(t, "testdata/openapi/objects.json", b.String())
}
