package posting_test

import (
	"context"
	"fmt"
	"log"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
)

// A provider that the package does not know gets rules of its own: data, no code. This one takes splits in percents of one
// decimal, pays what they leave to the merchant, knows no rupiah smaller than a hundred, and refuses accounts that are not there.
func ExampleOptions() {
	_, l, done := newBook()
	defer done()
	acme := scheme.Scheme{
		Provider:  "acme",
		Splits:    scheme.AtCapture,
		Completed: scheme.AtSettlement,
		Inherit:   scheme.FullOnly,
		Merchant:  scheme.AccountMerchant,
		Sum:       scheme.AtMost,
		Missing:   scheme.Refuse,
		Decimals:  1,
		Units:     []scheme.Unit{{Currency: "IDR", Minor: 100}},
		Refunds:   scheme.AnyAccount,
		Sources: []scheme.Source{
			{Field: "Sum", Text: "acme.example/docs/splits"},
			{Field: "Decimals", Text: "acme.example/docs/splits", Inferred: "rounded half up: the one example fits other rules too"},
		},
	}
	book, err := posting.New(l, posting.Options{Schemes: []scheme.Scheme{acme}})
	if err != nil {
		log.Fatal(err)
	}
	eighth, err := money.ParsePercent("12.5")
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range []posting.Postable{
		posting.OpenAccount{ID: "1", Account: "seller:42", Kind: accounts.KindSub},
		posting.CapturePayment{ID: "2", Payment: "order-1", Provider: "acme", Account: "seller:42", Amount: money.New(250000, "IDR"),
			Splits: []posting.Split{{Type: posting.BalanceAccount, Account: accounts.Platform, Percent: eighth, Reference: "fee"}}},
	} {
		if _, err := book.Post(context.Background(), e); err != nil {
			log.Fatal(err)
		}
	}
	p, err := book.Payment("order-1")
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range p.Parts {
		fmt.Println(part.Account, part.Amount, part.Status, part.Reason)
	}
	for _, t := range acme.Terms() {
		if t.Source != "" {
			fmt.Printf("%s: %s (%s; inferred: %s)\n", t.Rule, t.Says, t.Source, t.Inferred)
		}
	}
	// Output:
	// platform 31300 IDR pending 12.5 % of 2500.00 IDR = 312.50, rounded half up to 313.00
	// seller:42 218700 IDR pending remainder: no split takes it
	// sum of splits: at most the amount, or refused (acme.example/docs/splits; inferred: )
	// percents: of the gross amount, at most 1 decimals, rounded half up (acme.example/docs/splits; inferred: rounded half up: the one example fits other rules too)
}

// A stored rule says once what many payments do.
func ExampleBook_Rules() {
	book, _, done := newBook()
	defer done()
	half, err := money.ParsePercent("50")
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range []posting.Postable{
		posting.OpenAccount{ID: "1", Account: "branch:bali", Kind: accounts.KindSub},
		posting.CreateRule{ID: "2", Rule: "half", Name: "Half to the platform", Currency: "IDR",
			Routes: []posting.Route{{Percent: half, Reference: "platform"}}},
		posting.CapturePayment{ID: "3", Payment: "order-1", Provider: "xendit", Account: "branch:bali", Amount: money.New(10000000, "IDR"), Rule: "half"},
		posting.SettlePayment{ID: "4", Payment: "order-1"},
	} {
		if _, err := book.Post(context.Background(), e); err != nil {
			log.Fatal(err)
		}
	}
	for r, err := range book.Rules("half") {
		if err != nil {
			log.Fatal(err)
		}
		xendit := book.Scheme("xendit")
		splits, err := r.Splits(&xendit, "branch:bali", money.New(10000000, "IDR"))
		if err != nil {
			log.Fatal(err)
		}
		for _, s := range splits {
			fmt.Println(r.ID, s.Account, s.Percent, s.Reference)
		}
	}
	p, err := book.Payment("order-1")
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range p.Parts {
		fmt.Println(part.Account, part.Amount)
	}
	// Output:
	// half platform 50 platform
	// branch:bali 5000000 IDR
	// platform 5000000 IDR
}

// A payout is asked for, and then is paid or fails.
func ExampleBook_Payouts() {
	book, l, done := newBook()
	defer done()
	for _, e := range []posting.Postable{
		posting.OpenAccount{ID: "1", Account: "seller:42", Kind: accounts.KindSub},
		posting.TransferFunds{ID: "2", From: accounts.Liable, To: "seller:42", Amount: money.New(9000, "EUR")},
		posting.RequestPayout{ID: "3", Payout: "march", Account: "seller:42", Amount: money.New(5000, "EUR")},
		posting.RequestPayout{ID: "4", Payout: "april", Account: "seller:42", Amount: money.New(3000, "EUR")},
		posting.FailPayout{ID: "5", Payout: "march", Reason: "the bank knows no such account"},
	} {
		if _, err := book.Post(context.Background(), e); err != nil {
			log.Fatal(err)
		}
	}
	for p, err := range book.Payouts("seller:42") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s, %s: %q\n", p.ID, p.Amount, p.State, p.Reason)
	}
	b, err := l.Balance("seller:42", "EUR")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Available, "available,", b.Reserved, "reserved")
	// Output:
	// march: 5000 EUR, failed: "the bank knows no such account"
	// april: 3000 EUR, requested: ""
	// 6000 EUR available, 3000 EUR reserved
}
