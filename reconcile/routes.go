package reconcile

import (
	"cmp"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
)

// Some providers report the split of a payment in two rows that name its route and not the payment: one of the
// merchant's account, and one of the account that gets it. The split is looked up among the account's payments,
// after all other lines are booked.
//
//	split - 900.00 IDR acct=MAIN part=R1 net=-900.00 mod=T1    the merchant's account gives 900 by route R1
//	split - 900.00 IDR acct=SUB part=R1 net=900.00 mod=T1       the sub-account gets it
//
// Neither row says of which payment. Many payments of an account have the same route and amount, and any of
// them would do for the sums; but each must be found once, or one split would look reported
// twice and another never.

// routesWithin is how long before its row a split may have been made.
// It also bounds how far back the records of an account are read.
const routesWithin = 7 * 24 * time.Hour

// routesAhead is how long after its row a capture may have been settled: the clocks of both sides differ.
const routesAhead = time.Hour

// A routed is the split of a capture that a row may report.
// One stands for each side: the merchant's row and the receiver's row are reported apart.
type routed struct {
	payment, capture string    // capture may be the name of a refund
	transfer         string    // in place of both
	at               time.Time // when the capture was settled, or made if it was not
	settled          bool

	reported bool // a row in the books has reported it
	failed   bool // it was reported that it was not made

	route   string // the reference of the split
	debited bool   // it is the side of the merchant, who pays
	called  string // what the books call the part, where the row is found without that

	other accounts.ID // who gave of the refund, or was given the transfer back
}

// key is what a row of the route reports, to be reported once.
func (r *routed) key() routedKey {
	return routedKey{r.payment, r.capture, r.transfer, r.route, r.debited}
}

// A routedKey is a routed as a key of a map.
type routedKey struct {
	payment, capture, transfer, route string
	debited                           bool
}

// A routeKey says which row reports a split.
// Rows are looked up by it in the routes of their account. The amount is text, since amounts hold integers of
// any size, which are no keys.
type routeKey struct {
	route   string // empty of a refund
	debited bool   // the row is of the merchant's account
	amount  string // empty where only the route is meant
}

// routes are the splits of the payments of one account.
// They are read once for a run and account, and again only if a row is older than what was read.
type routes struct {
	since        time.Time // records from before were not read
	atSettlement bool      // splits are moved when they are settled, and so not reported before
	staysGiven   bool      // what others than the merchant gave of a refund stays given when it fails
	byKey        map[routeKey][]*routed
}

// routedRow resolves a row of a split that names no payment.
// A row without its split waits: the payment may be posted, or settled in the books, after the report was read.
// A row without a net amount moved nothing, and only says that a split failed.
func (m *match) routedRow() error {
	o := m.o
	m.Class = UnmatchedOther
	if o.Split == "" || o.Account == "" || o.Net.IsZero() && o.Kind == providers.Split {
		return nil
	}
	id, known, err := m.rowAccount()
	if err != nil || !known {
		return err
	}
	found, err := m.inRoute(id)
	if found || err != nil || o.Net.IsZero() { // without an amount nothing was moved
		return err
	}
	if o.Common != "" && o.Kind == providers.Split {
		return m.unsaidTransfer(id)
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount, State: string(o.Kind)})
	m.park(MissingInLedger, "no payment of the account has such a split")
	return nil
}

// inRoute resolves a row of an account as one of the split that it reports. It reports false where the books have none.
func (m *match) inRoute(id accounts.ID) (bool, error) {
	to, err := m.routeOf(id)
	if err != nil {
		return false, err
	}
	if to == nil {
		if m.o.Common == "" || m.o.Kind != providers.Split {
			return false, nil
		}
		return m.shareWithout(id)
	}
	// From here on the split is this row's. The other row of the movement must come to the same payment, even
	// if another split is as near in time.
	m.earlier().rowReported[to.key()] = true
	if m.movement != "" {
		m.earlier().splits[m.movement] = to
	}
	return true, m.inPayment(to.payment, to.capture)
}

