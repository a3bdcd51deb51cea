package posting

import (
	"fmt"
	"testing"

	"github.com/splitledger/splitledger/ledger/ledgertest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// TestFactsAreBooked reports refunds and captures of any amount, with and without splits, of payments in any state: each is booked,
// the provider's account moves by just the amount, what is left to refund is captured less refunded or nothing, and a refund that
// failed restores every balance and part.
func TestFactsAreBooked(t *testing.T) {
	inMarket(t, func(m *market) {
		p := m.captured(anyBehavior.Draw(m.T, "behavior"), 8)
		for i := range rapid.IntRange(1, 6).Draw(m.T, "facts") {
			name := fmt.Sprint("fact ", i)
			a := money.FromInt(minor(m.T, "amount"), "USD")
			if rapid.Bool().Draw(m.T, "all") && p.Refundable().Sign() > 0 {
				a = p.Refundable()
			}
			switch rapid.IntRange(0, 5).Draw(m.T, "what") {
			case 0:
				m.must(Event{Type: PaymentCapture, Payment: p.ID, Capture: name, Amount: a, Fact: true, Splits: m.anySplits(a)})
			case 1:
				_ = m.post(Event{Type: PaymentCancel, Payment: p.ID}) // refused where something is settled or refunded
			case 2:
				_ = m.post(Event{Type: PaymentChargeback, Payment: p.ID, Chargeback: name, Amount: a}) // refused where no capture stands
			default:
				m.refundFact(p, name, a)
			}
			if p = m.payment(p.ID); p.State() == Cancelled || p.State() == Authorised {
				m.refundFact(p, name+" of nothing", a)
				p = m.payment(p.ID)
			}
		}
	})
}

// anySplits draws splits of an amount, or some that do not fit, or none.
func (m *market) anySplits(a money.Amount) []Split {
	switch rapid.IntRange(0, 2).Draw(m.T, "splits") {
	case 0:
		return nil
	case 1:
		return parted(m.T, a, 5)
	}
	return append(parted(m.T, a, 3), Split{Type: BalanceAccount, Account: "nobody", Amount: money.New(1, "USD"), Reference: "too much"})
}

// refundFact reports a refund, now and then one that fails later.
func (m *market) refundFact(p *Payment, name string, a money.Amount) {
	before, held := balances(m.ledger), ledgertest.Holds(m.ledger, p.provider, "USD").Total()
	m.must(Event{Type: PaymentRefund, Payment: p.ID, Refund: name, Amount: a, Fact: true, Splits: m.anySplits(a)})
	after := m.payment(p.ID)
	left := after.Captured.Int().Sub(after.Refunded.Int()).Sub(after.disputed().Int())
	if left.Sign() < 0 {
		left = money.Int{}
	}
	if !after.Refundable().Int().Equal(left) || !after.refund(name).Amount.Equal(a) {
		m.Fatalf("captured %s, refunded %s, refundable %s, after a refund of %s", after.Captured, after.Refunded, after.Refundable(), after.refund(name).Amount)
	}
	if err := m.post(Event{Type: PaymentRefund, Payment: p.ID, Refund: "more", Amount: money.FromInt(left.Add(money.NewInt(1)), "USD")}); err == nil {
		m.Fatalf("%s are left to refund, and an instruction was booked to refund more", left)
	}
	if gave := held.Int().Sub(ledgertest.Holds(m.ledger, p.provider, "USD").Total().Int()); !gave.Equal(a.Int()) {
		m.Fatalf("a refund of %s took %s from the provider", a, gave)
	}
	var all money.Int
	for _, part := range after.Parts {
		all = all.Add(part.left())
	}
	if !all.Equal(after.Captured.Int().Sub(after.Refunded.Int())) {
		m.Fatalf("captured %s, refunded %s, and the parts have %s left", after.Captured, after.Refunded, all)
	}
	if rapid.Bool().Draw(m.T, "fails") {
		m.must(Event{Type: PaymentRefundFailed, Payment: p.ID, Refund: name})
		if p.scheme.FailedRefunds == scheme.ToMerchant { // others stay as the refund left them
			if got := ledgertest.Holds(m.ledger, p.provider, "USD").Total(); !got.Equal(held) {
				m.Fatalf("the provider had %s before the refund, and %s after it failed", held, got)
			}
			return
		}
		if again := balances(m.ledger); again != before {
			m.Fatalf("before the refund the accounts had\n%s\nand after it failed\n%s", before, again)
		}
		if d := cmp.Diff(wealth(p), wealth(m.payment(p.ID))); d != "" {
			m.Fatalf("the payment before a refund (-) and after it failed (+):\n%s", d)
		}
	}
}

// wealth says what a payment, its captures and its parts have.
func wealth(p *Payment) map[string]string {
	has := map[string]string{"": fmt.Sprint(p.State(), p.Captured, p.Refunded, p.Refundable())}
	for _, c := range p.Captures {
		has["capture "+c.ID] = fmt.Sprint(c.Amount, c.Refunded, c.State())
	}
	for _, part := range p.Parts {
		if !part.Amount.IsZero() || !part.Refunded.IsZero() {
			has[fmt.Sprint("part ", part.key())] = fmt.Sprint(part.Amount, part.Refunded, part.Left(), part.Status)
		}
	}
	return has
}
