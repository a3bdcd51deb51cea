// What a provider.notice keeps of an outcome is all of it. Its shapes are wider than those of other fields, because
// nothing that a provider reports may be lost: amounts have a sign, accounts are the provider's names, a kind of
// currency may be unknown here.

package wire

import (
	"strconv"
	"time"

	"github.com/splitledger/splitledger/internal/jsonl"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
)

// What messages say of the fields of an outcome.
const (
	reportedWhat = `an amount as {"value": -40, "currency": "USD"}, value in minor units; "currency" may be left out`
	lineWhat     = "the number of a line: a whole number from 1"
)

// The shapes of an outcome and of the objects in it.
var (
	// Longer than names of the ledger's own: providers are not bound by the ledger's limits.
	reportedText = text("a string of 1 to 256 bytes", maxNameBytes, maxNameBytes)

	outcomeKinds = asString(word("what happened", OutcomeCaptured, OutcomeAdjusted, OutcomeCancelled, OutcomeSettled,
		OutcomeSettlementFailed,
		OutcomeCaptureReversed, OutcomeRefunded, OutcomeRefundFailed, OutcomeChargeback, OutcomeChargebackReversed,
		OutcomeSecondChargeback,
		OutcomeFee, OutcomeSplit, OutcomeSplitFailed, OutcomeTransfer, OutcomePayout, OutcomePayoutFailed,
		OutcomeBalance, OutcomeOther, OutcomeUnknown))

	// shareFields are those of a split, with the provider's name of the account. The account is not checked: the
	// provider's name of it need not be known here.
	shareFields = []field[Split]{
		splitFields[0],
		at("account", func(s *Split) *string { return (*string)(&s.Account) }, reportedText,
			"the provider's name of the account"),
		at("amount", func(s *Split) *money.Amount { return &s.Amount }, reportedAmount, "how much"),
		at("percent", func(s *Split) *money.Percent { return &s.Percent }, percent, "instead of that"),
		at("reference", func(s *Split) *string { return &s.Reference }, reportedText, "the reference of the split"),
		at("description", func(s *Split) *string { return &s.Description }, description, "for people"),
	}
	// They are of refunds: what each account gave.
	shares = list("an array of 1 to "+strconv.Itoa(MaxSplits)+" shares", MaxSplits,
		object("a share", newTable(shareFields, (*Split).given), nil))

	// reportedFeeFields are those of a fee, whose amount has a sign.
	reportedFeeFields = []field[Fee]{
		feeFields[0],
		needed(at("amount", func(f *Fee) *money.Amount { return &f.Amount }, reportedAmount,
			"how much; below 0 for a fee that is given back")),
		at("of", func(f *Fee) *string { return (*string)(&f.Of) }, reportedText, "of VAT: the fee that it is on"),
	}
	reportedFees = list("an array of 1 to "+strconv.Itoa(maxFees)+" fees", maxFees,
		object("a fee", newTable(reportedFeeFields, (*Fee).given), nil))

	// outcomeFields are all that an adapter reports, in the order of storage: append, never insert.
	outcomeFields = []field[Outcome]{
		needed(at("kind", func(o *Outcome) *string { return (*string)(&o.Kind) }, outcomeKinds, "what happened")),
		says("id", func(o *Outcome) *string { return &o.ID }, "the provider's id of the line or message"),
		says("reference", func(o *Outcome) *string { return &o.Reference }, "the merchant's reference of the payment"),
		says("providerReference", func(o *Outcome) *string { return &o.ProviderReference },
			"the provider's reference of the payment"),
		says("movement", func(o *Outcome) *string { return &o.Movement }, "the provider's reference of what it did"),
		// Providers send the platform's own reference back where it gave one.
		says("ours", func(o *Outcome) *string { return &o.Ours }, "the platform's reference of the same"),
		says("account", func(o *Outcome) *string { return &o.Account },
			"the provider's name of the account whose balance changed"),
		says("split", func(o *Outcome) *string { return &o.Split }, "the reference of the split"),
		// One account's row of a movement, and not the whole of it.
		at("part", func(o *Outcome) *bool { return &o.Part }, truth, "it is of that account alone"),
		says("counterparty", func(o *Outcome) *string { return &o.Counterparty }, "the other account of a transfer"),
		says("common", func(o *Outcome) *string { return &o.Common },
			"the reference that both rows of a transfer have"),
		at("amount", func(o *Outcome) *money.Amount { return &o.Amount }, reportedAmount, "what happened, before fees"),
		says("group", func(o *Outcome) *string { return &o.Group }, "what ties the lines of one transaction together"),
		at("shares", func(o *Outcome) *[]Split { return &o.Shares }, shares, "what accounts gave of a refund"),
		at("fees", func(o *Outcome) *[]Fee { return &o.Fees }, reportedFees, "what the provider kept for it"),
		// Minor units of the currency of the settlement.
		at("net", func(o *Outcome) *money.Amount { return &o.Net }, reportedAmount,
			"by how much it changed what the provider owes"),
		// As text, with all digits that the provider gave: it is not calculated with.
		says("rate", func(o *Outcome) *string { return &o.Rate },
			"what one of the amount's currency is in that of the net"),
		says("batch", func(o *Outcome) *string { return &o.Batch }, "the provider's settlement batch"),
		says("receiver", func(o *Outcome) *string { return &o.Receiver }, "whom the batch is paid to"),
		// A reserve of the provider's: owed to the platform, and not paid out.
		at("held", func(o *Outcome) *bool { return &o.Held }, truth, "money set aside at the provider, or given back"),
		// With these two a report is checked by itself: each line has to lead to the next balance.
		at("after", func(o *Outcome) *money.Amount { return &o.After }, reportedAmount,
			"what the provider owed after it"),
		at("before", func(o *Outcome) *money.Amount { return &o.Before }, reportedAmount,
			"of a balance: the opening balance"),
		at("at", func(o *Outcome) *time.Time { return &o.At }, moment, "when it happened"),
		// A report is complete up to a moment of booking, and not of what happened.
		at("booked", func(o *Outcome) *time.Time { return &o.Booked }, moment,
			"when the provider booked it, where that was before"),
		at("reason", func(o *Outcome) *string { return &o.Reason }, description,
			"of a failure; or what the provider calls it"),
		at("line", func(o *Outcome) *int { return &o.Line }, lineNumber, "of the report, from 1"),
	}
	outcomeObject = object("what a provider told", newTable(outcomeFields, (*Outcome).given), nil)
)

