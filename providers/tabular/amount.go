package tabular

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// Amount reads an amount in major units, "-1234.56", of currency cur. It returns minor units of ISO 4217, or
// those of an asset of t; given is false where the cell is empty.
//
// The provider writes the currency with at most so many decimals; below 0 stands for as many as t has. A further
// decimal that is not 0 is refused, nothing is rounded. ".50" is half of one. Thousands may be grouped, "1,234.56" or
// "1.234,56". Where a lone sign may be either a decimal one or a group's, as in "1,234", the amount is refused unless
// [Options] say which it is, or it is a point in an amount of three decimals.
func (s *Sheet) Amount(c Column, cur money.Currency, decimals int,
	t money.Table) (a money.Amount, given bool, err error) {
	text := s.cell(c)
	if s.last(c) {
		return a, false,
			s.Errorf(c, "expected a line end after the amount, found the end of the file: digits may be missing")
	}
	if text == "" {
		return a, false, nil
	}
	exponent, ok := t.Exponent(cur)
	if !ok {
		return a, false, s.noCurrency(c, cur, text)
	}
	if decimals < 0 {
		decimals = exponent
	}
	if minor, ok := s.o.quick(text, decimals, exponent); ok {
		return money.New(minor, cur), true, nil
	}
	// The usual form was tried first; what follows costs more and is met seldom.
	n, err := s.o.number(text, decimals == 3)
	if err != nil {
		return a, false, s.Errorf(c, "%s", err)
	}
	digits, err := n.minor(decimals, exponent, cur)
	if err != nil {
		return a, false, s.Errorf(c, "%s", err)
	}
	if a, err = money.ParseMinor(digits, cur); err != nil {
		return a, false, s.Errorf(c, "%s", err)
	}
	return a, true, nil
}

// noCurrency says why the currency of an amount is none: its cell is empty, or has a code that is neither of ISO 4217
// nor nor an asset of the table. Without the currency nobody knows how many minor units the amount is.
func (s *Sheet) noCurrency(c Column, cur money.Currency, text string) error {
	if cur == "" {
		return s.Errorf(c, "expected a currency to the amount %s, found none", quoted(text))
	}
	return s.Errorf(c, "expected a currency of ISO 4217, found %s", quoted(string(cur)))
}

// Number reads a plain number, "-1.234567", such as a rate, and returns its text with a point for a decimal
// sign. A point is a decimal sign here unless [Options] say otherwise; thousands may be grouped where no doubt
// is possible.
func (s *Sheet) Number(c Column) (string, error) {
	text := s.cell(c)
	if s.last(c) {
		return "", s.Errorf(c, "expected a line end after the number, found the end of the file: digits may be missing")
	}
	if strings.Trim(text, "0123456789") == "" { // most rates are 1
		return text, nil
	}
	n, err := s.o.number(text, true)
	if err != nil {
		return "", s.Errorf(c, "%s", err)
	}
	sign := ""
	if n.negative {
		sign = "-"
	}
	switch {
	case n.fraction == "":
		return sign + n.whole, nil
	case n.whole == "":
		n.whole = "0"
	}
	return sign + n.whole + "." + n.fraction, nil
}

