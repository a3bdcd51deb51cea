package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

func bookRefund(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if err := p.refundable(e); err != nil {
		return err
	}
	takes, refused := k.takes(p)
	if refused != nil {
		return refused
	}
	if takes, refused = k.payable(p, takes); refused != nil {
		return refused
	}
	k.open(p.provider, accounts.KindProvider)
	for i, given := range distribute(takes, p.Captures) {
		k.giveBack(p, p.Captures[i], takes, given)
	}
	return nil
}

// refundable refuses a refund that the payment has no room for.
func (p *Payment) refundable(e *Event) *ledger.Error {
	for i := range p.Refunds {
		if p.Refunds[i].ID == e.Refund {
			return refusal(DuplicateReference, "refund", "expected the name of a new refund of the payment, found %s, of %s", quote(e.Refund), p.Refunds[i].Amount)
		}
	}
	if c := e.Amount.Currency(); c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, c)
	}
	if left := p.Refundable(); e.Amount.Int().Cmp(left.Int()) > 0 {
		return refusal(AmountExceedsRefundable, "amount", "expected at most what is captured less refunded, %s, found %s", left, e.Amount)
	}
	return nil
}

// A take is what one part gives of a refund.
type take struct {
	key    partKey
	minor  money.Int
	reason string
	field  string // of the split that says so, for a refusal
}

// takes works out who gives how much: by the refund's splits, else the payment's policy, else the scheme.
func (k *booking) takes(p *Payment) ([]take, *ledger.Error) {
	e := k.event
	whole := e.Amount.Int()
	switch {
	case len(e.Splits) > 0:
		return k.splitTakes(p)
	case p.RefundPolicy != nil:
		return p.policyTakes(whole), nil
	case p.scheme.WholeSplit && whole.Equal(p.Refundable().Int()) && !slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.left().Sign() < 0 }):
		var takes []take
		for _, part := range p.Parts {
			takes = append(takes, take{key: part.key(), minor: part.left()})
		}
		return takes, nil
	}
	return []take{{key: p.merchantPart(), minor: whole}}, nil
}

// merchantPart is the part of what no split takes: the merchant's, or liable's where the merchant's account was closed
// when the money came.
func (p *Payment) merchantPart() partKey {
	for _, part := range p.Parts {
		if part.Type == PostingMerchant {
			return part.key()
		}
	}
	return p.giver(p.Account)
}

// giver is the part of an account that gives a refund without its part being named.
func (p *Payment) giver(id accounts.ID) partKey {
	if id == p.Account {
		return partKey{id, PostingMerchant, ""}
	}
	return partKey{id, PostingRefund, ""}
}

// policyTakes works out who gives how much by the payment's own policy.
func (p *Payment) policyTakes(whole money.Int) []take {
	switch r := p.RefundPolicy; r.Behavior {
	case DeductFromOneBalanceAccount:
		return []take{{key: p.giver(r.TargetAccount), minor: whole}}
	case DeductAccordingToSplitRatio:
		return p.ratioTakes(whole)
	}
	return []take{{key: p.giver(accounts.Liable), minor: whole}}
}

// ratioTakes shares an amount out by what each part has left.
func (p *Payment) ratioTakes(whole money.Int) []take {
	weights := make([]money.Int, len(p.Parts))
	var sum money.Int
	for i, part := range p.Parts {
		if left := part.left(); left.Sign() > 0 {
			weights[i], sum = left, sum.Add(left)
		}
	}
	shares, err := money.Allocate(money.FromInt(whole, p.Currency), weights)
	if err != nil { // no part has anything left
		return []take{{key: p.merchantPart(), minor: whole}}
	}
	takes := make([]take, len(shares))
	for i := range shares {
		takes[i] = take{key: p.Parts[i].key(), minor: shares[i].Int()}
		if shares[i].Int().Mul(sum).Cmp(whole.Mul(weights[i])) > 0 {
			takes[i].reason = "rounding: +1"
		}
	}
	return takes
}

// splitTakes works out who gives how much by the refund's own splits.
func (k *booking) splitTakes(p *Payment) ([]take, *ledger.Error) {
	e, s := k.event, p.scheme
	if s.Refunds == NoSplits {
		return nil, refusal(ledger.Invalid, "splits", "expected no splits: with %s a refund gives no split back, a transfer does, found %d", p.Provider, len(e.Splits))
	}
	for i := range e.Splits {
		if t := e.Splits[i].Type; t.Fee() {
			return nil, refusal(ledger.Invalid, "splits"+index(i)+".type", "expected parts of the amount in a refund, found the fee split %s", t)
		}
	}
	if err := s.check(e.Splits, p.Currency); err != nil {
		return nil, err
	}
	parts, rest := s.sizes(nil, e.Splits, e.Amount, k.books.Table())
	if err := s.fits(parts, rest, e.Amount); err != nil {
		return nil, err
	}
	takes := make([]take, 0, len(parts)+1)
	for _, part := range parts {
		field := "splits" + index(part.split)
		key, err := k.taken(p, &e.Splits[part.split], field)
		if err != nil {
			return nil, err
		}
		takes = append(takes, take{key, part.minor, part.reason, field + ".account"})
	}
	if !rest.IsZero() {
		takes = append(takes, take{key: p.merchantPart(), minor: rest, reason: "remainder: no split takes it"})
	}
	return takes, nil
}

