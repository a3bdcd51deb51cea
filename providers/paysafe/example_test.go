package paysafe_test

import (
	"fmt"
	"io"
	"log"
	"net/textproto"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/paysafe"
)

// A settlement with splitpay gives an outcome for the whole, and one for each linked account. Objects of the
// Card Payments API do not name their currency: the account's is meant.
func ExampleAdapter_Open() {
	const objects = `{"settlements":[{"id":"set-1","merchantRefNum":"order-1","txnTime":"2026-03-10T09:15:21Z",
		"status":"COMPLETED","amount":12500,"availableToRefund":12500,
		"splitpay":[{"linkedAccount":"2000000001","amount":500}]}],
	"refunds":[{"id":"ref-1","merchantRefNum":"refund-1","txnTime":"2026-03-11T10:00:00Z",
		"status":"COMPLETED","amount":2500}]}`
	report, err := paysafe.New().Open(strings.NewReader(objects), providers.ReportOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for {
		o, err := report.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.Line, o.Kind, o.Reference, o.Movement, o.Account, o.Amount)
	}
	// Output:
	// 1 settled order-1 set-1  12500
	// 1 split order-1 set-1 2000000001 500
	// 4 refunded refund-1 ref-1  2500
}

// The header Signature proves where a notification comes from. The key is the one of Paysafe's portal.
func ExampleAdapter_Notified() {
	n := providers.Notification{
		Header: textproto.MIMEHeader{"Signature": {"F3gqATJrEa1Fg7FpSFhlZjZ9cAWHS0NDd/L1kz37dSQ="}},
		Body: []byte(`{"eventName":"SETTLEMENT_COMPLETED","payload":{"id":"set-1","merchantRefNum":"order-1",` +
			`"txnTime":"2026-03-10T09:15:21Z","status":"COMPLETED","amount":12500}}`),
		Received: time.Date(2026, 3, 10, 9, 15, 30, 0, time.UTC),
	}
	outcomes, err := paysafe.New().Notified(&n, providers.Keys{Secrets: []string{"c2VjcmV0IGtleSBvZiB0aGUgcG9ydGFs"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outcomes {
		fmt.Println(o.Kind, o.Reference, o.Movement, o.Amount)
	}
	// Output:
	// settled order-1 set-1 12500
}

// A capture of the books is asked of Paysafe with its splits. What no share takes is the merchant's.
func ExampleWriter_Settlement() {
	payment := &posting.Payment{ID: "order-1", Currency: "GBP"}
	request, err := paysafe.Writer{}.Settlement(payment, &posting.Event{
		ID: "capture-1", Type: posting.PaymentCapture, Payment: "order-1", Amount: money.New(12500, "GBP"),
		Splits: []posting.Split{
			{Type: posting.BalanceAccount, Account: "2000000001", Amount: money.New(500, "GBP"), Reference: "goods"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(request.Reference, request.Amount, request.Splits)
	// Output:
	// order-1 12500 [{2000000001  500}]
}
