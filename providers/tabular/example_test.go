package tabular_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/tabular"
)

// A report as a spreadsheet saved it again: semicolons, decimal commas. Columns are found by name. An amount
// that has two meanings is refused, and the rows after it are read.
func Example() {
	const report = "Order;Currency;Gross;Fee\n" +
		"order-1;EUR;1.234,56;0,35\n" +
		"order-2;EUR;1.234;0,35\n" +
		"order-3;EUR;20,00;\n"
	s, err := tabular.Open(strings.NewReader(report), tabular.Options{})
	if err != nil {
		log.Fatal(err)
	}
	c := tabular.Columns{Sheet: s}
	order, currency, gross, fee := c.Need("order"), c.Need("currency"), c.Need("gross", "amount"), s.Column("fee")
	if err := c.Complete("a report of orders"); err != nil {
		log.Fatal(err) // names the columns that are missing
	}
	for {
		err := s.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		cur := money.Currency(s.Text(currency))
		amount, _, err := s.Amount(gross, cur, 2, money.Table{})
		if bad, ok := errors.AsType[*providers.LineError](err); ok {
			fmt.Printf("line %d, %s: refused\n", bad.Line, bad.Column)
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		charged, given, err := s.Amount(fee, cur, 2, money.Table{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s.Text(order), amount, charged, given)
	}
	// Output:
	// order-1 123456 EUR 35 EUR true
	// line 3, Gross: refused
	// order-3 2000 EUR 0 false
}

// Options say what a file leaves open: the decimal sign, the order of day and month, the time zone.
func ExampleOptions() {
	const report = "when,amount\n2/11/25 16:05,\"1,234\"\n"
	s, err := tabular.Open(strings.NewReader(report), tabular.Options{Dates: "dmy", Decimal: "."})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Next(); err != nil {
		log.Fatal(err)
	}
	when, err := s.Time(s.Column("when"), tabular.Column{})
	if err != nil {
		log.Fatal(err)
	}
	amount, _, err := s.Amount(s.Column("amount"), "USD", 2, money.Table{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(when, amount)
	// Output:
	// 2025-11-02 16:05:00 +0000 UTC 123400 USD
}
