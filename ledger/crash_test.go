package ledger_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
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

// write books as fast as it can, from several goroutines, makes backups and restores them meanwhile, and says of each when it was
// acknowledged. Function n of goroutine w books two records, with the keys "w-n" and "w-n'".
func write(args []string) error {
	path, round := args[0], args[1]
	l, err := ledger.Open(path, ledger.Options{CheckpointEvery: 300})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	said := func(what, name string, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			what = fmt.Sprintf("error, %v, of %s", err, what)
		}
		fmt.Println(what, name, ".")
	}
	said("open", path, nil)
	for w := range 4 {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%s-%d-%d", round, w, n)
				said("booked", name, l.Update(context.Background(), bookTwo(name)))
			}
		}()
	}
	go func() {
		for n := 0; ; n++ {
			time.Sleep(5 * time.Millisecond)
			backup, restored := fmt.Sprintf("backup-%s-%d", round, n), fmt.Sprintf("restored-%s-%d", round, n)
			_, err := l.BackupFile(context.Background(), filepath.Join(filepath.Dir(path), backup))
			said("backup", backup, err)
			_, err = ledger.Restore(context.Background(), filepath.Join(filepath.Dir(path), backup), filepath.Join(filepath.Dir(path), restored))
			said("restored", restored, err)
		}
	}()
	for n := 0; ; n++ {
		var names []string
		var fs []func(*ledger.Tx) error
		for i := range 100 {
			names = append(names, fmt.Sprintf("%s-batch-%d-%d", round, n, i))
			fs = append(fs, bookTwo(names[i]))
		}
		for i, err := range l.UpdateBatch(context.Background(), fs) {
			said("booked", names[i], err)
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

var crashesFlag = flag.Int("crashes", 18, "how many writers TestCrash kills")

// A ledger is killed so many times before the next one begins; so files stay small.
const crashesOfALedger = 12

// TestCrash kills writers at random moments, again and again: amid groups, checkpoints, merges, backups, restores, and while a ledger
// is being opened for the first time or again. What was acknowledged is there, nothing is there by half, all is well, and the same keys are
// still taken.
func TestCrash(t *testing.T) {
	t.Parallel()
	crashes := *crashesFlag
	if testing.Short() {
		crashes = min(crashes, 5)
	}
	c := crash{random: seeded(t), phases: make(map[string]int)}
	for round := range crashes {
		if round%crashesOfALedger == 0 {
			os.RemoveAll(c.dir)
			c.dir, c.acknowledged = t.TempDir(), nil
		}
		c.kill(t, round)
		c.look(t)
		c.check(t)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d killed, with %d functions acknowledged, %d backups and %d restores; what they were about:", crashes, c.functions, c.backups, c.restores)
	for _, phase := range slices.Sorted(maps.Keys(c.phases)) {
		t.Logf("%6d %s", c.phases[phase], phase)
	}
}

// A crash is a ledger that is killed again and again.
type crash struct {
	random       *rand.Rand
	dir          string
	acknowledged []string // functions, of this ledger
	files        []string // backups and restored ledgers, of this round
	opened       bool     // the writer of this round had the ledger open

	functions, backups, restores int
	phases                       map[string]int
}

func (c *crash) path() string { return filepath.Join(c.dir, "ledger.db") }

// kill starts a writer and kills it: some time after it has opened the ledger, or while it does.
func (c *crash) kill(t *testing.T, round int) {
	fresh := round%crashesOfALedger == 0
	cmd, out, _ := startChild(t, "write", c.path(), strconv.Itoa(round))
	soon := c.random.IntN(3) == 0 || fresh && c.random.IntN(2) == 0
	after := time.Minute
	if soon {
		after = time.Duration(c.random.Int64N(int64(30 * time.Millisecond)))
	}
	kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
	c.files, c.opened = nil, false
	for out.Scan() {
		var what, name string
		if n, _ := fmt.Sscan(out.Text(), &what, &name); n < 2 || !strings.HasSuffix(out.Text(), ".") {
			continue // cut off
		}
		switch what {
		case "open":
			c.opened = true
			if !soon {
				kill.Reset(time.Duration(c.random.Int64N(int64(80 * time.Millisecond))))
			}
		case "booked":
			c.acknowledged = append(c.acknowledged, name)
			c.functions++
		case "backup":
			c.files = append(c.files, name)
			c.backups++
		case "restored":
			c.files = append(c.files, name)
			c.restores++
		default:
			t.Errorf("the writer says: %s", out.Text())
		}
	}
	cmd.Wait()
}

// look finds out what the writer was about, from what it left.
func (c *crash) look(t *testing.T) {
	found := make(map[string]bool)
	note := func(phase string) { found[phase] = true }
	if !c.opened {
		_, err := os.Stat(c.path())
		note(map[bool]string{true: "opening a ledger", false: "making a ledger"}[err == nil])
	}
	manifest, err := os.ReadFile(c.path() + "-manifest")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for name := range readFiles(t, c.dir) {
		base := filepath.Base(name)
		switch {
		case strings.Contains(base, "backup") && strings.Contains(base, ".new-"):
			note("writing a backup")
		case strings.Contains(base, "restored") && strings.Contains(base, ".new-"):
			note("restoring a backup")
		case strings.HasSuffix(base, "-manifest.new"):
			note("naming a checkpoint")
		case strings.HasPrefix(base, "checkpoint-") && !strings.Contains(string(manifest), base):
			note("writing a checkpoint")
		case strings.HasPrefix(base, "keys-") && !strings.Contains(string(manifest), base):
			note(map[bool]string{true: "merging runs, or removing those merged", false: "writing a run"}[covered(manifest, base)])
		}
	}
	if len(found) == 0 {
		note("booking groups only")
	}
	for phase := range found {
		c.phases[phase]++
	}
}

// runName finds the names of runs, and the records that they are of.
var runName = regexp.MustCompile(`keys-(\d+)-(\d+)`)

// covered reports whether a run that the manifest names has the first record of the run with the given name.
func covered(manifest []byte, name string) bool {
	first := runName.FindStringSubmatch(name)[1]
	return slices.ContainsFunc(runName.FindAllStringSubmatch(string(manifest), -1), func(m []string) bool { return m[1] <= first && first <= m[2] })
}

// check opens the ledger, and looks for all that was acknowledged.
func (c *crash) check(t *testing.T) {
	t.Helper()
	if !c.opened && len(c.acknowledged) == 0 {
		if _, err := os.Stat(c.path()); errors.Is(err, os.ErrNotExist) {
			return
		}
	}
	l := ledgertest.OpenFile(t, c.path(), ledger.Options{Clock: time.Now})
	defer l.Close()
	for i, name := range c.acknowledged {
		if i < len(c.acknowledged)-3000 && i%97 != 0 { // older ones survived earlier rounds
			continue
		}
		for _, k := range []string{name, name + "'"} {
			if has, err := l.Has(ledger.Key{Space: 'e', Name: k}); !has || err != nil {
				t.Fatalf("%s was acknowledged; it is there: %v, %v", k, has, err)
			}
		}
	}
	wholeSellers(t, l)
	v := ledgertest.Verify(t, l)
	if n := len(slices.Collect(l.Accounts())) - 2; v.Records != uint64(2*n) || n < len(c.acknowledged) {
		t.Errorf("%d records, %d accounts, %d acknowledged", v.Records, n, len(c.acknowledged))
	}
	c.checkCopies(t, v.Records)
}

// checkCopies looks at the backups and restored ledgers there are: those that were acknowledged are there, and all are whole.
func (c *crash) checkCopies(t *testing.T, records uint64) {
	t.Helper()
	files := readFiles(t, c.dir)
	for _, name := range c.files {
		if files[name] == nil {
			t.Errorf("%s was acknowledged and is missing", name)
		}
	}
	for name := range files {
		path := filepath.Join(c.dir, name)
		switch {
		case strings.HasPrefix(name, "ledger.db"):
			continue
		case strings.Contains(name, ".new-"):
		case strings.HasPrefix(name, "backup"):
			if info, err := ledger.ReadBackup(t.Context(), path); err != nil || info.Records > records {
				t.Errorf("%s: %d records, the ledger has %d; %v", name, info.Records, records, err)
			}
		case strings.HasPrefix(name, "restored"):
			r := ledgertest.OpenFile(t, path, ledger.Options{ReadOnly: true})
			wholeSellers(t, r)
			ledgertest.Verify(t, r)
			r.Close()
		}
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}
