// Events that name a stored rule, said by splits: for those who know no rules of the books, such as a provider.

package posting

import (
	"cmp"
	"errors"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// Resolved returns an authorisation or a capture that names a stored rule as one that says the same by splits: those
// that the rule comes to for its amount, and the rule's policies where it makes the payment. An event that is booked
// follows the version of the rule that it was booked with, any other the one that it would be booked with now. Every
// other event is returned as it is. The error is a [*ledger.Error] of an unknown rule, or of conditions that are not met.
func (f *Finder) Resolved(e *Event) (*Event, error) {
	if e.Rule == "" || e.Type != PaymentAuthorise && e.Type != PaymentCapture {
		return e, nil
	}
	p, err := f.Payment(e.Payment)
	if errors.Is(err, ErrNotFound) {
		provider, err := f.book.following(f.books, e.Provider)
		if err != nil {
			return nil, err
		}
		p, err = &Payment{ID: e.Payment, Provider: e.Provider, Authorised: e.Amount, first: e, scheme: provider.scheme,
			RefundPolicy: e.RefundPolicy, ChargebackPolicy: e.ChargebackPolicy}, nil
	} else if err != nil {
		return nil, err
	}
	r, err := f.ruleOf(p, e)
	if err != nil {
		return nil, err
	}
	amount := e.Amount
	if c := p.capture(cmp.Or(e.Capture, e.ID)); c != nil && e.Type == PaymentCapture {
		amount = c.Amount
	} else if amount.Currency() == "" {
		amount = money.FromInt(p.Authorised.Int().Sub(p.Captured.Int()), p.Authorised.Currency())
	}
	out := *e
	out.Rule = ""
	// A nil *ledger.Error is no nil error.
	splits, _, refused := p.splitsFor(instruction{rule: r}, amount, money.Table{})
	if out.Splits = splits; refused != nil {
		return nil, refused
	}
	if p.first.ID == e.ID {
		if refused := p.instruct(instruction{rule: r}); refused != nil {
			return nil, refused
		}
		out.RefundPolicy, out.ChargebackPolicy = p.RefundPolicy, p.ChargebackPolicy
	}
	return &out, nil
}

// ruleOf returns the version of the rule that an event of a payment follows.
func (f *Finder) ruleOf(p *Payment, e *Event) (*Rule, error) {
	rec, err := f.books.Last(ledger.Key{Space: KeyEvent, Name: e.ID})
	if err != nil {
		return nil, err
	}
	if rec != nil {
		content, err := wire.Read(rec)
		if err != nil {
			return nil, err
		}
		if given, err := f.book.givenBy(f.books, rec, content.Event, content.Remarks); err != nil || given.rule != nil {
			return given.rule, err
		}
	}
	versions, err := f.book.versions(f.books, e.Rule)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, noRule.refusal(e.Rule)
	}
	return ChooseRule(versions, p.occasion())
}
