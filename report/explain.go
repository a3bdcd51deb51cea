package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// An Explanation takes a balance of one account apart: its parts sum to the balance, in each sub-balance.
type Explanation struct {
	Account  accounts.Account
	Currency money.Currency
	Parts    []Part
	Balance  ledger.Balance
}

// A Part is what the postings of one class and type come to, positive on the account's normal side.
type Part struct {
	Class                        Class
	Type                         string // the split type or fee type, or what else the postings say they are
	Count                        int    // postings; of class Rounding, those that are counted in another class too
	Pending, Available, Reserved money.Amount
}

// Total returns the sum over the sub-balances.
func (p Part) Total() money.Amount {
	return money.Sum(p.Pending.Currency(), p.Pending, p.Available, p.Reserved)
}

// ErrUnexplained says that the postings of an account do not sum to its balance: the ledger is damaged, and verifying it
// tells where.
var ErrUnexplained = errors.New("the postings do not sum to the balance")

// Explain takes the balances of an account apart, by currency, as of some moment. It reads the account's postings once and holds
// no more than the parts. An account that does not exist is [ledger.UnknownAccount].
func Explain(ctx context.Context, l *ledger.Ledger, id accounts.ID, when ledger.AsOf) ([]Explanation, error) {
	for {
		before, err := l.BalanceAt(id, when)
		if err != nil {
			return nil, err
		}
		all, unexplained := explain(ctx, l, id, when, before)
		if !errors.Is(unexplained, ErrUnexplained) {
			return all, unexplained
		}
		// Unless something was booked meanwhile, that is damage.
		after, err := l.BalanceAt(id, when)
		if err != nil {
			return nil, err
		}
		if slices.EqualFunc(before, after, same) {
			return nil, unexplained
		}
	}
}

func same(a, b ledger.Balance) bool {
	return a.Currency == b.Currency && a.Pending.Int().Equal(b.Pending.Int()) &&
		a.Available.Int().Equal(b.Available.Int()) && a.Reserved.Int().Equal(b.Reserved.Int())
}

// explain explains the balances that are given.
func explain(ctx context.Context, l *ledger.Ledger, id accounts.ID, when ledger.AsOf, balances []ledger.Balance) ([]Explanation, error) {
	a, _ := l.Account(id)
	x := explainer{account: a, ledger: l, table: l.Table(), sums: map[partKey]*sums{}}
	for line, err := range l.Postings(ctx, id, before(when.At)) {
		if err != nil {
			return nil, err
		}
		if !when.Recorded.IsZero() && line.Recorded.After(when.Recorded) {
			continue
		}
		if err := x.add(&line); err != nil {
			return nil, err
		}
	}
	var all []Explanation
	for _, b := range balances {
		e := Explanation{Account: a, Currency: b.Currency, Parts: x.parts(b.Currency), Balance: b}
		if err := e.check(); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// before is the range of all that had happened by a time.
func before(at time.Time) ledger.Range {
	if at.IsZero() {
		return ledger.Range{Newest: true} // the order does not matter, and this one takes no memory
	}
	return ledger.Range{To: at.Add(1), Newest: true}
}

// check reports that the parts do not sum to the balance.
func (e *Explanation) check() error {
	for _, sub := range []ledger.Sub{ledger.Pending, ledger.Available, ledger.Reserved} {
		var sum money.Int
		for i := range e.Parts {
			sum = sum.Add(e.Parts[i].of(sub).Int())
		}
		if has := e.Balance.Of(sub); !sum.Equal(has.Int()) {
			return fmt.Errorf("%w: %s has %s %s, its postings sum to %s", ErrUnexplained, e.Account.ID, sub, has, money.FromInt(sum, e.Currency))
		}
	}
	return nil
}

// of returns one of the three amounts.
func (p *Part) of(s ledger.Sub) money.Amount {
	switch s {
	case ledger.Pending:
		return p.Pending
	case ledger.Reserved:
		return p.Reserved
	}
	return p.Available
}

// An explainer sums postings of an account by what they are for.
type explainer struct {
	account accounts.Account
	ledger  *ledger.Ledger
	table   money.Table
	sums    map[partKey]*sums

	record uint64 // whose event is known
	event  posting.Type
}

type partKey struct {
	currency money.Currency
	class    Class
	kind     string
}

// sums is what postings come to, by sub-balance, positive on the account's normal side.
type sums struct {
	count int
	subs  [3]money.Int
}

func (x *explainer) add(line *ledger.Line) error {
	if line.Record != x.record {
		rec, err := x.ledger.Record(line.Record)
		if err != nil {
			return err
		}
		x.event, x.record = eventOf(rec), line.Record
	}
	amount, rounding := line.Amount.Int(), posting.Rounding(&line.Posting, x.table).Int()
	x.book(line, Classify(x.event, line.Type), amount.Sub(rounding))
	if !rounding.IsZero() {
		x.book(line, Rounding, rounding)
	}
	return nil
}

// book adds a debit to what is known of a class.
func (x *explainer) book(line *ledger.Line, c Class, debit money.Int) {
	k := partKey{line.Amount.Currency(), c, line.Type}
	s := x.sums[k]
	if s == nil {
		// The key lives longer than the record that the text is of.
		k.kind = strings.Clone(k.kind)
		s = &sums{}
		x.sums[k] = s
	}
	if !x.account.Kind.DebitNormal() {
		debit = debit.Neg()
	}
	s.count++
	s.subs[line.Sub] = s.subs[line.Sub].Add(debit)
}

// parts returns the parts in a currency, in the order of the classes and by type.
func (x *explainer) parts(c money.Currency) (parts []Part) {
	for k, s := range x.sums {
		if k.currency == c {
			of := func(sub ledger.Sub) money.Amount { return money.FromInt(s.subs[sub], c) }
			parts = append(parts, Part{k.class, k.kind, s.count, of(ledger.Pending), of(ledger.Available), of(ledger.Reserved)})
		}
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(classOrder(a.Class), classOrder(b.Class)), cmp.Compare(a.Type, b.Type))
	})
	return parts
}
