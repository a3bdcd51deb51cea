package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// An Explanation takes what an account has in one currency apart: its parts sum to it, in each sub-balance.
type Explanation struct {
	Account accounts.ID   `json:"account"`
	Kind    accounts.Kind `json:"kind"`
	Holdings
	Parts []Part `json:"parts"`
	// what the reserved money is for, as it is now; nil as of other moments, and where nothing is reserved
	Reserve *Reserve `json:"reserve,omitempty"`
}

// A Part is what the postings of one class and type come to, positive on the account's normal side.
// The type is needed besides the class: fees are one class, and an account's owner asks which fee.
type Part struct {
	Class Class `json:"part" col:"PART"`
	// the split type or fee type, or what else the postings say they are
	Type string `json:"type" col:"TYPE"`
	// of class Rounding, those that are counted in another class too
	Postings  int   `json:"postings" col:"POSTINGS,blank"`
	Pending   Minor `json:"pending" col:"PENDING"`
	Available Minor `json:"available" col:"AVAILABLE"`
	Reserved  Minor `json:"reserved" col:"RESERVED"`
	Total     Minor `json:"total" col:"TOTAL"`
}

// An ExplainRow is a part as a row of the table for people, or the balance below the parts, whose
// columns sum to it.
type ExplainRow struct {
	Currency money.Currency `col:"CURRENCY"`
	Part
}

// Rows are the parts, and below them the balance that they sum to.
func (e *Explanation) Rows() []ExplainRow {
	rows := each(e.Parts, func(p *Part) ExplainRow { return ExplainRow{e.Currency, *p} })
	return append(rows, ExplainRow{e.Currency, Part{
		Class: "balance", Pending: e.Pending, Available: e.Available, Reserved: e.Reserved, Total: e.Balance,
	}})
}

// An ExplainFilter says which balances are explained, as of when. The zero value is all, as they are.
type ExplainFilter struct {
	AsOf     ledger.AsOf
	Currency money.Currency // "" is any
}

// ErrUnexplained says that the postings of an account do not sum to its balance. The two are kept
// apart in the ledger, so one of them is damaged, and verifying tells which.
var ErrUnexplained = errors.New("the postings do not sum to the balance")

// Explain takes what an account has apart, by currency. It reads the account's postings once and
// holds no more than the parts, however many payments there were. An account that does not exist is
// [ledger.UnknownAccount]; parts that do not sum to the balance are [ErrUnexplained], and no answer
// is given then.
func (b *Books) Explain(ctx context.Context, id accounts.ID, f ExplainFilter) ([]Explanation, error) {
	a, ok := b.Ledger.Account(id)
	if !ok {
		return nil, NoAccount(b.Ledger, id)
	}
	// Balance and postings are read one after the other, and somebody may book in between. Then it
	// is done again.
	for {
		before, err := b.Ledger.BalanceAt(id, b.asOf(f.AsOf))
		if err != nil {
			return nil, err
		}
		all, unexplained := explain(ctx, b.Ledger, a, b.asOf(f.AsOf), before)
		if !errors.Is(unexplained, ErrUnexplained) {
			all = slices.DeleteFunc(all, func(e Explanation) bool {
				return f.Currency != "" && e.Currency != f.Currency
			})
			if unexplained == nil && f.AsOf == (ledger.AsOf{}) && b.Rules != nil {
				unexplained = b.reserves(id, all)
			}
			return all, unexplained
		}
		// Unless something was booked meanwhile, that is damage.
		after, err := b.Ledger.BalanceAt(id, b.asOf(f.AsOf))
		if err != nil {
			return nil, err
		}
		if slices.EqualFunc(before, after, same) {
			return nil, unexplained
		}
	}
}

// same reports whether two balances are the same in every sub-balance.
func same(a, b ledger.Balance) bool {
	return a.Currency == b.Currency && a.Pending.Int().Equal(b.Pending.Int()) &&
		a.Available.Int().Equal(b.Available.Int()) && a.Reserved.Int().Equal(b.Reserved.Int())
}

