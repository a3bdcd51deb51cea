package reconcile

import (
	"encoding/json"
	"errors"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// The result of a run: counts, totals, and the breaks, which are kept on disk because there may be millions.

// A Result is what came of a [Run]. Its breaks are on disk until it is closed.
type Result struct {
	Provider string
	Files    []File
	Lines    uint64    // in a class each
	Later    uint64    // lines after Options.Through, which are left for later
	Oldest   time.Time // when the provider booked the oldest line, and the newest
	Newest   time.Time
	Counts   map[Class]uint64
	Totals   []Total // of the classes that are not matched, by class and currency
	Batches  []Batch
	// Conversions sums what the provider settled in another currency than the payments', by both currencies.
	// The accounts still hold the payments' currency: post an exchange for each that is paid in the other.
	Conversions []Conversion
	Posting     *Posting // nil unless something was to be posted
	ByAmount    uint64   // matched lines that have no name that both sides know
	Waiting     uint64   // outcomes that are kept until they can be booked, after this run
	Head        uint64   // the newest record of the books that the reports were compared with

	OpenOf map[Class]uint64 // breaks of which something is left to be done
	Timing uint64           // of those that are open, those that may be a matter of time

	breaks, others ordered
	totals         map[totalKey]*Total
	top            int
}

// A File is a report that was read.
type File struct {
	Name   string
	Format string
	Lines  uint64
	Before time.Time // when it was first posted, if that was before this run
}

// A Total sums the breaks of a class in one currency.
type Total struct {
	Class Class
	// Kind is set only for [UnmatchedOther], where a sum of payouts and fees together would say nothing.
	Kind       providers.Kind
	Currency   money.Currency // empty of what has no amount
	Count      uint64
	Amount     money.Amount // what the provider says, or else the books
	Difference money.Amount // found less expected
	Largest    []Break      // those with the largest difference or amount
}

// A Conversion sums what was settled in another currency.
type Conversion struct {
	Lines    uint64
	From, To money.Amount // signed: positive if the provider owes more of To
}

// totalKey: breaks are summed by class and currency, and lines of no payment by their kind as well.
type totalKey struct {
	class    Class
	kind     providers.Kind
	currency money.Currency
}

// A Posting is what was posted.
type Posting struct {
	Accepted  uint64 // events
	Duplicate uint64 // events that were in the books already
	Refused   uint64
	Why       []string // the first refusals
	Waiting   uint64   // notices that waited and are booked now
}

// Breaks yields the breaks: those of lines in their order, then what the provider does not have, then what is
// wrong with batches. It ends with an error, if there is one.
func (r *Result) Breaks() iter.Seq2[Break, error] { return r.breaks.all() }

// Largest yields the breaks, the largest difference or amount first, and else in their order. Dir is for temporary files.
func (r *Result) Largest(dir string) iter.Seq2[Break, error] {
	return func(yield func(Break, error) bool) {
		sorted := ondisk.Sorter{Dir: dir}
		defer sorted.Close()
		if err := r.breaks.byWeight(&sorted); err != nil {
			yield(Break{}, err)
			return
		}
		reader := r.breaks.log.Reader()
		for p, err := range sorted.All() {
			b, err := breakAt(reader, p.B, err)
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// Others yields the lines of no payment that moved money.
func (r *Result) Others() iter.Seq2[Break, error] { return r.others.all() }

// Broken reports whether something needs attention: an open break, something that waits or was
// refused, or an empty report.
func (r *Result) Broken() bool {
	return r.Open() > 0 || r.Waiting > 0 || r.Lines == 0 && r.Later == 0 || r.Posting != nil && r.Posting.Refused > 0
}

// Open returns how many breaks are open.
func (r *Result) Open() (n uint64) {
	for _, of := range r.OpenOf {
		n += of
	}
	return n
}

// LargestOf returns the largest breaks of a class, in all currencies, and how many are listed of it in all.
func (r *Result) LargestOf(class Class) (largest []Break, all uint64) {
	for _, t := range r.Totals {
		if t.Class == class {
			largest, all = append(largest, t.Largest...), all+t.Count
		}
	}
	return largest, all
}

// Close removes the breaks from the disk.
func (r *Result) Close() error {
	return errors.Join(r.breaks.close(), r.others.close())
}

// ordered are breaks on disk, in the order of their lines.
type ordered struct {
	log  ondisk.Log
	sort ondisk.Sorter
}

// add keeps a break as JSON, under its order.
func (l *ordered) add(b *Break) error {
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	at, err := l.log.Append(text)
	if err != nil {
		return err
	}
	return l.sort.Add(ondisk.Pair{A: b.order, B: at})
}

// all yields the breaks in their order.
func (l *ordered) all() iter.Seq2[Break, error] {
	return func(yield func(Break, error) bool) {
		if err := l.log.Flush(); err != nil {
			yield(Break{}, err)
			return
		}
		reader := l.log.Reader()
		for p, err := range l.sort.All() {
			b, err := breakAt(reader, p.B, err)
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

// breakAt reads a break at a place, unless there was an error before.
func breakAt(reader *ondisk.LogReader, place uint64, before error) (b Break, err error) {
	if before != nil {
		return b, before
	}
	text, err := reader.At(place)
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	return b, err
}

// byWeight adds the places of all breaks to a sorter, so that the largest come first. What is larger than 2^63 is as
// large as that.
func (l *ordered) byWeight(to *ondisk.Sorter) error {
	if err := l.log.Flush(); err != nil {
		return err
	}
	reader := l.log.Reader()
	for p, err := range l.sort.All() {
		b, err := breakAt(reader, p.B, err)
		if err != nil {
			return err
		}
		weight, ok := b.weight().Int().Int64()
		if !ok {
			weight = math.MaxInt64
		}
		if err := to.Add(ondisk.Pair{A: uint64(math.MaxInt64 - weight), B: p.B}); err != nil {
			return err
		}
	}
	return nil
}

func (l *ordered) close() error { return errors.Join(l.log.Close(), l.sort.Close()) }

// add keeps a break, or a line of no payment, and adds it to the totals of its class.
func (r *Result) add(b Break) error {
	list := &r.breaks
	if !b.Class.Break() {
		list = &r.others
	}
	if b.Open {
		r.OpenOf[b.Class]++
		if b.Timing {
			r.Timing++
		}
	}
	weight := b.weight()
	amount := b.Found.Amount
	if amount.Currency() == "" {
		amount = b.Expected.Amount
	}
	k := totalKey{class: b.Class, currency: amount.Currency()}
	if b.Class == UnmatchedOther {
		k.kind = b.Kind
	}
	t := r.totals[k]
	if t == nil {
		t = &Total{Class: k.class, Kind: k.kind, Currency: k.currency,
			Amount: money.New(0, k.currency), Difference: money.New(0, k.currency)}
		r.totals[k] = t
	}
	t.Count++
	t.Amount = money.FromInt(t.Amount.Int().Add(amount.Int()), k.currency)
	if b.Difference.Currency() == k.currency {
		t.Difference = money.FromInt(t.Difference.Int().Add(b.Difference.Int()), k.currency)
	}
	i, _ := slices.BinarySearchFunc(t.Largest, weight, func(x Break, w money.Amount) int {
		if x.weight().Int().Cmp(w.Int()) >= 0 {
			return -1
		}
		return 1
	})
	if i < r.top {
		t.Largest = slices.Insert(t.Largest, i, b)
		t.Largest = t.Largest[:min(len(t.Largest), r.top)]
	}
	return list.add(&b)
}

// convert adds a conversion to those of its currencies.
func (r *Result) convert(from, to money.Amount) {
	i := slices.IndexFunc(r.Conversions, func(c Conversion) bool {
		return c.From.Currency() == from.Currency() && c.To.Currency() == to.Currency()
	})
	if i < 0 {
		i = len(r.Conversions)
		r.Conversions = append(r.Conversions, Conversion{0, money.New(0, from.Currency()), money.New(0, to.Currency())})
	}
	c := &r.Conversions[i]
	c.Lines++
	c.From, c.To = money.Sum(from.Currency(), c.From, from), money.Sum(to.Currency(), c.To, to)
}
