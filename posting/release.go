package posting

// bookGivenUp gives up what is authorised and not captured. No money moves.
func bookGivenUp(k *booking) error {
	p, err := k.existing()
	if err != nil || k.event.Fact {
		return err
	}
	if p.over() {
		return p.ended(PaymentRelease)
	}
	if refused := p.refuse(PaymentRelease); refused != nil {
		return refused
	}
	if left := p.Authorised.Int().Sub(p.Captured.Int()); left.Sign() <= 0 {
		return refusal(InvalidState, "payment",
			"expected a payment of which less is captured than authorised, found %s, which is %s: %s of %s are captured%s",
			quote(p.ID), p.State(), p.Captured, p.Authorised, p.instead())
	}
	return nil
}

func foldGivenUp(p *Payment, _ *step) { p.Released = true }
