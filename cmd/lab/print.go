package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// english writes numbers in groups of three digits.
var english = message.NewPrinter(language.English)

// number writes a number as 1,234,567.
func number[N int | int64 | uint64](n N) string { return english.Sprintf("%d", n) }

// rate writes so many a second.
func rate(r float64) string { return number(uint64(r)) }

// micros writes a time of the processor.
func micros(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d.Nanoseconds())/1000) }

// short writes a time that somebody waits.
func short(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// Columns are rows of a table that are printed as they come, so their widths are fixed. A nil writer prints nothing.
type columns struct {
	w           io.Writer
	first, rest int // how wide they are
}

// row prints a wide cell on the left, and others on the right.
func (c columns) row(first string, cells ...string) {
	if c.w == nil {
		return
	}
	line := fmt.Sprintf("%-*s", c.first, first)
	for _, cell := range cells {
		line += fmt.Sprintf("%*s", c.rest, cell)
	}
	fmt.Fprintln(c.w, strings.TrimRight(line, " "))
}

// text prints a line of its own.
func (c columns) text(format string, args ...any) {
	if c.w != nil {
		fmt.Fprintf(c.w, format+"\n", args...)
	}
}

// writeJSON writes one value, indented.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
