package posting

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// raw is content of any kind.
type raw func(*ledger.Encoder)

func (r raw) Encode(e *ledger.Encoder) { r(e) }

// TestDamagedContent reads content that this package did not write: each is said to be damage, and the record is named.
func TestDamagedContent(t *testing.T) {
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	for _, tt := range []struct {
		name, says string
		write      raw
	}{
		{"nothing", "cut short", func(*ledger.Encoder) {}},
		{"a newer version", "version 2", func(e *ledger.Encoder) { e.Uint(2) }},
		{"an unknown type", "unknown type", func(e *ledger.Encoder) { e.Uint(1); e.Symbol("payment.guess") }},
		{"fields beyond the table", "that has none", func(e *ledger.Encoder) { e.Uint(1); e.Symbol("transfer"); e.Uint(1 << 40) }},
		{"half an event", "cut short", func(e *ledger.Encoder) { e.Uint(1); e.Symbol("transfer"); e.Uint(2) }},
		{"too many splits", "a list of 5001", func(e *ledger.Encoder) {
			e.Uint(1)
			e.Symbol("payment.refund")
			e.Uint(1 << 4)
			e.Uint(5001)
		}},
		{"metadata of too many keys", "metadata of 51", func(e *ledger.Encoder) {
			e.Uint(1)
			e.Symbol("account.open")
			e.Uint(1 << 4)
			e.Uint(51)
		}},
		{"no percent", `a percent of "half"`, func(e *ledger.Encoder) {
			e.Uint(1)
			e.Symbol("payment.refund")
			e.Uint(1 << 4)
			e.Uint(1)
			e.Uint(1 << 3)
			e.String("half")
			e.Uint(0)
		}},
		{"more behind", "more than an event", func(e *ledger.Encoder) { e.Uint(1); e.Symbol("transfer"); e.Uint(0); e.Uint(0); e.Uint(0) }},
	} {
		rec := &ledger.Record{Keys: []ledger.Key{{Space: KeyEvent, Name: tt.name}, {Space: KeyPayment, Name: tt.name}}, Content: tt.write}
		if err := l.Update(context.Background(), func(tx *ledger.Tx) error { return tx.Append(rec) }); err != nil {
			t.Fatal(err)
		}
		_, payment := b.Payment(tt.name)
		_, again := b.Post(context.Background(), Event{ID: tt.name, Type: Transfer, From: "a", To: "b", Amount: money.New(1, "EUR")})
		for _, err := range []error{payment, again} {
			if e, ok := errors.AsType[*ledger.Error](err); !ok || e.Code != ledger.Corrupt || !strings.Contains(e.Message, tt.says) || !strings.Contains(e.Detail, "record ") {
				t.Errorf("%s: %v, want ledger_corrupt and %q", tt.name, err, tt.says)
			}
		}
	}
}
