package adyen

import (
	"fmt"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A splitRule says what a split of a type needs (Adyen/adyen-openapi, CheckoutService 72).
type splitRule struct {
	account   accountRule
	amount    bool // has one; the others have none
	reference bool // needs one; the others had better have one
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
	posting.Remainder:      {needsAccount, false, false},
}

// splits writes the splits of a valid event, in their order. Fees and the remainder have no amount of their own, so
// they count as 0 in the sum. The error is a [*ledger.Error] with the field of the split.
func (w Writer) splits(e *posting.Event) ([]Split, error) {
	var all []Split
	left := e.Amount.Int()
	for i := range e.Splits {
		sp := &e.Splits[i]
		s, err := w.split(i, sp, e.Amount.Currency())
		if err != nil {
			return nil, err
		}
		left = left.Sub(sp.Amount.Int())
		all = append(all, s)
	}
	// That splits have to sum to the amount is inferred: Adyen does not say what becomes of a difference.
	if len(all) > 0 && !left.IsZero() {
		sum := money.FromInt(e.Amount.Int().Sub(left), e.Amount.Currency())
		return nil, &ledger.Error{Code: posting.SplitSumMismatch, Field: "splits",
			Message: fmt.Sprintf("expected splits that sum to the amount, %s, "+
				"found %s (a Remainder is for what a conversion leaves, and carries nothing)", e.Amount, sum)}
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
	// Reports name the part of the payment by this reference; without it a refund could not name the part either.
	if rule.reference && sp.Reference == "" {
		return s, refusal(field(i, "reference"), "expected a reference of a split of type %s, found none", sp.Type)
	}
	s = Split{Type: string(sp.Type), Reference: sp.Reference, Description: sp.Description}
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
