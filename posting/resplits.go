// A new split in place of an old one, while nothing of the capture has moved on: it corrects a mistake, such as a
// seller's wrong share.

package posting

import (
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// resplitReason begins the reasons of what a new split takes back and books.
const resplitReason = "resplit"

// bookResplit replaces the split of a capture that is as it was booked. Its parts are taken back and booked anew, and
// so are the fees that another account has to bear now. Where splits are booked at settlement, only what is promised
// changes. Missing accounts are refused with every scheme: it is a correction, and a fallback would be a second
// mistake.
func bookResplit(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	c, refused := p.resplittable(e)
	if refused != nil {
		return refused
	}
	given, err := k.given(p)
	if err != nil {
		return err
	}
	splits, why, refused := p.splitsFor(given, c.Amount, k.books.Table())
	if refused != nil {
		return refused
	}
	k.reasons = why
	if err := k.refuseMissing(splits); err != nil {
		return k.ofRule(err)
	}
	// A split that is only promised has no postings: the event alone changes it.
	plan, err := k.plan(p, splits, c.Amount)
	if err != nil || p.scheme.Splits == scheme.AtSettlement {
		return k.ofRule(err)
	}
	k.entry(c.ID, k.unsplitPostings(p, c))
	// Booked as a capture of now: the provider's side of both entries cancels out.
	postings := k.capture(p, c.ID, splits, c.Amount, plan)
	for i := range postings {
		postings[i].Reason = reasons(resplitReason, postings[i].Reason)
	}
	k.entry(c.ID, postings)
	k.moveFees(p, c, splits)
	return nil
}

// resplittable returns the capture whose split may be replaced: the one that is named, or the only one there is.
func (p *Payment) resplittable(e *Event) (*Capture, *ledger.Error) {
	if p.scheme.Splits == scheme.Afterwards {
		return nil, refusal(InvalidState, "payment",
			"expected a payment that is split at capture or settlement, found %s, which is %s: "+
				"%s payments are split afterwards, use payment.split%s", quote(p.ID), p.State(), p.Provider,
			p.instead())
	}
	if e.Capture == "" {
		if refused := p.refuse(e.Type); refused != nil {
			return nil, refused
		}
	}
	var c *Capture
	for _, one := range p.Captures {
		if e.Capture == "" && (one.Cancelled || one.Reversed) || e.Capture != "" && one.ID != e.Capture {
			continue
		}
		if c != nil {
			return nil, refusal(ledger.Invalid, "capture",
				"expected the name of one of the payment's captures, %s and %s among them, found nothing", quote(c.ID),
				quote(one.ID))
		}
		c = one
	}
	switch {
	case c == nil && e.Capture != "":
		return nil, p.unconfirmed(e)
	case c == nil:
		return nil, refusal(InvalidState, "payment",
			"expected a payment with a capture that stands, found %s, which is %s%s", quote(p.ID), p.State(),
			p.instead())
	case !captureMachine.allows(c.State(), e.Type):
		return nil, captureMachine.refuse("capture", c.ID, c.State(), e.Type, p.excluded()...)
	case !c.untouched():
		return nil, refusal(InvalidState, "capture",
			"expected a capture of which nothing is settled, refunded or disputed, found %s, which is %s: %s%s",
			quote(c.ID), c.State(), c.touchedBy(p.Currency), p.instead())
	}
	return c, nil
}

// touchedBy says what happened to a capture that is not as it was booked.
func (c *Capture) touchedBy(currency money.Currency) string {
	switch {
	case c.Refunded.Sign() > 0:
		return c.Refunded.String() + " of it is refunded"
	case c.disputed.Sign() > 0:
		return money.FromInt(c.disputed, currency).String() + " of it is disputed"
	case !c.reversed.IsZero():
		return money.FromInt(c.reversed, currency).String() + " of it is taken back"
	}
	return "some of it is settled"
}

// unsplitPostings takes back what every part got of a capture.
func (k *booking) unsplitPostings(p *Payment, c *Capture) []ledger.Posting {
	postings := make([]ledger.Posting, 0, len(c.shares.keys)+1)
	for i, key := range c.shares.keys {
		got := c.shares.values[i].got
		// Postings of nothing are not allowed, and nothing has to be taken back.
		if got.IsZero() {
			continue
		}
		id, why := k.receivable(key.account)
		postings = append(postings,
			key.debit(id, ledger.Pending, got, p.Currency, reasons(resplitReason+": takes the part back", why)))
	}
	parts := len(postings)
	postings = againstProvider(p, postings, PostingCapture)
	for i := range postings[parts:] {
		postings[parts+i].Reason = resplitReason + ": takes the parts back"
	}
	return postings
}

// moveFees takes the fees of a capture from who bore them by the old splits to who bears them by the new. Those of
// disputes, and those of which the provider said who bears them, stay.
func (k *booking) moveFees(p *Payment, c *Capture, splits []Split) {
	var back, anew []ledger.Posting
	for i := range p.Fees {
		f := &p.Fees[i]
		if !f.bySplitOf(c) {
			continue
		}
		t := f.Type
		if f.Of != "" {
			t = f.Of
		}
		bearer, why := k.receivable(p.feeBearer(splits, false, t))
		if bearer == f.Account {
			continue
		}
		k.remark(wire.Remark{Kind: feeMoved, Capture: c.ID, Split: i})
		minor, currency := f.Amount.Int(), f.Amount.Currency()
		old, whyOld := k.receivable(f.Account)
		from := credit(old, ledger.Pending, minor, currency, string(f.Type))
		to := debit(bearer, ledger.Pending, minor, currency, string(f.Type))
		from.Reference, from.Reason = string(f.Of), reasons(resplitReason+": gives the fee back", whyOld)
		to.Reference, to.Reason = string(f.Of), reasons(resplitReason, why)
		back, anew = append(back, from), append(anew, to)
	}
	k.entry(c.ID, againstProvider(p, back, PostingFees))
	k.entry(c.ID, againstProvider(p, anew, PostingFees))
}

// bySplitOf reports whether a fee is borne as the splits of a capture say.
func (f *BookedFee) bySplitOf(c *Capture) bool {
	return f.Capture == c.ID && !f.bearerReported && f.Type != FeeDispute && f.Of != FeeDispute
}

// foldResplit gives a capture its new splits.
func foldResplit(p *Payment, s *step) {
	c, refused := p.resplittable(s.event)
	if refused != nil {
		return
	}
	c.splits, _, _ = p.splitsFor(s.given, c.Amount, money.Table{})
	c.Rule, c.Version, c.Fallback, c.Reason = s.event.Rule, "", false, ""
	if s.given.rule != nil {
		c.Version = s.given.rule.Version
	}
	status := PartCompleted
	if p.scheme.Completed == scheme.AtSettlement {
		status = PartPending
	}
	// In the same order as the entries: first all parts lose what they had, then the new ones get theirs.
	c.unshare(p.scheme.Splits == scheme.AtSettlement)
	var fees *ledger.Entry
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		switch {
		case ofFees(entry): // the last of them has the new bearers
			fees = entry
		case i > 0: // the first has the parts that are taken back
			p.foldShares(c, entry, status)
		}
	}
	p.foldMovedFees(fees, s.remarks)
	p.foldPromises(c, status)
}

