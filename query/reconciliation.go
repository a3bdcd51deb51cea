package query

import (
	"encoding/json"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile"
)

// A Reconciliation is what a comparison of a provider's reports with the books came to, but for its
// breaks: there may be many, and [reconcile.Result] yields them. It has what to decide by: what is
// open, and whether anything is left to be done.
type Reconciliation struct {
	Summary     ClassCounts  `json:"summary"`
	Batches     []BatchSum   `json:"batches"`
	Conversions []Conversion `json:"conversions,omitempty"`
	Posted      *Posted      `json:"posted,omitempty"` // nil unless something was to be posted
	Provider    string       `json:"provider"`
	Files       []ReportFile `json:"files"`
	Ledger      string       `json:"ledger"` // as whoever asked calls it
	Head        uint64       `json:"head"`   // the newest record that the reports were compared with
	Lines       uint64       `json:"lines"`  // in a class each
	// lines that happened after the last day that was asked for, and are in no class
	Later    uint64 `json:"later,omitempty"`
	ByAmount uint64 `json:"byAmount"` // matched lines that no name confirms
	// breaks of which something is left to be done
	Open   uint64 `json:"open"`
	Timing uint64 `json:"timing"` // of those that are open, those that may be a matter of time
	// outcomes that cannot be booked yet, of this run and of earlier ones
	Waiting uint64       `json:"waiting"`
	Broken  bool         `json:"broken"` // something is left to be done
	Totals  []ClassTotal `json:"-"`      // by class and currency
	OpenOf  ClassCounts  `json:"-"`      // breaks that are open
}

// ClassCounts are how many lines, and what is of no line, are in each class. JSON has all classes,
// in their order, so that programs find a zero where there is none.
type ClassCounts map[reconcile.Class]uint64

// MarshalJSON returns an object of numbers by class.
func (c ClassCounts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, class := range reconcile.Classes() {
		if i > 0 {
			b = append(b, ',')
		}
		pair, _ := json.Marshal(map[reconcile.Class]uint64{class: c[class]}) // cannot fail
		b = append(b, pair[1:len(pair)-1]...)
	}
	return append(b, '}'), nil
}

// Breaks returns how many differences there are between the provider and the books, open or not.
// Lines that are matched or of no payment are none.
func (c ClassCounts) Breaks() (n uint64) {
	for class, of := range c {
		if class.Break() {
			n += of
		}
	}
	return n
}

// A ClassTotal sums what is in a class, in one currency. Of a class without amounts, it has only
// the count.
type ClassTotal struct {
	Class      reconcile.Class
	Kind       providers.Kind // of lines of no payment, as payouts and fees are different things; else empty
	Currency   money.Currency
	Count      uint64
	Amount     Minor // what the provider says, or else the books
	Difference Minor // found less expected
}

// A BatchSum is what a provider settles and pays together, to one receiver in one currency. Its
// lines should sum to what was paid; where they do not, a line is missing or the payout is another.
type BatchSum struct {
	Batch      string         `json:"batch" col:"batch"`
	Receiver   string         `json:"receiver,omitempty" col:"receiver"`
	Currency   money.Currency `json:"currency" col:"currency"`
	Lines      uint64         `json:"lines" col:"lines"`
	Net        Minor          `json:"net" col:"sum of lines"`
	Paid       Minor          `json:"paid" col:"paid out"`
	Difference Minor          `json:"difference"` // what was paid less what the lines sum to
	State      string         `json:"state"`      // see [reconcile.Batch.State]
}

// A Conversion is what the provider settled in another currency, signed: positive if it owes more.
// Accounts are left in the first currency until somebody posts an exchange for them.
type Conversion struct {
	Lines uint64       `json:"lines"`
	From  money.Amount `json:"from"`
	To    money.Amount `json:"to"`
}

// Posted is what was posted of reports. Events have ids that follow from the report's lines, so a
// report that is posted again has duplicates alone.
type Posted struct {
	Accepted  uint64   `json:"accepted"`           // events
	Duplicate uint64   `json:"duplicate"`          // events that were in the books already
	Refused   uint64   `json:"refused"`            // events
	TakenUp   uint64   `json:"takenUp"`            // notices that waited and are booked now
	Refusals  []string `json:"refusals,omitempty"` // why, of the first
}

// A ReportFile is a report that was read.
type ReportFile struct {
	File   string    `json:"file"`
	Format string    `json:"format"` // empty where the report could not be read
	Lines  uint64    `json:"lines"`
	Before time.Time `json:"postedFirst,omitzero"` // when it was first posted, if that was before
}

// ReconciliationOf gives the result of a comparison the form it has in answers.
func ReconciliationOf(r *reconcile.Result) *Reconciliation {
	a := &Reconciliation{
		Summary: ClassCounts(r.Counts), Provider: r.Provider, Head: r.Head, Lines: r.Lines, Later: r.Later,
		ByAmount: r.ByAmount, Open: r.Open(), Timing: r.Timing, Waiting: r.Waiting, Broken: r.Broken(),
		OpenOf: ClassCounts(r.OpenOf),
		Totals: classTotals(r),
		Batches: each(r.Batches, func(b *reconcile.Batch) BatchSum {
			return BatchSum{
				b.Batch, b.Receiver, b.Currency, b.Lines, Minor{b.Net},
				Minor{b.Paid}, Minor{b.Difference().Neg()}, b.State(),
			}
		}),
		Conversions: each(r.Conversions, func(c *reconcile.Conversion) Conversion {
			return Conversion{c.Lines, c.From, c.To}
		}),
		Files: each(r.Files, func(f *reconcile.File) ReportFile {
			return ReportFile{f.Name, f.Format, f.Lines, inUTC(f.Before)}
		}),
	}
	if p := r.Posting; p != nil {
		a.Posted = &Posted{p.Accepted, p.Duplicate, p.Refused, p.Waiting, p.Why}
	}
	return a
}

// classTotals lists what each class comes to, in every currency; and without any if there is no
// amount, so that no class is left out.
func classTotals(r *reconcile.Result) (list []ClassTotal) {
	for _, class := range reconcile.Classes() {
		if r.Counts[class] == 0 {
			continue
		}
		before := len(list)
		for _, t := range r.Totals {
			if t.Class == class && t.Currency != "" {
				list = append(list, ClassTotal{class, t.Kind, t.Currency,
					t.Count, Minor{t.Amount}, Minor{t.Difference}})
			}
		}
		if len(list) == before {
			list = append(list, ClassTotal{Class: class, Count: r.Counts[class]})
		}
	}
	return list
}
