package reconcile

import (
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// Refunds of one amount that no name tells apart: who gave them, and when they were asked for.

// clocksDiffer is how far the provider's clock may be behind the platform's: by it a thing may seem to have
// happened before it was asked for.
const clocksDiffer = 10 * time.Minute

// impossible reports whether the outcome cannot be this refund: it was asked for only later, and
// other accounts gave it.
func (m *match) impossible(r *posting.Refund) bool { return m.later(r) && !m.sharesFit(r) }

// later reports whether a refund was asked for only after the outcome.
func (m *match) later(r *posting.Refund) bool { return r.At.Sub(m.o.At) > clocksDiffer }

// alikeBefore reports whether a refund of the outcome's amount was asked for before: it may be known
// as another's movement.
func (m *match) alikeBefore(r posting.Refund) bool {
	return !r.Failed && !m.later(&r) && r.Amount.Equal(m.o.Amount)
}

// likely ranks refunds of the outcome's amount. First come those where the accounts gave what the line says,
// then those asked for in the same minute.
func (m *match) likely(r *posting.Refund) (rank int) {
	if m.sharesFit(r) {
		rank += 2
	}
	if m.sameMinute(r.At) {
		rank++
	}
	return rank
}

// sameMinute reports whether the platform asked for something in the minute of the outcome.
func (m *match) sameMinute(at time.Time) bool { return at.Sub(m.o.At).Abs() < time.Minute }

// alike counts the lines that could be taken for this outcome: same kind, same amount, and no
// name that the books know.
func (m *match) alike() int {
	movements := map[string]bool{}
	for _, l := range m.lines {
		o := &l.Outcome
		if o.Kind == m.o.Kind && o.Amount.Equal(m.o.Amount) && o.Movement != "" &&
			!m.knows(clip(o.Movement)) && !m.knows(clip(o.Ours)) {
			movements[o.Movement] = true
		}
	}
	return len(movements)
}

// given is what each account gave of a refund that is reported in one piece. The line names shares of sub-accounts
// and leaves the rest to the merchant. In the books the rest may have come from accounts that are no
// sub-accounts; if so it counts as theirs.
func (m *match) given(has []posting.Holding) []posting.Holding {
	var list []posting.Holding
	left := m.o.Amount.Int()
	gave := func(id accounts.ID, minor money.Int) {
		left = left.Sub(minor)
		i := slices.IndexFunc(list, func(h posting.Holding) bool { return h.Account == id })
		if i < 0 {
			i, list = len(list), append(list, posting.Holding{Account: id})
		}
		list[i].Minor = list[i].Minor.Add(minor)
	}
	for _, s := range m.mapped(m.o.Shares) {
		if s.Type != posting.Remainder {
			gave(s.Account, s.Amount.Int())
			continue
		}
		for _, h := range has {
			if a, ok := m.Ledger.Account(h.Account); ok && a.Kind == accounts.KindSub || h.Minor.Sign() <= 0 {
				continue
			}
			gave(h.Account, smaller(h.Minor, left))
		}
		if !left.IsZero() {
			gave(m.merchant(), left)
		}
	}
	return list
}

// smaller returns the smaller of two amounts of one currency.
func smaller(a, b money.Int) money.Int {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

// sharesFit reports whether accounts gave of a refund what the line says.
func (m *match) sharesFit(r *posting.Refund) bool {
	has := r.Holdings()
	for _, g := range m.given(has) {
		gave := func(h posting.Holding) bool { return h.Account == g.Account && h.Minor.Equal(g.Minor) }
		if !slices.ContainsFunc(has, gave) {
			return false
		}
	}
	return true
}

// compareShares lets accounts follow the shares of a refund that is reported in one piece.
func (m *match) compareShares(r *posting.Refund) {
	given := m.given(r.Holdings())
	reported := func(id accounts.ID) (minor money.Int) {
		for _, g := range given {
			if g.Account == id {
				minor = g.Minor
			}
		}
		return minor
	}
	for _, g := range given {
		m.followAfter(g.Account, func() following {
			at := m.refundNamed(r.ID)
			return following{holdings: at.Holdings(), reported: reported, event: posting.Event{Refund: r.ID}}
		})
	}
}