// asString stores words as strings: words of the vocabulary that look like the name of a provider would count as one.
func asString(is *shape[string]) *shape[string] {
	is.store = func(e *encoder, s *string) { e.String(*s) }
	is.load = func(d *decoder, s *string) { *s = d.String() }
	return is
}

// says makes the field of a text that a provider reports.
func says(name string, place func(*Outcome) *string, doc string) field[Outcome] {
	return at(name, place, reportedText, doc)
}

// reportedAmount is the shape of an amount of any sign, whose currency the provider may have left out.
var reportedAmount = &shape[money.Amount]{
	what: reportedWhat,
	read: readReported,
	check: func(a *money.Amount) *ledger.Error {
		i := a.Int()
		if i.Digits() > money.MaxDigits {
			return in("value", expected(valueWhat, strconv.Itoa(i.Digits())+" digits"))
		}
		if c := a.Currency(); c != "" {
			if _, err := money.ParseCurrency(string(c)); err != nil {
				return in("currency", expected(currentWhat, quote(string(c))))
			}
		}
		return nil
	},
	write: func(b []byte, a *money.Amount) []byte { return a.AppendJSON(b) },
	store: func(e *encoder, a *money.Amount) { // the currency as a string: a symbol would stay in the ledger's memory
		e.String(string(a.Currency()))
		e.Int(a.Int())
	},
	load: func(d *decoder, a *money.Amount) {
		c := d.String()
		*a = money.FromInt(d.Int(), money.Currency(c))
	},
	differ: func(a, b *money.Amount) *Difference {
		switch {
		case !a.Int().Equal(b.Int()):
			return &Difference{"value", a.Minor(), b.Minor()}
		case a.Currency() != b.Currency():
			return &Difference{"currency", quote(string(a.Currency())), quote(string(b.Currency()))}
		}
		return nil
	},
}

// readReported reads an amount as an adapter reports it: any sign, any text as currency, the currency possibly left
// out. The error is [ledger.Invalid] for what is no number of minor units, or for a field that comes twice.
func readReported(r *jsonl.Scanner, a *money.Amount) *ledger.Error {
	if err := r.Open('{', reportedWhat); err != nil {
		return err
	}
	var digits, currency string
	for {
		name, more, err := r.Name()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		switch {
		case name == "value" && digits == "":
			digits, err = r.Number(valueWhat)
		case name == "currency" && currency == "":
			currency, err = r.String(currentWhat)
		case name == "value", name == "currency":
			return in(name, jsonl.Twice(name))
		default:
			err = expected("only the fields value and currency", "the unknown field "+quote(name))
		}
		if err != nil {
			return in(name, err)
		}
	}
	// The digits are read without the sign, because only whole numbers count: no point and no exponent.
	unsigned, negative := digits, false
	if len(digits) > 1 && digits[0] == '-' {
		unsigned, negative = digits[1:], true
	}
	if !allDigits(unsigned) {
		return in("value", expected(valueWhat, jsonl.Short([]byte(quoteEmpty(digits)))))
	}
	var err *ledger.Error
	if *a, err = parseMinor(unsigned, money.Currency(currency)); err != nil {
		return err
	}
	if negative {
		*a = a.Neg()
	}
	return nil
}

// lineNumber is the shape of a line's number. Lines count from 1, the header among them, as an editor shows them. A
// line of 0 is not given.
var lineNumber = &shape[int]{
	what: lineWhat,
	read: func(r *jsonl.Scanner, n *int) *ledger.Error {
		s, err := r.Number(lineWhat)
		if err != nil {
			return err
		}
		v, perr := strconv.ParseUint(s, 10, 31)
		if perr != nil || v == 0 {
			return expected(lineWhat, s)
		}
		*n = int(v)
		return nil
	},
	check: func(n *int) *ledger.Error {
		if *n < 0 {
			return expected(lineWhat, strconv.Itoa(*n))
		}
		return nil
	},
	write:  func(b []byte, n *int) []byte { return strconv.AppendInt(b, int64(*n), 10) },
	store:  func(e *encoder, n *int) { e.Uint(uint64(*n)) },
	load:   func(d *decoder, n *int) { *n = int(d.Uint()) },
	differ: func(a, b *int) *Difference { return differStrings(strconv.Itoa(*a), strconv.Itoa(*b)) },
}
