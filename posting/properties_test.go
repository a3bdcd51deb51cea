package posting

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// A market is a ledger with ten stalls, to which properties post payments of their own.
type market struct {
	*rapid.T
	ledger *ledger.Ledger
	book   *Book
	n      *int // events so far
}

// inMarket checks a property on one ledger.
func inMarket(t *testing.T, property func(*market)) {
	t.Parallel()
	l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	n := 0
	for i := range 10 {
		m := &market{nil, l, b, &n}
		if err := m.post(Event{Type: AccountOpen, Account: stall(i), Kind: accounts.KindSub}); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&market{nil, l, b, &n}).post(Event{Type: ProviderOpen, Provider: "other", Scheme: scheme.Generic}); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) { property(&market{t, l, b, &n}) })
}

func stall(i int) accounts.ID { return accounts.ID(fmt.Sprint("stall:", i)) }

func (m *market) post(e Event) error {
	*m.n++
	e.ID = fmt.Sprint("e", *m.n)
	_, err := m.book.Post(context.Background(), e)
	return err
}

func (m *market) must(e Event) {
	if err := m.post(e); err != nil {
		m.Fatalf("%s: %v", e.AppendJSON(nil), err)
	}
}

// minor draws minor units from 1 to 10^30, of any length with the same chance.
func minor(t *rapid.T, label string) money.Int {
	i, err := money.ParseInt(rapid.StringMatching(`[1-9][0-9]{0,29}`).Draw(t, label))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// upTo draws from 1 to most, which is 1 at least.
func upTo(t *rapid.T, most money.Int, label string) money.Int {
	if v, ok := most.Int64(); ok {
		return money.NewInt(rapid.Int64Range(1, v).Draw(t, label))
	}
	if i := minor(t, label); i.Cmp(most) < 0 {
		return i
	}
	return most
}

// parted draws up to so many splits that sum to an amount, to stalls and liable, each with a reference of its own.
func parted(t *rapid.T, amount money.Amount, most int) []Split {
	weights := make([]money.Int, rapid.IntRange(1, most).Draw(t, "splits"))
	for i := range weights {
		weights[i] = money.NewInt(rapid.Int64Range(0, 1000).Draw(t, "weight"))
	}
	weights[0] = weights[0].Add(money.NewInt(1))
	shares, err := money.Allocate(amount, weights)
	if err != nil {
		t.Fatal(err)
	}
	splits := make([]Split, len(shares))
	for i, share := range shares {
		splits[i] = Split{Type: BalanceAccount, Account: stall(rapid.IntRange(0, 9).Draw(t, "stall")), Amount: share, Reference: fmt.Sprint("part ", i)}
		if i%7 == 3 {
			splits[i].Type, splits[i].Account = Commission, ""
		}
	}
	return splits
}

// anyProvider draws a provider of each scheme.
var anyProvider = rapid.SampledFrom([]string{"adyen", "xendit", "paysafe", "antom", "stripe", "other"})

// captured makes a payment of one to three captures, some of them settled, whose refunds and chargebacks are by a behavior. The splits
// are booked when its scheme says.
func (m *market) captured(by wire.Behavior, most int) *Payment {
	id, provider := fmt.Sprint("p", *m.n), anyProvider.Draw(m.T, "provider")
	afterwards := m.book.Scheme(provider).Splits == scheme.Afterwards
	var amounts []money.Amount
	var whole money.Int
	for range rapid.IntRange(1, 3).Draw(m.T, "captures") {
		a := minor(m.T, "amount")
		amounts, whole = append(amounts, money.FromInt(a, "USD")), whole.Add(a)
	}
	first := Event{Type: PaymentAuthorise, Payment: id, Provider: provider, Amount: money.FromInt(whole, "USD"),
		RefundPolicy: &wire.RefundPolicy{Behavior: by}, ChargebackPolicy: &ChargebackPolicy{Behavior: by}}
	if by == DeductFromOneBalanceAccount {
		first.RefundPolicy.TargetAccount, first.ChargebackPolicy.TargetAccount = stall(0), stall(1)
	}
	m.must(first)
	for i, a := range amounts {
		name := fmt.Sprint("c", i)
		capture := Event{Type: PaymentCapture, Payment: id, Capture: name, Amount: a}
		if !afterwards {
			capture.Splits = parted(m.T, a, most)
		}
		m.must(capture)
		if afterwards && rapid.Bool().Draw(m.T, "split") {
			m.must(Event{Type: PaymentSplit, Payment: id, Splits: parted(m.T, money.FromInt(upTo(m.T, a.Int(), "of it"), "USD"), most)})
		}
		if rapid.Bool().Draw(m.T, "settled") {
			m.must(Event{Type: PaymentSettle, Payment: id, Capture: name})
		}
	}
	return m.payment(id)
}

func (m *market) payment(id string) *Payment {
	p, err := m.book.Payment(id)
	if err != nil {
		m.Fatal(err)
	}
	return p
}

var anyBehavior = rapid.SampledFrom([]wire.Behavior{DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio, DeductAccordingToSplitRatio})

// inPieces calls f with random amounts that add up to whole, at most 8 of them.
func inPieces(t *rapid.T, whole money.Int, f func(money.Int)) {
	for i := range 8 {
		piece := whole
		if i < 7 {
			piece = upTo(t, whole, "piece")
		}
		f(piece)
		if whole = whole.Sub(piece); whole.IsZero() {
			return
		}
	}
}

// TestReversalsRestore takes back chargebacks of any size, in the payment's currency and another, in random pieces that add up:
// every balance is what it was.
func TestReversalsRestore(t *testing.T) {
	inMarket(t, func(m *market) {
		p := m.captured(anyBehavior.Draw(m.T, "behavior"), 30)
		before := balances(m.ledger)
		type dispute struct {
			id     string
			amount money.Amount
		}
		var disputes []dispute
		for i := range rapid.IntRange(1, 2).Draw(m.T, "chargebacks") {
			a := money.FromInt(minor(m.T, "chargeback"), rapid.SampledFrom([]money.Currency{"USD", "EUR"}).Draw(m.T, "currency"))
			disputes = append(disputes, dispute{fmt.Sprint("d", i), a})
			m.must(Event{Type: PaymentChargeback, Payment: p.ID, Chargeback: fmt.Sprint("d", i), Amount: a})
		}
		for _, d := range disputes {
			inPieces(m.T, d.amount.Int(), func(piece money.Int) {
				m.must(Event{Type: PaymentChargebackReversed, Payment: p.ID, Chargeback: d.id, Amount: money.FromInt(piece, d.amount.Currency())})
			})
			if c := m.payment(p.ID).chargeback(d.id); c.State() != ChargebackReversed {
				m.Fatalf("chargeback %s is %s and has %s left", d.id, c.State(), c.Left())
			}
		}
		if after := balances(m.ledger); after != before {
			m.Fatalf("before the chargebacks the accounts had\n%s\nand after their reversals\n%s", before, after)
		}
	})
}

// TestRefundsByRatioGiveBackAll refunds a payment by ratio in random pieces: each part gives back what it had, to the unit.
func TestRefundsByRatioGiveBackAll(t *testing.T) {
	inMarket(t, func(m *market) {
		before := balances(m.ledger)
		p := m.captured(DeductAccordingToSplitRatio, 200)
		n := 0
		inPieces(m.T, p.Captured.Int(), func(piece money.Int) {
			n++
			refund := Event{Type: PaymentRefund, Payment: p.ID, Refund: fmt.Sprint("r", n), Amount: money.FromInt(piece, "USD")}
			m.must(refund)
			if rapid.IntRange(0, 3).Draw(m.T, "fails") == 0 {
				m.must(Event{Type: PaymentRefundFailed, Payment: p.ID, Refund: refund.Refund})
				refund.Refund += " again"
				m.must(refund)
			}
		})
		p = m.payment(p.ID)
		for _, part := range p.Parts {
			waits := part.Status == PartPending || part.Status == PartFailed // it got nothing: the merchant has it, and gives it back
			if !part.Left().IsZero() || part.Refunded.Int().Cmp(part.Amount.Int()) != 0 && !(waits && p.scheme.Splits == scheme.AtSettlement) {
				m.Fatalf("part %s had %s, gave back %s and has %s left", part.Reference, part.Amount, part.Refunded, part.Left())
			}
		}
		if err := m.post(Event{Type: PaymentRefund, Payment: p.ID, Refund: "more", Amount: money.New(1, "USD")}); p.State() != Refunded || err == nil {
			m.Fatalf("the payment is %s, and a refund of more: %v", p.State(), err)
		}
		if p.scheme.Clawbacks == scheme.FromAvailable { // what was captured is pending still
			m.must(Event{Type: PaymentSettle, Payment: p.ID})
		}
		if after := balances(m.ledger); after != before {
			m.Fatalf("before the payment the accounts had\n%s\nand after its refunds\n%s", before, after)
		}
	})
}

// TestCancelUndoes cancels what is not settled after fees, later splits, refunds that failed, and chargebacks that were reversed:
// every balance is what it was before.
func TestCancelUndoes(t *testing.T) {
	inMarket(t, func(m *market) {
		before := balances(m.ledger)
		a, id := money.FromInt(minor(m.T, "amount"), "USD"), fmt.Sprint("p", *m.n)
		e := Event{Type: PaymentCapture, Payment: id, Provider: rapid.SampledFrom([]string{"adyen", "antom", "paysafe", "stripe", "xendit"}).Draw(m.T, "provider"), Amount: a}
		if e.Provider != "antom" {
			e.Splits = parted(m.T, a, 20)
		}
		m.must(e)
		for i := range rapid.IntRange(0, 6).Draw(m.T, "events") {
			name := fmt.Sprint(i)
			switch rapid.IntRange(0, 4).Draw(m.T, "what") {
			case 0:
				m.must(Event{Type: PaymentFee, Payment: id, Fees: []Fee{{Type: FeeGeneral, Amount: money.FromInt(minor(m.T, "fee"), "USD")}, {Type: FeeVAT, Amount: money.FromInt(minor(m.T, "VAT"), "EUR")}}})
			case 1:
				if e.Provider == "antom" { // refused where too little is left
					_ = m.post(Event{Type: PaymentSplit, Payment: id, Splits: []Split{{Type: BalanceAccount, Account: stall(i), Amount: money.FromInt(upTo(m.T, a.Int(), "split"), "USD")}}})
				}
			case 2:
				m.must(Event{Type: PaymentRefund, Payment: id, Refund: name, Amount: money.FromInt(upTo(m.T, a.Int(), "refund"), "USD")})
				m.must(Event{Type: PaymentRefundFailed, Payment: id, Refund: name})
			case 3:
				m.must(Event{Type: PaymentChargeback, Payment: id, Chargeback: name, Amount: money.FromInt(minor(m.T, "chargeback"), "USD"), DisputeFee: money.New(20, "USD")})
				m.must(Event{Type: PaymentChargebackReversed, Payment: id, Chargeback: name})
			case 4:
				m.must(Event{Type: PaymentSettleFailed, Payment: id, Reason: "held"})
			}
		}
		m.must(Event{Type: PaymentCancel, Payment: id})
		if after := balances(m.ledger); after != before {
			m.Fatalf("before the payment the accounts had\n%s\nand after it was cancelled\n%s", before, after)
		}
		p := m.payment(id)
		for _, part := range p.Parts {
			if part.Status != PartCancelled && !part.Amount.IsZero() || !part.Left().IsZero() {
				m.Fatalf("part %s %s is %s and has %s left", part.Account, part.Reference, part.Status, part.Left())
			}
		}
		if p.State() != Cancelled || len(p.Fees) != 0 {
			m.Fatalf("the payment is %s and has the fees %v", p.State(), p.Fees)
		}
	})
}

// TestOrderOfPaymentsDoesNotMatter books the same lives of some payments twice, mixed in two ways: the accounts have the same.
func TestOrderOfPaymentsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		lives := make([][]Event, rapid.IntRange(2, 5).Draw(rt, "payments"))
		for i := range lives {
			lives[i] = life(rt, fmt.Sprint("p", i))
		}
		var ends [2]string
		for i := range ends {
			l, b := open(t, filepath.Join(t.TempDir(), "book.db"))
			events := []Event{{ID: "open", Type: ProviderOpen, Provider: "other", Scheme: scheme.Generic}}
			for i := range 10 {
				events = append(events, Event{ID: fmt.Sprint("open ", i), Type: AccountOpen, Account: stall(i), Kind: accounts.KindSub})
			}
			events = append(events, mixed(lives, rapid.Uint64().Draw(rt, "order"))...)
			for j, r := range b.PostBatch(context.Background(), events) {
				if r.Err != nil {
					rt.Fatalf("%s: %v", events[j].AppendJSON(nil), r.Err)
				}
			}
			ends[i] = balances(l)
		}
		if ends[0] != ends[1] {
			rt.Fatalf("in one order the accounts have\n%s\nand in another\n%s", ends[0], ends[1])
		}
	})
}

