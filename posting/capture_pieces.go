// A capture that only the provider reports may be reported in pieces: a row of each account that got a share of it.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// reportsRow reports whether an event has the row of one account of a capture. The account gets that amount, whatever
// the scheme says.
func reportsRow(e *Event) bool { return e.Type == PaymentCapture && e.Fact && rowed(e) }

// captureParts is the plan of a capture. Where splits are not booked at capture, that of a row is all the row's
// account's.
func (k *booking) captureParts(p *Payment, splits []Split, amount money.Amount) (plan, error) {
	if p.scheme.Splits == scheme.AtCapture || !reportsRow(k.event) {
		return k.plan(p, splits, amount)
	}
	return plan{parts: []sized{{minor: amount.Int()}}}, nil
}

// capturePiece returns the capture of which an event reports more; nil where the capture is new.
func (p *Payment) capturePiece(e *Event) *Capture {
	if e.Movement == "" || !e.Fact {
		return nil
	}
	for _, c := range p.Captures {
		// A movement may come again after the capture was undone: that is a new capture.
		over := (c.Cancelled || c.Reversed) && e.Capture != c.ID
		if !over && (c.Movement == e.Movement || c.Movement == "" && c.ID == e.Movement) {
			return c
		}
	}
	if c := p.capture(captureID(e)); c != nil && c.Movement == "" {
		return c
	}
	return nil
}

// capturePiece books what an event reports of a capture beyond what is booked of it: to the account of the row, else to
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
	splits, err := k.splitsOf(p, given, e.Amount)
	if err != nil {
		return err
	}
	minor := c.capturedGross.beyond(e, c.pieceReported(e))
	if minor.IsZero() || c.Cancelled || c.Reversed && !rowed(e) { // a row reports what was there before
		return nil
	}
	deductions := []deduction{{key: partKey{c.merchant, PostingMerchant, ""}, minor: minor}}
	if rowed(e) {
		deductions[0].key = partOf(&e.Splits[0])
	} else if p.scheme.Splits == scheme.AtCapture {
		if deductions, err = k.missingParts(p, c, splits, minor); err != nil {
			return err
		}
	}
	postings := make([]ledger.Posting, 0, len(deductions)+1)
	for _, part := range deductions {
		to, why := k.receivable(part.key.account)
		postings = append(postings, part.key.credit(to, c.subOf(to), part.minor, p.Currency, reasons(part.reason, why)))
	}
	k.open(p.provider, accounts.KindProvider)
	k.entry(c.ID, againstProvider(p, postings, PostingCapture))
	return nil
}

// pieceReported returns how much of a capture an event reports: without an amount what the books have.
func (c *Capture) pieceReported(e *Event) money.Int {
	if e.Amount.Currency() == "" {
		return c.Amount.Int()
	}
	return e.Amount.Int()
}

// missingParts shares what goes beyond the pieces of a capture out among the splits of the whole: to each what it has
// not got yet, in their order, and what is left to the merchant.
func (k *booking) missingParts(p *Payment, c *Capture, splits []Split, minor money.Int) (deductions []deduction,
	err error) {
	rest := deduction{key: partKey{c.merchant, PostingMerchant, ""}}
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
			deductions, minor = append(deductions, deduction{key: partOf(&splits[part.split]), minor: x,
				reason: part.reason}), minor.Sub(x)
		}
	}
	if rest.minor = minor; !minor.IsZero() {
		deductions = append(deductions, rest)
	}
	return deductions, nil
}

// foldPiece adds what was reported of a capture.
func (p *Payment) foldPiece(c *Capture, s *step) {
	c.Movement = s.event.Movement
	c.capturedGross.report(s.event, c.pieceReported(s.event))
	splits, _, refused := p.splitsOf(s.given, s.event.Amount, money.Table{})
	if refused == nil && len(splits) > 0 && !rowed(s.event) && p.scheme.Splits == scheme.AtCapture {
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

// alreadyReported refuses a capture by instruction that a report seems to have brought already, without a name of the
// platform's. Whether both are one is for people to say, so it is neither booked again nor taken as a duplicate.
func (p *Payment) alreadyReported(e *Event) *ledger.Error {
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

// reportedUnder refuses a capture by instruction where a report has brought one of the same amount, under the same
// merchant's reference, into a payment that the report itself has made: it would be booked twice. An instruction with
// the provider's reference is not refused, because that distinguishes both.
func (k *booking) reportedUnder(payment, provider, reference, providerReference string) error {
	e := k.event
	if e.Fact || e.Source != nil || reference == "" || providerReference != "" {
		return nil
	}
	// The finder of the booking holds the payment itself, so another one looks.
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
		// Only payments that a report has made can be the same under another name.
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
