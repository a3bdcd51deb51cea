package money_test

import (
	"errors"
	"fmt"

	"github.com/splitledger/splitledger/money"
)

// An amount of minor units, as events carry it, and as people read it.
func Example() {
	price, err := money.ParseMinor("40000", "USD")
	if err != nil {
		fmt.Println(err)
		return
	}
	var table money.Table // ISO 4217
	fmt.Println(price)
	fmt.Println(table.Format(price), price.Currency())
	// Output:
	// 40000 USD
	// 400.00 USD
}

// Only whole minor units are read. Nothing is rounded, trimmed or guessed.
func ExampleParseMinor() {
	for _, s := range []string{"599", "-599", "5.99", "1e3", "9999999999999999999999999999999999999"} {
		a, err := money.ParseMinor(s, "EUR")
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a)
	}
	// Output:
	// 599 EUR
	// -599 EUR
	// amount "5.99": expected decimal digits only, found "." at position 2
	// amount "1e3": expected decimal digits only, found "e" at position 2
	// amount "9999999999999999999999999999999999999": expected at most 36 digits, found 37 digits
}

// The zero Amount starts any sum; another currency is refused, not converted.
func ExampleAmount_Add() {
	var total money.Amount
	var err error
	for _, part := range []money.Amount{money.New(39600, "USD"), money.New(400, "USD"), money.New(500, "EUR")} {
		var sum money.Amount
		if sum, err = total.Add(part); err != nil {
			break
		}
		total = sum
	}
	fmt.Println(total)
	fmt.Println(err)
	if mismatch, ok := errors.AsType[*money.MismatchError](err); ok {
		fmt.Println("left out:", mismatch.B)
	}
	// Output:
	// 40000 USD
	// currencies differ: 40000 USD and 500 EUR
	// left out: 500 EUR
}

// A sum never wraps and never loses a digit.
func ExampleSum() {
	most, _ := money.ParseMinor("999999999999999999999999999999999999", "IDR")
	fmt.Println(money.Sum("IDR", most, most, money.New(2, "IDR")))
	fmt.Println(money.Sum("IDR"))
	// Output:
	// 2000000000000000000000000000000000000 IDR
	// 0 IDR
}

// Decimals are those of ISO 4217, which are not always the customary ones: IDR has two.
func ExampleTable_Format() {
	var table money.Table
	for _, c := range []money.Currency{"USD", "IDR", "JPY", "KWD", "CLF"} {
		fmt.Println(c, table.Format(money.New(123456, c)))
	}
	// Output:
	// USD 1234.56
	// IDR 1234.56
	// JPY 123456
	// KWD 123.456
	// CLF 12.3456
}

// What people write. More decimals than the currency has are refused, even zeros.
func ExampleTable_ParseMajor() {
	var table money.Table
	for _, s := range []string{"123.45", "123.4", "123", "-0.05", "1.000", "1,000.00"} {
		a, err := table.ParseMajor(s, "USD")
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(a)
	}
	// Output:
	// 12345 USD
	// 12340 USD
	// 12300 USD
	// -5 USD
	// amount "1.000": expected at most 2 decimals for USD, found 3 decimals
	// amount "1,000.00": expected decimal digits and a '.', found "," at position 2
}

// Assets of one's own stand beside the currencies of ISO 4217, which cannot be redefined.
func ExampleTable_With() {
	var iso money.Table
	table, err := iso.With(money.Asset{Code: "USDC", Exponent: 6})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table.Format(money.New(1_250_000, "USDC")))
	_, known := iso.Exponent("USDC")
	fmt.Println("ISO 4217 has USDC:", known)
	_, err = table.With(money.Asset{Code: "IDR", Exponent: 0})
	fmt.Println(err)
	// Output:
	// 1.250000
	// ISO 4217 has USDC: false
	// asset IDR: expected a code that ISO 4217 gives no decimals, found its 2 decimals
}

