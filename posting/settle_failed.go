package posting

// bookSettleFailed notes that the provider could not settle: a fact, whatever the books think of the captures. No
// money moves.
func bookSettleFailed(k *booking) error {
	p, err := k.existing()
	if err != nil {
		return err
	}
	if c := k.event.Capture; c != "" && p.capture(c) == nil {
		return p.unconfirmed(k.event)
	}
	return nil
}

// foldSettleFailed says why of the captures that wait for their settlement. Of others it is only recorded.
func foldSettleFailed(p *Payment, s *step) {
	for _, c := range p.Captures {
		if named := s.event.Capture; named != "" && named != c.ID || c.Settled || c.Cancelled || c.Reversed {
			continue
		}
		c.Failure = s.event.Reason
	}
}
