package reconcile

import (
	"cmp"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/posting"
)

// A transfer that the platform gives back is one movement of its own at some providers, whose row looks like that of a
// transfer the other way. Where the books have the reversal, the row confirms it; else it is a transfer.

// reversalRoute is the route of the rows between an account and another that tell a reversal.
func reversalRoute(other accounts.ID) string { return "reversal with " + string(other) }

// addReversal adds a reversal that the platform has asked for, and that no row has confirmed.
func (m *match) addReversal(of *routes, rec *ledger.Record, id accounts.ID) error {
	e, err := posting.EventOf(rec)
	if err != nil || e.Fact {
		return err
	}
	r, err := maybe(m.finder.Reversal(cmp.Or(e.Reversal, e.ID)))
	if err != nil || r == nil || r.Movement != "" {
		return err
	}
	var other accounts.ID
	debited := false
	for i := range rec.Entries {
		for _, post := range rec.Entries[i].Postings {
			if post.Account != id {
				other = post.Account
			} else if post.Amount.Sign() > 0 {
				debited = true
			}
		}
	}
	of.addBoth(&routed{transfer: r.Transfer, capture: r.ID, at: rec.At, route: reversalRoute(other), debited: debited,
		other: other}, reversalRoute, r.Amount)
	return nil
}

// reversal resolves a row between two accounts as one of a reversal that the books have: by its name, else by its
// amount. It reports false where there is none.
func (m *match) reversal(id accounts.ID) (bool, error) {
	of, err := m.routesOf(id)
	if err != nil {
		return false, err
	}
	list, err := m.ofOneAccount(of, reversalRoute)
	if err != nil {
		return false, err
	}
	to := m.nearest(list, false, false)
	if i := slices.IndexFunc(list, func(r *routed) bool { return r.capture == m.o.Common }); i >= 0 {
		if to = list[i]; m.earlier().rowReported[to.key()] {
			to = nil
		}
	} else if to != nil {
		m.ByAmount = true
	}
	if to == nil || m.o.At.Sub(to.at) > routesWithin {
		m.ByAmount = false
		return false, nil
	}
	m.Class = Matched
	m.earlier().rowReported[to.key()] = true
	side := transferRow{debited: m.o.Net.Sign() < 0}.side()
	m.add(posting.Event{ID: m.rowEvent(), Type: posting.TransferReverse, Transfer: to.transfer, Reversal: to.capture,
		Amount: m.o.Amount, Provider: m.Provider, Movement: clip(m.o.Movement), Part: clip(side + "/" + m.o.ID), Fact: true})
	return true, nil
}
