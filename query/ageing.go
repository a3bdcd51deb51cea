package query

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// Ages are a debt by how old its portions are, in whole days.
type Ages struct {
	Debt     Minor `json:"debt" col:"DEBT"`
	Upto30   Minor `json:"upTo30" col:"0-30"`
	Upto60   Minor `json:"upTo60" col:"31-60"`
	Upto90   Minor `json:"upTo90" col:"61-90"`
	MoreThan Minor `json:"over90" col:"OVER 90"`
}

// An AgedDebt is an account that has less than nothing available, or in all, with its debt by age.
type AgedDebt struct {
	Currency money.Currency `json:"currency" col:"CURRENCY"`
	Account  accounts.ID    `json:"account" col:"ACCOUNT"`
	Kind     accounts.Kind  `json:"kind"`
	Holder   string         `json:"holder,omitempty" col:"HOLDER,optional"`
	Since    time.Time      `json:"since" col:"SINCE"` // it has been below zero without interruption
	Days     int            `json:"days" col:"DAYS"`
	Ages
}

// An AgedTotal has the sums of all debts in one currency.
type AgedTotal struct {
	Currency money.Currency `json:"currency"`
	Accounts int            `json:"accounts"`
	Ages
}

// An Ageing is what was owed at one moment, by age.
type Ageing struct {
	At       time.Time   `json:"at"`
	Recorded time.Time   `json:"recorded,omitzero"`
	Rows     []AgedDebt  `json:"rows"` // by currency, the oldest first
	Totals   []AgedTotal `json:"totals"`
}

// An AgeingFilter says whose debts are wanted, at which moment.
type AgeingFilter struct {
	AccountFilter
	At       time.Time      // what had happened by then; ages are counted up to it
	Recorded time.Time      // what the books knew by then; the zero time does not limit
	Currency money.Currency // "" is any
}

// Ageing returns debts by how old they are: of accounts that are below zero, as [Books.Negatives] has them. What comes
// in pays the oldest part of a debt first. So what is left of it are its newest portions, and none is older than the
// time since when the account has been below zero without interruption.
func (b *Books) Ageing(ctx context.Context, f AgeingFilter) (*Ageing, error) {
	list, err := b.negatives(ctx, f.AccountFilter, ledger.AsOf{At: f.At, Recorded: f.Recorded}, f.At)
	if err != nil {
		return nil, err
	}
	a := &Ageing{f.At.UTC(), f.Recorded, []AgedDebt{}, []AgedTotal{}}
	for i := range list {
		n := &list[i]
		if f.Currency != "" && n.Currency != f.Currency {
			continue
		}
		a.Rows = append(a.Rows, AgedDebt{n.Currency, n.Account, n.Kind, n.Holder, n.Since, n.Days, n.ages(f.At)})
	}
	slices.SortStableFunc(a.Rows, func(a, b AgedDebt) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), a.Since.Compare(b.Since), cmp.Compare(a.Account, b.Account))
	})
	for _, r := range a.Rows {
		last := len(a.Totals) - 1
		if last < 0 || a.Totals[last].Currency != r.Currency {
			last++
			a.Totals = append(a.Totals, AgedTotal{r.Currency, 0, noAges(r.Currency)})
		}
		a.Totals[last].Accounts++
		a.Totals[last].add(&r.Ages)
	}
	return a, nil
}

// ages shares a debt out by age.
func (n *Negative) ages(now time.Time) Ages {
	a := noAges(n.Currency)
	a.Debt = Minor{n.Debt()}
	for left, i := n.Debt().Int(), 0; left.Sign() > 0 && i < len(n.portions); i++ {
		p := n.portions[i]
		amount := p.amount
		if amount.Cmp(left) > 0 {
			amount = left
		}
		left = left.Sub(amount)
		bucket := &a.MoreThan
		switch days := wholeDays(p.since, now); {
		case days <= 30:
			bucket = &a.Upto30
		case days <= 60:
			bucket = &a.Upto60
		case days <= 90:
			bucket = &a.Upto90
		}
		bucket.add(Minor{money.FromInt(amount, n.Currency)})
	}
	return a
}

// noAges are those of no debt.
func noAges(c money.Currency) Ages {
	none := Minor{money.New(0, c)}
	return Ages{none, none, none, none, none}
}

// add adds ages in the same currency.
func (a *Ages) add(b *Ages) {
	a.Debt.add(b.Debt)
	a.Upto30.add(b.Upto30)
	a.Upto60.add(b.Upto60)
	a.Upto90.add(b.Upto90)
	a.MoreThan.add(b.MoreThan)
}
