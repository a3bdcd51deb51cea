package wire

import (
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// checkAdjust wants a reason where an authorisation is adjusted to nothing: it has expired.
func checkAdjust(e *Event) *ledger.Error {
	if e.Amount.IsZero() && e.Reason == "" {
		return in("reason", expected("why nothing is authorised any more", "nothing"))
	}
	return nil
}

// checkCapture refuses a capture of nothing that is no fact: that is there for what it cost.
func checkCapture(e *Event) *ledger.Error {
	if e.Amount.Currency() != "" && e.Amount.IsZero() && !e.Fact {
		return in("amount", in("value", expected("a value of at least 1, or a fact", "0")))
	}
	return checkSplits(e)
}

// checkConfirm refuses a confirmation of two things at once.
func checkConfirm(e *Event) *ledger.Error {
	switch {
	case e.Capture != "" && e.Refund != "":
		return in("refund", expected("either a capture or a refund", "both"))
	case (e.Capture != "" || e.Refund != "") && e.Chargeback != "":
		return in("chargeback", expected("one of capture, refund and chargeback", "two of them"))
	case e.Movement != "" && e.Capture == "" && e.Refund == "" && e.Chargeback == "":
		return in("movement", expected("the capture, refund or chargeback that is this movement", "none"))
	}
	return nil
}

// checkExchange refuses a conversion of a currency into itself.
func checkExchange(e *Event) *ledger.Error {
	if e.Sell.Currency() == e.Buy.Currency() {
		return in("buy.currency", expected("another currency than what is sold", quote(string(e.Buy.Currency()))))
	}
	return nil
}

// checkFees refuses fees that are of two things at once.
func checkFees(e *Event) *ledger.Error {
	if e.Refund != "" && e.Chargeback != "" {
		return in("chargeback", expected("the fees of either a refund or a chargeback", "both"))
	}
	return nil
}

// checkFee refuses a fee on which a fee that is no tax is charged.
func checkFee(f *Fee) *ledger.Error {
	if f.Of != "" && f.Type != FeeVAT {
		return in("of", expected("no fee that this one is on: only VAT is on another", quote(string(f.Of))))
	}
	return nil
}

// checkPayout checks what the fields of a payout's event tell together.
func checkPayout(e *Event) *ledger.Error {
	if e.Part != "" && e.Movement == "" {
		return in("movement", expected("the movement that the part is of", "nothing"))
	}
	return nil
}

// checkReassign refuses what moves nothing, or is of two things at once.
func checkReassign(e *Event) *ledger.Error {
	of := 0
	for _, name := range []string{e.Capture, e.Refund, e.Chargeback} {
		if name != "" {
			of++
		}
	}
	switch {
	case of != 1:
		return in("capture", expected("one of capture, refund and chargeback",
			[]string{"none", "", "two of them", "all of them"}[of]))
	case e.From == e.To:
		return in("to", expected("another account than from", string(e.To)))
	}
	return nil
}

// ruleDecimals is how many decimals the percent of a route has at most.
const ruleDecimals = 2

// checkRoute checks what the fields of a route tell together.
func checkRoute(r *Route) *ledger.Error {
	switch hasFlat, hasPercent := !r.Flat.IsZero(), !r.Percent.IsZero(); {
	case hasFlat && hasPercent:
		return in("percent", expected("either flat or percent", "both"))
	case !hasFlat && !hasPercent:
		return in("flat", expected("flat or percent", "neither"))
	case r.Percent.Decimals() > ruleDecimals:
		return in("percent", expected("at most "+strconv.Itoa(ruleDecimals)+" decimals", r.Percent.String()))
	case r.Account != "" && r.Account != accounts.Platform && r.Account != accounts.Liable &&
		(r.Account.Reserved() || hasPrefix(string(r.Account), bankPrefix)):
		return in("account", expected("an account of kind sub, platform or liable", string(r.Account)))
	}
	return nil
}

// checkRule checks what the routes of a rule tell together.
func checkRule(e *Event) *ledger.Error {
	var percents money.Percent
	seen := make(map[string]int, len(e.Routes))
	for i := range e.Routes {
		r := &e.Routes[i]
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

// checkTransfer checks what the fields of a transfer or its reversal tell together.
func checkTransfer(e *Event) *ledger.Error {
	switch {
	case e.Capture != "" && e.Payment == "":
		return in("payment", expected("the payment of the capture", "nothing"))
	case e.Movement != "" && e.Provider == "" && e.Payment == "" && e.Type == Transfer:
		return in("provider", expected("the provider whose movement it is", "nothing"))
	case e.Part != "" && e.Movement == "":
		return in("movement", expected("the movement that the part is of", "nothing"))
	}
	return nil
}
