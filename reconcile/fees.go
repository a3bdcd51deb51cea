package reconcile

import (
	"cmp"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// Fees and conversions. Both come with other outcomes: what the provider took for a movement, and into what currency it
// converted the movement. Fee rows of their own are compared here, too. Fees are amounts in minor units of their
// currency, positive if they were taken from us and negative if they were given back.

// sums are amounts by currency, few of them.
type sums []money.Amount

// add adds an amount to the sum of its currency. An amount without a currency is nothing.
func (s *sums) add(a money.Amount) {
	for i, b := range *s {
		if b.Currency() == a.Currency() {
			(*s)[i] = money.FromInt(b.Int().Add(a.Int()), a.Currency())
			return
		}
	}
	if a.Currency() != "" {
		*s = append(*s, a)
	}
}

// of returns the sum in a currency.
func (s sums) of(c money.Currency) money.Amount {
	for _, a := range s {
		if a.Currency() == c {
			return a
		}
	}
	return money.New(0, c)
}

// equal reports whether both have the same sum in every currency.
func (s sums) equal(t sums) bool {
	for _, pair := range [][2]sums{{s, t}, {t, s}} {
		for _, a := range pair[0] {
			if !a.Equal(pair[1].of(a.Currency())) {
				return false
			}
		}
	}
	return true
}

// fees returns the fees of the line, without those of zero. A fee line may report its fee only as its net amount.
func (m *match) fees() []posting.Fee {
	o := m.o
	fees := o.Fees
	if len(fees) == 0 && o.Kind == providers.Fee {
		cost := o.Net.Neg()
		if o.Net.Currency() == "" {
			cost = o.Amount
		}
		fees = []posting.Fee{{Type: posting.FeeGeneral, Amount: cost}}
	}
	if !slices.ContainsFunc(fees, func(f posting.Fee) bool { return f.Amount.IsZero() }) {
		return fees
	}
	return slices.DeleteFunc(slices.Clone(fees), func(f posting.Fee) bool { return f.Amount.IsZero() })
}

// costs compares the fees of a line with those in the books, and books what is missing there. of says whose
// fees they are. capture is the one that the line settles; if nil, the fees in the books are not compared.
func (m *match) costs(of posting.Event, capture *posting.Capture) {
	fees := m.fees()
	if len(fees) == 0 || m.Waiting {
		return
	}
	if capture == nil {
		m.bookFees(of, fees)
		return
	}
	booked := m.ownFees(capture)
	if len(booked) == 0 {
		m.bookFees(of, fees)
		return
	}
	var said sums
	for _, f := range fees {
		said.add(f.Amount)
	}
	if booked.equal(said) {
		return
	}
	if m.Class == Matched {
		m.feesDiffer(booked, said)
	}
	m.bookFees(of, difference(booked, said))
}

// ownFees sums, by currency, the fees of a capture that the platform has booked itself, and no report has included.
func (m *match) ownFees(c *posting.Capture) (booked sums) {
	for i := range m.p.Events {
		e := &m.p.Events[i]
		if e.Event.Type != posting.PaymentFee || sourceOf(m.Provider, &e.Event) != nil ||
			e.Event.Refund != "" || e.Event.Chargeback != "" {
			continue
		}
		if len(m.p.Captures) > 1 && !slices.ContainsFunc(e.Record.Entries,
			func(x ledger.Entry) bool { return x.Reference == c.ID }) {
			continue
		}
		for _, f := range e.Event.Fees {
			if f.Type != posting.FeeDispute {
				booked.add(f.Amount)
			}
		}
	}
	if len(booked) > 0 && m.feesReported(c) {
		return nil // an earlier line of the capture was compared with them
	}
	return booked
}

// feesReported reports whether a line has reported fees of a capture already.
func (m *match) feesReported(c *posting.Capture) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return sourceOf(m.Provider, &e.Event) != nil &&
			(e.Event.Type == posting.PaymentFee || e.Event.Type == posting.PaymentSettle) && e.Event.Capture == c.ID
	})
}

