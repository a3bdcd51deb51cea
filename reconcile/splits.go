package reconcile

import (
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// split resolves what became of one part at the provider. The books have moved its money already, or will when its capture is
// settled: nothing is booked.
func (m *matter) split() {
	o := m.o
	part := m.findPart()
	failed := o.Kind == providers.SplitFailed
	switch {
	case part == nil:
		m.differ(MissingInLedger, Side{}, Side{Amount: o.Amount, State: string(o.Kind)})
	case failed && part.Status == posting.PartFailed, !failed && part.Status == posting.PartPending:
		m.claimPart()
	case failed:
		m.status("split "+string(part.Status), "split failed")
	case part.Status == posting.PartFailed, part.Status == posting.PartCancelled:
		m.status("split "+string(part.Status), "split completed")
	case o.Amount.Currency() != "" && part.Amount.Currency() != o.Amount.Currency():
		m.differ(CurrencyMismatch, Side{Amount: part.Amount}, Side{Amount: o.Amount})
	case o.Amount.Currency() != "" && !part.Amount.Equal(o.Amount):
		m.differ(AmountMismatch, Side{Amount: part.Amount}, Side{Amount: o.Amount})
	default:
		m.claimPart()
	}
}

// claimPart notes that a report has the part.
func (m *matter) claimPart() {
	if m.toldBefore(idCaptured) {
		m.again("reported earlier")
		return
	}
	views := m.captures()
	v := m.first(views)
	if v == nil || m.Told {
		return
	}
	m.event(idCaptured, posting.Event{Type: posting.PaymentConfirm, Payment: m.Payment.ID, Capture: v.ID, Batch: clip(m.o.Batch)})
}
