package reconcile

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Some reports include in rows whose balance changed. The books follow the rows: if the scheme gave the money to
// another account, it is reassigned and the line is an account mismatch.

// rowSums says how much the rows of a run report of each account, by kind and movement.
type rowSums map[rowKey]money.Int

type rowKey struct {
	kind     providers.Kind
	movement string // clipped, as events have it
	account  accounts.ID
}

// count adds up the rows of a group, each once: overlapping files and notices report the same row again.
func (s *rowSums) count(g *group, lines []*Line) {
	counted := map[string]bool{}
	for _, l := range lines {
		o := &l.Outcome
		if !o.Part || o.Amount.Currency() == "" || o.ID != "" && counted[o.ID] {
			continue
		}
		counted[o.ID] = true
		id, known, err := g.account(o.Account)
		if err != nil || !known {
			continue
		}
		if *s == nil {
			*s = rowSums{}
		}
		k := rowKey{o.Kind, clip(o.Movement), id}
		(*s)[k] = (*s)[k].Add(o.Amount.Int())
	}
}

// rowAccount returns the account of the row. If nobody knows it, that is a break, the row is kept,
// and nothing is booked.
func (m *match) rowAccount() (id accounts.ID, known bool, err error) {
	if id, known, err = m.account(m.o.Account); err != nil || known {
		return id, known, err
	}
	m.unknownAccount(m.o.Account)
	return "", false, nil
}

// reportedOrComing is what rows report of an account, including rows of this run that are still to be resolved.
func (m *match) reportedOrComing(id accounts.ID, f following) money.Int {
	reported := f.reported(id)
	if coming := m.rows[rowKey{m.o.Kind, clip(m.o.Movement), id}]; coming.Cmp(reported) > 0 {
		return coming
	}
	return reported
}

// closedOf lists the closed accounts that rows report about. What they should have, liable has instead.
func (m *match) closedOf(row accounts.ID, f following) (closed []accounts.ID) {
	add := func(id accounts.ID) {
		has := slices.ContainsFunc(f.holdings, func(h posting.Holding) bool {
			return h.Account == id && !h.Minor.IsZero()
		})
		if id != "" && !has && !slices.Contains(closed, id) && m.open(id) != id {
			closed = append(closed, id)
		}
	}
	add(row)
	for i := range m.p.Events {
		add(m.p.Events[i].Event.Account)
	}
	for k := range m.rows {
		add(k.account)
	}
	return closed
}

// reassignID is the id of the event that moves something to the account of the row, or to another in its wake.
func (m *match) reassignID(from, to accounts.ID) string {
	texts := append(m.identity("", m.o.ID), "reassign", string(from))
	if id, known, err := m.account(m.o.Account); !m.o.Part || err == nil && known && id != to {
		texts = append(texts, string(to))
	}
	return derivedID(texts...)
}

// partAccount returns the account of an outcome that is of one account alone, else "". It reports false if the
// outcome is kept because its account, or that of a share, is unknown.
func (m *match) partAccount() (id accounts.ID, ok bool, err error) {
	if m.o.Part {
		return m.rowAccount()
	}
	for _, s := range m.o.Shares {
		if s.Account == "" {
			continue
		}
		if _, known, err := m.account(string(s.Account)); err != nil || !known {
			m.unknownAccount(string(s.Account))
			return "", false, err
		}
	}
	return "", true, nil
}

// unknownAccount keeps an outcome of an account that nobody knows by the provider's id of it.
func (m *match) unknownAccount(id string) {
	m.differ(AccountMismatch, Side{}, Side{Amount: m.o.Amount, State: "account " + id + " of " + m.Provider})
	m.park(AccountMismatch, "no account has the id "+id+" at "+m.Provider)
}

// rowsOf sums what events of a type reported of one account, of the movement or the thing that is.
func (m *match) rowsOf(t posting.Type, id accounts.ID, is func(*posting.Event) bool) (sum money.Int) {
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.Type == t && e.Account == id && is(e) {
			sum = sum.Add(e.Amount.Int())
		}
	}
	return sum
}

// A following sets what the rows of one movement report against what the books have of it, by account.
type following struct {
	// What each account has of the thing by the books, and of that what it can still give; left is nil if that is all.
	holdings []posting.Holding
	left     []posting.Holding

	// reported is how much rows in the books say that an account has, in minor units.
	reported func(accounts.ID) money.Int

	// event names the capture, refund or chargeback; the reassignments are made from it.
	event posting.Event
}

// follow reassigns to an account what rows say it has. It takes it from accounts that have more in the books
// than rows report. It returns what could not be found.
func (m *match) follow(to accounts.ID, f following) (missing money.Int) {
	closed := m.closedOf(to, f)
	if slices.Contains(closed, to) {
		to = accounts.Liable
	}
	// What the account should have by its rows, less what the books give it, is missing. For liable that
	// includes the closed accounts in whose place it stands.
	has := money.Int{}
	for _, h := range f.holdings {
		if h.Account == to {
			has = h.Minor
		}
	}
	missing = f.reported(to)
	for _, id := range closed {
		if to == accounts.Liable {
			missing = missing.Add(f.reported(id))
		}
	}
	missing = missing.Sub(has)
	if missing.Sign() <= 0 {
		return money.Int{}
	}
	for _, s := range m.spares(to, closed, f) {
		x := smaller(s.Minor, missing)
		if x.IsZero() {
			break
		}
		missing = missing.Sub(x)
		e := f.event
		e.Type, e.Payment, e.From, e.To = posting.PaymentReassign, m.p.ID, s.Account, to
		e.Amount = money.FromInt(x, m.o.Amount.Currency())
		e.ID = m.reassignID(s.Account, to)
		m.add(e)
		// The line is listed once, by the first account that had the money. No amount differs, so
		// there is no difference.
		if m.Class == Matched {
			m.differ(AccountMismatch, Side{Amount: e.Amount, State: string(s.Account)},
				Side{Amount: e.Amount, State: string(to)})
			m.Difference = money.Amount{}
		}
	}
	return missing
}

// spares lists what other accounts can spare: what they have beyond their own rows, also those still to come. Money
// that an account does not hold any more cannot be taken. The largest is first, which makes the fewest events.
func (m *match) spares(to accounts.ID, closed []accounts.ID, f following) (list []posting.Holding) {
	for _, h := range f.holdings {
		more := h.Minor.Sub(m.reportedOrComing(h.Account, f))
		for _, id := range closed {
			if h.Account == accounts.Liable {
				more = more.Sub(m.reportedOrComing(id, f))
			}
		}
		for _, l := range f.left {
			if l.Account == h.Account {
				more = smaller(l.Minor, more)
			}
		}
		if h.Account != to && more.Sign() > 0 {
			list = append(list, posting.Holding{Account: h.Account, Minor: more})
		}
	}
	slices.SortStableFunc(list, func(a, b posting.Holding) int { return b.Minor.Cmp(a.Minor) })
	return list
}
