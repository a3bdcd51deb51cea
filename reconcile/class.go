package reconcile

// A Class says how a line of a report compares with the books.
type Class string

// The classes. Each line is in one of them; MissingAtProvider and BatchMismatch are of no line.
const (
	Matched           Class = "matched"             // found, and amount, currency and state agree
	MissingInLedger   Class = "missing_in_ledger"   // the books do not know it
	MissingAtProvider Class = "missing_at_provider" // in the books and in no report
	AmountMismatch    Class = "amount_mismatch"     // found, of another amount
	CurrencyMismatch  Class = "currency_mismatch"   // found, in another currency
	FeeMismatch       Class = "fee_mismatch"        // the books have other fees
	StatusMismatch    Class = "status_mismatch"     // the books say it was cancelled, failed, or settled in another batch
	Duplicate         Class = "duplicate"           // the same again, in this file or an earlier one
	Unreadable        Class = "unreadable"          // the line could not be read
	UnmatchedOther    Class = "unmatched_other"     // of no payment
	BatchMismatch     Class = "batch_mismatch"      // the lines of a batch do not sum to its payout
)

// Classes returns all classes, in the order in which they are printed.
func Classes() []Class {
	return []Class{Matched, MissingInLedger, MissingAtProvider, AmountMismatch, CurrencyMismatch, FeeMismatch, StatusMismatch, Duplicate, Unreadable, UnmatchedOther, BatchMismatch}
}

// Break reports whether what is in the class needs somebody's attention.
func (c Class) Break() bool { return c != Matched && c != UnmatchedOther }

// OfLines reports whether lines can be in the class.
func (c Class) OfLines() bool { return c != MissingAtProvider && c != BatchMismatch }
