package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

func bookRefund(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	r := p.refundOf(e)
	if err := p.refundable(e, r); err != nil {
		return err
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	k.key(KeyRefund, p.Provider+"/"+e.Refund)
	whole := r.tells(e)
	if whole.IsZero() {
		return nil
	}
	within := whole
	if left := p.unrefunded(); left.Cmp(within) < 0 { // of a fact
		within = left
	}
	takes, refused := k.takes(p, within, whole)
	if refused != nil {
		return refused
	}
	if takes, refused = k.payable(p, takes); refused != nil {
		return refused
	}
	k.open(p.provider, accounts.KindProvider)
	given, over := distribute(takes, p.Captures, (*Capture).refundable, (*share).left)
	for i, c := range p.Captures {
		k.takeBack(p, c, takes, given[i], p.Currency, PostingRefund)
	}
	if e.Fact {
		k.beyond(p, takes, over, whole)
	}
	if r.undoes(e) {
		k.undone()
	}
	return nil
}

// refundOf returns the refund that an event names, or whose movement it tells; nil if there is none.
func (p *Payment) refundOf(e *Event) *Refund {
	for i := range p.Refunds {
		if r := &p.Refunds[i]; e.Movement != "" && (r.Movement == e.Movement || r.Movement == "" && r.ID == e.Movement) {
			return r
		}
	}
	if r := p.refund(e.Refund); r != nil && (e.Movement == "" || r.Movement == "" || r.attempted() || r.Failed) {
		return r
	}
	return nil
}

// tells returns how much an event tells of a refund beyond what is booked of it. Nothing is booked of one that is new, or failed.
func (r *Refund) tells(e *Event) money.Int {
	if r == nil || r.Failed {
		return e.Amount.Int()
	}
	t := r.told
	return t.add(e.Part != "", rowed(e), e.Amount.Int())
}

// attempted reports whether the books have no more of a refund than that it failed.
func (r *Refund) attempted() bool { return r.Failed && len(r.lines.values) == 0 }

// undoes reports whether an event tells that a refund was done before it failed, by the times that the provider tells. What is
// of another movement than the one that failed was done after all.
func (r *Refund) undoes(e *Event) bool {
	if r == nil || !r.Failed || e.At.IsZero() || e.At.After(r.failedAt) {
		return false
	}
	return e.Movement == "" || e.Movement == r.Movement || e.Movement == r.failure
}

// undone books the opposite of all entries of the record: what it tells was done, and undone since.
func (k *booking) undone() {
	for _, entry := range k.rec.Entries {
		postings := slices.Clone(entry.Postings)
		for i := range postings {
			postings[i].Amount = postings[i].Amount.Neg()
			postings[i].Reason = reasons(postings[i].Reason, "failed since")
		}
		k.entry(entry.Reference, postings)
	}
}

// excess is why an account gives what is left of no capture.
const excess = "more than was left to refund"

// beyond books what a provider has given back above what was left to refund, from what is available: over is what the
// takes leave to do, and the merchant gives what no take is for of the whole.
func (k *booking) beyond(p *Payment, takes []take, over []money.Int, rest money.Int) {
	for i := range takes {
		rest = rest.Sub(takes[i].minor)
		takes[i].reason = reasons(takes[i].reason, excess)
	}
	if rest.Sign() > 0 {
		takes, over = append(takes, k.merchantTake(p, rest, excess)), append(over, rest)
	}
	k.takeBack(p, nil, takes, over, p.Currency, PostingRefund)
}

// merchantTake lets the merchant give for others, or liable where the merchant's account was closed.
func (k *booking) merchantTake(p *Payment, minor money.Int, reason string) take {
	key := p.merchantPart()
	if why, _ := k.missing(key.account); why != "" {
		key, reason = p.giver(accounts.Liable), reasons(reason, fallback+why)
	}
	return take{key: key, minor: minor, reason: reason}
}

// reasons puts two reasons together, of which either may be empty.
func reasons(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// refundable refuses a refund that the payment has no room for.
func (p *Payment) refundable(e *Event, r *Refund) *ledger.Error {
	if r != nil && !(e.Movement != "" && r.ofMovement(e.Movement)) && !(r.Failed && e.Fact) {
		return refusal(DuplicateReference, "refund", "expected the name of a new refund of the payment, found %s, of %s", quote(e.Refund), r.Amount)
	}
	if c := e.Amount.Currency(); c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, c)
	}
	if e.Fact {
		return nil
	}
	if refused := p.refuse(e.Type); refused != nil && refused.Code == InvalidState {
		return refused
	}
	if e.Amount.Int().Cmp(p.Captured.Int()) > 0 {
		return refusal(AmountExceedsCaptured, "amount", "expected at most what is captured, %s, found %s", p.Captured, e.Amount)
	}
	if left := p.Refundable(); e.Amount.Int().Cmp(left.Int()) > 0 {
		return p.exceeds(left, e.Amount)
	}
	return nil
}

