package antom

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Request is what to POST to Antom: to which path of its host, and the body. A [Signer] makes its headers.
type Request struct {
	Path string
	Body []byte
}

// The paths of requests, and what takes their place in the sandbox.
const (
	settlePath = "/ams/api/v1/payments/settle"
	refundPath = "/ams/api/v1/payments/refund"

	settleSandbox = "/ams/sandbox/api/v1/payments/settle"
	refundSandbox = "/ams/sandbox/api/v1/payments/refund"
)

// A Destination is whose money a part is.
type Destination string

// The destinations. There are no others: Antom's settle pays the seller of the payment and the marketplace alone.
const (
	Seller      Destination = "SELLER"
	Marketplace Destination = "MARKETPLACE"

	// Unsettled is where a refund may take from, besides: what lies in the seller's account and no settle has moved.
	Unsettled Destination = "UNSETTLED_FUNDS"
)

// A Settle asks Antom to split a payment. Source: docs.antom.com, marketplace, settle_api.
type Settle struct {
	ID      string       `json:"settlementRequestId"` // at most 64 characters; the same again gets the same answer
	Payment string       `json:"paymentId"`           // Antom's name of the payment
	Details []SettlePart `json:"settlementDetails"`   // at most 20
}

// A SettlePart is what one side gets.
type SettlePart struct {
	To     Destination `json:"settleTo"`
	Amount Amount      `json:"settlementAmount"`
}

// A Refund asks Antom to give money back to the buyer. Source: docs.antom.com, marketplace, refund.
type Refund struct {
	ID      string       `json:"refundRequestId"` // at most 64 characters; the same again gets the same answer
	Payment string       `json:"paymentId"`
	Amount  Amount       `json:"refundAmount"`
	Details []RefundPart `json:"refundDetails"` // who bears it; sums to Amount (inferred)
	Reason  string       `json:"refundReason,omitempty"`

	// Metadata names the payment in the books, see [NewRefund].
	Metadata string `json:"metadata,omitempty"`
}

// A RefundPart is what is taken from one side.
type RefundPart struct {
	Amount Amount      `json:"refundAmount"`
	From   Destination `json:"refundFrom"`
}

const (
	maxID      = 64
	maxDetails = 20
	maxReason  = 256
)

// Request returns the request to send.
func (s *Settle) Request(sandbox bool) (Request, error) {
	if err := s.check(); err != nil {
		return Request{}, fmt.Errorf("settle request: %w", err)
	}
	return request(settlePath, settleSandbox, sandbox, s)
}

// Request returns the request to send.
func (r *Refund) Request(sandbox bool) (Request, error) {
	if err := r.check(); err != nil {
		return Request{}, fmt.Errorf("refund request: %w", err)
	}
	return request(refundPath, refundSandbox, sandbox, r)
}

// request makes the body of a request. The sandbox of Antom has paths of its own, which the signature covers.
func request(path, sandboxPath string, sandbox bool, v any) (Request, error) {
	if sandbox {
		path = sandboxPath
	}
	body, err := json.Marshal(v)
	return Request{path, body}, err
}

// check refuses a settlement that Antom would refuse, before anything is sent.
func (s *Settle) check() error {
	if err := checkIDs("settlementRequestId", s.ID, s.Payment); err != nil {
		return err
	}
	if n := len(s.Details); n == 0 || n > maxDetails {
		return fmt.Errorf("settlementDetails: expected 1 to %d, found %d", maxDetails, n)
	}
	for i := range s.Details {
		d := &s.Details[i]
		if d.To != Seller && d.To != Marketplace {
			return fmt.Errorf("settlementDetails[%d].settleTo: expected %s or %s, found %q",
				i, Seller, Marketplace, d.To)
		}
		if err := d.Amount.check(fmt.Sprintf("settlementDetails[%d].settlementAmount", i)); err != nil {
			return err
		}
		if c := s.Details[0].Amount.Currency; d.Amount.Currency != c {
			return fmt.Errorf("settlementDetails[%d].settlementAmount: expected %s like the first, found %s",
				i, c, d.Amount.Currency)
		}
	}
	return nil
}

// check refuses a refund that Antom would refuse, before anything is sent.
func (r *Refund) check() error {
	if err := checkIDs("refundRequestId", r.ID, r.Payment); err != nil {
		return err
	}
	if err := r.Amount.check("refundAmount"); err != nil {
		return err
	}
	if n := len([]rune(r.Reason)); n > maxReason {
		return fmt.Errorf("refundReason: expected at most %d characters, found %d", maxReason, n)
	}
	var sum money.Amount
	for i := range r.Details {
		d := &r.Details[i]
		field := fmt.Sprintf("refundDetails[%d]", i)
		if d.From != Seller && d.From != Marketplace && d.From != Unsettled {
			return fmt.Errorf("%s.refundFrom: expected %s, %s or %s, found %q",
				field, Seller, Marketplace, Unsettled, d.From)
		}
		if err := d.Amount.check(field + ".refundAmount"); err != nil {
			return err
		}
		a, err := money.ParseMinor(d.Amount.Value, money.Currency(d.Amount.Currency))
		if err == nil {
			sum, err = sum.Add(a)
		}
		if err != nil {
			return fmt.Errorf("%s.refundAmount: %w", field, err)
		}
	}
	if whole, err := money.ParseMinor(r.Amount.Value, money.Currency(r.Amount.Currency)); err != nil ||
		!whole.Equal(sum) {
		return fmt.Errorf("refundDetails: expected parts that sum to %s %s, found %s",
			r.Amount.Value, r.Amount.Currency, sum)
	}
	return nil
}

