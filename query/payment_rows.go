package query

import "github.com/splitledger/splitledger/money"

// A PayerRow is who paid for which chargeback, as a row of the table for people.
type PayerRow struct {
	Chargeback string `col:"CHARGEBACK"`
	Payer
}

// PayerRows are who paid for the chargebacks of a payment.
func (p *Payment) PayerRows() (rows []PayerRow) {
	for _, c := range p.Chargebacks {
		for _, payer := range c.Paid {
			rows = append(rows, PayerRow{c.Chargeback, payer})
		}
	}
	return rows
}

// A DisputeRow is who would pay for a chargeback by which behavior, as a row of the table for
// people. Its own column has the amount, as that of [Payer] says that it was paid.
type DisputeRow struct {
	Behavior string `col:"BEHAVIOR"` // in the first of its rows alone
	Payer
	WouldPay money.Amount `col:"WOULD PAY"`
}

// DisputeRows are who would pay for a chargeback of all that was captured. The behavior that applies is marked.
func (p *Payment) DisputeRows() (rows []DisputeRow) {
	for _, d := range p.WouldPay {
		name := string(d.Behavior)
		if d.Applies {
			name += " (applies)"
		}
		for _, payer := range d.Paid {
			rows = append(rows, DisputeRow{name, payer, payer.Amount})
			name = ""
		}
	}
	return rows
}

// A PostingRow is a posting as a row of the table for people, with its amount on the side on which
// it stands, as an accountant expects it.
type PostingRow struct {
	Entry uint64 `col:"ENTRY,blank"` // the number, in the first row of an entry alone
	Posting
	Currency   money.Currency `col:"CURRENCY"`
	DebitedBy  *Minor         `col:"DEBIT"`
	CreditedBy *Minor         `col:"CREDIT"`
}

// Rows are the postings of an event, entry by entry.
func (e *Record) Rows() (rows []PostingRow) {
	for _, entry := range e.Entries {
		number := entry.Entry
		for _, p := range entry.Postings {
			row := PostingRow{Entry: number, Posting: p, Currency: p.Amount.Currency()}
			side := &row.CreditedBy
			if p.Debit {
				side = &row.DebitedBy
			}
			*side = &Minor{p.Amount}
			rows = append(rows, row)
			number = 0
		}
	}
	return rows
}
