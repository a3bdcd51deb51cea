package console

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/splitledger/splitledger/export"
)

// csvParam says which section of a page is wanted as CSV.
const csvParam = "csv"

// csvRows is how many rows of a list are asked for at a time.
const csvRows = 1000

// offerCSV adds to each section that has rows the link to them as CSV, unless it has one: so no table is without.
func (v *view) offerCSV(p *page) {
	names := map[string]bool{}
	for i := range p.Sections {
		s := &p.Sections[i]
		if s.Table == nil && len(s.Time) == 0 {
			continue
		}
		name := cmp.Or(s.ID, slug(s.Head), "table")
		for names[name] {
			name += "-more"
		}
		names[name] = true
		s.csv = name
		if !slices.ContainsFunc(s.Tools, func(b bit) bool { return b.Key == "e" }) {
			if len(s.Tools) > 0 {
				s.Tools = append(s.Tools, bit{Text: " "})
			}
			s.Tools = append(s.Tools, bit{Text: "CSV", Href: v.with(csvParam, name, "after", ""), Key: "e"})
		}
	}
}

// slug makes a name of a heading: letters and digits, and one hyphen for all else.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) &&
			!unicode.IsDigit(r)
	})
	return strings.Join(words, "-")
}

// sectionCSV answers with the rows of a section of a page: those that it shows, in the same columns and order, and of a
// list all pages.
func (c *Console) sectionCSV(p *pageOf, v *view, w http.ResponseWriter) error {
	name := v.query.Get(csvParam)
	var out *csvTable
	for {
		v.next = ""
		pg, err := p.show(v)
		if err == nil {
			v.offerCSV(pg)
			at := slices.IndexFunc(pg.Sections, func(s section) bool { return s.csv == name })
			switch {
			case at < 0 && out == nil:
				return notHere("there is no table %s on this page", name)
			case at < 0: // rows that are there no more
				return out.Flush()
			case out == nil:
				out = newCSVTable(w, &pg.Sections[at])
				w.Header().Set("Content-Type", "text/csv; charset=utf-8")
				w.Header().Set("Content-Disposition", `attachment; filename="`+v.ledger+"-"+name+`.csv"`)
			}
			err = out.add(&pg.Sections[at])
		}
		switch {
		case err != nil && out != nil: // a part must not look like the whole
			c.options.Log.Error("CSV of a page", "path", v.r.URL.Path, "error", err)
			panic(http.ErrAbortHandler)
		case err != nil:
			return err
		case v.next == "":
			return out.Flush()
		}
		v.query.Set("after", v.next)
	}
}

// A csvTable writes the rows of a section as CSV.
type csvTable struct {
	*export.CSVWriter
	columns []csvColumn
}

// A csvColumn is a column of a table, and what has columns of their own in CSV: the currencies of its amounts, and the
// lines below its texts.
type csvColumn struct {
	name         string
	unit, detail bool
}

func newCSVTable(w io.Writer, s *section) *csvTable {
	out := &csvTable{CSVWriter: export.NewCSVWriter(w)}
	var names []string
	if s.Table == nil {
		names = []string{"what", "at", "entry"}
	}
	for i, c := range s.tableColumns() {
		of := csvColumn{name: strings.ReplaceAll(slug(c.Head), "-", "_")}
		if of.name == "" && strings.Contains(c.Class, "cur") {
			of.name = "currency"
		}
		drawn := false
		for t := range s.tables() {
			if i == 0 {
				of.name = cmp.Or(t.First, of.name)
			}
			for _, r := range t.Rows {
				if i < len(r.Cells) {
					of.unit = of.unit || r.Cells[i].Unit != ""
					drawn = drawn || r.Cells[i].Bar != nil || r.Cells[i].Spark != ""
					of.detail = of.detail || joined(r.Cells[i].Why) != ""
				}
			}
		}
		if drawn { // for eyes
			of.name = ""
		}
		out.columns = append(out.columns, of)
		if of.name == "" {
			continue
		}
		names = append(names, of.name)
		if of.unit {
			names = append(names, of.name+"_currency")
		}
		if of.detail {
			names = append(names, of.name+"_detail")
		}
	}
	out.Write(names) // an error stays until Flush
	return out
}

// tables yields the tables of a section: its own, and those of what happened.
func (s *section) tables() func(func(*table) bool) {
	return func(yield func(*table) bool) {
		if s.Table != nil {
			yield(s.Table)
			return
		}
		for i := range s.Time {
			for _, t := range s.Time[i].Tables {
				if !yield(t) {
					return
				}
			}
		}
	}
}

// tableColumns are the columns of the section's tables.
func (s *section) tableColumns() []column {
	for t := range s.tables() {
		return t.Columns
	}
	return nil
}

// add writes the rows of a section.
func (o *csvTable) add(s *section) error {
	if s.Table != nil {
		return o.rows(s.Table, nil)
	}
	for i := range s.Time {
		m := &s.Time[i]
		for _, t := range m.Tables {
			if err := o.rows(t, []string{m.Head, m.At, t.Columns[0].Head}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *csvTable) rows(t *table, before []string) error {
	for _, r := range t.Rows {
		row := slices.Clone(before)
		for i, of := range o.columns {
			if of.name == "" {
				continue
			}
			var c cell
			if i < len(r.Cells) {
				c = r.Cells[i]
			}
			row = append(row, c.plain())
			if of.unit {
				row = append(row, c.Unit)
			}
			if of.detail {
				row = append(row, joined(c.Why))
			}
		}
		if err := o.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// plain is a cell for programs: amounts exact and without commas, times as RFC 3339, and names as the API has them.
func (c *cell) plain() string {
	if c.Value != "" {
		return c.Value
	}
	return joined(c.Bits)
}

// joined are bits as one text; what only phones show is left out.
func joined(bits []bit) string {
	var b strings.Builder
	for _, of := range bits {
		if text := cmp.Or(of.At, of.Name, of.Text); of.Class != "phone" {
			if b.Len() > 0 && of.Class == "nb" {
				b.WriteString("; ")
			}
			b.WriteString(text)
		}
	}
	return strings.TrimSpace(b.String())
}
