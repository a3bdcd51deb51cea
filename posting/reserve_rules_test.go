package posting

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// A reserving is a second opinion on rolling reserves: which holds there are, and when each is released. It is told what
// settlements change only by balances.
type reserving struct {
	*rapid.T
	dir    string
	now    time.Time
	ledger *ledger.Ledger
	book   *Book
	n      int

	rules    map[accounts.ID][2]int64 // tenths of a percent, and days; of all by ""
	holds    []*modelHold
	payments []string // captured, not settled
}

type modelHold struct {
	account  accounts.ID
	minor    int64
	due      time.Time
	released bool
}

// open opens the ledger, as of what is in its file: of a program that was killed no more is there.
func (r *reserving) open(file string) {
	l, err := ledger.Open(file, ledger.Options{Clock: func() time.Time { return r.now }})
	if err != nil {
		r.Fatal(err)
	}
	r.ledger = l
	if r.book, err = New(l, Options{}); err != nil {
		r.Fatal(err)
	}
}

// kill goes on with a copy of the file as it is, without its index.
func (r *reserving) kill() {
	r.n++
	text, err := os.ReadFile(filepath.Join(r.dir, fmt.Sprint(r.n-1, ".db")))
	for _, err := range []error{err, os.WriteFile(filepath.Join(r.dir, fmt.Sprint(r.n, ".db")), text, 0o600), r.ledger.Close()} {
		if err != nil {
			r.Fatal(err)
		}
	}
	r.open(filepath.Join(r.dir, fmt.Sprint(r.n, ".db")))
}

var reservingID int

func (r *reserving) post(e Event) {
	reservingID++
	if e.ID == "" {
		e.ID = fmt.Sprint("e", reservingID)
	}
	if _, err := r.book.Post(context.Background(), e); err != nil {
		r.Fatalf("%+v: %v", e, err)
	}
}

func (r *reserving) has(id accounts.ID) (available, reserved int64) {
	b := ledgertest.Holds(r.ledger, id, "EUR")
	return small(b.Available), small(b.Reserved)
}

// settle settles a payment, at some time of the last days, and adds the holds that the rules want of what the accounts
// have more.
func (r *reserving) settle(payment string) {
	before := map[accounts.ID]int64{}
	for _, id := range []accounts.ID{"A", "B"} {
		available, reserved := r.has(id)
		before[id] = available + reserved
	}
	at := r.now.Add(-time.Duration(rapid.IntRange(0, 200).Draw(r.T, "hours ago")) * time.Hour)
	r.post(Event{ID: "s" + payment, Type: PaymentSettle, Payment: payment, At: at})
	for _, id := range []accounts.ID{"A", "B"} {
		available, reserved := r.has(id)
		rule, own := r.rules[id]
		if !own {
			rule = r.rules[""]
		}
		if held := (available + reserved - before[id]) * rule[0] / 1000; held > 0 {
			r.holds = append(r.holds, &modelHold{id, held, at.Add(time.Duration(rule[1]) * day), false})
		}
	}
}

// release posts by hand the release of a hold that waits.
func (r *reserving) release() {
	var waiting []*Due
	for d, err := range r.book.Finder().Due(time.Time{}) {
		if err != nil {
			r.Fatal(err)
		}
		waiting = append(waiting, d)
	}
	if len(waiting) == 0 {
		return
	}
	d := rapid.SampledFrom(waiting).Draw(r.T, "released")
	r.post(Event{Type: ReserveRelease, Account: d.Event.Account, Amount: d.Event.Amount, Hold: d.Event.Hold})
	for _, h := range r.holds {
		if !h.released && h.account == d.Event.Account && h.minor == small(d.Event.Amount) && h.due.Equal(d.Event.At) {
			h.released = true
			return
		}
	}
	r.Fatalf("nobody knows of the hold %+v", d.Event)
}

// some books some of what is due, as a program that is killed amid that.
func (r *reserving) some() {
	left := rapid.IntRange(0, 3).Draw(r.T, "before it is killed")
	var due []Event
	for d, err := range r.book.Finder().Due(r.now) {
		if err != nil {
			r.Fatal(err)
		}
		due = append(due, d.Event)
	}
	for _, e := range due[:min(left, len(due))] {
		r.post(e)
	}
	r.kill()
}

// due books all that is due, by two programs at once.
func (r *reserving) due() {
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			b, err := New(r.ledger, Options{})
			if err == nil {
				_, err = b.PostDue(context.Background(), r.now)
			}
			if err != nil {
				r.Error(err)
			}
		})
	}
	all.Wait()
	for _, h := range r.holds {
		h.released = h.released || !h.due.After(r.now)
	}
	r.check()
}

