package commands

import (
	"bufio"
	"encoding"
	"fmt"
	"io"
	"iter"
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

// Answers are values of package query, and their tags say how they are printed:
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

// A column is a field of the rows of an answer, with what its tags say. Tables, CSV and the
// headings of both are made of columns alone, so that a new field of a value needs no line here.
type column struct {
	index    []int // of the field
	heading  string
	optional bool
	blank    bool
	signed   bool
	wide     bool
	below    bool
	csv      string // its name in CSV, and in JSON if it is there; "" for none
	number   bool   // goes to the right
	whole    bool   // is never cut
	side     bool   // says on which side of the books the amount stands
	amount   bool   // is a query.Minor
}

// The types of amounts that have a form of their own in tables and CSV.
var (
	minorType  = reflect.TypeFor[query.Minor]()
	amountType = reflect.TypeFor[money.Amount]()
)

// columnsOf lists the columns of a type of rows, those of what it embeds among them: a row of a
// table embeds the value that it shows. The fields of an amount are no columns, though it is a
// struct as well.
func columnsOf(t reflect.Type) (list []column) {
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() || len(f.Index) > 1 && embeddedIn(t, f) == minorType {
			continue
		}
		heading, options, _ := strings.Cut(f.Tag.Get("col"), ",")
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
		c := column{index: f.Index, heading: heading, csv: name, amount: f.Type == minorType,
			optional: has("optional"), blank: has("blank"), signed: has("signed"), wide: has("wide"), below: has("below"), side: has("side")}
		// Numbers go to the right. Types that have a text of their own, such as kinds and ages, are
		// words.
		c.number = c.amount || has("right") || ofAmount(f.Type) ||
			!f.Type.Implements(textual) && f.Type.Kind() >= reflect.Int && f.Type.Kind() <= reflect.Float64
		c.whole = c.number || f.Type == reflect.TypeFor[time.Time]()
		if named := f.Tag.Get("csv"); named != "" {
			c.csv = named
		}
		if name == "-" || c.csv == "-" {
			c.csv = ""
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

// text is what a column shows of a row, in tables and in CSV: amounts in major units, times in UTC,
// lists with what lists of their kind are separated by. A type that has no case here and no text of
// its own is a mistake of this program.
func (c *column) text(row reflect.Value, t display) string {
	v := row.FieldByIndex(c.index)
	// A nil pointer is an amount that is not there.
	if v.Kind() == reflect.Pointer && v.IsNil() || (c.blank || c.signed) && zero(v) {
		return ""
	}
	switch x := v.Interface().(type) {
	case query.Minor:
		switch {
		case c.signed:
			return plus(x.Amount, t)
		case c.side && x.Sign() > 0:
			return t.Format(x.Amount) + " Dr"
		case c.side && x.Sign() < 0:
			return t.Format(x.Neg()) + " Cr"
		}
		return t.Format(x.Amount)
	case *query.Minor:
		return t.Format(x.Amount)
	case money.Amount:
		return moneyText(x, t)
	case *money.Amount:
		return moneyText(*x, t)
	case query.Figure:
		if x.Amount.Currency() == x.Row && x.Row != "" {
			return t.Format(x.Amount)
		}
		return moneyText(x.Amount, t)
	case reconcile.Side:
		return sideText(x, t)
	case []reconcile.Charge:
		fee := func(f reconcile.Charge) string { return f.Type + " " + moneyText(f.Amount.Amount, t) }
		return joined(x, "; ", fee)
	case []money.Amount:
		return joined(x, ", ", func(a money.Amount) string { return moneyText(a, t) })
	case []string:
		return strings.Join(x, " ")
	case map[string]string:
		names := slices.Sorted(maps.Keys(x))
		return joined(names, "; ", func(name string) string { return name + "=" + x[name] })
	case []uint64:
		return joined(x, " ", func(n uint64) string { return strconv.FormatUint(n, 10) })
	case time.Time:
		if t.people {
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
func basicText(v reflect.Value, t display) string {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint64:
		if t.people {
			return thousands(v.Uint())
		}
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.String:
		return v.String()
	}
	// A list or object within a row is JSON in its cell of CSV.
	if v.IsZero() {
		return ""
	}
	return string(appendJSON(nil, v.Interface()))
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

// moneyText writes an amount in major units with its currency, "12.50 EUR", and nothing where it
// has none: that is an amount that nobody has named, unlike 0.00 EUR.
func moneyText(a money.Amount, t display) string {
	if a.Currency() == "" {
		return ""
	}
	return t.Format(a) + " " + string(a.Currency())
}

// sideText writes what one side says of a break: an amount, a state, or both.
func sideText(s reconcile.Side, t display) string {
	words := []string{moneyText(s.Amount, t), s.State}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), ", ")
}

// plus writes a difference with its sign, so that it is not taken for an amount.
func plus(a money.Amount, t display) string {
	if a.Sign() > 0 {
		return "+" + t.Format(a)
	}
	return t.Format(a)
}

// A listing is a table for people of rows of one type. It holds the cells as texts, and lays them
// out in the end, when it is known which columns are empty and how wide the others are.
type listing[T any] struct {
	columns []column
	display display
	rows    [][]string // nil is an empty line
}

// newListing starts a table of the columns with these headings, in this order; without any of all
// that there are, in the order of the fields. JSON has the order of the fields too, so a table of
// another order lists its headings.
func newListing[T any](t display, headings ...string) *listing[T] {
	all := slices.DeleteFunc(columnsOf(reflect.TypeFor[T]()), func(c column) bool { return c.heading == "" })
	s := &listing[T]{columns: all, display: t}
	if len(headings) == 0 {
		return s
	}
	s.columns = nil
	for _, h := range headings {
		i := slices.IndexFunc(all, func(c column) bool { return c.heading == h })
		s.columns = append(s.columns, all[i])
	}
	return s
}

// add adds a row. Its cells are made into texts at once, so the row itself need not be kept.
func (s *listing[T]) add(row T) {
	cells := make([]string, len(s.columns))
	for i := range s.columns {
		cells[i] = s.columns[i].text(reflect.ValueOf(row), s.display)
	}
	s.rows = append(s.rows, cells)
}

// label writes a text into the first empty cell of the row that was added last, as of a sum: what
// it is says the cell in which other rows have a name.
func (s *listing[T]) label(text string) {
	row := s.rows[len(s.rows)-1]
	row[slices.Index(row, "")] = text
}

// gap leaves a line empty.
func (s *listing[T]) gap() { s.rows = append(s.rows, nil) }

// grid lays the table out, in so many characters. Optional columns without any text are left out, and what would make
// the table too wide.
func (s *listing[T]) grid(limit int) *grid {
	var shown []int
	for i, c := range s.columns {
		some := func(row []string) bool { return row != nil && row[i] != "" }
		if !c.optional || slices.ContainsFunc(s.rows, some) {
			shown = append(shown, i)
		}
	}
	shown, width, below := s.fit(shown, limit)
	headings := make([]string, len(shown))
	for i, at := range shown {
		headings[i] = s.columns[at].heading
		if s.columns[at].number {
			headings[i] = ">" + headings[i]
		}
	}
	g := newGrid(headings...)
	g.below = map[int]string{}
	last := ""
	for i, row := range s.rows {
		if row == nil {
			g.gap()
			continue
		}
		// What rows have in common stands below the last of them.
		if below >= 0 && row[below] != last {
			if i > 0 {
				g.below[i-1] = last
			}
			last = row[below]
		}
		cells := make([]string, len(shown))
		for i, at := range shown {
			cells[i] = row[at]
			if width != nil {
				cells[i] = cutInside(row[at], width[at])
				s.display.cli.cut = s.display.cli.cut || cells[i] != printable(row[at])
			}
		}
		g.add(cells...)
	}
	g.below[len(s.rows)-1] = last
	return g
}

// writeTo writes the table, each line behind the indent.
func (s *listing[T]) writeTo(w io.Writer, indent string) error {
	return s.grid(maxWidth-len(indent)).writeTo(w, indent)
}

// listed is a table of rows that are there already; headings are as for newListing.
func listed[T any](t display, rows []T, headings ...string) *grid {
	s := newListing[T](t, headings...)
	for _, row := range rows {
		s.add(row)
	}
	return s.grid(maxWidth - maxIndent)
}

// printList prints a list in one of the forms. JSON and CSV are printed as the rows come, so that
// memory does not grow with them; an error among the rows ends them, and what was printed before it
// stays. none is what people are told of an empty list; headings are as for newListing.
func printList[T any](c *cli, f form, rows iter.Seq2[T, error], t display, none string, headings ...string) error {
	switch f {
	case asJSON:
		return printArray(c.stdout, rows)
	case asCSV:
		return printCSV(c.stdout, t, rows)
	}
	s := newListing[T](t, headings...)
	for row, err := range rows {
		if err != nil {
			return err
		}
		s.add(row)
	}
	if len(s.rows) == 0 {
		return c.note(none)
	}
	return s.writeTo(c.stdout, "")
}

// printArray prints a JSON array, one element a line, as the rows come. So memory does not grow with
// the list, and the output can be read line by line, by grep for example, as well as by a JSON parser.
func printArray[T any](w io.Writer, rows iter.Seq2[T, error]) error {
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteByte('[')
	n, err := writeElements(out, rows)
	if err != nil {
		return err
	}
	if n > 0 {
		out.WriteByte('\n')
	}
	out.WriteString("]\n")
	return out.Flush()
}

// writeElements writes the elements of a JSON array, each on a line of its own, and returns how many
// there were. An error among the rows ends them.
func writeElements[T any](w io.Writer, rows iter.Seq2[T, error]) (n int, err error) {
	before, buf := "\n ", []byte(nil)
	for row, err := range rows {
		if err == nil {
			buf = appendJSON(append(buf[:0], before...), row)
			_, err = w.Write(buf)
		}
		if err != nil {
			return n, err
		}
		before = ",\n "
		n++
	}
	return n, nil
}

// A member is a list within an object.
type member[T any] struct {
	name string
	rows iter.Seq2[T, error]
}

// printObject prints a value as a JSON object to which lists are added, one element a line, as the
// rows come. A report may have more breaks than fit into memory, while all else of the object is
// short.
func printObject[T any](w io.Writer, v any, lists ...member[T]) error {
	// The lists come before the brace at its end.
	object := appendJSON(nil, v)
	if _, err := w.Write(object[:len(object)-1]); err != nil {
		return err
	}
	for _, list := range lists {
		if _, err := io.WriteString(w, ",\n\""+list.name+"\":["); err != nil {
			return err
		}
		if _, err := writeElements(w, list.rows); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "]"); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "}\n")
	return err
}
