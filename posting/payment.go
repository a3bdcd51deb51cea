// The state of a payment as the journal has it: captures, parts, fees, refunds and chargebacks. Nothing here is stored;
// fold.go derives it from the records.

package posting

import (
	"iter"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Payment is what the journal says of one payment.
type Payment struct {
	ID                string
	Provider          string
	Account           accounts.ID // the merchant: who gets what no split takes
	Reference         string      // the merchant's; may be empty
	ProviderReference string      // may be empty
	Metadata          map[string]string
	RefundPolicy      *wire.RefundPolicy // nil: the scheme's rule
	Currency          money.Currency
	Authorised        money.Amount
	Captured          money.Amount // of all captures
	Refunded          money.Amount
	Captures          []*Capture
	Parts             []*Part
	Fees              []BookedFee
	Refunds           []Refund
	Chargebacks       []*Chargeback     // oldest first
	ChargebackPolicy  *ChargebackPolicy // nil: the default, see [Book.ChargebackPolicy]
	Cancelled         bool              // as a whole: nothing may be captured any more, but as a fact
	Released          bool              // what was not captured is given up: the same
	Expired           string            // why the authorised amount was adjusted to nothing; empty: it was not
	Events            []PaymentEvent    // oldest first
	Earlier           []Earlier         // payments of that name that were cancelled whole, oldest first

	scheme   *scheme.Scheme
	provider accounts.ID
	first    *Event // that made the payment

	instructed instruction // of the authorisation: what its splits come from
	splits     []Split     // of the authorisation
	parts      ordered[partKey, Part]
	beyond     ordered[partKey, share] // what was refunded of no capture
	sized      []sized                 // scratch

	reported     ordered[movementKey, reportedSum] // what the provider reported of its movements
	feesReported ordered[feeMovement, reportedSum]
}

// A provider is what a payment takes from the name of its provider: the scheme and the account.
type provider struct {
	scheme  *scheme.Scheme
	account accounts.ID
	code    string // of the scheme, where it is not what every book has for the name
}

// A PaymentEvent is one event of a payment, with the record it made.
type PaymentEvent struct {
	Event  Event
	Record *ledger.Record
}

// A BookedFee is a fee with the account that bore it.
type BookedFee struct {
	Type    FeeType
	Amount  money.Amount
	Account accounts.ID
	Capture string // the capture it was taken from; empty if there was none
	Reason  string

	Of         FeeType // of VAT: the fee that it is on
	Movement   string  // of the event that reported it
	Refund     string  // the refund it is of
	Chargeback string  // the dispute it is of

	bearerReported bool // the provider said who bears it
}

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
	s := p.allocation(c, k)
	s.paysOnly = false
	return s
}

// allocation returns the part's allocation for capture c, and makes it if there is none yet. c is nil for a refund
// that goes beyond any capture. A new allocation is taken for money that the part gave back; share marks it as
// received.
func (p *Payment) allocation(c *Capture, k partKey) *share {
	shares := &p.beyond
	if c != nil {
		shares = &c.shares
	}
	s, had := shares.add(k)
	if !had {
		s.status, s.paysOnly = PartCompleted, true
		part := p.part(k)
		if part.shares == nil {
			part.shares = part.share[:0]
		}
		part.shares = append(part.shares, s)
	}
	return s
}

// A feeMovement is what a provider reported under one reference in one currency: fees that it took, or fees that it
// gave back.
type feeMovement struct {
	movement string
	currency money.Currency
	back     bool
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

// refund returns a refund by its name, nil if there is none.
func (p *Payment) refund(id string) *Refund {
	for i := range p.Refunds {
		if p.Refunds[i].ID == id {
			return &p.Refunds[i]
		}
	}
	return nil
}

// others yields the postings of an entry but the provider's: those of the parts.
func (p *Payment) others(entry *ledger.Entry) iter.Seq[*ledger.Posting] {
	return func(yield func(*ledger.Posting) bool) {
		for i := range entry.Postings {
			if post := &entry.Postings[i]; post.Account != p.provider && !yield(post) {
				return
			}
		}
	}
}
