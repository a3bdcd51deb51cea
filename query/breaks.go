package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/reconcile"
)

// A Figure is an amount in a row that names its currency in a column of its own. It is printed
// without the currency, as spreadsheets need numbers, and with it only where it is in another than
// the row's: a number alone would then be wrong.
type Figure struct {
	Amount money.Amount
	Row    money.Currency
}

// A BreakRow is a break as a row of the table for people. [reconcile.Break] has the reference and
// the likely cause. What is shown of the two sides is an amount, a state, or both.
type BreakRow struct {
	Place string `col:"line"` // file and line of the report
	reconcile.Break
	Moved      string         `col:"movement,optional,wide"`
	Books      reconcile.Side `col:"books,right"`
	Provider   reconcile.Side `col:"provider,right"`
	Difference Minor          `col:"difference,signed"`
	State      string         `col:"state,optional"` // with the day since when it is open
}

// BreakRowOf makes a row of a break.
func BreakRowOf(b *reconcile.Break) BreakRow {
	row := BreakRow{breakPlace(b), *b, breakMovement(b), b.Expected, b.Found, Minor{b.Difference}, BreakState(b)}
	if b.Open {
		row.State += " since " + b.Since.UTC().Format(time.DateOnly)
	}
	return row
}

// BreakState says what is left to be done about a break: "booked" is done, "timing" may become matched by waiting,
// and "open" needs a decision. Of what is no discrepancy it says nothing.
func BreakState(b *reconcile.Break) string {
	switch {
	case b.Open && b.Timing:
		return "timing"
	case b.Open:
		return "open"
	case b.Posted:
		return "booked"
	}
	return ""
}

// breakMovement is the provider's reference of the movement if it differs from the payment's, and the account if
// there is one.
func breakMovement(b *reconcile.Break) string {
	text := b.Movement
	if text == b.Reference {
		text = ""
	}
	if b.Account != "" && b.Account != b.Reference {
		text = strings.TrimSpace(text + " on " + b.Account)
	}
	return text
}

// breakPlace says where the line is. The file is named only where several were read.
func breakPlace(b *reconcile.Break) string {
	switch {
	case b.Line == 0:
		return b.File
	case b.File != "":
		return b.File + ":" + strconv.Itoa(b.Line)
	}
	return strconv.Itoa(b.Line)
}

// A BreakRecord is a break as a row of CSV, with all that is known of it. States stand beside
// amounts, so that the columns of amounts are numbers. The amounts are in major units of one
// currency.
type BreakRecord struct {
	reconcile.Break
	Currency      money.Currency     `csv:"currency"` // what the provider says it is of, or else the books
	Expected      Figure             `csv:"expected"`
	ExpectedState string             `csv:"expected state"`
	Found         Figure             `csv:"found"`
	FoundState    string             `csv:"found state"`
	Difference    Figure             `csv:"difference"`
	Net           Figure             `csv:"net"`
	Fees          []reconcile.Charge `csv:"fees"`
}

// BreakRecordOf makes a row of CSV of a break.
func BreakRecordOf(b *reconcile.Break) BreakRecord {
	c := b.Found.Amount.Currency()
	if c == "" {
		c = b.Expected.Amount.Currency()
	}
	return BreakRecord{*b, c, Figure{b.Expected.Amount, c}, b.Expected.State, Figure{b.Found.Amount, c}, b.Found.State,
		Figure{b.Difference, c}, Figure{b.Net.Amount, c}, b.Fees}
}

// A ClassRow is what a class comes to in a currency, as a row of the table for people. Its name and
// count stand in the first of its rows alone, as the count is of all currencies. Lines of no
// payment have a row for each kind below the class: payouts and fees are different things.
type ClassRow struct {
	Class      string         `col:"class"`
	Count      uint64         `col:"count,blank"`
	Amount     *Minor         `col:"amount"` // nil where the class has no amounts
	Difference Minor          `col:"difference,signed"`
	Currency   money.Currency `col:"currency"`
}

// classRow makes a row without a name of amounts, which may have no currency.
func classRow(c money.Currency, amount, difference Minor) ClassRow {
	row := ClassRow{Difference: difference, Currency: c}
	if c != "" {
		row.Amount = &amount
	}
	return row
}

// ClassRows are how many there are of each class, and how much in each currency.
func (r *Reconciliation) ClassRows() (rows []ClassRow) {
	class := reconcile.Class("")
	for _, total := range r.Totals {
		row := classRow(total.Currency, total.Amount, total.Difference)
		if total.Class != class {
			class = total.Class
			row.Class, row.Count = string(class), r.Summary[class]
			if total.Kind != "" {
				rows = append(rows, ClassRow{Class: row.Class, Count: row.Count})
			}
		}
		if total.Kind != "" {
			row.Class, row.Count = "  "+string(total.Kind), total.Count
		}
		rows = append(rows, row)
	}
	return rows
}

// A BatchRow is a batch as a row of the table for people.
type BatchRow struct {
	BatchSum
	Left     Minor  `col:"difference,signed"` // where the batch is open or elsewhere the difference says nothing yet
	Standing string `col:" "`
}

// BatchRows are the first of the batches, those first that somebody should look at, and how many
// more there are. Only a mismatch shows its difference: of a batch that is open or elsewhere the
// missing lines are still to come.
func (r *Reconciliation) BatchRows(most int) (rows []BatchRow, more int) {
	for _, wanted := range []string{"mismatch", "open", "elsewhere", "balanced"} {
		for _, b := range r.Batches {
			if b.State != wanted || len(rows) == most {
				continue
			}
			row := BatchRow{BatchSum: b, Standing: b.Standing()}
			if wanted == "mismatch" {
				row.Left = b.Difference
			}
			rows = append(rows, row)
		}
	}
	return rows, len(r.Batches) - len(rows)
}

// Standing says in words how the batch stands. The lines of one may be in files that were not compared.
func (b BatchSum) Standing() string {
	if b.State == "elsewhere" {
		return "lines not in these files"
	}
	return b.State
}
