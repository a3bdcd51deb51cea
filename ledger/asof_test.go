package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// TestAsOfAmongManyPostings asks for the balance of an account of many postings as of moments of all kinds: it is what
// a plain sum says, and takes few reads. There are 20 postings a second.
func TestAsOfAmongManyPostings(t *testing.T) {
	for _, tt := range []struct {
		name     string
		postings int
		jitter   time.Duration // events come late by up to that
		late     int           // one in so many comes late by up to two days
		most     int64         // reads for one question; log₂ of the postings is 14 or 15, and halving a chain takes up to three
		mean     int64         // of all questions, which come by the same milestones
	}{
		{"in order", 15_000, 0, 0, 3 * 15, 18},
		{"within 5 s", 15_000, 5 * time.Second, 0, 3*15 + 2*100, 60},                                  // the window holds 100 postings
		{"within 3 ns", 5_000, 3, 0, 3*15 + 2*20, 40},                                                 // moments and lateness that are equal to the nanosecond
		{"within 5 s, and some days late", 20_000, 5 * time.Second, 1000, 3*16 + 2*100 + 100*20, 400}, // and a way around each that came late
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() || RaceBuild {
				tt.postings /= 5
			}
			askAsOf(t, tt.postings, tt.jitter, tt.late, tt.most, tt.mean)
		})
	}
}

func askAsOf(t *testing.T, postings int, jitter time.Duration, late int, limit, mean int64) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	l, counter := openWatched(t, filepath.Join(t.TempDir(), "ledger.db"), 0, Options{Clock: func() time.Time { return now }})

	type posting struct {
		at, recorded time.Time
		amount       int64
	}
	var all []posting
	for len(all) < postings {
		now = now.Add(time.Second)
		var fs []func(*Tx) error
		for range 20 {
			p := posting{at: now.Add(-time.Duration(random.Int64N(int64(jitter) + 1))), recorded: now, amount: random.Int64N(2001) - 1000}
			if late > 0 && random.IntN(late) == 0 {
				p.at = now.Add(-time.Duration(random.IntN(48)) * time.Hour)
			}
			all = append(all, p)
			fs = append(fs, func(tx *Tx) error {
				a := money.New(p.amount, "EUR")
				return tx.Append(&Record{Keys: []Key{{'e', fmt.Sprint(len(all))}}, At: p.at, Entries: []Entry{{Postings: []Posting{
					{Account: "liable", Amount: a}, {Account: "platform", Amount: a.Neg()}}}}})
			})
		}
		for _, err := range l.UpdateBatch(t.Context(), fs) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	span := now.Sub(start)
	moment := func() time.Time {
		switch random.IntN(8) {
		case 0:
			return time.Time{}
		case 1:
			return all[random.IntN(len(all))].at
		case 2:
			return start.Add(-time.Duration(random.Int64N(int64(72 * time.Hour))))
		}
		return start.Add(time.Duration(random.Int64N(int64(span))))
	}
	const questions = 150
	most, reads := int64(0), int64(0)
	for i := range questions {
		when := AsOf{At: moment(), Recorded: moment()}
		switch i % 5 {
		case 0:
			when.At = time.Time{}
		case 1: // when one was booked, as of when it had happened
			p := all[random.IntN(len(all))]
			when = AsOf{At: p.at, Recorded: p.recorded}
		}
		want := int64(0)
		for _, p := range all {
			if (when.At.IsZero() || !p.at.After(when.At)) && (when.Recorded.IsZero() || !p.recorded.After(when.Recorded)) {
				want += p.amount
			}
		}
		before := counter.reads.Load()
		b, err := l.BalanceAt("platform", when)
		if err != nil || len(b) != 1 || !b[0].Available.Equal(money.New(want, "EUR")) {
			t.Fatalf("as of %+v: %v, %v; want %d", when, b, err, want)
		}
		n := counter.reads.Load() - before
		most, reads = max(most, n), reads+n
		if when.At.IsZero() && n > 3*17 {
			t.Errorf("as of %+v took %d reads", when, n)
		}
	}
	t.Logf("%d postings: %d reads a question on average, %d at most", postings, reads/questions, most)
	if most > limit || reads/questions > mean {
		t.Errorf("a question took %d reads, %d on average; want at most %d, %d on average", most, reads/questions, limit, mean)
	}
}

