package adyen_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/textproto"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/adyen"
)

// A settlement details report is read line by line. A line that cannot be read does not end the report.
func ExampleAdapter_Open() {
	const batch7 = `Psp Reference,Merchant Reference,Creation Date,TimeZone,Type,Modification Reference,` +
		`Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),` +
		`Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Merchant Account,Batch Number
EXPSP01,order-1,2026-03-09 10:01:12,CET,Settled,EXMOD01,EUR,,100.00,1,EUR,,98.65,,0.30,0.25,0.80,ShopEUR,7
EXPSP02,order-2,2026-03-09 11:00:00,CET,Settled,EXMOD02,EUR,,ten,1,EUR,,10.00,,,,,ShopEUR,7
EXPSP01,order-1,2026-03-09 16:30:00,CET,Refunded,EXMOD03,EUR,25.00,,1,EUR,25.00,,,,,,ShopEUR,7
`
	report, err := adyen.New().Open(strings.NewReader(batch7), providers.ReportOptions{})
	if err != nil {
		log.Fatal(err) // no report of Adyen's
	}
	fmt.Println(report.Format())
	for {
		o, err := report.Next()
		if err == io.EOF {
			break
		}
		if bad, ok := errors.AsType[*providers.LineError](err); ok {
			fmt.Println(bad.Line, "cannot be read:", bad.Column)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.Line, o.Kind, o.Reference, o.Movement, o.Amount, "net", o.Net, "fees", len(o.Fees))
	}
	// Output:
	// settlement details report
	// 2 settled order-1 EXMOD01 10000 EUR net 9865 EUR fees 3
	// 3 cannot be read: Gross Credit (GC)
	// 4 refunded order-1 EXMOD03 2500 EUR net -2500 EUR fees 0
}

// A signature made with any of the keys is accepted, so that keys can be rotated. Without one nothing of the
// webhook is read.
func ExampleAdapter_Notified() {
	body := `{"live":"true","notificationItems":[{"NotificationRequestItem":{` +
		`"additionalData":{"hmacSignature":"+TxL8ZDkjCOS7zYHvS+xgTYCYMNGaV3xFQnEgS48wRA="},` +
		`"amount":{"value":10000,"currency":"EUR"},"eventCode":"CAPTURE","eventDate":"2026-03-09T09:15:21+01:00",` +
		`"merchantAccountCode":"ShopEUR","merchantReference":"order-1","originalReference":"EXPSP01",` +
		`"pspReference":"EXMOD01","success":"true"}}]}`
	keys := providers.Keys{Secrets: []string{
		"44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
		"DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00",
	}}
	for _, body := range []string{body, strings.Replace(body, "10000", "99900", 1)} {
		outcomes, err := adyen.New().Notified(&providers.Notification{
			Header: textproto.MIMEHeader{}, Body: []byte(body), Received: time.Date(2026, 3, 9, 8, 15, 30, 0, time.UTC),
		}, keys)
		if errors.Is(err, providers.ErrUnauthenticated) {
			fmt.Println("not Adyen's")
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, o := range outcomes {
			fmt.Println(o.Kind, o.Reference, o.Movement, o.Amount)
		}
	}
	// Output:
	// captured order-1 EXMOD01 10000 EUR
	// not Adyen's
}

// The event that is booked is the request that is sent, with the same splits. The caller adds what belongs to
// the payment method.
func ExampleWriter_Payment() {
	w := adyen.Writer{MerchantAccount: "ShopEUR"}
	request, err := w.Payment(&posting.Event{
		ID: "auth-1", Type: posting.PaymentAuthorise, Payment: "order-1", Provider: "adyen",
		Amount: money.New(10000, "EUR"),
		Splits: []posting.Split{
			{Type: posting.BalanceAccount, Account: "BA00001", Amount: money.New(9600, "EUR"), Reference: "goods"},
			{Type: posting.Commission, Amount: money.New(400, "EUR"), Reference: "commission"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(request.Path, request.Reference, request.Amount.Value)
	for _, s := range request.Splits {
		fmt.Println(s.Type, s.Account, s.Amount.Value, s.Reference)
	}
	// Output:
	// /payments order-1 10000
	// BalanceAccount BA00001 9600 goods
	// Commission  400 commission
}
