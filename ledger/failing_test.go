package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// A journal whose disk is full from some block on, or which counts what is read.
type watchedJournal struct {
	journal.Journal
	fullFrom uint64 // block
	full     func(*journal.Block) bool
	reads    atomic.Int64

	unreadable error // that of every snapshot; nil: they can be read
}

func (j *watchedJournal) Append(ctx context.Context, b *journal.Block) error {
	if j.fullFrom > 0 && b.Number >= j.fullFrom {
		return fmt.Errorf("fdatasync: %w", syscall.ENOSPC)
	}
	if j.full != nil && j.full(b) {
		return fmt.Errorf("%w: %w", journal.ErrFull, syscall.ENOSPC)
	}
	return j.Journal.Append(ctx, b)
}

func (j *watchedJournal) Snapshot() (journal.Snapshot, error) {
	if j.unreadable != nil {
		return nil, j.unreadable
	}
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
		if !errors.Is(err, DiskFull) { // also of one that may have been refused because of what did not happen
			t.Errorf("function %d of the batch that did not fit: %v", i, err)
		}
	}
	if err := l.Update(t.Context(), pay("c", 5)); !errors.Is(err, DiskFull) {
		t.Errorf("after the disk was full: %v", err)
	}
	check := func(l *Ledger, want int64) {
		t.Helper()
		if b := holds(l, "platform", "EUR"); !b.Available.Equal(money.New(want, "EUR")) {
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

// TestRoomAgain makes room as soon as a call has been told that there is none: the next one is booked.
func TestRoomAgain(t *testing.T) {
	l, w := openWatched(t, filepath.Join(t.TempDir(), "ledger.db"), 0, Options{})
	for i := range 500 {
		w.full = func(*journal.Block) bool { return true }
		if err := l.Update(t.Context(), pay(fmt.Sprint(i), 1)); !errors.Is(err, DiskFull) {
			t.Fatalf("without room: %v", err)
		}
		w.full = nil
		if err := l.Update(t.Context(), pay(fmt.Sprint(i), 1)); err != nil {
			t.Fatalf("%d: with room again: %v", i, err)
		}
	}
}

// TestFullNowAndThen has no room for some blocks: their functions are refused and leave nothing, in memory either, and the others go on, with
// checkpoints, without the ledger being opened again.
func TestFullNowAndThen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, w := openWatched(t, path, 0, Options{CheckpointEvery: 40})
	w.full = func(b *journal.Block) bool { return b.Number > 1 && rand.IntN(3) == 0 }
	calls := 120
	if testing.Short() || RaceBuild {
		calls = 60
	}
	var mu sync.Mutex
	booked := make(map[string]bool)
	var group sync.WaitGroup
	for caller := range 6 {
		group.Go(func() {
			for n := range calls {
				var names []string
				var fs []func(*Tx) error
				size := []int{1, 3, 40}[rand.IntN(3)]
				if caller == 0 && n%40 == 20 {
					size = 3 * eagerRecords
				}
				for i := range size {
					names = append(names, fmt.Sprint(caller, "-", n, "-", i))
					fs = append(fs, changeAll(names[i], caller*1000+n))
				}
				if n == 50 {
					time.Sleep(5 * time.Millisecond)
				}
				for i, err := range l.UpdateBatch(context.Background(), fs) {
					if err != nil && !errors.Is(err, DiskFull) {
						t.Errorf("%s: %v", names[i], err)
					}
					mu.Lock()
					booked[names[i]] = err == nil
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	check := func(l *Ledger) {
		t.Helper()
		sum, opened := int64(0), 0
		for name, want := range booked {
			if has, err := l.Has(Key{'e', name}); err != nil || has != want {
				t.Fatalf("%s: it is there: %v, %v; it was booked: %v", name, has, err, want)
			}
			if a, ok := l.Account(accounts.ID("seller:" + name)); ok != want || ok && a.Status != accounts.Frozen {
				t.Fatalf("account of %s: %v %v; it was booked: %v", name, ok, a.Status, want)
			}
			if want {
				sum, opened = sum+7, opened+1
			}
		}
		total := int64(0)
		for _, b := range mustBalances(t, l, "platform") {
			n, _ := b.Available.Int().Int64()
			total += n
		}
		if total != sum || l.Stats().Accounts != opened+2 {
			t.Errorf("the platform has %d of %d, %d accounts, %d were opened", total, sum, l.Stats().Accounts, opened)
		}
		if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 || v.Records != uint64(opened) {
			t.Errorf("verify: %+v, %v", v, err)
		}
	}
	check(l)
	w.full = nil
	if err := l.Update(t.Context(), changeAll("last", 7)); err != nil {
		t.Error(err)
	}
	booked["last"] = true
	check(l)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	refused := 0
	for _, ok := range booked {
		if !ok {
			refused++
		}
	}
	l, _ = openWatched(t, path, 0, Options{})
	check(l)
	if s := l.Stats(); refused == 0 || s.Runs == 0 || len(l.damage) > 0 {
		t.Errorf("%d refused, %d runs of keys, %v; expected some of the first two", refused, s.Runs, l.damage)
	}
}

func mustBalances(t *testing.T, l *Ledger, id accounts.ID) []Balance {
	t.Helper()
	list, err := l.AccountBalances(id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// changeAll changes whatever a function can change, by 7 minor units.
func changeAll(name string, n int) func(*Tx) error {
	return func(tx *Tx) error {
		id := accounts.ID("seller:" + name)
		currency := money.Currency([]string{"EUR", "USD", "CHF", "SEK", "JPY", "GBP", "PLN"}[n%7])
		if has, err := tx.Has(Key{'e', name}); has || err != nil {
			return fmt.Errorf("%s is there: %v, %w", name, has, err)
		}
		return tx.Append(&Record{
			Keys:     []Key{{'e', name}, {'n', fmt.Sprint(n % 10)}},
			Opens:    []accounts.Account{{ID: id, Kind: accounts.KindSub}},
			Statuses: []StatusChange{{id, accounts.Frozen}},
			Updates:  []Update{{Account: id, Holder: name}, {Account: "liable", Metadata: map[string]string{"newest": name}}},
			Entries: []Entry{{Postings: []Posting{
				{Account: id, Amount: money.New(7, currency), Type: fmt.Sprint("type", n%50)}, {Account: "platform", Amount: money.New(-7, currency)}}}},
		})
	}
}