// life draws the events of one payment, all of which are booked whatever other payments do.
func life(t *rapid.T, id string) []Event {
	a := money.FromInt(minor(t, "amount"), "USD")
	first := Event{Type: PaymentCapture, Capture: "c", Provider: rapid.SampledFrom([]string{"adyen", "antom", "paysafe", "stripe", "xendit", "other"}).Draw(t, "provider"), Amount: a,
		ChargebackPolicy: &ChargebackPolicy{Behavior: DeductAccordingToSplitRatio, CostAllocationAccount: stall(2)}}
	events := []Event{first}
	if first.Provider == "antom" {
		events = append(events, Event{Type: PaymentSplit, Splits: parted(t, a, 5)})
	} else {
		events[0].Splits = parted(t, a, 5)
	}
	events = append(events, Event{Type: PaymentFee, Fees: []Fee{{Type: FeeInterchange, Amount: money.New(7, "USD")}}})
	if rapid.Bool().Draw(t, "refunded") {
		events = append(events, Event{Type: PaymentRefund, Refund: "r", Amount: money.FromInt(upTo(t, a.Int(), "refund"), "USD")})
	}
	if rapid.Bool().Draw(t, "settled") {
		events = append(events, Event{Type: PaymentSettle})
	}
	if rapid.Bool().Draw(t, "disputed") {
		events = append(events, Event{Type: PaymentChargeback, Chargeback: "d", Amount: money.FromInt(minor(t, "chargeback"), "EUR"), DisputeFee: money.New(5, "EUR")})
		if rapid.Bool().Draw(t, "won") {
			events = append(events, Event{Type: PaymentChargebackReversed, Chargeback: "d"})
		}
	}
	for i := range events {
		events[i].ID, events[i].Payment = fmt.Sprint(id, "-", i), id
	}
	return events
}

