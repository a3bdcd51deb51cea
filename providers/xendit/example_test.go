package xendit_test

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
	"github.com/splitledger/splitledger/providers/xendit"
)

// A balance report is of one account, which the file does not name. After is the running balance, which
// reconciliation checks.
func ExampleAdapter_Open() {
	const balance = `Transaction ID,Transaction Type,Line Type,Reference,Currency,Amount,Balance,Debit or Credit,` +
		`Created Date ISO
txn_1,PAYMENT,TRANSACTION,order-1,IDR,100000,100000,CREDIT,2026-03-11T02:00:00Z
txn_1,PAYMENT,FEE,order-1,IDR,631,99369,DEBIT,2026-03-11T02:00:00Z
txn_1,PAYMENT,VAT,order-1,IDR,69,99300,DEBIT,2026-03-11T02:00:00Z
`
	report, err := xendit.New().Open(strings.NewReader(balance), providers.ReportOptions{Account: "seller-1"})
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
		fmt.Println(o.Line, o.Kind, o.Reference, o.Account, "net", o.Net, "after", o.After)
	}
	// Output:
	// 2 settled order-1 seller-1 net 10000000 IDR after 10000000 IDR
	// 3 fee order-1 seller-1 net -63100 IDR after 9936900 IDR
	// 4 fee order-1 seller-1 net -6900 IDR after 9930000 IDR
}

// Xendit's webhooks carry the token of the dashboard. Amounts become minor units of ISO 4217: a rupiah has 100.
func ExampleAdapter_Notified() {
	n := providers.Notification{
		Header: textproto.MIMEHeader{"X-Callback-Token": {"the token of the dashboard"}},
		Body: []byte(`{"event":"refund.succeeded","business_id":"seller-1","data":{"id":"rfd-1","payment_id":"py-1",` +
			`"reference_id":"refund-1","amount":20000,"currency":"IDR","status":"SUCCEEDED","updated":"2026-03-12T04:30:00Z"}}`),
		Received: time.Date(2026, 3, 12, 4, 30, 5, 0, time.UTC),
	}
	outcomes, err := xendit.New().Notified(&n, providers.Keys{Secrets: []string{"the token of the dashboard"}})
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outcomes {
		fmt.Println(o.Kind, o.ProviderReference, o.Movement, o.Ours, o.Amount)
	}
	// Output:
	// refunded py-1 rfd-1 refund-1 2000000 IDR
}

// A stored rule becomes a split rule at Xendit, whose answer has the id that payments name in their header
// with-split-rule.
func ExampleWriter_SplitRule() {
	request, err := xendit.Writer{}.SplitRule(&posting.Rule{
		ID: "commission", Name: "commission", Currency: "IDR",
		Routes: []posting.Route{{Account: "seller-1", Flat: money.NewInt(1500000), Reference: "delivery"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range request.Routes {
		fmt.Println(r.Destination, r.Flat, r.Currency, r.Reference)
	}
	// Output:
	// seller-1 15000 IDR delivery
}
