package reconcile

import (
	"fmt"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/providers"
	"github.com/splitledger/splitledger/reconcile/internal/shell"
)

// What a person is told about a break: its likely cause, as a hint, and the command that mends it or shows more. The
// texts are part of the output; nothing is decided here.
//
// An accountant reads these lines first, so each names one cause, the most frequent one that the numbers allow,
// and no list of what it might be. "timing" begins a hint where waiting for the next report is a good answer;
// the others need a decision. Programs should go by the class: a hint is a sentence for people.

// advise adds a likely cause to a break, and a command that mends it.
// The command shows the payment, unless another one mends the break. A line that waits says why at its end.
func (m *match) advise() {
	if m.line.Notice != nil {
		m.Since = m.line.Notice.Recorded
	}
	if !m.Class.Break() {
		return
	}
	if p := m.payment; p != nil {
		m.Remedy = "splitledger payment " + shell.Quote(p.ID)
		m.entries = entriesOf(p)
	}
	switch m.Class {
	case MissingInLedger:
		m.adviseMissing()
	case AmountMismatch:
		m.Hint = m.causeOf(m.Difference)
		if m.Timing {
			m.Hint = "timing: a part of it is settled, the rest is still to come"
		}
	case CurrencyMismatch:
		m.Hint = "conversion: the provider counts in " + string(m.Found.Amount.Currency()) +
			", the books in " + string(m.Expected.Amount.Currency())
	case AccountMismatch:
		m.adviseAccount()
	case FeeMismatch:
		m.adviseFee()
	case StatusMismatch:
		m.adviseStatus()
	case UnknownKind:
		m.Hint = "a kind that this version does not know, reported as " + m.o.Reason + ": it is not booked"
	case Duplicate:
		m.Hint = "duplicate: it was reported before, and is booked once"
		m.Remedy = ""
	}
	if m.Waiting && m.Why != "" {
		m.Hint += " (" + m.Why + ")"
	}
}

// entriesOf returns the numbers of the payment's newest entries, at most ten.
// Ten is enough to look at: older ones were compared with older reports.
func entriesOf(p *posting.Payment) (list []uint64) {
	for i := range p.Events {
		for _, e := range p.Events[i].Record.Entries {
			if e.Number != 0 {
				list = append(list, e.Number)
			}
		}
	}
	return list[max(0, len(list)-10):]
}

// adviseAccount says whose account differs.
// Either nobody has connected the provider's id with an account of the books, which one event mends, or the
// money is on another account than the provider says, which posting the report mends.
func (m *match) adviseAccount() {
	if m.Waiting {
		m.Hint = "no account of the books has this id at " + m.Provider + ": say which one does"
		// A transfer has two accounts, and the one that is known is not the one to be said.
		id := m.o.Account
		if _, known, err := m.account(id); err == nil && known {
			id = m.o.Counterparty
		}
		m.Remedy = idRemedy(m.Provider, id)
		return
	}
	m.Hint = "split: the books had it on " + m.Expected.State + ", the provider on " + m.Found.State
	m.Remedy = postRemedy
}

// postRemedy books what the report proves: the answer to most breaks, where a person agrees with the cause.
const postRemedy = "splitledger reconcile --post"

// adviseMissing says what is missing by the kind of the outcome. A payment that is missing as a whole is first
// a matter of time: platforms often post captures in batches, after the provider's webhook or report.
func (m *match) adviseMissing() {
	m.Remedy = postRemedy
	switch {
	case m.o.Kind == providers.Transfer, m.o.Kind == providers.Payout, m.o.Kind == providers.PayoutFailed:
		m.Hint = "made at the provider, not in the books"
	case m.p == nil && !m.o.OfPayment():
		m.Hint, m.Remedy = "the line names no payment", ""
	case m.p == nil:
		m.Hint = "missing payment: its capture is not posted, or timing: it is not posted yet"
		m.Remedy, m.Timing = "splitledger post --help", true
	case m.o.Kind == providers.Refunded:
		m.Hint = "missing refund: made at the provider, not in the books" + m.refundPayer()
	case m.o.Kind == providers.RefundFailed:
		m.Hint = "missing refund: it failed at the provider, the books say it is done"
	case m.o.Kind == providers.ChargebackReversed && !m.Expected.IsZero():
		m.Hint = "dispute won: the provider has given the money back, the books have it charged back"
	case m.o.Kind == providers.ChargebackReversed:
		m.Hint = "dispute won: the books have no chargeback that it is of"
	case m.o.Kind == providers.Chargeback, m.o.Kind == providers.SecondChargeback:
		m.Hint = "missing chargeback: a dispute that the books do not have"
	case m.o.Kind == providers.CaptureReversed:
		m.Hint = "capture reversed: the provider took it back, the books have it"
	case m.o.Kind == providers.Split, m.o.Kind == providers.SplitFailed:
		m.Hint = "failed split: the books have no such part of the payment"
	case m.proves():
		m.Hint = "missing capture: taken by the provider, not in the books"
	default:
		m.Hint = "the books have no capture of the payment"
	}
}