// inPayment resolves the outcome as one of a payment that it does not name, and of what in it.
// The line becomes a group of one. What rows before it led to in that payment is pretended first, as the books
// do not have it yet. The outcome is put back in the end: what was filled in is not what the provider said, and
// must not get into a notice.
func (m *match) inPayment(payment, ours string) error {
	line := *m.line
	line.Payment, line.Outcome.Ours = payment, ours
	g := &group{Resolver: m.Resolver, finder: m.finder, lines: []*Line{&line},
		memory: m.memory, ahead: m.earlier().ahead[payment]}
	if err := g.resolve(); err != nil {
		return err
	}
	m.earlier().ahead[payment] = append(m.earlier().ahead[payment], line.Events...)
	outcome := m.line.Outcome
	*m.line = line
	m.line.Outcome = outcome
	return nil
}

// routeOf finds the split that a row reports: the one reported by the other row of the movement, else the nearest of
// the account, route and amount that no row has reported.
// It is nil if there is none. What is known of the movement is certain, and so comes before anything that only fits.
func (m *match) routeOf(id accounts.ID) (*routed, error) {
	if to := m.earlier().splits[m.movement]; to != nil && m.movement != "" {
		return &routed{payment: to.payment, capture: to.capture, route: m.o.Split, debited: m.side().debited}, nil
	}
	if m.movement != "" {
		records, err := m.finder.Movement(m.Provider, movementSplit, m.movement)
		if err != nil {
			return nil, err
		}
		if len(records) > 0 {
			e, err := posting.EventOf(records[0])
			if err != nil {
				return nil, err
			}
			return &routed{payment: e.Payment, capture: e.Capture, route: m.o.Split, debited: m.side().debited}, nil
		}
	}
	// No row has named it. It is the nearest in time of the splits of that route: of the amount, else of any amount if
	// it is the only one.
	of, err := m.routesOf(id)
	if err != nil {
		return nil, err
	}
	back := m.o.Kind == providers.SplitFailed
	// A split that failed gives the money back, so its rows have the opposite signs.
	debited := []bool{m.o.Net.Sign() < 0 != back}
	if m.o.Net.IsZero() {
		debited = []bool{true, false}
	}
	// A split that was reported as failed moved nothing, so a row is not about it. It is about another, which
	// the books may not have settled yet.
	states := []bool{false}
	if back {
		states = []bool{true, false}
	}
	for _, failed := range states {
		for _, amount := range []string{m.o.Amount.String(), ""} {
			for _, debited := range debited {
				if to := m.nearest(of.byKey[routeKey{m.o.Split, debited, amount}], failed, amount == ""); to != nil {
					return to, nil
				}
			}
		}
	}
	return nil, nil
}

// nearest returns the unreported split that was made last before the row, else the first after it. If the amount
// differs, it must be the only one.
// Providers make the split when they settle, so it is before its row; one that was made after it can only be
// explained by clocks that differ. failed says whether splits that failed are meant.
func (m *match) nearest(list []*routed, failed, only bool) (best *routed) {
	n := 0
	for _, one := range list {
		if one.reported || m.earlier().rowReported[one.key()] || one.failed != failed ||
			one.at.Before(m.o.At.Add(-routesWithin)) || one.settled && one.at.After(m.o.At.Add(routesAhead)) {
			continue
		}
		// Splits before the row are better than those after it; of both kinds the nearest is best.
		n++
		switch after := one.at.After(m.o.At); {
		case best == nil:
			best = one
		case best.at.After(m.o.At):
			if !after || one.at.Before(best.at) {
				best = one
			}
		case !after && one.at.After(best.at):
			best = one
		}
	}
	if only && n > 1 {
		return nil
	}
	return best
}

