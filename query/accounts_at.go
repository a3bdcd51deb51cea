package query

import (
	"context"
	"math"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// accounts lists all accounts as of the books. Memory has them as they are now, so what was booked since is read, and
// accounts that were opened since are left out. Only where one was changed since is it read from the beginning of the
// journal what it was before: that is rare between two pages.
func (b *Books) accounts(ctx context.Context) ([]accounts.Account, error) {
	list := slices.Collect(b.Ledger.Accounts())
	if b.until == 0 || b.until >= b.Ledger.Stats().Records {
		return list, nil
	}
	opened, changed := map[accounts.ID]bool{}, map[accounts.ID]accounts.Account{}
	for rec, err := range b.Ledger.Scan(ctx, ledger.Scan{From: b.until + 1, To: math.MaxUint64}) {
		if err != nil {
			return nil, err
		}
		for i := range rec.Opens {
			opened[rec.Opens[i].ID] = true
		}
		eachChange(rec, func(id accounts.ID, _ func(*accounts.Account)) { changed[id] = accounts.Account{} })
	}
	list = slices.DeleteFunc(list, func(a accounts.Account) bool { return opened[a.ID] })
	if len(changed) == 0 {
		return list, nil
	}
	for rec, err := range b.Ledger.Scan(ctx, ledger.Scan{From: 1, To: b.until}) {
		if err != nil {
			return nil, err
		}
		for _, a := range rec.Opens {
			if _, is := changed[a.ID]; is {
				changed[a.ID] = a
			}
		}
		eachChange(rec, func(id accounts.ID, change func(*accounts.Account)) {
			if a, is := changed[id]; is {
				change(&a)
				changed[id] = a
			}
		})
	}
	for i := range list {
		if a, is := changed[list[i].ID]; is {
			list[i] = a
		}
	}
	return list, nil
}

// eachChange calls found for each account that a record changes, with what does to it as the record did.
func eachChange(rec *ledger.Record, found func(accounts.ID, func(*accounts.Account))) {
	for _, s := range rec.Statuses {
		found(s.Account, func(a *accounts.Account) { a.Status = s.Status })
	}
	for i := range rec.Updates {
		u := &rec.Updates[i]
		found(u.Account, func(a *accounts.Account) { a.Holder, a.Metadata, a.Overdraft = u.Holder, u.Metadata, u.Overdraft })
	}
}

// balancesOf returns the accounts that are wanted with what they had at a moment, all as of the books.
func (b *Books) balancesOf(ctx context.Context, when ledger.AsOf,
	wanted func(accounts.Account) bool) ([]ledger.AccountBalance, error) {
	if b.until == 0 {
		return b.Ledger.BalancesAt(when, wanted)
	}
	then, err := b.accounts(ctx)
	if err != nil {
		return nil, err
	}
	keep := map[accounts.ID]accounts.Account{}
	for _, a := range then {
		if wanted(a) {
			keep[a.ID] = a
		}
	}
	list, err := b.Ledger.BalancesAt(b.asOf(when), func(a accounts.Account) bool { _, is := keep[a.ID]; return is })
	for i := range list {
		list[i].Account = keep[list[i].Account.ID]
	}
	return list, err
}
