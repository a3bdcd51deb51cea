package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// TestClockGoesBack sets the clock back by years, and forward again, while a ledger is open and between: recorded times do not go back,
// and balances as of them are right.
func TestClockGoesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	now := ledgertest.Start
	o := ledger.Options{CheckpointEvery: 3, Clock: func() time.Time { return now }}
	l := ledgertest.OpenFile(t, path, o)
	type seen struct {
		recorded time.Time
		sum      int64
	}
	var all []seen
	sum := int64(0)
	for i, hours := range []int{1, 0, -1, -30 * 8760, -30 * 8760, 2, -5, 30 * 8760, 30 * 8760, 29 * 8760, 1} {
		now = ledgertest.Start.Add(time.Duration(hours) * time.Hour)
		if i%3 == 2 {
			l.Close()
			l = ledgertest.OpenFile(t, path, o)
		}
		r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint(i)}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(int64(i+1)))}}
		ledgertest.Post(t, l, r)
		if n := len(all); n > 0 && r.Recorded.Before(all[n-1].recorded) {
			t.Errorf("record %d was recorded at %v, after one at %v", r.Number, r.Recorded, all[n-1].recorded)
		}
		sum += int64(i + 1)
		all = append(all, seen{r.Recorded, sum})
	}
	for i, s := range all {
		if i+1 < len(all) && all[i+1].recorded.Equal(s.recorded) {
			continue // the later one was known at the same time
		}
		b, err := l.BalanceAt("platform", ledger.AsOf{Recorded: s.recorded})
		if err != nil || len(b) != 1 || !b[0].Available.Equal(eur(s.sum)) {
			t.Errorf("as of %v: %v, %v; expected %d", s.recorded, b, err, s.sum)
		}
	}
}

// TestMoved moves a ledger to another machine: without its index, amid what another ledger left, and from one whose pages are of another size.
func TestMoved(t *testing.T) {
	for _, size := range []int{1024, 4096, 16384, 65536} {
		t.Run(fmt.Sprint("pages of ", size), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			overwrite(t, path, boltFile(t, &bbolt.Options{PageSize: size}, func(tx *bbolt.Tx) error { return ledgerMeta(tx, "splitledger", []byte{0, 1}) }))
			l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 24})
			for n := range 100 {
				if err := l.Update(t.Context(), bookTwo(fmt.Sprint(n))); err != nil {
					t.Fatal(err)
				}
			}
			backup := filepath.Join(t.TempDir(), "backup")
			if _, err := l.BackupFile(t.Context(), backup); err != nil {
				t.Fatal(err)
			}
			l.Close()
			files := readFiles(t, filepath.Dir(path))
			moved := filepath.Join(t.TempDir(), "moved.db")
			overwrite(t, moved, files["ledger.db"])
			overwrite(t, moved+".lock", []byte("4711\n"))
			overwrite(t, moved+".new-1", []byte("cut off"))
			restored := filepath.Join(t.TempDir(), "restored.db")
			if _, err := ledger.Restore(t.Context(), backup, restored); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{moved, restored} {
				l := ledgertest.OpenFile(t, path, ledger.Options{})
				if err := firstFunctions(l, 100); err != nil {
					t.Errorf("%s: %v", filepath.Base(path), err)
				}
			}
		})
	}
}

// TestGreatEvent books an event of very many splits, and one of more than there may be.
func TestGreatEvent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	ledgertest.MakeFormat1(t, path)
	l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: 1})
	event := func(name string, splits int) *ledger.Record {
		r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: name}}}
		e := ledger.Entry{}
		for i := range splits {
			id := seller(i)
			if _, ok := l.Account(id); !ok {
				r.Opens = append(r.Opens, accounts.Account{ID: id, Kind: accounts.KindSub})
			}
			e.Postings = append(e.Postings, ledger.Posting{Account: id, Sub: ledger.Pending, Amount: eur(-int64(i)), Type: "BalanceAccount", Reference: fmt.Sprint("split-", i)})
		}
		e.Postings = append(e.Postings, ledger.Posting{Account: "platform", Sub: ledger.Pending, Amount: eur(int64(splits * (splits - 1) / 2))})
		r.Entries = []ledger.Entry{e}
		return r
	}
	for _, name := range []string{"one", "another"} {
		ledgertest.Post(t, l, event(name, 5000))
	}
	few := func(name string, postings int) *ledger.Record { // of few accounts
		r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: name}}}
		for range postings / 2 {
			e := entry(seller(1), seller(2), ledger.Pending, eur(0))
			r.Entries = append(r.Entries, e)
		}
		return r
	}
	err := l.Update(t.Context(), func(tx *ledger.Tx) error { return tx.Append(few("too many", 1<<18+2)) })
	if !errors.Is(err, ledger.Invalid) {
		t.Errorf("262,146 postings: %v", err)
	}
	if f := l.Stats().Format; f != 1 {
		t.Errorf("the file has format %d", f)
	}
	ledgertest.Post(t, l, few("more than format 1 has", 100_000))
	if f := l.Stats().Format; f != 2 {
		t.Errorf("with 100,000 postings in a record the file has format %d", f)
	}
	for _, indexed := range []bool{true, false} {
		l.Close()
		if !indexed {
			path = filepath.Join(t.TempDir(), "copy.db")
			overwrite(t, path, readFiles(t, filepath.Dir(l.Path()))["ledger.db"])
		}
		l = ledgertest.OpenFile(t, path, ledger.Options{})
		for _, i := range []int{0, 1, 4999} {
			if b := ledgertest.Holds(l, seller(i), "EUR").Pending; !b.Equal(eur(int64(2 * i))) {
				t.Errorf("seller %d has %v", i, b)
			}
		}
		g, err := l.Group(ledger.Key{Space: 'e', Name: "another"})
		if err != nil || len(g) != 1 || len(g[0].Entries[0].Postings) != 5001 || g[0].Entries[0].Postings[4999].Reference != "split-4999" {
			t.Errorf("read again: %v", err)
		}
		ledgertest.Verify(t, l)
	}
}

