package wire

import (
	"slices"
	"strconv"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
)

// Validate reports the first thing about e that no ledger could accept: a field that is missing, not of
// its shape, or not of e's type. Decoded events are valid. The error is a [*ledger.Error].
func (e *Event) Validate() error {
	if err := e.validate(); err != nil {
		return err
	}
	return nil
}

func (e *Event) validate() *ledger.Error {
	r := types[e.Type]
	if r == nil {
		return unknownType(e.Type)
	}
	given := e.given()
	if foreign := given &^ r.table.places; foreign != 0 {
		return foreignField(r, foreign)
	}
	return e.check(r, given)
}

func unknownType(t Type) *ledger.Error {
	found := "nothing"
	if t != "" {
		found = quote(string(t))
	}
	return in("type", expected("one of the types "+typeNames(), found))
}

// foreignField refuses fields at places that a type of event does not have.
func foreignField(r *row, places uint64) *ledger.Error {
	i := slices.IndexFunc(everyEventField, func(f field[Event]) bool { return f.place&places != 0 })
	return r.table.unknown(everyEventField[i].name, string(r.name))
}

// check is Validate of an event that has no fields but those of its type.
func (e *Event) check(r *row, given uint64) *ledger.Error {
	if err := r.table.check(e, given); err != nil || r.check == nil {
		return err
	}
	return r.check(e)
}

// checkSplit checks what the fields of a split tell together.
func checkSplit(s *Split) *ledger.Error {
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

func withoutAmount(t SplitType) string {
	if t == Remainder {
		return "a Remainder takes what the others leave"
	}
	return "a " + string(t) + " split names who bears a fee that is not known yet"
}

// fewSplits are compared each with each, which is cheaper than a map.
const fewSplits = 16

// checkSplits checks what the splits of an event tell together.
func checkSplits(e *Event) *ledger.Error {
	if e.Rule != "" && len(e.Splits) > 0 {
		return in("rule", expected("either splits or a rule", "both"))
	}
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

func checkPolicy(p *RefundPolicy) *ledger.Error { return checkTarget(p.Behavior, p.TargetAccount) }

func checkChargebackPolicy(p *ChargebackPolicy) *ledger.Error {
	return checkTarget(p.Behavior, p.TargetAccount)
}

// checkTarget checks that a behavior has the account that it needs.
func checkTarget(b Behavior, target accounts.ID) *ledger.Error {
	switch needs := b == DeductFromOneBalanceAccount; {
	case needs && target == "":
		return in("targetAccount", expected("the account to deduct from", "nothing"))
	case !needs && target != "":
		return in("targetAccount", expected("no account with "+string(b), string(target)))
	}
	return nil
}

func checkLeg(l *Leg) *ledger.Error {
	switch {
	case l.Debit && l.Credit:
		return in("credit", expected("either debit or credit", "both"))
	case !l.Debit && !l.Credit:
		return in("debit", expected(`either "debit": true or "credit": true`, "neither"))
	}
	return nil
}

// checkEntry refuses an entry of one posting; whether it balances is seen when it is booked.
func checkEntry(e *Event) *ledger.Error {
	if len(e.Postings) < 2 {
		return in("postings", expected(legs.what, strconv.Itoa(len(e.Postings))))
	}
	return nil
}

// checkOpen refuses accounts that nobody opens, and limits that the account could not have.
func checkOpen(e *Event) *ledger.Error {
	id := e.Account
	name, isProvider := id.ProviderName()
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
	if e.Holder == "" && len(e.Metadata) == 0 && e.Overdraft == nil && len(e.ProviderIDs) == 0 {
		return expected("at least one of holder, metadata, overdraft and providerIds", "none")
	}
	return invalidAccount(e.NewAccount().ValidateDetails())
}

const bankPrefix = "bank:"

// hasPrefix reports whether s begins with prefix and goes on after it.
func hasPrefix(s, prefix string) bool {
	return len(s) > len(prefix) && s[:len(prefix)] == prefix
}

// NewAccount returns the account that an account.open describes, and what an account.update changes of one.
func (e *Event) NewAccount() accounts.Account {
	return accounts.Account{ID: e.Account, Kind: e.Kind, Holder: e.Holder, Metadata: e.Metadata, Overdraft: e.Overdraft}
}
