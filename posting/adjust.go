package posting

import "github.com/splitledger/splitledger/ledger"

// bookAdjust changes the authorised amount. No money moves.
func bookAdjust(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if c := e.Amount.Currency(); c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, c)
	}
	if e.Fact {
		return nil
	}
	if p.Cancelled || p.Released {
		return p.ended(e.Type)
	}
	if refused := p.refuse(e.Type); refused != nil {
		return refused
	}
	if e.Amount.Int().Cmp(p.Captured.Int()) < 0 {
		return refusal(ledger.Invalid, "amount", "expected at least what is captured, %s, found %s", p.Captured, e.Amount)
	}
	return nil
}

// foldAdjust has the amount that is authorised from now on. One of nothing has expired, until there is another.
func foldAdjust(p *Payment, s *step) {
	p.Authorised, p.Expired = s.event.Amount, ""
	if p.Authorised.IsZero() {
		p.Expired = s.event.Reason
	}
}
