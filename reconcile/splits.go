package reconcile

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// split resolves what became of one part at the provider. The books have moved its money already, or will when its capture is
// settled; what they have otherwise follows the provider.
func (m *match) split() (bool, error) {
	const kind = movementSplit
	if m.told(kind, m.o.ID, posting.PaymentSplitFailed) || m.known(kind, m.splitPart(), posting.PaymentSplitFailed) {
		return true, nil
	}
	part, capture, err := m.findPart()
	if err != nil {
		return true, err
	}
	if m.routed() {
		defer func() {
			if capture != nil && !m.Waiting && !slices.ContainsFunc(m.Events, func(e posting.Event) bool { return e.Type == posting.PaymentConfirm }) {
				m.agree(kind, m.splitPart(), posting.Event{Capture: capture.ID})
			}
		}()
	}
	failed := m.o.Kind == providers.SplitFailed
	switch {
	case capture != nil && m.routed() && m.side().other().told(m.p, capture.ID): // what differed is booked
		return true, nil
	case part == nil && !m.byAmount:
		return false, nil
	case part == nil:
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Amount, State: string(m.o.Kind)})
		m.wait(MissingInLedger, "the books have no such part of the payment")
		return true, nil
	case failed && part.Status == posting.PartFailed, failed && part.Status == posting.PartCancelled:
	case failed:
		m.status("split "+string(part.Status), "split failed")
		e := posting.Event{Type: posting.PaymentSplitFailed, Payment: m.p.ID, Reference: part.Reference, Account: part.Account, Reason: short(m.o.Reason)}
		if e.Reason == "" {
			e.Reason = "the provider could not make it"
		}
		if e.Reference == "" {
			m.wait(StatusMismatch, "the part has no reference")
			return true, nil
		}
		if capture != nil && len(m.p.Captures) > 1 {
			e.Capture = capture.ID
		}
		e.ID = derivedID(append(m.splitID(), string(e.Type))...)
		m.add(e)
		return true, nil
	case part.Status == posting.PartFailed:
		m.status("split failed", "split completed")
		m.doneSplit(part, capture)
		return true, nil
	case part.Status == posting.PartCancelled:
		m.status("split cancelled", "split completed")
		m.wait(StatusMismatch, "the capture of the split is cancelled in the books")
		return true, nil
	case m.o.Amount.Currency() != "" && part.Amount.Currency() != m.o.Amount.Currency():
		m.differ(CurrencyMismatch, Side{Amount: part.Amount}, Side{Amount: m.o.Amount})
		m.wait(CurrencyMismatch, "the split is in "+string(part.Amount.Currency()))
		return true, nil
	case m.o.Amount.Currency() != "" && !part.Amount.Equal(m.o.Amount) && !m.oneOfSeveral(part):
		m.differ(AmountMismatch, Side{Amount: part.Amount}, Side{Amount: m.o.Amount})
		m.moreSplit(part, capture)
		return true, nil
	}
	if capture != nil {
		m.agree(kind, m.splitPart(), posting.Event{Capture: capture.ID})
	}
	return true, nil
}

// routed reports whether the outcome is a row of a route that names no payment.
func (m *match) routed() bool { return m.o.Part && !m.o.OfPayment() }

// splitPart is what the outcome tells of a capture.
func (m *match) splitPart() string {
	if !m.routed() {
		return m.o.ID
	}
	return m.side().part()
}

// splitID is what makes a split the same, whichever of its two rows tells it.
func (m *match) splitID() []string {
	if m.routed() && m.movement != "" {
		return []string{m.Provider, string(movementSplit), "row", m.movement, string(m.o.Kind)}
	}
	return m.identity(movementSplit, m.o.ID)
}

// oneOfSeveral reports whether the outcome may be of one capture of several that a part is of.
func (m *match) oneOfSeveral(part *posting.Part) bool {
	live := 0
	for _, c := range m.p.Captures {
		if stands(c) {
			live++
		}
	}
	return live > 1 && m.o.Amount.Int().Cmp(part.Amount.Int()) < 0
}

// doneSplit moves a part that failed in the books, and was made at the provider.
func (m *match) doneSplit(part *posting.Part, c *posting.Capture) {
	amount := m.o.Amount
	if amount.Currency() == "" {
		amount = part.Amount
	}
	m.reassign("done", c, m.merchant(), part.Account, amount)
}

// moreSplit moves what the provider gave a part above or below what the books gave it.
func (m *match) moreSplit(part *posting.Part, c *posting.Capture) {
	more := money.FromInt(m.o.Amount.Int().Sub(part.Amount.Int()), m.p.Currency)
	if part.Status == posting.PartPending && more.Sign() != 0 {
		m.Timing = true // the books have not moved it yet
		return
	}
	if more.Sign() < 0 {
		m.reassign("less", c, part.Account, m.merchant(), more.Neg())
		return
	}
	m.reassign("more", c, m.merchant(), part.Account, more)
}

// merchant is who has what no split takes.
func (m *match) merchant() accounts.ID { return merchantOf(m.p) }

func merchantOf(p *posting.Payment) accounts.ID {
	for _, part := range p.Parts {
		if part.Type == posting.PostingMerchant {
			return part.Account
		}
	}
	return p.Account
}

func (m *match) reassign(what string, c *posting.Capture, from, to accounts.ID, amount money.Amount) {
	if c == nil || from == to || amount.Sign() <= 0 {
		return
	}
	m.add(posting.Event{ID: derivedID(append(m.splitID(), what)...), Type: posting.PaymentReassign, Payment: m.p.ID, Capture: c.ID,
		From: from, To: to, Amount: amount})
}

// findPart finds the part that the outcome names: by reference, else by account, else, where that is allowed, by amount; and the capture
// that it is told of, or the first that stands.
func (m *match) findPart() (*posting.Part, *posting.Capture, error) {
	o := m.o
	id, known, err := m.account(o.Account)
	if err != nil {
		return nil, nil, err
	}
	other, otherKnown, err := m.account(o.Counterparty)
	if err != nil {
		return nil, nil, err
	}
	ours := func(p *posting.Part) bool {
		return known && p.Account == id || otherKnown && p.Account == other
	}
	var found *posting.Part
	for _, is := range []func(*posting.Part) bool{
		func(p *posting.Part) bool { return o.Split != "" && p.Reference == o.Split && (!known || ours(p)) },
		func(p *posting.Part) bool { return o.Split != "" && p.Reference == o.Split },
		func(p *posting.Part) bool {
			return (o.Split == "" || p.Reference == "") && p.Type != posting.PostingMerchant && ours(p)
		},
		func(p *posting.Part) bool {
			return m.byAmount && (o.Split == "" || p.Reference == "") && p.Type != posting.PostingMerchant && p.Amount.Equal(o.Amount)
		},
	} {
		for _, p := range m.p.Parts {
			if found == nil && is(p) {
				found = p
			}
		}
	}
	var capture *posting.Capture
	for _, c := range m.p.Captures {
		if m.namesCapture(c) || capture == nil && stands(c) {
			capture = c
		}
	}
	return found, capture, nil
}
