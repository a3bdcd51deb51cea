// The functions of this file check what the fields of one event or object say together. The shape of each field alone
// is checked by its table before, so they may rely on it. None of them looks into the books. Each returns the first
// thing that is wrong, with the path of its field, or nil.

package wire

import (
	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
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

// checkExchange refuses a conversion of a currency into itself. It would be a transfer with itself, at a rate.
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

// checkPayout checks what the fields of a payout's event say together. A part without the movement that it is of could
// not be added to anything.
func checkPayout(e *Event) *ledger.Error {
	if e.Part != "" && e.Movement == "" {
		return in("movement", expected("the movement that the part is of", "nothing"))
	}
	return nil
}

// checkReassign refuses what moves nothing, or is of two things at once. The error is [ledger.Invalid] of capture or
// to.
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

// checkTransfer checks what the fields of a transfer or its reversal say together. A movement is unique within a
// provider, so its provider has to be known from somewhere.
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

// checkSplit checks what the fields of a split say together. The error is [ledger.Invalid] of account, amount or
// percent.
func checkSplit(s *Split) *ledger.Error {
	// An amount of 0 counts as given if it has a currency: a split of nothing may be meant.
	hasAmount, hasPercent := givenAmount(&s.Amount), !s.Percent.IsZero()
	switch {
	case s.Account == "" && (s.Type == BalanceAccount || s.Type.Fee()):
		return in("account", expected("the account of a "+string(s.Type)+" split", "nothing"))
	case !amountOf(s) && hasAmount:
		return in("amount", expected("no amount: "+withoutAmount(s.Type), s.Amount.Minor()))
	case !amountOf(s) && hasPercent:
		return in("percent", expected("no percent: "+withoutAmount(s.Type), s.Percent.String()))
	case hasAmount && hasPercent:
		return in("percent", expected("either an amount or a percent", "both"))
	case amountOf(s) && !hasAmount && !hasPercent:
		return in("amount",
			expected("an amount or a percent (an amount of 0 needs its currency where the event has no amount)",
				"neither"))
	}
	return nil
}

// amountOf reports whether s is a part of the amount of its own size.
func amountOf(s *Split) bool { return s.Type != Remainder && !s.Type.Fee() }

// withoutAmount says in a message why a split of the type has no size of its own.
func withoutAmount(t SplitType) string {
	if t == Remainder {
		return "a Remainder takes what the others leave"
	}
	return "a " + string(t) + " split names who bears a fee that is not known yet"
}

// fewSplits are compared each with each, which is cheaper than a map.
const fewSplits = 16

// checkSplits checks what the splits of an event say together. References have to be unique, because refunds and later
// captures name parts by them. The error is [ledger.Invalid], [CurrencyMismatch] or [DuplicateReference].
func checkSplits(e *Event) *ledger.Error {
	if e.Rule != "" && len(e.Splits) > 0 {
		return in("rule", expected("either splits or a rule", "both"))
	}
	// Most events have a few splits, for which a map costs more than it saves. With 5,000 splits it is the other way
	// round.
	var seen map[string]int // once there are many
	if len(e.Splits) > fewSplits {
		seen = make(map[string]int, len(e.Splits))
	}
	remainder := -1
	for i := range e.Splits {
		s := &e.Splits[i]
		if c := e.Amount.Currency(); c != "" && s.Amount.Currency() != "" && s.Amount.Currency() != c {
			return refusal(CurrencyMismatch, "splits"+index(i)+".amount.currency",
				"expected the currency of the amount, %s, found %s", c, s.Amount.Currency())
		}
		if s.Type == Remainder {
			if remainder >= 0 {
				return in("splits"+index(i)+".type",
					expected("one Remainder at most", "another at splits"+index(remainder)))
			}
			remainder = i
		}
		if s.Reference == "" {
			continue
		}
		first, taken := seen[s.Reference]
		for j := 0; seen == nil && !taken && j < i; j++ {
			first, taken = j, e.Splits[j].Reference == s.Reference
		}
		if taken {
			return refusal(DuplicateReference, "splits"+index(i)+".reference",
				"expected a reference of its own, found %s as at splits[%d]", quote(s.Reference), first)
		}
		if seen != nil {
			seen[s.Reference] = i
		}
	}
	return nil
}

// checkPolicy checks what the fields of a policy of refunds say together.
func checkPolicy(p *RefundPolicy) *ledger.Error { return checkTarget(p.Behavior, p.TargetAccount) }

// checkChargebackPolicy is the same of a policy of chargebacks. Who bears the fees is independent of the rest.
func checkChargebackPolicy(p *ChargebackPolicy) *ledger.Error {
	return checkTarget(p.Behavior, p.TargetAccount)
}

// checkTarget checks that a behavior has the account that it needs. Where all is taken from one account, that account
// has to be named; elsewhere a name would be ignored in silence.
func checkTarget(b Behavior, target accounts.ID) *ledger.Error {
	switch needs := b == DeductFromOneBalanceAccount; {
	case needs && target == "":
		return in("targetAccount", expected("the account to deduct from", "nothing"))
	case !needs && target != "":
		return in("targetAccount", expected("no account with "+string(b), string(target)))
	}
	return nil
}

// checkLeg wants one side of a posting. Two booleans in place of a sign or a word, because that is how accountants
// write entries, and neither can be misread.
func checkLeg(l *Leg) *ledger.Error {
	switch {
	case l.Debit && l.Credit:
		return in("credit", expected("either debit or credit", "both"))
	case !l.Debit && !l.Credit:
		return in("debit", expected(`either "debit": true or "credit": true`, "neither"))
	}
	return nil
}

// checkOpen refuses accounts that nobody opens, and limits that the account could not have. The error is
// [ledger.Invalid] with the field account, kind or providerIds, or that of the account's own limits.
func checkOpen(e *Event) *ledger.Error {
	id := e.Account
	name, isProvider := id.ProviderName()
	// The kind decides which names are allowed, so that a reader of an entry knows the kind of each account by its
	// name.
	switch e.Kind {
	case accounts.KindProvider:
		if !isProvider || !ValidProvider(name) {
			return in("account",
				expected("provider:<name> for an account of kind provider, the name of 1 to 32 of a-z, 0-9, _ and -",
					quote(string(id))))
		}
	case accounts.KindBank:
		if id != accounts.Bank && !hasPrefix(string(id), bankPrefix) {
			return in("account", expected("bank or bank:<name> for an account of kind bank", quote(string(id))))
		}
	case accounts.KindSub:
		if id.Reserved() || hasPrefix(string(id), bankPrefix) {
			return in("account",
				expected("a name that is not one of the ledger's own (platform, liable, bank, bank:…, fx, fx:…, "+
					"provider:…)", quote(string(id))))
		}
	default:
		return in("kind", expected("sub, provider or bank: every ledger has its one platform and liable account "+
			"from the beginning, and fx accounts come with the first conversion", e.Kind.String()))
	}
	if e.Kind != accounts.KindSub && len(e.ProviderIDs) > 0 {
		return in("providerIds", expected("none of an account of kind "+e.Kind.String(), "some"))
	}
	return invalidAccount(e.NewAccount().Validate())
}

// invalidAccount turns an error of package accounts into one about the same field.
func invalidAccount(err error) *ledger.Error {
	if err == nil {
		return nil
	}
	if ae, ok := err.(*accounts.Error); ok {
		return in(ae.Field, expected(ae.Expected, ae.Found))
	}
	return ledger.Errorf(ledger.Invalid, "%s", err)
}

// checkUpdate refuses a change of nothing, and limits that no account could have.
func checkUpdate(e *Event) *ledger.Error {
	if e.Holder == "" && e.Metadata == nil && e.Overdraft == nil && e.ProviderIDs == nil {
		return expected("at least one of holder, metadata, overdraft and providerIds", "none")
	}
	return invalidAccount(e.NewAccount().ValidateDetails())
}

// bankPrefix begins the names of bank accounts but for the first, which is called bank.
const bankPrefix = "bank:"

// hasPrefix reports whether s begins with prefix and goes on after it.
func hasPrefix(s, prefix string) bool {
	return len(s) > len(prefix) && s[:len(prefix)] == prefix
}

// NewAccount returns the account that an account.open describes, and what an account.update changes of one.
func (e *Event) NewAccount() accounts.Account {
	return accounts.Account{ID: e.Account, Kind: e.Kind, Holder: e.Holder, Metadata: e.Metadata, Overdraft: e.Overdraft}
}
