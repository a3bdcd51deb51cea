// Package columns renders rows of answers as cells: what tables, CSV and pages of a browser show. Answers are values of
// package query, and their tags say how they are printed:
//
//	col:"HEADING"           a column of the table
//	col:"HEADING,optional"  which is left out if it is empty in all rows
//	col:"HEADING,blank"     which shows nothing for zero
//	col:"HEADING,below"     which stands in lines below the row where the table would be too wide with it
//	col:"HEADING,signed"    which shows the sign of more than zero too, and nothing for zero; not in CSV
//	col:"HEADING,wide"      which is left out where the table would be too wide with it, see fit
//	col:"HEADING,side"      which has Dr or Cr behind it, and no sign; not in CSV
//	col:"HEADING,right"     which goes to the right, as numbers do without it
//	csv:"-"                 no column of the CSV, which has all that JSON has
//	csv:"name"              a column of the CSV that is not in JSON, or called otherwise there
//
// Tables have commas between thousands and times to the second; CSV has neither, as programs read it. A Minor is in
// major units in tables and CSV; CSV has its minor units besides, in a last column called name_minor. An
// amount is in major units too, with its currency.
package columns

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

// A Style is how values are shown: what the currencies of the ledger are, and for whom. That for people has commas
// between thousands, and times to the second.
type Style struct {
	money.Table
	People bool
}

// For is the style of a ledger's values for people.
func For(t money.Table) Style { return Style{t.Grouped(), true} }

// Plain is how programs read them, as in CSV: exact, and without commas.
func (t Style) Plain() Style { return Style{t.Table.Plain(), false} }

// A Column is a field of the rows of an answer, with what its tags say. Tables, CSV and the
// headings of both are made of columns alone, so that a new field of a value needs no line here.
type Column struct {
	Index    []int // of the field
	Heading  string
	Optional bool
	Blank    bool
	Signed   bool
	Wide     bool
	Below    bool
	CSV      string // its name in CSV, and in JSON if it is there; "" for none
	Number   bool   // goes to the right
	Whole    bool   // is never cut
	Side     bool   // says on which side of the books the amount stands
	Amount   bool   // is a query.Minor
}

// The types of amounts that have a form of their own in tables and CSV.
var (
	minorType  = reflect.TypeFor[query.Minor]()
	amountType = reflect.TypeFor[money.Amount]()
)

// Of lists the columns of a type of rows, those of what it embeds among them: a row of a
// table embeds the value that it shows. The fields of an amount are no columns, though it is a
// struct as well.
func Of(t reflect.Type) (list []Column) {
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() || len(f.Index) > 1 && embeddedIn(t, f) == minorType {
			continue
		}
		heading, options, _ := strings.Cut(f.Tag.Get("col"), ",")
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
		c := Column{Index: f.Index, Heading: heading, CSV: name, Amount: f.Type == minorType,
			Optional: has("optional"), Blank: has("blank"), Signed: has("signed"), Wide: has("wide"), Below: has("below"), Side: has("side")}
		// Numbers go to the right. Types that have a text of their own, such as kinds and ages, are
		// words.
		c.Number = c.Amount || has("right") || ofAmount(f.Type) ||
			!f.Type.Implements(textual) && f.Type.Kind() >= reflect.Int && f.Type.Kind() <= reflect.Float64
		c.Whole = c.Number || f.Type == reflect.TypeFor[time.Time]()
		if named := f.Tag.Get("csv"); named != "" {
			c.CSV = named
		}
		if name == "-" || c.CSV == "-" {
			c.CSV = ""
		}
		list = append(list, c)
	}
	return list
}

// textual is of types that write themselves as a word, such as kinds of accounts, though they are
// numbers in Go.
var textual = reflect.TypeFor[encoding.TextMarshaler]()

// embeddedIn returns the type that has a promoted field.
func embeddedIn(t reflect.Type, f reflect.StructField) reflect.Type {
	return t.FieldByIndex(f.Index[:len(f.Index)-1]).Type
}

// ofAmount reports whether a type is of amounts that have their currency, or of amounts that may be
// missing.
func ofAmount(t reflect.Type) bool {
	return t == amountType || t == reflect.PointerTo(amountType) || t == reflect.PointerTo(minorType)
}

