package query

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A StatementLine is one posting of an account. Amounts are positive where the account gets more of
// what it normally has.
type StatementLine struct {
	At time.Time `json:"at" col:"AT"`
	// Happened is the own time of a fact that was of a time to come, or of a closed period, when it was booked.
	Happened  time.Time      `json:"happened,omitzero" csv:"-"`
	Recorded  time.Time      `json:"recorded"`
	Event     string         `json:"event" col:"EVENT"`
	Entry     uint64         `json:"entry" col:"ENTRY,blank"`
	Sub       ledger.Sub     `json:"sub" col:"SUB"`
	Type      string         `json:"type,omitempty" col:"TYPE"`
	Reference string         `json:"reference,omitempty" col:"REFERENCE"`
	Reason    string         `json:"reason,omitempty" col:"REASON"`
	Currency  money.Currency `json:"currency" col:"CURRENCY"`
	Amount    Minor          `json:"amount" col:"AMOUNT"`
	Balance   Minor          `json:"balance" col:"BALANCE"` // of the sub-balance in the currency, after it

	// its number among the account's postings of the entry, by which pages go on: an entry may have
	// several
	place int // among the account's postings of the entry
}

// A StatementFilter says which postings are wanted. The zero value wants all. Period and limit hold
// together: of the postings in the period the newest so many.
type StatementFilter struct {
	Within   Period
	Limit    int  // the newest so many; 0 is all
	Happened bool // wants [StatementLine.Happened], for which records are read
}

