package bank

import (
	"maps"
	"slices"
	"time"

	"github.com/splitledger/splitledger/money"
)

// The result of a comparison: classes, findings, sums.

// A Class says how a line of a statement compares with the books.
type Class string

// The classes. Each line is in one of them; MissingAtBank and BalanceMismatch are of no line.
const (
	Matched         Class = "matched"           // a payout in the books, of the same amount
	MissingInLedger Class = "missing_in_ledger" // of a provider by its text, and the books have no such payout
	MissingAtBank   Class = "missing_at_bank"   // a payout in the books that should have arrived, and is in no line
	AmountMismatch  Class = "amount_mismatch"   // a payout in the books, of another amount
	BalanceMismatch Class = "balance_mismatch"  // the closing balance is not what it should be, or could not be checked
	Duplicate       Class = "duplicate"         // the same line again, in this file or one before
	Unreadable      Class = "unreadable"        // the line could not be read
	Other           Class = "other"             // of no provider
)

// Classes returns all classes, in the order in which they are printed.
func Classes() []Class {
	return []Class{Matched, MissingInLedger, MissingAtBank, AmountMismatch,
		BalanceMismatch, Duplicate, Unreadable, Other}
}

// Break reports whether what is in the class needs somebody's attention.
func (c Class) Break() bool { return c != Matched && c != Other }

// A Finding is one thing that came of a comparison.
// It is a line that is not [Other], or something in the books that no line has. The tags col and csv say
// how the command line prints it, as in package query.
type Finding struct {
	Class    Class     `csv:"class"`
	File     string    `csv:"file"`                // empty of MissingAtBank
	Line     int       `csv:"line" col:",blank"`   // in the file
	Account  string    `csv:"account"`             // at the bank
	Date     time.Time `csv:"-"`                   // of which the day counts
	Provider string    `csv:"provider"`            // empty of payouts of accounts
	Payout   string    `csv:"payout" col:"payout"` // in the books: the batch of a provider's, or the payout's name

	Expected   money.Amount `csv:"-" col:"books"` // what the books have; no currency: nothing
	Found      money.Amount `csv:"-" col:"bank"`  // what the bank has
	Difference money.Amount `csv:"-"`             // found less expected, where both are of one currency

	By        string `csv:"by"`                    // how it was found: "name", "amount", or "rest" if nothing else was left
	Unchecked string `csv:"unchecked"`             // why the closing balance could not be checked; empty if it could
	Text      string `csv:"text" col:"text,below"` // what the bank writes, or why a line could not be read
	Hint      string `csv:"hint"`                  // what the cause may be
	Remedy    string `csv:"remedy"`                // a command that mends it, or shows what the books have
}

// Amount returns what the bank has, or else the books.
func (f *Finding) Amount() money.Amount {
	if f.Found.Currency() != "" {
		return f.Found
	}
	return f.Expected
}

// Day returns the day of the date, as text; empty if there is none.
func (f *Finding) Day() string { return dayOf(f.Date) }

// weight is what a finding is worth: the difference, or else the amount.
func (f *Finding) weight() money.Int {
	if !f.Difference.IsZero() {
		return f.Difference.Abs().Int()
	}
	return f.Amount().Abs().Int()
}

// Largest returns findings with those first that are worth the most.
func Largest(some []Finding) []Finding {
	sorted := slices.Clone(some)
	slices.SortStableFunc(sorted, func(a, b Finding) int { return b.weight().Cmp(a.weight()) })
	return sorted
}

// A Sum is what the lines of no provider come to, in one currency.
type Sum struct {
	Currency money.Currency
	Lines    uint64
	In, Out  money.Amount // Out is below 0
}

// A File is a file of statements that was read.
type File struct {
	Name       string `json:"file"`
	Format     string `json:"format"`
	Statements int    `json:"statements"`
	Lines      uint64 `json:"lines"` // unreadable ones included
	Stopped    bool   `json:"-"`     // it could not be read to its end
}

// Empty reports whether a file is well-formed and has no statement in it.
func (f *File) Empty() bool { return f.Statements == 0 && f.Lines == 0 && !f.Stopped }

// A Result is what came of a comparison.
type Result struct {
	Files      []File
	Statements []Statement // without the faults of each; see the findings
	Counts     map[Class]uint64
	Findings   []Finding // by class, in the order of [Classes], then by file and line
	Unlisted   uint64    // findings that are counted and not listed, where a class has very many
	Others     []Sum     // by currency
	Underway   []Finding // payouts in the books that have time still to arrive; their class is empty

	listed map[Class]int
}

// Broken reports whether there is any break, or a file without any statement.
// A file without a statement counts, as somebody expected one to be in it.
func (r *Result) Broken() bool {
	for i := range r.Files {
		if r.Files[i].Empty() {
			return true
		}
	}
	for c, n := range r.Counts {
		if c.Break() && n > 0 {
			return true
		}
	}
	return false
}

// Of returns the findings of a class, in their order.
func (r *Result) Of(class Class) (some []Finding) {
	for i := range r.Findings {
		if r.Findings[i].Class == class {
			some = append(some, r.Findings[i])
		}
	}
	return some
}

// ByAmount returns how many lines were matched by their amount alone.
func (r *Result) ByAmount() (n uint64) {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Class == Matched && f.By == "amount" {
			n++
		}
	}
	return n
}

// A Total sums what is in a class, in one currency; or in none, of findings without an amount.
type Total struct {
	Class      Class
	Currency   money.Currency
	Amount     money.Amount // what the bank has, or else the books
	Difference money.Amount // what the bank has less what the books have
}

// Totals sums the findings by class, in the order of [Classes], and currency.
func (r *Result) Totals() (totals []Total) {
	for _, class := range Classes() {
		if class == Other {
			for _, s := range r.Others {
				amount := money.Sum(s.Currency, s.In, s.Out)
				totals = append(totals, Total{Class: class, Currency: s.Currency, Amount: amount})
			}
			continue
		}
		sums := map[money.Currency]Total{}
		for _, f := range r.Of(class) {
			a := f.Amount()
			c := a.Currency()
			t := sums[c]
			t.Class, t.Currency, t.Amount = class, c, money.Sum(c, t.Amount, a)
			if f.Difference.Currency() == c {
				t.Difference = money.Sum(c, t.Difference, f.Difference)
			}
			sums[c] = t
		}
		for _, c := range slices.Sorted(maps.Keys(sums)) {
			totals = append(totals, sums[c])
		}
	}
	return totals
}
