package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

// backUp makes a backup of a small ledger and returns its path, with what the ledger shows.
func backUp(t testing.TB) (path string, info ledger.BackupInfo, balances string) {
	t.Helper()
	dir := t.TempDir()
	l := ledgertest.OpenFile(t, filepath.Join(dir, "ledger.db"), ledger.Options{CheckpointEvery: 20, Assets: usdx, ID: format3ID})
	for i := range 60 {
		ledgertest.Post(t, l, &ledger.Record{
			Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint("event", i)}}, Opens: []accounts.Account{{ID: seller(i), Kind: accounts.KindSub}, {ID: accounts.ID(fmt.Sprint("provider:", i)), Kind: accounts.KindProvider}},
			Entries: []ledger.Entry{entry(accounts.ID(fmt.Sprint("provider:", i)), seller(i), ledger.Pending, eur(int64(i)))},
		})
	}
	path = filepath.Join(dir, "backup")
	info, err := l.BackupFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return path, info, show(ledgertest.Balances(l, nil))
}

// TestBackup backs up and restores a small ledger, and looks at what the backup says of itself.
func TestBackup(t *testing.T) {
	path, info, balances := backUp(t)
	sum := 60 * 59 / 2
	want := ledger.BackupInfo{
		Version: 1, ID: format3ID, Bytes: info.Bytes, Blocks: 61, Records: 61, Entries: 60, Accounts: 122, Recorded: info.Recorded, Made: info.Made, Head: info.Head,
		Totals: []ledger.Total{{Currency: "EUR", Debit: fmt.Sprint(sum), Credit: fmt.Sprint(sum)}},
	}
	if d := cmp.Diff(want, info); d != "" || info.Recorded.IsZero() || !info.Made.After(info.Recorded) || info.Bytes%4096 != 0 {
		t.Errorf("what was backed up: %+v, %s", info, d)
	}
	if read, err := ledger.ReadBackup(t.Context(), path); err != nil || !cmp.Equal(read, info) {
		t.Errorf("read again: %v, %s", err, cmp.Diff(info, read))
	}
	if stat, err := os.Stat(path); err != nil || stat.Mode() != 0o400 {
		t.Errorf("the backup's mode: %v, %v; it should not be written to", stat.Mode(), err)
	}

	restored := filepath.Join(t.TempDir(), "restored.db")
	if again, err := ledger.Restore(t.Context(), path, restored); err != nil || !cmp.Equal(again, info) {
		t.Fatalf("restored: %v, %s", err, cmp.Diff(info, again))
	}
	for _, file := range []string{restored, path} { // a backup opens as a ledger, too
		l := ledgertest.OpenFile(t, file, ledger.Options{ReadOnly: file == path})
		if d := differ(show(ledgertest.Balances(l, nil)), balances); d != "" || l.Stats().Head != info.HeadID() {
			t.Errorf("%s: %s", filepath.Base(file), d)
		}
		ledgertest.Verify(t, l)
		if file == restored {
			ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "one more"}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(1))}})
		} else {
			var b bytes.Buffer // of a backup, by a reader
			if again, err := l.Backup(t.Context(), &b); err != nil || again.Head != info.Head {
				t.Errorf("a backup of a backup: %v", err)
			}
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := ledger.ReadBackup(t.Context(), path); err != nil {
		t.Errorf("after it was opened for reading: %v", err)
	}
}