// difference returns the fees that turn what is booked into what was said, one for each currency; negative ones give
// back.
func difference(booked, said sums) (fees []posting.Fee) {
	more := slices.Clone(said)
	for _, a := range booked {
		more.add(a.Neg())
	}
	for _, a := range more {
		if !a.IsZero() {
			fees = append(fees, posting.Fee{Type: posting.FeeGeneral, Amount: a})
		}
	}
	return fees
}

// feesDiffer classes fees that the books have otherwise.
func (m *match) feesDiffer(booked, said sums) {
	c := said[0].Currency()
	if len(booked) > 0 && booked.of(c).IsZero() {
		m.differ(FeeMismatch, Side{Amount: booked[0]}, Side{Amount: said[0]})
		return
	}
	m.differ(FeeMismatch, Side{Amount: booked.of(c)}, Side{Amount: said.of(c)})
}

// bookFees books fees of the payment. Providers report the fees of a movement either with it or in rows of
// accounts; fees already reported in the other form are not booked again.
func (m *match) bookFees(of posting.Event, fees []posting.Fee) {
	if len(fees) == 0 {
		return
	}
	of.Type, of.Payment, of.Fees = posting.PaymentFee, m.p.ID, fees
	if m.o.Part && of.Account == "" { // they are on the row, and so its account's
		if id, known, err := m.account(m.o.Account); err == nil && known {
			of.Account = id
		}
	}
	// Fees of one group may be told with the movement or in rows beside it. The group is what both have in common, so
	// the fee is booked under its name.
	movement := m.movement
	if m.movement = cmp.Or(m.movement, clip(m.o.Group)); m.o.Group != "" {
		m.movement = clip(m.o.Group)
	}
	m.otherPrice(of.Account != "", fees)
	m.fact(posting.MovementFee, m.feePart(of, fees), of)
	m.movement = movement
}

// feePart says which piece of the fees of a movement the line reports: the batch of a settlement, or a line of its own.
func (m *match) feePart(of posting.Event, fees []posting.Fee) string {
	if m.o.Kind == providers.Fee {
		return cmp.Or(m.part(), m.o.ID, string(fees[0].Type))
	}
	if m.o.Part || of.Account != "" {
		return cmp.Or(m.part(), m.o.ID)
	}
	switch m.o.Kind {
	case providers.ChargebackReversed, providers.SecondChargeback, providers.RefundFailed, providers.CaptureReversed:
		return string(m.o.Kind) + "/" + m.o.Batch // the provider may name it as what came before it
	}
	return m.o.Batch
}

// otherPrice sets the class if fees were reported in both forms, with the movement and in rows, at different
// prices.
func (m *match) otherPrice(row bool, fees []posting.Fee) {
	if m.movement == "" || m.Class != Matched {
		return
	}
	for _, f := range fees {
		for i := range m.p.Events {
			e := &m.p.Events[i].Event
			if e.Type != posting.PaymentFee || e.Movement != m.movement || (e.Account != "") == row {
				continue
			}
			for _, x := range e.Fees {
				if x.Type == f.Type && !x.Amount.Equal(f.Amount) && len(e.Fees) >= len(fees) {
					m.differ(FeeMismatch, Side{Amount: x.Amount}, Side{Amount: f.Amount})
					return
				}
			}
		}
	}
}

// disputeCosts compares the fee of a dispute that the books have.
func (m *match) disputeCosts(c *posting.Chargeback) {
	var said sums
	for _, f := range m.fees() {
		said.add(f.Amount)
	}
	switch {
	case len(said) == 0:
	case c.Fee.Currency() == "":
		m.costs(posting.Event{Chargeback: c.ID}, nil)
	case !said.equal(sums{c.Fee}):
		m.feesDiffer(sums{c.Fee}, said)
		m.bookFees(posting.Event{Chargeback: c.ID}, difference(sums{c.Fee}, said))
	}
}