// check compares what is reserved with the holds, and what waits with those that are not released.
func (r *reserving) check() {
	reserved, waiting := map[accounts.ID]int64{}, 0
	for _, h := range r.holds {
		if !h.released {
			reserved[h.account] += h.minor
			waiting++
		}
	}
	for _, id := range []accounts.ID{"A", "B", accounts.Liable} {
		if _, has := r.has(id); has != reserved[id] {
			r.Fatalf("%s has %d reserved, the holds come to %d", id, has, reserved[id])
		}
	}
	list, err := dueOf(r.book)
	if n, nerr := r.book.Finder().DueCount(); err != nil || nerr != nil || n != waiting || len(list) != waiting {
		r.Fatalf("%d wait, %d are listed, %d holds are not released; %v, %v", n, len(list), waiting, err, nerr)
	}
}

// TestRollingReserves plays settlements under rules that change, with programs that are killed amid booking what is due,
// and two that do it at once: what is reserved is the sum of the holds that are not released, all are released in the
// end, each once, and nothing is lost.
func TestRollingReserves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "reserves")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		r := &reserving{T: rt, dir: dir, now: time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC), rules: map[accounts.ID][2]int64{}}
		r.open(filepath.Join(dir, "0.db"))
		defer func() { r.ledger.Close() }()
		for _, id := range []accounts.ID{"A", "B"} {
			r.post(Event{Type: AccountOpen, Account: id, Kind: accounts.KindSub})
		}
		total := int64(0)
		rt.Repeat(map[string]func(*rapid.T){
			"rule": func(*rapid.T) {
				id := rapid.SampledFrom([]accounts.ID{"", "A"}).Draw(rt, "account")
				rule := [2]int64{rapid.SampledFrom([]int64{0, 55, 333, 1000}).Draw(rt, "tenths"), 0}
				if rule[0] > 0 {
					rule[1] = rapid.Int64Range(1, 40).Draw(rt, "days")
				}
				percent, _ := money.ParsePercent(fmt.Sprint(rule[0]/10, ".", rule[0]%10))
				r.rules[id] = rule
				r.post(Event{Type: ReserveRule, Account: id, Percent: &percent, Days: uint64(rule[1])})
			},
			"capture": func(*rapid.T) {
				a, b := rapid.Int64Range(1, 5000).Draw(rt, "A"), rapid.Int64Range(1, 5000).Draw(rt, "B")
				total += a + b
				id := fmt.Sprint("p", len(r.payments), "-", reservingID)
				r.payments = append(r.payments, id)
				r.post(Event{Type: PaymentCapture, Payment: id, Provider: "adyen", Amount: eur(a + b), At: r.now.AddDate(0, 0, -9),
					Splits: []Split{{Type: BalanceAccount, Account: "A", Amount: eur(a)}, {Type: BalanceAccount, Account: "B", Amount: eur(b)},
						{Type: PaymentFeeSplit, Account: "A"}}})
			},
			"fee": func(*rapid.T) {
				if len(r.payments) > 0 {
					fee := rapid.Int64Range(1, 300).Draw(rt, "fee")
					total -= fee
					r.post(Event{Type: PaymentFee, Payment: r.payments[0], Fees: []Fee{{Type: FeeMarkup, Amount: eur(fee)}}})
				}
			},
			"settle": func(*rapid.T) {
				if len(r.payments) > 0 {
					r.settle(r.payments[0])
					r.payments = r.payments[1:]
				}
			},
			"release": func(*rapid.T) { r.release() },
			"killed":  func(*rapid.T) { r.kill() },
			"later": func(*rapid.T) {
				r.now = r.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(rt, "hours")) * time.Hour)
				r.some()
				r.due()
			},
			"": func(*rapid.T) {
				if r.some(); true { // what is due of late settlements is booked, or some of it
					r.due()
				}
			},
		})
		for _, p := range slices.Clone(r.payments) {
			r.settle(p)
		}
		r.now = r.now.AddDate(0, 0, 60)
		r.due()
		r.once()
		if a, b := sum(r.has("A")), sum(r.has("B")); a+b != total {
			rt.Errorf("A and B have %d, of %d", a+b, total)
		}
		if v, err := r.ledger.Verify(context.Background(), nil); err != nil {
			rt.Errorf("%+v, %v", v, err)
		}
	})
}

func sum(a, b int64) int64 { return a + b }

// once looks in the journal whether each hold was released once.
func (r *reserving) once() {
	held, released := map[string]bool{}, map[string]bool{}
	for rec, err := range r.ledger.Records(context.Background(), 1) {
		if err != nil {
			r.Fatal(err)
		}
		switch e, _ := EventOf(rec); e.Type {
		case ReserveHold:
			held[e.ID] = true
		case ReserveRelease:
			if released[e.Hold] || len(rec.Entries) != 1 {
				r.Errorf("%s was released twice, or by %d entries", e.Hold, len(rec.Entries))
			}
			released[e.Hold] = true
		}
	}
	if !maps.Equal(held, released) || len(held) != len(r.holds) {
		r.Errorf("%d holds, %d of them released, the model has %d", len(held), len(released), len(r.holds))
	}
}
