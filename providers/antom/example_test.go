package antom_test

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/antom"
)

// What a seller's lines come to is what the seller is paid.
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
