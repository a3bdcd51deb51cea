// What the fields of a stored rule say together, without a look at the books or at a scheme.

package wire

import (
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// ruleDecimals is how many decimals the percent of a route has at most.
const ruleDecimals = 2

// checkRoute checks what the fields of a route say together. Whether the account exists is not asked: a seller may
// join after the rule is made.
func checkRoute(r *Route) *ledger.Error {
	switch {
	case r.Flat.IsZero() && r.Percent.IsZero():
		return in("flat", expected("flat or percent", "neither"))
	case r.Percent.Decimals() > ruleDecimals:
		return in("percent", expected("at most "+strconv.Itoa(ruleDecimals)+" decimals", r.Percent.String()))
	case !r.Min.IsZero() && !r.Max.IsZero() && r.Min.Cmp(r.Max) > 0:
		return in("max", expected("at least min, "+r.Min.String(), r.Max.String()))
	}
	return checkHolder(r.Account)
}

// checkHolder refuses an account that has no money of its own. It may be left out.
func checkHolder(id accounts.ID) *ledger.Error {
	if id != "" && id != accounts.Platform && id != accounts.Liable &&
		(id.Reserved() || hasPrefix(string(id), bankPrefix)) {
		return in("account", expected("an account of kind sub, platform or liable", string(id)))
	}
	return nil
}

// checkRule checks what the routes and the other fields of a rule say together.
func checkRule(e *Event) *ledger.Error {
	if len(e.Routes) == 0 && e.Rest == "" {
		return in("routes", expected(routes.what+", or a rest", "nothing"))
	}
	if err := checkRoutes(e.Routes); err != nil {
		return err
	}
	if err := checkHolder(e.Rest); err != nil {
		err.Field = "rest"
		return err
	}
	if e.Replaces != "" && e.Version == "" {
		return in("version", expected("a version of its own, as it replaces another", "nothing"))
	}
	for i := range e.Splits {
		for j := range i {
			if e.Splits[i].Type == e.Splits[j].Type {
				return in("splits"+index(i)+".type", expected("each type of fee once",
					string(e.Splits[i].Type)+" as at splits"+index(j)))
			}
		}
	}
	return checkRuleCurrency(e)
}

// checkRoutes checks what routes say together. References become those of splits, by which refunds name a part, so each
// has to be unique.
func checkRoutes(routes []Route) *ledger.Error {
	var percents money.Percent
	seen := make(map[string]int, len(routes))
	for i := range routes {
		r := &routes[i]
		if first, taken := seen[r.Reference]; taken {
			return refusal(DuplicateReference, "routes"+index(i)+".reference",
				"expected a reference of its own, found %s as at routes[%d]", quote(r.Reference), first)
		}
		seen[r.Reference] = i
		percents = percents.Add(r.Percent)
		if percents.Cmp(money.Hundred()) > 0 {
			return in("routes"+index(i)+".percent", expected("percents of at most 100 in all", percents.String()))
		}
	}
	return nil
}

// checkRuleCurrency wants a currency where the rule has amounts: 250 is two euros and a half, or two dinars less.
func checkRuleCurrency(e *Event) *ledger.Error {
	if w := e.When; w != nil && w.Currency != "" && e.Currency != "" && w.Currency != e.Currency {
		return in("when.currency", expected("the rule's currency, "+string(e.Currency)+", or nothing",
			string(w.Currency)))
	}
	if e.Currency != "" || e.When != nil && e.When.Currency != "" {
		return nil
	}
	const of = "the currency of the rule's amounts"
	if w := e.When; w != nil && !(w.MinAmount.IsZero() && w.MaxAmount.IsZero()) {
		return in("currency", expected(of, "nothing"))
	}
	for i := range e.Routes {
		if r := &e.Routes[i]; !(r.Flat.IsZero() && r.Min.IsZero() && r.Max.IsZero()) {
			return in("currency", expected(of, "nothing"))
		}
	}
	return nil
}

// checkCondition refuses conditions that say nothing, which would read as if some were meant.
func checkCondition(c *Condition) *ledger.Error {
	if c.given() == 0 {
		return expected("at least one condition (leave the field out for all payments)", "none")
	}
	if !c.MaxAmount.IsZero() && c.MinAmount.Cmp(c.MaxAmount) > 0 {
		return in("maxAmount", expected("at least minAmount, "+c.MinAmount.String(), c.MaxAmount.String()))
	}
	return nil
}

// checkAttributes refuses attributes that say nothing.
func checkAttributes(a *Attributes) *ledger.Error {
	if a.given() == 0 {
		return expected("at least one attribute (leave the field out for none)", "none")
	}
	return nil
}

// checkLaterSplits wants one of both ways to say who gets which part.
func checkLaterSplits(e *Event) *ledger.Error {
	if e.Rule == "" && len(e.Splits) == 0 {
		return in("splits", expected(splits.what+", or a rule", "nothing"))
	}
	return checkSplits(e)
}
