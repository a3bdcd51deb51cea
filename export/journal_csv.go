// The export of journal lines for accounting packages.

package export

import (
	"bufio"
	"cmp"
	"context"
	"strconv"

	"github.com/splitledger/splitledger/money"
)

// journalHeader are the columns of journal lines. An entry is a number, by which lines of one entry are known.
var journalHeader = []string{"date", "entry", "account_code", "account_name", "debit", "credit", "currency",
	"description", "reference"}

// writeJournalCSV writes a line a posting, under the accounts of the chart: in every entry and currency debits are
// credits. One of debit and credit is empty, as packages want it.
func (j *journal) writeJournalCSV(ctx context.Context, w *bufio.Writer) error {
	out := NewCSVWriter(w)
	if err := out.Write(journalHeader); err != nil {
		return err
	}
	for e, err := range j.entries(ctx) {
		if err != nil {
			return err
		}
		about := e.about()
		for i := range e.Postings {
			p := &e.Postings[i]
			a := j.coded[j.holding(p).code]
			debit, credit := j.sides(p.Amount)
			text := about + ", " + p.Type
			if p.Reference != "" {
				text += " " + p.Reference
			}
			if err := out.Write([]string{j.date(e.record.At), strconv.FormatUint(e.Number, 10), a.Code, a.Name,
				debit, credit, string(p.Amount.Currency()), text, e.id}); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// sides are an amount, positive for a debit, in the column of its side.
func (j *journal) sides(a money.Amount) (debit, credit string) {
	if a.Sign() < 0 {
		return "", j.table.Format(a.Neg())
	}
	return j.table.Format(a), ""
}

// about says what an entry is of: the description that its event was given, if it has one, its type, and the payment,
// payout or transfer.
func (b *booked) about() string {
	text := cmp.Or(b.typ, "entry of the ledger")
	if b.of != "" {
		text += " " + b.of
	}
	if b.description != "" {
		text = b.description + " (" + text + ")"
	}
	return text
}
