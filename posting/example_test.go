package posting_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// newBook opens a book in a directory of its own.
func newBook() (*posting.Book, *ledger.Ledger, func()) {
	dir, err := os.MkdirTemp("", "splitledger")
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
	return book, l, func() {
		l.Close()
		os.RemoveAll(dir)
	}
}

// A backend books a payment when its provider reports the capture, and the settlement when that comes.
func Example() {
	book, l, done := newBook()
	defer done()
	for _, e := range []posting.Postable{
		posting.OpenAccount{ID: "seller-42", Account: "seller:42", Kind: accounts.KindSub, Holder: "Ana's Lamps"},
		posting.CapturePayment{
			ID: "capture-1001", Payment: "order-1001", Provider: "adyen", Amount: money.New(40000, "USD"),
			Splits: []posting.Split{
				{Type: posting.BalanceAccount, Account: "seller:42", Amount: money.New(39600, "USD"), Reference: "goods"},
				{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission"},
			},
		},
		posting.SettlePayment{ID: "settled-1001", Payment: "order-1001"},
	} {
		if _, err := book.Post(context.Background(), e); err != nil {
			log.Fatal(err)
		}
	}
	for _, account := range []accounts.ID{"seller:42", accounts.Provider("adyen")} {
		b, err := l.Balance(account, "USD")
		fmt.Println(account, "has", b.Available, err)
	}
	// Output:
	// seller:42 has 39600 USD <nil>
	// provider:adyen has 40000 USD <nil>
}

// What the README shows: a capture with its splits, and what the seller has of it then.
func Example_readme() {
	sample := func(ctx context.Context, path string) error {
		l, err := ledger.Open(path, ledger.Options{})
		if err != nil {
			return err
		}
		defer l.Close()
		book, err := posting.New(l, posting.Options{})
		if err != nil {
			return err
		}
		_, err = book.Post(ctx, posting.OpenAccount{ID: "open-42", Account: "seller:42", Kind: accounts.KindSub})
		if err != nil {
			return err
		}
		receipt, err := book.Post(ctx, posting.CapturePayment{ // synced to disk when it returns
			ID: "capture-1001", Payment: "order-1001", Provider: "adyen", Amount: money.New(40000, "USD"),
			Splits: []posting.Split{
				{Type: posting.BalanceAccount, Account: "seller:42", Amount: money.New(39600, "USD"), Reference: "goods"},
				{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission"},
			},
		})
		if err != nil {
			return err
		}
		b, err := l.Balance("seller:42", "USD")
		if err != nil {
			return err
		}
		fmt.Println(receipt.Status, b.Pending)
		return nil
	}
	dir, _ := os.MkdirTemp("", "splitledger")
	defer os.RemoveAll(dir)
	if err := sample(context.Background(), filepath.Join(dir, "market.db")); err != nil {
		log.Fatal(err)
	}
	// Output: accepted 39600 USD
}

// Posting an event a second time books nothing and gives the first receipt again.
func ExampleBook_Post_again() {
	book, _, done := newBook()
	defer done()
	e := posting.TransferFunds{ID: "loan-1", From: accounts.Liable, To: accounts.Platform, Amount: money.New(500, "EUR")}
	for range 2 {
		r, err := book.Post(context.Background(), e)
		fmt.Println(r.Status, r.Entries, err)
	}
	e.Amount = money.New(501, "EUR")
	_, err := book.Post(context.Background(), e)
	fmt.Println(err)
	// Output:
	// accepted [1] <nil>
	// duplicate [1] <nil>
	// idempotency_conflict: amount.value: expected the content that id "loan-1" had the first time, 500, found 501
}

// A refusal has a code to branch on, and says what was expected and what was found.
func ExampleBook_Post_refused() {
	book, _, done := newBook()
	defer done()
	_, err := book.Post(context.Background(), posting.TransferFunds{
		ID: "transfer-1", From: accounts.Platform, To: accounts.Liable, Amount: money.New(500, "EUR"),
	})
	fmt.Println(err)
	if refusal, refused := ledger.Refused(err); refused { // otherwise the ledger could not do its work: send it again
		fmt.Println(refusal.Code == posting.InsufficientFunds, refusal.Field)
	}
	// Output:
	// insufficient_funds: amount: expected at most what platform has available, 0 EUR, found 500 EUR
	// true amount
}

// Many events at hand go faster in batches: each is booked or refused by itself.
func ExampleBook_PostBatch() {
	book, _, done := newBook()
	defer done()
	for _, r := range book.PostBatch(context.Background(), posting.Events(
		posting.CapturePayment{ID: "1", Payment: "order-1", Provider: "adyen", Amount: money.New(1000, "EUR")},
		posting.RefundPayment{ID: "2", Payment: "order-1", Refund: "a", Amount: money.New(1001, "EUR")},
		posting.RefundPayment{ID: "3", Payment: "order-1", Refund: "a", Amount: money.New(1000, "EUR")},
	)) {
		fmt.Println(r.Receipt.Entries, r.Err)
	}
	// Output:
	// [1] <nil>
	// [] amount_exceeds_captured: amount: expected at most what is captured, 1000 EUR, found 1001 EUR
	// [2] <nil>
}

// A payment's state comes from the journal.
func ExampleBook_Payment() {
	book, _, done := newBook()
	defer done()
	for _, line := range []string{
		`{"id":"1","type":"payment.authorise","payment":"order-1","provider":"adyen","amount":{"value":2000,"currency":"EUR"}}`,
		`{"id":"2","type":"payment.capture","payment":"order-1","amount":{"value":599,"currency":"EUR"}}`,
		`{"id":"3","type":"payment.refund","payment":"order-1","refund":"a","amount":{"value":99,"currency":"EUR"}}`,
	} {
		e, err := posting.Decode([]byte(line))
		if err != nil {
			log.Fatal(err)
		}
		if _, err := book.Post(context.Background(), e); err != nil {
			log.Fatal(err)
		}
	}
	p, err := book.Payment("order-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.State(), p.Refundable())
	for _, part := range p.Parts {
		fmt.Println(part.Account, part.Type, part.Amount, "given back", part.Refunded)
	}
	// Output:
	// partially_refunded 500 EUR
	// liable Merchant 599 EUR given back 99 EUR
}

// A receipt has JSON that stays as it is, and so has what became of an event of a batch.
func ExampleReceipt() {
	book, _, done := newBook()
	defer done()
	for _, r := range book.PostBatch(context.Background(), posting.Events(
		posting.TransferFunds{ID: "1", From: accounts.Liable, To: accounts.Platform, Amount: money.New(500, "EUR")},
		posting.TransferFunds{ID: "2", From: "seller:42", To: accounts.Platform, Amount: money.New(500, "EUR")},
	)) {
		line, err := json.Marshal(r)
		fmt.Println(string(line), err)
	}
	// Output:
	// {"id":"1","status":"accepted","record":1,"entries":[1]} <nil>
	// {"id":"2","status":"refused","code":"unknown_account","field":"from","error":"expected an open account of kind sub, platform or liable, found unknown account seller:42"} <nil>
}

// Decode says where a line is not as it should be.
func ExampleDecode() {
	_, err := posting.Decode([]byte(`{"id":"1","type":"payment.capture","payment":"order-1","splits":[{"type":"Commission","amount":{"value":1.5}}]}`))
	fmt.Println(err)
	// Output: invalid: splits[0].amount.value: expected a whole number of minor units, 1 to 36 digits, found 1.5
}
