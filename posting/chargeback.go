package posting

import (
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Chargeback is money that a dispute took.
type Chargeback struct {
	ID         string
	At         time.Time
	Amount     money.Amount // any currency
	Reversed   money.Amount // of that, what came back
	Fee        money.Amount // of the dispute; zero if there was none
	FeeAccount accounts.ID  // who bore the fee
	Paid       []Payer      // who paid what
	Movement   string       // the provider's reference of it, where that is known
	Second     bool         // what was won is taken again
	Confirmed  *Confirmation

	told    telling // what the provider told of it
	feeTold telling // and of its fee
	lines   lines
}

// A Payer is what one account paid of a chargeback.
type Payer struct {
	Account   accounts.ID
	Type      string // of the part it paid for; Chargeback where it paid for no part
	Reference string
	Amount    money.Amount
	Reversed  money.Amount // of that, what came back
	Reason    string       // why, where a rule decided
}

// Left returns what the dispute took and did not give back.
func (c *Chargeback) Left() money.Amount {
	return money.FromInt(c.Amount.Int().Sub(c.Reversed.Int()), c.Amount.Currency())
}

// State returns how far the chargeback has come.
func (c *Chargeback) State() State {
	switch {
	case c.Left().IsZero():
		return ChargebackReversed
	case c.Reversed.IsZero():
		return ChargebackOpen
	}
	return ChargebackPartReversed
}

// chargeback returns the last chargeback of a name, nil if there is none.
func (p *Payment) chargeback(id string) *Chargeback {
	for _, c := range slices.Backward(p.Chargebacks) {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// openChargeback returns the last chargeback of a name that has not come back whole, else the last of that name.
func (p *Payment) openChargeback(id string) *Chargeback {
	for _, c := range slices.Backward(p.Chargebacks) {
		if c.ID == id && !c.Left().IsZero() {
			return c
		}
	}
	return p.chargeback(id)
}

// got returns what a part got of captures that stand, given back or not.
func (p *Part) got() (got money.Int) {
	for _, s := range p.shares {
		got = got.Add(s.got)
	}
	return got
}

// disputed is the part of an account that pays a chargeback for others.
func disputed(id accounts.ID) partKey { return partKey{id, PostingChargeback, ""} }

// ChargebackDefault returns whose money disputes take of payments that do not say so themselves: what the last event
// [ChargebackDefault] said, else [DeductFromLiableAccount].
func (b *Book) ChargebackDefault() (ChargebackPolicy, error) {
	return chargebackDefault(&b.ledger.Reader)
}

// everyDefault is carried by the events that say whose money disputes take.
var everyDefault = ledger.Key{Space: KeyChargebackDefault}

func chargebackDefault(books *ledger.Reader) (ChargebackPolicy, error) {
	rec, err := books.Last(everyDefault)
	if err != nil || rec == nil {
		return ChargebackPolicy{Behavior: DeductFromLiableAccount}, err
	}
	came, err := wire.Read(rec)
	if err != nil {
		return ChargebackPolicy{}, err
	}
	policy := came.Event.ChargebackPolicy
	if policy == nil {
		return ChargebackPolicy{}, wire.Damaged(rec, fmt.Errorf("a %s where the default of chargebacks was said", came.Event.Type))
	}
	return *policy, nil
}

func bookChargebackDefault(k *booking) error {
	if err := k.receivesDisputes(k.event.ChargebackPolicy); err != nil {
		return err
	}
	k.rec.Keys = append(k.rec.Keys, everyDefault)
	return nil
}

// ChargebackPolicy returns whose money the next dispute of a payment takes: as the payment says, else as the first one of it did,
// else by the default.
func (b *Book) ChargebackPolicy(p *Payment) (ChargebackPolicy, error) {
	return disputes(&b.ledger.Reader, p)
}

func disputes(books *ledger.Reader, p *Payment) (ChargebackPolicy, error) {
	if p.ChargebackPolicy != nil {
		return *p.ChargebackPolicy, nil
	}
	policy, err := chargebackDefault(books)
	if err == nil && len(p.Chargebacks) > 0 {
		policy.Behavior, policy.TargetAccount = p.Chargebacks[0].rule()
	}
	return policy, err
}

// rule returns what a chargeback went by, as its lines tell: one account paid all of it for others, or each part its own.
func (c *Chargeback) rule() (Behavior, accounts.ID) {
	var payer accounts.ID
	for _, l := range c.lines.values {
		switch {
		case l.minor.IsZero(): // it was reassigned to another account
		case l.key.kind != PostingChargeback:
			return DeductAccordingToSplitRatio, ""
		case payer == "":
			payer = l.key.account
		}
	}
	if payer == "" {
		return DeductFromLiableAccount, ""
	}
	return DeductFromOneBalanceAccount, payer
}

// ChargebackOf says who would pay a chargeback of an amount in any currency by a policy, as if no account were closed.
func (p *Payment) ChargebackOf(policy ChargebackPolicy, amount money.Amount) []Payer {
	var payers []Payer
	for _, t := range p.byBehavior(policy.Behavior, policy.TargetAccount, amount.Int(), (*Part).got, disputed) {
		if !t.minor.IsZero() {
			c := amount.Currency()
			payers = append(payers, Payer{t.key.account, t.key.kind, t.key.reference, money.FromInt(t.minor, c), money.New(0, c), t.reason})
		}
	}
	return payers
}

// receivesDisputes refuses a policy with accounts that money cannot be booked to.
func (k *booking) receivesDisputes(p *ChargebackPolicy) *ledger.Error {
	if p == nil {
		return nil
	}
	if p.TargetAccount != "" {
		if err := k.receives("chargeback.targetAccount", p.TargetAccount); err != nil {
			return err
		}
	}
	if p.CostAllocationAccount != "" {
		return k.receives("chargeback.costAllocationAccount", p.CostAllocationAccount)
	}
	return nil
}

func bookChargeback(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	c := p.chargebackOf(e)
	if err := k.disputable(p, c); err != nil {
		return err
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	policy, err := disputes(k.books, p)
	if err != nil {
		return err
	}
	if fee := c.feeTells(e); !fee.IsZero() {
		defer k.disputeFee(p, policy.CostAllocationAccount, fee)
	}
	whole := c.tells(e)
	if whole.IsZero() {
		return nil
	}
	currency := e.Amount.Currency()
	takes := k.disputeTakes(p, policy, whole)
	k.open(p.provider, accounts.KindProvider)
	captures := p.Captures
	if currency != p.Currency {
		captures = nil
	}
	given, over := distribute(takes, captures, (*Capture).undisputed, (*share).undisputed)
	for i, c := range captures {
		k.takeBack(p, c, takes, given[i], currency, PostingChargeback)
	}
	k.takeBack(p, nil, takes, over, currency, PostingChargeback)
	return nil
}

// disputeTakes works out who pays a dispute: the account whose row the event tells, else by the policy.
func (k *booking) disputeTakes(p *Payment, policy ChargebackPolicy, whole money.Int) []take {
	takes := []take{{key: p.partAt(k.event.Account, disputed), minor: whole}}
	if !rowed(k.event) {
		takes = p.byBehavior(policy.Behavior, policy.TargetAccount, whole, (*Part).got, disputed)
	}
	for i := range takes {
		if to, why := k.bearable(takes[i].key.account); why != "" && !takes[i].minor.IsZero() {
			takes[i].key, takes[i].reason = disputed(to), why
		}
	}
	return takes
}

// chargebackOf returns the chargeback whose movement an event tells; nil if there is none. Without a movement an event is of
// a new chargeback, unless it is an account's row of one that is named.
func (p *Payment) chargebackOf(e *Event) *Chargeback {
	if e.Movement == "" && !(rowed(e) && e.Part != "") {
		return nil
	}
	for _, c := range slices.Backward(p.Chargebacks) {
		if e.Movement != "" && c.Second == e.Second && c.ofMovement(e.Movement) {
			return c
		}
	}
	if c := p.chargeback(e.Chargeback); c != nil && c.Second == e.Second && c.Movement == "" {
		return c
	}
	return nil
}

// ofMovement reports whether a chargeback is a movement of the provider.
func (c *Chargeback) ofMovement(movement string) bool {
	return c.Movement == movement || c.Movement == "" && c.ID == movement
}

// tells returns how much an event tells of a chargeback beyond what is booked of it.
func (c *Chargeback) tells(e *Event) money.Int {
	if c == nil || c.Amount.Currency() != e.Amount.Currency() {
		return e.Amount.Int()
	}
	t := c.told
	return t.add(e.Part != "", rowed(e), e.Amount.Int())
}

// feeTells returns how much an event tells of the dispute's fee beyond what is booked of it.
func (c *Chargeback) feeTells(e *Event) money.Int {
	if c == nil || c.Amount.Currency() != e.Amount.Currency() || c.Fee.Currency() != e.DisputeFee.Currency() {
		return e.DisputeFee.Int()
	}
	t := c.feeTold
	return t.add(e.Part != "", rowed(e), e.DisputeFee.Int())
}

// disputable refuses a chargeback that the payment cannot have; c is the one that the event tells more of, nil of a new one.
func (k *booking) disputable(p *Payment, c *Chargeback) *ledger.Error {
	e := k.event
	if err := k.known("amount", e.Amount.Currency()); err != nil {
		return err
	}
	if !e.DisputeFee.IsZero() {
		if err := k.known("fee", e.DisputeFee.Currency()); err != nil {
			return err
		}
	}
	if named := p.chargeback(e.Chargeback); c == nil && named != nil && named.Second == e.Second {
		if err := chargebackLife.refuse("chargeback", named.ID, named.State(), e.Type); err != nil {
			return refusal(err.Code, "chargeback", "expected the name of a new chargeback of the payment, or of one that is %s, found %s, of %s, which is %s", ChargebackReversed, quote(named.ID), named.Amount, named.State())
		}
	}
	return p.refuse(e.Type)
}

// disputeFee books what the dispute costs, as an entry of its own.
func (k *booking) disputeFee(p *Payment, account accounts.ID, minor money.Int) {
	if account == "" {
		account = accounts.Liable
	}
	bearer, reason := k.bearable(account)
	c := p.feeCapture()
	currency := k.event.DisputeFee.Currency()
	post := debit(bearer, c.sub(), minor, currency, string(FeeDispute))
	post.Reason = reason
	k.entry(c.name(), []ledger.Posting{post, credit(p.provider, c.sub(), minor, currency, PostingFees)})
}

// ofFees reports whether an entry books fees: the provider's side of it, the last posting, says so.
func ofFees(e *ledger.Entry) bool {
	return e.Postings[len(e.Postings)-1].Type == PostingFees
}

func foldChargeback(p *Payment, s *step) {
	e := s.event
	c := p.chargebackOf(e)
	if c == nil || c.Amount.Currency() != e.Amount.Currency() {
		c = &Chargeback{ID: e.Chargeback, At: s.rec.At, Amount: money.New(0, e.Amount.Currency()), Reversed: money.New(0, e.Amount.Currency()), Second: e.Second}
		p.Chargebacks = append(p.Chargebacks, c)
	}
	if e.Movement != "" {
		c.Movement = e.Movement
	}
	c.told.add(e.Part != "", rowed(e), e.Amount.Int())
	c.feeTold.add(e.Part != "", rowed(e), e.DisputeFee.Int())
	for i := range s.rec.Entries {
		entry := &s.rec.Entries[i]
		if ofFees(entry) {
			p.foldFees(entry, e)
			c.foldFees(entry)
			continue
		}
		capture := p.capture(entry.Reference)
		for j := range entry.Postings {
			post := &entry.Postings[j]
			if post.Account == p.provider {
				continue
			}
			c.lines.add(capture, keyOf(post), post.Amount.Int(), post.Reason)
			c.lines.find(lineKey{capture, keyOf(post)}).disputes(post.Amount.Int())
			c.Amount = money.FromInt(c.Amount.Int().Add(post.Amount.Int()), c.Amount.Currency())
		}
	}
}

// disputes counts what a chargeback takes of a line's capture and share, or gives back to them if it is negative.
func (l *line) disputes(minor money.Int) {
	if l.capture == nil {
		return
	}
	l.capture.disputed = l.capture.disputed.Add(minor)
	if sh := l.capture.shares.find(l.key); sh != nil {
		sh.disputed = sh.disputed.Add(minor)
	}
}

func bookChargebackReversed(k *booking) error {
	e := k.event
	p, err := k.existing()
	if err != nil {
		return err
	}
	if err := k.ofMovement(p); err != nil {
		return err
	}
	backs, refused := p.reverses(e)
	if refused != nil {
		return refused
	}
	for _, b := range backs {
		amounts, reasons := b.chargeback.giveBack(b.minor, e.Account)
		k.restore(p, b.chargeback.lines.values, amounts, reasons, b.chargeback.Amount.Currency(), PostingChargeback)
	}
	return nil
}

// A back is what comes back of one chargeback.
type back struct {
	chargeback *Chargeback
	minor      money.Int
}

// reverses says what an event gives back of which chargebacks of its name: of the one that has just so much left, else of the
// newest that has as much, else of all, the newest first.
func (p *Payment) reverses(e *Event) ([]back, *ledger.Error) {
	last := p.chargeback(e.Chargeback)
	if last == nil {
		var names []string
		for _, c := range p.Chargebacks {
			if !slices.Contains(names, c.ID) {
				names = append(names, c.ID)
			}
		}
		return nil, refusal(ledger.Invalid, "chargeback", "expected a chargeback of the payment (it has %s), found %s", orNone(names), quote(e.Chargeback))
	}
	amount := e.Amount
	if amount.Currency() == "" {
		last = p.openChargeback(e.Chargeback)
		if err := chargebackLife.refuse("chargeback", last.ID, last.State(), e.Type); err != nil {
			return nil, err
		}
		amount = last.Left()
	}
	if amount.Currency() != last.Amount.Currency() {
		return nil, refusal(CurrencyMismatch, "amount.currency", "expected the chargeback's currency, %s, found %s", last.Amount.Currency(), amount.Currency())
	}
	minor := amount.Int()
	if e.Movement != "" {
		t := p.toldOf(e, string(amount.Currency()))
		if e.Amount.Currency() == "" {
			minor = t.rest(&last.lines, e)
		}
		minor = t.add(true, rowed(e), minor) // what is told of no account is a round
		if minor.IsZero() {
			return nil, nil
		}
	}
	left := money.New(0, amount.Currency())
	var open []*Chargeback
	for _, c := range slices.Backward(p.Chargebacks) {
		if c.ID == e.Chargeback && c.Left().Sign() > 0 && c.Amount.Currency() == amount.Currency() {
			open = append(open, c)
			left = money.Sum(left.Currency(), left, c.Left())
		}
	}
	switch {
	case len(open) == 0:
		return nil, chargebackLife.refuse("chargeback", last.ID, last.State(), e.Type)
	case minor.Cmp(left.Int()) > 0:
		return nil, refusal(ledger.Invalid, "amount", "expected at most what the chargeback took and has not given back, %s, found %s", left, amount)
	}
	return outOf(open, minor), nil
}

// outOf takes an amount out of what chargebacks have left.
func outOf(open []*Chargeback, minor money.Int) (backs []back) {
	for _, fits := range []func(left money.Int) bool{
		func(left money.Int) bool { return left.Equal(minor) },
		func(left money.Int) bool { return left.Cmp(minor) > 0 },
	} {
		for _, c := range open {
			if fits(c.Left().Int()) {
				return []back{{c, minor}}
			}
		}
	}
	for _, c := range open {
		x := least(c.Left().Int(), minor, minor)
		if x.Sign() > 0 {
			backs, minor = append(backs, back{c, x}), minor.Sub(x)
		}
	}
	return backs
}

// giveBack says how much of each line a reversal gives back: to each payer by what it paid and has not got back, so that
// reversals which add up to the chargeback give back exactly what each paid. An account whose row tells the reversal gets it first.
func (c *Chargeback) giveBack(whole money.Int, row accounts.ID) (amounts []money.Int, reasons []string) {
	if row != "" {
		return c.lines.givenBack(row, whole), make([]string, len(c.lines.values))
	}
	var payers ordered[partKey, money.Int]
	for _, l := range c.lines.values {
		left, _ := payers.add(l.key)
		*left = left.Add(l.minor.Sub(l.back))
	}
	weights := make([]money.Int, len(payers.values))
	for i, left := range payers.values {
		weights[i] = *left
	}
	shares, why := byRatio(whole, weights)
	reasonOf := make(map[partKey]string, len(shares))
	for i := range shares {
		*payers.values[i] = shares[i]
		reasonOf[payers.keys[i]] = why[i]
	}
	amounts, reasons = make([]money.Int, len(c.lines.values)), make([]string, len(c.lines.values))
	for i, l := range c.lines.values {
		left := payers.find(l.key)
		x := l.minor.Sub(l.back)
		x = least(x, *left, x)
		amounts[i], *left, reasons[i] = x, left.Sub(x), reasonOf[l.key]
	}
	return amounts, reasons
}

func foldChargebackReversed(p *Payment, s *step) {
	e := s.event
	backs, _ := p.reverses(e)
	if e.Movement != "" {
		currency := e.Amount.Currency()
		last := p.openChargeback(e.Chargeback)
		if currency == "" {
			currency = last.Amount.Currency()
		}
		t, told := p.telling(e, string(currency)), e.Amount.Int()
		if e.Amount.Currency() == "" {
			told = t.rest(&last.lines, e)
		}
		t.add(true, rowed(e), told)
	}
	for _, b := range backs {
		amounts, _ := b.chargeback.giveBack(b.minor, e.Account)
		for i, l := range b.chargeback.lines.values {
			l.back = l.back.Add(amounts[i])
			l.disputes(amounts[i].Neg())
		}
		b.chargeback.Reversed = money.FromInt(b.chargeback.Reversed.Int().Add(b.minor), b.chargeback.Amount.Currency())
	}
}

// conclude lists who paid.
func (c *Chargeback) conclude() {
	c.Paid = nil
	var paid ordered[partKey, Payer]
	currency := c.Amount.Currency()
	for _, l := range c.lines.values {
		if l.minor.IsZero() { // it was reassigned to another account
			continue
		}
		payer, had := paid.add(l.key)
		if !had {
			*payer = Payer{Account: l.key.account, Type: l.key.kind, Reference: l.key.reference, Reason: l.reason}
		}
		payer.Amount = money.FromInt(payer.Amount.Int().Add(l.minor), currency)
		payer.Reversed = money.FromInt(payer.Reversed.Int().Add(l.back), currency)
	}
	for _, payer := range paid.values {
		c.Paid = append(c.Paid, *payer)
	}
}