// unshare takes all parts of a capture from those who have them. What is promised of a capture that waits for its
// settlement the merchant keeps until then.
func (c *Capture) unshare(promised bool) {
	for i, sh := range c.shares.values {
		if sh.paysOnly && !promised {
			// What it paid of a refund that failed since is taken back with the parts, see unsplitPostings.
			sh.got = money.Int{}
		}
		if sh.paysOnly || promised && c.shares.keys[i].kind == PostingMerchant {
			continue
		}
		if promised && !sh.got.IsZero() { // it is there: a row, a transfer or a reassignment said so
			sh.promised, sh.status = money.Int{}, PartCompleted
			continue
		}
		if !sh.got.IsZero() {
			sh.promised, sh.got = sh.got, money.Int{}
		}
		sh.status, sh.reason = PartCancelled, "replaced by payment.resplit"
	}
}

// foldShares gives the parts of a new split what they got.
func (p *Payment) foldShares(c *Capture, entry *ledger.Entry, status State) {
	for post := range p.others(entry) {
		key := keyOf(post)
		sh := p.share(c, key)
		if sh.status == PartCancelled {
			*sh = share{}
		}
		sh.got, sh.status, sh.reason = sh.got.Sub(post.Amount.Int()), status, post.Reason
		if key.kind == PostingMerchant {
			c.merchant = post.Account
		}
	}
}

// foldMovedFees lists the fees that moved with those who bear them now, in the order of the postings that book them
// anew.
func (p *Payment) foldMovedFees(anew *ledger.Entry, remarks []wire.Remark) {
	for _, o := range remarks {
		if o.Kind != feeMoved || anew == nil || o.Split >= len(p.Fees) {
			continue
		}
		p.Fees[o.Split].Account = anew.Postings[0].Account
		anew = &ledger.Entry{Postings: anew.Postings[1:]}
	}
}
