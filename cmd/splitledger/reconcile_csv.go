package main

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// reconcileCSV writes the breaks, and the rows of no payment, one a row. Amounts are in major units.
func reconcileCSV(w io.Writer, r *reconcile.Result, t money.Table) error {
	out := csv.NewWriter(w)
	out.Write([]string{"class", "file", "line", "kind", "reference", "payment", "batch", "at", "currency", "expected", "expected state", "found", "found state", "difference", "hint", "remedy"})
	for _, list := range []func(func(reconcile.Break, error) bool){r.Breaks(), r.Others()} {
		for b, err := range list {
			if err != nil {
				return err
			}
			if err := out.Write(breakCells(&b, t)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func breakCells(b *reconcile.Break, t money.Table) []string {
	line, at := "", ""
	if b.Line > 0 {
		line = strconv.Itoa(b.Line)
	}
	if !b.At.IsZero() {
		at = stamp(b.At)
	}
	currency := b.Found.Amount.Currency()
	if currency == "" {
		currency = b.Expected.Amount.Currency()
	}
	figure := func(a money.Amount) string {
		switch a.Currency() {
		case "":
			return ""
		case currency:
			return t.Format(a)
		}
		return t.Format(a) + " " + string(a.Currency())
	}
	cells := []string{string(b.Class), b.File, line, string(b.Kind), b.Reference, b.Payment, b.Batch, at, string(currency),
		figure(b.Expected.Amount), b.Expected.State, figure(b.Found.Amount), b.Found.State, figure(b.Difference), b.Hint, b.Remedy}
	for _, i := range []int{1, 4, 5, 6, 10, 12, 14, 15} {
		cells[i] = harmless(cells[i])
	}
	return cells
}

// harmless keeps a spreadsheet from taking a text of somebody else's for a formula.
func harmless(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@' || s[0] == '\t' || s[0] == '\r') {
		return "'" + s
	}
	return s
}
