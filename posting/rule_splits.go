// What a stored rule comes to for a payment: splits with accounts, and with amounts where its scheme has no percents.

package posting

import (
	"strings"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// restReference is the reference of the split that has a rule's rest.
const restReference = "rest"

// Splits returns the splits that the rule stands for, for an amount of a payment under a scheme: one for each route, in
// their order, then the fee splits. account is the payment's own; it may be empty. Percents stay percents where the
// scheme has them and the route is nothing else; elsewhere they become amounts by largest remainder. What the routes
// leave is a Remainder, where the rule names an account for it or the scheme wants splits of the whole amount.
// The error is a [*ledger.Error].
func (r *Rule) Splits(s *scheme.Scheme, account accounts.ID, amount money.Amount) ([]Split, error) {
	splits, _, err := r.sized(s, account, amount, money.Table{})
	if err != nil { // a nil *ledger.Error is no nil error
		return nil, err
	}
	return splits, nil
}

// sized is Splits with the reason of each that a percent or a limit has changed.
func (r *Rule) sized(s *scheme.Scheme, account accounts.ID, amount money.Amount, t money.Table) (splits []Split,
	reasons []string, refused *ledger.Error) {
	splits = make([]Split, 0, len(r.Routes)+1+len(r.FeeSplits))
	reasons = make([]string, len(r.Routes), cap(splits))
	unit := money.NewInt(s.SmallestUnit(amount.Currency()))
	shares, rest := r.shares(s, amount, unit), amount.Int()
	for i := range r.Routes {
		to := &r.Routes[i]
		split := Split{Type: BalanceAccount, Account: to.Account, Reference: to.Reference}
		if to.Account == "" {
			split.Account = accounts.Platform
		}
		size := limited(to, to.Flat.Add(shares[i]))
		if s.Decimals > 0 && plainPercent(to) {
			split.Percent = to.Percent
		} else {
			split.Amount = money.FromInt(size, amount.Currency())
			reasons[i] = r.reason(to, s, amount, shares[i], t)
		}
		rest = rest.Sub(size)
		splits = append(splits, split)
	}
	if r.Rest != "" && r.Rest != r.merchant(s) || s.Sum == scheme.Equal && rest.Sign() > 0 {
		if s.Splits == scheme.AtSettlement {
			return nil, nil, refusal(ledger.Invalid, "rule", "%s", "rule "+quote(r.ID)+": "+restStays(s).Message)
		}
		if rest.Sign() > 0 {
			split := Split{Type: Remainder, Account: r.Rest}
			if r.Rest != "" && r.Rest != accounts.Liable {
				split.Reference = restReference
			}
			splits, reasons = append(splits, split), append(reasons, "what the routes leave")
		}
	}
	splits = append(splits, r.FeeSplits...)
	reasons = append(reasons, make([]string, len(r.FeeSplits))...)
	for i := range splits {
		if splits[i].Account, refused = r.filledIn(splits[i].Account, account); refused != nil {
			return nil, nil, refused
		}
	}
	return splits, reasons, nil
}

// merchant is the account of a rest that needs no split, as the scheme gives it what no split takes.
func (r *Rule) merchant(s *scheme.Scheme) accounts.ID {
	if s.Merchant == scheme.LiableMerchant {
		return accounts.Liable
	}
	return wire.PaymentAccount
}

// restStays refuses an account of its own for the rest where the merchant has it until the settlement, and fees are
// taken from it.
func restStays(s *scheme.Scheme) *ledger.Error {
	return refusal(ledger.Invalid, "rest", "expected none: what no route takes stays with the merchant of %s payments, "+
		"whose fees are taken from it", s.Provider)
}

// plainPercent reports whether a route is a percent and nothing else.
func plainPercent(r *Route) bool {
	return !r.Percent.IsZero() && r.Flat.IsZero() && r.Min.IsZero() && r.Max.IsZero()
}

// shares works out the percents of the routes, in minor units: rounded half up where the scheme has percents, else by
// largest remainder, with what the percents leave of 100 as a share of its own.
func (r *Rule) shares(s *scheme.Scheme, amount money.Amount, unit money.Int) []money.Int {
	shares := make([]money.Int, len(r.Routes))
	if s.Decimals > 0 {
		for i := range r.Routes {
			shares[i] = r.Routes[i].Percent.Of(amount, unit).Int()
		}
		return shares
	}
	// Percents of routes have two decimals at most, so hundredths are exact.
	whole := money.New(10_000, "")
	weights := make([]money.Int, len(r.Routes)+1)
	left := whole.Int()
	for i := range r.Routes {
		weights[i] = r.Routes[i].Percent.Of(whole, money.NewInt(1)).Int()
		left = left.Sub(weights[i])
	}
	weights[len(r.Routes)] = left
	// In units, as no provider takes less than one. What is no whole unit is of the rest.
	units, _ := amount.Int().QuoRem(unit)
	parts, err := money.Allocate(money.FromInt(units, ""), weights)
	if err != nil {
		return shares
	}
	for i := range shares {
		shares[i] = parts[i].Int().Mul(unit)
	}
	return shares
}

// limited holds a part to the limits of its route.
func limited(r *Route, minor money.Int) money.Int {
	if minor.Cmp(r.Min) < 0 {
		return r.Min
	}
	if !r.Max.IsZero() && minor.Cmp(r.Max) > 0 {
		return r.Max
	}
	return minor
}

// reason says how a route came to its amount: "10 + 1 % of 80.00 EUR = 0.80, at least 1.00".
func (r *Rule) reason(to *Route, s *scheme.Scheme, amount money.Amount, share money.Int, t money.Table) string {
	c := amount.Currency()
	of := func(i money.Int) string { return t.Format(money.FromInt(i, c)) }
	var parts []string
	if !to.Flat.IsZero() {
		parts = append(parts, of(to.Flat))
	}
	if !to.Percent.IsZero() {
		text := to.Percent.String() + " % of " + t.Format(amount) + " " + string(c)
		exact, whole := to.Percent.Exactly(amount, t)
		switch rounded := of(share); {
		case whole && exact == rounded:
		case s.Decimals > 0:
			text += " = " + exact + ", rounded half up to " + rounded
		default:
			text += " = " + exact + ", by largest remainder " + rounded
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, " + ")
	switch sum := to.Flat.Add(share); {
	case sum.Cmp(to.Min) < 0:
		return text + ", at least " + of(to.Min)
	case !to.Max.IsZero() && sum.Cmp(to.Max) > 0:
		return text + ", at most " + of(to.Max)
	case to.Percent.IsZero():
		return ""
	}
	return text
}

// filledIn returns an account of the rule, the payment's where the rule says so.
func (r *Rule) filledIn(id, payments accounts.ID) (accounts.ID, *ledger.Error) {
	if id != wire.PaymentAccount {
		return id, nil
	}
	if payments == "" {
		return "", refusal(ledger.Invalid, "account", "expected the account that the rule %s has for %s, found nothing",
			quote(r.ID), wire.PaymentAccount)
	}
	return payments, nil
}

// noPlaceForAccount reports whether there is no rule, or one that does not say where the payment's account stands.
func (r *Rule) noPlaceForAccount() bool {
	if r == nil {
		return true
	}
	is := func(id accounts.ID) bool { return id == wire.PaymentAccount }
	for i := range r.Routes {
		if is(r.Routes[i].Account) {
			return false
		}
	}
	for i := range r.FeeSplits {
		if is(r.FeeSplits[i].Account) {
			return false
		}
	}
	return !(is(r.Rest) || r.RefundPolicy != nil && is(r.RefundPolicy.TargetAccount) ||
		r.ChargebackPolicy != nil && (is(r.ChargebackPolicy.TargetAccount) ||
			is(r.ChargebackPolicy.CostAllocationAccount)))
}
