package query_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/query"
)

// market makes a small ledger: a seller has sold something for 400.00 USD. Programs open theirs with
// [ledger.Open].
func market(ctx context.Context) (books *query.Books, done func()) {
	dir, err := os.MkdirTemp("", "query")
	if err != nil {
		log.Fatal(err)
	}
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range []posting.Postable{
		posting.OpenAccount{ID: "open", Account: "seller:42", Kind: accounts.KindSub},
		posting.CapturePayment{
			ID: "capture", Payment: "order-1", Provider: "adyen", Amount: money.New(40000, "USD"), Splits: []posting.Split{
				{Type: posting.BalanceAccount, Account: "seller:42", Amount: money.New(39600, "USD"), Reference: "goods"},
				{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission"},
				{Type: posting.PaymentFeeSplit, Account: "seller:42"},
			},
		},
		posting.BookFees{ID: "fee", Payment: "order-1", Fees: []posting.Fee{
			{Type: posting.FeeScheme, Amount: money.New(120, "USD")},
		}},
	} {
		if _, err := book.Post(ctx, e); err != nil {
			log.Fatal(err)
		}
	}
	if books, err = query.Of(l); err != nil {
		log.Fatal(err)
	}
	return books, func() {
		l.Close()
		os.RemoveAll(dir)
	}
}

// What a balance is made of, and a trial balance.
func Example() {
	ctx := context.Background()
	books, done := market(ctx)
	defer done()
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

// An answer is a value with stable JSON, which a handler may send as it is. Amounts are minor units.
func ExampleBooks_Balances() {
	books, done := market(context.Background())
	defer done()
	list, err := books.Balances(query.BalanceFilter{AccountFilter: query.AccountFilter{Accounts: []string{"seller:*"}}})
	if err != nil {
		log.Fatal(err)
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output:
	// [
	//   {
	//     "account": "seller:42",
	//     "kind": "sub",
	//     "currency": "USD",
	//     "pending": 39480,
	//     "available": 0,
	//     "reserved": 0,
	//     "balance": 39480
	//   }
	// ]
}

// A statement may be long, so it is a sequence, oldest posting first. Balance is what the sub-balance was
// after it.
func ExampleBooks_Statement() {
	ctx := context.Background()
	books, done := market(ctx)
	defer done()
	for line, err := range books.Statement(ctx, "seller:42", query.StatementFilter{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line.Event, line.Sub, line.Type, line.Amount, line.Balance)
	}
	// Output:
	// capture pending BalanceAccount 39600 USD 39600 USD
	// fee pending SchemeFee -120 USD 39480 USD
}

// What became of a payment: its state, what may still be refunded, and who got which part.
func ExampleBooks_Payment() {
	books, done := market(context.Background())
	defer done()
	p, err := books.Payment("order-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.State, p.Captured, "refundable", p.Refundable)
	for _, part := range p.Parts {
		fmt.Println(part.Type, part.Account, part.Amount)
	}
	// Output:
	// captured 40000 USD refundable 40000 USD
	// BalanceAccount seller:42 39600 USD
	// Commission liable 400 USD
}

// A list in pages, as an HTTP API has them. A cursor holds whatever is booked between two requests.
func ExamplePageOf() {
	ctx := context.Background()
	books, done := market(ctx)
	defer done()
	splits := func(b *query.Books) iter.Seq2[query.SplitPayment, error] { return b.Splits(ctx, query.SplitFilter{}) }
	request := query.PageRequest{List: "splits", Limit: 1}
	for {
		page, err := query.PageOf(books, splits, request)
		if err != nil {
			log.Fatal(err)
		}
		for _, split := range page.Data {
			fmt.Println(split.ID, split.Destination, split.Amount, split.Status)
		}
		if page.Next == "" {
			break
		}
		request.After = page.Next
	}
	// Output:
	// order-1/1 seller:42 39600 USD completed
	// order-1/2 liable 400 USD completed
}
