package reconcile

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// sums are amounts by currency, few of them.
type sums []money.Amount

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

// fees returns what the line says of fees. A fee line may have no more than its net.
func (m *matter) fees() []posting.Fee {
	o := m.o
	if len(o.Fees) > 0 || o.Kind != providers.Fee {
		return o.Fees
	}
	cost := o.Net.Neg()
	if o.Net.Currency() == "" {
		cost = o.Amount
	}
	return []posting.Fee{{Type: posting.FeeGeneral, Amount: cost}}
}

// costs compares the fees of a line with those in the books, and books them where there are none.
func (m *matter) costs() {
	fees := m.withoutTold(m.fees())
	if !slices.ContainsFunc(fees, func(f posting.Fee) bool { return f.Amount.Currency() != "" }) {
		return
	}
	booked, known := m.bookedFees(fees)
	if !known { // the usual case, which needs no sum
		m.bookFees(fees)
		return
	}
	var said sums
	for _, f := range fees {
		said.add(f.Amount)
	}
	switch {
	case m.Class != Matched && !booked.equal(said):
		m.bookFees(fees)
	case booked.equal(said):
	case m.o.Kind == providers.Refunded || m.o.Kind == providers.Chargeback || m.o.Kind == providers.ChargebackReversed:
		m.bookFees(fees) // those in the books are of the capture
	default:
		m.feesDiffer(booked, said)
	}
}

// bookedFees sums the fees of the payment that somebody else than a report has booked, and reports whether there are any. Of a line that is all fees, only those
// of its types count.
func (m *matter) bookedFees(fees []posting.Fee) (booked sums, known bool) {
	for i := range m.Payment.Events {
		e := &m.Payment.Events[i]
		if s, _ := m.standing(e); e.Event.Type != posting.PaymentFee || s != foreign || !m.ofClaimed(e) {
			continue
		}
		for _, f := range e.Event.Fees {
			if m.o.Kind != providers.Fee || hasType(fees, f.Type) {
				booked.add(f.Amount)
				known = true
			}
		}
	}
	return booked, known
}

// ofClaimed reports whether fees were booked with the capture that the line is about, as far as one can tell.
func (m *matter) ofClaimed(e *posting.PaymentEvent) bool {
	if len(m.Payment.Captures) < 2 || m.Claim == (Key{}) || m.o.Kind != providers.Settled {
		return true
	}
	for i := range e.Record.Entries {
		if claimOf(m.Payment.ID, idCapture, e.Record.Entries[i].Reference) == m.Claim {
			return true
		}
	}
	return false
}

func hasType(fees []posting.Fee, t posting.FeeType) bool {
	for _, f := range fees {
		if f.Type == t {
			return true
		}
	}
	return false
}

// bookFees books fees of the payment. What the provider gave back of fees goes to liable.
func (m *matter) bookFees(fees []posting.Fee) {
	cost := make([]posting.Fee, 0, len(fees))
	var back sums
	for _, f := range fees {
		switch f.Amount.Sign() {
		case 1:
			cost = append(cost, f)
		case -1:
			back.add(f.Amount)
		}
	}
	m.newFees = cost
	if len(cost) > 0 {
		m.event(idFee, posting.Event{Type: posting.PaymentFee, Payment: m.Payment.ID, Fees: cost})
	}
	var legs []posting.Leg
	for _, a := range back {
		legs = append(legs, m.between(accounts.Provider(m.Provider), ledger.Available, accounts.Liable, ledger.Available, a.Neg())...)
	}
	if len(legs) > 0 && !m.Told {
		m.event(idEntry, posting.Event{Type: posting.JournalEntry, Postings: legs})
	}
}

// feesDiffer classes fees that the books have otherwise.
func (m *matter) feesDiffer(booked, said sums) {
	c := said[0].Currency()
	if len(booked) > 0 && booked.of(c).IsZero() {
		m.differ(FeeMismatch, Side{Amount: booked[0]}, Side{Amount: said[0]})
		return
	}
	m.differ(FeeMismatch, Side{Amount: booked.of(c)}, Side{Amount: said.of(c)})
}

// disputeCosts compares the fee of a dispute that the books have.
func (m *matter) disputeCosts(v *chargebackView) {
	var said sums
	for _, f := range m.o.Fees {
		said.add(f.Amount)
	}
	switch {
	case len(said) == 0:
	case v.Fee.Currency() == "":
		m.costs()
	case !said.equal(sums{v.Fee}):
		m.feesDiffer(sums{v.Fee}, said)
	}
}

// fee resolves a fee of a payment.
func (m *matter) fee() {
	if m.toldBefore(idFee) {
		m.again("reported earlier")
		return
	}
	fees := m.fees()
	if m.Found.Amount.Currency() == "" && len(fees) > 0 {
		m.Found.Amount = fees[0].Amount
	}
	m.costs()
	if m.Class == Matched {
		m.convertedFrom(nil)
	}
}

// converted books the conversion that the provider did, where it settles in another currency than the payment's: at the
// provider, what the payment has brought or taken gives way to what the provider owes for it.
func (m *matter) converted(in bool) {
	if m.o.Amount.Currency() == m.o.Net.Currency() && !slices.ContainsFunc(m.fees(), func(f posting.Fee) bool { return f.Amount.Currency() != m.o.Net.Currency() }) {
		return // the usual case, which needs no sum
	}
	m.convertedFrom(sums{signed(m.o.Amount, in)})
}

func (m *matter) convertedFrom(moved sums) {
	o := m.o
	if o.Net.Currency() == "" || m.Told {
		return
	}
	for _, f := range m.fees() {
		moved.add(f.Amount.Neg())
	}
	for _, a := range moved {
		if a.Currency() != o.Net.Currency() && !a.IsZero() {
			m.from, m.to = a, money.FromInt(o.Net.Int().Sub(moved.of(o.Net.Currency()).Int()), o.Net.Currency())
		}
	}
	if m.from.IsZero() {
		return
	}
	if moved.of(o.Net.Currency()).IsZero() {
		moved.add(money.New(0, o.Net.Currency()))
	}
	var legs []posting.Leg
	for _, a := range moved {
		should := money.New(0, a.Currency())
		if a.Currency() == o.Net.Currency() {
			should = o.Net
		}
		legs = append(legs, m.between(accounts.Provider(m.Provider), ledger.Available, accounts.FX(""), ledger.Available, money.FromInt(should.Int().Sub(a.Int()), a.Currency()))...)
	}
	if len(legs) > 0 {
		m.event(idConverted, posting.Event{Type: posting.JournalEntry, Postings: legs})
	}
}

// between makes the legs of an entry that debits one account and credits another; the other way round if the amount is negative.
func (m *matter) between(debited accounts.ID, from ledger.Sub, credited accounts.ID, to ledger.Sub, a money.Amount) []posting.Leg {
	reference := m.o.Batch
	for _, r := range []string{m.o.Reference, m.o.ProviderReference, m.o.ID} {
		if reference == "" {
			reference = r
		}
	}
	reference = clip(reference)
	switch a.Sign() {
	case 0:
		return nil
	case -1:
		debited, from, credited, to, a = credited, to, debited, from, a.Neg()
	}
	return []posting.Leg{
		{Account: debited, Sub: from, Debit: true, Amount: a, Reference: reference},
		{Account: credited, Sub: to, Credit: true, Amount: a, Reference: reference},
	}
}
