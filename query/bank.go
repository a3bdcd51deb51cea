package query

import (
	"fmt"
	"strings"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile/bank"
)

// BankClassRows are how many lines of statements there are of each class, and how much in each
// currency: the same table as that of a provider's reports.
func BankClassRows(r *bank.Result) (rows []ClassRow) {
	class := bank.Class("")
	for _, total := range r.Totals() {
		row := classRow(total.Currency, Minor{total.Amount}, Minor{total.Difference})
		if total.Class != class {
			class = total.Class
			row.Class, row.Count = string(class), r.Counts[class]
		}
		rows = append(rows, row)
	}
	return rows
}

// A FindingRow is a finding in a bank's statement as a row of the table for people. [bank.Finding]
// has both amounts and the text.
type FindingRow struct {
	Place string `col:"line"` // file and line of the statement
	Day   string `col:"date"`
	bank.Finding
	Payout     string `col:"payout"` // with its provider
	Difference Minor  `col:"difference,signed"`
}

// textLength is how many characters of a bank's text a table has room for.
const textLength = 60

// FindingRowOf makes a row of a finding.
func FindingRowOf(f bank.Finding) FindingRow {
	if f.Class != bank.Unreadable { // the text of which says why
		f.Text = shorten(f.Text, textLength)
	}
	payout := strings.TrimSpace(f.Provider + " " + f.Payout)
	return FindingRow{findingPlace(&f), f.Day(), f, payout, Minor{f.Difference}}
}

// findingPlace says where the line is; what is missing at the bank is in no file.
func findingPlace(f *bank.Finding) string {
	if f.File == "" || f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// shorten cuts a text to so many characters. CSV and JSON have it whole.
func shorten(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// A FindingRecord is a finding as a row of CSV, with all that is known of it: amounts are in major
// units of one currency.
type FindingRecord struct {
	bank.Finding
	Day        string         `csv:"date"`
	Currency   money.Currency `csv:"currency"` // of what the bank has, or else the books
	Expected   Figure         `csv:"expected"`
	Found      Figure         `csv:"found"`
	Difference Figure         `csv:"difference"`
}

// FindingRecordOf makes a row of CSV of a finding.
func FindingRecordOf(f bank.Finding) FindingRecord {
	c := f.Amount().Currency()
	return FindingRecord{f, f.Day(), c, Figure{f.Expected, c}, Figure{f.Found, c}, Figure{f.Difference, c}}
}
