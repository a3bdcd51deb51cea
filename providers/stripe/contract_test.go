package stripe

import (
	"os"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

func TestContract(t *testing.T) {
	sum := func(batch string, minor int64) providertest.Sum {
		return providertest.Sum{Batch: batch, Net: money.New(minor, "USD")}
	}
	report := func(file, format string, separator byte, account string, sums ...providertest.Sum) providertest.Report {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		return providertest.Report{Name: file, Text: text, Format: format, Sums: sums, Separator: separator,
			Options: providers.ReportOptions{Account: account}}
	}
	kinds := map[string][]providers.Kind{
		"charge_succeeded":               {providers.Captured},
		"charge_succeeded_direct":        {providers.Captured},
		"payment_intent_succeeded":       {providers.Captured},
		"application_fee_created":        {providers.Split},
		"application_fee_refunded":       {providers.Split, providers.Split},
		"transfer_created":               {providers.Split},
		"transfer_reversed":              {providers.Split, providers.Split},
		"refund_created":                 {providers.Refunded},
		"charge_refunded":                {providers.Other},
		"refund_failed":                  {providers.RefundFailed},
		"charge_dispute_created":         {providers.Other},
		"charge_dispute_funds_withdrawn": {providers.Chargeback},
		"charge_dispute_funds_reinstated": {providers.Chargeback,
			providers.ChargebackReversed},
		"charge_dispute_closed": {providers.Other},
		"payout_paid":           {providers.Payout},
		"payout_failed":         {providers.Payout, providers.PayoutFailed},
	}
	var notifications []providertest.Notification
	for _, h := range hooks(t) {
		name := strings.TrimSuffix(strings.TrimPrefix(h.file, "stripe_webhook_"), ".json")
		proof := h.Header.Get(signatureHeader)
		if kinds[name] == nil || strings.Contains(proof, "v0") && testing.Short() {
			continue
		}
		_, proof, _ = strings.Cut(proof, "v1=")
		if first, second, two := strings.Cut(proof, ",v1="); two { // the first is of the secret that was rolled
			proof, _, _ = strings.Cut(second, ",")
			_ = first
		}
		notifications = append(notifications, providertest.Notification{Name: name, Notification: h.Notification,
			Keys: providers.Keys{Secrets: h.keys.Secrets[1:], TestMode: true}, Proof: proof, Timed: true, Kinds: kinds[name]})
	}
	if len(notifications) < 15 {
		t.Fatalf("expected the webhooks that are signed, found %d", len(notifications))
	}
	providertest.Run(t, New(), providertest.Tests{
		Reports: []providertest.Report{
			report("stripe_balance_change_from_activity_itemized.csv", activity, ',', "", sum("po_EX0001", 8338), sum("", 4354)),
			report("stripe_payout_reconciliation_itemized.csv", reconciliation, ',', "", sum("po_EX0001", 8338)),
			report("stripe_payouts_itemized.csv", payouts, ',', "", sum("po_EX0001", -8338)),
			report("stripe_connected_account_payouts_itemized.csv", payouts, ',', "",
				sum("po_EX9001", -14600), sum("po_EX9002", -12000), sum("", 12000)),
			report("stripe_balance_transactions.json", transactions, 0, "", sum("po_EX0001", -8338), sum("", 12692)),
			report("stripe_connected_list.json", transactions, 0, "acct_EXSELLER2", sum("", 4825+12000)),
		},
		Notifications: notifications,
		OtherKeys:     providers.Keys{Secrets: []string{"whsec_example_nobody"}},
	})
}

func TestCheckKeys(t *testing.T) {
	for _, tt := range []struct {
		keys []string
		ok   bool
	}{
		{[]string{"whsec_a", "whsec_b"}, true},
		{nil, false},
		{[]string{""}, false},
		{[]string{"whsec_"}, false},
		{[]string{"whsec_a", "sk_live_1"}, false},
		{[]string{"whsec_a b"}, false},
	} {
		err := New().(providers.KeyChecker).CheckKeys(providers.Keys{Secrets: tt.keys})
		if (err == nil) != tt.ok || err != nil && strings.Contains(err.Error(), "sk_live") {
			t.Errorf("%q: expected ok %t and no key shown, found %v", tt.keys, tt.ok, err)
		}
	}
}
