package reconcile

import (
	"errors"

	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
)

// Locating: which payment of the books a line is of, before anything of it is compared. What names several payments is
// decided in locate_shared.go.

// locate finds the payment of an outcome by its names: the provider's reference, else the merchant's, else the
// movement's. If one name leads to one payment, nothing of the payment is read. If several payments are
// possible, [group.shareAmongPayments] decides with all lines of that merchant's reference.
func (r *Resolver) locate(f *posting.Finder, o *providers.Outcome) (id string, several bool, err error) {
	if !ofSomePayment(o) {
		return "", false, nil
	}
	if o.Movement != "" && movementOf(o.Kind) == posting.MovementRefund {
		for _, kind := range []posting.MovementKind{posting.MovementRefund, posting.MovementRefundFailed} {
			if id, err := r.paymentOf(f, kind, o.Movement); id != "" || err != nil {
				return id, false, err
			}
		}
	}
	if o.ProviderReference != "" { // it may be that of a capture
		id, err := r.paymentOf(f, posting.MovementCapture, o.ProviderReference)
		if id != "" || err != nil {
			return id, false, err
		}
	}
	id, several, err = f.Locate(r.Provider, o.ProviderReference, o.Reference, func(p *posting.Payment) int {
		return r.likeness(f, p, o)
	})
	id, err = maybe(id, err)
	if several = several && o.ProviderReference != ""; id != "" && !several || err != nil {
		return id, false, err
	}
	if o.ProviderReference != "" { // or of its settlement
		id, err := r.paymentOf(f, posting.MovementSettlement, o.ProviderReference)
		if id != "" || err != nil {
			return id, false, err
		}
	}
	if o.Kind == providers.Refunded || o.Kind == providers.RefundFailed {
		for _, name := range []string{o.Ours, o.Movement, o.Reference} {
			if p, err := maybe(f.FindRefund(r.Provider, name)); err != nil || p != nil && p.Provider == r.Provider {
				if p != nil {
					id = p.ID
				}
				return id, false, err
			}
		}
	}
	if several || o.Movement == "" {
		return "", several, nil
	}
	if id, err = r.paymentOf(f, movementOf(o.Kind), o.Movement); id != "" || err != nil {
		return id, false, err
	}
	id, _, err = f.Locate(r.Provider, o.Movement, "", nil) // the platform may know the payment by that
	id, err = maybe(id, err)
	return id, false, err
}

// paymentOf returns the name of the payment that a movement is of; empty where the books do not have it.
func (r *Resolver) paymentOf(f *posting.Finder, kind posting.MovementKind, movement string) (string, error) {
	records, err := f.Movement(r.Provider, kind, movement)
	if err != nil || len(records) == 0 {
		return "", err
	}
	return posting.PaymentOf(records[len(records)-1]), nil
}

// resolveEarly resolves a line as if it were the only one of its payment, which the finder has just located, so that
// the payment is read only once. If it agrees with the books and is the only line after all, it is not compared
// again. Only settlements are tried: most lines are settlements, and mostly the only lines of their payments.
func (r *Resolver) resolveEarly(f *posting.Finder, g *group, l *Line) error {
	payment := l.Payment
	if !r.unbooked || payment == "" || l.Outcome.Kind != providers.Settled || l.Outcome.Part {
		return nil
	}
	*g = group{Resolver: r, finder: f, lines: append(g.lines[:0], l), order: g.order[:0]}
	if err := g.resolve(); err != nil {
		return err
	}
	l.resolvedEarly = l.Class == Matched && l.Resolution.Payment == payment && l.from.IsZero()
	l.Payment = payment
	return nil
}

// likeness says how well an outcome fits one of several payments with the same merchant's reference: by a name,
// by an amount, by the account, or not at all.
func (r *Resolver) likeness(f *posting.Finder, p *posting.Payment, o *providers.Outcome) int {
	const byName, byAmount, byAccount = 4, 2, 1
	named := func(id, movement string) bool {
		return o.Ours != "" && id == o.Ours || o.Movement != "" && (movement == o.Movement || id == o.Movement)
	}
	fits := 0
	if p.Authorised.Equal(o.Amount) {
		fits = byAmount
	}
	for _, c := range p.Captures {
		if named(c.ID, c.Movement) {
			return byName
		}
		if c.Amount.Equal(o.Amount) {
			fits = byAmount
		}
	}
	for i := range p.Refunds {
		if named(p.Refunds[i].ID, p.Refunds[i].Movement) {
			return byName
		}
	}
	for _, c := range p.Chargebacks {
		if named(c.ID, c.Movement) {
			return byName
		}
	}
	if p.Account != "" && o.Account != "" && r.Book.Scheme(r.Provider).Merchant == scheme.AccountMerchant {
		if id, err := f.AccountAt(r.Provider, o.Account); err == nil && id == p.Account {
			fits += byAccount
		}
	}
	return fits
}

