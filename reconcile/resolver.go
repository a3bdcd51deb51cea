package reconcile

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// A Resolver compares outcomes of one provider with the books. It may be used by several goroutines at once.
type Resolver struct {
	Ledger   *ledger.Ledger
	Book     *posting.Book
	Provider string

	// Told says that outcomes come from notifications, which confirm nothing: a report is expected still.
	Told bool

	// Dry leaves the events out, for who only wants to know the class.
	Dry bool

	// Begun is the record in which the books note that the report was begun to be posted, 0 if they do not. What a report has
	// booked after that is this report's own, and no earlier one's.
	Begun uint64

	// Hidden is the record after which what reports have booked counts as not booked yet, because it is being posted now; 0: there is
	// none.
	Hidden uint64

	own *matter // whose finder and memory all outcomes use; nil: each has its own
}

// alone returns a resolver for one goroutine, which looks into the books with one finder.
func (r *Resolver) alone(f *posting.Finder) *Resolver {
	alone := *r
	alone.own = &matter{finder: f}
	return &alone
}

// Resolve says how an outcome compares with the books. The error says that the books could not be read.
func (r *Resolver) Resolve(o *providers.Outcome) (*Resolution, error) { return r.ResolveNth(o, 0) }

// ResolveNth is Resolve for the n-th outcome, from 0, with the same [Resolution.Choice].
func (r *Resolver) ResolveNth(o *providers.Outcome, n int) (*Resolution, error) {
	res := new(Resolution)
	if err := r.resolve(o, n, res); err != nil {
		return nil, err
	}
	return res, nil
}

// resolve is ResolveNth to a place at hand.
func (r *Resolver) resolve(o *providers.Outcome, n int, res *Resolution) error {
	*res = Resolution{Class: Matched, Found: Side{Amount: o.Amount}}
	m := r.own
	if m == nil {
		m = &matter{finder: r.Book.Finder()}
	}
	*m = matter{Resolver: r, o: o, nth: n, Resolution: res, finder: m.finder}
	m.print = printOf(r.Provider, o)
	m.Print = Key(m.print[:16])
	m.Same = m.Print
	if err := m.resolve(); err != nil {
		return err
	}
	if m.Told {
		m.tell()
	}
	m.advise()
	if m.Payment != nil {
		res.Payment = m.Payment.ID
	}
	return nil
}

// A matter is one outcome while it is resolved.
type matter struct {
	*Resolver
	*Resolution
	Payment *posting.Payment // nil where none was found, or none is meant
	finder  *posting.Finder
	o       *providers.Outcome
	nth     int
	print   print
	planned int            // events, made or not
	views   [2]captureView // room for them

	giver, owed accounts.ID // who gave in the books what another account should have given
}

func (m *matter) resolve() error {
	o := m.o
	switch o.Kind {
	case providers.Payout:
		return m.payout()
	case providers.PayoutFailed:
		return m.payoutFailed()
	case providers.Transfer, providers.Other:
		return m.other()
	}
	refund := o.Kind == providers.Refunded || o.Kind == providers.RefundFailed
	if !o.OfPayment() && !refund {
		return m.other()
	}
	p, err := m.finder.Find(m.Provider, o.ProviderReference, o.Reference)
	if p == nil && err == nil && refund {
		p, err = m.ofRefund()
	}
	if p == nil && err == nil && o.Movement != "" { // the platform may know the payment by that
		p, err = m.finder.Find(m.Provider, o.Movement, "")
	}
	if err != nil {
		return err
	}
	if m.Payment = p; p == nil {
		m.Class, m.Waiting = MissingInLedger, true
		return nil
	}
	o = m.o
	if a := o.Amount; a.Currency() == "" {
		in := *o // the provider does not name the currency, or does not say how much
		if !a.IsZero() {
			in.Amount = money.FromInt(a.Int(), p.Currency)
		}
		o = &in
		m.o = o
	}
	switch o.Kind {
	case providers.Captured:
		m.captured()
	case providers.Cancelled:
		m.cancelled()
	case providers.Settled:
		m.settled()
	case providers.SettlementFailed:
		m.settlementFailed()
	case providers.Refunded:
		m.refunded()
	case providers.RefundFailed:
		m.refundFailed()
	case providers.Chargeback:
		m.chargeback()
	case providers.ChargebackReversed:
		m.chargebackReversed()
	case providers.Fee:
		m.fee()
	case providers.Split, providers.SplitFailed:
		m.split()
	default:
		m.Class = UnmatchedOther
	}
	return nil
}

