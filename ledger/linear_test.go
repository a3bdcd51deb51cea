package ledger_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
)

var historiesFlag = flag.Int("histories", 12, "how many histories TestLinearizable records and checks")

// An ask is one call of a client: a payment into an account, a transfer that is refused where it would take an account below zero, or a
// look at the books.
type ask struct {
	what     string
	id       string // of a deposit or transfer
	from, to int    // accounts
	amount   int64
}

// A reply is what the client heard.
type reply struct {
	said string        // "booked", "duplicate" or "refused"
	held map[int]int64 // what accounts were seen to hold
}

// books is what the ledger should be: one thing after another.
type books struct {
	held [linearAccounts]int64
	done string // ids of what was booked, each in spaces, sorted: the same books however they came about, which spares the search most of its ways
}

const linearAccounts = 4

// step says what the books are after a call, and whether the reply fits.
func (b books) step(a ask, r reply) (bool, books) {
	fits := true
	for n, held := range r.held {
		fits = fits && b.held[n] == held
	}
	want := ""
	switch key := " " + a.id + " "; {
	case a.what != "deposit" && a.what != "transfer":
	case containsKey(b.done, key):
		want = "duplicate"
	case a.what == "transfer" && b.held[a.from] < a.amount:
		want = "refused"
	default:
		want = "booked"
		ids := append(strings.Fields(b.done), a.id)
		slices.Sort(ids)
		b.done = " " + strings.Join(ids, "  ") + " "
		b.held[a.to] += a.amount
		if a.what == "transfer" {
			b.held[a.from] -= a.amount
		}
	}
	return fits && r.said == want, b
}

func containsKey(done, key string) bool {
	for i := 0; i+len(key) <= len(done); i++ {
		if done[i:i+len(key)] == key {
			return true
		}
	}
	return false
}

// TestLinearizable lets clients post, transfer, repeat themselves and look, all at the same time, and asks porcupine whether what they
// heard could have been heard had one call been made after another, each between its beginning and its end.
func TestLinearizable(t *testing.T) {
	histories := *historiesFlag
	if testing.Short() {
		histories = min(histories, 2)
	}
	random := seeded(t)
	calls, heard := 0, make(map[string]int)
	for range histories {
		l := ledgertest.Open(t, ledger.Options{CheckpointEvery: 10, Clock: time.Now})
		var opens []accounts.Account
		for n := range linearAccounts {
			opens = append(opens, accounts.Account{ID: linearAccount(n), Kind: accounts.KindSub})
		}
		ledgertest.Post(t, l, &ledger.Record{Keys: []ledger.Key{{Space: 'e', Name: "open"}}, Opens: opens})
		var mu sync.Mutex
		var history []porcupine.Operation
		var clients sync.WaitGroup
		start := time.Now()
		for client := range 6 {
			var asks []ask
			for n := range 40 {
				a := ask{what: []string{"deposit", "transfer", "transfer", "Balance", "Balances", "AccountBalances", "BalanceAt"}[random.IntN(7)],
					id: fmt.Sprint(client, "-", n-random.IntN(2)*random.IntN(min(n, 3)+1)), from: random.IntN(linearAccounts), amount: 1 + random.Int64N(20)}
				if random.IntN(6) == 0 { // another client may ask for the same
					a.id = fmt.Sprint("shared-", random.IntN(8))
				}
				a.to = (a.from + 1 + random.IntN(linearAccounts-1)) % linearAccounts
				asks = append(asks, a)
			}
			clients.Go(func() {
				for _, a := range asks {
					call := time.Since(start)
					r, err := a.put(l)
					back := time.Since(start)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					history = append(history, porcupine.Operation{ClientId: client, Input: a, Call: int64(call), Output: r, Return: int64(back)})
					calls++
					heard[a.what+" "+r.said]++
					mu.Unlock()
				}
			})
		}
		clients.Wait()
		if t.Failed() {
			return
		}
		model := porcupine.Model{
			Init: func() any { return books{} },
			Step: func(state, input, output any) (bool, any) { return state.(books).step(input.(ask), output.(reply)) },
		}
		if result := porcupine.CheckOperationsTimeout(model, history, time.Minute); result != porcupine.Ok {
			slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
			for _, o := range history {
				t.Logf("%d: %d to %d: %+v: %+v", o.ClientId, o.Call, o.Return, o.Input, o.Output)
			}
			t.Fatalf("the history is not linearizable: %s", result)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d histories of %d calls in all: %v", histories, calls, heard)
	for _, what := range []string{"deposit booked", "transfer booked", "transfer refused", "transfer duplicate"} {
		if heard[what] == 0 && !testing.Short() {
			t.Errorf("never heard: %s", what)
		}
	}
}

func linearAccount(n int) accounts.ID { return accounts.ID(fmt.Sprint("seller:", n)) }

var errRefused = errors.New("refused")

// put makes the call.
func (a *ask) put(l *ledger.Ledger) (r reply, err error) {
	see := func(n int, list []ledger.Balance) {
		r.held[n] = 0
		for _, b := range list {
			held, _ := b.Available.Int().Int64()
			r.held[n] += held
		}
	}
	r.held = make(map[int]int64)
	switch a.what {
	case "Balance":
		see(a.from, []ledger.Balance{ledgertest.Holds(l, linearAccount(a.from), "EUR")})
	case "AccountBalances":
		list, err := l.AccountBalances(linearAccount(a.from))
		if err != nil {
			return r, err
		}
		see(a.from, list)
	case "BalanceAt":
		list, err := l.BalanceAt(linearAccount(a.from), ledger.AsOf{})
		if err != nil {
			return r, err
		}
		see(a.from, list)
	case "Balances":
		for n, b := range ledgertest.Balances(l, func(a accounts.Account) bool { return a.Kind == accounts.KindSub }) {
			see(n, b.Balances)
		}
	default:
		err := l.Update(context.Background(), func(tx *ledger.Tx) error { return a.book(tx, &r) })
		if err != nil && !errors.Is(err, errRefused) {
			return r, err
		}
	}
	return r, nil
}

// book makes the deposit or transfer, and says in r what came of it and what it saw.
func (a *ask) book(tx *ledger.Tx, r *reply) error {
	from, to := accounts.Liable, linearAccount(a.to)
	clear(r.held) // it may be run more than once
	key := ledger.Key{Space: 'e', Name: a.id}
	if has, err := tx.Has(key); has || err != nil {
		r.said = "duplicate"
		return err
	}
	if a.what == "transfer" {
		from = linearAccount(a.from)
		held, _ := ledgertest.Holds(tx, from, "EUR").Available.Int().Int64()
		r.held[a.from] = held
		if r.said = "refused"; held < a.amount {
			return errRefused
		}
	}
	r.said = "booked"
	return tx.Append(&ledger.Record{Keys: []ledger.Key{key}, Entries: []ledger.Entry{entry(from, to, ledger.Available, eur(a.amount))}})
}