// TestBackupOfNothing backs up a ledger without a record.
func TestBackupOfNothing(t *testing.T) {
	dir := t.TempDir()
	l := ledgertest.Open(t, ledger.Options{})
	info, err := l.BackupFile(t.Context(), filepath.Join(dir, "backup"))
	if err != nil || info.Blocks != 0 || !info.Recorded.IsZero() || len(info.Totals) > 0 {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := ledger.Restore(t.Context(), filepath.Join(dir, "backup"), filepath.Join(dir, "new.db")); err != nil {
		t.Error(err)
	}
	ledgertest.OpenFile(t, filepath.Join(dir, "new.db"), ledger.Options{})
}

// TestBackupAmidUpdates makes backups while writers go on: each holds all that was acknowledged before it began, in whole
// functions, and adds up to what it says.
func TestBackupAmidUpdates(t *testing.T) {
	dir := t.TempDir()
	l := ledgertest.Open(t, ledger.Options{CheckpointEvery: 200, Clock: time.Now})
	var acknowledged [4]atomic.Int64
	var done atomic.Bool
	var writers sync.WaitGroup
	for w := range acknowledged {
		writers.Go(func() {
			for n := range 100_000 {
				if done.Load() {
					return
				}
				if err := l.Update(context.Background(), bookTwo(fmt.Sprint(w, "-", n))); err != nil {
					t.Error(err)
					return
				}
				acknowledged[w].Add(1)
			}
		})
	}
	backups := 6
	if testing.Short() {
		backups = 2
	}
	for i := range backups {
		time.Sleep(20 * time.Millisecond)
		var before [4]int64
		for w := range before {
			before[w] = acknowledged[w].Load()
		}
		path := filepath.Join(dir, fmt.Sprint("backup", i))
		info, err := l.BackupFile(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		restored := filepath.Join(dir, fmt.Sprint("restored", i))
		if _, err := ledger.Restore(t.Context(), path, restored); err != nil {
			t.Fatal(err)
		}
		r := ledgertest.OpenFile(t, restored, ledger.Options{ReadOnly: true})
		wholeSellers(t, r)
		for w, n := range before {
			if has, err := r.Has(ledger.Key{Space: 'e', Name: fmt.Sprint(w, "-", n-1)}); n > 0 && (!has || err != nil) {
				t.Errorf("backup %d: writer %d had %d acknowledged, the last is there: %v, %v", i, w, n, has, err)
			}
		}
		if s := r.Stats(); s.Head != info.HeadID() || s.Records != info.Records || s.Accounts != info.Accounts {
			t.Errorf("backup %d: it holds %+v, says %+v", i, s, info)
		}
		r.Close()
	}
	done.Store(true)
	writers.Wait()
}

// wholeSellers checks that every account that bookTwo opened has both its records.
func wholeSellers(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	two := eur(60)
	for _, a := range ledgertest.Balances(l, func(a accounts.Account) bool { return a.Kind == accounts.KindSub }) {
		if len(a.Balances) != 1 || !a.Balances[0].Pending.Equal(two) {
			t.Fatalf("%s is there by half: %v", a.Account.ID, a.Balances)
		}
	}
	if s := unbalanced(ledgertest.Balances(l, nil)); s != "" {
		t.Error(s)
	}
}

// TestAlteredBackup alters bytes of a backup wherever they are, cuts it off and adds to it: it is refused, and nothing is made.
func TestAlteredBackup(t *testing.T) {
	path, info, _ := backUp(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 5))
	offsets := random.Perm(len(whole))[:200]
	for i := int(info.Bytes); i < len(whole); i++ { // all of what stands behind the file
		offsets = append(offsets, i)
	}
	if testing.Short() {
		offsets = offsets[150:]
	}
	dir := t.TempDir()
	altered, to := filepath.Join(dir, "altered"), filepath.Join(dir, "to.db")
	refused := func(name string, b []byte) {
		t.Helper()
		overwrite(t, altered, b)
		if _, err := ledger.Restore(t.Context(), altered, to); !errors.Is(err, ledger.Corrupt) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for _, i := range offsets {
		b := slices.Clone(whole)
		b[i] ^= 1 << (i % 8)
		refused(fmt.Sprintf("byte %d of %d", i, len(b)), b)
	}
	for _, n := range []int{0, 1, 7, 8, 47, 48, 49, 4096, int(info.Bytes), len(whole) - 48, len(whole) - 1} {
		refused(fmt.Sprintf("%d of %d bytes", n, len(whole)), whole[:n])
	}
	refused("a byte added", append(slices.Clone(whole), 0))
	refused("the end twice", append(slices.Clone(whole), whole[len(whole)-48:]...))
	refused("without its first page", whole[4096:])
	refused("just the ledger", whole[:info.Bytes])
	if left := slices.Collect(maps.Keys(readFiles(t, dir))); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
}

// TestRestoreElsewhere restores where there is something, and where a ledger once was.
func TestRestoreElsewhere(t *testing.T) {
	path, info, balances := backUp(t)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.db")
	overwrite(t, taken, []byte("something"))
	if _, err := ledger.Restore(t.Context(), path, taken); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
	if _, err := ledger.Restore(t.Context(), filepath.Join(dir, "none"), filepath.Join(dir, "a.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of no backup: %v", err)
	}
	if _, err := ledger.Restore(t.Context(), dir, filepath.Join(dir, "a.db")); err == nil {
		t.Error("a directory was restored")
	}

	// The ledger went on after the backup, its index knows; then the file was lost.
	once := filepath.Join(dir, "once.db")
	if _, err := ledger.Restore(t.Context(), path, once); err != nil {
		t.Fatal(err)
	}
	l := ledgertest.OpenFile(t, once, ledger.Options{CheckpointEvery: 1})
	for i := range 5 {
		if err := l.Update(t.Context(), moveThroughPlatform(i)); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	overwrite(t, filepath.Join(once+"-index", "mine.txt"), []byte("keep"))
	if err := os.Remove(once); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Restore(t.Context(), path, once); err != nil {
		t.Fatal(err)
	}
	if files := readFiles(t, once+"-index"); len(files) != 1 {
		t.Errorf("left in the index directory: %v", slices.Collect(maps.Keys(files)))
	}
	l = ledgertest.OpenFile(t, once, ledger.Options{})
	if d := differ(show(ledgertest.Balances(l, nil)), balances); d != "" || l.Stats().Head != info.HeadID() {
		t.Error(d)
	}
}

// A limited writer takes so many bytes.
type limited struct{ left int }

func (w *limited) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	if w.left -= n; n < len(b) {
		return n, fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	return n, nil
}

// TestBackupRefused cannot make backups.
func TestBackupRefused(t *testing.T) {
	dir := t.TempDir()
	l := ledgertest.OpenFile(t, filepath.Join(dir, "ledger.db"), ledger.Options{})
	info, err := l.Backup(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 4096, 8192, 20000, int(info.Bytes), int(info.Bytes) + 10} {
		if _, err := l.Backup(t.Context(), &limited{room}); !errors.Is(err, ledger.DiskFull) || !strings.Contains(err.Error(), "no backup was made") {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(io.ErrClosedPipe)
	if _, err := l.Backup(gone, io.Discard); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := l.BackupFile(t.Context(), l.Path()); !errors.Is(err, os.ErrExist) {
		t.Errorf("over the ledger itself: %v", err)
	}
	if _, err := l.BackupFile(t.Context(), filepath.Join(dir, "no", "where")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nowhere: %v", err)
	}
	if _, err := l.BackupFile(gone, filepath.Join(dir, "cancelled")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("cancelled: %v", err)
	}
	ledgertest.Verify(t, l)
	l.Close()
	if _, err := l.Backup(t.Context(), io.Discard); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if files := readFiles(t, dir); len(files) != 1 {
		t.Errorf("left over: %v", slices.Collect(maps.Keys(files)))
	}
}
