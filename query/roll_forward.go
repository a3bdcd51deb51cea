package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
)

// A RollRow leads from what an account had before a period to what it had after it, in one currency: Opening and all
// columns up to Other come to Closing. Amounts are positive where the account gets more of what it normally has.
type RollRow struct {
	Currency    money.Currency `json:"currency" col:"CURRENCY"`
	Account     accounts.ID    `json:"account,omitempty" col:"ACCOUNT"`
	Kind        accounts.Kind  `json:"kind" col:"KIND,wide"`
	Opening     Minor          `json:"opening" col:"OPENING"`
	Captured    Minor          `json:"captured" col:"CAPTURED,optional,blank"` // parts of captured payments, of all kinds
	Fees        Minor          `json:"fees" col:"FEES,optional,blank"`
	Refunds     Minor          `json:"refunds" col:"REFUNDS,optional,blank"`
	Chargebacks Minor          `json:"chargebacks" col:"CHARGEBACKS,optional,blank"`
	Transfers   Minor          `json:"transfers" col:"TRANSFERS,optional,blank"`
	Payouts     Minor          `json:"payouts" col:"PAYOUTS,optional,blank"`
	Other       Minor          `json:"other" col:"OTHER,optional,blank"` // cancellations, conversions, entries and so on
	Closing     Minor          `json:"closing" col:"CLOSING"`
	Settled     Minor          `json:"settled"` // of it moved from pending to available in the period: part of no sum
}

// A RollForward has a row for each account and currency that had or got anything, and totals by currency and kind.
type RollForward struct {
	Rows   []RollRow `json:"rows"`
	Totals []RollRow `json:"totals"`
}

// A RollFilter says which period and which accounts a roll-forward is of.
type RollFilter struct {
	Within   Period
	Accounts AccountFilter
	Currency money.Currency // "" is any
}

// RollForward says what led from the opening balances of accounts to their closing ones. It is the trial balance of the
// period by account and part, turned so that each account is a row: so its sums are those of the trial balance.
func (b *Books) RollForward(ctx context.Context, f RollFilter) (*RollForward, error) {
	if err := f.Accounts.check(b.Ledger); err != nil {
		return nil, err
	}
	wanted := map[accounts.ID]bool{}
	for a := range b.Ledger.Accounts() {
		if f.Accounts.has(a) {
			wanted[a.ID] = true
		}
	}
	trial, err := b.TrialBalance(ctx, TrialFilter{Within: f.Within, Currency: f.Currency,
		By: By{Account: true, Kind: true, Class: true}})
	if err != nil {
		return nil, err
	}
	all := &RollForward{Rows: []RollRow{}, Totals: []RollRow{}}
	// Rows of the trial balance are by currency, kind and account.
	for i := range trial.Rows {
		if r := &trial.Rows[i]; wanted[r.Account] {
			row := rollRow(&all.Rows, r)
			row.add(r)
		}
	}
	all.Rows = slices.DeleteFunc(all.Rows, func(r RollRow) bool { return r.zero() })
	for i := range all.Rows {
		all.total(&all.Rows[i])
	}
	return all, nil
}

// rollRow returns the row of an account and currency, which is the last or a new one.
func rollRow(rows *[]RollRow, r *Row) *RollRow {
	if n := len(*rows); n > 0 && (*rows)[n-1].Account == r.Account && (*rows)[n-1].Currency == r.Currency {
		return &(*rows)[n-1]
	}
	*rows = append(*rows, newRollRow(r.Currency, r.Account, r.Kind))
	return &(*rows)[len(*rows)-1]
}

// newRollRow is a row of nothing.
func newRollRow(c money.Currency, id accounts.ID, kind accounts.Kind) RollRow {
	row := RollRow{Currency: c, Account: id, Kind: kind}
	for _, column := range row.columns() {
		*column = Minor{money.New(0, c)}
	}
	return row
}

// columns are all amounts of the row.
func (r *RollRow) columns() []*Minor {
	return []*Minor{&r.Opening, &r.Captured, &r.Fees, &r.Refunds, &r.Chargebacks, &r.Transfers, &r.Payouts, &r.Other,
		&r.Closing, &r.Settled}
}

// zero reports that there was nothing, and nothing moved.
func (r *RollRow) zero() bool {
	return !slices.ContainsFunc(r.columns(), func(m *Minor) bool { return !m.IsZero() })
}

// add counts what the account's postings of one class came to.
func (r *RollRow) add(of *Row) {
	side := func(m Minor) Minor { return Minor{onNormalSide(m.Amount, r.Kind)} }
	r.Opening.add(side(of.Opening))
	r.Closing.add(side(of.Closing))
	moved := money.Sum(r.Currency, of.Debits.Amount, of.Credits.Neg())
	r.column(of.Class).add(side(Minor{moved}))
	if of.Class == Settlement {
		r.Settled.add(of.Debits)
	}
}

// column is where postings of a class are counted.
func (r *RollRow) column(c Class) *Minor {
	switch c {
	case Sales, Commissions, Taxes, Tips, Surcharges, TopUps:
		return &r.Captured
	case Fees, ProviderCharges:
		return &r.Fees
	case Refunds:
		return &r.Refunds
	case Chargebacks:
		return &r.Chargebacks
	case Transfers:
		return &r.Transfers
	case Payouts, ProviderPayouts:
		return &r.Payouts
	}
	return &r.Other
}

// total adds a row to the total of its currency and kind. Kinds are never added up: what providers hold is on the other
// side of the books than what is owed to sellers.
func (f *RollForward) total(row *RollRow) {
	i, found := slices.BinarySearchFunc(f.Totals, row, func(t RollRow, r *RollRow) int {
		return cmp.Or(cmp.Compare(t.Currency, r.Currency), cmp.Compare(kindOrder(t.Kind), kindOrder(r.Kind)))
	})
	if !found {
		f.Totals = slices.Insert(f.Totals, i, newRollRow(row.Currency, "", row.Kind))
	}
	into := f.Totals[i].columns()
	for i, m := range row.columns() {
		into[i].add(*m)
	}
}
