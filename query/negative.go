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
}

// Negatives returns the wanted accounts that are below zero, by currency and account. Accounts of
// kind fx are left out: they are always below zero in one currency. It reads each account's
// postings back to when it went below zero, which is short for most. Days are counted up to now, in
// whole ones, and are 0 for what lies ahead of it.
func (b *Books) Negatives(ctx context.Context, f AccountFilter, now time.Time) ([]Negative, error) {
	if err := f.check(b.Ledger); err != nil {
		return nil, err
	}
	var all []Negative
	wanted := func(a accounts.Account) bool { return a.Kind != accounts.KindFX && f.has(a) }
	balances, err := b.Ledger.BalancesAt(ledger.AsOf{}, wanted)
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
			if err := n.findSince(ctx, b.Ledger); err != nil {
				return nil, err
			}
			n.Days = max(int(now.Sub(n.Since)/(24*time.Hour)), 0)
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b Negative) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Account, b.Account))
	})
	return all, nil
}

// below reports whether an account owes: what is pending does not help one that has paid out more
// than was available.
func below(available, total money.Int) bool { return available.Sign() < 0 || total.Sign() < 0 }

// findSince goes back from now to the record after which the account has been below zero, undoing
// one posting after the other. Within a record an account may be below zero between two entries;
// what counts is how each record left it, as nobody can see the books in between.
func (n *Negative) findSince(ctx context.Context, l *ledger.Ledger) error {
	available, total := n.Available.Int(), n.Balance.Int()
	var last ledger.Line // the oldest seen so far
	var stayed bool      // below zero from the entry that was seen last to the end of its record
	for line, err := range l.Postings(ctx, n.Account, ledger.Range{Newest: true}) {
		if err != nil {
			return err
		}
		if line.Amount.Currency() != n.Currency {
			continue
		}
		if line.Record != last.Record && !below(available, total) {
			break // it was not below zero before the record that was seen last
		}
		n.newest = max(n.newest, line.Entry)
		n.Since, n.Event = line.At.UTC(), line.Event.Name
		stayed = line.Record != last.Record || stayed && (line.Entry == last.Entry || below(available, total))
		if stayed {
			n.Entry = line.Entry
		}
		last = line
		amount := line.Amount.Int()
		if !n.Kind.DebitNormal() {
			amount = amount.Neg()
		}
		total = total.Sub(amount)
		if line.Sub == ledger.Available {
			available = available.Sub(amount)
		}
	}
	return nil
}
