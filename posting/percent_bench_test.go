package posting

import (
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// percentCapture returns a capture with two splits by percent.
func percentCapture(b *testing.B, book *Book) *Event {
	e := captures(b, book, 1)[0]
	e.Provider, e.Splits = "paysafe", nil
	for i, percent := range []string{"5.31", "12.5"} {
		p, err := money.ParsePercent(percent)
		if err != nil {
			b.Fatal(err)
		}
		e.Splits = append(e.Splits, Split{Type: BalanceAccount, Account: seller(i), Percent: p, Reference: percent})
	}
	return &e
}

// BenchmarkRulesPercents measures the rules alone for a capture with splits by percent.
func BenchmarkRulesPercents(b *testing.B) {
	l, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	measureRules(b, l, book, percentCapture(b, book))
}

// BenchmarkValidatePercents measures what the event alone can tell of a capture with splits by percent.
func BenchmarkValidatePercents(b *testing.B) {
	_, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	e := percentCapture(b, book)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodePercents measures writing such a capture as JSON and reading it back.
func BenchmarkEncodePercents(b *testing.B) {
	_, book := open(b, filepath.Join(b.TempDir(), "book.db"))
	e := percentCapture(b, book)
	b.ReportAllocs()
	var line []byte
	for b.Loop() {
		line = e.AppendJSON(line[:0])
		var again Event
		if err := wire.DecodeTo(&again, line); err != nil {
			b.Fatal(err)
		}
	}
}
