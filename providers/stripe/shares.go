package stripe

import (
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A division says how a charge is shared between the platform and one seller.
type division struct {
	seller string       // of a destination charge: the connected account that is transferred to
	fee    money.Amount // the platform's application fee; no currency where there is none
	part   money.Amount // in place of it: how much of the charge is transferred
}

// division reads the splits of an event. direct is the connected account that the charge is made on, if it is.
func (w Writer) division(e *posting.Event, direct string) (d division, err error) {
	c := e.Amount.Currency()
	var seller accounts.ID
	platform, sellers, named, remainder := money.Int{}, money.Int{}, false, false
	for i := range e.Splits {
		s := &e.Splits[i]
		at := "splits[" + strconv.Itoa(i) + "]."
		switch {
		case s.Type.Fee():
			continue // who pays fees is a property of the connected account
		case !s.Percent.IsZero():
			return d, refuse(at+"percent", "expected an amount, as Stripe takes no percents, found %s", s.Percent)
		case ofPlatform(s.Account) && s.Type == posting.Remainder:
			continue // it keeps that anyway
		case ofPlatform(s.Account):
			platform, named = platform.Add(s.Amount.Int()), true
			continue
		case direct != "":
			return d, refuse(at+"account",
				"expected the platform, as a direct charge is the seller's besides, found %s",
				s.Account)
		case seller != "" && seller != s.Account:
			return d, refuse(at+"account", "expected one seller, %s, found %s: of a charge without splits, any number "+
				"get transfers", seller, s.Account)
		case s.Type == posting.Remainder:
			remainder = true
		}
		seller, sellers = s.Account, sellers.Add(s.Amount.Int())
	}
	if d.seller, err = w.account(seller, "splits"); err != nil {
		return d, err
	}
	whole := platform.Add(sellers).Equal(e.Amount.Int())
	switch {
	case direct != "" && named, named && (remainder || whole):
		d.fee = money.FromInt(platform, c)
	case seller != "" && !remainder:
		d.part = money.FromInt(sellers, c)
	}
	return d, nil
}

// shares writes who gets what of a charge.
func (w Writer) shares(r *Request, d division) error {
	for _, p := range []struct {
		name   string
		amount money.Amount
	}{{"application_fee_amount", d.fee}, {"transfer_data[amount]", d.part}} {
		if p.amount.Currency() == "" {
			continue
		}
		n, err := toMinor(p.amount, w.Table)
		if err != nil {
			return refuse("splits", "%s", err)
		}
		r.Params.Set(p.name, strconv.FormatInt(n, 10))
	}
	return nil
}

// Refund writes a request for a refund of a payment that is captured. Without splits the merchant gives all of it: no
// flag. Splits have to be what one of Stripe's two flags, or both, come to: the transfer is reversed, or the
// application fee given back, in proportion to the refund. How Stripe rounds is not documented, so that what does not
// divide evenly is refused (docs.stripe.com/connect/destination-charges, docs.stripe.com/api/refunds/create).
func (w Writer) Refund(p *posting.Payment, e *posting.Event) (*Request, error) {
	if e.Type != posting.PaymentRefund {
		return nil, refuse("type", "expected %s, found %s", posting.PaymentRefund, e.Type)
	}
	r, err := w.change(p, e, "/v1/refunds")
	if err != nil {
		return nil, err
	}
	r.Params.Set("payment_intent", p.ProviderReference)
	r.Params.Set("metadata[refund]", nameOf(reference(e.Refund), e.ID))
	if len(e.Splits) == 0 {
		return r, nil
	}
	reverse, fee, err := flags(p, e)
	if err != nil {
		return nil, err
	}
	if reverse {
		r.Params.Set("reverse_transfer", "true")
	}
	if fee {
		r.Params.Set("refund_application_fee", "true")
	}
	return r, nil
}

// flags returns the flags whose effect the splits of a refund are. What the platform gives of a destination charge is
// all that the seller does not.
func flags(p *posting.Payment, e *posting.Event) (reverse, fee bool, err error) {
	var seller, platform money.Int
	for i := range e.Splits {
		s := &e.Splits[i]
		switch {
		case !s.Percent.IsZero() || s.Type == posting.Remainder:
			return false, false, refuse("splits["+strconv.Itoa(i)+"]", "expected an amount, found none")
		case ofPlatform(s.Account):
			platform = platform.Add(s.Amount.Int())
		default:
			seller = seller.Add(s.Amount.Int())
		}
	}
	transferred, earned, err := sharesOf(p)
	if err != nil {
		return false, false, err
	}
	// inProportion reports whether what is given is of a share what the refund is of the charge.
	inProportion := func(given, share money.Int) bool {
		return given.Mul(p.Captured.Int()).Equal(share.Mul(e.Amount.Int()))
	}
	switch direct := !ofPlatform(p.Account); {
	case direct && earned.Sign() > 0 && inProportion(platform, earned):
		return false, true, nil
	case !direct && transferred.Sign() > 0 && inProportion(seller, transferred):
		return true, false, nil
	case !direct && earned.Sign() > 0 && inProportion(seller, transferred.Sub(earned)):
		return true, true, nil
	}
	return false, false, refuse("splits",
		"expected what reverse_transfer and refund_application_fee take in proportion, "+
			"found something else: without splits a refund is the merchant's, and transfers are given back by themselves")
}

// sharesOf returns what Stripe has transferred to the seller of a destination charge, and what the platform earned as
// an application fee of it, or of a direct charge. Of a charge with an application fee all was transferred.
func sharesOf(p *posting.Payment) (transferred, earned money.Int, err error) {
	var seller accounts.ID
	var rest money.Int // that no split took
	for _, part := range p.Parts {
		amount := part.Amount.Int()
		switch {
		case part.Type == posting.PostingMerchant:
			rest = rest.Add(amount)
		case part.Type == posting.PostingTransfer || !ofPlatform(part.Account) && seller != "" && seller != part.Account:
			return transferred, earned, refuse("splits", "expected a charge with one seller, found transfers of it: "+
				"they are given back by themselves")
		case ofPlatform(part.Account):
			earned = earned.Add(amount)
		default:
			seller, transferred = part.Account, transferred.Add(amount)
		}
	}
	switch {
	case !ofPlatform(p.Account):
	case rest.IsZero():
		transferred = transferred.Add(earned)
	default:
		earned = money.Int{}
	}
	return transferred, earned, nil
}
