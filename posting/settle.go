package posting

import (
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookSettle books that the provider has settled. That has happened: no state refuses it, and a settlement of nothing that is
// left makes no entries.
func bookSettle(k *booking) error {
	if later, err := k.settlesLater(); later || err != nil {
		return err
	}
	p, err := k.existing()
	if err != nil {
		return err
	}
	settlements, refused := p.settledBy(k.event)
	if refused != nil {
		return refused
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	for _, s := range settlements {
		k.settle(p, s)
	}
	return nil
}

// A settlement is what an event tells of one capture: all of it, a part of its gross amount, or the share of an account.
type settlement struct {
	capture *Capture
	account accounts.ID  // whose share it is; "" for all
	amount  money.Amount // of the gross; without a currency all
}

// settledBy returns the captures that a settlement is of: the one that it names, the one of its movement, or all that are not
// settled. An amount is of all those together, the oldest first.
func (p *Payment) settledBy(e *Event) ([]settlement, *ledger.Error) {
	if a := e.Amount; a.Currency() != "" && a.Currency() != p.Currency {
		return nil, refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, a.Currency())
	}
	if c := p.captureOf(e); c != nil {
		return []settlement{{c, e.Account, e.Amount}}, nil
	}
	if e.Capture != "" {
		return nil, p.unknownCapture(e.Capture)
	}
	if len(p.Captures) == 0 {
		return nil, refusal(InvalidState, "payment", "expected a payment with a capture, found %s, which is %s%s", quote(p.ID), p.State(), p.instead())
	}
	var list []settlement
	for _, c := range p.Captures {
		if !c.Settled && !c.Cancelled {
			list = append(list, settlement{c, e.Account, e.Amount})
		}
	}
	return p.inTurn(list), nil
}

// inTurn shares the amount of a settlement out among captures: to the one of which just so much is left to settle, else to
// each what is left of it, the oldest first, and what is beyond all to the last.
func (p *Payment) inTurn(list []settlement) []settlement {
	if len(list) < 2 || list[0].amount.Currency() == "" {
		return list
	}
	left := list[0].amount.Int()
	for _, s := range list {
		if s.unsettled().Equal(left) {
			return []settlement{s}
		}
	}
	var shared []settlement
	for i, s := range list {
		x := s.unsettled()
		if last := i+1 == len(list); last || left.Cmp(x) < 0 {
			x = left
		}
		if x.Sign() > 0 {
			s.amount, left = money.FromInt(x, p.Currency), left.Sub(x)
			shared = append(shared, s)
		}
	}
	return shared
}

// unsettled returns how much of its capture, or of the account's share of it, no settlement has told yet.
func (s *settlement) unsettled() money.Int {
	if s.account == "" {
		return atLeastZero(s.capture.Amount.Int().Sub(s.capture.told.told()))
	}
	left := s.capture.gross(s.account)
	if told := s.capture.rows.find(s.account); told != nil {
		left = left.Sub(*told)
	}
	return atLeastZero(left)
}

// captureOf returns the capture that an event names, or whose movement it tells; nil if there is none.
func (p *Payment) captureOf(e *Event) *Capture {
	if e.Capture != "" {
		return p.capture(e.Capture)
	}
	for _, c := range p.Captures {
		if e.Movement != "" && (c.Movement == e.Movement || c.ID == e.Movement) {
			return c
		}
	}
	return nil
}

func (p *Payment) unknownCapture(id string) *ledger.Error {
	names := make([]string, len(p.Captures))
	for i, c := range p.Captures {
		names[i] = c.ID
	}
	return refusal(ledger.Invalid, "capture", "expected a capture of the payment (it has %s), found %s", orNone(names), quote(id))
}

// settle books the settlement of one capture.
func (k *booking) settle(p *Payment, s settlement) {
	c := s.capture
	if c.Cancelled {
		return // nothing of it is pending
	}
	if c.Reversed { // but fees may be
		k.entry(c.ID, k.settlement(c))
		return
	}
	told, whole := s.told()
	if !whole {
		k.entry(c.ID, k.portion(p, s, told))
		return
	}
	postings := k.settlement(c)
	if p.scheme.Splits == AtSettlement && !c.Settled {
		postings = k.route(p, c, postings)
	}
	k.entry(c.ID, postings)
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// settlement moves what a capture's entries left pending to available, in every account they reached.
func (k *booking) settlement(c *Capture) []ledger.Posting {
	postings := make([]ledger.Posting, 0, 2*len(c.pending.keys))
	for i, at := range c.pending.keys {
		postings = k.available(postings, at, *c.pending.values[i])
	}
	return postings
}

// available moves an amount of one account from pending to available. What an account has pending that was closed since becomes
// available to liable.
func (k *booking) available(postings []ledger.Posting, at cell, minor money.Int) []ledger.Posting {
	if minor.IsZero() {
		return postings
	}
	to, why := at.account, ""
	if a, ok := k.books.Account(at.account); ok && holdsMoney(a.Kind) {
		to, why = k.bearable(at.account)
	}
	into := debit(to, ledger.Available, minor, at.currency, PostingSettlement)
	into.Reason = why
	return append(postings, credit(at.account, ledger.Pending, minor, at.currency, PostingSettlement), into)
}

// route moves the splits of a settled capture from the merchant to their accounts, one after another. One that
// does not fit into what fees and earlier ones leave, or whose account does not receive, fails; the others go on.
func (k *booking) route(p *Payment, c *Capture, postings []ledger.Posting) []ledger.Posting {
	if c.Fallback || c.Reversed {
		return postings
	}
	var left money.Int
	for _, held := range []*money.Int{c.pending.find(cell{c.merchant, p.Currency}), c.moved.find(cell{c.merchant, p.Currency})} {
		if held != nil { // pending, or available by settlements of parts
			left = left.Sub(*held)
		}
	}
	parts, _ := k.sizes(nil, p.scheme, c.splits, c.Amount, c.Amount.Int())
	for _, part := range parts {
		sp := &c.splits[part.split]
		if sh := c.shares.find(partOf(sp)); sh != nil && sh.status == PartFailed { // as the provider said before
			continue
		}
		why, _ := k.missing(sp.Receiver())
		if why == "" && part.minor.Cmp(left) > 0 {
			t := k.books.Table()
			why = "it takes " + t.Format(money.FromInt(part.minor, p.Currency)) + " " + string(p.Currency) +
				", and fees, refunds and earlier splits leave " + t.Format(money.FromInt(left, p.Currency))
		}
		if why != "" {
			k.remark(wire.Remark{Kind: splitFailed, Capture: c.ID, Split: part.split, Reason: why})
			continue
		}
		if part.minor.IsZero() {
			continue
		}
		left = left.Sub(part.minor)
		from := debit(c.merchant, ledger.Available, part.minor, p.Currency, PostingMerchant)
		to := credit(sp.Receiver(), ledger.Available, part.minor, p.Currency, string(sp.Type))
		from.Reference, to.Reference, to.Reason = sp.Reference, sp.Reference, part.reason
		postings = append(postings, from, to)
	}
	return postings
}

func foldSettle(p *Payment, s *step) {
	if p.foldDue(s) {
		return
	}
	settlements, _ := p.settledBy(s.event)
	for _, one := range settlements {
		p.settle(one, s)
	}
}

// settle folds the settlement of one capture.
func (p *Payment) settle(of settlement, s *step) {
	c := of.capture
	if c.Movement == "" {
		c.Movement = s.event.Movement
	}
	if c.Reversed {
		c.Settled = true
	}
	if c.Cancelled || c.Reversed || !of.fold(s) {
		return
	}
	if !c.Settled {
		c.Settled, c.Batch = true, s.event.Batch
	}
	c.Failure = ""
	for _, sh := range c.shares.values {
		if sh.status == PartPending {
			sh.status = PartCompleted
		}
	}
	for _, o := range s.came {
		if o.Kind == splitFailed && o.Capture == c.ID && o.Split < len(c.splits) {
			k := partOf(&c.splits[o.Split])
			sh := p.share(c, k)
			sh.status, sh.reason = PartFailed, o.Reason
		}
	}
	for i := range s.rec.Entries {
		if s.rec.Entries[i].Reference != c.ID {
			continue
		}
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			if post.Type == PostingSettlement {
				continue
			}
			k := keyOf(post)
			sh := p.share(c, k)
			sh.got = sh.got.Sub(post.Amount.Int())
			if k.kind != PostingMerchant && post.Reason != "" {
				sh.reason = post.Reason
			}
		}
	}
}
