package main

import (
	"io"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// A breakRecord is a break as a row of CSV: states beside amounts, which are in major units of one currency.
type breakRecord struct {
	reconcile.Break
	Currency      money.Currency `csv:"currency"`
	Expected      string         `csv:"expected"`
	ExpectedState string         `csv:"expected state"`
	Found         string         `csv:"found"`
	FoundState    string         `csv:"found state"`
	Difference    string         `csv:"difference"`
	Net           string         `csv:"net"`
	Fees          string         `csv:"fees"`
}

// reconcileCSV writes the breaks, and the rows of no payment, one a row.
func reconcileCSV(w io.Writer, r *comparison) error {
	rows := func(yield func(breakRecord, error) bool) {
		for b, err := range r.listed() {
			if !yield(recordOf(&b, r.table), err) {
				return
			}
		}
	}
	return printRecords(w, r.table, rows,
		"class", "file", "line", "kind", "reference", "movement", "ours", "account", "payment", "entries", "batch",
		"at", "booked", "since", "currency", "expected", "expected state", "found", "found state", "difference", "net",
		"fees", "timing", "open", "posted", "hint", "remedy")
}

func recordOf(b *reconcile.Break, t money.Table) breakRecord {
	currency := b.Found.Amount.Currency()
	if currency == "" {
		currency = b.Expected.Amount.Currency()
	}
	var fees []string
	for _, f := range b.Fees {
		fees = append(fees, f.Type+" "+moneyText(f.Amount.Amount, t))
	}
	return breakRecord{
		*b, currency, figure(b.Expected.Amount, currency, t), b.Expected.State, figure(b.Found.Amount, currency, t),
		b.Found.State, figure(b.Difference, currency, t), figure(b.Net.Amount, currency, t), strings.Join(fees, "; "),
	}
}

// figure writes an amount of a row that has a currency, with its own where that is another.
func figure(a money.Amount, currency money.Currency, t money.Table) string {
	if a.Currency() == currency && currency != "" {
		return t.Format(a)
	}
	return moneyText(a, t)
}
