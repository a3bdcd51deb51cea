package ledger_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

var outagesFlag = flag.Int("outages", 300, "how many disks TestPowerLoss and TestLostWrites rebuild")

func init() {
	children["book"] = book
	children["copy"] = copyOut
}

// copyOut books some functions, backs the ledger up and restores the backup, again and again.
func copyOut(args []string) error {
	l, err := ledger.Open(args[0], ledger.Options{CheckpointEvery: 24})
	if err != nil {
		return err
	}
	dir := filepath.Dir(args[0])
	for n := range 12 {
		if err := l.Update(context.Background(), bookTwo(strconv.Itoa(n))); err != nil {
			return err
		}
		os.Stdout.WriteString(strconv.Itoa(n+1) + "\n")
		if n%4 != 3 {
			continue
		}
		backup, restored := fmt.Sprint("backup-", n), fmt.Sprint("restored-", n)
		if _, err := l.BackupFile(context.Background(), filepath.Join(dir, backup)); err != nil {
			return err
		}
		os.Stdout.WriteString(backup + "\n")
		if _, err := ledger.Restore(context.Background(), filepath.Join(dir, backup), filepath.Join(dir, restored)); err != nil {
			return err
		}
		os.Stdout.WriteString(restored + "\n")
	}
	return l.Close()
}

// TestPowerLossAmidCopies lets the power fail while a ledger is backed up and a backup restored.
func TestPowerLossAmidCopies(t *testing.T) {
	aboutTheDisk(t)
	t.Parallel()
	p := newPowerTest(t)
	p.record("copy", "")
	disks := *outagesFlag / 4
	if testing.Short() {
		disks = min(disks, 20)
	}
	p.rebuild(t, disks)
}

// book books functions numbered from 0 on, one after another and now and then many together, until there are as many as it
// is told, and says of each when it was acknowledged. What is booked already is acknowledged without booking it again.
func book(args []string) error {
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	l, err := ledger.Open(args[0], ledger.Options{CheckpointEvery: 24})
	if err != nil {
		return err
	}
	for n := 0; n < count; {
		has, err := l.Has(ledger.Key{Space: 'e', Name: fmt.Sprint(n)})
		if err != nil {
			return err
		}
		var fs []func(*ledger.Tx) error
		for i := 0; !has && (i == 0 || n%16 == 8 && i < 40); i++ {
			fs = append(fs, bookTwo(fmt.Sprint(n+i)))
		}
		if err := errors.Join(l.UpdateBatch(context.Background(), fs)...); err != nil {
			return err
		}
		n += max(len(fs), 1)
		os.Stdout.WriteString(strconv.Itoa(n) + "\n")
	}
	return l.Close()
}

// TestPowerLoss follows what a writer asks of the disk, and rebuilds the files as a disk could have left them had the power
// failed at any of its writes and syncs. Every one opens, with all that was acknowledged by then, and whole.
func TestPowerLoss(t *testing.T) {
	aboutTheDisk(t)
	t.Parallel()
	count, disks := 120, *outagesFlag
	if testing.Short() {
		count, disks = 40, min(disks, 60)
	}
	p := newPowerTest(t)
	p.record("book", "", strconv.Itoa(count))
	p.rebuild(t, disks)
}

// TestPowerLossAfterStop stops a writer at a sync, and lets the power fail while the next one goes on. Stopped by a kill, what it wrote is
// seen by the next one but not safe. Stopped by a sync that failed, the system takes what was written for written though it is not on
// the disk.
func TestPowerLossAfterStop(t *testing.T) {
	aboutTheDisk(t)
	for _, at := range someSyncs() {
		t.Run(fmt.Sprint("sync ", at), func(t *testing.T) {
			t.Parallel()
			p := newPowerTest(t)
			for !p.record("book", fmt.Sprintf("inject=fdatasync:error=EIO:when=%d", at), "40") {
				p = newPowerTest(t)
			}
			p.record("book", "", "40")
			for _, p.failing = range []bool{false, true} {
				p.rebuild(t, *outagesFlag/20)
			}
		})
	}
}

// someSyncs are the numbers of syncs at which something happens, odd and even ones: of pages and of metas.
func someSyncs() []int {
	if testing.Short() {
		return []int{8}
	}
	return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 12}
}

// A powerTest is a ledger with the traces of those who wrote to it, one after another.
type powerTest struct {
	t      *testing.T
	dir    string
	traces []string

	failing bool     // see [disk.syncing]
	copies  []string // backups and restored ledgers that were acknowledged, while the traces are played
}

func newPowerTest(t *testing.T) *powerTest {
	return &powerTest{t: t, dir: t.TempDir()}
}

// record runs a child on the ledger under strace. It reports whether it met the fault that was to be injected: strace counts calls by
// thread, and a child's calls are not always spread over its threads in the same way.
func (p *powerTest) record(child, inject string, args ...string) bool {
	p.t.Helper()
	trace := filepath.Join(p.t.TempDir(), "trace")
	with := []string{"-e", traced}
	if inject != "" {
		with = append(with, "-e", inject)
	}
	out, err := straced(p.t, trace, with, child, append([]string{filepath.Join(p.dir, "ledger.db")}, args...)...).CombinedOutput()
	if err != nil && inject == "" {
		p.t.Fatalf("%v: %s", err, out)
	}
	p.traces = append(p.traces, trace)
	return (err != nil) == (inject != "")
}

