// A scheme as a short text, which the first record of a payment keeps, and the check that its rules go together.

package scheme

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/wire"
)

// Code returns the rules of the scheme in short. A payment keeps it of the scheme that it was made under. It has a
// number for each rule, by the places of the table of terms, and then the units: "0 0 0 1 1 1 0 2 0 2 IDR=100". Of the
// rules that came after the first ones, it ends with the last that is not zero: so codes of before stay as they are.
func (s *Scheme) Code() string {
	var b strings.Builder
	rules := s.numbers()
	for len(rules) > firstRules && rules[len(rules)-1].get() == 0 {
		rules = rules[:len(rules)-1]
	}
	for i, n := range rules {
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

// firstRules is how many rules the first codes had. Those that came later are zero in them. They stay readable for
// ever: zero has to mean what programs did before a rule was added.
const firstRules = 10

// Parse reads what Code writes. It fails where that is no valid scheme. The text comes from the journal, so an error
// means damage, or a ledger of a newer program.
func Parse(provider, code string) (*Scheme, error) {
	s := &Scheme{Provider: provider}
	words, rules := strings.Fields(code), s.numbers()
	// An equals sign marks a unit.
	given := 0
	for given < len(words) && !strings.Contains(words[given], "=") {
		given++
	}
	if given < firstRules || given > len(rules) {
		return nil, fmt.Errorf("a scheme of %d rules, there are %d", given, len(rules))
	}
	for i, w := range words[:given] {
		n, err := strconv.ParseUint(w, 10, 8) // all fit into the uint8 of an enumeration
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

// numbers returns the rules of the scheme in the order of [Scheme.Code].
func (s *Scheme) numbers() []number {
	list := make([]number, len(terms)-1) // Units are no number
	for i := range terms {
		if t := &terms[i]; t.place > 0 {
			list[t.place-1] = t.number(s)
		}
	}
	return list
}

// Validate reports the first thing that is wrong with a scheme. Besides the form of each field it wants rules that go
// together: splits AtSettlement, and only those, sum to EachFit and FailPart where an account is missing; splits
// Afterwards sum to AtMost and Refuse. The error is a [*ledger.Error].
func (s *Scheme) Validate() error {
	if !wire.ValidProvider(s.Provider) {
		return jsonl.In("provider", jsonl.Expected(wire.ProviderForm, jsonl.Quote(s.Provider)))
	}
	for i := range terms {
		if !terms[i].valid(s) {
			return ledger.Errorf(ledger.Invalid,
				"expected only constants of this package as rules, found another number in %+v", *s)
		}
	}
	// Other combinations would book something that no provider does, and no test has seen.
	atSettlement, eachFit, failPart := s.Splits == AtSettlement, s.Sum == EachFit, s.Missing == FailPart
	switch {
	case s.Decimals < 0 || s.Decimals > money.MaxPercentDecimals:
		return jsonl.In("decimals",
			jsonl.Expected("0 to "+strconv.Itoa(money.MaxPercentDecimals), strconv.Itoa(s.Decimals)))
	case eachFit != atSettlement || failPart != atSettlement:
		return ledger.Errorf(ledger.Invalid,
			"expected Sum EachFit and Missing FailPart where Splits is AtSettlement, and neither elsewhere")
	case s.Splits == Afterwards && (s.Sum != AtMost || s.Missing != Refuse):
		return ledger.Errorf(ledger.Invalid, "expected Sum AtMost and Missing Refuse where Splits is Afterwards")
	}
	for i, u := range s.Units {
		if _, err := money.ParseCurrency(string(u.Currency)); err != nil || u.Minor < 1 {
			return jsonl.In("units"+jsonl.Index(i), jsonl.Expected("a currency and at least 1 of its minor units",
				fmt.Sprintf("%q and %d", u.Currency, u.Minor)))
		}
	}
	for i, source := range s.Sources {
		if !isTerm(source.Field) {
			return jsonl.In("sources"+jsonl.Index(i),
				jsonl.Expected("the name of a field of Scheme that is a rule", jsonl.Quote(source.Field)))
		}
	}
	return nil
}