// checkIDs refuses names that are too long for Antom.
func checkIDs(field, id, payment string) error {
	if n := len([]rune(id)); n == 0 || n > maxID {
		return fmt.Errorf("%s: expected 1 to %d characters, found %d", field, maxID, n)
	}
	if n := len([]rune(payment)); n == 0 || n > maxID {
		return fmt.Errorf("paymentId: expected Antom's name of the payment, 1 to %d characters, found %d: "+
			"authorise or capture it with a providerReference", maxID, n)
	}
	return nil
}

// SettleSplit writes the request for a payment.split that the books have: what each side got by it. The event's
// id names the request, so that sending it again is safe.
func SettleSplit(p *posting.Payment, event string) (*Settle, error) {
	e, err := booked(p, posting.PaymentSplit, func(e *posting.Event) bool { return e.ID == event }, event)
	if err != nil {
		return nil, err
	}
	s := &Settle{ID: event, Payment: p.ProviderReference}
	err = sides(p, e, -1, func(to Destination, a money.Amount) {
		s.Details = append(s.Details, SettlePart{to, amountOf(a)})
	})
	if err != nil {
		return nil, err
	}
	return s, s.check()
}

// SettleRest writes the request that settles to the seller what no split has taken and no refund given back; id
// names it, and is to be new. What Antom does with money that no settle names was not found: it stays in the
// seller's account there (inferred).
func SettleRest(p *posting.Payment, id string) (*Settle, error) {
	merchant := cmp.Or(p.Account, accounts.Platform)
	to, err := side(p, merchant)
	if err != nil {
		return nil, err
	}
	left := money.New(0, p.Currency)
	for _, part := range p.Parts {
		if part.Type == posting.PostingMerchant && part.Account == merchant {
			left = money.Sum(p.Currency, left, part.Amount, part.Refunded.Neg())
		}
	}
	if left.Sign() <= 0 {
		return nil, fmt.Errorf("expected something of payment %q left to settle to %s, found %s", p.ID, merchant, left)
	}
	s := &Settle{ID: id, Payment: p.ProviderReference, Details: []SettlePart{{to, amountOf(left)}}}
	return s, s.check()
}

// NewRefund writes the request for a refund that the books have: what each side gives for it. What the seller
// gives comes from the unsettled funds as long as the payment is neither split nor settled (inferred). The
// refund's name names the request, so that sending it again is safe, and Antom's reports and notifications give
// it back. notifyRefund does not say of which payment a refund is, but Antom's libraries have metadata in both:
// so the books' name of the payment goes there and comes back (inferred).
func NewRefund(p *posting.Payment, refund string) (*Refund, error) {
	e, err := booked(p, posting.PaymentRefund, func(e *posting.Event) bool { return e.Refund == refund }, refund)
	if err != nil {
		return nil, err
	}
	r := &Refund{ID: refund, Payment: p.ProviderReference, Amount: amountOf(e.Event.Amount), Reason: e.Event.Reason}
	if r.Metadata, err = writeMetadata(p.ID); err != nil {
		return nil, err
	}
	unsettled := untouched(p)
	err = sides(p, e, 1, func(from Destination, a money.Amount) {
		if from == Seller && unsettled {
			from = Unsettled
		}
		r.Details = append(r.Details, RefundPart{amountOf(a), from})
	})
	if err != nil {
		return nil, err
	}
	return r, r.check()
}

// booked returns the event of a payment that is asked for.
func booked(p *posting.Payment, t posting.Type, is func(*posting.Event) bool,
	name string) (*posting.PaymentEvent, error) {
	for i := range p.Events {
		if e := &p.Events[i]; e.Event.Type == t && is(&e.Event) {
			return e, nil
		}
	}
	return nil, fmt.Errorf("expected a %s of payment %q, found none named %q", t, p.ID, name)
}

// untouched reports whether nothing of a payment is split or settled.
func untouched(p *posting.Payment) bool {
	for i := range p.Events {
		if p.Events[i].Event.Type == posting.PaymentSplit {
			return false
		}
	}
	for _, c := range p.Captures {
		if c.Settled {
			return false
		}
	}
	return true
}

// sides adds up what an event booked by side, the seller's first: credits where sign is -1, debits where it is 1.
func sides(p *posting.Payment, e *posting.PaymentEvent, sign int, each func(Destination, money.Amount)) error {
	sums := make(map[Destination]money.Amount)
	for i := range e.Record.Entries {
		for _, post := range e.Record.Entries[i].Postings {
			if post.Amount.Sign() != sign || post.Account == accounts.Provider(p.Provider) {
				continue
			}
			of, err := side(p, post.Account)
			if err != nil {
				return err
			}
			sums[of] = money.Sum(p.Currency, sums[of], post.Amount.Abs())
		}
	}
	for _, d := range []Destination{Seller, Marketplace} {
		if a, ok := sums[d]; ok {
			each(d, a)
		}
	}
	return nil
}

// side says which side an account is at Antom: the seller's is the payment's own, the marketplace's are the platform's.
func side(p *posting.Payment, account accounts.ID) (Destination, error) {
	switch account {
	case accounts.Platform, accounts.Liable:
		return Marketplace, nil
	case p.Account:
		return Seller, nil
	}
	return "", fmt.Errorf("expected the payment's seller (%s), %s or %s: "+
		"Antom splits a payment between the seller and the marketplace alone, found %s",
		p.Account, accounts.Platform, accounts.Liable, account)
}
