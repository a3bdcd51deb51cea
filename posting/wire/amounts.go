// The shapes of amounts, currencies and percents. All amounts are whole minor units as ISO 4217 has them, or as the
// ledger declares them for its own currencies.

package wire

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// AmountForm says in messages what an amount looks like.
const AmountForm = `an amount as {"value": 40000, "currency": "USD"}, value in minor units above 0`

// What messages say of amounts. They are constants because docs/events.md prints the same words.
const (
	creditWhat  = `an amount as {"value": 40000, "currency": "USD"}, value in minor units from 0`
	partWhat    = `an amount as {"value": 40000}, in minor units from 0; "currency" may be left out`
	valueWhat   = "a whole number of minor units, 1 to 36 digits"
	currentWhat = "a currency: 3 to 12 of A-Z and 0-9, a letter first"
	percentWhat = `a percent as "5.31": above 0, at most 100, at most 12 decimals`
)

// The shapes of amounts. They differ in what may be zero, what may be below zero and where a currency may be left
// out.
var (
	amount = amountShape(AmountForm, 1, true) // of payments, fees, transfers, journal entries
	// of overdrafts, and of authorisations, which may be of nothing and cost something
	limit      = amountShape(creditWhat, 0, true)
	partAmount = amountShape(partWhat, 0, false) // of splits
	signed     = signedShape()                   // of fees
	overdraft  = oneOrMany(list("an amount or an array of amounts, one for each currency", maxOverdrafts, limit), limit)
	newLimits  = perhapsEmpty("an amount or an array of amounts, one for each currency; an empty array for none",
		maxOverdrafts, overdraft, limit)
	percent = percentShape()
)

// An amount is a JSON object of a value in minor units and a currency. Values go up to 36 digits, more than JSON
// numbers hold elsewhere, so they are read digit by digit and never become a float.

// amountShape is the shape of an amount that is at least so much. The error of a value is about the field value, and of
// a currency about currency.
func amountShape(what string, least int, currencyNeeded bool) *shape[money.Amount] {
	return &shape[money.Amount]{
		what: what,
		// currencyNeeded also decides how an amount is stored: one that needs a currency sets the event's, which
		// splits then leave out, see [encoder].
		read: func(r *jsonl.Scanner, a *money.Amount) *ledger.Error {
			return readAmount(r, a, what, currencyNeeded, false)
		},
		check: func(a *money.Amount) *ledger.Error { return checkAmount(a, least, currencyNeeded) },
		write: func(b []byte, a *money.Amount) []byte { return a.AppendJSON(b) },
		store: func(e *encoder, a *money.Amount) {
			if currencyNeeded {
				e.currency = a.Currency()
			} else if a.Currency() == e.currency || a.Currency() == "" {
				e.Uint(0)
				e.Int(a.Int())
				return
			} else {
				e.Uint(1)
			}
			e.Amount(*a)
		},
		load: func(d *decoder, a *money.Amount) {
			if !currencyNeeded && d.Uint() == 0 {
				*a = money.FromInt(d.Int(), d.currency)
				return
			}
			if *a = d.Amount(); currencyNeeded {
				d.currency = a.Currency()
			}
		},
		differ: func(a, b *money.Amount) *Difference {
			if !a.Int().Equal(b.Int()) {
				return &Difference{"value", a.Minor(), b.Minor()}
			}
			// A split without a currency means that of the event, so one that says it is the same.
			if x, y := a.Currency(), b.Currency(); x != y && (currencyNeeded || x != "" && y != "") {
				return &Difference{"currency", quote(string(x)), quote(string(y))}
			}
			return nil
		},
	}
}

// checkAmount refuses an amount below least, one of too many digits, and what is no currency. Minor units are compared
// as they are. Whether the ledger knows the currency is asked when the event is booked.
func checkAmount(a *money.Amount, least int, currencyNeeded bool) *ledger.Error {
	i := a.Int()
	if v, small := i.Int64(); !small || v < int64(least) { // nearly all values are small, and need no more
		if i.Sign() < least {
			return in("value", expected("a value of at least "+strconv.Itoa(least), a.Minor()))
		}
		if i.Digits() > money.MaxDigits {
			return in("value", expected(valueWhat, strconv.Itoa(i.Digits())+" digits"))
		}
	}
	c := a.Currency()
	if c == "" && !currencyNeeded {
		return nil
	}
	if _, err := money.ParseCurrency(string(c)); err != nil {
		return in("currency", expected(currentWhat, quote(string(c))))
	}
	return nil
}

