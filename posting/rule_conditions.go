// Which version of a stored rule a payment follows: the most specific of those whose conditions it meets.

package posting

import (
	"cmp"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// An Occasion is what a rule's conditions are asked of: a payment that is, or that might be.
type Occasion struct {
	Provider   string
	Amount     money.Amount // that is authorised
	Attributes wire.Attributes
}

// occasion is what conditions are asked of a payment: what the event says that made it.
func (p *Payment) occasion() Occasion {
	o := Occasion{Provider: p.Provider, Amount: p.Authorised}
	if p.first.Attributes != nil {
		o.Attributes = *p.first.Attributes
	}
	return o
}

// ChooseRule returns the version of a rule that an occasion follows, of all versions, oldest first. Those that are
// replaced are followed by nobody. Of several whose conditions are met the one with the most conditions is chosen, and
// of those the first that was made. The error is a [*ledger.Error] that says what a version wants.
func ChooseRule(versions []*Rule, o Occasion) (*Rule, error) {
	current := CurrentVersions(versions)
	var chosen *Rule
	var first *ledger.Error
	for _, r := range current {
		refused := r.unmet(o)
		if refused == nil && (chosen == nil || r.specificity() > chosen.specificity()) {
			chosen = r
		}
		if first == nil || first.Code != CurrencyMismatch {
			first = cmp.Or(first, refused)
		}
		if refused != nil && refused.Code != CurrencyMismatch {
			first = refused // that of another currency says less
		}
	}
	switch {
	case chosen != nil:
		return chosen, nil
	case len(current) == 1:
		return nil, first
	case first == nil:
		return nil, refusal(ledger.Invalid, "rule", "expected a rule with a version that is not replaced, found none")
	}
	return nil, refusal(first.Code, first.Field, "%s, and no other of %d versions fits", first.Message, len(current))
}

// conditions are those of a rule that are texts, each with what an occasion has for it.
func (r *Rule) conditions(o *Occasion) [6]struct{ what, want, found string } {
	w, a := &r.When, &o.Attributes
	return [...]struct{ what, want, found string }{
		{"provider", r.Provider, o.Provider},
		{"method", w.Method, a.Method}, {"channel", w.Channel, a.Channel}, {"country", w.Country, a.Country},
		{"fundingSource", w.FundingSource, a.FundingSource},
		{"shopperInteraction", w.ShopperInteraction, a.ShopperInteraction},
	}
}

// unmet returns the first condition of the rule that an occasion does not meet, as a refusal; nil where it meets all.
func (r *Rule) unmet(o Occasion) *ledger.Error {
	if c := o.Amount.Currency(); r.Currency != "" && r.Currency != c {
		return refusal(CurrencyMismatch, "rule", "expected a rule for the payment's currency, %s, found %s, for %s", c,
			quote(r.ID), r.Currency)
	}
	for _, c := range r.conditions(&o) {
		if c.want != "" && !strings.EqualFold(c.want, c.found) {
			return refusal(ledger.Invalid, "rule", "expected a payment with the %s of the rule %s, %s, found %s", c.what,
				quote(r.ID), c.want, cmp.Or(c.found, "none"))
		}
	}
	least, most := r.When.MinAmount, r.When.MaxAmount
	if amount := o.Amount.Int(); amount.Cmp(least) < 0 || !most.IsZero() && amount.Cmp(most) > 0 {
		limits := "at least " + least.String()
		if !most.IsZero() {
			limits = "from " + least.String() + " to " + most.String()
		}
		return refusal(ledger.Invalid, "rule", "expected a payment of %s %s, as the rule %s wants, found %s", limits,
			r.Currency, quote(r.ID), o.Amount)
	}
	return nil
}

// specificity is how many conditions a rule has.
func (r *Rule) specificity() (n int) {
	for _, c := range r.conditions(&Occasion{}) {
		if c.want != "" {
			n++
		}
	}
	if r.Currency != "" {
		n++
	}
	if !r.When.MinAmount.IsZero() || !r.When.MaxAmount.IsZero() {
		n++
	}
	return n
}

// samePayments reports whether two versions have the same conditions.
func (r *Rule) samePayments(s *Rule) bool {
	a, b := r.conditions(&Occasion{}), s.conditions(&Occasion{})
	for i := range a {
		if !strings.EqualFold(a[i].want, b[i].want) {
			return false
		}
	}
	return r.Currency == s.Currency && r.When.MinAmount.Equal(s.When.MinAmount) &&
		r.When.MaxAmount.Equal(s.When.MaxAmount)
}