// mixed puts lists of events into one, each in its own order.
func mixed(lives [][]Event, seed uint64) []Event {
	r := rand.New(rand.NewPCG(seed, seed))
	var next []int
	for i, life := range lives {
		next = append(next, slices.Repeat([]int{i}, len(life))...)
	}
	r.Shuffle(len(next), func(i, j int) { next[i], next[j] = next[j], next[i] })
	at, events := make([]int, len(lives)), make([]Event, 0, len(next))
	for _, i := range next {
		events = append(events, lives[i][at[i]])
		at[i]++
	}
	return events
}

// TestNoUnitIsLost sizes up to 200 splits, percents among them, of any amount, and shares any amount by up to 200 weights: the
// parts and what is left are the whole, and no share is more than a unit from what it should be.
func TestNoUnitIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := scheme.Scheme{Provider: "x", Sum: scheme.AtMost, Decimals: 2, Units: []scheme.Unit{{Currency: "IDR", Minor: 100}}}
		amount := money.FromInt(minor(t, "amount"), rapid.SampledFrom([]money.Currency{"USD", "IDR", "JPY"}).Draw(t, "currency"))
		n := rapid.IntRange(1, 200).Draw(t, "splits")
		splits, weights := make([]Split, n), make([]money.Int, n)
		var all money.Int
		for i := range splits {
			splits[i] = Split{Type: BalanceAccount, Account: "S"}
			hundredths := rapid.Int64Range(1, int64(10_000/n)).Draw(t, "hundredths of a percent")
			splits[i].Percent, _ = money.ParsePercent(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100))
			weights[i] = money.NewInt(rapid.Int64Range(0, 1e12).Draw(t, "weight"))
			all = all.Add(weights[i])
		}
		parts, rest := sizesOf(&s, nil, splits, amount, amount.Int())
		sum := rest
		for _, part := range parts {
			sum = sum.Add(part.minor)
		}
		if len(parts) != n || !sum.Equal(amount.Int()) {
			t.Fatalf("%d parts and the rest of %s are %s", len(parts), amount, sum)
		}
		shares, _ := byRatio(amount.Int(), weights)
		if all.IsZero() {
			if shares != nil {
				t.Fatal("shares without weights")
			}
			return
		}
		sum = money.Int{}
		for i, share := range shares {
			sum = sum.Add(share)
			// share - 1 < amount * weight / all < share + 1
			exact, one := amount.Int().Mul(weights[i]), money.NewInt(1)
			if share.Sub(one).Mul(all).Cmp(exact) >= 0 || share.Add(one).Mul(all).Cmp(exact) <= 0 || weights[i].IsZero() && !share.IsZero() {
				t.Fatalf("of %s, weight %s of %s has the share %s", amount, weights[i], all, share)
			}
		}
		if !sum.Equal(amount.Int()) {
			t.Fatalf("the shares of %s are %s", amount, sum)
		}
	})
}
