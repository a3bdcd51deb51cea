package export_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// sold makes a ledger in which one payment was captured.
func sold(ctx context.Context, dir string) *ledger.Ledger {
	l, err := ledger.Open(filepath.Join(dir, "market.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = book.Post(ctx, posting.CapturePayment{
		ID: "capture-1", At: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), Payment: "order-1", Provider: "adyen",
		Amount: money.New(40000, "USD"), Splits: []posting.Split{
			{Type: posting.Commission, Amount: money.New(400, "USD"), Reference: "commission"},
			{Type: posting.Remainder, Account: "platform", Reference: "sale"},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	return l
}

// The journal for hledger. It ends with the balances as assertions, which hledger checks by itself.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "export")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	l := sold(ctx, dir)
	defer l.Close()

	var journal strings.Builder
	if err := export.Write(ctx, &journal, l, export.Options{Format: export.Hledger}); err != nil {
		log.Fatal(err)
	}
	_, transactions, _ := strings.Cut(journal.String(), "\n\n") // behind the ledger's identity and the accounts
	fmt.Print(transactions)
	// Output:
	// 2026-03-10 (1) payment.capture capture-1
	//     assets:provider:adyen:pending  400.00 USD  ; Capture
	//     income:liable:pending  -4.00 USD  ; Commission commission
	//     income:platform:pending  -396.00 USD  ; Remainder sale
	//
	// 2026-03-10 balances
	//     income:liable:pending  0.00 USD = -4.00 USD
	//     income:platform:pending  0.00 USD = -396.00 USD
	//     assets:provider:adyen:pending  0.00 USD = 400.00 USD
}

// A table for a spreadsheet: a reference that somebody made up to be run as a formula is marked as text.
func ExampleCSVWriter() {
	w := export.NewCSVWriter(os.Stdout)
	for _, row := range [][]string{{"reference", "amount"}, {"=1+1", "-12.00"}} {
		if err := w.Write(row); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// reference,amount
	// '=1+1,-12.00
}

// A ledger is exported, and made again from that: with the same records, times and hashes.
func ExampleImport() {
	dir, err := os.MkdirTemp("", "export")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	l := sold(ctx, dir)
	defer l.Close()

	var journal bytes.Buffer
	if err := export.Write(ctx, &journal, l, export.Options{Format: export.JSONL}); err != nil {
		log.Fatal(err)
	}
	v, err := export.Import(ctx, &journal, filepath.Join(dir, "again.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.Records, v.Head == l.Stats().Head, len(v.Damage))
	// Output: 1 true 0
}