// signedShape is the shape of an amount that is not nothing: below 0 where it is given back.
func signedShape() *shape[money.Amount] {
	const what = `an amount as {"value": 40000, "currency": "USD"}, value in minor units; ` +
		"below 0 where it is given back"
	is := *amount
	is.what = what
	is.read = func(r *jsonl.Scanner, a *money.Amount) *ledger.Error { return readAmount(r, a, what, true, true) }
	is.check = func(a *money.Amount) *ledger.Error {
		if a.IsZero() {
			return in("value", expected("a value other than 0", "0"))
		}
		// The limits of the size are the same on both sides of zero.
		without := money.FromInt(a.Int().Abs(), a.Currency())
		return amount.check(&without)
	}
	return &is
}

// currencyCode is the shape of a currency by itself.
var currencyCode = func() *shape[string] {
	is := text(currentWhat, 12, 12)
	is.glance = glance{}
	is.check = func(c *string) *ledger.Error {
		if _, err := money.ParseCurrency(*c); err != nil {
			return expected(currentWhat, quote(*c))
		}
		return nil
	}
	return is
}()

const flatWhat = "a whole number of minor units above 0, 1 to 36 digits"

// flat is the shape of minor units whose currency stands elsewhere.
// Routes have the rule's currency, so minor units stand alone there.
var flat = &shape[money.Int]{
	what: flatWhat,
	read: func(r *jsonl.Scanner, i *money.Int) *ledger.Error {
		digits, err := r.Number(flatWhat)
		if err != nil {
			return err
		}
		if !allDigits(digits) {
			return expected(flatWhat, jsonl.Short([]byte(quoteEmpty(digits))))
		}
		a, err := parseMinor(digits, "")
		if err != nil {
			return expected(flatWhat, strconv.Itoa(len(digits))+" digits")
		}
		if *i = a.Int(); i.IsZero() {
			return expected(flatWhat, digits)
		}
		return nil
	},
	check: func(i *money.Int) *ledger.Error {
		if i.Sign() < 0 || i.Digits() > money.MaxDigits {
			return expected(flatWhat, jsonl.Short(i.AppendDecimal(nil)))
		}
		return nil
	},
	write: func(b []byte, i *money.Int) []byte {
		// Other programs read JSON numbers as floats, which hold 15 digits for certain. Longer values are written as
		// strings.
		if i.Digits() <= 15 {
			return i.AppendDecimal(b)
		}
		return append(i.AppendDecimal(append(b, '"')), '"')
	},
	store: func(e *encoder, i *money.Int) { e.Int(*i) },
	load:  func(d *decoder, i *money.Int) { *i = d.Int() },
	differ: func(a, b *money.Int) *Difference {
		if a.Equal(*b) {
			return nil
		}
		return &Difference{"", a.String(), b.String()}
	},
}

// withCurrency returns the minor units of a in another currency.
func withCurrency(a money.Amount, c money.Currency) money.Amount {
	return money.FromInt(a.Int(), c)
}

