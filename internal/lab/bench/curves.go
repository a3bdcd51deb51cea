package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/splitledger/splitledger/ledger"
)

// CallerModes are for a curve of the rate by callers.
var CallerModes = []Mode{{1, 1}, {4, 1}, {16, 1}, {64, 1}, {256, 1}, {1024, 1}}

// GrowCurve posts payments in batches into a new ledger in dir until it has the given number, and reports each twentieth.
func GrowCurve(ctx context.Context, dir string, sellers, payments int, report func(Window)) (err error) {
	books, err := OpenBooks(filepath.Join(dir, "curve.db"), sellers, ledger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	return books.growBy(ctx, payments, 2*windows, report)
}

// A Crowd is what a ledger does with so many accounts.
type Crowd struct {
	Sellers  int
	Callers  Figures // 64 callers, one payment at a time
	Batches  Figures // batches of 1,000
	Accounts int     // the sellers, and those that every ledger has
	Heap     uint64  // bytes in use after opening the ledger anew
}

// HeapPerAccount returns the heap by account.
func (c Crowd) HeapPerAccount() float64 { return float64(c.Heap) / float64(c.Accounts) }

// Crowds measures a new ledger in dir for each number of sellers, for about the given time, which opening the accounts
// adds to.
func Crowds(ctx context.Context, dir string, sellers []int, each time.Duration, report func(Crowd)) error {
	for _, n := range sellers {
		c, err := crowd(ctx, filepath.Join(dir, fmt.Sprintf("crowd-%d.db", n)), n, each)
		if err != nil {
			return err
		}
		report(c)
	}
	return nil
}

func crowd(ctx context.Context, path string, sellers int, each time.Duration) (c Crowd, err error) {
	books, err := OpenBooks(path, sellers, ledger.Options{})
	if err != nil {
		return c, err
	}
	var callers, batches meter
	for range rounds {
		if err == nil {
			err = callers.run(ctx, books, Mode{64, 1}, each/rounds/2)
		}
		if err == nil {
			err = batches.run(ctx, books, Mode{1, 1000}, each/rounds/2)
		}
	}
	if err := errors.Join(err, books.Close()); err != nil {
		return c, err
	}
	var r Reads
	l, err := r.open(path)
	if err != nil {
		return c, err
	}
	c = Crowd{Sellers: sellers, Callers: callers.figures(), Batches: batches.figures(), Accounts: r.Accounts, Heap: r.Heap}
	return c, errors.Join(l.Close(), os.RemoveAll(path+"-index"), os.RemoveAll(path+"-manifest"), os.Remove(path))
}
