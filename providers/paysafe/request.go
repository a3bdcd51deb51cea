package paysafe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Writer writes requests. The zero value is ready to use.
type Writer struct {
	// ID returns which linked account at Paysafe an account of the books is, "" if it has none. By default an
	// account has the name of its linked account, and platform and liable have none. The merchant's own is not
	// asked for: what no entry takes is the merchant's. Where the platform is the merchant, that goes for
	// liable too.
	ID func(accounts.ID) (string, error)

	// Rules says by splits what an event says by a stored rule, as [posting.Finder.Resolved] does. Nil refuses such
	// events.
	Rules func(*posting.Event) (*posting.Event, error)
}

// A Settlement is the body of POST /cardpayments/v1/accounts/{account}/auths/{authorisation}/settlements, or
// /paymenthub/v1/payments/{payment}/settlements. Without an amount Paysafe settles all that is left. Source:
// developer.paysafe.com, Split Payouts.
type Settlement struct {
	Reference string      `json:"merchantRefNum"`
	Amount    json.Number `json:"amount,omitempty"` // minor units
	Splits    []Share     `json:"splitpay,omitempty"`
}

// A Refund is the body of POST /cardpayments/v1/accounts/{account}/settlements/{settlement}/refunds, or
// /paymenthub/v1/settlements/{settlement}/refunds. Without an amount Paysafe refunds all that is left; what no
// share gives comes from the merchant account. Source: developer.paysafe.com, Split Payouts.
type Refund struct {
	Reference string      `json:"merchantRefNum"`
	Amount    json.Number `json:"amount,omitempty"` // minor units
	Splits    []Share     `json:"splitpay,omitempty"`
}

// A Share is an entry of splitpay: either a percent of the whole amount, or minor units.
type Share struct {
	Account string      `json:"linkedAccount"`
	Percent json.Number `json:"percent,omitempty"`
	Amount  json.Number `json:"amount,omitempty"`
}

// A Cancellation is the body of PUT /cardpayments/v1/accounts/{account}/settlements/{settlement}. Source: as of
// [Settlement].
type Cancellation struct {
	Status string `json:"status"`
}

const (
	maxReference    = 255
	percentDecimals = 2
)

// Settlement writes a capture of a payment, an event of type payment.capture, as a request; p is the payment as
// it was before the capture, or after. The splits are those of the event, or else of the authorisation if all
// that was authorised is captured. The first capture has the payment's reference, further ones their own:
// Paysafe refuses a merchantRefNum that comes again within 90 days. The error is a [*ledger.Error] with the
// path of the field.
func (w Writer) Settlement(p *posting.Payment, e *posting.Event) (*Settlement, error) {
	if e.Type != posting.PaymentCapture || e.Payment != p.ID {
		return nil, refuse(ledger.Invalid, "type", "expected a capture of payment %s, found %s of %s",
			p.ID, e.Type, e.Payment)
	}
	e, err := w.resolved(e)
	if err != nil {
		return nil, err
	}
	if e.Rule != "" && len(e.Splits) == 0 {
		return nil, refuse(ledger.Invalid, "rule", "expected the splits of the stored rule, found its name %s", e.Rule)
	}
	name := e.Capture
	if name == "" {
		name = e.ID
	}
	s := &Settlement{Reference: name}
	if len(p.Captures) == 0 || p.Captures[0].ID == name {
		s.Reference = cmp.Or(p.Reference, p.ID)
	}
	splits := e.Splits
	if len(splits) == 0 && (e.Amount.IsZero() || e.Amount.Equal(p.Authorised)) {
		splits = authorised(p)
	}
	limit := p.Authorised
	if limit.IsZero() {
		limit = e.Amount // captured without an authorisation
	}
	s.Amount, s.Splits, err = w.body(s.Reference, e.Amount, limit, splits, p)
	return s, err
}

// Refund writes a refund of a payment, an event of type payment.refund, as a request. Splits name who gives
// back what, whether or not the settlement was split. The error is a [*ledger.Error] with the path of the
// field.
func (w Writer) Refund(p *posting.Payment, e *posting.Event) (*Refund, error) {
	if e.Type != posting.PaymentRefund || e.Payment != p.ID {
		return nil, refuse(ledger.Invalid, "type", "expected a refund of payment %s, found %s of %s",
			p.ID, e.Type, e.Payment)
	}
	r := &Refund{Reference: cmp.Or(e.Refund, e.ID)}
	var err error
	r.Amount, r.Splits, err = w.body(r.Reference, e.Amount, p.Captured, e.Splits, p)
	return r, err
}

// NewCancellation writes the cancellation of a capture as a request. Paysafe takes it until the settlement is
// batched, at the end of the day for most accounts; after that it is refunded.
func NewCancellation(c *posting.Capture) (*Cancellation, error) {
	if c.Settled {
		return nil, refuse(posting.InvalidState, "capture",
			"expected a capture that is pending, found that %s is settled: refund it", c.ID)
	}
	return &Cancellation{"CANCELLED"}, nil
}

// authorised returns the splits that a payment was authorised with.
func authorised(p *posting.Payment) []posting.Split {
	for i := range p.Events {
		if e := &p.Events[i].Event; e.Type == posting.PaymentAuthorise {
			return e.Splits
		}
	}
	return nil
}