// explain explains the balances that are given, or fails with [ErrUnexplained] where postings have
// come since they were read.
func explain(ctx context.Context, l *ledger.Ledger, a accounts.Account,
	when ledger.AsOf, balances []ledger.Balance) ([]Explanation, error) {
	x := explainer{account: a, ledger: l, table: l.Table(), sums: map[partKey]*sums{}}
	for line, err := range l.Postings(ctx, a.ID, before(when)) {
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
		e := Explanation{a.ID, a.Kind, holdings(b), x.parts(b.Currency), nil}
		if err := e.check(&b); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// before is the range of all that had happened by a time.
func before(when ledger.AsOf) ledger.Range {
	r := ledger.Range{Newest: true, Until: when.Until} // the order does not matter, and this one takes no memory
	if !when.At.IsZero() {
		r.To = when.At.Add(1)
	}
	return r
}

// check reports that the parts do not sum to the balance.
func (e *Explanation) check(b *ledger.Balance) error {
	var sum [3]money.Int
	for i := range e.Parts {
		p := &e.Parts[i]
		for sub, m := range map[ledger.Sub]Minor{ledger.Pending: p.Pending,
			ledger.Available: p.Available, ledger.Reserved: p.Reserved} {
			sum[sub] = sum[sub].Add(m.Int())
		}
	}
	for _, sub := range subBalances {
		if has := b.Of(sub); !sum[sub].Equal(has.Int()) {
			return fmt.Errorf("%w: %s has %s %s, its postings sum to %s", ErrUnexplained,
				e.Account, sub, has, money.FromInt(sum[sub], e.Currency))
		}
	}
	return nil
}

// An explainer sums postings of an account by what they are for. The postings of a record come one
// after the other, so the event of the record that was read last is kept.
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

// add counts a posting in its class. What rounding gave or took is taken out of that class and
// counted as [Rounding]: the sum of all shares would otherwise never be what the percents say, and
// whoever checks it by hand would look for an error.
func (x *explainer) add(line *ledger.Line) error {
	if line.Record != x.record {
		rec, err := x.ledger.Record(line.Record)
		if err != nil {
			return err
		}
		x.event, x.record = eventOf(rec), line.Record
	}
	amount, rounding := line.Amount.Int(), posting.Rounding(&line.Posting, x.table).Int()
	class := Classify(x.event, line.Type)
	if posting.IsFallback(line.Reason) {
		class = Fallbacks
	}
	x.book(line, class, amount.Sub(rounding))
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

// parts returns the parts in a currency, in the order of the classes and by type. It is not nil, as
// JSON has a list.
func (x *explainer) parts(c money.Currency) []Part {
	parts := []Part{}
	for k, s := range x.sums {
		if k.currency != c {
			continue
		}
		// All parts of a currency have it, also those that come to nothing.
		of := func(i money.Int) Minor { return Minor{money.FromInt(i, c)} }
		pending, available, reserved := s.subs[ledger.Pending], s.subs[ledger.Available], s.subs[ledger.Reserved]
		parts = append(parts, Part{
			k.class, k.kind, s.count, of(pending), of(available),
			of(reserved), of(pending.Add(available).Add(reserved)),
		})
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(classOrder(a.Class), classOrder(b.Class)), cmp.Compare(a.Type, b.Type))
	})
	return parts
}

// An ExplainRecord is a part of a balance as a row of CSV.
type ExplainRecord struct {
	Account  accounts.ID    `csv:"account"`
	Currency money.Currency `csv:"currency"`
	Part
}

// ExplainRecords are the parts of all currencies, and below each the balance that they sum to.
func ExplainRecords(all []Explanation) (list []ExplainRecord) {
	for i := range all {
		for _, row := range all[i].Rows() {
			list = append(list, ExplainRecord{all[i].Account, row.Currency, row.Part})
		}
	}
	return list
}
