package query

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A StatementLine is one posting of an account. Amounts are positive where the account gets more of what it normally
// has.
type StatementLine struct {
	At time.Time `json:"at" col:"AT"`
	// Happened is the own time of a fact that was of a time to come, or of a closed period, when it was booked.
	Happened  time.Time      `json:"happened,omitzero" csv:"-"`
	Recorded  time.Time      `json:"recorded"`
	Event     string         `json:"event" col:"EVENT"`
	Entry     uint64         `json:"entry" col:"ENTRY"`
	Sub       ledger.Sub     `json:"sub" col:"SUB"`
	Type      string         `json:"type,omitempty" col:"TYPE"`
	Reference string         `json:"reference,omitempty" col:"REFERENCE"`
	Reason    string         `json:"reason,omitempty" col:"REASON"`
	Currency  money.Currency `json:"currency" col:"CURRENCY"`
	Amount    Minor          `json:"amount" col:"AMOUNT"`
	Balance   Minor          `json:"balance" col:"BALANCE"` // of the sub-balance, after it

	place int // among the account's postings of the entry
}

// A StatementFilter says which postings are wanted. The zero value wants all.
type StatementFilter struct {
	Within   Period
	Limit    int  // the newest so many; 0 is all
	Happened bool // wants [StatementLine.Happened], for which records are read
}

// Statement yields the postings of an account in the order in which they were booked. An account that does not exist
// is [ledger.UnknownAccount].
func (b *Books) Statement(ctx context.Context, id accounts.ID, f StatementFilter) iter.Seq2[StatementLine, error] {
	return func(yield func(StatementLine, error) bool) {
		a, ok := b.Ledger.Account(id)
		if !ok {
			yield(StatementLine{}, NoAccount(b.Ledger, id))
			return
		}
		entry, place := uint64(0), 0
		for line, err := range b.postings(ctx, id, f) {
			var row StatementLine
			if err == nil {
				if place++; line.Entry != entry {
					entry, place = line.Entry, 0
				}
				row = statementLine(&line, a.Kind.DebitNormal())
				row.place = place
				if f.Happened {
					row.Happened, err = b.happened(&line)
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func statementLine(l *ledger.Line, debit bool) StatementLine {
	amount := l.Amount
	if !debit {
		amount = amount.Neg()
	}
	return StatementLine{
		At: l.At.UTC(), Recorded: l.Recorded.UTC(), Event: l.Event.Name, Entry: l.Entry, Sub: l.Sub, Type: l.Type,
		Reference: l.Reference, Reason: l.Reason,
		Currency: amount.Currency(), Amount: Minor{amount}, Balance: Minor{l.Balance},
	}
}

// postings yields what the filter wants, oldest first.
func (b *Books) postings(ctx context.Context, id accounts.ID, f StatementFilter) iter.Seq2[ledger.Line, error] {
	r := ledger.Range{From: f.Within.From, To: f.Within.To}
	if f.Limit == 0 {
		return b.Ledger.Postings(ctx, id, r)
	}
	return func(yield func(ledger.Line, error) bool) {
		r.Newest, r.Limit = true, f.Limit
		var newest []ledger.Line
		for line, err := range b.Ledger.Postings(ctx, id, r) {
			if err != nil {
				yield(line, err)
				return
			}
			newest = append(newest, line)
		}
		for _, line := range slices.Backward(newest) {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// happened returns the time of a fact of a later time than it was booked at; else the zero time.
func (b *Books) happened(l *ledger.Line) (time.Time, error) {
	if !l.At.Equal(l.Recorded) {
		return time.Time{}, nil
	}
	rec, err := b.Ledger.EntryRecord(l.Entry)
	if err != nil {
		return time.Time{}, err
	}
	t, err := posting.HappenedOf(rec)
	if !t.IsZero() {
		t = t.UTC()
	}
	return t, err
}
