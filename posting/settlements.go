// Settlements: the provider has paid, or is about to pay, what it captured, so pending money becomes available. A
// settlement of a later value date waits for that day.

package posting

import (
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookSettle books that the provider has settled. That has happened: no state refuses it, and a settlement of nothing
// that is left makes no entries. The error is [InvalidState] for a payment without any capture, [DuplicateReference]
// for a movement that is booked.
func bookSettle(k *booking) error {
	// Providers report settlements days before their value date.
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

// settledBy returns the captures that a settlement is of: the one that it names, the one of its movement, or all that
// are not settled. An amount is of all those together, the oldest first.
func (p *Payment) settledBy(e *Event) ([]settlement, *ledger.Error) {
	if a := e.Amount; a.Currency() != "" && a.Currency() != p.Currency {
		return nil, refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, a.Currency())
	}
	if c := p.captureOf(e); c != nil {
		return []settlement{{c, e.Account, e.Amount}}, nil
	}
	if e.Capture != "" {
		return nil, p.unknownCapture(e.Capture)
	}
	if len(p.Captures) == 0 {
		return nil, refusal(InvalidState, "payment", "expected a payment with a capture, found %s, which is %s%s",
			quote(p.ID), p.State(), p.instead())
	}
	var list []settlement
	for _, c := range p.Captures {
		if !c.Settled && !c.Cancelled {
			list = append(list, settlement{c, e.Account, e.Amount})
		}
	}
	return p.inTurn(list), nil
}

// inTurn shares the amount of a settlement out among captures: to the one of which just so much is left to settle, else
// to each what is left of it, the oldest first, and what is beyond all to the last.
func (p *Payment) inTurn(list []settlement) []settlement {
	if len(list) < 2 || list[0].amount.Currency() == "" {
		return list
	}
	left := list[0].amount.Int()
	for _, s := range list {
		// An amount that fits one capture exactly is that capture's, whichever is older.
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

// captureOf returns the capture that an event names, or whose movement it reports; nil if there is none.
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

// settle books the settlement of one capture.
func (k *booking) settle(p *Payment, s settlement) {
	c := s.capture
	if c.Cancelled {
		return // nothing of it is pending
	}
	// What the provider took back is not settled any more, but fees of it may be.
	if c.Reversed {
		k.entry(c.ID, k.settlement(c))
		return
	}
	reported, whole := s.reported()
	if !whole {
		k.entry(c.ID, k.portion(p, s, reported))
		return
	}
	postings := k.settlement(c)
	if p.scheme.Splits == scheme.AtSettlement && !c.Settled {
		// Splits that are booked at settlement follow in the same entry, after the merchant's money is available.
		postings = k.route(p, c, postings)
	}
	k.entry(c.ID, postings)
}

// settlement moves what a capture's entries left pending to available, in every account they reached. Fees are among
// the entries, so what becomes available is net.
func (k *booking) settlement(c *Capture) []ledger.Posting {
	postings := make([]ledger.Posting, 0, 2*len(c.pending.keys))
	for i, at := range c.pending.keys {
		postings = k.available(postings, at, *c.pending.values[i])
	}
	return postings
}

// route moves the splits of a settled capture from the merchant to their accounts, one after another. One that
// does not fit into what fees and earlier ones leave, or whose account does not receive, fails; the others go on.
func (k *booking) route(p *Payment, c *Capture, postings []ledger.Posting) []ledger.Posting {
	if c.Fallback || c.Reversed {
		return postings
	}
	var left money.Int
	for _, held := range []*money.Int{c.pending.find(balanceKey{c.merchant, p.Currency}),
		c.moved.find(balanceKey{c.merchant, p.Currency})} {
		if held != nil { // pending, or available by settlements of parts
			left = left.Sub(*held)
		}
	}
	// Sizes are of the gross amount. What fees and refunds took of it decides only whether they fit.
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
		from, to := partKey{c.merchant, PostingMerchant, sp.Reference}, partOf(sp)
		postings = append(postings, from.debit(from.account, ledger.Available, part.minor, p.Currency, ""),
			to.credit(to.account, ledger.Available, part.minor, p.Currency, part.reason))
	}
	return postings
}

// foldSettle marks the captures as settled, in whole or in part. A settlement that waits for its time changes no
// balance and is only kept in mind.
func foldSettle(p *Payment, s *step) {
	if p.foldDue(s) {
		return
	}
	// It was accepted when it was booked, so it cannot be refused.
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
	for _, o := range s.remarks {
		if o.Kind == splitFailed && o.Capture == c.ID && o.Split < len(c.splits) {
			// The remark keeps which splits failed, because no posting shows that.
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

// nothingUnsettled refuses an account that has a part in a capture which is neither settled nor cancelled, even where
// its balance happens to be zero. It goes through all that was ever pending of the account. It is slow for an account
// of many payments, and accounts are closed seldom.
func (k *booking) nothingUnsettled(id accounts.ID) error {
	finder := Finder{book: k.book, books: k.books}
	seen := map[string]bool{}
	for rec, err := range k.books.Touching(id, ledger.Pending) {
		if err != nil {
			return err
		}
		name := PaymentOf(rec)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		p, err := finder.named(name)
		if err != nil {
			return err
		}
		if c := p.unsettledOf(id); c != nil {
			return refusal(InvalidState, "account",
				"expected no part of %s in a capture that is not settled, found payment %s, capture %s, which is %s",
				id, quote(p.ID), quote(c.ID), c.State())
		}
	}
	return nil
}

// unsettledOf returns the first capture that is neither settled nor cancelled and of which an account has a part, nil
// if there is none.
func (p *Payment) unsettledOf(id accounts.ID) *Capture {
	for _, c := range p.Captures {
		if c.Settled || c.Cancelled {
			continue
		}
		for i, at := range c.pending.keys {
			if at.account == id && !c.pending.values[i].IsZero() {
				return c
			}
		}
		for i, part := range c.shares.keys {
			s := c.shares.values[i]
			promised := s.status != PartCancelled && !s.promised.IsZero()
			if part.account == id && (promised || !s.left().IsZero()) && !p.settledFor(id, c) {
				return c
			}
		}
	}
	return nil
}

// settledFor reports whether a settlement moved what an account has of a capture, of which others wait.
func (p *Payment) settledFor(id accounts.ID, c *Capture) bool {
	moved := func(post ledger.Posting) bool { return post.Account == id && post.Type == PostingSettlement }
	for i := range p.Events {
		for _, e := range p.Events[i].Record.Entries {
			if e.Reference == c.ID && slices.ContainsFunc(e.Postings, moved) {
				return true
			}
		}
	}
	return false
}

// settlesLater keeps a settlement whose time has not come. It reports whether there is nothing to book of the event.
func (k *booking) settlesLater() (bool, error) {
	e := k.event
	if e.Waited != "" {
		return k.comesDue()
	}
	if !k.early {
		return false, nil
	}
	p, err := k.existing()
	if err != nil {
		return false, err
	}
	if _, refused := p.settledBy(e); refused != nil {
		return false, refused
	}
	if err := k.ofMovement(p); err != nil {
		return false, err
	}
	// No entry is made: pending money stays pending until the value date.
	return true, k.wait(e.ID, e.At)
}

// comesDue looks for the settlement that waited for this event. Where it was booked at once, which is what happens
// where events are posted again to another ledger, there is nothing to book.
func (k *booking) comesDue() (bool, error) {
	e := k.event
	records, err := k.books.Group(ledger.Key{Space: KeyEvent, Name: e.Waited})
	if err != nil {
		return false, err
	}
	var first *wire.Content
	if len(records) > 0 {
		if first, err = wire.Read(records[0]); err != nil {
			return false, err
		}
	}
	if first == nil || first.Event.Type != PaymentSettle || first.Event.Payment != e.Payment {
		return false, refusal(ledger.Invalid, "waited", "expected the id of a settlement of the payment %s, found %s",
			quote(e.Payment), quote(e.Waited))
	}
	if at := first.Event.At; !e.At.Equal(at) {
		return false, refusal(ledger.Invalid, "at", "expected the time that %s waits for, %s, found %s",
			quote(e.Waited), at.Format(time.RFC3339Nano), orDefault(e.At))
	}
	if !first.Has(waitsUntil) {
		k.key(KeyPayment, e.Payment)
		k.remark(wire.Remark{Kind: confirms, Reason: e.Waited})
		return true, nil
	}
	by, err := k.came(e.Waited, records[0])
	if err != nil {
		return false, err
	}
	if by != "" {
		return false, refusal(DuplicateReference, "waited",
			"expected a settlement that waits, found %s, which event %s booked", quote(e.Waited), quote(by))
	}
	return false, k.comes(e.Waited, records[0])
}

// foldDue notes which settlements of a payment's captures wait. It reports whether the event changes nothing else.
func (p *Payment) foldDue(s *step) bool {
	e := s.event
	for i := range s.remarks {
		switch o := &s.remarks[i]; {
		case o.Kind == confirms:
			return true
		case o.Kind == waitsUntil && o.Reason != "":
			settlements, _ := p.settledBy(e)
			for _, one := range settlements {
				one.capture.waits = append(one.capture.waits, dueTime{e.ID, s.rec.At})
				one.capture.nextDue()
			}
			return true
		}
	}
	if e.Waited != "" {
		for _, c := range p.Captures {
			c.waits = slices.DeleteFunc(c.waits, func(d dueTime) bool { return d.event == e.Waited })
			c.nextDue()
		}
	}
	return false
}
