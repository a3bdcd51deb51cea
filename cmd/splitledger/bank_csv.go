package main

import (
	"io"
	"strconv"

	"github.com/splitledger/splitledger/export"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile/bank"
)

// bankCSV writes what was found in statements, one a row. Amounts are in major units.
func bankCSV(w io.Writer, r *bank.Result, t money.Table) error {
	out := export.NewCSVWriter(w)
	out.Write([]string{
		"class", "file", "line", "account", "date", "provider", "payout", "currency", "expected", "found", "difference",
		"text", "hint", "by", "unchecked", "remedy",
	})
	for i := range r.Findings {
		if err := out.Write(findingCells(&r.Findings[i], t)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func findingCells(f *bank.Finding, t money.Table) []string {
	line, currency := "", amountOf(f).Currency()
	if f.Line > 0 {
		line = strconv.Itoa(f.Line)
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
	return []string{string(f.Class), f.File, line, f.Account, bankDay(f), f.Provider, f.Payout, string(currency),
		figure(f.Expected), figure(f.Found), figure(f.Difference), f.Text, f.Hint, f.By, f.Unchecked, f.Remedy}
}
