package posting

import (
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// A Payment is what the journal says of one payment.
type Payment struct {
	ID                string
	Provider          string
	Account           accounts.ID // the merchant: who gets what no split takes
	Reference         string      // the merchant's; may be empty
	ProviderReference string      // may be empty
	Metadata          map[string]string
	RefundPolicy      *RefundPolicy // nil: the scheme's rule
	Currency          money.Currency
	Authorised        money.Amount
	Captured          money.Amount // of all captures
	Refunded          money.Amount
	Captures          []*Capture
	Parts             []*Part
	Fees              []BookedFee
	Refunds           []Refund
	Chargebacks       []*Chargeback     // oldest first
	ChargebackPolicy  *ChargebackPolicy // nil: the default, see [Book.ChargebackDefault]
	Cancelled         bool              // as a whole: nothing may be captured any more, but as a fact
	Released          bool              // what was not captured is given up: the same
	Expired           string            // why the authorised amount was adjusted to nothing; empty: it was not
	Events            []PaymentEvent    // oldest first

	scheme   *Scheme
	provider accounts.ID
	first    *Event // that made the payment
	splits   []Split
	parts    ordered[partKey, Part]
	beyond   ordered[partKey, share] // what was refunded of no capture
	sized    []sized                 // scratch

	tellings ordered[movementKey, telling] // what the provider told of its movements
	feesTold ordered[feeMovement, telling]
}

// A PaymentEvent is one event of a payment, with the record it made.
type PaymentEvent struct {
	Event  Event
	Record *ledger.Record
}

// Happened returns the event's own time where its record has another; else the zero time. See [HappenedOf].
func (e *PaymentEvent) Happened() time.Time {
	if e.Event.At.Equal(e.Record.At) {
		return time.Time{}
	}
	return e.Event.At
}

// A Capture is money taken from the buyer, all or part of what was authorised.
type Capture struct {
	ID       string
	Record   uint64 // that it was booked with
	At       time.Time
	Amount   money.Amount
	Refunded money.Amount
	Settled  bool   // the provider has settled it: its money is available
	Batch    string // of its settlement; may be empty
	Rule     string // the stored rule that its splits come from; empty: they were written out, or there are none
	Fallback bool   // all of it went to liable, because the account of a split was not there
	Reason   string // why it fell back

	Cancelled bool   // every entry of it is reversed
	Reversed  bool   // the provider took back all that was left of it
	Failure   string // why the provider could not settle it, the last time; empty once it is settled or cancelled
	Fact      bool   // the provider reported it
	Movement  string // the provider's reference of it, where that is known
	Named     bool   // it has a name of the platform's
	Confirmed *Confirmation
	Due       time.Time // a settlement that the provider told waits for this time, the first of them; zero: none does

	waits    []dueTime
	split    money.Int                // what later splits took of it
	disputed money.Int                // what chargebacks took of it and did not give back
	reversed money.Int                // what the provider took back of it
	reversal ordered[string, telling] // what was told of its reversals, by movement
	splits   []Split
	merchant accounts.ID // who got what no split took
	pending  ordered[cell, money.Int]
	moved    ordered[cell, money.Int]        // of that, what settlements in parts made available
	rows     ordered[accounts.ID, money.Int] // gross that was settled of single accounts
	captured telling                         // gross that was captured
	told     telling                         // gross that was settled
	shares   ordered[partKey, share]
}

// A Part is what one account got of a payment under one split type and reference; in a fallback, liable
// stands for all of them.
type Part struct {
	Account   accounts.ID
	Type      string // a split type, Merchant for what no split took, or Refund for an account that had no part but gave some back
	Reference string
	Amount    money.Amount // what it got; while the split is pending or if it failed, what it was to get
	Refunded  money.Amount // what it gave back, which may be more
	Status    PartStatus
	Reason    string // why, where a rule decided

	shares []*share
	share  [1]*share // room for the first of them: most parts are of one capture
}

// PartStatus says how far a part has come.
type PartStatus string

// The statuses of a part.
const (
	PartPending   PartStatus = "pending"   // the provider has not booked it yet
	PartCompleted PartStatus = "completed" // it is where it belongs
	PartFailed    PartStatus = "failed"    // it stayed with the merchant; a transfer mends that
	PartCancelled PartStatus = "cancelled" // its capture was cancelled
)

// A BookedFee is a fee with the account that bore it.
type BookedFee struct {
	Type    FeeType
	Amount  money.Amount
	Account accounts.ID
	Capture string // the capture it was taken from; empty if there was none
	Reason  string

	Of         FeeType // of VAT: the fee that it is on
	Movement   string  // of the event that told it
	Refund     string  // the refund it is of
	Chargeback string  // the dispute it is of

	told bool // the provider said who bears it
}

// A Refund is money given back to the buyer.
type Refund struct {
	ID     string
	At     time.Time
	Amount money.Amount
	Failed bool // it did not go through, and was undone
	Fact   bool // the provider reported it

	Movement  string // the provider's reference of it, where that is known
	Confirmed *Confirmation

	failedAt time.Time // when it failed, as the provider tells
	failure  string    // the movement that told so, where it has one
	told     telling   // what the provider told of it
	lines    lines
}

// A partKey names a part within its payment. What no split takes is one part, whatever its reference.
type partKey struct {
	account   accounts.ID
	kind      string
	reference string
}

// A share is what a part has to do with one capture. Minor units of the payment's currency.
type share struct {
	got      money.Int // booked to the account
	refunded money.Int
	disputed money.Int // taken by chargebacks and not given back
	promised money.Int // to be booked later, or what it was before its capture was cancelled
	status   PartStatus
	reason   string
	gave     bool // and got nothing: it is of another capture, or of none
}

// A cell is one account in one currency.
type cell struct {
	account  accounts.ID
	currency money.Currency
}

// Refundable returns what may still be refunded by instruction: captured less refunded and less what disputes hold, or
// nothing where providers gave back more than that.
func (p *Payment) Refundable() money.Amount {
	left := p.unrefunded().Sub(p.Disputed().Int())
	if left.Sign() < 0 {
		left = money.Int{}
	}
	return money.FromInt(left, p.Currency)
}

// Disputed returns what disputes took of the payment, in its currency, and did not give back.
func (p *Payment) Disputed() money.Amount {
	var held money.Int
	for _, c := range p.Chargebacks {
		if left := c.Left(); left.Currency() == p.Currency {
			held = held.Add(left.Int())
		}
	}
	return money.FromInt(held, p.Currency)
}

// unrefunded returns captured less refunded, or nothing where providers gave back more than that.
func (p *Payment) unrefunded() money.Int {
	if left := p.Captured.Int().Sub(p.Refunded.Int()); left.Sign() > 0 {
		return left
	}
	return money.Int{}
}

// State says in a word how far the payment has come, see docs/lifecycle.md.
func (p *Payment) State() State {
	live, settled := 0, 0
	for _, c := range p.Captures {
		if c.Cancelled || c.Reversed {
			continue
		}
		if live++; c.Settled {
			settled++
		}
	}
	switch captured := p.Captured.Int(); {
	case slices.ContainsFunc(p.Chargebacks, func(c *Chargeback) bool { return !c.Left().IsZero() }):
		return ChargedBack
	case live == 0 && p.over():
		return Cancelled
	case live == 0 && p.Refunded.Sign() > 0:
		return Refunded
	case live == 0:
		return Authorised
	case p.Refunded.Sign() > 0 && p.Refunded.Int().Cmp(captured) >= 0:
		return Refunded
	case p.Refunded.Sign() > 0:
		return PartiallyRefunded
	case settled == live:
		return Settled
	case settled > 0:
		return PartiallySettled
	case captured.Cmp(p.Authorised.Int()) < 0 && !p.over():
		return PartiallyCaptured
	}
	return Captured
}

// refuse returns nil where the payment may see an event in its state.
func (p *Payment) refuse(on Type) *ledger.Error {
	state := p.State()
	if paymentLife.allows(state, on) { // the usual case, which needs no words
		return nil
	}
	return paymentLife.refuse("payment", p.ID, state, on, p.not()...)
}

// over reports whether nothing more is to be captured, but as a fact.
func (p *Payment) over() bool { return p.Cancelled || p.Released || p.Expired != "" }

// ended refuses an event that needs an authorisation which still stands, of a payment where it does not.
func (p *Payment) ended(on Type) *ledger.Error {
	if refused := p.refuse(on); refused != nil && refused.Code == InvalidState {
		return refused
	}
	why := "was released"
	if p.Cancelled {
		why = "was cancelled"
	} else if p.Expired != "" {
		why = "has expired"
	}
	return refusal(InvalidState, "payment", "expected a payment of which nothing was given up, found %s, which is %s and of which the rest %s%s",
		quote(p.ID), p.State(), why, p.instead())
}

// instead lists what the payment may see.
func (p *Payment) instead() string { return paymentLife.instead(p.State(), p.not()) }

// not lists what the payment may not see whatever its state: what its scheme does not have, and what there is nothing
// left for. Nor what only the provider tells, or what changes nothing about the captures: it is nothing to do instead.
func (p *Payment) not() []Type {
	not := []Type{PaymentConfirm, PaymentReassign, PaymentSplitFailed, PaymentCaptureReversed, PaymentAdjust}
	if p.scheme.Splits != Afterwards {
		not = append(not, PaymentSplit)
	}
	if p.over() || p.Captured.Int().Cmp(p.Authorised.Int()) >= 0 {
		not = append(not, PaymentCapture, PaymentRelease)
	}
	if p.scheme.Splits == Afterwards || !slices.ContainsFunc(p.Captures, (*Capture).untouched) {
		not = append(not, PaymentResplit)
	}
	if p.Refundable().Sign() <= 0 {
		not = append(not, PaymentRefund)
	}
	if !slices.ContainsFunc(p.Refunds, func(r Refund) bool { return !r.Failed }) {
		not = append(not, PaymentRefundFailed)
	}
	if !slices.ContainsFunc(p.Captures, func(c *Capture) bool { return !c.Settled && !c.Cancelled && !c.Reversed }) {
		not = append(not, PaymentSettle, PaymentSettleFailed)
	}
	if p.Captured.Sign() > 0 && len(p.voidable()) == 0 {
		not = append(not, PaymentCancel)
	}
	return not
}

// State returns how far the capture has come.
func (c *Capture) State() State {
	switch {
	case c.Cancelled:
		return CaptureCancelled
	case c.Reversed:
		return CaptureReversed
	case c.Settled:
		return CaptureSettled
	case c.Failure != "":
		return CaptureFailed
	}
	return CapturePending
}

// refundable returns how much of a capture may still be refunded.
func (c *Capture) refundable() money.Int {
	if c.Cancelled {
		return money.Int{}
	}
	return c.Amount.Int().Sub(c.Refunded.Int()).Sub(c.reversed)
}

// untouched reports whether a capture is as it was booked: nothing of it is settled, given back or taken back.
func (c *Capture) untouched() bool {
	return !c.Cancelled && !c.Reversed && !c.Settled && len(c.moved.keys) == 0 &&
		c.Refunded.Sign() <= 0 && c.disputed.Sign() <= 0 && c.reversed.IsZero()
}

// undisputed returns how much of a capture a chargeback may still take, before it takes of what is no capture's.
func (c *Capture) undisputed() money.Int { return c.refundable().Sub(c.disputed) }

// left returns what a share has and did not give back.
func (s *share) left() money.Int { return s.got.Sub(s.refunded) }

// undisputed returns what a share has that neither refunds nor chargebacks took.
func (s *share) undisputed() money.Int { return s.left().Sub(s.disputed) }

// Left returns what the part got and has not given back. It is negative where it gave back more.
func (p *Part) Left() money.Amount {
	return money.FromInt(p.left(), p.Amount.Currency())
}

func (p *Part) left() (left money.Int) {
	for _, s := range p.shares {
		left = left.Add(s.left())
	}
	return left
}

func (p *Part) key() partKey { return partKey{p.Account, p.Type, p.Reference} }

// begin fills in what the event that makes a payment says of it.
func (p *Payment) begin(provider provider, e *Event) {
	p.ID = e.Payment
	p.Provider, p.provider, p.scheme, p.first = e.Provider, provider.account, provider.scheme, e
	p.Account, p.ChargebackPolicy = p.scheme.merchant(e.Account), e.ChargebackPolicy
	p.Reference, p.ProviderReference, p.Metadata, p.RefundPolicy = e.Reference, e.ProviderReference, e.Metadata, e.RefundPolicy
	p.Currency, p.Authorised = e.Amount.Currency(), e.Amount
	p.Captured, p.Refunded = money.New(0, p.Currency), money.New(0, p.Currency)
}

func foldAuthorise(p *Payment, s *step) { p.splits = s.given } // begin has said all else

// capture returns a capture by its name.
func (p *Payment) capture(id string) *Capture {
	for _, c := range p.Captures {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// part returns a part by its key, a new one if there was none.
func (p *Payment) part(k partKey) *Part {
	part, had := p.parts.add(k)
	if !had {
		part.Account, part.Type, part.Reference, part.Status = k.account, k.kind, k.reference, PartCompleted
		p.Parts = p.parts.values
	}
	return part
}

// share returns what a part got of a capture.
func (p *Payment) share(c *Capture, k partKey) *share {
	s := p.gift(c, k)
	s.gave = false
	return s
}

// gift returns what a part has to do with a capture, or with none, of which it gives.
func (p *Payment) gift(c *Capture, k partKey) *share {
	shares := &p.beyond
	if c != nil {
		shares = &c.shares
	}
	s, had := shares.add(k)
	if !had {
		s.status, s.gave = PartCompleted, true
		part := p.part(k)
		if part.shares == nil {
			part.shares = part.share[:0]
		}
		part.shares = append(part.shares, s)
	}
	return s
}

// keyOf returns the part that a posting belongs to.
func keyOf(post *ledger.Posting) partKey {
	k := partKey{post.Account, post.Type, post.Reference}
	if k.kind == PostingMerchant {
		k.reference = ""
	}
	return k
}

// foldPending keeps track of what each capture has pending.
func (p *Payment) foldPending(rec *ledger.Record) {
	for i := range rec.Entries {
		c := p.capture(rec.Entries[i].Reference)
		if c == nil {
			continue
		}
		for _, post := range rec.Entries[i].Postings {
			if post.Sub == ledger.Pending {
				sum, _ := c.pending.add(cell{post.Account, post.Amount.Currency()})
				*sum = sum.Add(post.Amount.Int())
			}
		}
	}
}

// cancelled reports whether all captures that a part is of are cancelled.
func (p *Part) cancelled() bool {
	captures := 0
	for _, s := range p.shares {
		if s.gave && s.status != PartCancelled {
			continue
		}
		if captures++; s.status != PartCancelled {
			return false
		}
	}
	return captures > 0
}

// conclude adds up the shares of the parts, and who paid chargebacks.
func (p *Payment) conclude() {
	for _, c := range p.Chargebacks {
		c.conclude()
	}
	for _, part := range p.Parts {
		var amount, refunded money.Int
		part.Status = PartCompleted
		var reasons []string
		if part.cancelled() {
			part.Status = PartCancelled
			for _, s := range part.shares {
				amount = amount.Add(s.promised)
			}
		}
		for _, s := range part.shares {
			if s.reason != "" && !slices.Contains(reasons, s.reason) {
				reasons = append(reasons, s.reason)
			}
			amount, refunded = amount.Add(s.got), refunded.Add(s.refunded)
			switch s.status {
			case PartFailed:
				amount = amount.Add(s.promised)
				part.Status = PartFailed
			case PartPending:
				amount = amount.Add(s.promised)
				if part.Status == PartCompleted {
					part.Status = PartPending
				}
			}
		}
		part.Reason = strings.Join(reasons, "; ")
		part.Amount, part.Refunded = money.FromInt(amount, p.Currency), money.FromInt(refunded, p.Currency)
	}
}

// find returns the event's payment, nil if there is none. It is good until the event is decided on.
func (k *booking) find() (*Payment, error) { return k.findNamed(k.event.Payment) }

// findNamed is find for another payment than the event's own.
func (k *booking) findNamed(id string) (*Payment, error) {
	if k.pretended != nil {
		if p := &k.pretended.payment; p.ID == id {
			return p, nil
		}
		return nil, nil
	}
	if k.finder == nil {
		k.finder = finders.Get().(*Finder)
	}
	k.finder.book, k.finder.books = k.book, k.books
	return k.finder.named(id)
}

// existing returns the event's payment, or refuses.
func (k *booking) existing() (*Payment, error) {
	p, err := k.find()
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, refusal(UnknownPayment, "payment", "expected the name of a payment in the books, found %s", quote(k.event.Payment))
	}
	k.key(KeyPayment, p.ID)
	return p, nil
}

// bearable returns the account, or liable and the reason where money cannot be booked to it although it has moved already.
func (k *booking) bearable(id accounts.ID) (accounts.ID, string) {
	if why, _ := k.missing(id); why != "" {
		return accounts.Liable, fallback + why
	}
	return id, ""
}

// fallback begins the reason of what went to liable in place of another account.
const fallback = "fallback: "
