package bank

import (
	"time"

	"github.com/splitledger/splitledger/money"
)

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
	return []Class{Matched, MissingInLedger, MissingAtBank, AmountMismatch, BalanceMismatch, Duplicate, Unreadable, Other}
}

// Break reports whether what is in the class needs somebody's attention.
func (c Class) Break() bool { return c != Matched && c != Other }

// A Finding is a line that is not [Other], or what no line has.
type Finding struct {
	Class    Class
	File     string // empty of MissingAtBank
	Line     int    // in the file
	Account  string // at the bank
	Date     time.Time
	Provider string // empty of payouts of accounts
	Payout   string // what the books call it: the batch of a provider's, or the payout's name

	Expected, Found money.Amount // what the books and the bank have; no currency: nothing
	Difference      money.Amount // found less expected, where both are of one currency

	By        string // how the payout was found: "name", "amount", or "rest" if nothing else was left on either side
	Unchecked string // why the closing balance of a statement could not be checked; empty if it could
	Text      string // what the bank writes, or why a line could not be read
	Hint      string // what the cause may be
	Remedy    string // a command that mends it, or shows what the books have
}

// A Sum is what the lines of no provider come to, in one currency.
type Sum struct {
	Currency money.Currency
	Lines    uint64
	In, Out  money.Amount // Out is below 0
}

// A File is a file of statements that was read.
type File struct {
	Name       string
	Format     string
	Lines      uint64 // unreadable ones included
	Statements int
	Stopped    bool // it could not be read to its end
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
