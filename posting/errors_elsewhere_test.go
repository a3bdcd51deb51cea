package posting

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/journal/memjournal"
)

// elsewhere opens a book whose journal is a log in memory.
func elsewhere(t *testing.T, log *memjournal.Log) (*Book, *ledger.Ledger, *memjournal.Journal) {
	j := log.Open()
	l, err := ledger.Open("", ledger.Options{Journal: j, IndexDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b, err := New(l, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b, l, j
}

var elsewhereID = uuid.MustParse("0190a0b0-0000-7000-8000-00000000cafe")

func otherWriter(t *testing.T) (possible bool, err error) {
	log := memjournal.New(elsewhereID)
	one, _, _ := elsewhere(t, log)
	two, _, _ := elsewhere(t, log)
	if _, err := one.Post(t.Context(), Event{ID: "a", Type: AccountOpen, Account: "S", Kind: accounts.KindSub}); err != nil {
		t.Fatal(err)
	}
	_, err = two.Post(t.Context(), Event{ID: "b", Type: AccountOpen, Account: "T", Kind: accounts.KindSub})
	if _, again := two.Post(t.Context(), Event{ID: "b", Type: AccountOpen, Account: "T", Kind: accounts.KindSub}); again != nil {
		t.Errorf("sent again: %v", again)
	}
	return true, err
}

func lostAnswer(t *testing.T) (possible bool, err error) {
	b, l, j := elsewhere(t, memjournal.New(elsewhereID))
	for range 1000 {
		j.Meet(memjournal.Fault{Lost: true})
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.Post(t.Context(), Event{ID: "a", Type: AccountOpen, Account: "S", Kind: accounts.KindSub})
		done <- err
	}()
	time.Sleep(10 * time.Millisecond)
	l.Close()
	return true, <-done
}