// ofRefund finds the payment of a refund whose payment the provider does not name, or by a name of the refund's.
func (m *matter) ofRefund() (*posting.Payment, error) {
	for _, name := range []string{m.o.Ours, m.o.Movement, m.o.Reference} {
		if p, err := m.finder.FindRefund(m.Provider, name); p != nil || err != nil {
			if m.o.Ours == "" {
				in := *m.o
				in.Ours = name
				m.o = &in
			}
			return p, err
		}
	}
	return nil, nil
}

// event adds an event. Its id is made from the outcome, unless texts are given to make it from.
func (m *matter) event(what string, e posting.Event, from ...string) {
	if m.planned++; m.Dry {
		return
	}
	if e.At = m.o.At; len(from) > 0 {
		e.ID = m.id(what, from...)
	} else {
		e.ID = m.ownID(what)
	}
	m.Events = append(m.Events, e)
}

// id makes the id of an event from texts.
func (m *matter) id(what string, from ...string) string {
	if m.Told {
		what = told + what
	}
	return eventID(m.Provider, what, from...)
}

// ownID makes the id of an event from the outcome.
func (m *matter) ownID(what string) string {
	if m.o.Kind == providers.Fee && m.o.Group != "" && !m.Told {
		return m.lineID(what, m.feeType())
	}
	if m.Told {
		what = told + what
	}
	return printID(m.Provider, what, m.print)
}

// A standing says whose trace an event is.
type standing uint8

const (
	foreign standing = iota // no report's: of the platform, or of a notification
	earlier                 // an earlier report's
	own                     // this report's
	hidden                  // to be overlooked
)

// standing tells whose trace an event of a payment is, and what it does if it is a report's.
func (m *matter) standing(e *posting.PaymentEvent) (standing, string) {
	what := whatOf(m.Provider, e.Event.ID)
	if what == "" {
		return foreign, ""
	}
	return m.standingAt(e.Record.Number), what
}

func (m *matter) standingAt(record uint64) standing {
	switch {
	case m.Hidden != 0 && record > m.Hidden:
		return hidden
	case m.Begun != 0 && record > m.Begun:
		return own
	}
	return earlier
}

// toldBefore reports whether an earlier report had the same outcome, as an event of the payment made from it tells.
func (m *matter) toldBefore(what string) bool {
	id := ""
	for i := range m.Payment.Events {
		e := &m.Payment.Events[i]
		if s, w := m.standing(e); s != earlier || w != what {
			continue
		}
		if id == "" {
			id = m.ownID(what)
		}
		if e.Event.ID == id {
			return true
		}
	}
	return false
}

// bookedBefore is toldBefore for events of no payment.
func (m *matter) bookedBefore(id string) (bool, error) {
	rec, err := m.finder.Event(id)
	if err != nil || rec == nil {
		return false, err
	}
	return m.Told || m.standingAt(rec.Number) == earlier, nil
}

// again classes the outcome as told before.
func (m *matter) again(where string) {
	m.Class, m.Expected, m.Events = Duplicate, Side{State: where}, nil
}

// status is a break of what the books say about a state.
func (m *matter) status(books, provider string) {
	m.differ(StatusMismatch, Side{State: books}, Side{Amount: m.o.Amount, State: provider})
	m.Difference, m.Events = money.Amount{}, nil
}
