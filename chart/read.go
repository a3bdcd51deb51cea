package chart

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// maxSize is how large a file of a chart may be.
const maxSize = 16 << 20

// columns are the names of the fields of a [Line], in CSV and JSON.
var columns = []string{"account", "kind", "sub", "type", "code", "name", "group"}

// Read reads a chart: JSON, an array of objects, if it begins with a bracket; else CSV, with a row of headings. Fields
// are account, kind, sub, type, code, name and group; the last three are needed, and what a line is of all that is
// left empty. An error names the line.
func Read(r io.Reader) (*Chart, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("expected a chart of at most %d MiB", maxSize>>20)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("expected a chart in UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // spreadsheets write it
	c := &Chart{}
	if begin := bytes.TrimSpace(text); len(begin) > 0 && (begin[0] == '[' || begin[0] == '{') {
		err = c.readJSON(begin)
	} else {
		err = c.readCSV(text)
	}
	if err == nil && len(c.lines) == 0 {
		err = errors.New("expected lines of a chart, found none")
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// readJSON reads an array of lines.
func (c *Chart) readJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if begin, err := d.Token(); err != nil || begin != json.Delim('[') {
		return errors.New(`expected an array of lines, [{"account":"seller:*","code":"2100",…}], found an object`)
	}
	for n := 1; d.More(); n++ {
		var l Line
		if err := d.Decode(&l); err != nil {
			return fmt.Errorf("element %d: %w", n, err)
		}
		if err := c.add(l); err != nil {
			return fmt.Errorf("element %d: %w", n, err)
		}
	}
	if _, err := d.Token(); err != nil { // the bracket at the end
		return fmt.Errorf("after element %d: %w", len(c.lines), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("expected nothing after the array")
	}
	return nil
}

// readCSV reads a row of headings and a line a row. Columns may be in any order; commas or semicolons part them, as
// spreadsheets write either.
func (c *Chart) readCSV(text []byte) error {
	r := csv.NewReader(bytes.NewReader(text))
	heads, _, _ := bytes.Cut(text, []byte{'\n'})
	if bytes.Count(heads, []byte{';'}) > bytes.Count(heads, []byte{','}) {
		r.Comma = ';'
	}
	headings, err := r.Read()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	for i, name := range headings {
		headings[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, headings[i]) || slices.Contains(headings[:i], headings[i]) {
			return fmt.Errorf("line 1: expected the columns %s, each once, found %q", strings.Join(columns, ", "), name)
		}
	}
	for _, name := range columns[4:] {
		if !slices.Contains(headings, name) {
			return fmt.Errorf("line 1: expected a column %s, found none", name)
		}
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err // which names the line
		}
		at, _ := r.FieldPos(0)
		cells := map[string]string{}
		for i, cell := range row {
			cells[headings[i]] = strings.TrimSpace(cell)
		}
		l := Line{Of: cells["account"], Sub: cells["sub"], Type: cells["type"],
			Account: Account{cells["code"], cells["name"], Group(cells["group"])}}
		if err = l.Kind.UnmarshalText([]byte(cells["kind"])); err == nil {
			err = c.add(l)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", at, err)
		}
	}
}

// code is what codes are of. Nothing in it means anything to hledger or Beancount.
var code = regexp.MustCompile(`^[A-Za-z0-9._/-]{1,64}$`)

// add adds a line, once it is known to be one.
func (c *Chart) add(l Line) error {
	switch {
	case l.Of != "" && !accountPattern(l.Of):
		return fmt.Errorf("account: expected an account, or a pattern such as seller:*, found %q", l.Of)
	case l.Sub != "" && !slices.ContainsFunc([]ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved},
		func(s ledger.Sub) bool { return s.String() == l.Sub }):
		return fmt.Errorf("sub: expected pending, available or reserved, found %q", l.Sub)
	case !code.MatchString(l.Code):
		return fmt.Errorf("code: expected at most 64 letters, digits and . - _ /, found %q", l.Code)
	case l.Name == "" || len(l.Name) > 200 || strings.ContainsFunc(l.Name, unprintable):
		return fmt.Errorf("name: expected a text of at most 200 bytes, found %q", l.Name)
	case !slices.Contains(Groups(), l.Group):
		return fmt.Errorf("group: expected asset, liability, equity, income or expense, found %q", l.Group)
	}
	for i := range c.lines {
		if other := &c.lines[i]; other.Code == l.Code && other.Account != l.Account {
			return fmt.Errorf("code %s: expected one name and group, found %s (%s) and %s (%s)", l.Code,
				other.Name, other.Group, l.Name, l.Group)
		}
	}
	c.lines = append(c.lines, l)
	return nil
}

// accountPattern reports whether an account can be meant.
func accountPattern(s string) bool {
	_, err := accounts.Parse(strings.ReplaceAll(s, "*", "x"))
	return err == nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
