package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A capture that only the provider tells may be told in pieces: a row of each account that got a share of it.

// tellsRow reports whether an event tells the row of one account of a capture: the account has it, whatever the scheme
// says.
func tellsRow(e *Event) bool { return e.Type == PaymentCapture && e.Fact && rowed(e) }

// captureParts is the plan of a capture. Where splits are not booked at capture, that of a row is all the row's
// account's.
func (k *booking) captureParts(p *Payment, splits []Split, amount money.Amount) (plan, error) {
	if p.scheme.Splits == scheme.AtCapture || !tellsRow(k.event) {
		return k.plan(p, splits, amount)
	}
	return plan{parts: []sized{{minor: amount.Int()}}}, nil
}

// capturePiece returns the capture of which an event tells more; nil where the capture is new.
func (p *Payment) capturePiece(e *Event) *Capture {
	if e.Movement == "" || !e.Fact {
		return nil
	}
	for _, c := range p.Captures {
		over := (c.Cancelled || c.Reversed) && e.Capture != c.ID // and the provider has taken it again
		if !over && (c.Movement == e.Movement || c.Movement == "" && c.ID == e.Movement) {
			return c
		}
	}
	if c := p.capture(captureID(e)); c != nil && c.Movement == "" {
		return c
	}
	return nil
}

// capturePiece books what an event tells of a capture beyond what is booked of it: to the account of the row, else to
// the merchant.
func (k *booking) capturePiece(p *Payment, c *Capture) error {
	e := k.event
	if a := e.Amount; a.Currency() != "" && a.Currency() != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, a.Currency())
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	given, err := k.given(p)
	if err != nil {
		return err
	}
	minor := c.captured.beyond(e, c.pieceTold(e))
	if minor.IsZero() || c.Cancelled || c.Reversed && !rowed(e) { // a row tells what was there before it was taken back
		return nil
	}
	takes := []take{{key: partKey{c.merchant, PostingMerchant, ""}, minor: minor}}
	if rowed(e) {
		takes[0].key = partOf(&e.Splits[0])
	} else if splits := p.splitsOf(given, e.Amount); p.scheme.Splits == scheme.AtCapture {
		if takes, err = k.missingParts(p, c, splits, minor); err != nil {
			return err
		}
	}
	postings := make([]ledger.Posting, 0, len(takes)+1)
	for _, part := range takes {
		to, why := k.bearable(part.key.account)
		postings = append(postings, part.key.credit(to, c.subOf(to), part.minor, p.Currency, reasons(part.reason, why)))
	}
	k.open(p.provider, accounts.KindProvider)
	k.entry(c.ID, againstProvider(p, postings, PostingCapture))
	return nil
}

// pieceTold returns how much of a capture an event tells: without an amount what the books have.
func (c *Capture) pieceTold(e *Event) money.Int {
	if e.Amount.Currency() == "" {
		return c.Amount.Int()
	}
	return e.Amount.Int()
}

// missingParts shares what goes beyond the pieces of a capture out among the splits of the whole: to each what it has
// not got yet, in their order, and what is left to the merchant.
func (k *booking) missingParts(p *Payment, c *Capture, splits []Split, minor money.Int) (takes []take, err error) {
	rest := take{key: partKey{c.merchant, PostingMerchant, ""}}
	plan, err := k.plan(p, splits, k.event.Amount)
	if refused, ok := ledger.Refused(err); ok {
		rest.reason = fallback + refused.Message
		k.remark(wire.Remark{Kind: fellBack, Capture: c.ID, Reason: refused.Message})
	} else if err != nil {
		return nil, err
	}
	for _, part := range plan.parts {
		missing := part.minor
		if sh := c.shares.find(partOf(&splits[part.split])); sh != nil {
			missing = missing.Sub(sh.got)
		}
		if x := least(missing, minor, minor); x.Sign() > 0 {
			takes, minor = append(takes, take{key: partOf(&splits[part.split]), minor: x,
				reason: part.reason}), minor.Sub(x)
		}
	}
	if rest.minor = minor; !minor.IsZero() {
		takes = append(takes, rest)
	}
	return takes, nil
}

// foldPiece adds what was told of a capture.
func (p *Payment) foldPiece(c *Capture, s *step) {
	c.Movement = s.event.Movement
	c.captured.tell(s.event, c.pieceTold(s.event))
	if splits := p.splitsOf(s.given, s.event.Amount); len(splits) > 0 && !rowed(s.event) &&
		p.scheme.Splits == scheme.AtCapture {
		c.splits = splits
	}
	whole := p.first.Type == PaymentCapture && p.Authorised.Equal(p.Captured) // no authorisation said how much
	for i := range s.rec.Entries {
		for post := range p.others(&s.rec.Entries[i]) {
			minor := post.Amount.Int().Neg()
			sh := p.share(c, keyOf(post))
			sh.got = sh.got.Add(minor)
			if p.scheme.Splits == scheme.Afterwards && post.Type != PostingMerchant {
				c.split = c.split.Add(minor)
			}
			if post.Reason != "" {
				sh.reason = post.Reason
			}
			c.Amount = money.FromInt(c.Amount.Int().Add(minor), p.Currency)
			p.Captured = money.FromInt(p.Captured.Int().Add(minor), p.Currency)
		}
	}
	if whole {
		p.Authorised = p.Captured
	}
}

// toldByReport refuses a capture by instruction that a report has told already, without a name of the platform's:
// whether both are one is for people to say.
func (p *Payment) toldByReport(e *Event) *ledger.Error {
	if e.Fact {
		return nil
	}
	for _, c := range p.Captures {
		known := c.Fact && c.Movement != "" && c.ID == c.Movement && !c.Cancelled
		if known && (e.Amount.Currency() == "" || c.Amount.Equal(e.Amount)) {
			return refusal(DuplicateReference, "capture",
				"expected a capture that %s has not told yet, found %s, which it told as %s",
				p.Provider, quote(captureID(e)), quote(c.Movement))
		}
	}
	return nil
}

// toldUnder refuses a capture by instruction of which a report has told as much under the same merchant's reference, as
// one of a payment that the report has made, where the provider's reference does not say that it is another.
func (k *booking) toldUnder(payment, provider, reference, providerReference string) error {
	e := k.event
	if e.Fact || e.Source != nil || reference == "" || providerReference != "" {
		return nil
	}
	f := finders.Get().(*Finder)
	defer f.release()
	f.book, f.books = k.book, k.books
	names, err := f.referring(reference)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == payment {
			continue
		}
		p, err := f.named(name)
		if err != nil {
			return err
		}
		if p == nil || p.Provider != provider || p.first.Source == nil {
			continue
		}
		for _, c := range p.Captures {
			if c.Fact && !c.Cancelled && (e.Amount.Currency() == "" || c.Amount.Equal(e.Amount)) {
				return refusal(DuplicateReference, "capture",
					"expected a capture that %s has not told yet (or the provider's reference, of one that is "+
						"another), found %s, of which it told as much under %s: payment %s is in the books",
					provider, quote(captureID(e)), quote(reference), quote(name))
			}
		}
	}
	return nil
}