// routesOf reads the splits of the payments of an account.
// It reads a week more than the row needs, so that the next, slightly older row does not read all of it again.
func (m *match) routesOf(id accounts.ID) (*routes, error) {
	since := m.o.At.Add(-routesWithin)
	if of := m.earlier().routes[id]; of != nil && !of.since.After(since) {
		return of, nil
	}
	of := &routes{since: since.Add(-routesWithin), atSettlement: m.splitsAtSettlement(),
		staysGiven: m.Book.Scheme(m.Provider).FailedRefunds == scheme.ToMerchant, byKey: map[routeKey][]*routed{}}
	m.earlier().routes[id] = of
	seen := map[string]bool{}
	// Look at pending too: what was given back before settlement was never available.
	for _, sub := range []ledger.Sub{ledger.Available, ledger.Pending} {
		for rec, err := range m.Ledger.Touching(id, sub) {
			if err != nil {
				return nil, err
			}
			if rec.Recorded.Before(of.since) {
				break
			}
			if err := m.addRoutes(of, rec, id, seen); err != nil {
				return nil, err
			}
		}
	}
	m.finder.Forget()
	return of, nil
}

// addRoutes adds what a record is of: a payment that was not seen yet, or a transfer.
func (m *match) addRoutes(of *routes, rec *ledger.Record, id accounts.ID, seen map[string]bool) error {
	kind, err := posting.TypeOf(rec)
	if err == nil && kind == posting.TransferReverse {
		err = m.addReversal(of, rec, id)
	}
	if err != nil {
		return err
	}
	name := posting.PaymentOf(rec)
	if name == "" {
		return of.addTransfer(rec, id)
	}
	if seen[name] {
		return nil
	}
	seen[name] = true
	p, err := m.finder.Payment(name)
	if err == nil && p.Provider == m.Provider {
		of.add(p, id)
	}
	return err
}

// addTransfer adds a transfer of the platform's that has a reference.
func (r *routes) addTransfer(rec *ledger.Record, id accounts.ID) error {
	kind, err := posting.TypeOf(rec)
	if err != nil || kind != posting.Transfer {
		return err
	}
	e, err := posting.EventOf(rec)
	if err != nil || e.Fact || e.Reference == "" {
		return err
	}
	k := transferKey(e.Reference, e.From == id, e.Amount)
	r.byKey[k] = append(r.byKey[k], &routed{transfer: cmp.Or(e.Transfer, e.ID), at: rec.At, debited: k.debited})
	return nil
}

// add adds the splits of a payment that rows of an account may report, and its refunds of which the provider has
// reported nothing.
// A split has a key for its planned amount, for what the account really holds of it where that differs (a split
// of a percentage, after fees), and for the route alone, to be found if it is the only one.
func (r *routes) add(p *posting.Payment, id accounts.ID) {
	for i := range p.Refunds {
		if one := &p.Refunds[i]; !one.Failed && one.Movement == "" && one.Amount.Sign() > 0 {
			k := routeKey{"", true, one.Amount.String()}
			r.byKey[k] = append(r.byKey[k], &routed{payment: p.ID, capture: one.ID, at: refundedAt(p, one)})
		}
	}
	r.addRefunds(p, id)
	r.addShares(p, id)
	merchant := merchantOf(p)
	for _, part := range p.Parts {
		if part.Reference == "" || part.Type == posting.PostingMerchant || id != merchant && id != part.Account {
			continue
		}
		for _, c := range p.Captures {
			debited := id == merchant && part.Account != merchant // what the merchant gets of its own, it gets
			one := &routed{payment: p.ID, capture: c.ID, at: routableAt(p, c), settled: c.Settled && r.atSettlement,
				failed: splitFails(p, c, part), route: part.Reference, debited: debited}
			one.reported = routeSide{part.Reference, debited, false}.reported(p, c.ID) ||
				routeSide{part.Reference, debited, true}.reported(p, c.ID)
			amounts := []string{part.Amount.String(), ""}
			for _, h := range c.Holdings() {
				if a := money.FromInt(h.Minor, p.Currency).String(); h.Account == part.Account && a != amounts[0] {
					amounts = append(amounts, a)
				}
			}
			for _, a := range amounts {
				k := routeKey{part.Reference, debited, a}
				r.byKey[k] = append(r.byKey[k], one)
			}
		}
	}
}

