package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// TestView books more while a view is open: it goes on to show the books as they were, and the ledger what is new.
func TestView(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	key, other := Key{'p', "order"}, Key{'p', "another"}
	n := 0
	book := func(keys ...Key) *Record {
		t.Helper()
		n++
		r := &Record{Keys: append([]Key{{'e', fmt.Sprint("event ", n)}}, keys...)}
		if err := l.Update(t.Context(), func(tx *Tx) error { return tx.Append(r) }); err != nil {
			t.Fatal(err)
		}
		return r
	}
	book(key)
	second := book(key)
	err = l.Read(func(v *Reader) error {
		check := func(when string) {
			t.Helper()
			group, err := v.Group(key)
			if err != nil || len(group) != 2 || group[1].Number != second.Number {
				t.Errorf("%s: group %v, %v; want the two records booked before", when, group, err)
			}
			if last, err := v.Last(key); err != nil || last == nil || last.Number != second.Number {
				t.Errorf("%s: last %v, %v; want record %d", when, last, err, second.Number)
			}
			if ok, err := v.IsNewest(key, second); err != nil || !ok {
				t.Errorf("%s: record %d is not the newest: %v", when, second.Number, err)
			}
			if has, err := v.Has(other); err != nil || has {
				t.Errorf("%s: has %v: %v, %v", when, other, has, err)
			}
			if r, err := v.Record(second.Number); err != nil || r.Keys[1] != key {
				t.Errorf("%s: record %v, %v", when, r, err)
			}
			if r, err := v.Record(second.Number + 1); err == nil {
				t.Errorf("%s: record %v is not of the view", when, r)
			}
		}
		check("at first")
		for i := range 3 {
			book(key, other)
			check(fmt.Sprint(i+1, " booked since"))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if group, err := l.Group(key); err != nil || len(group) != 5 {
		t.Errorf("%d records, %v; want 5", len(group), err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Read(func(*Reader) error { t.Error("a closed ledger has a view"); return nil }); err != ErrClosed {
		t.Error(err)
	}
}

// TestUsedTooLate uses what a function was given after the function has returned, failed or panicked: that stops whoever does it,
// books nothing and keeps nothing open.
func TestUsedTooLate(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Update(t.Context(), pay("first", 1)); err != nil {
		t.Fatal(err)
	}
	before := l.Stats().Head
	for name, f := range map[string]func(*Tx) error{
		"Append":  pay("late", 5),
		"Balance": func(tx *Tx) error { tx.Balance("liable", "EUR"); return nil },
		"Has":     func(tx *Tx) error { _, err := tx.Has(Key{'e', "first"}); return err },
		"Now":     func(tx *Tx) error { tx.Now(); return nil },
	} {
		for end, how := range map[string]error{"returned": nil, "failed": errors.New("no"), "panicked": nil} {
			var kept *Tx
			if thrown, err := caught(func() error {
				return l.Update(t.Context(), func(tx *Tx) error {
					kept = tx
					if end == "panicked" {
						panic(end)
					}
					return how
				})
			}); err != how || (thrown != nil) != (end == "panicked") {
				t.Fatal(err, thrown)
			}
			if thrown, err := caught(func() error { return f(kept) }); thrown == nil {
				t.Errorf("%s on the Tx of a function that %s: %v, want a panic", name, end, err)
			}
		}
	}
	var kept *Reader
	if err := l.Read(func(v *Reader) error { kept = v; _, err := v.Record(1); return err }); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func() error{
		"Record": func() error { _, err := kept.Record(1); return err },
		"Has":    func() error { _, err := kept.Has(Key{'e', "first"}); return err },
	} {
		if thrown, err := caught(f); thrown == nil {
			t.Errorf("%s on the View of a function that returned: %v, want a panic", name, err)
		}
	}
	if err := l.Update(t.Context(), func(*Tx) error { return nil }); err != nil || l.Stats().Head != before {
		t.Errorf("something was booked: %v, %+v", err, l.Stats())
	}
	if err := l.Close(); err != nil { // which waits for views
		t.Error(err)
	}
}

// caught runs f, and returns what it panicked with.
func caught(f func() error) (thrown any, err error) {
	defer func() { thrown = recover() }()
	return nil, f()
}

// TestBalanceOfNothing asks for what an account never had, and for accounts and currencies that there are not.
func TestBalanceOfNothing(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "book.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		account  accounts.ID
		currency money.Currency
		want     error
	}{{"liable", "JPY", nil}, {"seller:24", "JPY", UnknownAccount}, {"liable", "YEN", Invalid}} {
		if b, err := l.Balance(tt.account, tt.currency); !errors.Is(err, tt.want) || !b.Total().IsZero() {
			t.Errorf("Balance(%s, %s) = %v, %v, want %v", tt.account, tt.currency, b, err, tt.want)
		}
	}
}