// TestBalancesAtOfManyAccounts has more accounts than are asked for in one view of the file.
func TestBalancesAtOfManyAccounts(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const many = 2*stretch + 10
	id := func(i int) accounts.ID { return accounts.ID(fmt.Sprint("seller:", i)) }
	open := &Record{Keys: []Key{{'e', "open"}}, At: at}
	for i := range many {
		open.Opens = append(open.Opens, accounts.Account{ID: id(i), Kind: accounts.KindSub})
	}
	book := func(days int) *Record {
		r := &Record{Keys: []Key{{'e', fmt.Sprint("day ", days)}}, At: at.AddDate(0, 0, days)}
		for i := range many {
			a := money.New(int64(i+1), "EUR")
			r.Entries = append(r.Entries, Entry{Postings: []Posting{{Account: "platform", Amount: a}, {Account: id(i), Amount: a.Neg()}}})
		}
		return r
	}
	for _, r := range []*Record{open, book(1), book(2), book(3)} {
		if err := l.Update(t.Context(), func(tx *Tx) error { return tx.Append(r) }); err != nil {
			t.Fatal(err)
		}
	}
	list, err := l.BalancesAt(AsOf{At: at.AddDate(0, 0, 2)}, func(a accounts.Account) bool { return a.Kind == accounts.KindSub })
	if err != nil || len(list) != many {
		t.Fatalf("%d accounts, %v; want %d", len(list), err, many)
	}
	for i, a := range list {
		if want := money.New(int64(2*(i+1)), "EUR"); a.Account.ID != id(i) || len(a.Balances) != 1 || !a.Balances[0].Available.Equal(want) {
			t.Fatalf("%s: %v, want %v available", a.Account.ID, a.Balances, want)
		}
	}
}

// TestBalancesOfOneState asks for balances of more accounts than are looked at together, while money goes between the first
// of them and the last: what is held is what is owed, whatever is booked meanwhile.
func TestBalancesOfOneState(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	const many = 2*stretch + 10
	id := func(i int) accounts.ID { return accounts.ID(fmt.Sprint("seller:", i)) }
	open := &Record{Keys: []Key{{'e', "open"}}}
	for i := range many {
		open.Opens = append(open.Opens, accounts.Account{ID: id(i), Kind: accounts.KindSub})
	}
	if err := l.Update(t.Context(), func(tx *Tx) error { return tx.Append(open) }); err != nil {
		t.Fatal(err)
	}
	done, stopped := make(chan bool), make(chan error)
	go func() {
		currencies := []money.Currency{"EUR", "USD", "JPY"} // the last ones are new to the ledger while it is asked
		for n := 0; ; n++ {
			select {
			case <-done:
				stopped <- nil
				return
			default:
			}
			a := money.New(int64(n+1), currencies[min(n/50, 2)])
			r := &Record{Keys: []Key{{'e', fmt.Sprint("move ", n)}}, Entries: []Entry{{Postings: []Posting{
				{Account: id(n % 7), Amount: a}, {Account: id(many - 1 - n%5), Amount: a.Neg()},
			}}}}
			if err := l.Update(context.Background(), func(tx *Tx) error { return tx.Append(r) }); err != nil {
				stopped <- err
				return
			}
		}
	}()
	changed := map[string]bool{}
	for n := 0; n < 100 || len(changed) < 10 && n < 10_000; n++ {
		list, err := l.BalancesAt(AsOf{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		sums := map[money.Currency]money.Int{}
		for _, a := range list {
			for _, b := range a.Balances {
				sums[b.Currency] = sums[b.Currency].Add(b.Available.Int())
			}
		}
		for c, sum := range sums {
			if !sum.IsZero() {
				t.Fatalf("all accounts together owe %s %s", sum, c)
			}
		}
		changed[fmt.Sprint(list[2])] = true
	}
	close(done)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if len(changed) < 10 {
		t.Errorf("only %d states were seen: nothing was booked between the questions", len(changed))
	}
}
