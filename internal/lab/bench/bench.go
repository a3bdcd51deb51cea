// Package bench measures what a machine does: payments booked through a [posting.Book], and beside them, in the
// same run and in turns, a bare bbolt file that is written the same number of bytes in the same way. The ratio of the two is
// what says something: machines differ and are shared.
//
// A payment is a capture with three splits, a merchant reference and split references, of unique event and
// payment ids. Each is synced before it is acknowledged, on both sides.
package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A Mode is a way of posting.
type Mode struct {
	Callers int // at the same time
	Batch   int // payments in one call
}

// String names the mode for people: "64 callers, 1 at a time".
func (m Mode) String() string {
	callers, batch := "1 caller", "1 at a time"
	if m.Callers != 1 {
		callers = fmt.Sprintf("%d callers", m.Callers)
	}
	if m.Batch != 1 {
		batch = fmt.Sprintf("batches of %d", m.Batch)
	}
	return callers + ", " + batch
}

// Modes are the ones that [Compare] measures unless told otherwise.
var Modes = []Mode{{1, 1}, {64, 1}, {256, 1}, {1, 1000}, {1, 8000}}

// Figures are what one side did in one mode.
type Figures struct {
	Payments int
	Seconds  float64
	P50, P99 time.Duration // of one call
	Slowest  time.Duration

	Processor time.Duration // of all processors, for a payment; 0 where that is not known
}

// Rate returns payments per second.
func (f Figures) Rate() float64 { return float64(f.Payments) / f.Seconds }

// A Comparison is both sides in one mode.
type Comparison struct {
	Mode         Mode
	Ledger, Bare Figures
	Bytes        int // of a payment in the journal; what the bare side writes for each
}

// A side books or writes payments.
type side interface {
	// prepare makes up n payments, and returns what books them: they are durable when it returns. What it takes
	// to make them up is not measured.
	prepare(n int) func(context.Context) error
}

const rounds = 8 // in turns: a disturbance of the machine meets both sides

// Compare measures each mode for about the given time, on a new ledger and a new bbolt file in dir, with the given
// number of sellers.
func Compare(ctx context.Context, dir string, sellers int, modes []Mode, each time.Duration, report func(Comparison)) error {
	books, err := OpenBooks(filepath.Join(dir, "bench.db"), sellers, ledger.Options{})
	if err != nil {
		return err
	}
	defer books.Close()
	size, err := books.payloadSize(ctx)
	if err != nil {
		return err
	}
	bare, err := openBare(filepath.Join(dir, "bare.db"), size)
	if err != nil {
		return err
	}
	defer bare.close()
	for _, m := range modes {
		c := Comparison{Mode: m, Bytes: size}
		var ours, theirs meter
		for range rounds {
			if err := ours.run(ctx, books, m, each/rounds/2); err != nil {
				return err
			}
			if err := theirs.run(ctx, bare, m, each/rounds/2); err != nil {
				return err
			}
		}
		c.Ledger, c.Bare = ours.figures(), theirs.figures()
		report(c)
	}
	return nil
}

// A meter counts calls and how long they took.
type meter struct {
	mu       sync.Mutex
	payments int
	elapsed  time.Duration
	worked   time.Duration // of the processors
	took     []time.Duration
	calls    int // of a caller in the latest run, to know how many to prepare for the next
}

