package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// TestReadersSeeWholeGroups reads in all ways while eight writers run, each function of which moves money in two
// records through an account that is empty before and after.
func TestReadersSeeWholeGroups(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{CheckpointEvery: 100, Clock: time.Now})
	ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: []accounts.Account{{ID: "through", Kind: accounts.KindSub}}})

	var writers, readers sync.WaitGroup
	var written atomic.Int64
	until := time.Now().Add(lasting(300*time.Millisecond, 1500*time.Millisecond))
	for w := range 8 {
		writers.Go(func() {
			for i := 0; time.Now().Before(until); i++ {
				if err := l.Update(context.Background(), moveThrough(fmt.Sprint("w", w, "-", i), i)); err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
				written.Add(2)
			}
		})
	}
	var done atomic.Bool
	for _, look := range looks {
		readers.Go(func() {
			for n := 0; !done.Load(); n++ {
				if err := look.at(l, time.Now().Add(-time.Duration(n%20)*time.Millisecond)); err != nil {
					t.Errorf("%s: %v", look.name, err)
					return
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	if v := ledgertest.Verify(t, l); v.Records != uint64(written.Load())+1 {
		t.Errorf("%d records, want %d", v.Records, written.Load()+1)
	}
}

// lasting is how long a test goes on, in -short and otherwise.
func lasting(short, long time.Duration) time.Duration {
	if testing.Short() {
		return short
	}
	return long
}

// moveThrough books on a new account and in ever new currencies, and sometimes changes its mind.
func moveThrough(name string, i int) func(*ledger.Tx) error {
	currency := currencies[i/5%len(currencies)]
	return func(tx *ledger.Tx) error {
		id := accounts.ID("seller:" + name)
		first := &ledger.Record{
			Keys:    []ledger.Key{{Space: 'e', Name: name}, {Space: 'p', Name: "all"}},
			Opens:   []accounts.Account{{ID: id, Kind: accounts.KindSub}},
			Entries: []ledger.Entry{entry("liable", "through", ledger.Available, money.New(int64(i), currency))},
		}
		if i%3 == 0 {
			first.At = tx.Now().Add(-time.Duration(i) * time.Second)
		}
		if err := tx.Append(first); err != nil {
			return err
		}
		refused := &ledger.Record{Keys: first.Keys, Entries: []ledger.Entry{entry("through", "nobody", 0, money.New(1, "CHF"))}}
		if err := tx.Append(refused); !errors.Is(err, ledger.UnknownAccount) {
			return fmt.Errorf("posting to nobody: %w", err)
		}
		return tx.Append(&ledger.Record{
			Keys: []ledger.Key{{Space: 'e', Name: name + "'"}}, At: first.At,
			Entries: []ledger.Entry{entry("through", id, ledger.Available, money.New(int64(i), currency))},
		})
	}
}

// looks are ways to read, each with what must hold however the writers stand. When is some moment of late.
var looks = []struct {
	name string
	at   func(l *ledger.Ledger, when time.Time) error
}{
	{"Balances", func(l *ledger.Ledger, _ time.Time) error { return wholeGroups(ledgertest.Balances(l, nil), nil) }},
	{"BalancesAt recorded", func(l *ledger.Ledger, when time.Time) error {
		return wholeGroups(l.BalancesAt(ledger.AsOf{Recorded: when}, nil))
	}},
	{"BalancesAt at", func(l *ledger.Ledger, when time.Time) error {
		return wholeGroups(l.BalancesAt(ledger.AsOf{At: when}, nil))
	}},
	{"BalanceAt", func(l *ledger.Ledger, when time.Time) error {
		for _, as := range []ledger.AsOf{{}, {At: when}, {Recorded: when}, {At: when, Recorded: when}} {
			b, err := l.BalanceAt("through", as)
			if err := wholeGroups([]ledger.AccountBalance{{Account: accounts.Account{ID: "through"}, Balances: b}}, err); err != nil {
				return err
			}
		}
		return nil
	}},
	{"AccountBalances", func(l *ledger.Ledger, _ time.Time) error {
		b, err := l.AccountBalances("through")
		return wholeGroups([]ledger.AccountBalance{{Account: accounts.Account{ID: "through"}, Balances: b}}, err)
	}},
	{"Postings", func(l *ledger.Ledger, _ time.Time) error {
		for _, newest := range []bool{true, false} {
			for line, err := range l.Postings(context.Background(), "through", ledger.Range{Newest: newest, Limit: 50}) {
				if err != nil {
					return err
				}
				if line.Balance.IsZero() != (line.Amount.Sign() >= 0) {
					return fmt.Errorf("after %v the balance is %v", line, line.Balance)
				}
			}
		}
		return nil
	}},
	{"Group", func(l *ledger.Ledger, _ time.Time) error {
		g, err := l.Group(ledger.Key{Space: 'p', Name: "all"})
		if err == nil && !slices.IsSortedFunc(g, func(a, b *ledger.Record) int { return int(a.Number) - int(b.Number) }) {
			return errors.New("out of order")
		}
		if len(g) > 0 { // the record after it is of the same function
			e := g[len(g)-1].Entries[0]
			r, err := l.EntryRecord(e.Number + 1)
			if err != nil || r.Keys[0].Name != g[len(g)-1].Keys[0].Name+"'" {
				return fmt.Errorf("after record %d, entry %d: %v, %w", g[len(g)-1].Number, e.Number, r, err)
			}
		}
		return err
	}},
	{"Verify", func(l *ledger.Ledger, _ time.Time) error {
		time.Sleep(20 * time.Millisecond)
		v, err := l.Verify(context.Background(), nil)
		if err == nil && len(v.Damage) > 0 {
			err = fmt.Errorf("damage: %v", v.Damage)
		}
		return err
	}},
}

// wholeGroups checks balances that moveThrough made.
func wholeGroups(list []ledger.AccountBalance, err error) error {
	if err != nil {
		return err
	}
	for _, a := range list {
		for _, b := range a.Balances {
			if a.Account.ID == "through" && !b.Total().IsZero() || b.Currency == "CHF" {
				return fmt.Errorf("%s has %v", a.Account.ID, b)
			}
		}
	}
	if s := unbalanced(list); s != "" && len(list) > 1 {
		return errors.New(s)
	}
	return nil
}

// TestCancelled cancels a call that waits for its turn.
func TestCancelled(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	started, release := make(chan bool), make(chan bool)
	first := make(chan error)
	go func() {
		first <- l.Update(context.Background(), func(*ledger.Tx) error { close(started); <-release; return nil })
	}()
	<-started
	ctx, cancel := context.WithCancel(context.Background())
	second, third := make(chan error), make(chan []error)
	run := func(*ledger.Tx) error { t.Error("a function ran after its context was done"); return nil }
	go func() { second <- l.Update(ctx, run) }()
	go func() { third <- l.UpdateBatch(ctx, []func(*ledger.Tx) error{run, run}) }()
	time.Sleep(10 * time.Millisecond)
	cancel()
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("Update: %v", err)
	}
	for _, err := range <-third {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("UpdateBatch: %v", err)
		}
	}
	if err := l.Update(ctx, run); !errors.Is(err, context.Canceled) {
		t.Errorf("Update with a context that was done before: %v", err)
	}
}

// TestPanic lets a function of a batch panic: its caller hears of it, its neighbours are booked.
func TestPanic(t *testing.T) {
	l := ledgertest.Open(t, ledger.Options{})
	book := func(name string, then any) func(*ledger.Tx) error {
		return func(tx *ledger.Tx) error {
			err := tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: name}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(1))}})
			if then != nil {
				panic(then)
			}
			return err
		}
	}
	func() {
		defer func() {
			if p := recover(); p != "oh" {
				t.Errorf("UpdateBatch panicked with %v, want oh", p)
			}
		}()
		l.UpdateBatch(context.Background(), []func(*ledger.Tx) error{book("before", nil), book("amid", "oh"), book("after", nil)})
	}()
	for name, want := range map[string]bool{"before": true, "amid": false, "after": true} {
		if has, err := l.Has(ledger.Key{Space: 'e', Name: name}); has != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", name, has, err, want)
		}
	}
	if b := ledgertest.Holds(l, "platform", "EUR"); !b.Available.Equal(eur(2)) {
		t.Errorf("balance %v, want 2", b.Available)
	}
}

