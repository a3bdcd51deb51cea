// The rules of schemes as a table: in words for docs/schemes.md, and as numbers for the code of a scheme.

package scheme

import (
	"fmt"
	"slices"
)

// A Term is one rule of a scheme in words, as docs/schemes.md prints it.
type Term struct {
	Field    string // of [Scheme]
	Rule     string // what it decides: "smallest unit"
	Says     string // what the scheme has decided: "ISO, IDR 100 minor units"
	Source   string // where that is written; may be empty
	Inferred string // what of it no source says in so many words; empty: nothing
}

// A term is a row of the table of terms: one field of [Scheme] that is a rule.
type term struct {
	field, rule string

	// place is where the rule stands in [Scheme.Code], counted from 1. Payments keep their codes for ever, so a new
	// rule takes the next place; it is zero in the codes that were written before. 0: Units, which end the code.
	place  int
	number func(*Scheme) number // the field as a number; nil for Units

	words []string             // what each number means; further numbers are invalid. nil: any number that says takes
	says  func(*Scheme) string // puts the rule into words where words alone cannot
}

// terms are the rules of a scheme in the order of docs/schemes.md. All that treats each rule alike goes by this table:
// the words, the code and the check of values.
var terms = []term{
	{field: "Splits", rule: "splits are booked", place: 1,
		number: func(s *Scheme) number { return enum(&s.Splits) },
		words: []string{"at capture", "at settlement, one after another",
			"by an event of their own, after the capture"}},
	// Places never change, so the table can be in the order in which people read it.
	{field: "Inherit", rule: "a capture without splits", place: 3,
		number: func(s *Scheme) number { return enum(&s.Inherit) },
		words: []string{"takes the authorisation's if it is of the whole; else all goes to the merchant",
			"takes the authorisation's"},
		says: func(s *Scheme) string {
			if s.Splits == Afterwards { // authorisations have none to take
				return "–"
			}
			return ""
		}},
	{field: "Exceeding", rule: "and where these are more than is captured", place: 16,
		number: func(s *Scheme) number { return enum(&s.Exceeding) },
		words: []string{"as if the capture had given them",
			"the last take less: platform's stand first where they took all that was authorised, else the others'"},
		says: func(s *Scheme) string {
			if s.Splits == Afterwards || s.Inherit == FullOnly { // captures in part have none to take
				return "–"
			}
			return ""
		}},
	{field: "Merchant", rule: "merchant (gets what no split takes)", place: 4,
		number: func(s *Scheme) number { return enum(&s.Merchant) },
		words:  []string{"liable", "`account`, else platform"}},
	{field: "Sum", rule: "sum of splits", place: 5,
		number: func(s *Scheme) number { return enum(&s.Sum) },
		words: []string{"equal to the amount, or refused", "at most the amount, or refused",
			"one that does not fit into what fees, refunds and earlier ones leave fails; the others go on"}},
	{field: "Decimals", rule: "percents", place: 8,
		number: func(s *Scheme) number {
			return number{func() int { return s.Decimals }, func(n int) { s.Decimals = n }}
		},
		says: func(s *Scheme) string {
			if s.Decimals == 0 {
				return "none"
			}
			return fmt.Sprintf("of the gross amount, at most %d decimals, rounded half up", s.Decimals)
		}},
	// The only rule with a list of values. It ends the code of a scheme, and has no place.
	{field: "Units", rule: "smallest unit", says: func(s *Scheme) string {
		text := "ISO"
		for _, u := range s.Units {
			text += fmt.Sprintf(", %s %d minor units", u.Currency, u.Minor)
		}
		return text
	}},
	{field: "Missing", rule: "account of a split unknown or closed", place: 6,
		number: func(s *Scheme) number { return enum(&s.Missing) },
		words: []string{"all of it goes to liable, flagged as fallback", "refused",
			"that split fails, its money stays with the merchant"}},
	{field: "FeeSplits", rule: "fees borne by", place: 7,
		number: func(s *Scheme) number { return yesNo(&s.FeeSplits) },
		words:  []string{"the merchant", "the account of the fee split, else liable"}},
	{field: "MerchantFees", rule: "fees that no fee split covers", place: 11,
		number: func(s *Scheme) number { return yesNo(&s.MerchantFees) },
		words:  []string{"liable's", "the merchant's"},
		says: func(s *Scheme) string {
			if !s.FeeSplits { // there are no fee splits
				return "–"
			}
			return ""
		}},
	{field: "Transfers", rule: "a transfer of a capture takes at most", place: 12,
		number: func(s *Scheme) number { return enum(&s.Transfers) },
		words: []string{"what the account has of the capture, less fees",
			"the account's share of the capture, whatever fees took"}},
	{field: "Clawbacks", rule: "refunds, disputes and transfers given back take of a pending capture", place: 13,
		number: func(s *Scheme) number { return enum(&s.Clawbacks) },
		words:  []string{"what is pending of it", "what is available; it stays pending"}},
	{field: "WholeSplit", rule: "refund without splits", place: 9,
		number: func(s *Scheme) number { return yesNo(&s.WholeSplit) },
		words: []string{"the merchant",
			"of all that is left: each part what it has left; else, and where a part gave more than it had, " +
				"the merchant"}},
	{field: "Refunds", rule: "refund with splits", place: 10,
		number: func(s *Scheme) number { return enum(&s.Refunds) },
		words: []string{"references and accounts of the payment's parts, in sum the amount; a part may give more " +
			"than it had", "refused", "any open account; the merchant gives the rest",
			"accounts of the payment; the merchant gives the rest"}},
	{field: "FailedRefunds", rule: "a refund that failed gives back", place: 14,
		number: func(s *Scheme) number { return enum(&s.FailedRefunds) },
		words:  []string{"to who gave", "all of it to the merchant"}},
	{field: "Disputes", rule: "a dispute, where neither the payment nor `chargeback.default` says", place: 15,
		number: func(s *Scheme) number { return enum(&s.Disputes) },
		words: []string{"liable pays, its fee too",
			"the merchant pays; its fee is of who bears the payment's fees"}},
	{field: "Completed", rule: "a split counts as completed", place: 2,
		number: func(s *Scheme) number { return enum(&s.Completed) },
		words:  []string{"at capture", "at settlement"}},
}

