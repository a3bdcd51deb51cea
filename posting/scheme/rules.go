package scheme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/splitledger/splitledger/money"
)

// RuleLimits are what a stored rule for a provider may have, besides what the other rules of its scheme say: percents
// of so many decimals, amounts of whole units, fee splits. The zero value allows all that rules may have.
type RuleLimits struct {
	Currencies   []money.Currency // that a rule may be for; nil: all
	Routes       int              // at most; 0: no limit
	Accounts     int              // that routes may name besides platform and liable, at most; 0: no limit
	OneSize      bool             // a route is either flat or a percent, without min and max
	NoRefund     bool             // no refund policy
	NoChargeback bool             // no chargeback policy
	Source       Source           // where they come from
}

// A RuleTerm is what stored rules for a provider may have, in words.
type RuleTerm struct{ Rule, Says string }

// RuleTerms says in words what a stored rule for payments of the scheme may have, as docs/schemes.md prints it.
func (s *Scheme) RuleTerms() []RuleTerm {
	l := &s.StoredRules
	yes := func(may bool, words string) string {
		if may {
			return words
		}
		return "–"
	}
	limit := func(n int, words string) string {
		if n == 0 {
			return "any number"
		}
		return fmt.Sprintf(words, n)
	}
	percents := "become amounts, by largest remainder"
	if s.Decimals > 0 {
		percents = "the scheme's own, rounded half up"
	}
	size := "flat, percent or both; min, max"
	if l.OneSize {
		size = "flat or percent"
	}
	currencies := "any"
	if len(l.Currencies) > 0 {
		currencies = Join(l.Currencies)
	}
	return []RuleTerm{
		{"follows the rule", []string{"the capture", "the settlement", "payment.split"}[s.Splits]},
		{"percents", percents},
		{"size of a route", size},
		{"currencies", currencies},
		{"routes", limit(l.Routes, "at most %d")},
		{"accounts of routes, besides platform and liable", limit(l.Accounts, "at most %d")},
		{"`$account` of a route", yes(s.Merchant == LiableMerchant, "the payment's `account`")},
		{"`rest`", yes(s.Splits != AtSettlement, "any account")},
		{"`splits` (fees)", yes(s.FeeSplits, "any")},
		{"`refund`", yes(!l.NoRefund, "any")},
		{"`chargeback`", yes(!l.NoChargeback, "any")},
	}
}

// Join lists currencies in words.
func Join(list []money.Currency) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
