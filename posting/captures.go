// Captures: money taken from the buyer, with its splits. What becomes of splits that cannot be booked is the heart of
// it: an instruction is refused, a fact falls back.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// bookCapture books money that was taken from the buyer. An instruction is refused where the authorisation, the
// scheme or the accounts do not allow it. A fact is booked whatever they say, because the provider has the money:
// splits that are not allowed send all of it to the merchant, with the reason.
func bookCapture(k *booking) error {
	e := k.event
	p, err := k.captured()
	if err != nil {
		return err
	}
	// A report may bring one capture in several rows.
	if c := p.capturePiece(e); c != nil {
		return k.capturePiece(p, c)
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	amount, id := e.Amount, captureID(e)
	// What is left of the authorisation, in minor units; below zero where a provider captured more.
	left := money.FromInt(p.Authorised.Int().Sub(p.Captured.Int()), p.Currency)
	if amount.Currency() == "" {
		amount = left
	}
	switch {
	case amount.Currency() != p.Currency:
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s",
			p.Currency, amount.Currency())
	case p.capture(id) != nil:
		return refusal(DuplicateReference, "capture", "expected the name of a new capture of the payment, found %s",
			quote(id))
	case p.over() && !e.Fact:
		return p.ended(PaymentCapture)
	// Only a fact of an amount of its own goes beyond what was authorised.
	case left.Sign() <= 0 && !(e.Fact && e.Amount.Currency() != ""):
		return refusal(ledger.Invalid, "amount",
			"expected something left to capture, found all of the authorised %s captured", p.Authorised)
	case amount.Int().Cmp(left.Int()) > 0 && !e.Fact:
		return refusal(ledger.Invalid, "amount", "expected at most what is left of the authorisation, %s, found %s",
			left, amount)
	}
	splits, plan, err := k.captureSplits(p, amount)
	if refused, ok := ledger.Refused(err); ok && e.Fact && (e.Rule == "" || k.rule != nil || k.unfit != nil) {
		plan.why = refused.Message
	} else if err != nil {
		return k.ofRule(err)
	}
	k.open(p.provider, accounts.KindProvider)
	postings := k.capture(p, id, splits, amount, plan)
	// A capture of nothing is a fact that only costs something: it has no posting, but fees may name it.
	if !amount.IsZero() {
		k.entry(id, postings)
	}
	return nil
}

// captureSplits returns the splits of a capture, its own or those that it inherits, and what they come to.
func (k *booking) captureSplits(p *Payment, amount money.Amount) ([]Split, plan, error) {
	given, err := k.given(p)
	if err != nil {
		return nil, plan{}, err
	}
	splits, err := k.splitsOf(p, given, amount)
	if err != nil {
		return nil, plan{}, err
	}
	plan, err := k.captureParts(p, splits, amount)
	return splits, plan, err
}

// captured returns the payment that is captured: one in the books, or a new one where there was no authorisation.
func (k *booking) captured() (*Payment, error) {
	e := k.event
	p, err := k.find()
	if err != nil {
		return nil, err
	}
	if p != nil && p.anewBy(e) {
		k.anew()
	} else if p != nil {
		k.key(KeyPayment, p.ID)
		// A report may have come first and have made the same capture. Both would count.
		if refused := p.alreadyReported(e); refused != nil {
			return nil, refused
		}
		if err := k.reportedUnder(p.ID, p.Provider, p.Reference, p.ProviderReference); err != nil {
			return nil, err
		}
		return p, k.asAuthorised(p)
	}
	if e.Provider == "" {
		return nil, noAuthorisation.refusal(e.Payment)
	}
	if e.Amount.Currency() == "" {
		return nil, in("amount", expected(wire.AmountForm+": there was no authorisation", "nothing"))
	}
	if err := k.reportedUnder(e.Payment, e.Provider, e.Reference, e.ProviderReference); err != nil {
		return nil, err
	}
	return k.begin()
}

// asAuthorised refuses a capture that says something else of the payment than the event that made it.
func (k *booking) asAuthorised(p *Payment) error {
	if d := p.first.DifferOfPayment(k.event); d != nil {
		return refusal(ledger.Invalid, d.Path,
			"expected the same as when the payment was made, %s, or nothing, found %s", d.A, d.B)
	}
	return nil
}

