package ledger

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
)

// TestKeepAsksTheLedger picks accounts by what they hold, beside a writer.
func TestKeepAsksTheLedger(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	writes, reads := make(chan error), make(chan error)
	go func() {
		var err error
		for err == nil {
			err = l.Update(ctx, pay("again", 1))
		}
		writes <- err
	}()
	go func() {
		owing := func(a accounts.Account) bool { return holds(l, a.ID, "EUR").Available.Sign() < 0 }
		var err error
		for range 2000 {
			all, failed := l.BalancesAt(AsOf{}, owing)
			err = errors.Join(err, failed)
			for _, b := range all {
				if b.Account.ID != "liable" {
					t.Errorf("%s is owing", b.Account.ID)
				}
			}
			if _, failed := l.BalancesAt(AsOf{At: time.Now()}, owing); failed != nil {
				err = failed
			}
		}
		reads <- err
	}()
	select {
	case err := <-reads:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("a function that picks accounts hangs")
	}
	stop()
	if err := <-writes; err != context.Canceled {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
