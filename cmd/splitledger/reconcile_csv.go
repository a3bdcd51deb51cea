package main

import (
	"io"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// reconcileCSV writes the breaks, and the rows of no payment, one a row. Amounts are in major units.
func reconcileCSV(w io.Writer, r *comparison) error {
	out := export.NewCSVWriter(w)
	out.Write([]string{"class", "file", "line", "kind", "reference", "movement", "ours", "account", "payment", "entries", "batch",
		"at", "booked", "since", "currency", "expected", "expected state", "found", "found state", "difference", "net", "fees",
		"timing", "open", "posted", "hint", "remedy"})
	for b, err := range r.listed() {
		if err != nil {
			return err
		}
		if err := out.Write(breakCells(&b, r.table)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func breakCells(b *reconcile.Break, t money.Table) []string {
	line := ""
	if b.Line > 0 {
		line = strconv.Itoa(b.Line)
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
	var entries, fees []string
	for _, n := range b.Entries {
		entries = append(entries, strconv.FormatUint(n, 10))
	}
	for _, f := range b.Fees {
		fees = append(fees, f.Type+" "+t.Format(f.Amount.Amount)+" "+string(f.Amount.Amount.Currency()))
	}
	return []string{string(b.Class), b.File, line, string(b.Kind), b.Reference, b.Movement, b.Ours, b.Account, b.Payment, strings.Join(entries, " "),
		b.Batch, stampOrNone(b.At), stampOrNone(b.Booked), stampOrNone(b.Since), string(currency),
		figure(b.Expected.Amount), b.Expected.State, figure(b.Found.Amount), b.Found.State, figure(b.Difference), figure(b.Net.Amount), strings.Join(fees, "; "),
		strconv.FormatBool(b.Timing), strconv.FormatBool(b.Open), strconv.FormatBool(b.Posted), b.Hint, b.Remedy}
}
