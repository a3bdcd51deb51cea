package query

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
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
	States    []posting.State // any of them; none is any
	Account   string          // the merchant, or whoever has a part: an id, or a pattern in which * stands for any characters
	Provider  string
	Reference string // any name that the payment has, or anything in it: see [Books.PaymentBy]
	Rule      string // that one of its captures was split by
	Currency  money.Currency
	AtLeast   money.Amount // what was captured, or authorised where nothing is captured; without a currency any
	AtMost    money.Amount
	Metadata  map[string]string // all of these, whatever else there is
	Batch     string            // in which one of its captures was settled
	Within    Period            // by when the payment began
	Newest    bool              // the newest is the first
}

// has reports whether a payment is wanted. What costs least is looked at first, as the filter sees every payment of the
// ledger.
func (f *PaymentFilter) has(p *posting.Payment) bool {
	if len(f.States) > 0 && !slices.Contains(f.States, p.State()) || f.Provider != "" && p.Provider != f.Provider ||
		f.Currency != "" && p.Currency != f.Currency || !f.Within.Has(p.Events[0].Record.At) || !f.sized(p) ||
		!hasAll(p.Metadata, f.Metadata) {
		return false
	}
	is := func(a accounts.ID) bool { return accounts.Matches(f.Account, string(a)) }
	batch := func(c *posting.Capture) bool { return c.Batch == f.Batch }
	return (f.Batch == "" || slices.ContainsFunc(p.Captures, batch)) && (f.Account == "" || is(p.Account) ||
		slices.ContainsFunc(p.Parts, func(part *posting.Part) bool { return is(part.Account) })) &&
		(f.Rule == "" || slices.ContainsFunc(p.Captures, func(c *posting.Capture) bool { return c.Rule == f.Rule }))
}

// sized reports whether a payment is as large as is wanted. Its size is what was captured of it, also where all of that
// was refunded since.
func (f *PaymentFilter) sized(p *posting.Payment) bool {
	size := p.Captured
	if len(p.Captures) == 0 {
		size = p.Authorised
	}
	below := func(a, b money.Amount) bool {
		// Amounts of two currencies are neither above nor below one another: such a payment is not wanted.
		cmp, err := a.Cmp(b)
		return err != nil || cmp < 0
	}
	return (f.AtLeast.Currency() == "" || !below(size, f.AtLeast)) && (f.AtMost.Currency() == "" || !below(f.AtMost, size))
}

// hasAll reports whether metadata has all pairs that are wanted.
func hasAll(metadata, wanted map[string]string) bool {
	for key, value := range wanted {
		if found, ok := metadata[key]; !ok || found != value {
			return false
		}
	}
	return true
}

// checkAccount is the error for an account that a list is asked for and that does not exist, or for a pattern that fits
// none, [ledger.UnknownAccount].
func (b *Books) checkAccount(name string) error {
	if name == "" {
		return nil
	}
	return (&AccountFilter{Accounts: []string{name}}).check(b.Ledger)
}

// checkProvider is the error for a provider that no payment can be of. It names the one that was probably meant.
func (b *Books) checkProvider(name string) error {
	if name == "" {
		return nil
	}
	known, err := b.Providers()
	if err != nil || slices.Contains(known, name) {
		return err
	}
	return ledger.Errorf(ledger.Invalid, "no provider %s in this ledger%s", plain(name),
		didYouMean(name, 1+len(name)/3, slices.Values(known)))
}

// check refuses what cannot be in any ledger, or is not in this one: it would look as if there were no such payments.
func (f *PaymentFilter) check(b *Books) error {
	if err := cmp.Or(b.checkAccount(f.Account), b.checkProvider(f.Provider)); err != nil || f.Rule == "" {
		return err
	}
	_, err := b.SplitRule(f.Rule)
	return err
}

// Payments yields the payments that the filter wants, in the order in which they began, or the newest first. It reads the journal once and
// each payment as it comes, and holds no more than one payment; with a reference, it reads only the payments that have
// it, and holds their names. One payment is found faster by [Books.PaymentBy] and [Books.Find]. An account, provider or
// rule that is named and does not exist is an error, [ledger.UnknownAccount] or [ledger.Invalid].
func (b *Books) Payments(ctx context.Context, f PaymentFilter) iter.Seq2[PaymentRow, error] {
	return func(yield func(PaymentRow, error) bool) {
		if err := f.check(b); err != nil {
			yield(PaymentRow{}, err)
			return
		}
		list := b.paymentsWith(ctx, f.Metadata)
		switch {
		case f.Reference != "":
			list = b.paymentsNamed(ctx, f.Reference, f.Newest)
		case f.Newest:
			list = b.paymentsBack(ctx, f.Metadata)
		}
		for p, err := range list {
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

// paymentsNamed yields the payments that have a name of any kind, in the order in which they began, or the newest first.
func (b *Books) paymentsNamed(ctx context.Context, name string, newest bool) iter.Seq2[*posting.Payment, error] {
	return func(yield func(*posting.Payment, error) bool) {
		finder := b.finder()
		begun := map[string]uint64{}
		for rec, err := range b.named(ctx, name) {
			if err != nil {
				yield(nil, err)
				return
			}
			id := posting.PaymentOf(rec.Record)
			if _, known := begun[id]; known || id == "" || rec.kinds[0] == metadataName {
				continue
			}
			p, err := finder.Payment(id)
			if err != nil {
				yield(nil, err)
				return
			}
			if first := p.Events[0].Record.Number; rec.Number >= first { // else it is of one that was cancelled whole
				begun[id] = first
			}
		}
		order := slices.SortedFunc(maps.Keys(begun), func(a, b string) int { return cmp.Compare(begun[a], begun[b]) })
		if newest {
			slices.Reverse(order)
		}
		for _, id := range order {
			p, err := finder.Payment(id)
			if !yield(p, err) || err != nil {
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
