package bank

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// The texts of the fields of MT940. Banks take liberties with the standard; what has one meaning is read, and what may
// have two is refused as an error of its line.
//
// The parts of :61:2603120312CR145,04NTRFNONREF//0312710345313905
//
//	260312   value date         0312   entry date      C   side      R   funds code
//	145,04   amount             NTRF   type            NONREF   the customer's reference
//	0312710345313905            the bank's reference

// asLineError returns what is wrong with one line, if err is that.
func asLineError(err error) (*providers.LineError, bool) {
	return errors.AsType[*providers.LineError](err)
}

// balance reads D|C, date, currency, amount: C260312EUR14504,00. Some banks leave the currency out but in the
// first one.
// A currency that is left out is that of the balance before; the first one must give it, or no line has one.
func (m *mt940) balance(f field) (Balance, error) {
	text, column := strings.TrimSpace(f.lines[0]), ":"+f.tag+":"
	if len(text) < 8 {
		return Balance{}, lineErrorf(f.at, column,
			"expected a balance such as C260312EUR14504,00, found %q", clip(text))
	}
	date, err := day(text[1:7])
	if err != nil {
		return Balance{}, lineErrorf(f.at, column, "%v", err)
	}
	rest := text[7:]
	if digits(rest) == 0 && len(rest) > 3 {
		m.currency, rest = rest[:3], strings.TrimSpace(rest[3:])
	} else if f.tag[:2] == "60" {
		return Balance{}, lineErrorf(f.at, column,
			"expected a balance such as C260312EUR14504,00, found %q", clip(text))
	}
	n, err := m.amountAhead(rest)
	if err == nil && strings.TrimSpace(rest[n:]) != "" {
		err = fmt.Errorf("%w, found %q", errAmount, clip(rest))
	}
	var a money.Amount
	if err == nil {
		a, err = m.amount(rest[:n])
	}
	if err != nil {
		return Balance{}, lineErrorf(f.at, column, "%v", err)
	}
	switch text[0] {
	case 'C':
	case 'D':
		a = a.Neg()
	default:
		return Balance{}, lineErrorf(f.at, column, "expected C or D, found %q", text[:1])
	}
	return Balance{a, date, f.tag[2] == 'M'}, nil
}

var errAmount = errors.New("expected an amount with a decimal comma such as 14504,00")

// amountAhead returns how many bytes of the text are an amount: digits, and perhaps a decimal sign with digits.
// The standard wants a comma; some banks write a point, or whole amounts without a sign.
// A second sign would be of thousands, as in 1.234,56: that is refused, not guessed.
func (m *mt940) amountAhead(text string) (int, error) {
	n := digits(text)
	if n == 0 {
		return 0, fmt.Errorf("%w, found %q", errAmount, clip(text))
	}
	if n == len(text) || text[n] != ',' && text[n] != '.' {
		return n, nil
	}
	n++
	n += digits(text[n:])
	if n < len(text) && (text[n] == ',' || text[n] == '.') {
		return 0, fmt.Errorf("%w and without groups of thousands, found %q", errAmount, clip(text))
	}
	return n, nil
}

