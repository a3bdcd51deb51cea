package posting

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// A Term is one rule of a scheme in words, as docs/schemes.md prints it.
type Term struct {
	Field    string // of [Scheme]
	Rule     string // what it decides: "smallest unit"
	Says     string // what the scheme has decided: "ISO, IDR 100 minor units"
	Source   string // where that is written; may be empty
	Inferred string // what of it no source says in so many words; empty: nothing
}

// terms lists the rules of a scheme by their fields, and puts what each says into words.
var terms = []struct {
	field, rule string
	says        func(*Scheme) string
}{
	{"Splits", "splits are booked", func(s *Scheme) string {
		return []string{"at capture", "at settlement, one after another",
			"by an event of their own, after the capture"}[s.Splits]
	}},
	{"Inherit", "a capture without splits", func(s *Scheme) string {
		if s.Splits == Afterwards {
			return "–"
		}
		return []string{"takes the authorisation's if it is of the whole; else all goes to the merchant",
			"takes the authorisation's"}[s.Inherit]
	}},
	{"Merchant", "merchant (gets what no split takes)",
		func(s *Scheme) string { return []string{"liable", "`account`, else platform"}[s.Merchant] }},
	{"Sum", "sum of splits", func(s *Scheme) string {
		return []string{"equal to the amount, or refused", "at most the amount, or refused",
			"one that does not fit into what fees, refunds and earlier ones leave fails; the others go on"}[s.Sum]
	}},
	{"Decimals", "percents", func(s *Scheme) string {
		if s.Decimals == 0 {
			return "none"
		}
		return fmt.Sprintf("of the gross amount, at most %d decimals, rounded half up", s.Decimals)
	}},
	{"Units", "smallest unit", func(s *Scheme) string {
		text := "ISO"
		for _, u := range s.Units {
			text += fmt.Sprintf(", %s %d minor units", u.Currency, u.Minor)
		}
		return text
	}},
	{"Missing", "account of a split unknown or closed", func(s *Scheme) string {
		return []string{"all of it goes to liable, flagged as fallback", "refused",
			"that split fails, its money stays with the merchant"}[s.Missing]
	}},
	{"FeeSplits", "fees borne by", func(s *Scheme) string {
		if s.FeeSplits {
			return "the account of the fee split, else liable"
		}
		return "the merchant"
	}},
	{"WholeSplit", "refund without splits", func(s *Scheme) string {
		if s.WholeSplit {
			return "of all that is left: each part what it has left; else, and where a part gave more than it had, " +
				"the merchant"
		}
		return "the merchant"
	}},
	{"Refunds", "refund with splits", func(s *Scheme) string {
		return []string{"references and accounts of the payment's parts, in sum the amount; a part may give more " +
			"than it had",
			"refused", "any open account; the merchant gives the rest", "accounts of the payment; the merchant " +
				"gives the rest"}[s.Refunds]
	}},
	{"Completed", "a split counts as completed",
		func(s *Scheme) string { return []string{"at capture", "at settlement"}[s.Completed] }},
}

// Terms returns the rules of a valid scheme in words, in the order of docs/schemes.md, each with its source.
func (s *Scheme) Terms() []Term {
	list := make([]Term, len(terms))
	for i, t := range terms {
		list[i] = Term{Field: t.field, Rule: t.rule, Says: t.says(s)}
		for _, source := range s.Sources {
			if source.Field == t.field {
				list[i].Source, list[i].Inferred = source.Text, source.Inferred
			}
		}
	}
	return list
}

// termOf reports whether a scheme has a rule of that name.
func termOf(field string) bool {
	for _, t := range terms {
		if t.field == field {
			return true
		}
	}
	return false
}

// code returns the rules of the scheme in short: what a payment keeps of the scheme that it was made under. It has a
// number for each rule, in the order of [Scheme.rules], and then the units: "0 0 0 1 1 1 0 2 0 2 IDR=100".
func (s *Scheme) code() string {
	var b strings.Builder
	for i, n := range s.rules() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(n.get()))
	}
	for _, u := range s.Units {
		fmt.Fprintf(&b, " %s=%d", u.Currency, u.Minor)
	}
	return b.String()
}

