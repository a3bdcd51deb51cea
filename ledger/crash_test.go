package ledger_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

var seedFlag = flag.Uint64("seed", 0, "begin the random choices of crash tests with this number, as a failed one has said; 0 for a new one")

// seeded returns random numbers that can be had again.
func seeded(t testing.TB) *rand.Rand {
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, seed))
}

func init() { children["write"] = write }

// write books as fast as it can, from several goroutines, and says of each function when it was acknowledged.
// Function n of goroutine w books two records, with the keys "w-n" and "w-n'".
func write(args []string) error {
	round, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	l, err := ledger.Open(args[0], ledger.Options{CheckpointEvery: 300})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	said := func(name string, err error) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(name, err == nil)
	}
	said("open", nil)
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%d-%d-%d", round, w, n)
				said(name, l.Update(context.Background(), bookTwo(name)))
			}
		}()
	}
	for n := 0; ; n++ {
		var names []string
		var fs []func(*ledger.Tx) error
		for i := range 100 {
			names = append(names, fmt.Sprintf("%d-batch-%d-%d", round, n, i))
			fs = append(fs, bookTwo(names[i]))
		}
		for i, err := range l.UpdateBatch(context.Background(), fs) {
			said(names[i], err)
		}
	}
}

func bookTwo(name string) func(*ledger.Tx) error {
	return func(tx *ledger.Tx) error {
		id := accounts.ID("seller:" + name)
		err := tx.Append(&ledger.Record{
			Keys: []ledger.Key{{Space: 'e', Name: name}}, Opens: []accounts.Account{{ID: id, Kind: accounts.KindSub}},
			Entries: []ledger.Entry{entry("liable", id, ledger.Pending, eur(100))},
		})
		if err != nil {
			return err
		}
		return tx.Append(&ledger.Record{
			Keys: []ledger.Key{{Space: 'e', Name: name + "'"}}, At: tx.Now().Add(-time.Minute),
			Entries: []ledger.Entry{entry(id, "platform", ledger.Pending, eur(40))},
		})
	}
}

// TestKilled kills a writer at random moments, again and again on one ledger: what was acknowledged is there, nothing is there by
// half, and all is well.
func TestKilled(t *testing.T) {
	rounds := 15
	if testing.Short() {
		rounds = 5
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	var acknowledged []string
	for round := range rounds {
		cmd, out, _ := startChild(t, "write", path, strconv.Itoa(round))
		kill := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		for out.Scan() {
			var name string
			var ok bool
			if n, _ := fmt.Sscan(out.Text(), &name, &ok); n < 2 {
				continue // cut off
			}
			if name == "open" {
				kill.Reset(time.Duration(rand.Int64N(int64(80 * time.Millisecond))))
				continue
			}
			if !ok {
				t.Errorf("%s was refused", name)
			}
			acknowledged = append(acknowledged, name)
		}
		cmd.Wait()
		checkKilled(t, path, acknowledged)
	}
	t.Logf("killed %d times, with %d functions acknowledged", rounds, len(acknowledged))
}

func checkKilled(t *testing.T, path string, acknowledged []string) {
	t.Helper()
	l := ledgertest.OpenFile(t, path, ledger.Options{Clock: time.Now})
	defer l.Close()
	for i, name := range acknowledged {
		if i < len(acknowledged)-3000 && i%97 != 0 { // older ones survived earlier rounds
			continue
		}
		for _, k := range []string{name, name + "'"} {
			if has, err := l.Has(ledger.Key{Space: 'e', Name: k}); !has || err != nil {
				t.Fatalf("%s was acknowledged; it is there: %v, %v", k, has, err)
			}
		}
	}
	two := eur(60)
	for _, a := range l.Balances(func(a accounts.Account) bool { return a.Kind == accounts.KindSub }) {
		if len(a.Balances) != 1 || !a.Balances[0].Pending.Equal(two) {
			t.Fatalf("%s is there by half: %v", a.Account.ID, a.Balances)
		}
	}
	if s := unbalanced(l.Balances(nil)); s != "" {
		t.Error(s)
	}
	v := ledgertest.Verify(t, l)
	if n := len(slices.Collect(l.Accounts())) - 2; v.Records != uint64(2*n) || n < len(acknowledged) {
		t.Errorf("%d records, %d accounts, %d acknowledged", v.Records, n, len(acknowledged))
	}
}
