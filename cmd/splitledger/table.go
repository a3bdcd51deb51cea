package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A grid is a plain table for people: aligned columns two spaces apart, no lines, no colours.
type grid struct {
	w    table.Writer
	some bool
}

// newGrid starts a table. A heading that begins with '>' is of a column of numbers, which go to the right.
func newGrid(headings ...string) *grid {
	g := &grid{w: table.NewWriter()}
	style := table.StyleDefault
	style.Name = "plain"
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header, style.Format.Footer = text.FormatDefault, text.FormatDefault
	g.w.SetStyle(style)
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

// add adds a row of cells.
func (g *grid) add(cells ...string) {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = printable(c)
	}
	g.w.AppendRow(row)
	g.some = true
}

// gap leaves a line empty.
func (g *grid) gap() { g.w.AppendRow(table.Row{""}) }

// lines renders the table: its headings, unless all are empty, and its rows.
func (g *grid) lines() []string {
	all := strings.Split(g.w.Render(), "\n")
	if all[0] == "" {
		all = all[1:]
	}
	return all
}

// writeTo writes the table, each line behind the indent.
func (g *grid) writeTo(w io.Writer, indent string) error {
	return writeLines(w, indent, g.lines()...)
}

// writeLines writes lines, each but empty ones behind the indent.
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

// showable reports whether a character does nothing to a terminal but show, or join its neighbours as names in
// Persian and Hindi need it.
func showable(r rune) bool { return unicode.IsPrint(r) || r == '\u200c' || r == '\u200d' }

// printable writes out characters that would do something to a terminal.
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

// note tells a person something that is no result.
func (c *cli) note(text string) error {
	_, err := fmt.Fprintln(c.stderr, text)
	return err
}
