package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lsm"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/internal/index"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// TestExpectFails lets looking up ahead meet a damaged page, and then the look-up of a function fail: what the next function asks for is
// looked up again, else it would be told that nothing has its keys, and book twice.
func TestExpectFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(path, Options{CheckpointEvery: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Update(t.Context(), pay("known", 1)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	runs, err := filepath.Glob(filepath.Join(index.DirOf(path), "keys-*"))
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	b, err := os.ReadFile(runs[0])
	if err != nil {
		t.Fatal(err)
	}
	b[lsm.HeaderSize+6] ^= 1 // so the page is to be made again from the records, which cannot be read either
	if err := os.WriteFile(runs[0], b, 0o600); err != nil {
		t.Fatal(err)
	}

	l, w := openWatched(t, path, 0, Options{})
	key := Key{'e', "known"}
	list := make([]Expected, 2)
	for i := range list {
		list[i].Set([]Key{key}, nil)
	}
	unreadable := errors.New("input/output error")
	l.Expect(list)
	errs := l.StartBatch(t.Context(), 2, func(tx *Tx, i int) error {
		if i == 0 {
			w.unreadable = unreadable
			defer func() { w.unreadable = nil }()
			return tx.Expect(&list[i])
		}
		if err := tx.Expect(&list[i]); err != nil {
			return err
		}
		if has, err := tx.Has(key); err != nil || !has {
			t.Errorf("the books have the key: %v, %v", has, err)
		}
		return nil
	}).Wait()
	if !errors.Is(errs[0], unreadable) || errs[1] != nil {
		t.Error(errs)
	}
}

// TestViewTouching follows the history of an account in a view, while records are booked that have accounts and currencies which are
// not of the view: it has what was booked before, and nothing else.
func TestViewTouching(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for i := range 3 {
		if err := l.Update(t.Context(), pay(fmt.Sprint(i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	err = l.Read(func(v *Reader) error {
		later := func(tx *Tx) error {
			one := money.New(1, "EUR")
			other := money.New(1, "USD")
			return tx.Append(&Record{Keys: []Key{{'e', "later"}}, Opens: []accounts.Account{{ID: "seller:new", Kind: accounts.KindSub}}, Entries: []Entry{{Postings: []Posting{
				{Account: "platform", Amount: one}, {Account: "seller:new", Amount: one.Neg()},
				{Account: "platform", Amount: other}, {Account: "seller:new", Amount: other.Neg()}}}}})
		}
		if err := l.Update(t.Context(), later); err != nil {
			return err
		}
		n := uint64(3)
		for r, err := range v.Touching("platform", Available) {
			if err != nil {
				return err
			}
			if r.Number != n {
				t.Errorf("record %d, want %d", r.Number, n)
			}
			n--
		}
		if n != 0 {
			t.Errorf("%d records are missing", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	n := 0
	for _, err := range l.Touching("platform", Available) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 5 { // the newest in both currencies
		t.Errorf("%d records, want 5", n)
	}
}

// A journal of which what is appended later cannot be read.
type unfollowedJournal struct {
	journal.Journal
	end chan error
}

func (j *unfollowedJournal) Follow(ctx context.Context, _ uint64) iter.Seq2[*journal.Block, error] {
	return func(yield func(*journal.Block, error) bool) {
		select {
		case err := <-j.end:
			yield(nil, err)
		case <-ctx.Done():
			yield(nil, context.Cause(ctx))
		}
	}
}

// TestFollowBroken follows a ledger that cannot follow its journal any more: it says so, and does not wait for ever.
func TestFollowBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Update(t.Context(), pay("a", 1)), l.Close()); err != nil {
		t.Fatal(err)
	}
	bolt, err := journal.OpenBolt(path, journal.BoltOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	j := &unfollowedJournal{bolt, make(chan error, 1)}
	l, err = open(path, j, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	lost := errors.New("connection reset")
	for r, err := range l.Follow(ctx, 0) {
		if err == nil && r.Number == 1 {
			j.end <- lost
			continue
		}
		if !errors.Is(err, lost) {
			t.Errorf("record %v, %v; want the error of the journal", r, err)
		}
	}
}

// TestGoneExecutor lets a function end the goroutine that runs it: however many call afterwards, all are answered.
func TestGoneExecutor(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := l.Update(ctx, func(*Tx) error { runtime.Goexit(); return nil }); err == nil {
		t.Error("it was accepted")
	}
	for i := range 2 * cap(l.requests) {
		if err := l.Update(ctx, pay("a", 1)); !errors.Is(err, ErrClosed) {
			t.Fatalf("call %d: %v", i, err)
		}
	}
}

// TestKeptStrings gives an account and a symbol as parts of a long line: what the ledger keeps of it for good is those, not the line.
func TestKeptStrings(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	line := strings.Repeat("x", 1000) + "seller:1" + "acme"
	id, word := line[1000:1008], line[1008:]
	err = l.Update(t.Context(), func(tx *Tx) error {
		r := &Record{Keys: []Key{{'e', "a"}}, Opens: []accounts.Account{{ID: accounts.ID(id), Kind: accounts.KindSub}}}
		r.Content = symbolContent(word)
		return tx.Append(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	kept := l.state.accounts[len(l.state.accounts)-1].id
	if string(kept) != id || unsafe.StringData(string(kept)) == unsafe.StringData(id) {
		t.Errorf("account %s keeps the line", kept)
	}
	for _, s := range l.state.symbols.List {
		if s == word && unsafe.StringData(s) == unsafe.StringData(word) {
			t.Errorf("symbol %s keeps the line", s)
		}
	}
	if !l.HasSymbol(word) {
		t.Error("the symbol was not written")
	}
}

type symbolContent string

func (c symbolContent) Encode(e *Encoder) { e.Symbol(string(c)) }

// TestExpected runs stretches of functions from several callers, with answers that were looked up ahead: whatever was booked, refused,
// sealed, written to a run or taken back since, each function is answered what a look-up at its turn would say.
func TestExpected(t *testing.T) {
	l, w := openWatched(t, filepath.Join(t.TempDir(), "ledger.db"), 0, Options{CheckpointEvery: 50})
	w.full = func(b *journal.Block) bool { return b.Number%5 == 3 && rand.IntN(2) == 0 }
	refused := errors.New("refused")
	var checked, known atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 60 {
				n := 1 + rand.IntN(400)                        // of which a block may have some
				keys, groups := make([]Key, n), make([]Key, n) // neighbours are of one group
				list := make([]Expected, n)
				for i := range list {
					keys[i] = Key{'e', fmt.Sprint(rand.IntN(20_000))}
					groups[i] = Key{'p', fmt.Sprint(rand.IntN(2000))}
					if i%4 > 0 {
						groups[i] = groups[i-1]
					}
					list[i].Set([]Key{keys[i], groups[i]}, []accounts.ID{"platform"})
				}
				if rand.IntN(4) > 0 {
					l.Expect(list)
				}
				if rand.IntN(4) == 0 { // so much is booked, sealed and taken back meanwhile
					time.Sleep(time.Millisecond)
				}
				l.StartBatch(t.Context(), n, func(tx *Tx, i int) error {
					if i == 0 || rand.IntN(20) == 0 {
						tx.Warm(list)
					}
					if err := tx.Expect(&list[i]); err != nil {
						return err
					}
					ask := func() error {
						x := tx.executor()
						for _, k := range []Key{keys[i], groups[i]} {
							want, err := l.index.Newest(codec.HashKey(k.Space, k.Name), x)
							if err != nil {
								return err
							}
							if _, have, err := x.ask(k); err != nil || have != want {
								t.Errorf("newest record of %v: %d, %v; want %d", k, have, err, want)
							}
							checked.Add(1)
							if want > 0 {
								known.Add(1)
							}
						}
						return nil
					}
					if err := ask(); err != nil {
						return err
					}
					if has, err := tx.Has(keys[i]); has || err != nil {
						return err
					}
					if err := tx.Append(&Record{Keys: []Key{keys[i], groups[i]}}); err != nil {
						return err
					}
					if err := ask(); err != nil {
						return err
					}
					if rand.IntN(3) == 0 {
						return refused
					}
					return nil
				}).Wait()
			}
		})
	}
	wg.Wait()
	if known.Load() == 0 || known.Load() == checked.Load() {
		t.Errorf("of %d keys, %d were known: both should be met", checked.Load(), known.Load())
	}
	w.full = nil
	if v, err := l.Verify(t.Context(), nil); err != nil || len(v.Damage) > 0 {
		t.Error(v, err)
	}
}