// readAmount reads an amount. Values below zero are read only where below is true; the currency may be left out only
// where currencyNeeded is false, and is then [unsaid]. The error is [ledger.Invalid] with the field value or currency.
func readAmount(r *jsonl.Scanner, a *money.Amount, what string, currencyNeeded, below bool) *ledger.Error {
	// The usual spelling is read at once. Whatever else stands there is read again from the same place, field by
	// field, to say what is wrong with it.
	before := *r
	if v, c, ok := r.Amount(); ok && (c != "" || !currencyNeeded) && (v >= 0 || below) {
		*a = money.New(v, money.Currency(cmp.Or(c, unsaid)))
		return nil
	}
	*r = before
	if err := r.Open('{', what); err != nil {
		return err
	}
	var digits, currency string
	for {
		name, more, err := r.Name()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch name {
		case "value":
			if digits != "" {
				return in(name, jsonl.Twice(name))
			}
			if digits, err = r.Number(valueWhat); err == nil && !allDigits(digits) &&
				!(below && allDigits(strings.TrimPrefix(digits, "-"))) {
				err = expected(valueWhat, jsonl.Short([]byte(quoteEmpty(digits))))
			}
		case "currency":
			if currency != "" {
				return in(name, jsonl.Twice(name))
			}
			if currency, err = r.String(currentWhat); err == nil && currency == "" {
				err = expected(currentWhat, `""`)
			}
		default:
			err = expected("only the fields value and currency", "the unknown field "+quote(name))
		}
		if err != nil {
			return in(name, err)
		}
	}
	switch {
	case digits == "":
		return in("value", expected(valueWhat, "nothing"))
	case currency == "" && currencyNeeded:
		return in("currency", expected(currentWhat, "nothing"))
	}
	if currency == "" {
		// Not empty: an amount of 0 without any currency would count as not given.
		currency = unsaid
	}
	var err *ledger.Error
	*a, err = parseMinor(digits, money.Currency(currency))
	return err
}

// unsaid stands for a currency left out until all of the event is read, and with it the currency that is meant.
const unsaid = "?"

// parseMinor reads digits; up to 18 of them without package big. The digits must be checked before: anything else would
// be taken for a number.
func parseMinor(digits string, c money.Currency) (money.Amount, *ledger.Error) {
	// 18 digits always fit into an int64.
	if len(digits) <= 18 && digits[0] != '-' {
		var v int64
		for i := range len(digits) {
			v = v*10 + int64(digits[i]-'0')
		}
		return money.New(v, c), nil
	}
	a, err := money.ParseMinor(digits, c)
	if err != nil {
		return a, in("value", expected(valueWhat, strconv.Itoa(len(digits))+" digits"))
	}
	return a, nil
}

// allDigits reports whether s is a whole number: no sign, no point, no exponent, and not empty. JSON allows 1e3 and 1.0
// for whole numbers, which different readers take for different things.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// quoteEmpty lets a message show that nothing was found.
func quoteEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// oneOrMany lets a list of one be written without its brackets. An account with one overdraft is the usual case, and
// most read better without brackets.
func oneOrMany[T any](many *shape[[]T], one *shape[T]) *shape[[]T] {
	is := *many
	is.read = func(r *jsonl.Scanner, l *[]T) *ledger.Error {
		if r.Space() == '[' {
			return many.read(r, l)
		}
		*l = make([]T, 1)
		return one.read(r, &(*l)[0])
	}
	is.write = func(b []byte, l *[]T) []byte {
		if len(*l) == 1 {
			return one.write(b, &(*l)[0])
		}
		return many.write(b, l)
	}
	return &is
}

// percentShape is the shape of a percent. A JSON number is read digit by digit, like the string. Trailing zeros are
// dropped, so "5.30" and "5.3" are the same content.
func percentShape() *shape[money.Percent] {
	return &shape[money.Percent]{
		what: percentWhat,
		read: func(r *jsonl.Scanner, p *money.Percent) *ledger.Error {
			s, err := r.Number(percentWhat)
			if err != nil {
				return err
			}
			parsed, perr := money.ParsePercent(s)
			if perr != nil || parsed.IsZero() {
				return expected(percentWhat, jsonl.Short([]byte(quoteEmpty(s))))
			}
			*p = parsed
			return nil
		},
		check: func(p *money.Percent) *ledger.Error { return nil },
		write: func(b []byte, p *money.Percent) []byte { return jsonl.AppendString(b, p.String()) },
		store: func(e *encoder, p *money.Percent) { e.String(p.String()) },
		load: func(d *decoder, p *money.Percent) {
			s := d.String()
			parsed, err := money.ParsePercent(s)
			if err != nil {
				d.fail("a percent of " + quote(s))
			}
			*p = parsed
		},
		differ: func(a, b *money.Percent) *Difference {
			if a.Equal(*b) {
				return nil
			}
			return differStrings(a.String(), b.String())
		},
	}
}