// movementOf is the kind of the movement of which an outcome of a kind reports.
func movementOf(k providers.Kind) posting.MovementKind {
	switch k {
	case providers.Refunded, providers.RefundFailed:
		return posting.MovementRefund
	case providers.Chargeback, providers.SecondChargeback, providers.ChargebackReversed:
		return posting.MovementChargeback
	}
	return posting.MovementCapture
}

// ResolveAll finds the payment of each line and resolves the lines, those of one payment together. Lines of no
// payment come after all others.
func (r *Resolver) ResolveAll(lines []*Line) (order []*Line, err error) {
	f := r.Book.Finder()
	groups := map[string][]*Line{}
	var names []string
	var others []*Line
	var owners owners
	defer owners.Close()
	err = f.View(func() error {
		for _, l := range lines {
			if l.Payment, l.ambiguousPayment, err = r.locate(f, &l.Outcome); err != nil {
				return err
			}
			if withoutPayment(l) {
				others = append(others, l)
				continue
			}
			if l.sharedReference, err = owners.sharesReference(l); err != nil {
				return err
			}
			k := groupName(l)
			if groups[k] == nil {
				names = append(names, k)
			}
			groups[k] = append(groups[k], l)
		}
		// names has the groups in the order of their first lines, so that the result does not depend on the
		// order of a map.
		for _, k := range names {
			resolved, err := r.Resolve(f, groups[k])
			if err != nil {
				return err
			}
			order = append(order, resolved...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Lines of no payment may be about what other lines book, so they see the result of all of these.
	if err := r.resolveWithoutPayment(f, others); err != nil {
		return nil, err
	}
	return append(order, others...), nil
}

// resolveWithoutPayment resolves lines of no payment, in their turns.
func (r *Resolver) resolveWithoutPayment(f *posting.Finder, lines []*Line) error {
	memory, done := newMemory(), map[*Line]bool{}
	for _, turn := range turns {
		for _, l := range lines {
			if done[l] || turnOf(l.Outcome.Kind) != turn.of {
				continue
			}
			g := &group{Resolver: r, finder: f, lines: []*Line{l}, memory: memory}
			resolved, err := g.resolveInTurn(turn.named)
			if err != nil {
				return err
			}
			done[l] = resolved
		}
	}
	return nil
}

// Lines of no payment are resolved in turns: payouts before their costs and everything else, returns last. In
// each turn, those with names come before those found by amount, which then cannot take what a name belongs to.
var turns = []struct {
	of    uint64
	named bool
}{{1, true}, {1, false}, {0, false}, {2, true}, {2, false}}

// turnOf is when it is the turn of a line of no payment.
func turnOf(k providers.Kind) uint64 {
	switch k {
	case providers.Payout:
		return 1
	case providers.PayoutFailed:
		return 2
	}
	return 0
}

// resolveInTurn resolves a line of no payment. If only named lines are wanted, it reports false for one without a name.
func (g *group) resolveInTurn(named bool) (resolved bool, err error) {
	if named {
		l := g.lines[0]
		m := &match{group: g, Resolution: new(Resolution), line: l, o: &l.Outcome}
		m.setNames()
		if p, err := m.payoutNamed(); p == nil || err != nil {
			return false, err
		}
	}
	return true, g.resolve()
}

// groupName is what lines that are resolved together have in common: their payment, or, if the books do not
// have it, the provider's name of it.
func groupName(l *Line) string {
	o := &l.Outcome
	switch {
	case l.Payment != "":
		return "payment " + l.Payment
	case l.ambiguousPayment:
		return "ours " + o.Reference
	case o.ProviderReference != "":
		return "theirs " + o.ProviderReference
	case o.Reference != "":
		return "ours " + o.Reference
	}
	return "movement " + o.Movement + o.Ours + o.ID
}

// maybe turns "not found" into a zero value: much of what is looked for need not be in the books.
func maybe[T any](v T, err error) (T, error) {
	if errors.Is(err, posting.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return v, err
}
