package bank

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/providers/sheet"
)

// A Line is one booking on an account at a bank.
type Line struct {
	Account string // IBAN, or how else the bank calls it
	Number  int    // of the line in the file, from 1

	Booked time.Time // the day, in UTC
	Value  time.Time // the day from which interest counts
	Amount money.Amount

	// Reversal says that the line takes back an earlier one. Its sign is what it does to the account.
	Reversal bool

	BankReference string   // the bank's own name of the booking; may be empty
	References    []string // other names that either side gave it
	Party         string   // who paid or was paid, as the bank says
	Text          []string // what it is for, in the pieces in which the bank wrote it
}

// A Balance is what an account had.
type Balance struct {
	Amount money.Amount // below 0 if overdrawn; no currency: the statement does not say
	Date   time.Time
}

// A Statement is what a bank says of an account for some days.
type Statement struct {
	Account string
	ID      string // the bank's name or number of it
	Line    int    // of the file, where it begins

	Opening, Closing Balance

	Lines      int
	Unreadable int
	Sum        money.Amount // of the lines; no currency where there are none
}

// Gap is by how much the closing balance is more than the opening balance and the lines: 0 if all is well. It is the zero Amount where that cannot be
// told: a balance is missing, or a line could not be read.
func (s *Statement) Gap() money.Amount {
	c := s.Closing.Amount.Currency()
	if c == "" || s.Opening.Amount.Currency() != c || s.Unreadable > 0 || s.Sum.Currency() != c && s.Lines > 0 {
		return money.Amount{}
	}
	return money.FromInt(s.Closing.Amount.Int().Sub(s.Opening.Amount.Int()).Sub(s.Sum.Int()), c)
}

// Days returns the first and the last day that the statement is about.
func (s *Statement) Days() (from, to time.Time) { return s.Opening.Date, s.Closing.Date }

// A Reader reads the statements in a file. It is not for several goroutines.
type Reader interface {
	// Format is "camt.053" or "MT940".
	Format() string

	// Next returns the next line, or the statement that has just ended, one of them. The error is a [*providers.LineError] where a
	// line could not be read, after which Next goes on; [io.EOF] after the last statement; and any other where the file cannot
	// be read on.
	Next() (*Line, *Statement, error)
}

// ErrFormat is wrapped by the error of a file that is no statement.
var ErrFormat = errors.New("expected a bank statement, camt.053 or MT940")

// Open begins to read statements. Which format it is, is told from how the text begins.
func Open(r io.Reader, t money.Table) (Reader, error) {
	plain, err := sheet.Plain(r)
	if err != nil {
		return nil, err
	}
	b := bufio.NewReaderSize(plain, 1<<16)
	head, err := b.Peek(2048)
	if err != nil && err != io.EOF {
		return nil, err
	}
	text := bytes.TrimLeft(head, "\r\n\t ")
	switch {
	case len(text) == 0:
		return nil, fmt.Errorf("%w, found nothing", ErrFormat)
	case text[0] == '<':
		return newCamt(b, t), nil
	case bytes.Contains(text, []byte(":20:")) || bytes.Contains(text, []byte(":25:")):
		return newMT940(b, t), nil
	}
	return nil, fmt.Errorf("%w, found a text that begins %.40q", ErrFormat, text)
}

// parseAmount reads digits with a decimal point. Zeros beyond the currency's decimals do not count.
func parseAmount(digits string, c string, t money.Table) (money.Amount, error) {
	currency, err := money.ParseCurrency(c)
	if err != nil {
		return money.Amount{}, err
	}
	if whole, fraction, ok := strings.Cut(digits, "."); ok {
		exponent, _ := t.Exponent(currency)
		for len(fraction) > exponent && fraction[len(fraction)-1] == '0' {
			fraction = fraction[:len(fraction)-1]
		}
		if digits = whole; fraction != "" {
			digits += "." + fraction
		}
	}
	if strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
		return money.Amount{}, fmt.Errorf("expected an amount without sign, found %q", digits)
	}
	return t.ParseMajor(digits, currency)
}

// add counts a line into its statement. Lines of another currency than the first make the sum one that cannot be told.
func (s *Statement) add(a money.Amount) {
	s.Lines++
	sum, err := s.Sum.Add(a)
	if err != nil {
		s.Unreadable++
		return
	}
	s.Sum = sum
}

// lineErrorf says what is wrong with a line.
func lineErrorf(line int, column, format string, args ...any) error {
	return &providers.LineError{Line: line, Column: column, What: fmt.Sprintf(format, args...)}
}
