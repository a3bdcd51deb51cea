package commands

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A grid is a plain table for people: aligned columns two spaces apart, no lines, no colours. It
// can be read in a terminal, a mail and a diff, and split by awk. Widths are of characters as
// terminals show them, which go-pretty knows.
type grid struct {
	w    table.Writer
	some bool
	rows int
	// by row, a text that had no room in it and stands below it
	below map[int]string
}

// newGrid starts a table. A heading that begins with '>' is of a column of numbers, which go to the
// right so that their decimal points are below each other.
func newGrid(headings ...string) *grid {
	g := &grid{w: table.NewWriter()}
	style := table.StyleDefault
	style.Name = "plain"
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	// go-pretty would write headings in capitals.
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	g.w.SetStyle(style)
	// A line ends with its last text, so that it can be copied and compared.
	g.w.SuppressTrailingSpaces()
	row := make(table.Row, len(headings))
	var right []table.ColumnConfig
	for i, h := range headings {
		name, number := strings.CutPrefix(h, ">")
		if number {
			right = append(right, table.ColumnConfig{Number: i + 1, Align: text.AlignRight,
				AlignHeader: text.AlignRight, AlignFooter: text.AlignRight})
		}
		row[i] = name
	}
	g.w.AppendHeader(row)
	g.w.SetColumnConfigs(right)
	return g
}

// add adds a row of cells, as many as there are headings. What could control a terminal is written
// out.
func (g *grid) add(cells ...string) {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		// Cells may be names and texts of strangers.
		row[i] = printable(c)
	}
	g.w.AppendRow(row)
	g.some = true
	g.rows++
}

// gap leaves a line empty, as between currencies, which are never added up.
func (g *grid) gap() {
	g.w.AppendRow(table.Row{""})
	g.rows++
}

// lines renders the table: its headings, unless all are empty, and its rows. Widths are known only
// here, so a table is held in memory until it is whole.
func (g *grid) lines() []string {
	headings, rows := g.blocks()
	return append(headings, slices.Concat(rows...)...)
}

// blocks renders the table, the lines of each row by themselves.
func (g *grid) blocks() (headings []string, rows [][]string) {
	all := strings.Split(g.w.Render(), "\n")
	at := len(all) - g.rows
	if headings = all[:at:at]; all[0] == "" {
		headings = nil
	}
	for i, line := range all[at:] {
		lines := []string{line}
		if text := g.below[i]; text != "" {
			lines = append(lines, wrapped(text)...)
		}
		rows = append(rows, lines)
	}
	return headings, rows
}

// wrapped breaks a text at its spaces into lines that fit a page, behind a sign that they belong to the row above.
func wrapped(s string) []string {
	lines := strings.Split(text.WrapSoft(printable(s), maxWidth-maxIndent-4), "\n")
	for i, line := range lines {
		lines[i] = "    " + strings.TrimSpace(line)
	}
	return lines
}

// writeTo writes the table, each line behind the indent.
func (g *grid) writeTo(w io.Writer, indent string) error {
	return writeLines(w, indent, g.lines()...)
}

// writeLines writes lines, each but empty ones behind the indent, in one call: a reader never sees
// half a table.
func writeLines(w io.Writer, indent string, lines ...string) error {
	var b strings.Builder
	for _, l := range lines {
		if l != "" {
			b.WriteString(indent)
		}
		b.WriteString(l)
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// indented puts lines behind two spaces. None of them is empty.
func indented(lines []string) []string {
	all := make([]string, len(lines))
	for i, l := range lines {
		all[i] = "  " + l
	}
	return all
}

// showable reports whether a character does nothing to a terminal but show, or join its neighbours
// as names in Persian and Hindi need it.
func showable(r rune) bool { return unicode.IsPrint(r) || r == '\u200c' || r == '\u200d' }

// printable writes out characters that would do something to a terminal. Names, references and
// texts come from reports and webhooks, and somebody could hide escape sequences in them that
// change what the screen shows.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !showable(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if showable(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// note tells a person something that is no result, such as that a list is empty. It goes to
// standard error, so that an empty result stays empty in a pipe.
func (c *cli) note(text string) error {
	_, err := fmt.Fprintln(c.stderr, text)
	return err
}
