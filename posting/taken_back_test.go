package posting

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/ledger/ledgertest"
	"github.com/splitledger/splitledger/money"
)

// TestTakenBackLeavesNothing takes payments back after fees, new splits, reassignments, splits that failed and
// settlements, as a whole, in random pieces, or both ways, and gives the fees back: every balance is what it was
// before.
func TestTakenBackLeavesNothing(t *testing.T) {
	inMarket(t, func(m *market) {
		before := balances(m.ledger)
		p := m.captured(DeductAccordingToSplitRatio, 20)
		var fees []Event
		for i := range rapid.IntRange(0, 6).Draw(m.T, "events") {
			c := p.Captures[rapid.IntRange(0, len(p.Captures)-1).Draw(m.T, "capture")]
			switch rapid.IntRange(0, 4).Draw(m.T, "what") {
			case 0:
				f := Fee{Type: rapid.SampledFrom([]FeeType{FeeInterchange, FeeMarkup, FeeGeneral}).Draw(m.T, "fee"), Amount: money.FromInt(minor(m.T, "amount"), "USD")}
				e := Event{Type: PaymentFee, Payment: p.ID, Capture: c.ID, Fees: []Fee{f}}
				m.must(e)
				f.Amount = f.Amount.Neg()
				e.Fees = []Fee{f}
				fees = append(fees, e)
			case 1: // refused of what is settled
				splits := append(parted(m.T, c.Amount, 10), Split{Type: PaymentFeeSplit, Account: stall(i)})
				_ = m.post(Event{Type: PaymentResplit, Payment: p.ID, Capture: c.ID, Splits: splits})
			case 2:
				if has := held(c, i); has.Sign() > 0 {
					m.must(Event{Type: PaymentReassign, Payment: p.ID, Capture: c.ID, From: stall(i), To: stall(i + 1), Amount: money.FromInt(upTo(m.T, has, "moved"), "USD")})
				}
			case 3: // refused where no part has the reference
				_ = m.post(Event{Type: PaymentSplitFailed, Payment: p.ID, Capture: c.ID, Reference: fmt.Sprint("part ", i), Reason: "held"})
			case 4:
				m.must(Event{Type: PaymentSettle, Payment: p.ID, Capture: c.ID})
			}
			p = m.payment(p.ID)
		}
		for _, c := range p.Captures {
			inPieces(m.T, c.Amount.Int(), func(piece money.Int) {
				e := Event{Type: PaymentCaptureReversed, Payment: p.ID, Capture: c.ID, Amount: money.FromInt(piece, "USD"), Movement: p.ID + " " + c.ID, Part: fmt.Sprint(*m.n)}
				m.must(e)
			})
			if rapid.Bool().Draw(m.T, "the whole too") {
				m.must(Event{Type: PaymentCaptureReversed, Payment: p.ID, Capture: c.ID, Movement: p.ID + " " + c.ID})
			}
		}
		for _, e := range fees {
			m.must(e)
		}
		p = m.payment(p.ID)
		for _, c := range p.Captures {
			if c.State() != CaptureReversed {
				m.Fatalf("capture %s is %s, %s of %s was taken back", c.ID, c.State(), c.TakenBack(), c.Amount)
			}
		}
		if after := balances(m.ledger); after != before {
			m.Fatalf("before the payment the accounts had\n%s\nand after it was taken back\n%s", before, after)
		}
	})
}

// held returns what a stall has of a capture.
func held(c *Capture, at int) (sum money.Int) {
	for _, h := range c.Holdings() {
		if h.Account == stall(at) {
			sum = h.Minor
		}
	}
	return sum
}

// TestResplitAfterRowsOfAFailedRefund replaces the split of a capture of which a refund failed that a row had put on
// another account than the payment's: what that account paid is taken back too, so the parts are the capture.
func TestResplitAfterRowsOfAFailedRefund(t *testing.T) {
	b, err := New(ledgertest.Open(t, ledger.Options{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"id":"1","type":"account.open","account":"A","kind":"sub"}`,
		`{"id":"2","type":"account.open","account":"B","kind":"sub"}`,
		`{"id":"3","type":"payment.capture","payment":"p","capture":"c","provider":"stripe","account":"A","amount":{"value":128,"currency":"USD"},"fact":true,"movement":"c"}`,
		`{"id":"4","type":"payment.refund","payment":"p","refund":"r","amount":{"value":4,"currency":"USD"}}`,
		`{"id":"5","type":"payment.refund","payment":"p","refund":"r2","amount":{"value":82,"currency":"USD"},"fact":true,"account":"liable","movement":"r","part":"3"}`,
		`{"id":"6","type":"payment.refund_failed","payment":"p","refund":"r","movement":"r"}`,
		`{"id":"7","type":"payment.resplit","payment":"p","capture":"c","splits":[{"type":"Remainder","account":"B"}]}`,
	} {
		e, err := Decode([]byte(line))
		if err == nil {
			_, err = b.Post(t.Context(), e)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	p, err := b.Finder().Payment("p")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range p.Parts {
		want := int64(0)
		if part.Account == "B" {
			want = 128
		}
		if left := part.Left(); left.Minor() != fmt.Sprint(want) {
			t.Errorf("%s has %s left, expected %d", part.Account, left, want)
		}
	}
}