// capture makes the postings of a capture. Nothing may be refused any more: the money has moved.
func (k *booking) capture(p *Payment, id string, splits []Split, amount money.Amount, plan plan) []ledger.Posting {
	c := p.Currency
	postings := slices.Grow(k.postings, len(splits)+2)
	k.postings = postings[:0:cap(postings)]
	postings = append(postings, debit(p.provider, ledger.Pending, amount.Int(), c, PostingCapture))
	rest, reason := amount.Int(), ""
	switch {
	case len(splits) == 0 && plan.why == "":
		if p.instructed.any() {
			reason = "partial capture without splits"
		}
	case plan.why != "":
		k.remark(wire.Remark{Kind: fellBack, Capture: id, Reason: plan.why})
		// The provider has the money, so it has to be somewhere: with whoever the scheme makes answer for missing
		// accounts.
		to := accounts.Liable
		if p.scheme.Missing != scheme.ToLiable {
			to, _ = k.receivable(p.Account)
		}
		whole := credit(to, ledger.Pending, rest, c, PostingMerchant)
		whole.Reason = fallback + plan.why
		return append(postings, whole)
	case p.scheme.Splits == scheme.AtCapture, reportsRow(k.event):
		if _, why, _ := k.firstMissing(splits); why != "" {
			k.remark(wire.Remark{Kind: fellBack, Capture: id, Reason: why})
			whole := credit(accounts.Liable, ledger.Pending, rest, c, PostingMerchant)
			whole.Reason = fallback + why
			return append(postings, whole)
		}
		rest = plan.rest
		for i := range plan.parts {
			// Splits of nothing make no posting; foldPromises adds their parts.
			part := &plan.parts[i]
			if part.minor.IsZero() {
				continue
			}
			sp := &splits[part.split]
			post := credit(sp.Receiver(), ledger.Pending, part.minor, c, string(sp.Type))
			post.Reference, post.Reason = sp.Reference, part.reason
			postings = append(postings, post)
			reason = "remainder: no split takes it"
		}
	}
	if rest.IsZero() {
		return postings
	}
	// All that no split takes is the merchant's.
	merchant, why := k.receivable(p.Account)
	if why != "" {
		reason = why
	}
	whole := credit(merchant, ledger.Pending, rest, c, PostingMerchant)
	whole.Reason = reason
	return append(postings, whole)
}

// foldCapture adds the capture to the payment. What each part got is read from the postings, not worked out again, so
// the state is that of the books even if rules change later.
func foldCapture(p *Payment, s *step) {
	if c := p.capturePiece(s.event); c != nil {
		p.foldPiece(c, s)
		return
	}
	c := p.newCapture()
	c.ID, c.Record, c.At, c.Fact = captureID(s.event), s.rec.Number, s.rec.At, s.event.Fact
	c.Named = s.event.Capture != "" && (!c.Fact || s.event.Capture != s.event.Movement)
	c.merchant, c.Refunded, c.Movement = p.Account, money.New(0, p.Currency), s.event.Movement
	var amount money.Int
	status := PartCompleted
	if p.scheme.Completed == scheme.AtSettlement {
		status = PartPending
	}
	for i := range s.rec.Entries {
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			// The provider's side is the gross amount.
			if post.Account == p.provider {
				amount = amount.Add(post.Amount.Int())
				continue
			}
			k := keyOf(post)
			sh := p.share(c, k)
			sh.got, sh.status = sh.got.Sub(post.Amount.Int()), status
			if post.Reason != "" {
				sh.reason = post.Reason
			}
			if k.kind == PostingMerchant {
				c.merchant = post.Account
			} else if p.scheme.Splits == scheme.Afterwards { // of a row
				c.split = c.split.Sub(post.Amount.Int())
			}
		}
	}
	c.Amount = money.FromInt(amount, p.Currency)
	c.capturedGross.add(s.event.Part != "", rowed(s.event), amount)
	p.Captured = money.FromInt(p.Captured.Int().Add(amount), p.Currency)
	for _, o := range s.remarks {
		if o.Kind == fellBack {
			c.Fallback, c.Reason = true, o.Reason
		}
	}
	if c.Rule = s.event.Rule; p.scheme.Splits == scheme.AtCapture || !reportsRow(s.event) {
		// The splits are kept for what is booked later: at settlement, or by ratio.
		c.splits, _, _ = p.splitsOf(s.given, c.Amount, money.Table{})
	}
	followed := s.given.rule
	if !s.given.any() && len(c.splits) > 0 { // those of the authorisation
		c.Rule, followed = p.first.Rule, p.instructed.rule
	}
	if followed != nil {
		c.Version = followed.Version
	}
	if !c.Fallback {
		p.foldPromises(c, status)
	}
}

// foldPromises adds the parts of a capture that have no posting yet: those of amount zero, and those that are booked at
// settlement, with the amount that is still to be booked.
func (p *Payment) foldPromises(c *Capture, status State) {
	if p.scheme.Splits == scheme.Afterwards {
		return
	}
	p.sized, _ = sizesOf(p.scheme, p.sized[:0], c.splits, c.Amount, c.Amount.Int())
	for _, part := range p.sized {
		sh := p.share(c, partOf(&c.splits[part.split]))
		if sh.status == PartCancelled { // of a split that was replaced
			*sh = share{}
		}
		sh.status = status
		if p.scheme.Splits == scheme.AtSettlement {
			sh.promised = sh.promised.Add(part.minor)
		}
	}
}
