package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A capture that only the provider tells may be told in pieces: a row of each account that got a share of it.

// capturePiece returns the capture of which an event tells more; nil where the capture is new.
func (p *Payment) capturePiece(e *Event) *Capture {
	if e.Movement == "" || !e.Fact {
		return nil
	}
	for _, c := range p.Captures {
		if c.Movement == e.Movement || c.Movement == "" && c.ID == e.Movement {
			return c
		}
	}
	if c := p.capture(captureID(e)); c != nil && c.Movement == "" {
		return c
	}
	return nil
}

// capturePiece books what an event tells of a capture beyond what is booked of it: to the account of the row, else to the
// merchant.
func (k *booking) capturePiece(p *Payment, c *Capture) error {
	e := k.event
	if e.Amount.Currency() != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, e.Amount.Currency())
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	t := c.captured
	minor := t.add(e.Part != "", e.rowed(), e.Amount.Int())
	if minor.IsZero() || c.Cancelled || c.Reversed {
		return nil
	}
	key, id := partKey{c.merchant, PostingMerchant, ""}, c.merchant
	if e.rowed() {
		key, id = e.Splits[0].key(), e.Splits[0].account()
	}
	to, why := k.bearable(id)
	post := credit(to, c.subOf(to), minor, p.Currency, key.kind)
	post.Reference, post.Reason = key.reference, why
	k.open(p.provider, accounts.KindProvider)
	k.entry(c.ID, againstProvider(p, []ledger.Posting{post}, PostingCapture))
	return nil
}

// foldPiece adds what was told of a capture.
func (p *Payment) foldPiece(c *Capture, s *step) {
	c.Movement = s.event.Movement
	c.captured.add(s.event.Part != "", s.event.rowed(), s.event.Amount.Int())
	for i := range s.rec.Entries {
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			if post.Account == p.provider {
				continue
			}
			minor := post.Amount.Int().Neg()
			sh := p.share(c, keyOf(post))
			sh.got = sh.got.Add(minor)
			if post.Reason != "" {
				sh.reason = post.Reason
			}
			c.Amount = money.FromInt(c.Amount.Int().Add(minor), p.Currency)
			p.Captured = money.FromInt(p.Captured.Int().Add(minor), p.Currency)
		}
	}
}

// toldByReport refuses a capture by instruction that a report has told already, without a name of the platform's: whether both are
// one is for people to say.
func (p *Payment) toldByReport(e *Event) *ledger.Error {
	if e.Fact {
		return nil
	}
	for _, c := range p.Captures {
		known := c.Fact && c.Movement != "" && c.ID == c.Movement && !c.Cancelled
		if known && (e.Amount.Currency() == "" || c.Amount.Equal(e.Amount)) {
			return refusal(DuplicateReference, "capture", "expected a capture that %s has not told yet, found %s, which it told as %s",
				p.Provider, quote(captureID(e)), quote(c.Movement))
		}
	}
	return nil
}
