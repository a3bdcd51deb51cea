package memjournal_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
)

// A test sees what a program does when the journal has no room: the event is refused, and booked when there is
// room again.
func Example() {
	dir, err := os.MkdirTemp("", "memjournal")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	j := memjournal.New(uuid.MustParse("6f0f1d2e-6d0b-4c57-9b7d-2a4de4c0a7b1")).Open()
	l, err := ledger.Open("", ledger.Options{Journal: j, IndexDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()

	open := func() error {
		return l.Update(context.Background(), func(tx *ledger.Tx) error {
			return tx.Append(&ledger.Record{
				Keys:  []ledger.Key{{Space: 'x', Name: "open-42"}},
				Opens: []accounts.Account{{ID: "seller:42", Kind: accounts.KindSub}},
			})
		})
	}
	j.Meet(memjournal.Fault{Full: true})
	fmt.Println("no room:", errors.Is(open(), ledger.DiskFull))
	fmt.Println("again:", open())
	// Output:
	// no room: true
	// again: <nil>
}
