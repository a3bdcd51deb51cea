package reconcile

import (
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
)

// Some providers book what others give of a refund as transfers of their own: the seller's transfer is given back, and
// the platform's fee of it goes back to the seller. Their rows name neither the refund nor the payment. Where the books
// have a refund with splits, such rows are of it; else they are transfers, and the refund was the merchant's.

// refundRoute is the route of the rows between an account and another that tell a refund.
func refundRoute(other accounts.ID) string { return "refund with " + string(other) }

// refundRowsWithin is how long after a refund its rows may come: they are made with it.
const refundRowsWithin = 24 * time.Hour

// addRefunds adds the rows that an account may have of the refunds of a payment: what another gave of one, alone or
// with the fee that comes back to it, and that fee.
func (r *routes) addRefunds(p *posting.Payment, id accounts.ID) {
	merchant := merchantOf(p)
	for i := range p.Refunds {
		one := &p.Refunds[i]
		if one.Failed && !r.staysGiven {
			continue
		}
		var mine money.Int
		others := map[accounts.ID]money.Int{}
		for _, h := range one.Gave() {
			if h.Account == id {
				mine = mine.Add(h.Minor)
			} else if h.Minor.Sign() > 0 {
				others[h.Account] = others[h.Account].Add(h.Minor)
			}
		}
		add := func(other accounts.ID, debited bool, minors ...money.Int) {
			row := &routed{payment: p.ID, capture: one.ID, at: refundedAt(p, one), settled: true,
				route: refundRoute(other), debited: debited, reported: refundRowTold(p, one, debited), other: other}
			for _, minor := range minors {
				if minor.Sign() > 0 {
					r.addBoth(row, refundRoute, money.FromInt(minor, p.Currency))
				}
			}
		}
		for other, minor := range others {
			switch id {
			case merchant:
				add(other, false, minor, minor.Add(mine))
				add(other, true, mine)
			default:
				if other == merchant {
					add(other, true, mine)
				}
			}
		}
	}
}

// addBoth adds a row with another account, which may name that or not.
func (r *routes) addBoth(row *routed, route func(accounts.ID) string, a money.Amount) {
	for _, other := range []accounts.ID{row.other, ""} {
		k := routeKey{route(other), row.debited, a.String()}
		r.byKey[k] = append(r.byKey[k], row)
	}
}

// ofOneAccount returns the rows of a route that the row may tell by its amount and the other account. Where it does not
// name that, nothing is returned if rows of several accounts would do.
func (m *match) ofOneAccount(of *routes, route func(accounts.ID) string) ([]*routed, error) {
	other, known, err := m.account(m.o.Counterparty)
	if err != nil || !known && m.o.Counterparty != "" {
		return nil, err
	}
	list := of.byKey[routeKey{route(other), m.side().debited, m.o.Amount.String()}]
	if other != "" {
		return list, nil
	}
	list = slices.DeleteFunc(slices.Clone(list), func(one *routed) bool {
		return one.reported || m.earlier().rowReported[one.key()] || m.o.At.Sub(one.at).Abs() > refundRowsWithin
	})
	if slices.ContainsFunc(list, func(one *routed) bool { return one.other != list[0].other }) {
		return nil, nil
	}
	return list, nil
}

// refundRowTold reports whether a row of that side has told a refund.
func refundRowTold(p *posting.Payment, one *posting.Refund, debited bool) bool {
	part := tracePart(movementSplit, routeSide{"", debited, false}.part())
	return slices.ContainsFunc(p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentConfirm && e.Event.Refund == one.ID &&
			strings.HasPrefix(e.Event.Part, part)
	})
}

// shareRoute is the route of the rows between an account and another that tell the shares of a capture, of which the
// platform does not know what the provider calls them.
func shareRoute(other accounts.ID) string { return "share with " + string(other) }

// addShares adds the rows that an account may have of the captures of a payment that is shared with one other account:
// the other's share, alone or with what comes back of it, and what comes back.
func (r *routes) addShares(p *posting.Payment, id accounts.ID) {
	merchant := merchantOf(p)
	for _, c := range p.Captures {
		var mine, theirs money.Int
		var other accounts.ID
		var myName, theirName string
		several := false
		for _, part := range p.Parts {
			of, _, has := c.PartOf(part)
			switch {
			case !has || !isShare(part) || part.Type == posting.PostingTransfer:
			case part.Account == accounts.Platform:
				mine, myName = mine.Add(of.Int()), part.Reference
			default:
				several = several || other != "" && other != part.Account
				other, theirs, theirName = part.Account, theirs.Add(of.Int()), part.Reference
			}
		}
		if merchant != accounts.Platform { // the account's own charge, of which the platform has a fee
			several, other, theirs = several || other != "", merchant, money.Int{}
		}
		if several || other == "" || id != accounts.Platform || c.Cancelled {
			continue
		}
		add := func(debited bool, called string, minors ...money.Int) {
			row := &routed{payment: p.ID, capture: c.ID, at: c.At, route: shareRoute(other), debited: debited,
				called: called, reported: shareRowTold(p, c.ID, debited)}
			for _, minor := range minors {
				if minor.Sign() > 0 {
					k := routeKey{row.route, debited, money.FromInt(minor, p.Currency).String()}
					r.byKey[k] = append(r.byKey[k], row)
				}
			}
		}
		if theirs.Sign() > 0 {
			add(true, theirName, theirs, theirs.Add(mine))
		}
		add(false, myName, mine)
	}
}

