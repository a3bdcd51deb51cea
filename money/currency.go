package money

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A Currency is the code of a currency or of an asset of one's own: "USD", "USDC". "" is none.
type Currency string

// ParseCurrency reads a code: 3 to 12 of A–Z and 0–9, a letter first. It does not ask whether any
// [Table] has it. The error is a [*ParseError].
func ParseCurrency(s string) (Currency, error) {
	for i := range len(s) {
		letter := 'A' <= s[i] && s[i] <= 'Z'
		digit := '0' <= s[i] && s[i] <= '9'
		if !letter && (!digit || i == 0) {
			expected := "capital letters and digits"
			if i == 0 {
				expected = "a capital letter first"
			}
			return "", &ParseError{"currency", s, expected, foundAt(s, i)}
		}
	}
	if len(s) < 3 || len(s) > 12 {
		return "", &ParseError{"currency", s, "3 to 12 characters", strconv.Itoa(len(s))}
	}
	return Currency(s), nil
}

// An Asset is a currency that ISO 4217 does not know, such as a stablecoin or loyalty points:
// {"USDC", 6}.
type Asset struct {
	Code     Currency
	Exponent int // how many decimals the major unit has: 0 to [MaxExponent]
}

// MaxExponent is the most decimals an [Asset] may have.
const MaxExponent = 18

// A Table knows how many decimals each currency has: those of ISO 4217, and assets. The zero Table
// has ISO 4217 alone. A Table is a value; [Table.With] returns another one.
type Table struct {
	assets  map[Currency]int // never changed once it is here
	grouped bool             // Format writes commas between thousands
}

// Grouped returns t, but its Format writes commas between thousands: 1,234,567.89. It is for people; nothing
// reads such texts.
func (t Table) Grouped() Table {
	t.grouped = true
	return t
}

// Plain returns t without what [Table.Grouped] adds.
func (t Table) Plain() Table {
	t.grouped = false
	return t
}

// With returns t with assets added. A code that ISO 4217 gives decimals is refused, and so is an asset
// that t has with another exponent; the same asset again is no mistake. The error is an [*AssetError]
// or, about the form of the code, a [*ParseError].
func (t Table) With(assets ...Asset) (Table, error) {
	if len(assets) == 0 {
		return t, nil
	}
	all := make(map[Currency]int, len(t.assets)+len(assets))
	maps.Copy(all, t.assets)
	for _, a := range assets {
		if err := a.check(all); err != nil {
			return t, err
		}
		all[a.Code] = a.Exponent
	}
	return Table{all, t.grouped}, nil
}

func (a Asset) check(known map[Currency]int) error {
	if _, err := ParseCurrency(string(a.Code)); err != nil {
		return err
	}
	if e, iso := isoExponents[a.Code]; iso {
		return &AssetError{a, "a code that ISO 4217 gives no decimals", "its " + plural(e, "decimal")}
	}
	if a.Exponent < 0 || a.Exponent > MaxExponent {
		return &AssetError{a, fmt.Sprintf("an exponent from 0 to %d", MaxExponent), strconv.Itoa(a.Exponent)}
	}
	if e, ok := known[a.Code]; ok && e != a.Exponent {
		return &AssetError{a, fmt.Sprintf("exponent %d as before", e), strconv.Itoa(a.Exponent)}
	}
	return nil
}

// Exponent returns how many decimals c has, and whether t has c.
func (t Table) Exponent(c Currency) (int, bool) {
	if e, ok := isoExponents[c]; ok {
		return e, true
	}
	e, ok := t.assets[c]
	return e, ok
}

// exponent is Exponent with an error instead of false.
func (t Table) exponent(c Currency) (int, error) {
	e, ok := t.Exponent(c)
	if !ok {
		return 0, fmt.Errorf("%w %s: expected a code of ISO 4217 or an asset of this ledger",
			ErrUnknownCurrency, quote(string(c)))
	}
	return e, nil
}

// Currencies returns every code that t has, sorted.
func (t Table) Currencies() []Currency {
	all := slices.AppendSeq(make([]Currency, 0, len(isoExponents)+len(t.assets)), maps.Keys(isoExponents))
	all = slices.AppendSeq(all, maps.Keys(t.assets))
	slices.Sort(all)
	return all
}

// Len returns how many assets t has besides ISO 4217.
func (t Table) Len() int { return len(t.assets) }

// Assets returns the assets that t has besides ISO 4217, sorted by code.
func (t Table) Assets() []Asset {
	all := make([]Asset, 0, len(t.assets))
	for _, c := range slices.Sorted(maps.Keys(t.assets)) {
		all = append(all, Asset{c, t.assets[c]})
	}
	return all
}
