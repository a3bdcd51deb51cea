package money

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A ParseError says why text was not read: what was expected of it, and what was found.
type ParseError struct {
	What     string // "amount", "percent", "rate", "currency", "whole number"
	Input    string // all of it
	Expected string // "at most 36 digits"
	Found    string // "37 digits"
}

// Error returns a message such as
//
//	amount "1.5": expected decimal digits only, found "." at position 2
func (e *ParseError) Error() string {
	return fmt.Sprintf("%s %s: expected %s, found %s", e.What, quote(e.Input), e.Expected, e.Found)
}

// A MismatchError is the refusal to add, subtract or compare amounts of different currencies.
type MismatchError struct {
	A, B Amount
}

// Error returns a message such as
//
//	currencies differ: 40000 USD and 500 EUR
func (e *MismatchError) Error() string {
	return fmt.Sprintf("currencies differ: %v and %v", e.A, e.B)
}

// An AssetError is [Table.With]'s refusal of an asset.
type AssetError struct {
	Asset    Asset
	Expected string
	Found    string
}

// Error returns a message such as
//
//	asset USDC: expected an exponent from 0 to 18, found 19
func (e *AssetError) Error() string {
	return fmt.Sprintf("asset %s: expected %s, found %s", e.Asset.Code, e.Expected, e.Found)
}

// ErrUnknownCurrency is wrapped where decimals are asked of a currency that a [Table] does not have.
var ErrUnknownCurrency = errors.New("unknown currency")

// quote quotes s for a message, cut where it is long.
func quote(s string) string {
	const most = 48
	if len(s) <= most {
		return strconv.Quote(s)
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d bytes)", strconv.Quote(s[:end]), len(s))
}

// foundAt describes the character of s at byte i. Everything before it is ASCII, so that its position,
// counted from 1, is the same in bytes and in characters.
func foundAt(s string, i int) string {
	r, size := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && size <= 1 {
		return fmt.Sprintf("byte 0x%02x at position %d", s[i], i+1)
	}
	return fmt.Sprintf("%q at position %d", string(r), i+1)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
