package posting

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// What callers do with an event before its turn: decode, validate, encode. One operation is one event.

func BenchmarkDecodeTo(b *testing.B) {
	eachSource(b, func(b *testing.B, lines [][]byte, _ []Event, _ *Book) {
		var e Event
		for i := 0; b.Loop(); i++ {
			e = Event{}
			if err := wire.DecodeTo(&e, lines[i%len(lines)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	eachSource(b, func(b *testing.B, _ [][]byte, events []Event, _ *Book) {
		for i := 0; b.Loop(); i++ {
			if err := events[i%len(events)].Validate(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// eachSource runs f with captures of three splits, and with the events of a marketplace, in books that know their accounts and words.
func eachSource(b *testing.B, f func(b *testing.B, lines [][]byte, events []Event, book *Book)) {
	b.Run("captures", func(b *testing.B) {
		events := make([]Event, 256)
		for i := range events {
			events[i] = Event{
				ID: fmt.Sprintf("evt_%012d", i), Type: PaymentCapture, Payment: fmt.Sprintf("pay_%012d", i), Provider: "adyen", Reference: fmt.Sprint("order-", i),
				Amount: money.New(40000, "EUR"),
				Splits: []Split{
					{Type: BalanceAccount, Account: seller(i), Amount: money.New(28000, "EUR"), Reference: fmt.Sprintf("sale-%d-1", i)},
					{Type: BalanceAccount, Account: seller(7 * i), Amount: money.New(8000, "EUR"), Reference: fmt.Sprintf("sale-%d-2", i)},
					{Type: Commission, Amount: money.New(4000, "EUR"), Reference: fmt.Sprintf("fee-%d", i)},
				},
			}
		}
		ahead(b, events, f)
	})
	b.Run("marketplace", func(b *testing.B) {
		file, err := os.ReadFile("../examples/5-marketplace.jsonl")
		if err != nil {
			b.Fatal(err)
		}
		var events []Event
		for line := range bytes.Lines(file) {
			if e, err := Decode(line); err == nil {
				events = append(events, e)
			}
		}
		ahead(b, events, f)
	})
}

// ahead runs f in books that have the events.
func ahead(b *testing.B, events []Event, f func(b *testing.B, lines [][]byte, events []Event, book *Book)) {
	_, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	opens := make([]Event, 1000)
	for i := range opens {
		opens[i] = Event{ID: fmt.Sprint("open-", i), Type: AccountOpen, Account: seller(i), Kind: accounts.KindSub}
	}
	book.PostBatch(context.Background(), opens)
	book.PostBatch(context.Background(), events)
	var lines [][]byte
	for i := range events {
		lines = append(lines, events[i].AppendJSON(nil))
	}
	b.ReportAllocs()
	b.ResetTimer()
	f(b, lines, events, book)
}