// text puts what a valid scheme has decided into words.
func (t *term) text(s *Scheme) string {
	if t.says != nil {
		if text := t.says(s); text != "" {
			return text
		}
	}
	return t.words[t.number(s).get()]
}

// valid reports whether the rule of a scheme is one of its constants. Numbers without words are for others to check.
func (t *term) valid(s *Scheme) bool { return t.words == nil || t.number(s).get() < len(t.words) }

// Terms returns the rules of a valid scheme in words, in the order of docs/schemes.md, each with its source.
func (s *Scheme) Terms() []Term {
	list := make([]Term, len(terms))
	for i := range terms {
		t := &terms[i]
		list[i] = Term{Field: t.field, Rule: t.rule, Says: t.text(s)}
		for _, source := range s.Sources {
			if source.Field == t.field {
				list[i].Source, list[i].Inferred = source.Text, source.Inferred
			}
		}
	}
	return list
}

// isTerm reports whether a scheme has a rule of that name.
func isTerm(field string) bool {
	return slices.ContainsFunc(terms, func(t term) bool { return t.field == field })
}

// A number reads and writes one rule of a scheme as a number.
type number struct {
	get func() int
	set func(int)
}

// enum is the number of a rule that is one of some constants.
func enum[T ~uint8](p *T) number {
	return number{func() int { return int(*p) }, func(n int) { *p = T(n) }}
}

// yesNo is the number of a rule that holds or not: 1 where it does. A rule of two values is stored as those of several
// are.
func yesNo(p *bool) number {
	get := func() int {
		if *p {
			return 1
		}
		return 0
	}
	return number{get, func(n int) { *p = n != 0 }}
}