// TestCloseAmidUpdates closes the ledger, several times at once, while others write: each is told whether it was in time.
func TestCloseAmidUpdates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	for round := range 5 {
		l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 20})
		var group sync.WaitGroup
		var mu sync.Mutex
		answers := make(map[ledger.Key]error)
		for w := range 8 {
			group.Go(func() {
				for i := 0; ; i++ {
					k := ledger.Key{Space: 'e', Name: fmt.Sprintf("%d %d %d", round, w, i)}
					err := l.Update(context.Background(), func(tx *ledger.Tx) error {
						return tx.Append(&ledger.Record{Keys: []ledger.Key{k}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(1))}})
					})
					mu.Lock()
					answers[k] = err
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		time.Sleep(time.Duration(5*round) * time.Millisecond)
		for range 3 {
			group.Go(func() {
				if err := l.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		group.Wait()
		l = ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 20})
		for k, err := range answers {
			if err != nil && !errors.Is(err, ledger.ErrClosed) {
				t.Errorf("%v: %v", k, err)
			}
			if has, herr := l.Has(k); herr != nil || has != (err == nil) {
				t.Errorf("%v was answered %v; after reopening it is there: %v, %v", k, err, has, herr)
			}
		}
		ledgertest.Verify(t, l)
		l.Close()
	}
}

// TestCloseAmidReads closes the ledger under readers: they end with an error or a right answer.
func TestCloseAmidReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	for range 3 {
		l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 10})
		fs := make([]func(*ledger.Tx) error, 500)
		for i := range fs {
			fs[i] = moveThroughPlatform(i)
		}
		l.UpdateBatch(context.Background(), fs)
		l.Update(context.Background(), fs[0]) // a checkpoint is likely to begin now
		var group sync.WaitGroup
		for _, look := range looks {
			if look.name == "Group" || look.name == "Verify" {
				group.Go(func() {
					for range 20 {
						if err := look.at(l, time.Time{}); err != nil && !errors.Is(err, ledger.ErrClosed) {
							t.Errorf("%s while the ledger was being closed: %v", look.name, err)
						}
					}
				})
			}
		}
		group.Go(func() {
			for range 2000 {
				if has, err := l.Has(ledger.Key{Space: 'e', Name: "w7"}); !has && err == nil {
					t.Error("a key was not found while the ledger was being closed")
					return
				}
			}
		})
		time.Sleep(time.Millisecond)
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		group.Wait()
	}
}