// fee resolves a line that is a fee of a payment, or a fee given back.
func (m *match) fee() (bool, error) {
	fees := m.fees()
	if m.Found.Amount.Currency() == "" && len(fees) > 0 {
		m.Found.Amount = fees[0].Amount
	}
	if len(fees) == 0 {
		return true, nil
	}
	of, capture := m.feeOf()
	if m.o.Part || m.o.Account != "" {
		id, known, err := m.account(m.o.Account)
		if err != nil {
			return true, err
		}
		if !known && m.o.Part {
			m.unknownAccount(m.o.Account)
			return true, nil
		}
		if known {
			of.Account = id
		}
	}
	part := m.feePart(of, fees)
	movement := m.movement
	if m.o.Group != "" {
		m.movement = clip(m.o.Group)
	}
	reported := m.reportedBefore(posting.MovementFee, part, posting.PaymentFee)
	first := m.event(posting.MovementFee, part, posting.PaymentFee)
	known := !reported && first != nil
	// Without a capture, refund or chargeback there was nothing to confirm.
	if known && (first.Capture != "" || first.Refund != "" || first.Chargeback != "") {
		m.agree(posting.MovementFee, part, posting.Event{Capture: of.Capture,
			Refund: of.Refund, Chargeback: of.Chargeback})
	}
	m.movement = movement
	if reported || known {
		return true, nil
	}
	if back := slices.ContainsFunc(fees, func(f posting.Fee) bool { return f.Amount.Sign() < 0 }); back {
		m.bookFees(of, fees)
	} else if capture != nil && of.Account == "" {
		m.costs(of, capture)
	} else if booked := m.ownOfTypes(fees); len(booked) > 0 && !m.feeRowReported(fees) {
		m.compareRow(of, booked, fees)
	} else {
		m.bookFees(of, fees)
	}
	m.converted(money.Amount{})
	return true, nil
}

// ownOfTypes sums the fees of the payment of some types that the platform has booked itself.
func (m *match) ownOfTypes(fees []posting.Fee) (booked sums) {
	for i := range m.p.Events {
		e := &m.p.Events[i].Event
		if e.Type != posting.PaymentFee || sourceOf(m.Provider, e) != nil {
			continue
		}
		for _, f := range e.Fees {
			if slices.ContainsFunc(fees, func(x posting.Fee) bool { return x.Type == f.Type }) {
				booked.add(f.Amount)
			}
		}
	}
	return booked
}

// feeRowReported reports whether a line before reported fees of one of the types.
func (m *match) feeRowReported(fees []posting.Fee) bool {
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return sourceOf(m.Provider, &e.Event) != nil && e.Event.Type == posting.PaymentFee &&
			slices.ContainsFunc(e.Event.Fees, func(f posting.Fee) bool {
				return slices.ContainsFunc(fees, func(x posting.Fee) bool { return x.Type == f.Type })
			})
	})
}

// compareRow compares a fee line with the fees of the same types that the platform booked itself. The account
// of the row then bears them.
func (m *match) compareRow(of posting.Event, booked sums, fees []posting.Fee) {
	var said sums
	for _, f := range fees {
		said.add(f.Amount)
	}
	if !booked.equal(said) {
		m.feesDiffer(booked, said)
	}
	bearers := m.bearers(fees)
	if len(bearers) == 0 || len(bearers) == 1 && (of.Account == "" || bearers[0] == of.Account) {
		if booked.equal(said) {
			if c := m.feeCapture(); c != nil {
				movement := m.movement
				if m.o.Group != "" {
					m.movement = clip(m.o.Group)
				}
				m.agree(posting.MovementFee, m.feePart(of, fees), posting.Event{Capture: c.ID})
				m.movement = movement
			}
			return
		}
		m.bookFees(of, difference(booked, said))
		return
	}
	if m.Class == Matched {
		m.differ(AccountMismatch, Side{Amount: booked[0], State: string(bearers[0])},
			Side{Amount: said[0], State: string(of.Account)})
		m.Difference = money.Amount{}
	}
	var back []posting.Fee // to whoever bore them, before the account of the row bears them
	for _, a := range booked {
		back = append(back, posting.Fee{Type: fees[0].Type, Amount: a.Neg()})
	}
	m.add(posting.Event{ID: derivedID(append(m.identity(posting.MovementFee, m.part()), "back")...),
		Type: posting.PaymentFee, Payment: m.p.ID, Fees: back})
	m.bookFees(of, fees)
}

