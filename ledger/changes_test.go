package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger/internal/codec"
	"github.com/splitledger/splitledger/ledger/journal"
	"github.com/splitledger/splitledger/money"
)

// TestCheckpointsOfChanges books, with checkpoints that begin amid blocks, functions that are refused and blocks for which there
// is no room, and looks again and again at what a process would find that is begun now, as if this one were killed. Every few times
// that one goes on.
func TestCheckpointsOfChanges(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	o := Options{CheckpointEvery: 150}
	dir := t.TempDir()
	l, w := openWatched(t, filepath.Join(dir, "ledger.db"), 0, o)
	idle := &Record{Keys: []Key{{'e', "idle"}, {'e', "1"}, {'e', "99"}}} // which verifyFile asks for
	for i := range 600 {                                                 // most accounts change rarely, so that several checkpoints lie apart
		idle.Opens = append(idle.Opens, accounts.Account{ID: accounts.ID(fmt.Sprint("idle:", i)), Kind: accounts.KindSub})
	}
	if err := l.Update(t.Context(), func(tx *Tx) error { return tx.Append(idle) }); err != nil {
		t.Fatal(err)
	}
	var turn atomic.Int64
	rounds, most := 12, 0
	if testing.Short() || RaceBuild {
		rounds = 5
	}
	for round := 0; round < rounds || most < 3 && round < 5*rounds; round++ {
		w.full = nil
		if round%3 == 2 {
			w.full = func(*journal.Block) bool { return rand.IntN(4) == 0 }
		}
		var group sync.WaitGroup
		for caller := range 12 {
			c := changer{random: rand.New(rand.NewPCG(seed, uint64(round*12+caller))), name: fmt.Sprint(round, "-", caller), turn: &turn}
			calls, size := 60, 1
			switch caller {
			case 10:
				calls, size = 8, 60
			case 11:
				calls, size = 1, eagerRecords+200
			}
			group.Go(func() {
				for range calls {
					var fs []func(*Tx) error
					for range size {
						fs = append(fs, c.next())
					}
					for _, err := range l.UpdateBatch(t.Context(), fs) {
						if err != nil && !errors.Is(err, errChanged) && !errors.Is(err, DiskFull) {
							t.Error(err)
						}
					}
				}
			})
		}
		group.Wait()
		most = max(most, checkpointsOf(t, l))
		killed := t.TempDir()
		l.indexer.pause()
		if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		l.indexer.resume()
		if found := verifyFile(t, filepath.Join(killed, "ledger.db"), Options{ReadOnly: true}); found != "" {
			t.Fatalf("round %d: %s", round, found)
		}
		if random.IntN(3) == 0 {
			dir = killed
			l, w = openWatched(t, filepath.Join(dir, "ledger.db"), 0, o)
			if len(l.damage) > 0 {
				t.Fatalf("round %d, opened again: %v", round, l.damage)
			}
		}
	}
	if most < 3 {
		t.Errorf("at most %d checkpoints at a time, expected several", most)
	}
}

// checkpointsOf returns how many checkpoints count.
func checkpointsOf(t *testing.T, l *Ledger) int {
	t.Helper()
	l.indexer.pause()
	defer l.indexer.resume()
	if err := l.indexer.failed; err != nil {
		t.Errorf("the newest checkpoint: %v", err)
	}
	return len(l.index.Manifest.Checkpoints)
}

var errChanged = errors.New("changed my mind")

// A changer makes functions that change accounts in all ways there are.
type changer struct {
	random *rand.Rand
	name   string
	turn   *atomic.Int64
	n      int
}

func (c *changer) next() func(*Tx) error {
	c.n++
	r := &Record{Keys: []Key{{'e', fmt.Sprint(c.name, "-", c.n)}}}
	id := accounts.ID(fmt.Sprint("idle:", c.turn.Add(1)/16%600)) // some times in a row, by several callers, and then not for long
	if c.random.IntN(50) == 0 {
		id = accounts.ID(fmt.Sprint("new:", c.name, "-", c.n))
		r.Opens = []accounts.Account{{ID: id, Kind: accounts.KindSub, Holder: c.name}}
	}
	if c.random.IntN(20) == 0 {
		r.Statuses = []StatusChange{{id, []accounts.Status{accounts.Open, accounts.Frozen}[c.random.IntN(2)]}}
	}
	if c.random.IntN(20) == 0 {
		r.Updates = []Update{{Account: id, Holder: fmt.Sprint(c.name, "-", c.n)}, {Account: "platform", Metadata: map[string]string{"n": fmt.Sprint(c.n)}}}
	}
	a := money.New(c.random.Int64N(1000), []money.Currency{"EUR", "USD", "JPY"}[c.random.IntN(3)])
	r.Entries = []Entry{{Postings: []Posting{{Account: id, Sub: Sub(c.random.IntN(int(codec.Subs))), Amount: a}, {Account: "liable", Amount: a.Neg()}}}}
	refused := c.random.IntN(10) == 0
	return func(tx *Tx) error {
		err := tx.Append(r)
		if err == nil && refused {
			err = errChanged
		}
		return err
	}
}
