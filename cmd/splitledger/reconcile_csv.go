package main

import (
	"io"
	"strconv"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// reconcileCSV writes the breaks, and the rows of no payment, one a row. Amounts are in major units.
func reconcileCSV(w io.Writer, r *reconcile.Result, t money.Table) error {
	out := export.NewCSVWriter(w)
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
	return out.Flush()
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
	return []string{string(b.Class), b.File, line, string(b.Kind), b.Reference, b.Payment, b.Batch, at, string(currency),
		figure(b.Expected.Amount), b.Expected.State, figure(b.Found.Amount), b.Found.State, figure(b.Difference), b.Hint, b.Remedy}
}
