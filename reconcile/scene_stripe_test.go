package reconcile_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/textproto"
	"strings"

	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/stripe"
)

// A stripeAdapter is Stripe's adapter for scenes, in which reports and webhooks are Stripe's own, without what all of them have alike:
//
//	file activity                 rows of itemised activity, without the header and the empty columns at their end
//	file reconciliation, payouts  of the other two reports
//	file list                     balance transactions, one a line
//	file activity@acct_S          a report of that connected account
//	hook                          events: "charge.succeeded {…}", or "payout.paid@acct_S {…}" of a connected account
type stripeAdapter struct{ providers.Adapter }

// stripeHeaders are the columns of the reports.
var stripeHeaders = map[string]string{
	"activity": "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id," +
		"connected_account_id,charge_id,payment_intent_id,payment_metadata[order_id],automatic_payout_id," +
		"customer_facing_amount,customer_facing_currency",
	"reconciliation": "balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id," +
		"connected_account_id,charge_id,payment_intent_id,payment_metadata[order_id],automatic_payout_id,destination_payment_id",
	"payouts": "balance_transaction_id,effective_at_utc,currency,gross,fee,net,reporting_category,payout_id,connected_account,description",
}

const stripeSecret = "whsec_of_the_scenes"

// Open writes out the report, and opens it.
func (a stripeAdapter) Open(r io.Reader, o providers.ReportOptions) (providers.Report, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	kind, rest, _ := strings.Cut(string(text), "\n")
	kind, o.Account, _ = strings.Cut(strings.TrimPrefix(kind, "format "), "@")
	lines := strings.Split(strings.TrimSpace(rest), "\n")
	if kind == "list" {
		return a.Adapter.Open(strings.NewReader("["+strings.Join(lines, ",\n")+"]"), o)
	}
	header := stripeHeaders[kind]
	if header == "" {
		return nil, fmt.Errorf("expected a report of Stripe's, found %q", kind)
	}
	for i, line := range lines {
		lines[i] = line + strings.Repeat(",", strings.Count(header, ",")-strings.Count(line, ","))
	}
	return a.Adapter.Open(strings.NewReader(header+"\n"+strings.Join(lines, "\n")+"\n"), o)
}

// Notified writes out the event and signs it, and reads it.
func (a stripeAdapter) Notified(n *providers.Notification, _ providers.Keys) ([]providers.Outcome, error) {
	kind, object, _ := strings.Cut(string(n.Body), " ")
	kind, account, connected := strings.Cut(kind, "@")
	if connected {
		account = fmt.Sprintf(`"account":%q,`, account)
	}
	created := n.Received.Unix()
	if _, at, ok := strings.Cut(object, `"created":`); ok {
		fmt.Fscanf(bufio.NewReader(strings.NewReader(at)), "%d", &created)
	}
	full := *n
	full.Body = fmt.Appendf(nil, `{"id":"evt_%x","object":"event","type":%q,%s"livemode":true,"created":%d,"data":{"object":%s}}`,
		sha256.Sum256(n.Body), kind, account, created, object)
	stamp := fmt.Sprint(n.Received.Unix())
	mac := hmac.New(sha256.New, []byte(stripeSecret))
	fmt.Fprintf(mac, "%s.%s", stamp, full.Body)
	full.Header = textproto.MIMEHeader{"Stripe-Signature": {fmt.Sprintf("t=%s,v1=%x", stamp, mac.Sum(nil))}}
	return a.Adapter.Notified(&full, providers.Keys{Secrets: []string{stripeSecret}})
}

// adapterOf is the adapter of a scene that names one.
func adapterOf(name string) providers.Adapter {
	if name == stripe.Name {
		return stripeAdapter{stripe.New()}
	}
	return nil
}
