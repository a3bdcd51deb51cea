package query

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

// A Period is from one moment until just before another, by when events happened. A zero time does not limit.
type Period struct{ From, To time.Time }

// Has reports whether something that happened at t is within the period.
func (p Period) Has(t time.Time) bool {
	return !t.Before(p.From) && (p.To.IsZero() || t.Before(p.To))
}

// By says what a trial balance is broken down by, besides currency.
type By struct {
	Account bool
	Kind    bool // of account
	Class   bool // of posting: see [Classify]
	Type    bool // of posting: split type, fee type, what else the postings say they are
}

// A Row is a line of a trial balance. Fields that it is not broken down by are zero. Opening and Closing are
// positive for a debit balance and negative for a credit balance.
type Row struct {
	Account  accounts.ID
	Kind     accounts.Kind
	Currency money.Currency
	Class    Class
	Type     string

	Opening money.Amount // of what happened before the period
	Debits  money.Amount // in the period; not negative
	Credits money.Amount // in the period; not negative
	Closing money.Amount // opening and debits less credits
	Count   int          // postings in the period
}

// A Trial is a trial balance: debits and credits of a period with the balances before and after it.
type Trial struct {
	Rows   []Row // by currency, kind, account, class and type
	Totals []Row // of each currency: its opening and closing are zero, its debits are its credits
}

// ErrUnbalanced says that debits and credits differ in sum: the ledger is damaged, and verifying it tells where.
var ErrUnbalanced = errors.New("debits and credits differ")

// TrialBalance sums all postings up to the end of a period. It reads the journal once, and holds no more than the rows.
func TrialBalance(ctx context.Context, l *ledger.Ledger, within Period, by By) (*Trial, error) {
	t := trial{by: by, kinds: map[accounts.ID]accounts.Kind{}, rows: map[rowKey]*movement{}}
	for a := range l.Accounts() {
		t.kinds[a.ID] = a.Kind
	}
	for rec, err := range l.Records(ctx, 1) {
		if err != nil {
			return nil, err
		}
		if !within.To.IsZero() && !rec.At.Before(within.To) {
			continue
		}
		opening, event := rec.At.Before(within.From), posting.Type("")
		if by.Class && len(rec.Entries) > 0 {
			event = eventOf(rec)
		}
		for i := range rec.Entries {
			for j := range rec.Entries[i].Postings {
				t.add(event, &rec.Entries[i].Postings[j], opening)
			}
		}
	}
	return t.result()
}

// A trial is a trial balance that is being summed.
type trial struct {
	by    By
	kinds map[accounts.ID]accounts.Kind
	rows  map[rowKey]*movement
}

type rowKey struct {
	currency money.Currency
	account  accounts.ID
	kind     accounts.Kind
	class    Class
	typ      string
}

type movement struct {
	opening, debits, credits money.Int
	count                    int
}

func (t *trial) add(event posting.Type, p *ledger.Posting, opening bool) {
	k := rowKey{currency: p.Amount.Currency()}
	if t.by.Account {
		k.account = p.Account
	}
	if t.by.Kind {
		k.kind = t.kinds[p.Account]
	}
	if t.by.Class {
		k.class = Classify(event, p.Type)
	}
	if t.by.Type {
		k.typ = p.Type
	}
	m := t.rows[k]
	if m == nil {
		k.typ = strings.Clone(k.typ)
		m = &movement{}
		t.rows[k] = m
	}
	m.add(p.Amount, opening)
}

func (m *movement) add(a money.Amount, opening bool) {
	if opening {
		m.opening = m.opening.Add(a.Int())
		return
	}
	m.count++
	if a.Sign() >= 0 {
		m.debits = m.debits.Add(a.Int())
	} else {
		m.credits = m.credits.Sub(a.Int())
	}
}

func (m *movement) row(k rowKey) Row {
	c := k.currency
	return Row{
		Account: k.account, Kind: k.kind, Currency: c, Class: k.class, Type: k.typ, Count: m.count,
		Opening: money.FromInt(m.opening, c), Debits: money.FromInt(m.debits, c), Credits: money.FromInt(m.credits, c),
		Closing: money.FromInt(m.opening.Add(m.debits).Sub(m.credits), c),
	}
}

// result returns the rows in their order, with totals that were checked to balance.
func (t *trial) result() (*Trial, error) {
	out := &Trial{}
	totals := map[money.Currency]*movement{}
	for k, m := range t.rows {
		out.Rows = append(out.Rows, m.row(k))
		sum := totals[k.currency]
		if sum == nil {
			sum = &movement{}
			totals[k.currency] = sum
		}
		sum.opening, sum.debits, sum.credits = sum.opening.Add(m.opening), sum.debits.Add(m.debits), sum.credits.Add(m.credits)
		sum.count += m.count
	}
	slices.SortFunc(out.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(kindOrder(a.Kind), kindOrder(b.Kind)), cmp.Compare(a.Account, b.Account),
			cmp.Compare(classOrder(a.Class), classOrder(b.Class)), cmp.Compare(a.Type, b.Type))
	})
	for c, m := range totals {
		if !m.opening.IsZero() || !m.debits.Equal(m.credits) {
			return nil, fmt.Errorf("%w in %s: opening balances sum to %s, debits to %s, credits to %s", ErrUnbalanced, c, m.opening, m.debits, m.credits)
		}
		out.Totals = append(out.Totals, m.row(rowKey{currency: c}))
	}
	slices.SortFunc(out.Totals, func(a, b Row) int { return cmp.Compare(a.Currency, b.Currency) })
	return out, nil
}

// kindOrder orders kinds as a person looks for them: those that hold money first.
func kindOrder(k accounts.Kind) int {
	return slices.Index([]accounts.Kind{
		accounts.KindProvider, accounts.KindBank, accounts.KindPlatform, accounts.KindLiable, accounts.KindSub, accounts.KindFX,
	}, k)
}