// TestManyCurrencies holds 100 currencies, in all sub-balances, on one account.
func TestManyCurrencies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	var assets []money.Asset
	for i := range 100 {
		assets = append(assets, money.Asset{Code: money.Currency(fmt.Sprintf("X%c%c", 'A'+i/26, 'A'+i%26) + "T"), Exponent: i % 12})
	}
	o := ledger.Options{CheckpointEvery: 50, Assets: assets}
	l := ledgertest.OpenFile(t, path, o)
	for round := range 6 {
		var fs []func(*ledger.Tx) error
		for i, a := range assets {
			r := &ledger.Record{
				Keys:    []ledger.Key{{Space: 'e', Name: fmt.Sprint(round, " ", i)}},
				Entries: []ledger.Entry{entry("liable", "platform", ledger.Sub((round+i)%3), money.New(int64(round*1000+i), a.Code))},
			}
			fs = append(fs, func(tx *ledger.Tx) error { return tx.Append(r) })
		}
		if err := errors.Join(l.UpdateBatch(context.Background(), fs)...); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	l = ledgertest.OpenFile(t, path, o)
	list, err := l.AccountBalances("platform")
	if err != nil || len(list) != 100 {
		t.Fatalf("%d currencies, %v", len(list), err)
	}
	for i, a := range assets {
		want := money.New(int64(15000+6*i), a.Code)
		if b := ledgertest.Holds(l, "platform", a.Code); !b.Total().Equal(want) {
			t.Errorf("%s: %v, expected %v", a.Code, b, want)
		}
	}
	if s := unbalanced(ledgertest.Balances(l, nil)); s != "" {
		t.Error(s)
	}
}

// TestBusyAccount gives one account a million postings with -long, and some thousands else: a balance as of any moment and a page of its
// statement take no longer for it.
func TestBusyAccount(t *testing.T) {
	postings := 20_000
	if *longFlag {
		postings = 1_000_000
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := ledgertest.OpenFile(t, path, ledger.Options{CheckpointEvery: postings / 7})
	const batch = 500
	sums := make([]int64, 0, postings/batch)
	times := make([]time.Time, 0, postings/batch)
	sum := int64(0)
	for n := 0; n < postings; n += batch {
		var fs []func(*ledger.Tx) error
		var last *ledger.Record
		for i := range batch {
			r := &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: fmt.Sprint(n + i)}}, Entries: []ledger.Entry{entry("liable", "platform", 0, eur(int64(n+i)))}}
			fs = append(fs, func(tx *ledger.Tx) error { return tx.Append(r) })
			sum, last = sum+int64(n+i), r
		}
		if err := errors.Join(l.UpdateBatch(context.Background(), fs)...); err != nil {
			t.Fatal(err)
		}
		sums, times = append(sums, sum), append(times, last.Recorded)
	}
	var each []time.Duration
	for i := 0; i < len(sums); i += max(len(sums)/50, 1) {
		start := time.Now()
		b, err := l.BalanceAt("platform", ledger.AsOf{Recorded: times[i]})
		each = append(each, time.Since(start))
		if err != nil || len(b) != 1 || !b[0].Available.Equal(eur(sums[i])) {
			t.Errorf("as of batch %d: %v, %v; expected %d", i, b, err, sums[i])
		}
	}
	slices.Sort(each)
	usual := each[len(each)/2] // the machine may stop amid some
	lines := 0
	start := time.Now()
	for line, err := range l.Postings(context.Background(), "platform", ledger.Range{Newest: true, Limit: 100}) {
		if err != nil {
			t.Fatal(err)
		}
		if lines == 0 && !line.Balance.Equal(eur(sum)) {
			t.Errorf("the newest line says %v, expected %d", line.Balance, sum)
		}
		lines++
	}
	t.Logf("%d postings: a balance as of some moment takes %v, the newest %d lines %v", postings, usual, lines, time.Since(start))
	if usual > 50*time.Millisecond || lines != 100 {
		t.Errorf("that is long, or not 100 lines")
	}
}

// TestNow asks for the ledger's time while its clock goes back and forth: it does not go back.
func TestNow(t *testing.T) {
	now := ledgertest.Start
	l := ledgertest.OpenFile(t, filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{Clock: func() time.Time { return now }})
	if !l.Now().Equal(now) {
		t.Errorf("%v, want the clock's %v", l.Now(), now)
	}
	var inTx time.Time
	err := l.Update(t.Context(), func(tx *ledger.Tx) error {
		inTx = tx.Now()
		return tx.Append(&ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "1"}}})
	})
	if err != nil || !inTx.Equal(now) {
		t.Errorf("%v, %v, want %v", inTx, err, now)
	}
	now = now.Add(-time.Hour)
	if !l.Now().Equal(inTx) {
		t.Errorf("%v, want the newest recorded time, %v", l.Now(), inTx)
	}
}
