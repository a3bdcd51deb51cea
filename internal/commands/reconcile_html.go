package commands

import (
	_ "embed"
	"html/template"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/query"
	"github.com/splitledger/splitledger/reconcile"
)

//go:embed reconcile.html
var reconcilePage string

// pageData is what the page shows. The breaks are read from the disk as the page is written: a
// template takes what it ranges over as it comes, so that a page of any length needs no more
// memory.
type pageData struct {
	*comparison
	Verdict              []string
	Unmatched            uint64
	BreakRows, OtherRows iter.Seq[*reconcile.Break]
}

// reconcileHTML writes a page that needs nothing else, neither a script nor the network, so that it
// can be sent to a colleague and kept. Everything that comes from a report or the books is escaped
// by html/template. A template cannot return an error of the lists that it ranges over, so that is
// kept aside.
func reconcileHTML(w io.Writer, r *comparison) error {
	t := r.table
	page, err := template.New("reconcile").Funcs(template.FuncMap{
		"format": func(m query.Minor) string { return t.Format(m.Amount) },
		// The page says when it was made, for which parts of a second are noise.
		"second":    func(at time.Time) string { return stamp(at.Truncate(time.Second)) },
		"stamp":     stamp,
		"state":     query.BreakState,
		"entries":   entriesText,
		"net":       func(b *reconcile.Break) string { return netText(b, t) },
		"converted": func(c query.Conversion) string { return strings.TrimPrefix(conversionText(c, t), "converted: ") },
		"side":      func(s reconcile.Side) string { return t.Side(s) },
		"signed": func(a money.Amount) string {
			if a.IsZero() {
				return ""
			}
			return t.Signed(a)
		},
	}).Parse(reconcilePage)
	if err != nil {
		return err
	}
	// The template cannot return it, and what was written before it is a page that is cut off: so
	// the command fails.
	var failed error
	read := func(list iter.Seq2[reconcile.Break, error]) iter.Seq[*reconcile.Break] {
		return func(yield func(*reconcile.Break) bool) {
			for b, err := range r.breaks(list) {
				if err != nil {
					failed = err
					return
				}
				if !yield(&b) {
					return
				}
			}
		}
	}
	data := pageData{r, r.verdict(), r.Summary[reconcile.UnmatchedOther],
		read(r.result.Breaks()), read(r.result.Others())}
	if err := page.Execute(w, data); err != nil {
		return err
	}
	return failed
}

// entriesText numbers the entries of a payment, by which they are found in a statement.
func entriesText(b *reconcile.Break) string {
	if len(b.Entries) == 0 {
		return ""
	}
	words := make([]string, len(b.Entries))
	for i, n := range b.Entries {
		words[i] = strconv.FormatUint(n, 10)
	}
	return "entries " + strings.Join(words, ", ")
}

// netText is by how much the line changed what the provider owes, where that is not all that it
// says: where the provider has kept fees, for example.
func netText(b *reconcile.Break, t display) string {
	if net := b.Net.Amount; net.Currency() != "" && !net.Equal(b.Found.Amount) {
		return t.Signed(net) + " " + string(net.Currency())
	}
	return ""
}
