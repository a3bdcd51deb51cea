package commands

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/query/columns"
)

// A display is how values are shown to people: tables fit a terminal, a mail and a printed page.
type display struct {
	columns.Style
	cli *cli
}

// display is how values of a ledger are shown to people.
func (c *cli) display(l *ledger.Ledger) display { return display{columns.For(l.Table()), c} }

// What columns show is shown alike elsewhere.
var (
	stamp     = columns.Stamp
	thousands = columns.Thousands
)

const (
	// maxWidth is how many characters a line of a table has at most, without --wide.
	maxWidth = 100
	// maxIndent is what a table may be indented by.
	maxIndent = 4
	// minText is how many characters of a text are shown at least: enough to tell names apart by their ends.
	minText = 16
)

// fit says which columns of the shown ones are shown, and how wide. One that is marked below goes below its rows, and
// is returned besides, -1 for none. Then go those that are marked wide, from the left; then the widest texts are cut.
// Numbers and times are whole in any case: a table of large amounts may be wider. What is missing is told when the
// command is done.
func (s *listing[T]) fit(shown []int, limit int) (columns, width []int, below int) {
	if s.display.cli == nil || s.display.cli.wide {
		return shown, nil, -1
	}
	width = make([]int, len(s.columns))
	sum := -2 // nothing is behind the last column
	for _, i := range shown {
		width[i] = s.width(i)
		sum += width[i] + 2
	}
	below = -1
	for at, i := range shown {
		if s.columns[i].Below && sum > limit {
			sum -= width[i] + 2
			below, shown = i, slices.Delete(slices.Clone(shown), at, at+1)
			break
		}
	}
	shown = slices.DeleteFunc(slices.Clone(shown), func(i int) bool {
		out := s.columns[i].Wide && sum > limit
		if out {
			sum -= width[i] + 2
			s.display.cli.leaveOut(s.columns[i].Heading)
		}
		return out
	})
	for sum > limit {
		widest := slices.MaxFunc(shown, func(i, j int) int {
			return cmp.Compare(s.cuttable(i, width[i]), s.cuttable(j, width[j]))
		})
		// One character at a time, so that columns of about one width stay alike.
		if s.cuttable(widest, width[widest]) == 0 {
			break
		}
		width[widest]--
		sum--
	}
	return shown, width, below
}

// cuttable is how wide a column is that may be cut further, else 0.
func (s *listing[T]) cuttable(column, width int) int {
	if c := s.columns[column]; c.Whole || width <= max(minText, text.StringWidth(c.Heading)) {
		return 0
	}
	return width
}

// width is how many characters a column takes.
func (s *listing[T]) width(column int) int {
	most := text.StringWidth(s.columns[column].Heading)
	for _, row := range s.rows {
		if row != nil {
			most = max(most, text.StringWidth(printable(row[column])))
		}
	}
	return most
}

// cutInside leaves out what is in the middle of a text: ids often begin alike, and so do prefixes of files.
func cutInside(s string, width int) string {
	if s = printable(s); text.StringWidth(s) <= width {
		return s
	}
	r := []rune(s)
	for keep := width - 1; keep > 0; keep-- {
		head := (keep + 1) / 2
		if short := string(r[:head]) + "…" + string(r[len(r)-(keep-head):]); text.StringWidth(short) <= width {
			return short
		}
	}
	return "…"
}

// leaveOut notes a column that was left out of a table.
func (c *cli) leaveOut(heading string) {
	if !slices.Contains(c.leftOut, heading) {
		c.leftOut = append(c.leftOut, heading)
	}
}

// tellNarrow says what the tables do not show for want of room.
func (c *cli) tellNarrow() {
	var what []string
	if len(c.leftOut) > 0 {
		what = append(what, strings.Join(c.leftOut, ", ")+" left out")
	}
	if c.cut {
		what = append(what, "long texts cut short")
	}
	if len(what) > 0 {
		c.note("(" + strings.Join(what, ", ") + ": --wide shows all)")
	}
}