// body checks and writes what settlements and refunds have alike. limit is the most that the amount may be, and
// what is meant where it is not given.
func (w Writer) body(reference string, amount, limit money.Amount,
	splits []posting.Split, p *posting.Payment) (json.Number, []Share, error) {
	if n := utf8.RuneCountInString(reference); n > maxReference {
		return "", nil, refuse(ledger.Invalid, "reference", "expected at most %d characters, found %d", maxReference, n)
	}
	whole := amount
	if amount.IsZero() {
		whole = limit
	}
	if c := whole.Currency(); c != p.Currency {
		return "", nil, refuse(posting.CurrencyMismatch, "amount",
			"expected %s, the payment's currency, found %s", p.Currency, c)
	}
	if most := money.New(maxAmount, p.Currency); whole.Int().Cmp(limit.Int()) > 0 ||
		whole.Int().Cmp(most.Int()) > 0 || whole.Sign() < 0 {
		return "", nil, refuse(ledger.Invalid, "amount", "expected from 0 to %s, found %s", smaller(limit, most), whole)
	}
	shares, err := w.shares(splits, whole, p)
	if err != nil || amount.IsZero() {
		return "", shares, err
	}
	return json.Number(amount.Minor()), shares, nil
}

// smaller returns the smaller of two amounts of one currency.
func smaller(a, b money.Amount) money.Amount {
	if a.Int().Cmp(b.Int()) < 0 {
		return a
	}
	return b
}

// shares writes splits as splitpay, but for those of the merchant, which are what no entry takes.
func (w Writer) shares(splits []posting.Split, whole money.Amount, p *posting.Payment) (shares []Share, err error) {
	left, percents := whole.Int(), money.Percent{}
	rest := -1 // which split takes what the others leave
	for i := range splits {
		s := &splits[i]
		at := fmt.Sprintf("splits[%d]", i)
		if s.Type.Fee() {
			return nil, refuse(ledger.Invalid, at+".type",
				"expected a part of the amount, found %s: at Paysafe the merchant bears fees", s.Type)
		}
		if s.Type == posting.Remainder {
			rest = i
			continue
		}
		if c := s.Amount.Currency(); c != "" && c != p.Currency {
			return nil, refuse(posting.CurrencyMismatch, at+".amount",
				"expected %s, the payment's currency, found %s", p.Currency, c)
		}
		part := s.Amount.Int()
		share := Share{Amount: json.Number(part.String())}
		if !s.Percent.IsZero() {
			if s.Percent.Decimals() > percentDecimals {
				return nil, refuse(ledger.Invalid, at+".percent",
					"expected at most %d decimals, found %s", percentDecimals, s.Percent)
			}
			percents = percents.Add(s.Percent)
			part = s.Percent.Of(whole, money.NewInt(1)).Int()
			share = Share{Percent: json.Number(s.Percent.String())}
		}
		left = left.Sub(part)
		if shares, err = w.add(shares, share, s, p, at); err != nil {
			return nil, err
		}
	}
	switch {
	case percents.Cmp(money.Hundred()) > 0:
		return nil, refuse(posting.SplitExceedsAmount, "splits",
			"expected percents of at most 100 in all, found %s", percents)
	case left.Sign() < 0:
		return nil, refuse(posting.SplitExceedsAmount, "splits", "expected at most %s in all, found %s",
			whole, money.FromInt(whole.Int().Sub(left), p.Currency))
	case rest >= 0 && left.Sign() > 0:
		return w.add(shares, Share{Amount: json.Number(left.String())},
			&splits[rest], p, fmt.Sprintf("splits[%d]", rest))
	}
	return shares, nil
}

// add appends the share of a split, unless it is the merchant's own.
func (w Writer) add(shares []Share, share Share, s *posting.Split, p *posting.Payment, at string) ([]Share, error) {
	account, merchant := s.Account, p.Account
	if account == "" {
		account = accounts.Liable
	}
	if merchant == "" {
		merchant = accounts.Platform
	}
	operators := account == accounts.Platform || account == accounts.Liable
	if account == merchant || operators && merchant == accounts.Platform {
		return shares, nil
	}
	var err error
	switch {
	case w.ID != nil:
		share.Account, err = w.ID(account)
	case !operators:
		share.Account = string(account)
	}
	switch {
	case err != nil:
		return nil, refuse(ledger.UnknownAccount, at+".account", "%s", err)
	case share.Account == "":
		return nil, refuse(ledger.UnknownAccount, at+".account", "expected a linked account of %s, found none", account)
	}
	return append(shares, share), nil
}

// refuse says which field of the event cannot be asked of Paysafe, and why.
func refuse(code ledger.Code, field, format string, args ...any) error {
	e := ledger.Errorf(code, format, args...)
	e.Field = field
	return e
}

// resolved says by splits what the event says by a stored rule, where there is somebody to ask.
func (w Writer) resolved(e *posting.Event) (*posting.Event, error) {
	if e.Rule == "" || w.Rules == nil {
		return e, nil
	}
	return w.Rules(e)
}
