package posting

import (
	"fmt"
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
	Events            []PaymentEvent // oldest first

	scheme   *Scheme
	provider accounts.ID
	first    *Event // that made the payment
	splits   []Split
	parts    ordered[partKey, Part]
}

// A PaymentEvent is one event of a payment, with the record it made.
type PaymentEvent struct {
	Event  Event
	Record *ledger.Record
}

// A Capture is money taken from the buyer, all or part of what was authorised.
type Capture struct {
	ID       string
	At       time.Time
	Amount   money.Amount
	Refunded money.Amount
	Settled  bool   // the provider has settled it: its money is available
	Batch    string // of its settlement; may be empty
	Fallback bool   // all of it went to liable, because the account of a split was not there
	Reason   string // why it fell back

	splits   []Split
	merchant accounts.ID // who got what no split took
	pending  ordered[cell, money.Int]
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
}

// A Refund is money given back to the buyer.
type Refund struct {
	ID     string
	At     time.Time
	Amount money.Amount
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
	promised money.Int // to be booked later
	status   PartStatus
	reason   string
}

// A cell is one account in one currency.
type cell struct {
	account  accounts.ID
	currency money.Currency
}

// Refundable returns what may still be refunded: captured less refunded.
func (p *Payment) Refundable() money.Amount {
	return money.FromInt(p.Captured.Int().Sub(p.Refunded.Int()), p.Currency)
}

// State says in a word how far the payment has come: authorised, partially_captured, captured,
// partially_settled, settled, partially_refunded or refunded.
func (p *Payment) State() State {
	settled := 0
	for _, c := range p.Captures {
		if c.Settled {
			settled++
		}
	}
	switch captured := p.Captured.Int(); {
	case len(p.Captures) == 0:
		return "authorised"
	case p.Refunded.Sign() > 0 && p.Refunded.Int().Cmp(captured) >= 0:
		return "refunded"
	case p.Refunded.Sign() > 0:
		return "partially_refunded"
	case settled == len(p.Captures):
		return "settled"
	case settled > 0:
		return "partially_settled"
	case captured.Cmp(p.Authorised.Int()) < 0:
		return "partially_captured"
	}
	return "captured"
}

// Left returns what the part got and has not given back. It is negative where it gave back more.
func (p *Part) Left() money.Amount {
	return money.FromInt(p.left(), p.Amount.Currency())
}

func (p *Part) left() (left money.Int) {
	for _, s := range p.shares {
		left = left.Add(s.got).Sub(s.refunded)
	}
	return left
}

func (p *Part) key() partKey { return partKey{p.Account, p.Type, p.Reference} }

// A step is one record of a payment while its state is put together.
type step struct {
	rec   *ledger.Record
	event *Event
	given []Split // the event's own, or its rule's
	came  []outcome
}

// payment puts together the state of a payment, nil if there is no such payment.
func (b *Book) payment(books reader, id string) (*Payment, error) {
	records, err := books.Group(ledger.Key{Space: KeyPayment, Name: id})
	if err != nil || len(records) == 0 {
		return nil, err
	}
	p := &Payment{ID: id, Events: make([]PaymentEvent, 0, len(records))}
	for _, rec := range records {
		came, err := readContent(rec)
		if err != nil {
			return nil, err
		}
		fold := types[came.event.Type].fold
		if fold == nil || p.first == nil && came.event.Provider == "" {
			return nil, damaged(rec, fmt.Errorf("a %s as event %d of the payment %q", came.event.Type, len(p.Events)+1, id))
		}
		if p.first == nil {
			provider, err := b.recorded(rec, came)
			if err != nil {
				return nil, err
			}
			p.begin(provider, came.event)
		}
		given, err := b.givenBy(books, rec, came.event)
		if err != nil {
			return nil, err
		}
		fold(p, &step{rec, came.event, given, came.outcomes})
		p.foldPending(rec)
		p.Events = append(p.Events, PaymentEvent{*came.event, rec})
	}
	p.conclude()
	return p, nil
}

// begin fills in what the event that makes a payment says of it.
func (p *Payment) begin(provider provider, e *Event) {
	p.ID = e.Payment
	p.Provider, p.provider, p.scheme, p.first = e.Provider, provider.account, provider.scheme, e
	p.Account = p.scheme.merchant(e.Account)
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
		*part = Part{Account: k.account, Type: k.kind, Reference: k.reference, Status: PartCompleted}
		p.Parts = append(p.Parts, part)
	}
	return part
}

// share returns what a part has to do with a capture.
func (p *Payment) share(c *Capture, k partKey) *share {
	s, had := c.shares.add(k)
	if !had {
		s.status = PartCompleted
		part := p.part(k)
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

// conclude adds up the shares of the parts.
func (p *Payment) conclude() {
	for _, part := range p.Parts {
		var amount, refunded money.Int
		part.Status = PartCompleted
		var reasons []string
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

// existing returns the event's payment, or refuses.
func (k *booking) existing() (*Payment, error) {
	p, err := k.book.payment(k.books, k.event.Payment)
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
