package measure

import (
	"cmp"
	"slices"
	"strings"
)

// A Twin is a run of lines that two files have alike, blanks and comments left out.
type Twin struct {
	Lines int   `json:"lines"`
	One   Place `json:"one"`
	Other Place `json:"other"`
}

// A spot is a line of a file, by its place among those that have code.
type spot struct {
	file *file
	at   int
}

// twins finds the runs of 12 lines or more that two files have alike, longest first.
func twins(files []*file) (found []Twin) {
	seen := map[string][]spot{} // where a run of 12 begins
	for _, f := range files {
		for at := range len(f.text) - runLines + 1 {
			run := window(f, at)
			for _, before := range seen[run] {
				if before.file != f && !alike(before, spot{f, at}, -1) {
					found = append(found, twin(before, spot{f, at}))
				}
			}
			seen[run] = append(seen[run], spot{f, at})
		}
	}
	slices.SortStableFunc(found, func(a, b Twin) int { return cmp.Compare(b.Lines, a.Lines) })
	return found
}

// window is the text of the lines from one on.
func window(f *file, at int) string {
	var b strings.Builder
	for _, l := range f.text[at : at+runLines] {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	return b.String()
}

// alike reports whether the lines so many lines on are there, and the same.
func alike(a, b spot, on int) bool {
	i, j := a.at+on, b.at+on
	if i < 0 || j < 0 || i >= len(a.file.text) || j >= len(b.file.text) {
		return false
	}
	return a.file.text[i].text == b.file.text[j].text
}

// twin is the whole run that begins at two spots.
func twin(a, b spot) Twin {
	n := runLines
	for alike(a, b, n) {
		n++
	}
	return Twin{n, a.place(n), b.place(n)}
}

func (s spot) place(n int) Place {
	first, last := s.file.text[s.at].number, s.file.text[s.at+n-1].number
	return Place{File: s.file.name, Line: first, Lines: last - first + 1}
}
