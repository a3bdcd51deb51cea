package reconcile

import (
	"fmt"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
)

// advise says what the cause of a break may be, and what mends it.
func (m *matter) advise() {
	if !m.Class.Break() {
		return
	}
	if p := m.Payment; p != nil {
		m.Remedy = "splitledger payment " + quoteShell(p.ID)
	}
	switch m.Class {
	case MissingInLedger:
		m.adviseMissing()
	case AmountMismatch:
		if m.Hint = m.causeOf(m.Difference); m.giver != "" {
			m.Hint = "split: the books took the refund from " + string(m.giver) + ", the provider from " + string(m.owed)
			e := posting.Event{ID: m.ownID("mend"), Type: posting.Transfer, From: m.owed, To: m.giver, Amount: m.Difference}
			m.Remedy = "echo " + quoteShell(string(e.AppendJSON(nil))) + " | splitledger post"
		}
	case CurrencyMismatch:
		m.Hint = "conversion: the provider counts in " + string(m.Found.Amount.Currency()) + ", the books in " + string(m.Expected.Amount.Currency())
	case FeeMismatch:
		m.adviseFee()
	case StatusMismatch:
		m.adviseStatus()
	case Duplicate:
		m.Hint = "duplicate: reported before, booked once"
		m.Remedy = ""
	}
}

const postRemedy = "splitledger reconcile --post"

func (m *matter) adviseMissing() {
	switch {
	case m.Payment == nil && !m.o.OfPayment():
		m.Hint = "the line names no payment"
	case m.Payment == nil:
		m.Hint = "missing payment: its capture is not posted, or timing: it is not posted yet"
		m.Remedy = "post its payment.capture; --post keeps the line until then"
	case m.o.Kind == providers.Refunded:
		m.Hint = "missing refund: made at the provider, not in the books"
		m.Remedy = postRemedy
	case m.o.Kind == providers.RefundFailed:
		m.Hint = "missing refund: it failed at the provider, the books say it is done"
		m.Remedy = postRemedy
	case m.o.Kind == providers.ChargebackReversed && !m.Expected.IsZero():
		m.Hint = "dispute won: the provider has given the money back, the books have it charged back"
		m.Remedy = postRemedy
	case m.o.Kind == providers.Chargeback, m.o.Kind == providers.ChargebackReversed:
		m.Hint = "missing chargeback: a dispute that the books do not have"
		m.Remedy = postRemedy
	case m.o.Part, m.o.Kind == providers.Split, m.o.Kind == providers.SplitFailed:
		m.Hint = "failed split: the books have no such part of the payment"
	case m.planned > 0:
		m.Hint = "missing capture: authorised in the books, and settled by the provider"
		m.Remedy = postRemedy
	default:
		m.Hint = "the books have no capture of the payment"
	}
}

// causeOf tells what explains a difference of amounts.
func (m *matter) causeOf(d money.Amount) string {
	o := m.o
	var fees sums
	for _, f := range o.Fees {
		if f.Type == posting.FeeVAT && f.Amount.Equal(d.Neg()) {
			return "VAT: the provider's amount is less the VAT on its fees"
		}
		fees.add(f.Amount)
	}
	if p := m.Payment; p != nil {
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
var vatRates = []int64{5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27}

// vatOf returns the rate at which a difference is the tax on an amount, or contained in it, to the minor unit; 0 if it is none.
func vatOf(amount, d money.Amount) int64 {
	for _, rate := range vatRates {
		for _, base := range []int64{100, 100 + rate} {
			exact := amount.Int().Mul(money.NewInt(rate))
			off := d.Abs().Int().Mul(money.NewInt(base)).Sub(exact).Abs()
			if d.Abs().Int().Cmp(money.NewInt(10)) >= 0 && off.Mul(money.NewInt(2)).Cmp(money.NewInt(base)) <= 0 {
				return rate
			}
		}
	}
	return 0
}

func (m *matter) adviseFee() {
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
	if d.Sign() > 0 {
		e := posting.Event{ID: m.ownID("mend"), Type: posting.PaymentFee, Payment: m.Payment.ID, Fees: []posting.Fee{{Type: posting.FeeGeneral, Amount: d}}}
		m.Remedy = "echo " + quoteShell(string(e.AppendJSON(nil))) + " | splitledger post"
	}
}

func (m *matter) adviseStatus() {
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
		m.Hint = "the books and the provider tell different stories"
	}
}

// quoteShell quotes a text for a shell.
func quoteShell(s string) string {
	plain := s != ""
	for i := range len(s) {
		c := s[i]
		plain = plain && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == ':' || c == '/')
	}
	if plain {
		return s
	}
	out := []byte{'\''}
	for i := range len(s) {
		if s[i] == '\'' {
			out = append(out, `'\''`...)
		} else {
			out = append(out, s[i])
		}
	}
	return string(append(out, '\''))
}