// ofMovement reports whether a refund is, or may be, a movement of the provider.
func (r *Refund) ofMovement(movement string) bool {
	return r.Movement == "" || r.Movement == movement || r.ID == movement
}

// takes works out who gives how much: the account whose row the event tells, else by the refund's splits, else the payment's policy,
// else the scheme. Without splits they are for whole, which is all of the refund but what a fact has beyond what is left; all is what
// is to be booked.
func (k *booking) takes(p *Payment, whole, all money.Int) ([]take, *ledger.Error) {
	e := k.event
	switch {
	case rowed(e):
		return []take{{key: p.partAt(e.Account, p.giver), minor: all}}, nil
	case len(e.Splits) > 0 && !all.Equal(e.Amount.Int()): // what rows have not told
		return []take{k.merchantTake(p, all, "remainder: no row tells it")}, nil
	case len(e.Splits) > 0:
		takes, refused := k.splitTakes(p)
		if refused != nil && e.Fact {
			return []take{k.merchantTake(p, e.Amount.Int(), fallback+refused.Message)}, nil
		}
		return takes, refused
	case p.RefundPolicy != nil:
		return p.byBehavior(p.RefundPolicy.Behavior, p.RefundPolicy.TargetAccount, whole, (*Part).left, p.giver), nil
	case p.scheme.WholeSplit && whole.Equal(p.unrefunded()) && !slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.left().Sign() < 0 }):
		var takes []take
		for _, part := range p.Parts {
			takes = append(takes, take{key: part.key(), minor: part.left()})
		}
		return takes, nil
	}
	if takes := p.undisputedTakes(whole); takes != nil {
		return takes, nil
	}
	return []take{{key: p.merchantPart(), minor: whole}}, nil
}

// merchantPart is the part of what no split takes: the merchant's, or liable's where the merchant's account was closed
// when the money came.
func (p *Payment) merchantPart() partKey {
	for _, part := range p.Parts {
		if part.Type == PostingMerchant && !part.cancelled() {
			return part.key()
		}
	}
	return p.giver(p.Account)
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
	parts, rest := k.sizes(nil, s, e.Splits, e.Amount, e.Amount.Int())
	if err := s.fits(parts, rest, e.Amount); err != nil {
		return nil, err
	}
	takes := make([]take, 0, len(parts)+1)
	for _, part := range parts {
		field := "splits" + index(part.split)
		key, err := k.taken(p, &e.Splits[part.split], field)
		if err != nil && e.Fact {
			takes = append(takes, k.merchantTake(p, part.minor, fallback+err.Message))
			continue
		}
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
		if why, code := k.missing(s.Receiver()); why != "" {
			return partKey{}, refusal(code, field+".account", "expected an open account of kind sub, platform or liable, found %s", why)
		}
		return p.only(s), nil
	case PaymentAccounts:
		id := s.Receiver()
		if id == p.Account {
			return p.giver(id), nil
		}
		if slices.ContainsFunc(p.Parts, func(part *Part) bool { return part.Account == id && !part.cancelled() }) {
			return p.only(s), nil
		}
		return partKey{}, refusal(UnknownSplitReference, field+".account", "expected an account of the payment, found %s", id)
	}
	return partKey{}, refusal(UnknownSplitReference, field+".reference", "expected the reference and account of a part of the payment, found %s of %s", quote(s.Reference), s.Receiver())
}

