package reconcile

// The classes of lines. Their names are part of the JSON and never change.

// A Class says how a line of a report compares with the books.
type Class string

// The classes. A line is in exactly one. MissingAtProvider, and some of BalanceMismatch, are not about lines.
const (
	Matched           Class = "matched"             // found, and amount, currency, account and state agree
	MissingInLedger   Class = "missing_in_ledger"   // the books do not know it
	MissingAtProvider Class = "missing_at_provider" // in the books and in no report
	AmountMismatch    Class = "amount_mismatch"     // found, of another amount
	CurrencyMismatch  Class = "currency_mismatch"   // found, in another currency
	AccountMismatch   Class = "account_mismatch"    // found, on another account, or on one that nobody knows
	FeeMismatch       Class = "fee_mismatch"        // the books have other fees
	StatusMismatch    Class = "status_mismatch"     // the books say it was cancelled, failed, or settled elsewhere
	BalanceMismatch   Class = "balance_mismatch"    // a reported balance is not that of books or lines, or unchecked
	Duplicate         Class = "duplicate"           // the same movement again, in this file or an earlier one
	UnknownKind       Class = "unknown_kind"        // a row of a kind that the adapter does not know; never booked
	Unreadable        Class = "unreadable"          // the line could not be read
	UnmatchedOther    Class = "unmatched_other"     // of no payment
)

// Classes returns all classes, in the order in which they are printed.
func Classes() []Class {
	return []Class{Matched, MissingInLedger, MissingAtProvider, AmountMismatch,
		CurrencyMismatch, AccountMismatch, FeeMismatch, StatusMismatch,
		BalanceMismatch, Duplicate, UnknownKind, Unreadable, UnmatchedOther}
}

// Break reports whether what is in the class is listed as a difference between the provider and the books.
func (c Class) Break() bool { return c != Matched && c != UnmatchedOther }

// OfLines reports whether lines can be in the class.
func (c Class) OfLines() bool { return c != MissingAtProvider && c != BalanceMismatch }
