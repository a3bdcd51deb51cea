package reconcile

import (
	"slices"
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/posting"
)

// Some providers move a payment's shares by transfers that name the capture. A capture that has such a split in the
// books was split when it was made; else the transfer is one of the capture, which the platform has asked for by
// itself, or that only the provider knows.

// transferOfPayment resolves a transfer that names the capture it is of, as one that is no split of the capture. It
// reports false where the books have such a split.
func (m *match) transferOfPayment() (bool, error) {
	if told, err := m.alreadyBooked(m.rowEvent(), "transfer"); err != nil || told {
		return told, err
	}
	id, known, err := m.rowAccount()
	if err != nil || !known {
		return true, err
	}
	other, known, err := m.account(m.o.Counterparty)
	if err != nil {
		return true, err
	}
	if !known {
		m.differ(AccountMismatch, Side{}, Side{Amount: m.o.Net, State: "counterparty " + m.o.Counterparty})
		m.park(AccountMismatch, "no account has the id "+m.o.Counterparty+" at "+m.Provider)
		return true, nil
	}
	c := m.captureNamed(m.o.ProviderReference)
	if c == nil {
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Net, State: "transfer"})
		m.park(MissingInLedger, "the capture of the transfer is not in the books yet")
		return true, nil
	}
	t := transferRow{from: id, to: other, amount: m.o.Net.Abs(), debited: m.o.Net.Sign() < 0}
	if !t.debited {
		t.from, t.to = other, id
	}
	of := c.ID
	if part := m.splitTo(c, t.to); part != nil && part.Reference != m.o.Split && m.toldByAnother(c) {
		of = "" // the other was taken for the share, so that this one is by itself
	} else if part != nil {
		m.agree(movementSplit, m.splitPart(), posting.Event{Capture: c.ID})
		return true, nil
	}
	if m.o.Ours == "" {
		m.o.Ours = m.o.Common
	}
	first, err := m.transferAt(clip(m.o.Common))
	if err == nil && first == nil {
		first, err = m.ownTransfer(t)
	}
	if err != nil {
		return true, err
	}
	if first == nil {
		m.differ(MissingInLedger, Side{}, Side{Amount: m.o.Net, State: "transfer"})
		first = &posting.TransferState{ID: m.transferName(m.o.Common), From: t.from, To: t.to, Amount: t.amount,
			Payment: m.p.ID, Capture: of}
	}
	return true, m.otherRow(first, t)
}

// toldByAnother reports whether a transfer of another name was told as the share of a capture: then this one is none.
func (m *match) toldByAnother(c *posting.Capture) bool {
	part := tracePart(movementSplit, routeSide{"", m.o.Net.Sign() < 0, false}.part())
	return slices.ContainsFunc(m.p.Events, func(e posting.PaymentEvent) bool {
		return e.Event.Type == posting.PaymentConfirm && e.Event.Capture == c.ID && e.Event.Movement != m.movement &&
			strings.HasPrefix(e.Event.Part, part)
	})
}

// captureNamed returns the capture that the provider calls so, nil if the books have none.
func (m *match) captureNamed(name string) *posting.Capture {
	for _, c := range m.p.Captures {
		if c.Movement == name || c.Movement == "" && c.ID == name {
			return c
		}
	}
	return nil
}

// splitTo returns the part of a capture that a transfer to an account is: of its name, or else of its amount.
func (m *match) splitTo(c *posting.Capture, to accounts.ID) *posting.Part {
	for _, byName := range []bool{true, false} {
		for _, part := range m.p.Parts {
			of, _, has := c.PartOf(part)
			named := part.Reference == m.o.Split
			if !has || !isShare(part) || part.Type == posting.PostingTransfer || part.Account != to || named != byName {
				continue
			}
			if of.Equal(m.o.Amount) || m.isWhole(c, part, of) {
				return part
			}
		}
	}
	return nil
}
