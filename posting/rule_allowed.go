// What a stored rule for a provider may not have, because payments of its scheme could not follow it.

package posting

import (
	"slices"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// allowedBy refuses a rule that payments of the scheme could not follow. It names the field, what was found, and what
// is possible.
func (r *Rule) allowedBy(s *scheme.Scheme) *ledger.Error {
	l := &s.StoredRules
	if r.Currency != "" && len(l.Currencies) > 0 && !slices.Contains(l.Currencies, r.Currency) {
		return refusal(ledger.Invalid, "currency", "expected a currency that %s has rules for, %s, found %s", s.Provider,
			scheme.Join(l.Currencies), r.Currency)
	}
	if l.Routes > 0 && len(r.Routes) > l.Routes {
		return refusal(ledger.Invalid, "routes", "expected at most %d routes for %s, found %d", l.Routes, s.Provider,
			len(r.Routes))
	}
	for i := range r.Routes {
		if refused := r.routeAllowedBy(s, i); refused != nil {
			refused.Field = join("routes"+index(i), refused.Field)
			return refused
		}
	}
	switch {
	case r.Rest != "" && r.Rest != r.merchant(s) && s.Splits == scheme.AtSettlement:
		return restStays(s)
	case len(r.FeeSplits) > 0 && !s.FeeSplits:
		return refusal(ledger.Invalid, "splits", "expected no fee splits: fees of %s payments are the merchant's, "+
			"found %s", s.Provider, r.FeeSplits[0].Type)
	case r.RefundPolicy != nil && l.NoRefund:
		return refusal(ledger.Invalid, "refund", "expected no refund policy: %s has none, found %s", s.Provider,
			r.RefundPolicy.Behavior)
	case r.ChargebackPolicy != nil && l.NoChargeback:
		return refusal(ledger.Invalid, "chargeback", "expected no chargeback policy: %s has none, found %s", s.Provider,
			r.ChargebackPolicy.Behavior)
	}
	return nil
}

// routeAllowedBy is allowedBy of one route.
func (r *Rule) routeAllowedBy(s *scheme.Scheme, at int) *ledger.Error {
	to, l := &r.Routes[at], &s.StoredRules
	both := !to.Flat.IsZero() && !to.Percent.IsZero()
	switch {
	case l.OneSize && both:
		return refusal(ledger.Invalid, "percent", "expected either flat or percent for %s, found both", s.Provider)
	case l.OneSize && !to.Min.IsZero():
		return refusal(ledger.Invalid, "min", "expected none: parts of %s rules have no limits, found %s", s.Provider,
			to.Min)
	case l.OneSize && !to.Max.IsZero():
		return refusal(ledger.Invalid, "max", "expected none: parts of %s rules have no limits, found %s", s.Provider,
			to.Max)
	case s.Decimals > 0 && to.Percent.Decimals() > s.Decimals:
		return refusal(ledger.Invalid, "percent", "expected at most %d decimals for %s, found %s", s.Decimals, s.Provider,
			to.Percent)
	case to.Account == wire.PaymentAccount && s.Merchant == scheme.AccountMerchant:
		return refusal(ledger.Invalid, "account", "expected another account: the payment's keeps what no route takes of "+
			"%s payments, found %s", s.Provider, to.Account)
	}
	if l.Accounts > 0 && !ofPlatform(to.Account) {
		for _, before := range r.Routes[:at] {
			if !ofPlatform(before.Account) && before.Account != to.Account {
				return refusal(ledger.Invalid, "account", "expected at most %d account besides platform and liable for %s, "+
					"%s, found %s too", l.Accounts, s.Provider, before.Account, to.Account)
			}
		}
	}
	unit := money.NewInt(s.SmallestUnit(r.Currency))
	for _, size := range []struct {
		name  string
		minor money.Int
	}{{"flat", to.Flat}, {"min", to.Min}, {"max", to.Max}} {
		if _, over := size.minor.QuoRem(unit); !over.IsZero() {
			return refusal(ledger.Invalid, size.name, "expected a multiple of %s, the smallest unit of %s at %s, found %s",
				unit, r.Currency, s.Provider, size.minor)
		}
	}
	return nil
}

// ofPlatform reports whether an account of a route is the platform's own.
func ofPlatform(id accounts.ID) bool {
	return id == "" || id == accounts.Platform || id == accounts.Liable
}
