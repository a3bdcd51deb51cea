package reconcile

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
)

// What is open with a provider, without any report: the items that a reconciliation would call missing, by age, and the
// reports that were posted.
//
// It is for the morning: how much money is with the provider, and is any of it late?

// A Status is what is open with a provider.
type Status struct {
	Open    []Open    // by kind, age and currency
	Oldest  []Oldest  // of each kind, oldest first
	Reports []Posted  // newest first, at most twenty
	At      time.Time // ages are as of then
}

// An Open counts what is open of one kind, age and currency.
type Open struct {
	// What is "unsettled captures", "unreported refunds", "unreported transfers", "unreported payouts" or
	// "lines that wait".
	What   string
	Age    string // one of ages
	Count  uint64
	Amount money.Amount

	order int
}

// An Oldest is one thing that is open.
type Oldest struct {
	What      string
	Payment   string // empty of what is of none
	Reference string
	State     string
	At        time.Time
	Amount    money.Amount
}

// A Posted is a report that was posted.
type Posted struct {
	File   string
	Format string
	Posted time.Time
	Done   bool   // to its end
	Lines  string // in a class, if it is done
	Newest string // when the newest line happened
	sum    string
}

// ages are the buckets of [Open].
// The lower bounds follow settlement: most providers settle within one to three days, and after a week
// somebody should ask.
var ages = []struct {
	name string
	from time.Duration
}{{"under 1 day", 0}, {"1 to 3 days", 24 * time.Hour}, {"3 to 7 days", 3 * 24 * time.Hour},
	{"7 to 30 days", 7 * 24 * time.Hour}, {"over 30 days", 30 * 24 * time.Hour}}

// What is counted, in the words in which the command line prints it.
const (
	unsettledCaptures   = "unsettled captures"
	unreportedRefunds   = "unreported refunds"
	unreportedTransfers = "unreported transfers"
	unreportedPayouts   = "unreported payouts"
	unreportedSplits    = "splits not told"
	waitingLines        = "lines that wait"
)

// StatusOf lists what is open with a provider at some time: captures that are not settled; refunds, transfers
// and payouts that no report has had; and lines whose payments the books do not know. It lists so many of the
// oldest of each kind.
// Ages are as of at. It is as the books were when the record until was the newest; 0 is now. The error is of the books.
func StatusOf(ctx context.Context, l *ledger.Ledger, book *posting.Book,
	provider string, at time.Time, oldest int, until uint64) (*Status, error) {
	b := &statusBuilder{Status: &Status{At: at}, oldest: oldest}
	s := newStatusScan(l, book, provider, until)
	if err := s.everyOpen(ctx, b.add); err != nil {
		return nil, err
	}
	if err := b.reports(s.finder(), provider); err != nil {
		return nil, err
	}
	return b.done(), nil
}

// OpenOf lists all that is open with a provider: of each kind all that [StatusOf] has the oldest of, in the same order.
// It holds the list in memory, some 150 bytes an item.
func OpenOf(
	ctx context.Context, l *ledger.Ledger, book *posting.Book, provider string, until uint64,
) (list []Oldest, err error) {
	err = newStatusScan(l, book, provider, until).everyOpen(ctx, func(o Oldest) {
		o.At = o.At.UTC()
		list = append(list, o)
	})
	slices.SortStableFunc(list, Oldest.compare)
	return list, err
}

// compare orders by kind, what is most money first, and of a kind by time.
func (o Oldest) compare(x Oldest) int {
	return cmp.Or(cmp.Compare(slices.Index(statusOrder, o.What), slices.Index(statusOrder, x.What)), o.At.Compare(x.At))
}

// newStatusScan looks for what is open in the whole journal, as of a record.
func newStatusScan(l *ledger.Ledger, book *posting.Book, provider string, until uint64) *openScan {
	return &openScan{ledger: l, book: book, provider: provider, minStretch: leastStretch, until: until,
		splits: book.Scheme(provider).Splits == scheme.AtSettlement}
}

// everyOpen tells all that is open: what a scan finds, and the lines that wait.
func (s *openScan) everyOpen(ctx context.Context, tell func(Oldest)) error {
	from, err := s.from()
	if err != nil {
		return err
	}
	err = s.scan(ctx, from, func(i *openItem, _ bool) error {
		if o := i.status(); o.What != "" {
			tell(o)
		}
		return nil
	})
	if err != nil {
		return err
	}
	notices, err := s.finder().Waiting(s.provider)
	for _, n := range notices {
		tell(Oldest{What: waitingLines, Reference: cmp.Or(n.Reference, n.ProviderReference),
			State: n.Name, At: n.At, Amount: waitingAmount(n)})
	}
	return err
}

