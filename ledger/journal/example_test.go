package journal_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/splitledger/splitledger/ledger/journal"
)

// Two blocks are appended and read again. A block names the hash of the one before, so the hash of the last
// one stands for all of history, and a block that does not follow it is refused.
func Example() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	j, err := journal.OpenBolt(filepath.Join(dir, "log.db"), journal.BoltOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer j.Close()
	ctx := context.Background()
	empty := j.Head()

	for _, payload := range []string{"first", "second"} {
		b := journal.NewBlock(j.Head(), 0)
		b.Add([]byte(payload), 0)
		b.Seal(j.Head().Hash)
		if err := j.Append(ctx, b); err != nil { // synced when it returns
			log.Fatal(err)
		}
	}
	for b, err := range j.Blocks(ctx, 1) {
		if err != nil {
			log.Fatal(err)
		}
		r := b.Record(0)
		fmt.Println("block", b.Number, "record", r.Number, string(r.Payload))
	}

	late := journal.NewBlock(empty, 0)
	late.Add([]byte("another first"), 0)
	late.Seal(empty.Hash)
	fmt.Println("conflict:", errors.Is(j.Append(ctx, late), journal.ErrConflict))
	// Output:
	// block 1 record 1 first
	// block 2 record 2 second
	// conflict: true
}