// refundPayer says who pays a missing refund once it is posted, where the provider does not say so: the platform may
// have meant the seller to pay, and only it knows.
func (m *match) refundPayer() string {
	if m.o.Account != "" || len(m.o.Shares) > 0 || m.p.RefundPolicy != nil {
		return ""
	}
	s := m.Book.Scheme(m.Provider)
	if left, err := m.p.Captured.Sub(m.p.Refunded); err == nil && s.WholeSplit && m.o.Amount.Equal(left) {
		return "; --post takes from each part what it has left"
	}
	text := "; --post takes it from " + string(m.p.Account)
	if s.Refunds != scheme.NoSplits {
		text += "; to charge a seller, post the payment.refund with splits first"
	}
	return text
}

// causeOf says what explains a difference of amounts.
// d is found less expected, so below zero if the provider has less. The order is from the specific to the
// general: an amount that is exactly a fee, a refund or a part of the payment is hardly a coincidence, a rate
// of VAT may be one, and what remains is only a direction.
//
//	books 100.00, provider 97.10, fee of the line 2.90:   net of fees
//	books 100.00, provider 119.00:                        19 % VAT
//	books 100.00, provider 99.99:                         rounding
func (m *match) causeOf(d money.Amount) string {
	o := m.o
	var fees sums
	for _, f := range o.Fees {
		if f.Type == posting.FeeVAT && f.Amount.Equal(d.Neg()) {
			return "VAT: the provider's amount is less the VAT on its fees"
		}
		fees.add(f.Amount)
	}
	if p := m.p; p != nil {
		for _, f := range p.Fees {
			fees.add(f.Amount)
		}
		switch less := d.Neg(); {
		case !fees.of(d.Currency()).IsZero() && fees.of(d.Currency()).Equal(less):
			return "fee: the provider's amount is net of fees"
		case p.Refunded.Sign() > 0 && p.Refunded.Equal(less):
			return "missing refund: the provider has taken a refund off the amount"
		}
		for _, part := range p.Parts {
			if part.Status == posting.PartFailed && part.Amount.Equal(d.Abs()) {
				return "failed split: the difference is the part of " + string(part.Account)
			}
		}
		for _, part := range p.Parts {
			if len(p.Parts) > 1 && part.Amount.Equal(d.Abs()) {
				return "split: the difference is the part of " + string(part.Account)
			}
		}
	}
	if rate := vatOf(m.Expected.Amount, d); rate > 0 {
		return fmt.Sprintf("VAT: the difference is %d %% VAT", rate)
	}
	switch {
	case d.Abs().Int().Cmp(money.NewInt(1)) == 0:
		return "rounding: one minor unit"
	case d.Sign() < 0:
		return "fee or partial capture: the provider has less than the books"
	}
	return "the provider has more than the books: an incremental capture, a tip or a surcharge"
}

// vatRates are common rates of value added tax, in percent.
// Only whole rates: one of 5.5 % would explain too many differences by chance.
var vatRates = []int64{5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27}

// vatOf returns the VAT rate, if one explains a difference to the minor unit: as tax on the amount, or as tax
// contained in it. Otherwise it returns 0.
// Differences below ten minor units are left out: of a few cents some rate fits nearly always.
func vatOf(amount, d money.Amount) int64 {
	for _, rate := range vatRates {
		for _, base := range []int64{100, 100 + rate} {
			// d * base and amount * rate differ by at most half a unit of d, without dividing: off * 2 <= base.
			exact := amount.Int().Mul(money.NewInt(rate))
			off := d.Abs().Int().Mul(money.NewInt(base)).Sub(exact).Abs()
			if d.Abs().Int().Cmp(money.NewInt(10)) >= 0 && off.Mul(money.NewInt(2)).Cmp(money.NewInt(base)) <= 0 {
				return rate
			}
		}
	}
	return 0
}

// adviseFee says why a fee differs. One in another currency has no difference, and posting would not mend it:
// the price was agreed in one currency and taken in another.
func (m *match) adviseFee() {
	d := m.Difference
	m.Hint = "fee: another price than expected"
	for _, f := range m.o.Fees {
		if f.Type == posting.FeeVAT && f.Amount.Equal(d.Abs()) {
			m.Hint = "VAT: the difference is the VAT on the provider's fees"
		}
	}
	if d.Currency() == "" {
		m.Hint = "conversion: the fee is in another currency"
		return
	}
	m.Remedy = postRemedy
}

// adviseStatus says what to do where the books and the provider disagree about a state. Money that was taken
// after a cancellation is the urgent case: the buyer is out of pocket.
func (m *match) adviseStatus() {
	switch {
	case m.o.Kind == providers.SplitFailed:
		m.Hint = "failed split: the money stayed with the merchant; give it back there with a transfer"
	case m.o.Kind == providers.Split:
		m.Hint = "failed split: it went through at the provider after all"
	case m.Expected.State == "cancelled":
		m.Hint = "cancelled in the books, and yet taken by the provider: refund it there, or post the capture again"
	case m.Expected.State == "settlement failed":
		m.Hint = "timing: its settlement failed at first, and went through later"
		m.Remedy = postRemedy
	case m.o.Kind == providers.Settled:
		m.Hint = "duplicate or timing: another batch has settled it already"
	case m.o.Kind == providers.Refunded:
		m.Hint = "the refund failed in the books, and went through at the provider"
	default:
		m.Hint = "the books and the provider disagree about what happened"
	}
}
