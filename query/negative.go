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

// A Negative is an account that has less than nothing available, or in all, in one currency:
// somebody who owes the platform, mostly because a payment that was paid out came back.
type Negative struct {
	Account accounts.ID     `json:"account" col:"ACCOUNT"`
	Kind    accounts.Kind   `json:"kind" col:"KIND,wide"`
	Status  accounts.Status `json:"status" col:"STATUS,wide"`
	Holder  string          `json:"holder,omitempty" col:"HOLDER,wide"`
	Holdings
	// Since is when the event happened that took it below zero, where it has been since, in the order of booking.
	Since time.Time `json:"since" col:"SINCE"`
	Days  int       `json:"days" col:"DAYS"`        // whole days since then
	Event string    `json:"event" col:"EVENT,wide"` // the id of that event
	Entry uint64    `json:"entry" col:"ENTRY"`      // the number of the entry that took it there

	// the number of the newest entry of the account in the currency, from which the ids of
	// recovering transfers follow
	newest uint64 // entry of the account in the currency
	// what deepened the debt since it has been below zero, newest first
	portions []portion
}

// A portion is by how much one record deepened a debt.
type portion struct {
	since  time.Time
	amount money.Int
}

// Negatives returns the wanted accounts that are below zero, by currency and account. Accounts of
// kind fx are left out: they are always below zero in one currency. It reads each account's
// postings back to when it went below zero, which is short for most. Days are counted up to now, in
// whole ones, and are 0 for what lies ahead of it.
func (b *Books) Negatives(ctx context.Context, f AccountFilter, now time.Time) ([]Negative, error) {
	return b.negatives(ctx, f, ledger.AsOf{}, now)
}

// negatives is Negatives as of some moment.
func (b *Books) negatives(ctx context.Context, f AccountFilter, when ledger.AsOf, now time.Time) ([]Negative, error) {
	if err := f.check(b.Ledger); err != nil {
		return nil, err
	}
	var all []Negative
	wanted := func(a accounts.Account) bool { return a.Kind != accounts.KindFX && f.has(a) }
	balances, err := b.balancesOf(ctx, when, wanted)
	if err != nil {
		return nil, err
	}
	for _, a := range balances {
		for _, has := range a.Balances {
			h := holdings(has)
			if !below(h.Available.Int(), h.Balance.Int()) {
				continue
			}
			n := Negative{Account: a.Account.ID, Kind: a.Account.Kind,
				Status: a.Account.Status, Holder: a.Account.Holder, Holdings: h}
			if err := n.findSince(ctx, b.Ledger, b.asOf(when)); err != nil {
				return nil, err
			}
			n.Days = wholeDays(n.Since, now)
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b Negative) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Account, b.Account))
	})
	return all, nil
}

// wholeDays counts the days between two moments, 0 where the first lies ahead.
func wholeDays(since, now time.Time) int { return max(int(now.Sub(since)/(24*time.Hour)), 0) }

// below reports whether an account owes: what is pending does not help one that has paid out more
// than was available.
func below(available, total money.Int) bool { return available.Sign() < 0 || total.Sign() < 0 }

// owed is by how much an account is below zero.
func owed(available, total money.Int) money.Int {
	debt := available.Neg()
	if total.Neg().Cmp(debt) > 0 {
		debt = total.Neg()
	}
	if debt.Sign() < 0 {
		return money.Int{}
	}
	return debt
}

// findSince goes back from some moment to the record after which the account has been below zero, undoing
// one posting after the other. Within a record an account may be below zero between two entries;
// what counts is how each record left it, as nobody can see the books in between.
func (n *Negative) findSince(ctx context.Context, l *ledger.Ledger, when ledger.AsOf) error {
	available, total := n.Available.Int(), n.Balance.Int()
	var last ledger.Line // the oldest seen so far
	var stayed bool      // below zero from the entry that was seen last to the end of its record
	left := owed(available, total)
	for line, err := range l.Postings(ctx, n.Account, before(when)) {
		if err != nil {
			return err
		}
		if line.Amount.Currency() != n.Currency || !when.Recorded.IsZero() && line.Recorded.After(when.Recorded) {
			continue
		}
		if line.Record != last.Record {
			left = n.note(&last, left, owed(available, total))
			if !below(available, total) {
				return nil // it was not below zero before the record that was seen last
			}
		}
		n.newest = max(n.newest, line.Entry)
		n.Since, n.Event = line.At.UTC(), line.Event.Name
		stayed = line.Record != last.Record || stayed && (line.Entry == last.Entry || below(available, total))
		if stayed {
			n.Entry = line.Entry
		}
		last = line
		amount := onNormalSide(line.Amount, n.Kind).Int()
		total = total.Sub(amount)
		if line.Sub == ledger.Available {
			available = available.Sub(amount)
		}
	}
	n.note(&last, left, owed(available, total))
	return nil
}

// note notes by how much a record deepened the debt, and returns what was owed before it.
func (n *Negative) note(record *ledger.Line, after, before money.Int) money.Int {
	if deeper := after.Sub(before); deeper.Sign() > 0 {
		n.portions = append(n.portions, portion{record.At, deeper})
	}
	return before
}