// amount reads digits with a decimal sign: 14504,00 or 300 or 300.00. Three digits behind the sign may be
// thousands, so they are refused, except in currencies with three decimals.
func (m *mt940) amount(text string) (money.Amount, error) {
	at := strings.IndexAny(text, ",.")
	if at < 0 {
		return parseAmount(text, m.currency, m.table)
	}
	whole, fraction := text[:at], text[at+1:]
	if e, ok := m.table.Exponent(money.Currency(m.currency)); ok && len(fraction) == 3 && e != 3 {
		return money.Amount{}, fmt.Errorf("expected an amount with at most %d decimals such as 14504,00, "+
			"found %q, which may be thousands", e, clip(text))
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return parseAmount(whole, m.currency, m.table)
}

// entry reads a line: value date, entry date, side, funds code, amount, type, references.
//
//	:61:2603120312CR145,04NTRFNONREF//0312710345313905
//	further details
func (m *mt940) entry(f field) error {
	s := m.statement(f)
	l, err := m.parseEntry(f)
	if err != nil {
		s.Unreadable++
		return lineErrorf(f.at, ":61:", "%v", err)
	}
	l.Account, l.Number = s.Account, f.at
	m.pending = l
	return nil
}

var errEntry = errors.New("expected a line such as 2603120312CR145,04NTRFNONREF//0312710345313905")

// parseEntry reads the parts of a line from left to right. The entry date, the funds code and the references may be
// missing; the amount and what comes before it may not.
func (m *mt940) parseEntry(f field) (*Line, error) {
	rest, more := strings.TrimSpace(f.lines[0]), f.lines[1:]
	if !m.opened {
		return nil, errors.New("expected the opening balance :60F: before the first line, found none")
	}
	if len(rest) < 6 {
		return nil, fmt.Errorf("%w, found %q", errEntry, clip(rest))
	}
	l := &Line{}
	var err error
	if l.Value, err = day(rest[:6]); err != nil {
		return nil, err
	}
	l.Booked, rest = l.Value, strings.TrimLeft(rest[6:], " ")
	if digits(rest) >= 4 {
		l.Booked, rest = entryDay(rest[:4], l.Value), rest[4:]
	}
	sign, rest, err := side(l, strings.TrimLeft(rest, " "))
	if err != nil {
		return nil, err
	}
	if rest == "" && len(more) > 0 { // some banks break the line here
		rest, more = strings.TrimSpace(more[0]), more[1:]
	}
	n, err := m.amountAhead(rest)
	if err != nil {
		return nil, err
	}
	if l.Amount, err = m.amount(rest[:n]); err != nil {
		return nil, err
	}
	if sign < 0 {
		l.Amount = l.Amount.Neg()
	}
	m.references(l, rest[n:], more)
	return l, nil
}

// side reads C, D, RC (a credit taken back: money went out) or RD, and the funds code that may follow, the third
// letter of the currency.
func side(l *Line, rest string) (sign int, after string, err error) {
	switch {
	case strings.HasPrefix(rest, "RC"):
		l.Reversal, sign, rest = true, -1, rest[2:]
	case strings.HasPrefix(rest, "RD"):
		l.Reversal, sign, rest = true, 1, rest[2:]
	case strings.HasPrefix(rest, "C"):
		sign, rest = 1, rest[1:]
	case strings.HasPrefix(rest, "D"):
		sign, rest = -1, rest[1:]
	default:
		return 0, rest, fmt.Errorf("expected C, D, RC or RD, found %q", clip(rest))
	}
	if rest != "" && 'A' <= rest[0] && rest[0] <= 'Z' {
		rest = rest[1:]
	}
	return sign, strings.TrimLeft(rest, " "), nil
}

// references reads what follows the amount: the type, N, S or F and three characters, the customer's reference,
// and the bank's behind "//".
// more are the further lines of the field, which are text. NONREF and the like say that there is no reference.
func (m *mt940) references(l *Line, rest string, more []string) {
	if len(rest) >= 4 {
		rest = rest[4:]
	}
	customer, bank, _ := strings.Cut(rest, "//")
	l.BankReference = known(bank)
	switch customer = known(customer); customer {
	case "EREF", "KREF+", "KREF": // says that :86: has it
	default:
		l.References = names(customer)
		l.endToEnd = customer
	}
	l.Text = names(more...)
}

// digits returns how many digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// day reads YYMMDD, of this century but for years above 79.
func day(text string) (time.Time, error) {
	if digits(text) != 6 {
		return time.Time{}, fmt.Errorf("expected a date YYMMDD, found %q", clip(text))
	}
	century := "20"
	if text >= "80" {
		century = "19"
	}
	t, ok := date(century + text)
	if !ok {
		return t, fmt.Errorf("expected a date YYMMDD, found %q", clip(text))
	}
	return t, nil
}

// date reads YYYYMMDD. Where interest is counted by months of 30 days, banks write days that a month does not
// have, such as 0230: they are its last day. A day above the 31st is none.
func date(text string) (time.Time, bool) {
	month, err := time.Parse("200601", text[:6])
	if err != nil {
		return time.Time{}, false
	}
	n := int(text[6]-'0')*10 + int(text[7]-'0')
	if n < 1 || n > 31 {
		return time.Time{}, false
	}
	return month.AddDate(0, 0, min(n, month.AddDate(0, 1, -1).Day())-1), true
}

// entryDay reads MMDD in the year that is nearest to the value date, which is taken where there is no such day.
// Around the new year the two are of different years: a line with value 251231 and entry date 0102 is of 2026.
func entryDay(text string, value time.Time) time.Time {
	best, found := value, false
	for _, year := range []int{value.Year() - 1, value.Year(), value.Year() + 1} {
		t, ok := date(fmt.Sprintf("%04d%s", year, text))
		if ok && (!found || t.Sub(value).Abs() < best.Sub(value).Abs()) {
			best, found = t, true
		}
	}
	return best
}