// routableAt is when a capture was settled, or else made.
func routableAt(p *posting.Payment, c *posting.Capture) (at time.Time) {
	for i := range p.Events {
		if e := &p.Events[i].Event; (e.Capture == c.ID || e.Capture == "") &&
			(e.Type == posting.PaymentSettle || at.IsZero()) {
			if at = e.At; e.Type == posting.PaymentSettle {
				return at
			}
		}
	}
	return at
}

// refundedAt is when a refund was made.
func refundedAt(p *posting.Payment, r *posting.Refund) time.Time {
	for i := range p.Events {
		if e := &p.Events[i].Event; e.Refund == r.ID && e.Type == posting.PaymentRefund {
			return e.At
		}
	}
	return time.Time{}
}

// namelessRefund resolves a refund whose payment the provider does not name: it belongs to one of the account's
// payments with a refund that the provider has not reported. It reports false if the books have none.
// If it reports true, the line is resolved. The names are tried in the order of how sure they are: those of the
// line again, since lines before may have named the refund; a notification that waits; the other row of the
// refund; and last the amount, on the account.
func (m *match) namelessRefund() (bool, error) {
	payment, _, err := m.locate(m.finder, m.o)
	if payment != "" || err != nil {
		if err == nil {
			err = m.inPayment(payment, m.o.Ours)
		}
		return true, err
	}
	m.finder.Forget()
	// A notification that waits says whose it is.
	if payment := m.earlier().waiting[m.movement]; payment != "" && m.movement != "" {
		return true, m.inPayment(payment, m.o.Ours)
	}
	if to := m.earlier().refunds[m.movement]; to != nil && m.movement != "" { // another row has reported it
		return true, m.inPayment(to.payment, to.capture)
	}
	if m.o.Ours != "" { // a refund that the books have is called so, and would have been found
		return false, nil
	}
	id, known, err := m.account(m.o.Account)
	if err != nil || !known {
		return false, err
	}
	of, err := m.routesOf(id)
	if err != nil {
		return true, err
	}
	to := m.nearest(of.byKey[routeKey{"", true, m.o.Amount.String()}], false, false)
	if to == nil {
		return false, nil
	}
	m.earlier().rowReported[to.key()] = true
	m.earlier().refunds[m.movement] = to
	return true, m.inPayment(to.payment, to.capture)
}

// withoutPayment reports whether a line is of no payment, as far as its names tell. Such lines come after all others.
func withoutPayment(l *Line) bool { return !ofSomePayment(&l.Outcome) || nameless(l) }

// nameless reports whether a line is of a refund whose payment neither the provider names nor the books know.
func nameless(l *Line) bool {
	return l.Payment == "" && l.Outcome.Kind == providers.Refunded && !l.Outcome.OfPayment() && l.Outcome.Account != ""
}

// movementSplit is the kind of the movements that rows of routes report.
// It is of this package and not of posting: the books have no movement of a split, only confirmations of it.
const movementSplit posting.MovementKind = "split"

// A routeSide is what a row reports about a capture: a route, which of its two accounts, and whether the split
// was made or undone.
type routeSide struct {
	route   string
	debited bool // it is the merchant's row
	undone  bool
}

// side says what the row reports.
// The merchant's row has a net amount below zero if the split was made, and above zero if it was undone.
func (m *match) side() routeSide {
	undone := m.o.Kind == providers.SplitFailed
	return routeSide{m.o.Split, m.o.Net.Sign() < 0 != undone, undone}
}

// other is what the other row of the same movement reports.
func (s routeSide) other() routeSide { return routeSide{s.route, !s.debited, s.undone} }

// part is the part of the movement that the row is.
// It is text in confirmations in the ledger, such as "credited/undone/R1", and must never change.
func (s routeSide) part() string {
	part := "credited/"
	if s.debited {
		part = "debited/"
	}
	if s.undone {
		part += "undone/"
	}
	return part + s.route
}

// reported reports whether a row has reported it of a capture.
func (s routeSide) reported(p *posting.Payment, capture string) bool {
	part := clip(tracePart(movementSplit, s.part()))
	return slices.ContainsFunc(p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentConfirm && e.Event.Capture == capture && e.Event.Part == part
	})
}
