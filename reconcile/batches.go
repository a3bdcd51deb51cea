package reconcile

import (
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// Sums that do not need the books: the lines of a settlement batch against its payout, and a running balance from line
// to line. Both show a line that is missing from a report, or that somebody has changed.
//
//	settled order-1 10.00 EUR net=9.60 batch=7
//	refunded order-2 5.00 EUR net=-5.00 batch=7
//	payout - - EUR net=-4.60 batch=7                 balanced: 9.60 - 5.00 = 4.60

// A Batch is what a provider settles and pays together: all lines of one batch to one receiver in one currency.
type Batch struct {
	Batch    string
	Receiver string
	Currency money.Currency
	Lines    uint64
	Net      money.Amount // the sum of its lines but payouts
	Paid     money.Amount // what was paid out of it
	Payouts  uint64       // how many payouts there were
	Bad      uint64       // lines that could not be read, before or after one of its own
	Newest   time.Time    // when its newest line happened
}

// Difference is what is left of the batch once it was paid out.
func (b *Batch) Difference() money.Amount {
	return money.FromInt(b.Net.Int().Sub(b.Paid.Int()), b.Currency)
}

// State says in a word how the batch stands. "open": none of the files has its payout. "elsewhere": the files
// have its payout and none of its lines; these are in other reports, so their sum cannot be checked.
func (b *Batch) State() string {
	switch {
	case b.Payouts == 0 && !b.Net.IsZero():
		return "open"
	case b.Difference().IsZero():
		return "balanced"
	case b.Payouts == b.Lines && b.Bad == 0:
		return "elsewhere"
	}
	return "mismatch"
}

// maxBatches limits how many batches, and how many running balances, are checked: they are kept in memory.
const maxBatches = 200_000

// batchKey: one batch pays several receivers, and each of them in one currency.
type batchKey struct {
	batch, receiver string
	currency        money.Currency
}

// batches sums the lines of batches.
type batches struct {
	byKey map[batchKey]*Batch
	last  *Batch // that a line was of
	bad   uint64 // lines since that could not be read
}

// add counts a line. Lines without a batch or a net amount are in none. Reports list the lines of a batch one after
// another, so the last batch is looked at before the map is.
func (s *batches) add(o *providers.Outcome) {
	c := o.Net.Currency()
	if o.Batch == "" || c == "" {
		return
	}
	b := s.last
	if b == nil || b.Batch != o.Batch || b.Receiver != o.Receiver || b.Currency != c {
		k := batchKey{o.Batch, o.Receiver, c}
		if b = s.byKey[k]; b == nil {
			if len(s.byKey) >= maxBatches {
				return
			}
			b = &Batch{Batch: o.Batch, Receiver: o.Receiver, Currency: c, Net: money.New(0, c), Paid: money.New(0, c)}
			s.byKey[k] = b
		}
		s.last = b
	}
	b.Lines++
	if o.At.After(b.Newest) {
		b.Newest = o.At
	}
	b.Bad, s.bad = b.Bad+s.bad, 0
	switch o.Kind {
	case providers.Payout, providers.PayoutFailed:
		b.Payouts++
		b.Paid = money.FromInt(b.Paid.Int().Sub(o.Net.Int()), c)
	default:
		b.Net = money.FromInt(b.Net.Int().Add(o.Net.Int()), c)
	}
}

// unreadable counts a line that could not be read. It is taken for one of the same batch as the line before, as
// most reports list batches one after another.
func (s *batches) unreadable() {
	if s.last != nil {
		s.last.Bad++
	} else {
		s.bad++
	}
}

// list returns the batches in order of their names.
func (s *batches) list() []Batch {
	list := make([]Batch, 0, len(s.byKey))
	for _, b := range s.byKey {
		list = append(list, *b)
	}
	slices.SortFunc(list, func(a, b Batch) int {
		for _, c := range []int{strings.Compare(a.Batch, b.Batch), strings.Compare(a.Receiver, b.Receiver),
			strings.Compare(string(a.Currency), string(b.Currency))} {
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return list
}

// mismatch is the break of a batch that does not sum to its payout.
func (b *Batch) mismatch() Break {
	name := b.Batch
	if b.Receiver != "" {
		name += " of " + b.Receiver
	}
	hint := "a line is missing from the report, or of another amount, or kept back by the provider"
	if b.Bad > 0 {
		hint = "a line of it could not be read"
	}
	return Break{Class: BalanceMismatch, Reference: name, Batch: b.Batch,
		Expected: Side{Amount: b.Net, State: "sum of its lines"}, Found: Side{Amount: b.Paid, State: "paid out"},
		Difference: b.Difference().Neg(), Since: b.Newest, Hint: hint}
}

// A running balance is checked from line to line. Reports list the oldest line first or the newest.
type running struct {
	after, net money.Amount // of the line before
	falling    bool         // newest first
	settled    bool         // it is known which of both
}

// runningKey: each account of a report has a balance of its own, in each currency.
type runningKey struct {
	file     int
	account  string
	currency money.Currency
}

// balances checks running balances.
type balances struct{ byKey map[runningKey]*running }

// check returns what the balance after a line should be and whether it is that.
func (s *balances) check(file int, o *providers.Outcome) (want money.Amount, ok bool) {
	c := o.After.Currency()
	if c == "" || o.Net.Currency() != c {
		return money.Amount{}, true
	}
	k := runningKey{file, o.Account, c}
	r := s.byKey[k]
	if r == nil {
		if len(s.byKey) < maxBatches {
			s.byKey[k] = &running{after: o.After, net: o.Net}
		}
		return money.Amount{}, true
	}
	// Which way the report runs is known from the first pair of lines that fits one way only.
	rising := money.FromInt(r.after.Int().Add(o.Net.Int()), c)
	falling := money.FromInt(r.after.Int().Sub(r.net.Int()), c)
	if !r.settled && !rising.Equal(falling) {
		r.falling = !o.After.Equal(rising) && o.After.Equal(falling)
		r.settled = o.After.Equal(rising) || o.After.Equal(falling)
	}
	want = rising
	if r.falling {
		want = falling
	}
	r.after, r.net = o.After, o.Net
	return want, want.Equal(o.After)
}
