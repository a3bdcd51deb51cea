package main

import (
	_ "embed"
	"html/template"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

//go:embed reconcile.html
var reconcilePage string

// pageData is what the page shows. The breaks are read from the disk as the page is written.
type pageData struct {
	*comparison
	Verdict              []string
	Sums                 []sumRow
	SomeBreaks           bool
	BreakRows, OtherRows iter.Seq[*reconcile.Break]
	Unmatched            uint64
}

// A sumRow is a row of the page's first table.
type sumRow struct {
	Class, Amount, Difference string
	Count                     uint64
	Currency                  money.Currency
}

// reconcileHTML writes a page that needs nothing else. Everything that comes from a report or the books is escaped.
func reconcileHTML(w io.Writer, r *comparison) error {
	t := r.table
	page, err := template.New("reconcile").Funcs(template.FuncMap{
		"format":     t.Format,
		"second":     func(at time.Time) string { return stamp(at.Truncate(time.Second)) },
		"stamp":      func(at time.Time) string { return stamp(at) },
		"state":      standText,
		"entries":    entriesText,
		"left":       func(b reconcile.Batch) string { return t.Format(b.Difference().Neg()) },
		"net":        func(b *reconcile.Break) string { return netText(b, t) },
		"converted":  func(c reconcile.Conversion) string { return strings.TrimPrefix(conversionText(c, t), "converted: ") },
		"standing":   func(state string) string { return stateText[state] },
		"side":       func(s reconcile.Side) string { return sideText(s, t) },
		"difference": func(b *reconcile.Break) string { return differenceText(b, t) },
	}).Parse(reconcilePage)
	if err != nil {
		return err
	}
	var failed error
	read := func(list iter.Seq2[reconcile.Break, error]) iter.Seq[*reconcile.Break] {
		return func(yield func(*reconcile.Break) bool) {
			for b, err := range list {
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
	verdict, err := r.verdict()
	if err != nil {
		return err
	}
	data := pageData{comparison: r, Verdict: verdict, SomeBreaks: r.someBreaks(), BreakRows: read(r.breaks(r.Breaks())),
		OtherRows: read(r.breaks(r.Others())), Unmatched: r.Counts[reconcile.UnmatchedOther]}
	for _, class := range reconcile.Classes() {
		data.Sums = append(data.Sums, sumRows(r.Result, class, t)...)
	}
	if err := page.Execute(w, data); err != nil {
		return err
	}
	return failed
}

// entriesText numbers the entries of a payment.
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

// netText is by how much the line changed what the provider owes, where that is not all that it says.
func netText(b *reconcile.Break, t money.Table) string {
	if net := b.Net.Amount; net.Currency() != "" && !net.Equal(b.Found.Amount) {
		return plus(net, t) + " " + string(net.Currency())
	}
	return ""
}

// sumRows are the totals of a class, one for each currency, or one without.
func sumRows(r *reconcile.Result, class reconcile.Class, t money.Table) []sumRow {
	if r.Counts[class] == 0 {
		return nil
	}
	var rows []sumRow
	for _, total := range r.Totals {
		if total.Class == class && total.Currency != "" {
			rows = append(rows, sumRow{strings.TrimSpace(string(class) + " " + string(total.Kind)), t.Format(total.Amount), differenceOf(total.Difference, t), total.Count, total.Currency})
		}
	}
	if len(rows) == 0 {
		rows = append(rows, sumRow{Class: string(class), Count: r.Counts[class]})
	}
	return rows
}
