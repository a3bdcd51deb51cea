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

// A StatementEntry is what one entry did to an account in one currency, and what the account has after it. Amounts are
// positive where the account gets more of what it normally has.
type StatementEntry struct {
	At time.Time `json:"at" col:"AT"`
	// Happened is the own time of a fact that was of a time to come, or of a closed period, when it was booked.
	Happened time.Time    `json:"happened,omitzero" col:"HAPPENED,optional" csv:"-"`
	Recorded time.Time    `json:"recorded"`
	Event    string       `json:"event"`
	Entry    uint64       `json:"entry" col:"ENTRY,blank"`
	Type     posting.Type `json:"type,omitempty" col:"TYPE"` // of the event
	// Part says what its postings on the account were for: their classes, with commas between.
	Part string `json:"part,omitempty"`
	Origin
	// Reference and Reason are those of the entry's postings on the account, where all have the same.
	Reference string         `json:"reference,omitempty" col:"REFERENCE,optional,wide"`
	Reason    string         `json:"reason,omitempty" col:"REASON,optional,below"`
	Currency  money.Currency `json:"currency" col:"CURRENCY"`
	Pending   Minor          `json:"pending"`   // by how much the entry changed what is pending,
	Available Minor          `json:"available"` // available
	Reserved  Minor          `json:"reserved"`  // and reserved,
	Amount    Minor          `json:"amount"`    // and all three together
	// The balances after the entry.
	PendingBalance   Minor `json:"pendingBalance"`
	AvailableBalance Minor `json:"availableBalance"`
	ReservedBalance  Minor `json:"reservedBalance"`
	Balance          Minor `json:"balance" col:"BALANCE"` // of the three together

	// What pages go on by, with the entry: see [StatementLine]; and the number of the row among those of the entry,
	// which has one for each currency.
	moment uint64
	place  int
	of     *ledger.Line // the first of its postings
	types  []string     // of all of them
}

// StatementEntries yields the entries of an account with the order, period and limit of [Books.Statement], one row for
// each entry and currency: what it came to in each sub-balance, and the balances after it. So every column of changes
// leads from the opening balance to the closing one. Records are read for the rows that are yielded.
func (b *Books) StatementEntries(
	ctx context.Context, id accounts.ID, f StatementFilter,
) iter.Seq2[StatementEntry, error] {
	return func(yield func(StatementEntry, error) bool) {
		a, ok := b.Ledger.Account(id)
		if !ok {
			yield(StatementEntry{}, NoAccount(b.Ledger, id))
			return
		}
		rows := b.entryRows(ctx, a, f)
		if f.Limit > 0 {
			rows = last(rows, f.Limit)
		}
		origins := origins{books: b}
		for row, err := range rows {
			if err == nil {
				row.Origin, row.Happened, err = origins.of(row.of)
				row.Type = origins.event.Type
				row.Part = origins.parts(row.types)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// entryRows sums up what is in the filter's period, or in the part of it that has the last entries, without what they
// are of.
func (b *Books) entryRows(ctx context.Context, a accounts.Account, f StatementFilter) iter.Seq2[StatementEntry, error] {
	return func(yield func(StatementEntry, error) bool) {
		if !f.Recorded {
			var err error
			if f.Within, err = b.reach(ctx, a.ID, f, true); err != nil {
				yield(StatementEntry{}, err)
				return
			}
		}
		running, err := b.opening(a, f.Within.From)
		if err != nil {
			yield(StatementEntry{}, err)
			return
		}
		of := f
		of.Limit = 0
		var rows []StatementEntry // of one entry
		flush := func() bool {
			for i := range rows {
				if !yield(running.after(&rows[i]), nil) {
					return false
				}
			}
			rows = rows[:0]
			return true
		}
		for line, err := range b.postings(ctx, a, of) {
			if err != nil {
				yield(StatementEntry{}, err)
				return
			}
			if len(rows) > 0 && rows[0].Entry != line.Entry && !flush() {
				return
			}
			rows = addTo(rows, &line, a.Kind, f.Recorded)
		}
		flush()
	}
}

// addTo counts a posting in the row of its currency among those of its entry.
func addTo(rows []StatementEntry, l *ledger.Line, kind accounts.Kind, recorded bool) []StatementEntry {
	amount := onNormalSide(l.Amount, kind)
	i := slices.IndexFunc(rows, func(r StatementEntry) bool { return r.Currency == amount.Currency() })
	if i < 0 {
		i = len(rows)
		none, line := Minor{money.New(0, amount.Currency())}, *l
		row := StatementEntry{At: l.At.UTC(), Recorded: l.Recorded.UTC(), Event: l.Event.Name, Entry: l.Entry,
			Reference: l.Reference, Reason: l.Reason, Currency: amount.Currency(), place: i, of: &line,
			Pending: none, Available: none, Reserved: none, Amount: none}
		if !recorded {
			row.moment = uint64(l.At.UnixNano()) ^ 1<<63 // times before 1970 sort first
		}
		rows = append(rows, row)
	}
	row := &rows[i]
	if !slices.Contains(row.types, l.Type) {
		row.types = append(row.types, l.Type)
	}
	row.change(l.Sub).add(Minor{amount})
	row.Amount.add(Minor{amount})
	if row.Reference != l.Reference {
		row.Reference = ""
	}
	if row.Reason != l.Reason {
		row.Reason = ""
	}
	return rows
}

// change is by how much the entry changed a sub-balance.
func (e *StatementEntry) change(sub ledger.Sub) *Minor {
	switch sub {
	case ledger.Pending:
		return &e.Pending
	case ledger.Reserved:
		return &e.Reserved
	}
	return &e.Available
}

// after counts an entry, and returns it with the balances after it.
func (r runningBalances) after(e *StatementEntry) StatementEntry {
	sum := money.Int{}
	for _, cell := range []struct {
		sub   ledger.Sub
		after *Minor
	}{{ledger.Pending, &e.PendingBalance}, {ledger.Available, &e.AvailableBalance}, {ledger.Reserved, &e.ReservedBalance}} {
		of := subBalance{e.Currency, cell.sub}
		r[of] = r[of].Add(e.change(cell.sub).Int())
		*cell.after = Minor{money.FromInt(r[of], e.Currency)}
		sum = sum.Add(r[of])
	}
	e.Balance = Minor{money.FromInt(sum, e.Currency)}
	return *e
}
