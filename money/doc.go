// Package money counts money exactly: amounts of any size in whole minor units, the exponents of
// currencies, percents, exchange rates, and sharing out without losing a cent. No float is involved anywhere.
//
// An [Amount] is a whole number of minor units of one [Currency]: 40000 of USD is 400.00 dollars. It
// is made from an integer or from text and is never rounded behind the caller's back:
//
//	price, err := money.ParseMinor("40000", "USD") // what events and reports carry
//	price, err := table.ParseMajor("400.00", "USD") // what people write
//	price := money.New(40000, "USD")
//
// The zero Amount has no currency and starts any sum. Adding two currencies fails with a
// [*MismatchError].
//
// A [Table] knows how many decimals a currency has: ISO 4217's, and those of assets of one's own
// ([Table.With]). The zero Table is ISO 4217 alone.
//
// Three operations divide, and each says where the remainder goes. [Percent.Of] rounds half up to a
// whole multiple of a unit, and [Rate.Convert] as the caller says to whole minor units of another currency;
// what is left over is the caller's to place. [Allocate] shares an amount by weights and always hands out all of it.
//
// # Values
//
// [Int], [Amount], [Percent] and [Rate] are values: they never change, may be copied and used by many
// goroutines at once, and are ready to use when zero. Compare them with Equal or Cmp; the == operator
// would compare how a number is stored, so it does not compile.
//
// # Limits
//
// Amounts are read from text of up to [MaxDigits] digits. Results may be longer and stay exact: a sum never wraps.
// Decimals are computed with up to 400 digits, more than four numbers that can be stored have together. An operation
// that needs more panics; it never rounds unasked.
//
// # JSON
//
// An Amount is an object of minor units and currency in JSON, {"value":40000,"currency":"USD"}, as it is in
// events. An Int or a Percent is a string.
package money
