package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query"
)

// Reported is what reports of a ledger take whose payments are spread over some days.
type Reported struct {
	Payments, Days int
	Ledger, Totals int64         // bytes on disk: of the ledger's file, and of the daily totals
	Open           time.Duration // for reading
	Remade         time.Duration // opened for writing, with daily totals made again of the whole journal
	Worked         time.Duration // by the processors meanwhile
	Questions      []Question
	Alone, Beside  Figures // batches of 1,000 payments, without and with reports of a day one after another
	Reports        int     // how many there were meanwhile
}

// A Question is a report, with how long it took: the fastest of three, or of one that reads the whole journal.
type Question struct {
	Name string
	Took time.Duration
	Rows int
}

// lateEvery is how many payments there are to one that happened up to sixty days before those beside it.
const lateEvery = 100

// Reports makes a ledger of so many payments that happened over some days, the newest of them yesterday, and asks for
// reports of it, opened again for reading; and then while payments are posted.
func Reports(ctx context.Context, dir string, sellers, payments, days int, each time.Duration) (r Reported, err error) {
	path := filepath.Join(dir, "reports.db")
	today := time.Now().UTC().Truncate(24 * time.Hour)
	start := today.AddDate(0, 0, -days)
	books, err := OpenBooks(path, sellers, ledger.Options{})
	if err != nil {
		return r, err
	}
	books.at = func(n uint64) time.Time {
		h := mix(n)
		at := start.Add(time.Duration(float64(today.Sub(start)) * float64(n-uint64(sellers)) / float64(payments+1)))
		if h%lateEvery == 0 {
			at = at.Add(-time.Duration(h>>8%60*24) * time.Hour)
		}
		return at.Truncate(time.Second)
	}
	_, _, err = books.grow(ctx, payments, growBatch)
	if err := errors.Join(err, books.Close()); err != nil {
		return r, err
	}
	r.Payments, r.Days = payments, days
	if r.Ledger, r.Totals, err = sizes(path); err != nil {
		return r, err
	}
	if err := r.ask(ctx, path, start.AddDate(0, 0, days*2/3)); err != nil {
		return r, err
	}
	if err := r.remake(path); err != nil {
		return r, err
	}
	return r, r.beside(ctx, path, sellers, today, each)
}

// remake has the daily totals made again, as of a ledger of before.
func (r *Reported) remake(path string) error {
	files, err := filepath.Glob(filepath.Join(path+"-index", "totals-*"))
	for _, f := range files {
		err = errors.Join(err, os.Remove(f))
	}
	if err != nil {
		return err
	}
	begin, worked := time.Now(), processor()
	l, err := ledger.Open(path, ledger.Options{})
	if err != nil {
		return err
	}
	r.Remade, r.Worked = time.Since(begin), processor()-worked
	return l.Close()
}

// sizes returns the bytes of a ledger's file and of its daily totals.
func sizes(path string) (file, totals int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	list, err := os.ReadDir(path + "-index")
	for _, e := range list {
		if !strings.HasPrefix(e.Name(), "totals-") {
			continue
		}
		f, failed := e.Info()
		if failed != nil {
			return 0, 0, failed
		}
		totals += f.Size()
	}
	return info.Size(), totals, err
}

// ask asks for reports about a day, and the month and year that it is in.
func (r *Reported) ask(ctx context.Context, path string, day time.Time) (err error) {
	begin := time.Now()
	l, err := ledger.Open(path, ledger.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	r.Open = time.Since(begin)
	defer func() { err = errors.Join(err, l.Close()) }()
	books, err := query.Of(l)
	if err != nil {
		return err
	}
	next := day.AddDate(0, 0, 1)
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	activity, accounts := query.By{Kind: true, Class: true, Type: true}, query.By{Account: true, Kind: true}
	local := 5*time.Hour + 30*time.Minute
	for _, q := range []struct {
		name   string
		filter query.TrialFilter
		times  int
	}{
		{"activity of a day", query.TrialFilter{Within: query.Period{From: day, To: next}, By: activity}, 3},
		{"activity of a month", query.TrialFilter{Within: query.Period{From: month, To: month.AddDate(0, 1, 0)}, By: activity}, 3},
		{"trial balance of a day", query.TrialFilter{Within: query.Period{From: day, To: next}, By: accounts}, 3},
		{"trial balance of all time", query.TrialFilter{By: accounts}, 3},
		{"activity of a day of another zone", query.TrialFilter{Within: query.Period{From: day.Add(-local), To: next.Add(-local)}, By: activity}, 3},
		{"activity of a day, from the journal", query.TrialFilter{Within: query.Period{From: day, To: next}, By: activity, Recorded: time.Now().Add(time.Hour)}, 1},
	} {
		a := Question{Name: q.name}
		for range q.times {
			begin := time.Now()
			t, err := books.TrialBalance(ctx, q.filter)
			if err != nil {
				return err
			}
			if took := time.Since(begin); a.Took == 0 || took < a.Took {
				a.Took = took
			}
			a.Rows = len(t.Rows)
		}
		r.Questions = append(r.Questions, a)
	}
	return nil
}

// beside posts batches without and with reports at the same time.
func (r *Reported) beside(ctx context.Context, path string, sellers int, today time.Time, each time.Duration) (err error) {
	books, err := OpenBooks(path, 0, ledger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	books.sellers = sellers
	mode := Mode{Callers: 1, Batch: 1000}
	var alone, beside meter
	for alone.elapsed < each {
		if err := alone.run(ctx, books, mode, each/2); err != nil {
			return err
		}
	}
	asked, stop := context.WithCancel(ctx)
	var asking sync.WaitGroup
	var failed error
	q := &query.Books{Ledger: books.Ledger, Rules: books.Book}
	asking.Go(func() {
		for asked.Err() == nil && failed == nil {
			_, failed = q.TrialBalance(ctx, query.TrialFilter{Within: query.Period{From: today.AddDate(0, 0, -1), To: today}, By: query.By{Kind: true, Class: true, Type: true}})
			r.Reports++
		}
	})
	for err == nil && beside.elapsed < each {
		err = beside.run(ctx, books, mode, each/2)
	}
	stop()
	asking.Wait()
	r.Alone, r.Beside = alone.figures(), beside.figures()
	return errors.Join(err, failed)
}