// isNamedAs reports whether a part has a name that the provider gave it, as one of another part looks: "tr_1" as "tr_2".
// A row of another name is not of it.
func isNamedAs(part, row string) bool {
	mine, _, one := strings.Cut(part, "_")
	theirs, _, other := strings.Cut(row, "_")
	return one && other && mine == theirs
}

// shareRowTold reports whether a row of that side, or a webhook of a part of that account, has told a share of a
// capture.
func shareRowTold(p *posting.Payment, capture string, debited bool) bool {
	part := tracePart(movementSplit, routeSide{"", debited, false}.part())
	return slices.ContainsFunc(p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentConfirm && e.Event.Capture == capture &&
			strings.HasPrefix(e.Event.Part, part)
	})
}

// shareWithout resolves a row between two accounts of which no payment has a split of its name: as one of a reversal, of
// a refund with splits, or of a capture whose shares have other names in the books. It reports false where there is none.
func (m *match) shareWithout(id accounts.ID) (bool, error) {
	if told, err := m.reversal(id); told || err != nil {
		return told, err
	}
	if told, err := m.shareOfRefund(id); told || err != nil {
		return told, err
	}
	return m.nearestShare(id, shareRoute, routesWithin)
}

// ofShares returns the capture that a row was found to be of without its name, nil if there is none.
func (m *match) ofShares() *posting.Capture {
	if !m.routed() || m.o.Common == "" || m.ours == "" {
		return nil
	}
	for _, c := range m.p.Captures {
		if c.ID == m.ours && !slices.ContainsFunc(m.p.Parts, func(part *posting.Part) bool {
			return part.Reference == m.o.Split && hasPart(c, part)
		}) {
			return c
		}
	}
	return nil
}

// shareOfRefund resolves a row between two accounts as one of a refund with splits that the books have. It reports
// false where there is none.
func (m *match) shareOfRefund(id accounts.ID) (bool, error) {
	return m.nearestShare(id, refundRoute, 0)
}

// nearestShare resolves a row between two accounts as one of the nearest capture or refund whose rows have that route:
// of one that was made within a day before it, or so long after it.
func (m *match) nearestShare(id accounts.ID, route func(accounts.ID) string, after time.Duration) (bool, error) {
	if m.o.Net.IsZero() {
		return false, nil
	}
	of, err := m.routesOf(id)
	if err != nil {
		return false, err
	}
	list, err := m.ofOneAccount(of, route)
	if err != nil {
		return false, err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(r *routed) bool { return isNamedAs(r.called, m.o.Common) })
	to := m.nearest(list, false, false)
	if to == nil || m.o.At.Sub(to.at) > refundRowsWithin || after > 0 && to.at.Sub(m.o.At) > after {
		return false, nil
	}
	m.earlier().rowReported[to.key()] = true
	if m.movement != "" { // the same row may come again before this one is booked
		m.earlier().splits[m.movement] = to
	}
	return true, m.inPayment(to.payment, to.capture)
}

// ofRefund returns the refund that a row was found to be of, nil if it is of a capture.
func (m *match) ofRefund() *posting.Refund {
	if !m.routed() || m.ours == "" || m.splitCaptureByName() != nil {
		return nil
	}
	if r := m.refundNamed(m.ours); r.ID != "" {
		return r
	}
	return nil
}

// isWhole reports whether the row of a split tells more than its part by just what the platform's own parts take of the
// capture: all of it was transferred, and they come back by rows of their own.
func (m *match) isWhole(c *posting.Capture, part *posting.Part, amount money.Amount) bool {
	if c == nil || m.o.Common == "" || m.splitsAtSettlement() || part.Account == m.merchant() {
		return false
	}
	whole := amount.Int()
	for _, p := range m.p.Parts {
		if of, _, has := c.PartOf(p); has && p.Account == m.merchant() && isShare(p) {
			whole = whole.Add(of.Int())
		}
	}
	return m.o.Amount.Int().Equal(whole)
}

// splitsAtSettlement reports whether the provider moves splits only when it settles.
func (m *match) splitsAtSettlement() bool {
	return m.Book.Scheme(m.Provider).Splits == scheme.AtSettlement
}