// Statement yields the postings of an account in the order in which they were booked. An account that does not exist
// is [ledger.UnknownAccount].
//
// The rows of one currency and sub-balance can be added up by hand: each balance is the one before it plus the
// amount. This holds in a period too. There the first balance is that of the period's beginning by effective time,
// plus the amount, so a fact that was booked late counts where it happened, whatever was booked in between.
func (b *Books) Statement(ctx context.Context, id accounts.ID, f StatementFilter) iter.Seq2[StatementLine, error] {
	return func(yield func(StatementLine, error) bool) {
		a, ok := b.Ledger.Account(id)
		if !ok {
			yield(StatementLine{}, NoAccount(b.Ledger, id))
			return
		}
		entry, place := uint64(0), 0
		for line, err := range b.postings(ctx, a, f) {
			var row StatementLine
			if err == nil {
				if place++; line.Entry != entry {
					entry, place = line.Entry, 0
				}
				row = statementLine(&line, a.Kind)
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

// statementLine gives a posting of an account of some kind the form it has in answers.
func statementLine(l *ledger.Line, kind accounts.Kind) StatementLine {
	amount := onNormalSide(l.Amount, kind)
	return StatementLine{
		At: l.At.UTC(), Recorded: l.Recorded.UTC(), Event: l.Event.Name, Entry: l.Entry, Sub: l.Sub, Type: l.Type,
		Reference: l.Reference, Reason: l.Reason,
		Currency: amount.Currency(), Amount: Minor{amount}, Balance: Minor{l.Balance},
	}
}

// onNormalSide turns an amount that is positive for a debit into one that is positive where an account of the kind
// gets more of what it normally has.
func onNormalSide(a money.Amount, kind accounts.Kind) money.Amount {
	if kind.DebitNormal() {
		return a
	}
	return a.Neg()
}

// postings yields what the filter wants, oldest first, each with its balance.
func (b *Books) postings(ctx context.Context, a accounts.Account, f StatementFilter) iter.Seq2[ledger.Line, error] {
	within := f.Within
	switch all := within.From.IsZero() && within.To.IsZero(); {
	case all && f.Limit == 0:
		// Without a period nothing is left out, and the balances of the books follow from one another.
		return b.Ledger.Postings(ctx, a.ID, ledger.Range{})
	case all:
		return b.newest(ctx, a.ID, f.Limit)
	case f.Limit == 0:
		return b.inPeriod(ctx, a, within)
	}
	return last(b.inPeriod(ctx, a, within), f.Limit)
}

// newest yields the newest postings of an account, the oldest of them first. It reads no others.
func (b *Books) newest(ctx context.Context, id accounts.ID, most int) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		var list []ledger.Line
		for line, err := range b.Ledger.Postings(ctx, id, ledger.Range{Newest: true, Limit: most}) {
			if err != nil {
				yield(line, err)
				return
			}
			list = append(list, line)
		}
		for _, line := range slices.Backward(list) {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// last yields the last so many of some lines. It holds twice as many at most, and moves them only
// once for so many lines.
func last(lines iter.Seq2[ledger.Line, error], most int) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		var list []ledger.Line
		for line, err := range lines {
			if err != nil {
				yield(line, err)
				return
			}
			// Half of what is held is let go at a time: to move all at each line would cost the
			// limit for every line.
			if len(list) == 2*most {
				list = append(list[:0], list[most:]...)
			}
			list = append(list, line)
		}
		for _, line := range list[max(0, len(list)-most):] {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// subBalances are those of an account, in the order in which all tables have them.
var subBalances = []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved}

// A subBalance names one of the running balances of an account.
type subBalance struct {
	currency money.Currency
	sub      ledger.Sub
}

// inPeriod yields the postings of a period, with balances that run from the one at its beginning. The balances of
// the books would jump by what was booked in between and is of another time.
func (b *Books) inPeriod(ctx context.Context, a accounts.Account, within Period) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		running := map[subBalance]money.Int{}
		if !within.From.IsZero() {
			// What is booked between this call and the next is listed below, or of a time before the period.
			all, err := b.Ledger.BalanceAt(a.ID, ledger.AsOf{At: within.From.Add(-1)})
			if err != nil {
				yield(ledger.Line{}, err)
				return
			}
			for _, has := range all {
				for _, sub := range subBalances {
					running[subBalance{has.Currency, sub}] = has.Of(sub).Int()
				}
			}
		}
		for line, err := range b.Ledger.Postings(ctx, a.ID, ledger.Range{From: within.From, To: within.To}) {
			if err == nil {
				amount := onNormalSide(line.Amount, a.Kind)
				of := subBalance{amount.Currency(), line.Sub}
				running[of] = running[of].Add(amount.Int())
				line.Balance = money.FromInt(running[of], of.currency)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// A StatementRow is a row of the table for people: a posting, or the opening balance before the
// first. The opening balance has no amount, not one of zero, so that it is not taken for a posting.
type StatementRow struct {
	StatementLine
	Amount *Minor `json:"amount,omitempty" col:"AMOUNT"` // nil in the row of an opening balance
}

// StatementTables sorts a statement into a table for each currency and sub-balance, in this order. Each begins with
// its opening balance; from there on every balance is the one above it plus the amount.
func StatementTables(lines iter.Seq2[StatementLine, error]) ([][]StatementRow, error) {
	tables := map[subBalance][]StatementRow{}
	for line, err := range lines {
		if err != nil {
			return nil, err
		}
		of := subBalance{line.Currency, line.Sub}
		if tables[of] == nil {
			opening := money.FromInt(line.Balance.Int().Sub(line.Amount.Int()), line.Currency)
			tables[of] = []StatementRow{{StatementLine: StatementLine{
				Type: "opening balance", Sub: line.Sub, Currency: line.Currency, Balance: Minor{opening}}}}
		}
		tables[of] = append(tables[of], StatementRow{line, &line.Amount})
	}
	order := slices.SortedFunc(maps.Keys(tables), func(a, b subBalance) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(
			slices.Index(subBalances, a.sub), slices.Index(subBalances, b.sub)))
	})
	return each(order, func(of *subBalance) []StatementRow { return tables[*of] }), nil
}

// happened returns the time that a fact itself reports, where it was booked at another; else the zero time. A fact of a
// time to come is booked at the ledger's clock, and one of a closed period at the beginning of a day: only a posting of
// such a time can be of one, and only then is the record read.
func (b *Books) happened(l *ledger.Line) (time.Time, error) {
	if !l.At.Equal(l.Recorded) && !l.At.Equal(l.At.Truncate(24*time.Hour)) {
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
