package bank_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/reconcile/bank"
)

// An MT940 is read as a stream. A statement comes behind its lines, with its balances.
func ExampleOpen() {
	const mt940 = `:20:STARTUMS
:25:NL26VAYB8060476890
:28C:51/1
:60F:C260311EUR1000,00
:61:2603120312C152,54NTRFTX0000000007XT
:86:ADYEN N.V. batch 7, ShopEUR
:61:2603120312D12,00NCHGNONREF
:86:Account fee March
:62F:C260312EUR1140,54
-
`
	r, err := bank.Open(strings.NewReader(mt940), money.Table{})
	if err != nil {
		log.Fatal(err) // bank.ErrFormat: no end-of-day statement
	}
	for {
		line, statement, err := r.Next()
		switch {
		case err == io.EOF:
			return
		case err != nil:
			log.Fatal(err) // a LineError is of one line; reading goes on after it
		case line != nil:
			fmt.Println(line.Booked.Format("2006-01-02"), line.Amount, line.Text)
		default:
			fmt.Println(r.Format(), statement.ID, "closing", statement.Closing.Amount, "gap", statement.Gap())
		}
	}
	// Output:
	// 2026-03-12 15254 EUR [ADYEN N.V. batch 7, ShopEUR]
	// 2026-03-12 -1200 EUR [Account fee March]
	// MT940 51/1 closing 114054 EUR gap 0 EUR
}

// What providers say that they paid out is looked for in the bank's statement. Nothing is written.
func ExampleCompare() {
	dir, err := os.MkdirTemp("", "bank")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := ledger.Open(filepath.Join(dir, "shop.db"), ledger.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	_, err = book.Post(ctx, posting.ReceivePayout{
		ID: "payout-7", At: time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC), Provider: "adyen", Batch: "7",
		Amount: money.New(15254, "EUR"),
	})
	if err != nil {
		log.Fatal(err)
	}

	const path = "../../examples/reconcile/bank.xml"
	r, err := bank.Compare(ctx, bank.Options{Ledger: l, Book: book},
		bank.Input{Name: "bank.xml", Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range r.Findings {
		fmt.Println(f.Class, f.Provider, f.Payout, f.Found, "by", f.By)
	}
	fmt.Println("broken", r.Broken())
	// Output:
	// matched adyen 7 15254 EUR by name
	// broken false
}
