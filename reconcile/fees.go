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
//
//	settled order-1 10.00 EUR mod=C1 net=9.60 Fee=0.40            the fee comes with the movement
//	fee order-1 - EUR mod=C1 net=-0.40 Fee=0.40 id=f1             or in a line of its own
//	settled order-1 10.00 USD mod=C1 net=9.20:EUR Fee=0.30:EUR    and this one was converted, from USD to EUR
//
// Fees may also be in the books before any report: the platform knows its price and has posted payment.fee.
// Then the report's fee is compared with that, once, and only the difference is booked.

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
// It is zero in that currency if there is none, so that it can be used in further sums.
func (s sums) of(c money.Currency) money.Amount {
	for _, a := range s {
		if a.Currency() == c {
			return a
		}
	}
	return money.New(0, c)
}

// equal reports whether both have the same sum in every currency.
// A currency that only one of them has must be zero there.
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
// The slice may be the outcome's own, and must not be changed.
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
// The class becomes a fee mismatch only if nothing worse is wrong with the line: a line is in one class,
// and an amount that differs matters more. Nothing is done if the line waits, since its fees wait with it.
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
// A payment with several captures has fees for each, which the entries' references tell apart. A dispute's
// fee is compared with the dispute (disputeCosts).
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
// They are general fees, as the report and the books may split the same sum into types differently.
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
// If the books have the fee in another currency, both amounts are shown as they are, and there is no
// difference: one cannot be subtracted from the other.
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
// The event's id is made from the movement, or the group, and the part (feePart). So the second form comes
// to the id of the first, and posts nothing.
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
	// Fees of one group may be reported with the movement or in rows beside it. The group is what both have, so
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
// Its texts are in ids of ledgers and must never change. Two lines with the same part
// would count as one fee.
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
// row says whether this line is of one account. A price that differs is only shown and never booked: which
// of the two is right, nobody can say from the lines alone.
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
// The platform may have posted the dispute with the fee that it expects. Only the
// difference to it is booked.
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
// It always reports true as resolved, since a fee that nothing in the books explains is booked on the
// payment all the same: the provider has taken it. An account that nobody knows is the
// exception, and parks the line.
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
	// What is given back is booked as it comes. A fee of a capture is compared with the capture's fees; a
	// fee of a row, or one that names nothing, with those of its types; and what the platform has not
	// booked itself is news.
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
// All captures together: the line does not say of which one it is.
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
// Then the platform's own fees were compared with that line, and a further line is a further fee.
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
// If the books have it on another account, the fee is taken back there and booked as the row says. That is
// an account mismatch without a difference, since the amounts agree or are shown by the fee mismatch.
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
// Both results are empty if it names none of them; then the fee is the payment's. capture is set only for a
// capture, whose fees in the books are compared.
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
// moved is what the movement changed in the payment's currency, zero of a fee. Each currency has its legs
// against [accounts.FX], so that what the provider owes is right in both, and the result of the conversion
// is seen there.
//
//	moved 10.00 USD, net 9.20 EUR, no fee:   provider -10.00 USD, FX +10.00 USD
//	                                         provider  +9.20 EUR, FX  -9.20 EUR
func (m *match) converted(moved money.Amount) {
	o := m.o
	if moved.Currency() == o.Net.Currency() &&
		!slices.ContainsFunc(m.fees(), func(f posting.Fee) bool { return f.Amount.Currency() != o.Net.Currency() }) {
		return // the usual case, which needs no sum
	}
	// A notification gives no net amount that was settled; the report will convert it.
	if o.Net.Currency() == "" || m.notified() && !o.Part || m.Waiting {
		return
	}
	var all sums
	all.add(moved)
	for _, f := range m.fees() {
		all.add(f.Amount.Neg())
	}
	// from and to are what the result sums up as conversions, with the sign of what the provider owes.
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
