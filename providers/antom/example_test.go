package antom_test

import (
	"fmt"
	"io"
	"log"
	"net/textproto"
	"os"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/antom"
)

// The net amounts of a seller's lines sum to the seller's payout.
func ExampleNew() {
	file, err := os.Open("testdata/settlementItems_USD_2026031100000000001_000.csv")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	report, err := antom.New().Open(file, providers.ReportOptions{})
	if err != nil {
		log.Fatal(err)
	}
	sum := money.New(0, "USD")
	for {
		o, err := report.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if o.Receiver == "seller-1" {
			fmt.Println(o.Kind, o.Amount, o.Net)
			sum = money.Sum("USD", sum, o.Net)
		}
	}
	fmt.Println("in all", sum)
	// Output:
	// settled 10000 USD 9710 USD
	// settled 5000 USD 4905 USD
	// settled 26000 KRW 1940 USD
	// refunded 2500 USD -2500 USD
	// chargeback 5000 USD -6500 USD
	// fee 0 -100 USD
	// in all 7455 USD
}

// notifySettlement says what Antom has paid to whom. Antom signs with RSA; Keys has the public key as Antom's
// dashboard shows it.
func Example_notification() {
	body, err := os.ReadFile("testdata/notifySettlement.json")
	if err != nil {
		log.Fatal(err)
	}
	n := providers.Notification{
		Path: "/notifications/settlement",
		Header: textproto.MIMEHeader{
			"Client-Id": {"SANDBOX_5EXAMPLE0000000"}, "Request-Time": {"2026-03-12T10:00:05+08:00"}, "Signature": {signature},
		},
		Body: body, Received: time.Date(2026, 3, 12, 2, 0, 10, 0, time.UTC),
	}
	outcomes, err := antom.New().Notified(&n, providers.Keys{Secrets: []string{publicKey}})
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range outcomes {
		fmt.Println(o.Kind, o.Batch, o.Receiver, o.Amount)
	}
	// Output:
	// payout 2026031100000000001 seller-1 7455 USD
}

// An answer says what to do next.
func ExampleReadResult() {
	for _, answer := range []string{
		`{"result":{"resultStatus":"S","resultCode":"SUCCESS"},"settlementId":"2026031200000000009"}`,
		`{"result":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"}}`,
		`{"result":{"resultStatus":"F","resultCode":"SETTLEMENT_AMOUNT_EXCEEDS_LIMIT"}}`,
	} {
		r, err := antom.ReadResult([]byte(answer))
		if err != nil {
			log.Fatal(err)
		}
		switch r.Next {
		case antom.Done:
			fmt.Println("taken in as", r.ID)
		case antom.RetrySame:
			fmt.Println("send the same again")
		case antom.Refused:
			fmt.Println(r.Remedy)
		}
	}
	// Output:
	// taken in as 2026031200000000009
	// send the same again
	// settle no more than the payment has left after all that was settled before, with a new id
}

// The header Signature of testdata/notifySettlement.json, and the key that it was made with.
const signature = "algorithm=RSA256,keyVersion=1,signature=DiV4bp8lH3tJMR0KUNJZGnAHpmmQmPSnDJ8QzSHcviZrC7C6bRKq" +
	"gvISahC9lZbjvkxa8ef6i%2B8dGHdY%2FVCrEFjcbxbS2VEQUZDlRBh5UiSQ9qK5OJ4waprFMW7%2BZ6RQZxvNYqkIh8" +
	"R1UNi5lahO1mVrknvufNLQEEtJoE%2FqKQzkJdSiKkp3toB7Q5O8fO5h3vJfe8oSKDblrPDeEoT2caHGtaHRZMGEurMA" +
	"93S6iYHAhfGiBIQprvD0qGKP7hLkxnOg5JzUzBVEuNQf5pLZVQnGl6SP3GxFepEG1DngVm%2F12X%2Fiz%2F9%2BFKSH" +
	"0bC%2F7vdPiu7qkF6dCLbaqFQlcY9ZFA%3D%3D"

const publicKey = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6GrGJOMEqv0lI4HM/+tmsM3LMAUPg6DMYHLvLcobd+oNB6Ui" +
	"OU6o6Akg+luUqmP0F164IATbqP/GX3EJnw/KWBg9ivBceK5xXYP/Vr76uK8fQpzf0oL+R/pgnROcWcmGeQj0opxE8V/F" +
	"2+lfmd3QoSqgZNGKFe+uaQbSm3+HPZBGPy899t17X2EMKqTfKAvJV7mr/keDw9pl9j//6U4vqC3vcEQ3uan80gnbbEjU" +
	"y7mruScffsUP2JGJGAMgEdAAG/j2evSH2hoZs7CdhvJgTkIlspXOjqiqC5Em/pQQJwk1q8yarGiTvu6a3suVwph6srXX" +
	"U9Otry2z6U3wDT4Y6wIDAQAB"
