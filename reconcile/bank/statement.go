package bank

import (
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
)

// A statement and the check of its balances: opening balance plus lines is the closing balance, or the bank has left
// something out.

// A Balance is what an account had.
type Balance struct {
	Amount money.Amount // below 0 if overdrawn; no currency: the statement does not say
	Date   time.Time

	// Intermediate says that it stands between two pages of a statement (:60M:, :62M:, ITBD).
	Intermediate bool
}

// A Statement is what a bank says of an account for some days, or one page of that. Of an account in several
// currencies there is one for each.
type Statement struct {
	File    string // set by [Compare]
	Account string
	ID      string // the bank's name or number of it
	Line    int    // of the file, where it begins

	Opening, Closing Balance

	Lines      int // those of other currencies included, if no balances are in those
	Unreadable int
	Sum        money.Amount // of the lines; no currency where there are none

	Reversals    money.Amount // what those lines come to that take back earlier ones; a part of Sum
	PendingLines int          // that are not booked yet, and not counted above
	Pending      money.Amount // what they come to, in the currency of the balances

	// Why the sum cannot be checked, if it cannot.
	foreign money.Currency // of a line that is in another currency than the balances
	fault   string         // why a balance could not be read
}

// Unchecked says why the closing balance cannot be checked against the opening balance and the lines; "" if it
// can.
func (s *Statement) Unchecked() string {
	opening, closing := s.Opening.Amount.Currency(), s.Closing.Amount.Currency()
	switch {
	case s.fault != "":
		return s.fault
	case opening == "" && closing == "":
		return "the statement has no opening and no closing balance"
	case opening == "":
		return "the statement has no opening balance"
	case closing == "":
		return "the statement has no closing balance"
	case opening != closing:
		return fmt.Sprintf("the opening balance is in %s, the closing balance in %s", opening, closing)
	case s.foreign != "":
		return fmt.Sprintf("the balances are in %s, and a line is in %s", closing, s.foreign)
	case s.Unreadable == 1:
		return "a line of the statement could not be read"
	case s.Unreadable > 1:
		return fmt.Sprintf("%d lines of the statement could not be read", s.Unreadable)
	}
	return ""
}

// Gap is the closing balance less the opening balance and the lines: 0 if all is well, and the zero Amount if
// it cannot be told; see [Statement.Unchecked].
func (s *Statement) Gap() money.Amount {
	if s.Unchecked() != "" {
		return money.Amount{}
	}
	return money.FromInt(s.Closing.Amount.Int().Sub(s.Opening.Amount.Int()).Sub(s.Sum.Int()),
		s.Closing.Amount.Currency())
}

// cause says what a gap may come from: lines that are not booked yet, reversals whose sign a bank means the other way,
// or lines that are missing.
func (s *Statement) cause() string {
	gap := s.Gap()
	twice := money.FromInt(s.Reversals.Int().Add(s.Reversals.Int()), gap.Currency())
	switch {
	case s.PendingLines > 0 && gap.Equal(s.Pending):
		return "the closing balance counts what is not booked yet (PDNG): look again in the next statement"
	case !s.Reversals.IsZero() && gap.Equal(twice.Neg()):
		return "the difference is twice what is marked as a reversal: " +
			"this bank may give the side of what was taken back; " +
			"ask it what RvslInd means there"
	case s.PendingLines > 0:
		return "lines are missing or in it twice, or the closing balance counts some that are not booked yet (PDNG): " +
			"ask the bank"
	}
	return "lines are missing from the statement, or are in it twice: ask the bank for it again"
}

// Days returns the first and the last day that the statement is about.
// Either is zero if its balance has no day.
func (s *Statement) Days() (from, to time.Time) { return s.Opening.Date, s.Closing.Date }

// number is the statement's number without that of the page: of 00012/002 the 00012.
func (s *Statement) number() string {
	n, _, _ := strings.Cut(s.ID, "/")
	return n
}

// add counts a line. A line in another currency makes the statement one that cannot be checked.
func (s *Statement) add(l *Line) {
	s.Lines++
	sum, err := s.Sum.Add(l.Amount)
	if err != nil {
		s.foreign = l.Amount.Currency()
		return
	}
	s.Sum = sum
	if l.Reversal {
		s.Reversals = money.Sum(sum.Currency(), s.Reversals, l.Amount)
	}
}

// addPending counts a line that is not booked yet.
// One in another currency is counted and not summed: it can explain no gap.
func (s *Statement) addPending(a money.Amount) {
	s.PendingLines++
	if sum, err := s.Pending.Add(a); err == nil {
		s.Pending = sum
	}
}