// only is the one part of an account that a split without reference names, where refunds name accounts and not parts; else the
// account gives as a part of its own.
func (p *Payment) only(s *Split) partKey {
	var one *Part
	for _, part := range p.Parts {
		if part.Account != s.Receiver() || part.cancelled() {
			continue
		}
		if one != nil || s.Reference != "" {
			return partOf(s)
		}
		one = part
	}
	if one == nil {
		return partOf(s)
	}
	return one.key()
}

// original finds the part of the payment that a split of a refund names. What was split but fell back is liable's or the merchant's.
func (p *Payment) original(s *Split) (partKey, bool) {
	key := partOf(s)
	if part := p.parts.find(key); part != nil && !part.cancelled() {
		return key, true
	}
	if s.Reference != "" {
		for _, part := range p.Parts {
			if part.Account == key.account && part.Reference == s.Reference && !part.cancelled() {
				return part.key(), true
			}
		}
	}
	for _, c := range p.Captures {
		if !c.Fallback || c.Cancelled {
			continue
		}
		for i := range c.splits {
			o := &c.splits[i]
			if !o.Type.Fee() && o.Receiver() == key.account && o.Reference == s.Reference && (s.Reference != "" || o.Type == s.Type) {
				return partKey{c.merchant, PostingMerchant, ""}, true
			}
		}
	}
	return partKey{}, false
}

// payable sees to accounts that were closed since: where the scheme books to liable, liable gives all of the refund,
// else it is refused, or the merchant gives for them what has been given already.
func (k *booking) payable(p *Payment, takes []take) ([]take, *ledger.Error) {
	for i := range takes {
		if takes[i].minor.IsZero() {
			continue
		}
		why, code := k.missing(takes[i].key.account)
		if why == "" {
			continue
		}
		if p.scheme.Missing != ToLiable && k.event.Fact {
			takes[i] = k.merchantTake(p, takes[i].minor, reasons(takes[i].reason, fallback+why))
			continue
		}
		if p.scheme.Missing != ToLiable {
			return nil, refusal(code, takes[i].field, "expected an open account to take the refund from, found %s", why)
		}
		k.remark(wire.Remark{Kind: fellBack, Reason: why})
		var all money.Int
		for j := range takes {
			all = all.Add(takes[j].minor)
		}
		return []take{{key: p.giver(accounts.Liable), minor: all, reason: fallback + why}}, nil
	}
	return takes, nil
}

func foldRefund(p *Payment, s *step) {
	r := p.refundOf(s.event)
	if r == nil {
		p.Refunds = append(p.Refunds, Refund{ID: s.event.Refund, At: s.rec.At, Fact: s.event.Fact, Amount: money.New(0, p.Currency)})
		r = &p.Refunds[len(p.Refunds)-1]
	}
	if r.Failed && len(s.rec.Entries) > 0 && !r.undoes(s.event) { // done after all
		r.told, r.Amount, r.Failed = telling{}, money.New(0, p.Currency), false
	}
	r.told.add(s.event.Part != "", rowed(s.event), s.event.Amount.Int())
	if s.event.Movement != "" {
		r.Movement = s.event.Movement
	}
	var whole money.Int
	for i := range s.rec.Entries {
		c := p.capture(s.rec.Entries[i].Reference) // none of what is beyond all captures
		for j := range s.rec.Entries[i].Postings {
			post := &s.rec.Entries[i].Postings[j]
			if post.Account != p.provider {
				r.lines.add(c, keyOf(post), post.Amount.Int(), post.Reason)
				p.refunded(c, keyOf(post), post.Amount.Int())
				whole = whole.Add(post.Amount.Int())
			}
		}
	}
	r.Amount = money.FromInt(r.Amount.Int().Add(whole), p.Currency)
}

