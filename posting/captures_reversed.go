// A provider may take a capture back, before it has settled it or after. Every part gives back what it still has of the
// capture. What was refunded or disputed stays as it is booked, because the provider has only the rest to take.

package posting

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookCaptureReversed books that the provider took a capture back, in whole or in the rounds in which it reports
// that.
func bookCaptureReversed(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	c := p.capture(e.Capture)
	if c == nil {
		return p.unconfirmed(e)
	}
	if got := e.Amount.Currency(); got != "" && got != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, got)
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	k.takeCaptureBack(p, c, c.payers(e, c.newlyReversed(e)))
	return nil
}

// foldCaptureReversed counts what was taken back of the capture and of each share.
func foldCaptureReversed(p *Payment, s *step) {
	e := s.event
	c := p.capture(e.Capture)
	if c == nil || c.Cancelled {
		return
	}
	reported := new(reportedSum) // without a movement nothing was reported before
	if e.Movement != "" {
		reported, _ = c.reversal.add(e.Movement)
	}
	reported.report(e, c.reversedBy(e, reported))
	p.foldTakenBack(c, s)
	if whole := e.Account == "" && e.Part == "" && e.Amount.Currency() == ""; whole || c.undisputed().Sign() <= 0 {
		c.reverse()
	}
}

// reversedBy returns what an event reports of the reversal of a capture. As a whole that is no more than is left of
// it; an account's row is reported to the unit.
func (c *Capture) reversedBy(e *Event, reported *reportedSum) money.Int {
	if e.Account != "" {
		if e.Amount.Currency() != "" {
			return e.Amount.Int()
		}
		var left money.Int
		for i, key := range c.shares.keys {
			if key.account == e.Account {
				left = left.Add(atLeastZero(c.shares.values[i].undisputed()))
			}
		}
		return left
	}
	// What this way of reporting may bring at most: what is left of the capture, and what is booked, which another way
	// may have brought. What this way has brought before is taken off.
	sort := reported.whole
	if e.Part != "" {
		sort = reported.parts
	}
	most := atLeastZero(atLeastZero(c.undisputed()).Add(reported.booked).Sub(sort))
	if minor := e.Amount.Int(); e.Amount.Currency() != "" && minor.Cmp(most) < 0 {
		return minor
	}
	return most
}

// newlyReversed returns what is to be booked of an event's reversal: what no other report of it has brought.
func (c *Capture) newlyReversed(e *Event) money.Int {
	if c.Cancelled {
		return money.Int{} // nothing of it is there
	}
	var reported reportedSum
	if before := c.reversal.find(e.Movement); before != nil && e.Movement != "" {
		reported = *before
	}
	return reported.beyond(e, c.reversedBy(e, &reported))
}

// A capturePayer is a share that gives back, by its index among the shares of a capture.
type capturePayer struct {
	share     int // -1: none, the account had no part of the capture
	deduction deduction
	excess    bool // it is more than the share had
}

// payers works out who gives how much of a reversal: the account that the event names by its parts in their order; else
// every part by what it has.
func (c *Capture) payers(e *Event, minor money.Int) []capturePayer {
	if e.Account != "" {
		return c.payersOf(e.Account, minor)
	}
	weights := make([]money.Int, len(c.shares.values))
	for i, sh := range c.shares.values {
		weights[i] = sh.undisputed()
	}
	shares, reasons := byRatio(minor, weights)
	var list []capturePayer
	for i, share := range shares {
		if !share.IsZero() {
			of := deduction{key: c.shares.keys[i], minor: share, reason: reasons[i]}
			list = append(list, capturePayer{share: i, deduction: of})
		}
	}
	return list
}

// payersOf takes of an account's parts in their order. What goes beyond what it has of the capture it gives too: the
// provider took it.
func (c *Capture) payersOf(id accounts.ID, minor money.Int) (list []capturePayer) {
	first := capturePayer{share: -1, deduction: deduction{key: partKey{id, PostingMerchant, ""}}, excess: true}
	for i, key := range c.shares.keys {
		if key.account != id {
			continue
		}
		if first.share < 0 {
			first.share, first.deduction.key = i, key
		}
		left := atLeastZero(c.shares.values[i].undisputed())
		if x := least(minor, left, left); !x.IsZero() {
			list = append(list, capturePayer{share: i, deduction: deduction{key: key, minor: x}})
			minor = minor.Sub(x)
		}
	}
	if !minor.IsZero() {
		first.deduction.minor, first.deduction.reason = minor, "more than it had of the capture"
		list = append(list, first)
	}
	return list
}

// takeCaptureBack books what is taken back, from pending or available, wherever it is. Liable gives in place of an
// account that is closed; an outcome says whose share that is.
func (k *booking) takeCaptureBack(p *Payment, c *Capture, payers []capturePayer) {
	var postings []ledger.Posting
	used := map[accounts.ID]money.Int{}
	for _, g := range payers {
		id, why := k.receivable(g.deduction.key.account)
		pending := c.stillPending(balanceKey{g.deduction.key.account, p.Currency}, g.deduction.minor, used)
		if g.excess && c.Settled {
			pending = money.Int{}
		}
		for sub, minor := range bySub(pending, g.deduction.minor) {
			reason := reasons(g.deduction.reason, why)
			if why != "" && g.share >= 0 {
				k.remark(wire.Remark{Kind: fellBack, Capture: c.ID, Split: g.share, Reason: why[len(fallback):]})
				reason = reasons(why, g.deduction.reason)
			}
			postings = append(postings, g.deduction.key.debit(id, sub, minor, p.Currency, reason))
		}
	}
	k.open(p.provider, accounts.KindProvider)
	k.entry(c.ID, againstProvider(p, postings, PostingCapture))
}

// foldTakenBack counts what was taken back of a capture.
func (p *Payment) foldTakenBack(c *Capture, s *step) {
	remarks := s.remarks // whose share liable stands for, in the order of the postings that say so
	for i := range s.rec.Entries {
		if s.rec.Entries[i].Reference != c.ID {
			continue
		}
		for post := range p.others(&s.rec.Entries[i]) {
			sh := p.stoodFor(c, post, &remarks)
			if sh == nil {
				sh = p.allocation(c, keyOf(post))
			}
			minor := post.Amount.Int()
			sh.got, c.reversed = sh.got.Sub(minor), c.reversed.Add(minor)
			p.Captured = money.FromInt(p.Captured.Int().Sub(minor), p.Currency)
		}
	}
}

// stoodFor returns the share that liable stands for in a posting, nil if it does not.
func (p *Payment) stoodFor(c *Capture, post *ledger.Posting, remarks *[]wire.Remark) *share {
	if len(*remarks) == 0 || !isFallback(post.Reason) {
		return nil
	}
	o := (*remarks)[0]
	if o.Kind != fellBack || o.Capture != c.ID || o.Split >= len(c.shares.values) {
		return nil
	}
	*remarks = (*remarks)[1:]
	return c.shares.values[o.Split]
}
