package query

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A StatementLine is one posting of an account. Amounts are positive where the account gets more of
// what it normally has.
type StatementLine struct {
	At time.Time `json:"at" col:"AT"`
	// Happened is the own time of a fact that was of a time to come, or of a closed period, when it was booked.
	Happened  time.Time      `json:"happened,omitzero" col:"HAPPENED,optional" csv:"-"`
	Recorded  time.Time      `json:"recorded"`
	Event     string         `json:"event" col:"EVENT,wide"`
	Entry     uint64         `json:"entry" col:"ENTRY,blank"`
	Sub       ledger.Sub     `json:"sub" col:"SUB"`
	Type      string         `json:"type,omitempty" col:"TYPE"`
	Reference string         `json:"reference,omitempty" col:"REFERENCE"`
	Reason    string         `json:"reason,omitempty" col:"REASON,below"`
	Currency  money.Currency `json:"currency" col:"CURRENCY"`
	Amount    Minor          `json:"amount" col:"AMOUNT"`
	Balance   Minor          `json:"balance" col:"BALANCE"` // of the sub-balance in the currency, after it
	Origin

	// What pages go on by, with the entry: the effective time as a number that sorts as it does, 0 in the order of
	// booking; and the posting's number among the account's postings of the entry, which may have several.
	moment uint64
	place  int
}

// A StatementFilter says which postings or entries are wanted, and in which order. The zero value wants all by effective
// time. Period and limit hold together: of those in the period the last so many of the order.
type StatementFilter struct {
	Within   Period
	Limit    int            // the last so many; 0 is all
	Currency money.Currency // "" is any; of [Books.Statement] and [Books.StatementPage]
	Recorded bool           // in the order in which they were booked, as auditors read books; else by effective time
	Details  bool           // wants [StatementLine.Happened] and [Origin] of postings, for which records are read
}