// firstRules is how many rules the first codes had. Those that came later are zero in them.
const firstRules = 10

// parseScheme reads what code writes. It fails where that is no valid scheme.
func parseScheme(provider, code string) (*Scheme, error) {
	s := &Scheme{Provider: provider}
	words, rules := strings.Fields(code), s.rules()
	given := 0
	for given < len(words) && !strings.Contains(words[given], "=") {
		given++
	}
	if given < firstRules || given > len(rules) {
		return nil, fmt.Errorf("a scheme of %d rules, there are %d", given, len(rules))
	}
	for i, w := range words[:given] {
		n, err := strconv.ParseUint(w, 10, 8)
		if err != nil {
			return nil, fmt.Errorf("the rule %q of a scheme", w)
		}
		rules[i].set(int(n))
	}
	for _, w := range words[given:] {
		currency, minor, _ := strings.Cut(w, "=")
		n, err := strconv.ParseInt(minor, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the unit %q of a scheme", w)
		}
		s.Units = append(s.Units, Unit{money.Currency(currency), n})
	}
	return s, s.Validate()
}

// A number is one rule of a scheme as a number.
type number struct {
	get func() int
	set func(int)
}

// rules returns the rules of the scheme as numbers, in the order of [Scheme.code]: append, never insert.
func (s *Scheme) rules() []number {
	return []number{
		small8(&s.Splits), small8(&s.Completed), small8(&s.Inherit), small8(&s.Merchant), small8(&s.Sum),
		small8(&s.Missing),
		yesNo(&s.FeeSplits), {func() int { return s.Decimals }, func(n int) { s.Decimals = n }}, yesNo(&s.WholeSplit),
		small8(&s.Refunds),
	}
}

func small8[T ~uint8](p *T) number {
	return number{func() int { return int(*p) }, func(n int) { *p = T(n) }}
}

func yesNo(p *bool) number {
	get := func() int {
		if *p {
			return 1
		}
		return 0
	}
	return number{get, func(n int) { *p = n != 0 }}
}

// Validate reports the first thing that is wrong with a scheme. Besides the form of each field it wants rules that go
// together: splits AtSettlement, and only those, sum to EachFit and FailPart where an account is missing; splits
// Afterwards sum to AtMost and Refuse. The error is a [*ledger.Error].
func (s *Scheme) Validate() error {
	switch {
	case !wire.ValidProvider(s.Provider):
		return in("provider", expected(wire.ProviderForm, quote(s.Provider)))
	case s.Splits > Afterwards, s.Completed > AtSettlement, s.Inherit > Always, s.Merchant > AccountMerchant,
		s.Sum > EachFit, s.Missing > FailPart, s.Refunds > PaymentAccounts:
		return ledger.Errorf(ledger.Invalid,
			"expected only constants of this package as rules, found another number in %+v", *s)
	case s.Decimals < 0 || s.Decimals > money.MaxPercentDecimals:
		return in("decimals", expected("0 to "+strconv.Itoa(money.MaxPercentDecimals), strconv.Itoa(s.Decimals)))
	case s.Splits == AtSettlement && (s.Sum != EachFit || s.Missing != FailPart), s.Splits != AtSettlement &&
		(s.Sum == EachFit || s.Missing == FailPart):
		return ledger.Errorf(ledger.Invalid,
			"expected Sum EachFit and Missing FailPart where Splits is AtSettlement, and neither elsewhere")
	case s.Splits == Afterwards && (s.Sum != AtMost || s.Missing != Refuse):
		return ledger.Errorf(ledger.Invalid, "expected Sum AtMost and Missing Refuse where Splits is Afterwards")
	}
	for i, u := range s.Units {
		if _, err := money.ParseCurrency(string(u.Currency)); err != nil || u.Minor < 1 {
			return in("units"+index(i), expected("a currency and at least 1 of its minor units",
				fmt.Sprintf("%q and %d", u.Currency, u.Minor)))
		}
	}
	for i, source := range s.Sources {
		if !termOf(source.Field) {
			return in("sources"+index(i), expected("the name of a field of Scheme that is a rule", quote(source.Field)))
		}
	}
	return nil
}