// refunded counts what a refund took of a capture, or gave back if it is negative.
func (p *Payment) refunded(c *Capture, k partKey, minor money.Int) {
	if c != nil {
		c.Refunded = money.FromInt(c.Refunded.Int().Add(minor), p.Currency)
	}
	sh := p.gift(c, k)
	sh.refunded = sh.refunded.Add(minor)
	p.Refunded = money.FromInt(p.Refunded.Int().Add(minor), p.Currency)
}

// partAt is the part of an account of which the provider tells a row: the one that has most left. An account without a part is one
// that gives for others.
func (p *Payment) partAt(id accounts.ID, giver func(accounts.ID) partKey) partKey {
	var best *Part
	for _, part := range p.Parts {
		if part.Account == id && !part.cancelled() && (best == nil || part.left().Cmp(best.left()) > 0) {
			best = part
		}
	}
	if best == nil {
		return giver(id)
	}
	return best.key()
}

// refund returns a refund by its name, nil if there is none.
func (p *Payment) refund(id string) *Refund {
	for i := range p.Refunds {
		if p.Refunds[i].ID == id {
			return &p.Refunds[i]
		}
	}
	return nil
}

// State returns how far the refund has come.
func (r *Refund) State() State {
	if r.Failed {
		return RefundFailed
	}
	return RefundCompleted
}

// bookRefundFailed books that a refund did not go through. One that the books do not have is kept under its movement.
func bookRefundFailed(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if c := e.Amount.Currency(); c != "" && c != p.Currency {
		return refusal(CurrencyMismatch, "amount.currency", "expected the payment's currency, %s, found %s", p.Currency, c)
	}
	r := p.refundOf(e)
	if r == nil && e.Movement == "" {
		names := make([]string, len(p.Refunds))
		for i := range p.Refunds {
			names[i] = p.Refunds[i].ID
		}
		return refusal(ledger.Invalid, "refund", "expected a refund of the payment (it has %s), found %s", orNone(names), quote(e.Refund))
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	switch {
	case r == nil:
		k.key(KeyRefund, p.Provider+"/"+e.Refund)
	case !r.Failed:
		_, minor := p.fails(r, e)
		k.restore(p, r.lines.values, r.lines.givenBack(e.Account, minor), r.lines.reasons(), p.Currency, PostingRefund)
	}
	return nil
}

// fails returns how much an event tells to have failed of a refund, and how much of that is still to be booked. What is told of no
// account is a round.
func (p *Payment) fails(r *Refund, e *Event) (told, minor money.Int) {
	t, left := p.toldOf(e, string(p.Currency)), r.lines.left()
	if told = e.Amount.Int(); e.Amount.Currency() == "" {
		told = t.rest(&r.lines, e)
	}
	if minor = t.add(true, rowed(e), told); minor.Cmp(left) > 0 {
		minor = left
	}
	return told, minor
}

// rest returns what an event tells of lines that come back where it does not say how much: all that has not come back yet, or
// what has not of its account.
func (t *telling) rest(l *lines, e *Event) (left money.Int) {
	if !rowed(e) {
		return atLeastZero(t.booked.Add(l.left()).Sub(t.parts))
	}
	for _, one := range l.values {
		if one.key.account == e.Account {
			left = left.Add(one.minor.Sub(one.back))
		}
	}
	return left
}

func foldRefundFailed(p *Payment, s *step) {
	e := s.event
	r := p.refundOf(e)
	if r == nil {
		p.Refunds = append(p.Refunds, Refund{ID: e.Refund, At: s.rec.At, Amount: money.New(0, p.Currency), Failed: true, Fact: true,
			Movement: e.Movement, failedAt: s.happened(), failure: e.Movement})
		return
	}
	if r.Failed {
		return
	}
	told, minor := p.fails(r, e)
	amounts := r.lines.givenBack(e.Account, minor)
	for i, l := range r.lines.values {
		l.back = l.back.Add(amounts[i])
		p.refunded(l.capture, l.key, amounts[i].Neg())
	}
	p.telling(e, string(p.Currency)).add(true, rowed(e), told)
	if r.lines.left().IsZero() {
		r.Failed, r.failedAt, r.failure = true, s.happened(), e.Movement
	}
}
