package bank

import (
	"regexp"
	"strings"
	"time"
)

// How surely a line names a payout. Providers write batch numbers or references into the text of a transfer, and banks
// cut it, break it into pieces, and put their own texts around it.

// batchNumber is how providers name a payout in few characters: "batch 7".
var batchNumber = regexp.MustCompile(`\bBATCH(?:\s*(?:NO|NR|NUMBER|ID)\b\.?)?\s*[:#]?\s*([0-9]+)\b`)

// A grade is how surely a line names a payout.
type grade int

const (
	silent   grade = iota // the line gives no name of the payout's kind
	another               // the line gives another name of the same kind: it is another payout
	mentions              // a short name stands in the line, which may be chance
	naming                // the line names the payout
)

// gradeOf says whether a line names a payout. If both sides have names and these disagree, they are different
// payments, even if their amounts are equal.
// A batch number counts only behind the word "batch", as a 7 is in nearly every line.
//
//	payout of batch 7:   "ADYEN BATCH 0007" naming, "ADYEN BATCH 8" another, "ADYEN 7" mentions, "ADYEN" silent
func gradeOf(k *candidate, p *payout) grade {
	words := k.text()
	best := silent
	for _, n := range p.names() {
		if best = max(best, nameGrade(words, n)); best == naming {
			return best
		}
	}
	if n := p.batch; n != "" && digits(n) == len(n) && len(n) < longName {
		for _, number := range words.batchNumbers() {
			if sameNumber(number, n) {
				return naming
			}
			best = another
		}
	}
	if best == silent && alike(k.line, p) {
		return another
	}
	return best
}

// nameGrade says how surely words name one text. A short name may stand there by chance.
func nameGrade(w *words, n string) grade {
	switch {
	case n == "" || !w.name(n):
		return silent
	case len(n) < longName:
		return mentions
	}
	return naming
}

// batchNumbers returns the numbers of batches in the words.
func (w *words) batchNumbers() []string {
	if w.batches == nil {
		w.batches = []string{}
		for _, found := range batchNumber.FindAllStringSubmatch(w.spaced, -1) {
			w.batches = append(w.batches, found[1])
		}
	}
	return w.batches
}

// sameNumber compares numbers of batches: banks and providers fill them with zeros.
func sameNumber(a, b string) bool { return strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0") }

// alike reports whether the line has a name in the form of the payout's: the same length, with digits and
// letters in the same places. Dates of the line do not count.
// Example: the payout is TX12345678 and the line has TX12345679. A provider has given both, so they are two
// payouts, even of one amount.
func alike(l *Line, p *payout) bool {
	for _, n := range []string{p.batch, p.movement} {
		if len(n) < longName {
			continue
		}
		form := formOf(n)
		for _, t := range tokensOf(append([]string{l.endToEnd}, l.Text...)) {
			if len(t) == len(n) && formOf(t) == form && !isDay(t, l) {
				return true
			}
		}
	}
	return false
}

// formOf replaces digits by 0 and letters by A.
func formOf(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case '0' <= c && c <= '9':
			b[i] = '0'
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			b[i] = 'A'
		}
	}
	return string(b)
}

// isDay reports whether a text is one of the days around the line.
// A batch is often named by a day, as 20260312, and the line's own day would look like another batch.
func isDay(text string, l *Line) bool {
	for _, form := range []string{
		"20060102", "2006-01-02", "2006/01/02", "02012006", "02.01.2006", "02-01-2006", "02/01/2006", "01/02/2006",
	} {
		t, err := time.Parse(form, text)
		if err == nil && t.Sub(l.Booked).Abs() < 10*24*time.Hour {
			return true
		}
	}
	return false
}
