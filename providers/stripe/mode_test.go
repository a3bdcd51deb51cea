package stripe

import (
	"bytes"
	"fmt"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/providers"
)

// TestMode takes what is of the mode that is asked for, and refuses what is of the other.
func TestMode(t *testing.T) {
	const event = `{"id":"evt_1","object":"event","type":"charge.succeeded","created":1773800000,%s"data":{"object":` +
		`{"id":"ch_1","amount_captured":100,"captured":true,"currency":"usd","created":1773800000,"payment_intent":"pi_1"}}}`
	const report = `[{"id":"txn_1","object":"balance_transaction","amount":100,"fee":0,"net":100,"fee_details":[],` +
		`"currency":"usd","created":1773800000,"available_on":1773800000,"reporting_category":"charge","source":` +
		`{"id":"ch_1","object":"charge","payment_intent":"pi_1",%s"amount":100,"currency":"usd"}}]`
	const wants, found = "livemode: expected what is of %s mode, found what is of %s mode", "livemode: expected true or false"
	for _, tt := range []struct {
		member             string
		test               bool
		webhook, inReports string
	}{
		{`"livemode":true,`, false, "", ""},
		{`"livemode":false,`, true, "", ""},
		{`"livemode":false,`, false, fmt.Sprintf(wants, "live", "test"), "source." + fmt.Sprintf(wants, "live", "test")},
		{`"livemode":true,`, true, fmt.Sprintf(wants, "test", "live"), "source." + fmt.Sprintf(wants, "test", "live")},
		{"", false, found, ""}, // all events tell it, and sources only where they were asked for
		{"", true, found, ""},
	} {
		body := fmt.Appendf(nil, event, tt.member)
		n := providers.Notification{Body: body, Received: time.Unix(1773800000, 0), Header: textproto.MIMEHeader{
			signatureHeader: {fmt.Sprintf("t=1773800000,v1=%x", proofOf(otherSecret, "1773800000", body))}}}
		outcomes, err := New().Notified(&n, providers.Keys{Secrets: []string{otherSecret}, TestMode: tt.test})
		if said := fmt.Sprint(err); tt.webhook == "" && len(outcomes) != 1 || tt.webhook != "" && !strings.Contains(said, tt.webhook) {
			t.Errorf("event with %q, test mode %t: expected %q, found %d outcomes and %s", tt.member, tt.test, tt.webhook,
				len(outcomes), said)
		}
		r, err := New().Open(bytes.NewReader(fmt.Appendf(nil, report, tt.member)), providers.ReportOptions{TestMode: tt.test})
		if err != nil {
			t.Fatal(err)
		}
		o, err := r.Next()
		if said := fmt.Sprint(err); tt.inReports == "" && o.Kind != providers.Settled || tt.inReports != "" && !strings.Contains(said,
			tt.inReports) {
			t.Errorf("report with %q, test mode %t: expected %q, found %v and %s", tt.member, tt.test, tt.inReports, o.Kind, said)
		}
	}
}
