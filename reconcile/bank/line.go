package bank

import (
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// A line of a statement, whichever format it was read from.

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

	endToEnd string // of the references the one that the payer gave
}

// size is about how many bytes of memory the line takes.
// It counts the texts and some bytes for what holds them, to bound the memory of lines that are kept (maxKept).
func (l *Line) size() int {
	n := 300 + len(l.Account) + len(l.BankReference) + len(l.Party)
	for _, texts := range [][]string{l.References, l.Text} {
		for _, t := range texts {
			n += 16 + len(t)
		}
	}
	return n
}

// parseAmount reads digits with a decimal point. Zeros beyond the currency's decimals do not count.
// The digits have no sign, since both formats give the side apart. Decimals that the currency does not have are
// refused, unless they are zeros: "500.00" of JPY is 500, "500.50" is an error. c is the currency.
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
		return money.Amount{}, fmt.Errorf("expected an amount without sign, found %q", clip(digits))
	}
	return t.ParseMajor(digits, currency)
}

// lineErrorf says what is wrong with a line.
// column is the element of XML or the field of MT940, as a person would search for it in the file.
func lineErrorf(line int, column, format string, args ...any) error {
	return &providers.LineError{Line: line, Column: column, What: fmt.Sprintf(format, args...)}
}