// run calls a side from as many goroutines as the mode says, for about the given time.
func (m *meter) run(ctx context.Context, s side, mode Mode, atLeast time.Duration) error {
	prepared := make([][]func(context.Context) error, mode.Callers)
	for i := range prepared {
		for range max(m.calls*3/2, 64/mode.Batch+2) {
			prepared[i] = append(prepared[i], s.prepare(mode.Batch))
		}
	}
	m.calls = 0
	runtime.GC() // of what the round before left
	var callers sync.WaitGroup
	var failed atomic.Pointer[error]
	start, worked := time.Now(), processor()
	for _, calls := range prepared {
		callers.Go(func() {
			took := make([]time.Duration, 0, len(calls))
			for _, call := range calls {
				begin := time.Now()
				if begin.Sub(start) >= atLeast && len(took) > 0 || failed.Load() != nil {
					break
				}
				if err := call(ctx); err != nil {
					failed.CompareAndSwap(nil, &err)
					break
				}
				took = append(took, time.Since(begin))
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			m.calls = max(m.calls, len(took))
			m.payments += len(took) * mode.Batch
			m.took = append(m.took, took...)
		})
	}
	callers.Wait()
	m.elapsed += time.Since(start)
	m.worked += processor() - worked
	if err := failed.Load(); err != nil {
		return *err
	}
	return ctx.Err()
}

func (m *meter) figures() Figures {
	slices.Sort(m.took)
	f := Figures{Payments: m.payments, Seconds: m.elapsed.Seconds()}
	if n := len(m.took); n > 0 {
		f.P50, f.P99, f.Slowest = m.took[n/2], m.took[n*99/100], m.took[n-1]
		f.Processor = m.worked / time.Duration(m.payments)
	}
	return f
}

// A Window is a stretch of the growth of a ledger.
type Window struct {
	From, To int // payments in the books
	Seconds  float64
	Slowest  time.Duration // call
}

// Rate returns payments per second in the window.
func (w Window) Rate() float64 { return float64(w.To-w.From) / w.Seconds }

// Windows and batch of [Grow].
const (
	windows   = 10
	growBatch = 8000
)

// Grown is what became of a ledger that was grown.
type Grown struct {
	Bytes        int64   // that it and its index take when it is closed
	Payments     int     // in them
	Small        int     // payments in a ledger beside it
	SmallSeconds float64 // what the small one took for some more payments, and the grown one for as many, in turns
	LargeSeconds float64
	Reads        Reads // of the grown one
}

// Ratio returns the rate of the grown ledger to that of the small one.
func (g Grown) Ratio() float64 { return g.SmallSeconds / g.LargeSeconds }

// Grow posts payments in batches into a new ledger in dir until it has the given number, and reports each tenth as
// it goes. Then it grows another one to a tenth of that, and posts to both in turns: a disturbance of the machine,
// which makes the tenths hard to compare, meets both. Last it measures what reading the grown one takes, each way for about
// the given time, and opening it again.
func Grow(ctx context.Context, dir string, sellers, payments int, each time.Duration, report func(Window)) (g Grown, err error) {
	large, err := OpenBooks(filepath.Join(dir, "large.db"), sellers, ledger.Options{})
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, large.Close()) }()
	if err := large.growBy(ctx, payments, windows, report); err != nil {
		return g, err
	}
	g.Small = payments / 10
	small, err := OpenBooks(filepath.Join(dir, "small.db"), sellers, ledger.Options{})
	if err != nil {
		return g, err
	}
	defer func() { err = errors.Join(err, small.Close()) }()
	if _, _, err := small.grow(ctx, g.Small, growBatch); err != nil {
		return g, err
	}
	const turns, more = 40, 1000
	for range turns {
		for _, side := range []struct {
			books   *Books
			seconds *float64
		}{{small, &g.SmallSeconds}, {large, &g.LargeSeconds}} {
			took, _, err := side.books.grow(ctx, more, more)
			if err != nil {
				return g, err
			}
			*side.seconds += took
		}
	}
	if g.Reads, err = large.read(ctx, each); err != nil {
		return g, err
	}
	if err := large.kill(&g.Reads); err != nil {
		return g, err
	}
	s := large.Ledger.Stats()
	g.Bytes, g.Payments = s.FileBytes+s.IndexBytes, int(s.Records)-sellers
	return g, nil
}

// growBy posts payments in batches, and reports the windows that they are divided into.
func (b *Books) growBy(ctx context.Context, payments, windows int, report func(Window)) (err error) {
	for i := range windows {
		w := Window{From: payments * i / windows, To: payments * (i + 1) / windows}
		if w.Seconds, w.Slowest, err = b.grow(ctx, w.To-w.From, growBatch); err != nil {
			return err
		}
		report(w)
	}
	return nil
}

// grow posts payments in batches, and returns how long the calls took and the slowest of them.
func (b *Books) grow(ctx context.Context, payments, batch int) (seconds float64, slowest time.Duration, err error) {
	for done := 0; done < payments; {
		n := min(batch, payments-done)
		call := b.prepare(n)
		begin := time.Now()
		if err := call(ctx); err != nil {
			return 0, 0, err
		}
		took := time.Since(begin)
		slowest = max(slowest, took)
		seconds += took.Seconds()
		done += n
	}
	return seconds, slowest, nil
}

var _ side = (*Books)(nil)

// refused makes an error of a batch in which something was refused, which no payment here should be.
func refused(results []posting.Result) error {
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}