// status is what is open of an item; nothing of a capture that is settled in the books, and not yet by a report: its
// money is not outstanding.
func (i *openItem) status() Oldest {
	switch m := i.Move; {
	case m != nil && m.Kind == providers.Transfer:
		return Oldest{What: unreportedTransfers, Reference: m.Name,
			State: string(m.Accounts[0]) + " to " + string(m.Accounts[1]), At: i.At, Amount: m.Amount}
	case m != nil:
		return Oldest{What: unreportedPayouts, Reference: m.Name, State: string(m.Accounts[0]), At: i.At, Amount: m.Amount}
	}
	o := Oldest{Payment: i.Payment.ID, Reference: i.Payment.Reference, At: i.At}
	switch {
	case i.Split != nil:
		o.What, o.State, o.Amount = unreportedSplits, string(i.Split.Account), i.splitAmount()
	case i.Refund != nil:
		o.What, o.Amount = unreportedRefunds, i.Refund.Amount
	case !i.Capture.Settled:
		o.What, o.Amount, o.State = unsettledCaptures, i.Capture.Unsettled(), i.Capture.Failure
	}
	return o
}

// waitingAmount is how much a notice is about.
// Notices of older versions have the amount beside the outcome. Of rows without an amount,
// the net amount is taken.
func waitingAmount(n *posting.Notice) money.Amount {
	switch {
	case n.Outcome == nil:
		return n.Amount
	case n.Outcome.Amount.Currency() != "":
		return n.Outcome.Amount
	}
	return n.Outcome.Net
}

// A statusBuilder sums items as they are found, and keeps the oldest of each kind.
type statusBuilder struct {
	*Status
	oldest int
}

// statusOrder is the order in which the kinds are listed: what is most money first.
var statusOrder = []string{unsettledCaptures, unreportedRefunds,
	unreportedTransfers, unreportedPayouts, unreportedSplits, waitingLines}

// add counts an item in its age, and keeps it if it is among the oldest of its kind. Lists are short, so they are
// searched one by one.
// Ages at a bound count in the older bucket. Amounts of several currencies are never summed.
func (b *statusBuilder) add(o Oldest) {
	o.At = o.At.UTC()
	bucket := 0
	for bucket+1 < len(ages) && b.At.Sub(o.At) >= ages[bucket+1].from {
		bucket++
	}
	c := o.Amount.Currency()
	k := Open{What: o.What, Age: ages[bucket].name, Amount: money.New(0, c),
		order: slices.Index(statusOrder, o.What)*len(ages) + len(ages) - bucket}
	sum := b.find(k.order, c)
	if sum == nil {
		b.Open = append(b.Open, k)
		sum = &b.Open[len(b.Open)-1]
	}
	sum.Count++
	sum.Amount = money.FromInt(sum.Amount.Int().Add(o.Amount.Int()), c)
	n := 0
	for _, x := range b.Oldest {
		if x.What == o.What {
			n++
		}
	}
	i, _ := slices.BinarySearchFunc(b.Oldest, o, func(x, o Oldest) int { return cmp.Or(x.compare(o), -1) })
	if n >= b.oldest {
		last := slices.IndexFunc(b.Oldest, func(x Oldest) bool { return x.What == o.What }) + n - 1
		if n == 0 || i > last {
			return
		}
		b.Oldest = slices.Delete(b.Oldest, last, last+1)
	}
	b.Oldest = slices.Insert(b.Oldest, i, o)
}

// find returns the sum of a kind, age and currency; nil if there is none.
func (b *statusBuilder) find(order int, c money.Currency) *Open {
	for i := range b.Open {
		if x := &b.Open[i]; x.order == order && x.Amount.Currency() == c {
			return x
		}
	}
	return nil
}

// reports lists what was posted: a report that is done is begun as well.
// The books have a record for the begin and one for the end, newest first, with the same hash of the file:
// the first one seen says how far posting came.
func (b *statusBuilder) reports(book *posting.Finder, provider string) error {
	const most = 20
	for r, err := range book.Reports(provider) {
		if err != nil {
			return err
		}
		sum := r.Metadata[metaSum]
		if slices.ContainsFunc(b.Reports, func(p Posted) bool { return p.sum == sum }) {
			continue
		}
		if len(b.Reports) == most {
			return nil
		}
		b.Reports = append(b.Reports, Posted{File: r.Reference, Format: r.Name,
			Posted: r.Recorded.UTC(), Done: r.Metadata[metaState] == stateDone,
			Lines: r.Metadata[metaLines], Newest: r.Metadata[metaNewest], sum: sum})
	}
	return nil
}

// done puts the sums in their order.
func (b *statusBuilder) done() *Status {
	slices.SortStableFunc(b.Open, func(x, y Open) int {
		return cmp.Or(cmp.Compare(x.order, y.order),
			strings.Compare(string(x.Amount.Currency()), string(y.Amount.Currency())))
	})
	return b.Status
}