// taken finds the part that a split of a refund takes from.
func (k *booking) taken(p *Payment, s *Split, field string) (partKey, *ledger.Error) {
	if key, ok := p.original(s); ok {
		return key, nil
	}
	switch p.scheme.Refunds {
	case AnyAccount:
		if why, code := k.missing(s.account()); why != "" {
			return partKey{}, refusal(code, field+".account", "expected an open account of kind sub, platform or liable, found %s", why)
		}
		return s.key(), nil
	case PaymentAccounts:
		id := s.account()
		if id == p.Account {
			return p.giver(id), nil
		}
		if slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.Account == id }) {
			return s.key(), nil
		}
		return partKey{}, refusal(UnknownSplitReference, field+".account", "expected an account of the payment, found %s", id)
	}
	return partKey{}, refusal(UnknownSplitReference, field+".reference", "expected the reference and account of a part of the payment, found %s of %s", quote(s.Reference), s.account())
}

// original finds the part of the payment that a split of a refund names. What was split but fell back is liable's.
func (p *Payment) original(s *Split) (partKey, bool) {
	key := s.key()
	if p.parts.find(key) != nil {
		return key, true
	}
	if s.Reference != "" {
		for _, part := range p.Parts {
			if part.Account == key.account && part.Reference == s.Reference {
				return part.key(), true
			}
		}
	}
	for _, c := range p.Captures {
		if !c.Fallback {
			continue
		}
		for i := range c.splits {
			o := &c.splits[i]
			if !o.Type.Fee() && o.account() == key.account && o.Reference == s.Reference && (s.Reference != "" || o.Type == s.Type) {
				return partKey{accounts.Liable, PostingMerchant, ""}, true
			}
		}
	}
	return partKey{}, false
}

// payable sees to accounts that were closed since: where the scheme books to liable, liable gives all of the refund,
// else it is refused.
func (k *booking) payable(p *Payment, takes []take) ([]take, *ledger.Error) {
	for i := range takes {
		if takes[i].minor.IsZero() {
			continue
		}
		why, code := k.missing(takes[i].key.account)
		if why == "" {
			continue
		}
		if p.scheme.Missing != ToLiable {
			return nil, refusal(code, takes[i].field, "expected an open account to take the refund from, found %s", why)
		}
		k.outcome(outcome{fellBack, "", 0, why})
		return []take{{key: p.giver(accounts.Liable), minor: k.event.Amount.Int(), reason: fallback + why}}, nil
	}
	return takes, nil
}

// distribute says how much each take gives of each capture, first to last, no more than the capture has left to
// refund. A part gives of a capture what it got of it before it gives of another.
func distribute(takes []take, captures []*Capture) [][]money.Int {
	need := make([]money.Int, len(takes))
	for i := range takes {
		need[i] = takes[i].minor
	}
	room := make([]money.Int, len(captures))
	given := make([][]money.Int, len(captures))
	for i, c := range captures {
		room[i] = c.Amount.Int().Sub(c.Refunded.Int())
		given[i] = make([]money.Int, len(takes))
	}
	give := func(i, j int, most money.Int) {
		x := least(need[j], room[i], most)
		if x.Sign() > 0 {
			given[i][j] = given[i][j].Add(x)
			need[j], room[i] = need[j].Sub(x), room[i].Sub(x)
		}
	}
	for i, c := range captures {
		for j := range takes {
			if s := c.shares.find(takes[j].key); s != nil {
				give(i, j, s.got.Sub(s.refunded))
			}
		}
	}
	for i := range captures {
		for j := range takes {
			give(i, j, need[j])
		}
	}
	return given
}

func least(a, b, c money.Int) money.Int {
	if b.Cmp(a) < 0 {
		a = b
	}
	if c.Cmp(a) < 0 {
		a = c
	}
	return a
}

// giveBack books what a refund takes of one capture: from pending until it is settled, then from available.
func (k *booking) giveBack(p *Payment, c *Capture, takes []take, given []money.Int) {
	sub := ledger.Pending
	if c.Settled {
		sub = ledger.Available
	}
	var postings []ledger.Posting
	var sum money.Int
	for j, minor := range given {
		if minor.IsZero() {
			continue
		}
		post := debit(takes[j].key.account, sub, minor, p.Currency, takes[j].key.kind)
		post.Reference, post.Reason = takes[j].key.reference, takes[j].reason
		postings = append(postings, post)
		sum = sum.Add(minor)
	}
	if len(postings) > 0 {
		k.entry(c.ID, append(postings, credit(p.provider, sub, sum, p.Currency, PostingRefund)))
	}
}

func foldRefund(p *Payment, s *step) {
	var whole money.Int
	for i := range s.rec.Entries {
		c := p.capture(s.rec.Entries[i].Reference)
		if c == nil {
			continue
		}
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			if post.Account == p.provider {
				back := post.Amount.Int().Neg()
				whole = whole.Add(back)
				c.Refunded = money.FromInt(c.Refunded.Int().Add(back), p.Currency)
				continue
			}
			sh := p.share(c, keyOf(post))
			sh.refunded = sh.refunded.Add(post.Amount.Int())
		}
	}
	p.Refunded = money.FromInt(p.Refunded.Int().Add(whole), p.Currency)
	p.Refunds = append(p.Refunds, Refund{s.event.Refund, s.rec.At, money.FromInt(whole, p.Currency)})
}
