package posting_test

import (
	"testing"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// Who posted an event is in its record, and not in the event: somebody else who sends it again gets a duplicate, and the
// record still names who was first.
func TestBy(t *testing.T) {
	l, err := ledger.Open(t.TempDir()+"/by.db", ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	book, err := posting.New(l, posting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	open := posting.Event{
		ID: "acc-1", Type: posting.AccountOpen, At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Account: "seller:42", Kind: 1,
	}
	for i, by := range []string{"key_7f3a9c21", "", "user_ann"} {
		r, err := book.As(by).Post(t.Context(), open)
		if err != nil {
			t.Fatal(err)
		}
		if want := posting.Duplicate; i > 0 && r.Status != want {
			t.Errorf("posted again by %q: %s, want %s", by, r.Status, want)
		}
	}
	batch := []posting.Event{{ID: "f", Type: posting.AccountFreeze, At: open.At, Account: "seller:42"}}
	if r := book.As("socket_1000").PostBatch(t.Context(), batch); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	if _, err := book.Post(t.Context(), posting.Event{ID: "u", Type: posting.AccountUnfreeze, At: open.At, Account: "seller:42"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for rec, err := range l.Records(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		by, err := posting.By(rec)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, by)
	}
	if want := [3]string{"key_7f3a9c21", "socket_1000", ""}; len(got) != 3 || [3]string(got) != want {
		t.Errorf("posted by %q, want %q", got, want)
	}
}
