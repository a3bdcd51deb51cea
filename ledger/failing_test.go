package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A journal whose disk is full from some block on, or which counts what is read.
type watchedJournal struct {
	journal.Journal
	fullFrom uint64 // block
	reads    atomic.Int64
}

func (j *watchedJournal) Append(ctx context.Context, b *journal.Block) error {
	if j.fullFrom > 0 && b.Number >= j.fullFrom {
		return fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	return j.Journal.Append(ctx, b)
}

func (j *watchedJournal) Snapshot() (journal.Snapshot, error) {
	s, err := j.Journal.Snapshot()
	return &watchedSnapshot{s, &j.reads}, err
}

type watchedSnapshot struct {
	journal.Snapshot
	reads *atomic.Int64
}

func (s *watchedSnapshot) Record(n uint64) (journal.Record, error) {
	s.reads.Add(1)
	return s.Snapshot.Record(n)
}

func openWatched(t *testing.T, path string, fullFrom uint64, o Options) (*Ledger, *watchedJournal) {
	t.Helper()
	bolt, err := journal.OpenBolt(path, journal.BoltOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watchedJournal{Journal: bolt, fullFrom: fullFrom}
	l, err := open(path, w, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, w
}

// pay books amount from liable to platform under the given name.
func pay(name string, amount int64) func(*Tx) error {
	return func(tx *Tx) error {
		a := money.New(amount, "EUR")
		return tx.Append(&Record{Keys: []Key{{'e', name}}, Entries: []Entry{{Postings: []Posting{
			{Account: "liable", Amount: a}, {Account: "platform", Amount: a.Neg()}}}}})
	}
}

// TestDiskFull lets the disk run full: nothing is accepted from then on, nothing of it is seen, and the ledger goes on from what
// was acknowledged when it is opened again.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, _ := openWatched(t, path, 4, Options{CheckpointEvery: 1})
	for i := range 3 {
		if err := l.Update(t.Context(), pay(fmt.Sprint(i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	for i, err := range l.UpdateBatch(t.Context(), []func(*Tx) error{pay("a", 5), func(*Tx) error { return errors.ErrUnsupported }, pay("b", 5)}) {
		if want := []error{DiskFull, errors.ErrUnsupported, DiskFull}[i]; !errors.Is(err, want) {
			t.Errorf("function %d of the batch that did not fit: %v, want %v", i, err, want)
		}
	}
	if err := l.Update(t.Context(), pay("c", 5)); !errors.Is(err, DiskFull) {
		t.Errorf("after the disk was full: %v", err)
	}
	check := func(l *Ledger, want int64) {
		t.Helper()
		if b := l.Balance("platform", "EUR"); !b.Available.Equal(money.New(want, "EUR")) {
			t.Errorf("balance %v, want %d", b.Available, want)
		}
		for name, want := range map[string]bool{"0": true, "2": true, "a": false, "b": false, "c": false} {
			if has, err := l.Has(Key{'e', name}); err != nil || has != want {
				t.Errorf("%s: %v, %v; want %v", name, has, err, want)
			}
		}
		if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 || v.Records != 3 {
			t.Errorf("verify: %+v, %v", v, err)
		}
	}
	check(l, 3)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l, _ = openWatched(t, path, 0, Options{CheckpointEvery: 1})
	check(l, 3)
	if err := l.Update(t.Context(), pay("3", 1)); err != nil {
		t.Error(err)
	}
}