// rebuild plays the traces and checks about so many disks, spread over all moments.
func (p *powerTest) rebuild(t *testing.T, disks int) {
	t.Helper()
	moments := 0
	p.play(t, nil, func(*disk, int, string) { moments++ })

	random, seen, moment, opened, same := seeded(t), make(map[[32]byte]int), 0, 0, 0
	p.play(t, nil, func(d *disk, acknowledged int, what string) {
		share := (moment+1)*disks/moments - moment*disks/moments
		moment++
		for range share {
			outage := random.IntN(len(outages))
			files := d.crash(random, outage)
			sum := sumOf(files)
			if least, ok := seen[sum]; ok && least >= acknowledged {
				same++
				continue
			}
			seen[sum] = acknowledged
			opened++
			if err := p.check(files, acknowledged); err != nil {
				t.Errorf("at moment %d of %d (%s), %s, %d acknowledged: %v", moment, moments, what, outages[outage].name, acknowledged, err)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	})
	t.Logf("%d moments, %d disks opened, %d the same as one before", moments, opened, same)
}

// play plays the traces, on a disk that may lie, and calls f whenever what is safe is about to change or has changed.
func (p *powerTest) play(t *testing.T, lie func(string, *change) *change, f func(d *disk, acknowledged int, what string)) {
	t.Helper()
	d, acknowledged := newDisk(p.dir), 0
	d.lie, p.copies = lie, nil
	boundary := func(what string) {
		if f != nil {
			f(d, acknowledged, what)
		}
	}
	r := &replay{disk: d, failing: p.failing, boundary: boundary, said: func(text string) {
		for _, line := range strings.Fields(text) {
			if n, err := strconv.Atoi(line); err == nil {
				acknowledged = max(acknowledged, n)
			} else {
				p.copies = append(p.copies, line)
			}
		}
	}}
	for _, trace := range p.traces {
		if err := r.run(trace); err != nil {
			t.Fatal(err)
		}
	}
	boundary("end")
}

func sumOf(files map[string][]byte) (sum [32]byte) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return [32]byte(h.Sum(nil))
}

// check opens the ledger in some files: it must have the first functions, at least so many, and nothing else.
func (p *powerTest) check(files map[string][]byte, least int) (err error) {
	if files["ledger.db"] == nil && least == 0 {
		return nil
	}
	dir, err := os.MkdirTemp(p.t.TempDir(), "")
	if err != nil {
		return err
	}
	s := &specimen{files: files}
	path, err := s.write(dir, nil)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return err
	}
	l, err := ledger.Open(path, ledger.Options{Clock: ledgertest.Clock(), CheckpointEvery: 1 << 20})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close(), os.RemoveAll(dir)) }()
	return errors.Join(firstFunctions(l, least), p.checkCopies(dir, files))
}

// checkCopies looks at the backups and restored ledgers that are there: those that were acknowledged, and all of them whole.
func (p *powerTest) checkCopies(dir string, files map[string][]byte) (err error) {
	for _, name := range p.copies {
		if files[name] == nil {
			err = errors.Join(err, fmt.Errorf("%s was acknowledged and is missing", name))
		}
	}
	for name := range files {
		what, number, _ := strings.Cut(name, "-")
		n, aborted := strconv.Atoi(number)
		switch {
		case aborted != nil:
		case what == "backup":
			info, berr := ledger.ReadBackup(context.Background(), filepath.Join(dir, name))
			if berr != nil || info.Records != uint64(2*(n+1)) {
				err = errors.Join(err, fmt.Errorf("%s: %d records, %w", name, info.Records, berr))
			}
		case what == "restored":
			l, oerr := ledger.Open(filepath.Join(dir, name), ledger.Options{})
			if oerr != nil {
				return errors.Join(err, oerr)
			}
			err = errors.Join(err, firstFunctions(l, n+1), l.Close())
		}
	}
	return err
}

// firstFunctions checks that a ledger has the first functions of book, at least so many, and nothing else, that all is well with it, and that it
// can be written to.
func firstFunctions(l *ledger.Ledger, least int) error {
	stats := l.Stats()
	count := int(stats.Records / 2)
	if stats.Records%2 != 0 || stats.Accounts != count+2 || count < least {
		return fmt.Errorf("%d records, %d accounts; expected at least %d functions", stats.Records, stats.Accounts, least)
	}
	for n := range count + 1 {
		for _, name := range []string{fmt.Sprint(n), fmt.Sprint(n, "'")} {
			if has, err := l.Has(ledger.Key{Space: 'e', Name: name}); err != nil || has != (n < count) {
				return fmt.Errorf("%s of %d functions is there: %v, %w", name, count, has, err)
			}
		}
	}
	sixty := eur(60)
	for _, a := range ledgertest.Balances(l, func(a accounts.Account) bool { return a.Kind == accounts.KindSub }) {
		if len(a.Balances) != 1 || !a.Balances[0].Pending.Equal(sixty) {
			return fmt.Errorf("%s has %v", a.Account.ID, a.Balances)
		}
	}
	if b := ledgertest.Holds(l, "platform", "EUR").Pending; !b.Equal(eur(int64(40 * count))) {
		return fmt.Errorf("the platform has %v of %d functions", b, count)
	}
	v, err := l.Verify(context.Background(), nil)
	if err != nil || len(v.Damage) > 0 {
		return fmt.Errorf("verify: %w, %v", err, v.Damage)
	}
	return l.Update(context.Background(), func(tx *ledger.Tx) error {
		return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "one more"}}, At: time.Unix(1, 0), Entries: []ledger.Entry{entry("liable", "platform", 0, eur(1))}})
	})
}
