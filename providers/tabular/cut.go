package tabular

import (
	"strings"
	"unicode/utf8"
)

// last reports whether c is the last cell of a row without a line end, so that it may be cut short. It is taken
// for whole if the cells above it all have its length, or, for a number, its decimals.
func (s *Sheet) last(c Column) bool {
	if !s.Final(c) {
		return false
	}
	cell := s.cell(c)
	if numeric(cell) {
		return !(s.ends.decimals > 0 && s.ends.decimals == decimalsOf(cell))
	}
	return s.ends.length != len(cell)
}

// Final reports whether c is the last cell of a row whose end is missing.
func (s *Sheet) Final(c Column) bool {
	return s.open && c.at > 0 && s.place[c.at-1] == len(s.cells)-1
}

// ends is what the last cells of rows have in common, but for those that are empty.
type ends struct {
	seen     int
	length   int // of all; -1 where they differ
	decimals int // digits behind the last point or comma of all; -1 where they differ or there are none
}

// add takes the last cell of a row that has a line end.
func (e *ends) add(cell string) {
	length, decimals := len(cell), decimalsOf(cell)
	switch {
	case length == 0:
		return
	case e.seen == 0:
		e.length, e.decimals = length, decimals
	default:
		if e.length != length {
			e.length = -1
		}
		if e.decimals != decimals {
			e.decimals = -1
		}
	}
	e.seen++
}

// decimalsOf returns how many digits are behind the last point or comma of a number; -1 where there is none.
func decimalsOf(cell string) int {
	i := strings.LastIndexAny(cell, ".,")
	if i < 0 || !numeric(cell) {
		return -1
	}
	return len(cell) - i - 1
}

// numeric reports whether a cell has nothing but what amounts have.
func numeric(cell string) bool {
	return strings.Trim(strings.TrimLeft(cell, "-+"), "0123456789.,' ") == ""
}

// maxName is how many characters the name of something has at most. Merchants' references have up to 255
// (docs.xendit.co, developer.paysafe.com).
const maxName = 256

// Uncut returns a [*providers.LineError] if one of the columns has a text that may not be a whole name: it is
// longer than any name, or it is the last cell of a row without a line end, so that letters may be missing. A
// name that is cut short may be the name of something else.
//
// Amounts and times in that place are refused anyway. A cell with one of a few known words may be read, as no
// two of them begin alike.
func (s *Sheet) Uncut(columns ...Column) error {
	for _, c := range columns {
		switch t := s.cell(c); {
		case len(t) > maxName && utf8.RuneCountInString(t) > maxName:
			return s.Errorf(c, "expected at most %d characters, found %d", maxName, utf8.RuneCountInString(t))
		case t != "" && s.Final(c) && s.ends.length != len(t):
			return s.Errorf(c, "expected a line end after the text, found the end of the file: it may be cut short")
		}
	}
	return nil
}
