package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
)

// Payments that only the provider knows. A line can make one if it says enough: an account of
// ours, an amount and a name.
//
//	settled order-9 90.00 EUR row=BA-1 psp=P9 net=90.00    BA-1 is in the books, order-9 is not: it is made
//	settled order-9 90.00 EUR psp=P9 net=90.00             no account: it waits for the payment

// unknownPayment resolves an outcome of a payment that the books do not have. A row of a known account makes
// the payment and is booked on that account. Everything else waits until the payment is there.
// The class is missing_in_ledger either way. Errors are of the books.
func (m *match) unknownPayment() error {
	o := m.o
	if !ofSomePayment(o) || o.Kind == providers.Other {
		return m.ofNoPayment()
	}
	if nameless(m.line) {
		if done, err := m.namelessRefund(); done || err != nil {
			return err
		}
	}
	m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount})
	if former, err := m.formerPayment(); former || err != nil {
		return err
	}
	// A notification of a split often comes before the platform posts the payment. The payment must not be made
	// here, or its name would be taken.
	split := m.notified() && (o.Kind == providers.Split || o.Kind == providers.SplitFailed)
	if split || o.Account == "" || !o.Part && o.Net.Sign() == 0 || o.Amount.Sign() == 0 && len(m.fees()) == 0 {
		m.park(MissingInLedger, "the books do not have the payment")
		return nil
	}
	currency := o.Amount.Currency()
	if fees := m.fees(); currency == "" && len(fees) > 0 {
		currency = fees[0].Amount.Currency()
	}
	if currency == "" {
		m.park(MissingInLedger, "the books do not have the payment, and the provider does not say its currency")
		return nil
	}
	// Money that nobody knows of is booked on the account that the provider names, and on no other.
	id, known, err := m.rowAccount()
	if err != nil || !known {
		return err
	}
	made, pretended, err := m.makePayment(id, currency)
	if err != nil || made == nil {
		return err
	}
	m.Events = append(m.Events, *made)
	defer func() {
		if nameless(m.line) && !m.Waiting && m.movement != "" {
			m.earlier().refunds[m.movement] = &routed{payment: made.Payment, capture: m.movement}
			m.earlier().ahead[made.Payment] = slices.Clone(m.Events)
		}
		if m.Waiting { // the payment is there all the same: other lines are of it
			m.Events = []posting.Event{*made}
		}
	}()
	// From here on the outcome is compared like any other, with a payment that is only pretended. Where that
	// comes to a match, the line still is one that the books did not have.
	m.payment = pretended
	m.p, m.byAmount = m.payment, true
	if _, err := m.compare(); err != nil {
		return err
	}
	if m.Class == Matched {
		m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount})
	}
	return nil
}

// formerPayment parks what is of a payment that the platform has cancelled, and whose id another has since. Nobody but
// the platform knows whether that was a mistake, so neither that payment nor a third gets the money.
func (m *match) formerPayment() (bool, error) {
	payment, by, err := m.finder.Former(m.Provider, m.o.ProviderReference, m.o.Reference)
	m.finder.Forget()
	if by == "" || err != nil {
		return false, err
	}
	m.park(MissingInLedger, fmt.Sprintf("the payment %s that it is of was cancelled, and event %s made another of that "+
		"id", payment, by))
	return true, nil
}

// makePayment returns the event that makes a payment, of an account, and pretends it. If it has no name, or the books
// refuse it, the outcome waits, and there is no event. The payment is made without an amount: what the lines report is
// booked on it as facts.
func (m *match) makePayment(id accounts.ID, currency money.Currency) (*posting.Event, *posting.Payment, error) {
	o := m.o
	name, err := m.newPayment()
	if err != nil {
		return nil, nil, err
	}
	if name == "" {
		m.park(MissingInLedger, "the provider names no payment")
		return nil, nil, nil
	}
	made := posting.Event{ID: derivedID(m.Provider, "payment", o.ProviderReference, name),
		Type: posting.PaymentAuthorise, Payment: name, Provider: m.Provider,
		Amount: money.New(0, currency), ProviderReference: clip(o.ProviderReference)}
	if s := m.Book.Scheme(m.Provider); s.Merchant == scheme.AccountMerchant && id != accounts.Liable {
		made.Account = id
	}
	if o.Reference != "" && clip(o.Reference) != name {
		made.Reference = clip(o.Reference)
	}
	p, err := m.finder.Pretend(made)
	if refused, ok := ledger.Refused(err); ok {
		m.park(MissingInLedger, "the payment cannot be made: "+refused.Message)
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	source := m.line.Source
	if made.At, made.Source = m.o.At, &source; made.At.After(m.Ledger.Now()) {
		made.At = time.Time{} // the provider's clock may be ahead, and no payment begins in the future
	}
	return &made, p, nil
}

// ofSomePayment reports whether an outcome is of a payment by its kind, and names one.
func ofSomePayment(o *providers.Outcome) bool {
	switch o.Kind {
	case providers.Payout, providers.PayoutFailed, providers.Transfer, providers.Unknown, providers.Balance:
		return false
	case providers.Other:
		return o.OfPayment() && o.Account != "" && o.Net.Sign() > 0
	case providers.Refunded, providers.RefundFailed:
		return true
	case providers.Captured, providers.Settled, providers.CaptureReversed, providers.Chargeback,
		providers.ChargebackReversed, providers.SecondChargeback:
		return o.OfPayment() || o.Movement != "" // which the books may know
	}
	return o.OfPayment()
}

// refundOnly begins the name of a payment of which nothing is known but a refund.
const refundOnly = "of "

// newPayment names a payment that only the provider knows: by the merchant's reference, or, if another payment
// has that name, by the provider's.
// It is empty if no name is free, or if the line has none.
func (m *match) newPayment() (string, error) {
	names := []string{clip(m.o.Reference), clip(m.o.ProviderReference)}
	if m.line.sharedReference {
		names = names[1:]
	}
	if m.o.Kind == providers.Refunded { // a report may name the refund, and not of which payment
		for _, name := range []string{m.o.Movement, m.o.Ours} {
			if name != "" {
				names = append(names, clip(refundOnly+name)) // the payment's own name would be no name of a movement
			}
		}
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		taken, err := m.finder.Taken(name)
		if err != nil || !taken {
			return name, err
		}
	}
	return "", nil
}
