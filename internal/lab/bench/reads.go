package bench

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// Reads is what reading a grown ledger takes, and opening it.
type Reads struct {
	Postings  int     // that the account asked for has: liable, which every payment pays a commission
	Balance   Figures // of one call of Balance while 8 callers post
	BalanceAt Figures // of one call of BalanceAt, by recorded time, while 8 callers post
	Posting   Figures // of 64 callers, one payment at a time

	Open     time.Duration // of the ledger as a killed process would have left it
	Replayed uint64        // records behind its newest checkpoint
	Heap     uint64        // bytes in use after opening it
	Accounts int
}

// HeapPerAccount returns the heap by account.
func (r Reads) HeapPerAccount() float64 { return float64(r.Heap) / float64(r.Accounts) }

// read measures reads beside writers.
func (b *Books) read(ctx context.Context, each time.Duration) (r Reads, err error) {
	r.Postings = int(b.Ledger.Stats().Records) - b.sellers
	var posting meter
	if err := posting.run(ctx, b, Mode{64, 1}, each/4); err != nil { // to know how many calls to prepare
		return r, err
	}
	posting = meter{calls: posting.calls}
	if err := posting.run(ctx, b, Mode{64, 1}, each); err != nil {
		return r, err
	}
	r.Posting = posting.figures()
	var stop atomic.Bool
	var failed atomic.Pointer[error]
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for !stop.Load() {
				if err := b.prepare(1)(ctx); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
			}
		})
	}
	first, last, err := b.span(ctx)
	random := rand.New(rand.NewPCG(1, 1))
	if err == nil {
		r.Balance, err = timed(each/2, func() error {
			_, err := b.Ledger.Balance(accounts.Liable, "EUR")
			return err
		})
	}
	if err == nil {
		r.BalanceAt, err = timed(each/2, func() error {
			at := first.Add(time.Duration(random.Int64N(int64(last.Sub(first)) + 1)))
			_, err := b.Ledger.BalanceAt(accounts.Liable, ledger.AsOf{Recorded: at})
			return err
		})
	}
	stop.Store(true)
	writers.Wait()
	if p := failed.Load(); p != nil {
		err = errors.Join(err, *p)
	}
	return r, err
}

// span returns when the first and the last record were recorded.
func (b *Books) span(ctx context.Context) (first, last time.Time, err error) {
	for _, at := range []struct {
		record uint64
		time   *time.Time
	}{{1, &first}, {b.Ledger.Stats().Records, &last}} {
		for r, err := range b.Ledger.Records(ctx, at.record) {
			if err != nil {
				return first, last, err
			}
			*at.time = r.Recorded
			break
		}
	}
	return first, last, nil
}

// timed calls f again and again for about the given time.
func timed(atLeast time.Duration, f func() error) (Figures, error) {
	var m meter
	for start := time.Now(); m.elapsed < atLeast && len(m.took) < 1<<20; m.elapsed = time.Since(start) {
		begin := time.Now()
		err := f()
		m.took = append(m.took, time.Since(begin))
		if err != nil {
			return Figures{}, err
		}
		m.payments++
	}
	return m.figures(), nil
}

// kill closes the ledger, and opens its file again with the index that it had before, as if the process had been killed.
func (b *Books) kill(r *Reads) error {
	path := b.Ledger.Path()
	killed := filepath.Join(filepath.Dir(path), "killed.db")
	if err := link(path+"-index", killed+"-index"); err != nil {
		return err
	}
	if err := os.Link(path+"-manifest", killed+"-manifest"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := b.Ledger.Close(); err != nil {
		return err
	}
	if err := os.Link(path, killed); err != nil {
		return err
	}
	l, err := r.open(killed)
	if err != nil {
		return err
	}
	return errors.Join(l.Close(), os.RemoveAll(killed+"-index"), os.RemoveAll(killed+"-manifest"), os.Remove(killed))
}

// open opens a ledger and measures what that takes.
func (r *Reads) open(path string) (*ledger.Ledger, error) {
	before := heap()
	begin := time.Now()
	l, err := ledger.Open(path, ledger.Options{Progress: func(p ledger.Progress) { r.Replayed = p.Total }})
	r.Open = time.Since(begin)
	if err != nil {
		return nil, err
	}
	after := heap()
	r.Heap, r.Accounts = after-min(before, after), l.Stats().Accounts
	return l, nil
}

// heap returns the bytes in use. What a pool has is given up at the second collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// link gives the files of a directory a second name in another one. A file of an index is never written to again.
func link(from, to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Link(filepath.Join(from, f.Name()), filepath.Join(to, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
