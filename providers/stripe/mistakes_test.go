package stripe

import (
	"fmt"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/providertest"
)

// TestTransactionsSay reads balance transactions that differ in one member, each of which a mistake of thought would read
// otherwise.
func TestTransactionsSay(t *testing.T) {
	const page = `[{"id":"txn_1","object":"balance_transaction","amount":%d,"fee":%d,"net":%d,"currency":"usd","created":1773137100,` +
		`"available_on":1773137100,"reporting_category":%q,"exchange_rate":%s,"fee_details":[%s],"source":%q}]`
	for _, tt := range []struct {
		name, text, want string
	}{
		{"a fee in another currency than the transaction", fmt.Sprintf(page, 1000, 59, 941, "charge", "null",
			`{"type":"stripe_fee","amount":59,"currency":"eur"}`, "ch_1"), `fee_details[0].currency: expected USD, found "eur"`},
		{"a rate of 1 is none: the amount is what was settled", fmt.Sprintf(page, 1000, 0, 1000, "charge", "1", "", "ch_1"),
			"settled 10.00 USD, net 10.00 USD"},
		{"a rate without the source: nobody says how much the buyer paid", fmt.Sprintf(page, 1000, 0, 1000, "charge",
			"1.08", "", "ch_1"), "settled, net 10.00 USD"},
		{"tax that is withheld is a tax on Stripe's fee", fmt.Sprintf(page, 1000, 59, 941, "charge", "null",
			`{"type":"withheld_tax","amount":9,"currency":"usd"},{"type":"stripe_fee","amount":50,"currency":"usd"}`, "ch_1"),
			"VAT 0.09 USD on Fee, Fee 0.50 USD"},
		{"what a table of payouts calls a batch is none of what comes back", "balance_transaction_id,effective_at_utc,currency," +
			"gross,fee,net,reporting_category,payout_id,automatic_payout_id\n" +
			"txn_1,2026-03-14 03:33:20,usd,5.00,0.00,5.00,payout_reversal,po_1,po_1\n", "net 5.00 USD"},
	} {
		got := readReport([]byte(tt.text), providers.ReportOptions{})
		if !strings.Contains(got, tt.want) || strings.Contains(got, "batch") {
			t.Errorf("%s: expected %q, found\n%s", tt.name, tt.want, got)
		}
	}
}

// TestEventsSay does so with events.
func TestEventsSay(t *testing.T) {
	const payout = `{"id":"po_1","amount":%d,"currency":"usd","created":1773137100,"arrival_date":1773137100,"automatic":%t,` +
		`"balance_transaction":"txn_1"}`
	for _, tt := range []struct {
		name, kind, object, want string
	}{
		{"a payout of less than nothing comes from the bank", "payout.paid", fmt.Sprintf(payout, -500, true),
			"payout 5.00 USD, net 5.00 USD"},
		{"a payout that was asked for is no batch", "payout.paid", fmt.Sprintf(payout, 500, false),
			`account "platform"` + "\n"},
		{"what was captured counts, not what was authorised", "charge.captured",
			`{"id":"ch_1","amount":1000,"amount_captured":600,"captured":true,"currency":"usd","created":1773137100}`,
			"captured 6.00 USD"},
	} {
		e := event{ID: "evt_1", Object: "event", Type: tt.kind, Created: []byte("1773137100")}
		e.Data.Object = []byte(tt.object)
		outcomes, err := e.outcomes()
		if err != nil || len(outcomes) != 1 {
			t.Errorf("%s: found %v, %v", tt.name, outcomes, err)
			continue
		}
		var b strings.Builder
		if providertest.Describe(&b, &outcomes[0]); !strings.Contains(b.String(), tt.want) {
			t.Errorf("%s: expected %q, found %s", tt.name, tt.want, &b)
		}
	}
}

// TestSchemesOfSignatures takes a signature of the scheme v1 alone: v0 is of test events.
func TestSchemesOfSignatures(t *testing.T) {
	body := []byte(`{"id":"evt_1","object":"event","type":"plan.created","livemode":true,"created":1773137100,"data":{"object":{}}}`)
	for scheme, ok := range map[string]bool{"v1": true, "v0": false, "v2": false} {
		n := providers.Notification{Body: body, Received: time.Unix(1773137100, 0), Header: textproto.MIMEHeader{
			signatureHeader: {fmt.Sprintf("t=1773137100,%s=%x", scheme, proofOf(otherSecret, "1773137100", body))}}}
		if _, err := New().Notified(&n, providers.Keys{Secrets: []string{otherSecret}}); (err == nil) != ok {
			t.Errorf("%s: expected it taken %t, found %v", scheme, ok, err)
		}
	}
}
