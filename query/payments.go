package query

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A PaymentRow is a payment in a list: what it came to so far.
type PaymentRow struct {
	Payment           string            `json:"payment" col:"PAYMENT"`
	Reference         string            `json:"reference,omitempty" col:"REFERENCE"` // the merchant's
	Provider          string            `json:"provider" col:"PROVIDER,wide"`
	ProviderReference string            `json:"providerReference,omitempty" csv:"provider_reference"`
	Merchant          accounts.ID       `json:"merchant"` // who gets what no split takes
	At                time.Time         `json:"at" col:"AT"`
	State             posting.State     `json:"state" col:"STATE"`
	Currency          money.Currency    `json:"currency" col:"CURRENCY"`
	Authorised        Minor             `json:"authorised" col:"AUTHORISED,wide"`
	Captured          Minor             `json:"captured" col:"CAPTURED"`
	Refunded          Minor             `json:"refunded" col:"REFUNDED,wide"`
	Metadata          map[string]string `json:"metadata,omitempty" csv:"-"`

	begun uint64 // the number of the record with which the payment began
}

// key is the record with which the payment began, which never changes and ascends in the list.
func (p PaymentRow) key() string { return fmt.Sprintf("%020d", p.begun) }

// A PaymentFilter says which payments are wanted. The zero value wants all.
type PaymentFilter struct {
	State     posting.State
	Account   accounts.ID // the merchant, or whoever has a part
	Provider  string
	Reference string // the merchant's or the provider's
	Rule      string // that one of its captures was split by
	Currency  money.Currency
	AtLeast   money.Amount // what was captured, or authorised where nothing is captured; without a currency any
	AtMost    money.Amount
	Metadata  map[string]string // all of these, whatever else there is
	Within    Period            // by when the payment began
}

// has reports whether a payment is wanted. What costs least is looked at first, as the filter sees every payment of the
// ledger.
func (f *PaymentFilter) has(p *posting.Payment) bool {
	if f.State != "" && p.State() != f.State || f.Provider != "" && p.Provider != f.Provider ||
		f.Reference != "" && p.Reference != f.Reference && p.ProviderReference != f.Reference ||
		f.Currency != "" && p.Currency != f.Currency || !f.Within.Has(p.Events[0].Record.At) {
		return false
	}
	// The size of a payment is what was captured of it, also where all of that was refunded since.
	size := p.Captured
	if len(p.Captures) == 0 {
		size = p.Authorised
	}
	below := func(a, b money.Amount) bool {
		// Amounts of two currencies are neither above nor below one another: such a payment is not wanted.
		cmp, err := a.Cmp(b)
		return err != nil || cmp < 0
	}
	if f.AtLeast.Currency() != "" && below(size, f.AtLeast) || f.AtMost.Currency() != "" && below(f.AtMost, size) {
		return false
	}
	for key, value := range f.Metadata {
		if found, ok := p.Metadata[key]; !ok || found != value {
			return false
		}
	}
	return (f.Account == "" || p.Account == f.Account ||
		slices.ContainsFunc(p.Parts, func(part *posting.Part) bool { return part.Account == f.Account })) &&
		(f.Rule == "" || slices.ContainsFunc(p.Captures, func(c *posting.Capture) bool { return c.Rule == f.Rule }))
}

// Payments yields the payments that the filter wants, in the order in which they began. It reads the journal once and
// each payment as it comes, and holds no more than one payment; a payment's own name, or a reference, is found at once
// by Payment and Find. An account that is named and does not exist is [ledger.UnknownAccount].
func (b *Books) Payments(ctx context.Context, f PaymentFilter) iter.Seq2[PaymentRow, error] {
	return func(yield func(PaymentRow, error) bool) {
		if _, ok := b.Ledger.Account(f.Account); f.Account != "" && !ok {
			yield(PaymentRow{}, NoAccount(b.Ledger, f.Account))
			return
		}
		for p, err := range payments(ctx, b.Ledger, b.Rules, "") {
			if err != nil {
				yield(PaymentRow{}, err)
				return
			}
			if f.has(p) && !yield(paymentRow(p), nil) {
				return
			}
		}
	}
}

// paymentRow gives a payment the form it has in a list. Its time is that of the event that began it.
func paymentRow(p *posting.Payment) PaymentRow {
	first := p.Events[0].Record
	return PaymentRow{
		Payment: p.ID, Reference: p.Reference, Provider: p.Provider, ProviderReference: p.ProviderReference,
		Merchant: p.Account, At: first.At.UTC(), State: p.State(), Currency: p.Currency,
		Authorised: Minor{p.Authorised}, Captured: Minor{p.Captured}, Refunded: Minor{p.Refunded},
		Metadata: p.Metadata, begun: first.Number,
	}
}

// ParseMetadata reads "key=value" pairs, one each. The value may be empty and may have an = in it; of a key that comes
// twice the last counts. The error names the pair that is none.
func ParseMetadata(pairs []string) (map[string]string, error) {
	m := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("expected KEY=VALUE, found %q", pair)
		}
		m[key] = value
	}
	return m, nil
}

// States are the states that a payment may be in, in the order in which it may pass them.
var States = []posting.State{
	posting.Authorised, posting.PartiallyCaptured, posting.Captured, posting.PartiallySettled, posting.Settled,
	posting.PartiallyRefunded, posting.Refunded, posting.ChargedBack, posting.Cancelled,
}