// Text is what a column shows of a row, in tables and in CSV: amounts in major units, times in UTC,
// lists with what lists of their kind are separated by. A type that has no case here and no text of
// its own is a mistake of this program.
func (c *Column) Text(row reflect.Value, t Style) string {
	v := row.FieldByIndex(c.Index)
	// A nil pointer is an amount that is not there.
	if v.Kind() == reflect.Pointer && v.IsNil() || (c.Blank || c.Signed) && zero(v) {
		return ""
	}
	switch x := v.Interface().(type) {
	case query.Minor:
		switch {
		case c.Signed:
			return t.Signed(x.Amount)
		case c.Side && x.Sign() > 0:
			return t.Format(x.Amount) + " Dr"
		case c.Side && x.Sign() < 0:
			return t.Format(x.Neg()) + " Cr"
		}
		return t.Format(x.Amount)
	case *query.Minor:
		return t.Format(x.Amount)
	case money.Amount:
		return t.Money(x)
	case *money.Amount:
		return t.Money(*x)
	case query.Figure:
		if x.Amount.Currency() == x.Row && x.Row != "" {
			return t.Format(x.Amount)
		}
		return t.Money(x.Amount)
	case reconcile.Side:
		return t.Side(x)
	case []reconcile.Charge:
		fee := func(f reconcile.Charge) string { return f.Type + " " + t.Money(f.Amount.Amount) }
		return joined(x, "; ", fee)
	case []money.Amount:
		return joined(x, ", ", func(a money.Amount) string { return t.Money(a) })
	case []string:
		return strings.Join(x, " ")
	case map[string]string:
		names := slices.Sorted(maps.Keys(x))
		return joined(names, "; ", func(name string) string { return name + "=" + x[name] })
	case []uint64:
		return joined(x, " ", func(n uint64) string { return strconv.FormatUint(n, 10) })
	case time.Time:
		if t.People {
			return stampOrNone(x.Truncate(time.Second))
		}
		return stampOrNone(x)
	// What cannot be written shows nothing; JSON reports it.
	case encoding.TextMarshaler:
		text, _ := x.MarshalText() // what cannot be written shows nothing
		return string(text)
	case fmt.Stringer:
		return x.String()
	case error:
		return x.Error()
	}
	return basicText(v, t)
}

// basicText is what is shown of values that have no type of their own, and of lists and objects.
func basicText(v reflect.Value, t Style) string {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint64:
		if t.People {
			return Thousands(v.Uint())
		}
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.String:
		return v.String()
	}
	// A list or object within a row is JSON in its cell of CSV.
	if v.IsZero() {
		return ""
	}
	return inJSON(v.Interface())
}

// joined writes a list with something between two of its texts.
func joined[T any](list []T, between string, text func(T) string) string {
	return strings.Join(query.Rows(list, text), between)
}

// zero reports whether a value has nothing to show. The zero of a currency is no zero value of Go,
// as it has the currency.
func zero(v reflect.Value) bool {
	if x, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return x.IsZero()
	}
	return v.IsZero()
}

// Money writes an amount in major units with its currency, "12.50 EUR", and nothing where it
// has none: that is an amount that nobody has named, unlike 0.00 EUR.
func (t Style) Money(a money.Amount) string {
	if a.Currency() == "" {
		return ""
	}
	return t.Format(a) + " " + string(a.Currency())
}

// Side writes what one side says of a break: an amount, a state, or both.
func (t Style) Side(s reconcile.Side) string {
	words := []string{t.Money(s.Amount), s.State}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), ", ")
}

// Signed writes a difference with its sign, so that it is not taken for an amount.
func (t Style) Signed(a money.Amount) string {
	if a.Sign() > 0 {
		return "+" + t.Format(a)
	}
	return t.Format(a)
}

// Stamp writes a moment in UTC, with as many decimals of the second as it has: two moments that differ must look different.
func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// stampOrNone is Stamp, and nothing of the zero time.
func stampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Stamp(t)
}

// Thousands writes a number with commas between its thousands.
func Thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// inJSON writes a value as JSON. HTML is not escaped: a '&' in a reference stays one.
func inJSON(v any) string {
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // only a value that JSON has no form for could fail, and none here is
		panic(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}