// quick reads the common case: digits, a point, no more digits than the currency has, and no doubt. ok is false for all
// else, which need not be wrong: [Options.number] reads it then. A report has several amounts a line, and this needs no
// memory for them.
func (o *Options) quick(text string, decimals, exponent int) (minor int64, ok bool) {
	// A lone comma, an apostrophe or a space is for [Options.number]; so is every number that is long.
	const most = 17 // digits that surely fit
	digits := text
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > most || o.Decimal == "," {
		return 0, false
	}
	point := -1
	for i := range len(digits) {
		switch b := digits[i]; {
		case digit(b):
			minor = minor*10 + int64(b-'0')
		case b == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	n := 0
	if point >= 0 {
		n = len(digits) - 1 - point
		// Three digits behind a point may be a group of thousands.
		if n == 0 || n > decimals || n == 3 && decimals != 3 {
			return 0, false
		}
	}
	// The zeros that make minor units of it must fit too.
	if n > exponent || len(digits)+exponent-n > most {
		return 0, false
	}
	for range exponent - n {
		minor *= 10
	}
	if text[0] == '-' {
		minor = -minor
	}
	return minor, true
}

// A number is a decimal that was read from text: digits before and after the decimal sign.
type number struct {
	negative        bool
	whole, fraction string // one of them may be empty
}

// number reads a decimal with or without groups. point says that a lone point before three digits is a decimal sign: it
// is with a rate, and with a currency of three decimals.
func (o *Options) number(text string, point bool) (n number, err error) {
	bad := func(expected string) (number, error) {
		return number{}, fmt.Errorf("expected %s, found %s", expected, quoted(text))
	}
	digits, negative := text, false
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		digits, negative = rest, true
	} else if rest, ok := strings.CutPrefix(digits, "\u2212"); ok {
		digits, negative = rest, true
	}
	// Every sign that could be of decimals or of groups cuts the text; which of the two each is comes out below.
	parts, signs := cutSigns(digits)
	for i, p := range parts {
		if p == "" && (i > 0 || len(parts) == 1) || strings.Trim(p, "0123456789") != "" {
			// 1.23E+05 has lost its last digits when the spreadsheet was saved.
			if e := strings.TrimLeft(p, "0123456789"); i == len(parts)-1 &&
				len(e) < len(p) && (e[0] == 'e' || e[0] == 'E') {
				return bad("digits, not a number shortened by a spreadsheet")
			}
			return bad("an amount such as -1234.56")
		}
	}
	if len(parts) > 1 {
		d, err := o.decimalSign(parts, signs, point)
		if err != nil {
			return bad(err.Error())
		}
		// What is behind the last sign is the fraction; what remains has groups, or none.
		if last := len(signs) - 1; d {
			n.fraction = parts[last+1]
			if slices.Contains(signs[:last], signs[last]) {
				return bad("one decimal sign")
			}
			parts, signs = parts[:last+1], signs[:last]
		}
	}
	if !grouped(parts, signs) {
		return bad("groups of three digits")
	}
	n.negative, n.whole = negative, strings.Join(parts, "")
	return n, nil
}

// cutSigns cuts digits at everything that may separate them: points, commas, apostrophes as in Switzerland, and spaces
// of any width. There is one part more than there are signs.
func cutSigns(text string) (parts []string, signs []rune) {
	from := 0
	for i, r := range text {
		switch r {
		case '.', ',', '\'', '\u2019', ' ', '\u00a0', '\u202f':
			parts, signs = append(parts, text[from:i]), append(signs, r)
			from = i + len(string(r))
		}
	}
	return append(parts, text[from:]), signs
}

// A doubt is what was expected where an amount has two meanings. Nothing is guessed about money.
type doubt string

func (d doubt) Error() string { return string(d) }

// decimalSign reports whether the last of the signs is a decimal one. The error is what was expected. With several
// signs it is one if it differs from the one before: 1.234,56 and 1,234.56, but not 1,234,567.
func (o *Options) decimalSign(parts []string, signs []rune, point bool) (bool, error) {
	last, n := signs[len(signs)-1], len(signs)
	if last != '.' && last != ',' {
		return false, nil
	}
	if o.Decimal != "" {
		return string(last) == o.Decimal, nil
	}
	if n > 1 {
		return signs[n-2] != last, nil
	}
	// A lone sign before three digits is in doubt, unless what stands before it cannot be the begin of a group.
	before, after := parts[0], parts[1]
	if before == "" || len(after) != 3 || len(before) > 3 || before[0] == '0' || last == '.' && point {
		return true, nil
	}
	return false, doubt("a decimal sign without doubt (one may be set)")
}

// grouped reports whether the parts of a whole number are groups of thousands, all with one sign between them: 12,34 is
// none, nor is 1.234,567 or 0,123.
func grouped(parts []string, signs []rune) bool {
	if len(parts) > 1 && (parts[0] == "" || len(parts[0]) > 3 || parts[0][0] == '0') {
		return false
	}
	for i, p := range parts[1:] {
		if len(p) != 3 || signs[i] != signs[0] {
			return false
		}
	}
	return true
}

// minor returns the digits of n in minor units. Zeros behind the decimals that the provider uses are taken, any other
// digit is an error. Whether the digits are too many is for [money.ParseMinor] to say.
func (n number) minor(decimals, exponent int, cur money.Currency) (string, error) {
	fraction := strings.TrimRight(n.fraction, "0")
	if len(fraction) > decimals || len(fraction) > exponent {
		return "", fmt.Errorf("expected at most %d decimals of %s, found %s",
			min(decimals, exponent), cur, quoted(n.whole+"."+n.fraction))
	}
	whole := strings.TrimLeft(n.whole, "0")
	digits := strings.TrimLeft(whole+fraction+strings.Repeat("0", exponent-len(fraction)), "0")
	switch {
	case digits == "":
		return "0", nil
	case n.negative:
		return "-" + digits, nil
	}
	return digits, nil
}