// bearers lists the accounts that bore fees of some types, as far as the platform has booked them itself.
func (m *match) bearers(fees []posting.Fee) (list []accounts.ID) {
	for _, f := range m.p.Fees {
		if slices.ContainsFunc(fees, func(x posting.Fee) bool { return x.Type == f.Type }) &&
			!slices.Contains(list, f.Account) {
			list = append(list, f.Account)
		}
	}
	return list
}

// feeCapture returns the capture that a fee row without a name is noted on: the first that is live.
func (m *match) feeCapture() *posting.Capture {
	for _, c := range m.p.Captures {
		if isLive(c) {
			return c
		}
	}
	return nil
}

// feeOf says whose fee a fee line is: of a refund or chargeback that it names, else of a capture.
func (m *match) feeOf() (of posting.Event, capture *posting.Capture) {
	for i := range m.p.Refunds {
		if m.namesRefund(&m.p.Refunds[i]) {
			return posting.Event{Refund: m.p.Refunds[i].ID}, nil
		}
	}
	for _, c := range m.p.Chargebacks {
		if m.movement != "" && (c.Movement == m.movement || c.ID == m.movement) {
			return posting.Event{Chargeback: c.ID}, nil
		}
	}
	for _, c := range m.p.Captures {
		if m.namesCapture(c) {
			return posting.Event{Capture: c.ID}, c
		}
	}
	return of, nil
}

// converted books a conversion: the provider settles in another currency than the payment's. In the provider's
// account, what the payment brought or, if moved is negative, took is replaced by what the provider owes for it.
func (m *match) converted(moved money.Amount) {
	o := m.o
	if moved.Currency() == o.Net.Currency() &&
		!slices.ContainsFunc(m.fees(), func(f posting.Fee) bool { return f.Amount.Currency() != o.Net.Currency() }) {
		return // the usual case, which needs no sum
	}
	if o.Net.Currency() == "" || m.notified() && !o.Part || m.Waiting {
		return
	}
	var all sums
	all.add(moved)
	for _, f := range m.fees() {
		all.add(f.Amount.Neg())
	}
	for _, a := range all {
		if a.Currency() != o.Net.Currency() && !a.IsZero() {
			m.from, m.to = a, money.FromInt(o.Net.Int().Sub(all.of(o.Net.Currency()).Int()), o.Net.Currency())
		}
	}
	if m.from.IsZero() {
		return
	}
	if all.of(o.Net.Currency()).IsZero() {
		all.add(money.New(0, o.Net.Currency()))
	}
	var legs []posting.Leg
	for _, a := range all {
		should := money.New(0, a.Currency())
		if a.Currency() == o.Net.Currency() {
			should = o.Net
		}
		legs = append(legs, m.between(accounts.Provider(m.Provider), ledger.Available, accounts.FX(""),
			ledger.Available, money.FromInt(should.Int().Sub(a.Int()), a.Currency()))...)
	}
	if len(legs) > 0 {
		m.add(posting.Event{ID: derivedID(append(m.identity("", m.part()), "fx", string(o.Kind), o.Batch)...),
			Type: posting.JournalEntry, Postings: legs})
	}
}
