// Confirmations: a provider's report has a capture, refund or chargeback that the books have too. They answer the
// question which bookings no report has confirmed yet (open items).

package posting

// bookConfirm notes that the provider reports something that is in the books. No money moves.
func bookConfirm(k *booking) error {
	p, err := k.existing()
	if err != nil {
		return err
	}
	if len(p.confirmed(k.event)) == 0 {
		return p.unconfirmed(k.event)
	}
	return k.ofMovement(p)
}

// confirmed returns the confirmations of what an event names, to be set; none where there is no such thing.
func (p *Payment) confirmed(e *Event) []**Confirmation {
	switch {
	case e.Refund != "":
		if r := p.refund(e.Refund); r != nil {
			return []**Confirmation{&r.Confirmed}
		}
		return nil
	case e.Chargeback != "":
		if c := p.chargeback(e.Chargeback); c != nil {
			return []**Confirmation{&c.Confirmed}
		}
		return nil
	}
	var all []**Confirmation
	for _, c := range p.Captures {
		if c.ID == e.Capture || e.Capture == "" && !c.Cancelled {
			all = append(all, &c.Confirmed)
		}
	}
	return all
}

// foldConfirm marks what the event names. The last confirmation counts.
func foldConfirm(p *Payment, s *step) {
	for _, one := range p.confirmed(s.event) {
		*one = &Confirmation{s.rec.At, s.event.Batch}
	}
	// Of these kinds the reference is that of the thing itself. Of others, such as fees, it names another movement.
	switch s.event.MovementKind() {
	case MovementCapture, MovementSettlement, MovementRefund, MovementChargeback, MovementSecondChargeback:
		p.nameMovement(s.event)
	}
}

// nameMovement notes which movement of the provider a capture, refund or chargeback is.
func (p *Payment) nameMovement(e *Event) {
	var at *string
	switch {
	case e.Refund != "":
		if r := p.refund(e.Refund); r != nil {
			at = &r.Movement
		}
	case e.Chargeback != "":
		if c := p.chargeback(e.Chargeback); c != nil {
			at = &c.Movement
		}
	default:
		if c := p.capture(e.Capture); c != nil {
			at = &c.Movement
		}
	}
	// The first reference stays: reports of later movements of the same thing have references of their own.
	if at != nil && *at == "" && e.Movement != "" {
		*at = e.Movement
	}
}