// Statement yields the postings of an account by effective time, those of one time in the order in which they were
// booked; or all in the order of booking. An account that does not exist is [ledger.UnknownAccount].
//
// The rows of one currency and sub-balance can be added up by hand: each balance is the one before it plus the
// amount, and the first begins with the balance at the period's beginning. A fact that was booked late counts where it
// happened, whatever was booked in between. By effective time a balance is besides what the sub-balance was at that
// moment, once all of the moment has been counted.
//
// To sort by effective time takes all postings of the period into memory, some 300 bytes each; with a limit those
// since the earliest of the postings that were booked last. The order of booking takes 8 bytes for a posting, or none
// with a limit and no period. Pages are of one state, see
// [PageOf]: what is booked while they are turned is in none.
func (b *Books) Statement(ctx context.Context, id accounts.ID, f StatementFilter) iter.Seq2[StatementLine, error] {
	return func(yield func(StatementLine, error) bool) {
		a, ok := b.Ledger.Account(id)
		if !ok {
			yield(StatementLine{}, NoAccount(b.Ledger, id))
			return
		}
		entry, place, origins := uint64(0), 0, origins{books: b}
		for line, err := range b.postings(ctx, a, f) {
			var row StatementLine
			if err == nil {
				if place++; line.Entry != entry {
					entry, place = line.Entry, 0
				}
				row = statementLine(&line, a.Kind)
				row.place = place
				if !f.Recorded {
					row.moment = uint64(line.At.UnixNano()) ^ 1<<63 // times before 1970 sort first
				}
				if f.Details {
					row.Origin, row.Happened, err = origins.of(&line)
				}
			}
			if err == nil && f.Currency != "" && row.Currency != f.Currency {
				continue
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

// postings yields what the filter wants in its order, each with its balance.
func (b *Books) postings(ctx context.Context, a accounts.Account, f StatementFilter) iter.Seq2[ledger.Line, error] {
	switch all := f.Within == (Period{}); {
	case !f.Recorded:
		return b.byTime(ctx, a, f)
	case all && f.Limit == 0:
		// Without a period nothing is left out, and the balances of the books follow from one another.
		return b.Ledger.Postings(ctx, a.ID, ledger.Range{Until: b.until})
	case all:
		return b.newest(ctx, a.ID, f.Limit)
	case f.Limit == 0:
		return b.inPeriod(ctx, a, f.Within)
	}
	return last(b.inPeriod(ctx, a, f.Within), f.Limit)
}

// byTime yields what the filter wants by effective time. Balances run on in this order, from the one at the beginning.
func (b *Books) byTime(ctx context.Context, a accounts.Account, f StatementFilter) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		within, err := b.reach(ctx, a.ID, f, false)
		var running runningBalances
		if err == nil {
			running, err = b.opening(a, within.From)
		}
		var list []ledger.Line
		for line, failed := range b.Ledger.Postings(ctx, a.ID, ledger.Range{From: within.From, To: within.To, Until: b.until}) {
			if err = cmp.Or(err, failed); err != nil {
				break
			}
			list = append(list, line)
		}
		if err != nil {
			yield(ledger.Line{}, err)
			return
		}
		slices.SortStableFunc(list, func(a, b ledger.Line) int { return a.At.Compare(b.At) })
		for i := range list {
			running.add(&list[i], a.Kind)
		}
		if f.Limit > 0 {
			list = list[max(0, len(list)-f.Limit):]
		}
		for _, line := range list {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// reach returns the part of the filter's period that has the last postings by effective time, as many as its limit. Of
// as many that were booked last the earliest is no later than any of them: so nothing before it need be read, and a
// few rows of a large account cost little. Of entries it reads as many records, each of which has one at least.
func (b *Books) reach(ctx context.Context, id accounts.ID, f StatementFilter, entries bool) (Period, error) {
	if f.Limit == 0 {
		return f.Within, nil
	}
	n, record, earliest := 0, uint64(0), time.Time{}
	for line, err := range b.Ledger.Postings(ctx, id, ledger.Range{
		From: f.Within.From, To: f.Within.To, Newest: true, Until: b.until}) {
		if err != nil {
			return f.Within, err
		}
		if !entries || line.Record != record {
			if n++; n > f.Limit {
				return Period{earliest, f.Within.To}, nil
			}
			record = line.Record
		}
		if n == 1 || line.At.Before(earliest) {
			earliest = line.At
		}
	}
	return f.Within, nil
}

// newest yields the newest postings of an account, the oldest of them first. It reads no others.
func (b *Books) newest(ctx context.Context, id accounts.ID, most int) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		var list []ledger.Line
		for line, err := range b.Ledger.Postings(ctx, id, ledger.Range{Newest: true, Limit: most, Until: b.until}) {
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
func last[T any](lines iter.Seq2[T, error], most int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var list []T
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

// runningBalances are the balances of an account, positive on its normal side, while its postings are counted one by
// one.
type runningBalances map[subBalance]money.Int

// add counts a posting, and gives it the balance after it.
func (r runningBalances) add(l *ledger.Line, kind accounts.Kind) {
	amount := onNormalSide(l.Amount, kind)
	of := subBalance{amount.Currency(), l.Sub}
	r[of] = r[of].Add(amount.Int())
	l.Balance = money.FromInt(r[of], of.currency)
}

// opening returns the balances just before a time; before all time nothing was there. What is booked between this call
// and a reading of the postings is among those, or of a time before.
func (b *Books) opening(a accounts.Account, from time.Time) (runningBalances, error) {
	running := runningBalances{}
	if from.IsZero() {
		return running, nil
	}
	all, err := b.Ledger.BalanceAt(a.ID, b.asOf(ledger.AsOf{At: from.Add(-1)}))
	for _, has := range all {
		for _, sub := range subBalances {
			running[subBalance{has.Currency, sub}] = has.Of(sub).Int()
		}
	}
	return running, err
}

// inPeriod yields the postings of a period in the order of booking, with balances that run from the one at its
// beginning. The balances of the books would jump by what was booked in between and is of another time.
func (b *Books) inPeriod(ctx context.Context, a accounts.Account, within Period) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		running, err := b.opening(a, within.From)
		if err != nil {
			yield(ledger.Line{}, err)
			return
		}
		for line, err := range b.Ledger.Postings(ctx, a.ID, ledger.Range{From: within.From, To: within.To, Until: b.until}) {
			if err == nil {
				running.add(&line, a.Kind)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}