func moveThroughPlatform(i int) func(*ledger.Tx) error {
	return func(tx *ledger.Tx) error {
		return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint("w", i)}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(1))}})
	}
}

// TestReadAfterClose asks a closed ledger: it must not answer as if it were empty.
func TestReadAfterClose(t *testing.T) {
	l := ledgertest.OpenFile(t, filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{CheckpointEvery: 1})
	for i := range 10 {
		if err := l.Update(context.Background(), moveThroughPlatform(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	k := ledger.Key{Space: 'e', Name: "w3"}
	for name, ask := range map[string]func() error{
		"Update": func() error { return l.Update(context.Background(), moveThroughPlatform(1)) },
		"UpdateBatch": func() error {
			return l.UpdateBatch(context.Background(), []func(*ledger.Tx) error{moveThroughPlatform(1)})[0]
		},
		"Has":         func() error { _, err := l.Has(k); return err },
		"Group":       func() error { _, err := l.Group(k); return err },
		"Last":        func() error { _, err := l.Last(k); return err },
		"EntryRecord": func() error { _, err := l.EntryRecord(1); return err },
		"BalanceAt":   func() error { _, err := l.BalanceAt("platform", ledger.AsOf{}); return err },
		"Verify":      func() error { _, err := l.Verify(context.Background(), nil); return err },
		"Postings": func() (err error) {
			for _, err = range l.Postings(context.Background(), "platform", ledger.Range{}) {
			}
			return err
		},
		"Records": func() (err error) {
			for _, err = range l.Records(context.Background(), 1) {
			}
			return err
		},
	} {
		if err := ask(); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("%s of a closed ledger answers %v", name, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// TestGoexit ends the goroutine that functions run on from within one of them, as testing.T.Fatal would: nobody waits for
// ever, and nothing but that function is lost.
func TestGoexit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 3})
	var group sync.WaitGroup
	var booked atomic.Int64
	for w := range 4 {
		group.Go(func() {
			for i := range 1000 {
				err := l.Update(context.Background(), func(tx *ledger.Tx) error {
					err := moveThroughPlatform(1000*w + i)(tx)
					if w == 3 && i == 50 {
						runtime.Goexit()
					}
					return err
				})
				if err != nil {
					if !errors.Is(err, ledger.ErrClosed) {
						t.Errorf("writer %d: %v", w, err)
					}
					return
				}
				booked.Add(1)
			}
		})
	}
	group.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l = ledgertest.OpenFile(t, path, ledger.Options{})
	if got := ledgertest.Holds(l, "platform", "EUR").Available; got.Int().Cmp(money.NewInt(booked.Load())) < 0 {
		t.Errorf("balance %v, but %d were acknowledged", got, booked.Load())
	}
	if has, err := l.Has(ledger.Key{Space: 'e', Name: "w3050"}); has || err != nil {
		t.Errorf("the function that ended its goroutine is booked: %v, %v", has, err)
	}
}
