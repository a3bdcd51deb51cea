package adyen

import (
	"fmt"
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A splitRule says what a split of a type needs (Adyen/adyen-openapi, CheckoutService 72).
type splitRule struct {
	account   accountRule
	amount    bool // has one; the others have none
	reference bool // needs one
}

// An accountRule says whether a split of some type has to name an account.
type accountRule uint8

const (
	needsAccount accountRule = iota
	mayHaveAccount
	isLiable // the liable account gets it, whatever is written
)

// splitRules has the types of splits that events and Adyen both have. Fees have no amount, and are borne by
// their account.
var splitRules = map[posting.SplitType]splitRule{
	posting.BalanceAccount: {needsAccount, true, true},
	posting.Commission:     {isLiable, true, false},
	posting.VAT:            {isLiable, true, false},
	posting.Tip:            {mayHaveAccount, true, false},
	posting.Surcharge:      {mayHaveAccount, true, false},
	posting.TopUp:          {needsAccount, true, false},
	posting.Default:        {mayHaveAccount, true, false},
}

// splits writes the splits of a valid event, in their order, so that Adyen books what the books do. A Remainder of the
// books takes what the others leave: it is written with that amount, as a part of its account or the commission.
// Adyen's own Remainder is another thing, what a conversion leaves, and is never asked for. Fee splits alone leave all
// to liable. The error is a [*ledger.Error] with the field of the split.
func (w Writer) splits(e *posting.Event) ([]Split, error) {
	left, parts := e.Amount.Int(), 0
	for i := range e.Splits {
		if !e.Splits[i].Type.Fee() {
			left, parts = left.Sub(e.Splits[i].Amount.Int()), parts+1
		}
	}
	rest := posting.Split{Type: posting.Commission, Amount: money.FromInt(left, e.Amount.Currency())}
	var all []Split
	for i := range e.Splits {
		sp := &e.Splits[i]
		if sp.Type == posting.Remainder {
			if left.Sign() <= 0 { // a part of nothing, or more than there is
				continue
			}
			rest.Reference, rest.Description = sp.Reference, sp.Description
			if sp.Account != "" && sp.Account != accounts.Liable {
				rest.Type, rest.Account = posting.BalanceAccount, sp.Account
			}
			sp, left = &rest, money.Int{}
		}
		s, err := w.split(i, sp, e.Amount.Currency())
		if err != nil {
			return nil, err
		}
		if s.Reference != "" && slices.ContainsFunc(all, func(o Split) bool { return o.Reference == s.Reference }) {
			return nil, refusal(field(i, "reference"), "expected a reference of its own, found %s twice", s.Reference)
		}
		all = append(all, s)
	}
	if parts == 0 && len(all) > 0 && left.Sign() > 0 {
		s, err := w.split(len(all), &rest, e.Amount.Currency())
		return append(all, s), err
	}
	// That splits have to sum to the amount is inferred: Adyen does not say what becomes of a difference.
	if len(all) > 0 && !left.IsZero() {
		sum := money.FromInt(e.Amount.Int().Sub(left), e.Amount.Currency())
		return nil, &ledger.Error{Code: posting.SplitSumMismatch, Field: "splits",
			Message: fmt.Sprintf("expected splits that sum to the amount, %s, "+
				"found %s", e.Amount, sum)}
	}
	return all, nil
}

// split writes one split, the i-th of the event. cur is the currency of the event, which a split does not repeat.
func (w Writer) split(i int, sp *posting.Split, cur money.Currency) (s Split, err error) {
	rule, known := splitRules[sp.Type]
	if !known && !sp.Type.Fee() {
		return s, refusal(field(i, "type"), "expected a type that Adyen has, found %q", string(sp.Type))
	}
	if !sp.Percent.IsZero() {
		return s, refusal(field(i, "percent"), "expected an amount, as Adyen's splits have no percents, found %s %%",
			sp.Percent)
	}
	s = Split{Type: string(sp.Type), Reference: sp.Reference, Description: sp.Description}
	// Adyen wants a reference, and the books do not: a part without one is the account's only part, so the account's
	// name is one, in a refund too. Rows that have it are found by the account.
	if rule.reference && s.Reference == "" {
		s.Reference = string(sp.Account)
	}
	if s.Account, err = w.splitAccount(i, sp, rule.account); err != nil {
		return s, err
	}
	if rule.amount {
		value, err := w.amount(money.FromInt(sp.Amount.Int(), cur))
		if err != nil {
			return s, refusal(field(i, "amount"), "%s", err)
		}
		s.Amount = &value
	}
	return s, nil
}

// splitAccount writes who gets a split. The liable account is left out where it is Adyen's default; that it is
// one of surcharges and tips is inferred.
func (w Writer) splitAccount(i int, sp *posting.Split, rule accountRule) (string, error) {
	switch {
	case rule == isLiable && sp.Account != "" && sp.Account != accounts.Liable:
		return "", refusal(field(i, "account"), "expected %s, which gets every %s at Adyen, found %s",
			accounts.Liable, sp.Type, sp.Account)
	case rule == needsAccount && sp.Account == "":
		return "", refusal(field(i, "account"), "expected the account of a split of type %s, found none", sp.Type)
	case rule != needsAccount && sp.Account == accounts.Liable:
		return "", nil
	}
	name, err := w.account(sp.Account)
	if err != nil {
		return "", refusal(field(i, "account"), "%s", err)
	}
	return name, nil
}
