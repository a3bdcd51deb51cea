package export_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A ledger is exported, and made again from that: with the same records, times and hashes.
func ExampleImport() {
	dir, _ := os.MkdirTemp("", "export")
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
	ctx := context.Background()
	_, err = book.Post(ctx, posting.CapturePayment{
		ID: "capture-1", Payment: "order-1", Provider: "adyen", Amount: money.New(40000, "USD"),
	})
	if err != nil {
		log.Fatal(err)
	}

	var journal bytes.Buffer
	if err := export.Write(ctx, &journal, l, export.JSONL); err != nil {
		log.Fatal(err)
	}
	v, err := export.Import(ctx, &journal, filepath.Join(dir, "again.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.Records, v.Head == l.Stats().Head, len(v.Damage))
	// Output: 1 true 0
}
