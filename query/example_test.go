package query_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range []posting.Event{
		{ID: "open", Type: posting.AccountOpen, Account: "seller:42", Kind: accounts.KindSub},
		{ID: "capture", Type: posting.PaymentCapture, Payment: "order-1", Provider: "adyen", Amount: money.New(40000, "USD"), Splits: []posting.Split{
			{Type: posting.BalanceAccount, Account: "seller:42", Amount: money.New(39600, "USD"), Reference: "goods"},
			{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission"},
			{Type: posting.PaymentFeeSplit, Account: "seller:42"},
		}},
		{ID: "fee", Type: posting.PaymentFee, Payment: "order-1", Fees: []posting.Fee{{Type: posting.FeeScheme, Amount: money.New(120, "USD")}}},
	} {
		if _, err := book.Post(ctx, e); err != nil {
			log.Fatal(err)
		}
	}

	books, err := query.Of(l)
	if err != nil {
		log.Fatal(err)
	}
	balances, err := books.Explain(ctx, "seller:42", query.ExplainFilter{})
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range balances {
		for _, p := range b.Parts {
			fmt.Println(p.Class, p.Type, p.Total)
		}
		fmt.Println("balance", b.Balance)
	}
	trial, err := books.TrialBalance(ctx, query.TrialFilter{By: query.By{Account: true}})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range trial.Rows {
		fmt.Println(r.Account, r.Debits, r.Credits)
	}
	// Output:
	// sales BalanceAccount 39600 USD
	// fees SchemeFee -120 USD
	// balance 39480 USD
	// liable 0 USD 400 USD
	// provider:adyen 40000 USD 120 USD
	// seller:42 120 USD 39600 USD
}