// A part is rounded half up; what rounding leaves goes where the caller says.
func ExamplePercent_Of() {
	payment := money.New(5000, "USD")
	percent, err := money.ParsePercent("5.31")
	if err != nil {
		fmt.Println(err)
		return
	}
	fee := percent.Of(payment, money.NewInt(1)) // 265.5 cents
	rest, _ := payment.Sub(fee)
	fmt.Println(fee, rest)
	// Output:
	// 266 USD 4734 USD
}

// A provider that settles whole rupiah rounds to 100 of ISO 4217's minor units: 12.5 % of
// Rp 2,500.00 is Rp 313.00, not Rp 312.50.
func ExamplePercent_Of_unit() {
	percent, _ := money.ParsePercent("12.5")
	wholeRupiah := money.NewInt(100)
	fmt.Println(percent.Of(money.New(250000, "IDR"), wholeRupiah))
	// Output:
	// 31300 IDR
}

// A quote of 1,300 won to the dollar converts dollars, and its inverse converts won. Each rounds once, as the caller
// says.
func ExampleRate_Convert() {
	quote, err := money.ParseRate("1300.00")
	if err != nil {
		fmt.Println(err)
		return
	}
	var table money.Table // which knows that KRW has no decimals
	won, err := quote.Convert(money.New(2005, "USD"), "KRW", table, money.HalfEven)
	fmt.Println(won, err)
	dollars, err := quote.Inverse().Convert(money.New(26_007, "KRW"), "USD", table, money.HalfEven)
	fmt.Println(dollars, "at", quote.Inverse(), err)
	// Output:
	// 26065 KRW <nil>
	// 2001 USD at 1/1300.00 <nil>
}

// What a percent is before it is rounded, for people who ask how it came to its amount.
func ExamplePercent_Exactly() {
	percent, _ := money.ParsePercent("5.31")
	exact, whole := percent.Exactly(money.New(5000, "EUR"), money.Table{})
	fmt.Println(exact, whole)
	// Output:
	// 2.655 false
}

// Moving the decimal point, as where two parties count the minor units of a currency differently.
func ExampleInt_Shift() {
	fmt.Println(money.NewInt(1050).Shift(2))
	fmt.Println(money.NewInt(105000).Shift(-2))
	fmt.Println(money.NewInt(1050).Shift(-2))
	// Output:
	// 105000 true
	// 1050 true
	// 0 false
}

// The percents of one payment must not exceed the whole.
func ExamplePercent_Add() {
	var sum money.Percent
	for _, s := range []string{"60", "39.99", "0.02"} {
		p, _ := money.ParsePercent(s)
		sum = sum.Add(p)
		fmt.Println(sum, sum.Cmp(money.Hundred()) > 0)
	}
	// Output:
	// 60 false
	// 99.99 false
	// 100.01 true
}

// A dispute takes 33.33 from three accounts, by what each had of the payment. No cent is lost: the two that
// rounding left go to the largest remainders.
func ExampleAllocate() {
	weights := []money.Int{money.NewInt(7000), money.NewInt(2000), money.NewInt(1000)}
	parts, err := money.Allocate(money.New(3333, "USD"), weights)
	fmt.Println(parts, err)
	// Output:
	// [2333 USD 667 USD 333 USD] <nil>
}

// Numbers are stored in as few bytes as they need, of any size.
func ExampleInt_AppendBinary() {
	big, _ := money.ParseInt("100000000000000000000")
	b := money.NewInt(-1).AppendBinary(nil)
	b = money.NewInt(40000).AppendBinary(b)
	b = big.AppendBinary(b)
	fmt.Printf("% x\n", b)
	for len(b) > 0 {
		i, n, err := money.DecodeInt(b)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(i)
		b = b[n:]
	}
	// Output:
	// 01 80 f1 04 80 80 80 b1 ac 8b af c7 d7 15
	// -1
	// 40000
	// 100000000000000000000
}
