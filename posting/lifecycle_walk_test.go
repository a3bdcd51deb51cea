package posting

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/ledger"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
)

// TestEveryTransition walks many payments through random events. What happens to a payment, its captures, splits, refunds and
// chargebacks has to be what the lifecycles say: an event that they refuse is refused with their code, naming the state; one
// that they allow leads to one of their states. In the end every cell of every table has been seen, with every outcome it has.
func TestEveryTransition(t *testing.T) {
	t.Parallel()
	payments, steps := 4000, 16
	if testing.Short() {
		payments, steps = 200, 8
	}
	_, b := open(t, filepath.Join(t.TempDir(), "book.db"))
	w := &wanderer{T: t, book: b, rand: rand.New(rand.NewPCG(1, 2)), seen: map[step3]bool{}}
	w.must(Event{ID: "open", Type: AccountOpen, Account: "S", Kind: accounts.KindSub})
	w.must(Event{ID: "open T", Type: AccountOpen, Account: "T", Kind: accounts.KindSub})
	names := make([]string, payments)
	for i := range names {
		names[i] = fmt.Sprint("p", i)
	}
	for round := range steps {
		before := make([]*Payment, payments)
		events := make([]Event, payments)
		for i, name := range names {
			before[i], _ = b.Payment(name)
			events[i] = w.event(before[i], name, round)
		}
		for i, r := range b.PostBatch(context.Background(), events) {
			after, _ := b.Payment(names[i])
			w.compare(before[i], &events[i], r.Err, after)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	for _, l := range stateMachines {
		if l != &payoutMachine && !testing.Short() {
			w.complete(l)
		}
	}
}

// A wanderer takes payments through events and notes what it has seen.
type wanderer struct {
	*testing.T
	book *Book
	rand *rand.Rand
	seen map[step3]bool
}

// A step3 is an event that led from one state of something to another; to is "refused" where it was refused.
type step3 struct {
	noun string
	from State
	on   Type
	to   State
}

const refused State = "refused"

func (w *wanderer) must(e Event) {
	if _, err := w.book.Post(context.Background(), e); err != nil {
		w.Fatal(err)
	}
}

// one draws one of a list.
func one[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// rarePaths are how some payments begin: ways that are hardly ever drawn, of payments that were refunded without a capture.
var rarePaths = func() map[string][]Event {
	usd := func(v int64) money.Amount { return money.New(v, "USD") }
	authorise := Event{Type: PaymentAuthorise, Provider: "adyen", Amount: usd(100)}
	refund := Event{Type: PaymentRefund, Refund: "r", Amount: usd(10), Fact: true}
	capture := func(v int64) Event { return Event{Type: PaymentCapture, Amount: usd(v), Fact: true} }
	cancel := Event{Type: PaymentCancel}
	return map[string][]Event{
		"p0": {authorise, refund, capture(100), cancel},
		"p1": {authorise, refund, {Type: PaymentChargeback, Chargeback: "d", Amount: usd(1)}, {Type: PaymentRefundFailed, Refund: "r"}, {Type: PaymentChargebackReversed, Chargeback: "d"}},
		"p2": {authorise, cancel, refund, capture(100)},
		"p3": {authorise, cancel, refund, capture(5)},
		"p4": {authorise, refund, capture(5), {Type: PaymentRefundFailed, Refund: "r"}},
		"p5": {authorise, refund, capture(10), {Type: PaymentResplit, Splits: []Split{{Type: Remainder, Account: "S"}}}},
		"p6": {authorise, capture(20), {Type: PaymentCapture, Amount: usd(20)}, {Type: PaymentCaptureReversed, Capture: "p6-1", Amount: usd(5)}, cancel},
		"p7": {authorise, refund, {Type: PaymentAdjust, Amount: usd(0), Reason: "expired"}, {Type: PaymentAdjust, Amount: usd(100), Fact: true}},
	}
}()

// event draws an event for a payment as it is. Most name what is there.
func (w *wanderer) event(p *Payment, name string, round int) Event {
	r := w.rand
	if path := rarePaths[name]; round < len(path) {
		e := path[round]
		e.ID, e.Payment = fmt.Sprint(name, "-", round), name
		return e
	}
	e := Event{ID: fmt.Sprint(name, "-", round), Payment: name, Type: one(r, paymentMachine.events...)}
	if round < 5 && r.IntN(2) == 0 { // so that many have several captures, some of them settled
		e.Type = one(r, PaymentCapture, PaymentCapture, PaymentSettle)
	}
	usd := func(v int64) money.Amount { return money.New(v, "USD") }
	if p == nil {
		p = &Payment{Authorised: usd(100), Captured: usd(0), Refunded: usd(0)}
		if r.IntN(10) > 0 {
			e.Type = one(r, PaymentAuthorise, PaymentAuthorise, PaymentCapture)
		}
		if e.Type == PaymentAuthorise || e.Type == PaymentCapture {
			e.Provider = one(r, "adyen", "antom", "antom", "paysafe", "stripe", "xendit")
		}
	}
	captures, refunds, chargebacks := []string{"none"}, []string{"none"}, []string{"none"}
	for _, c := range p.Captures {
		captures = append(captures, c.ID, c.ID)
	}
	for i := range p.Refunds {
		refunds = append(refunds, p.Refunds[i].ID, p.Refunds[i].ID)
	}
	for _, c := range p.Chargebacks {
		chargebacks = append(chargebacks, c.ID, c.ID)
	}
	switch e.Type {
	case PaymentAuthorise:
		e.Amount = usd(100)
		if e.Provider == "" {
			e.Provider = "adyen"
		}
	case PaymentCapture:
		if e.Amount = usd(one(r, int64(20), 20, 20, 40, 60, 100)); e.Provider == "" && p.Authorised.Int().Cmp(p.Captured.Int()) > 0 && r.IntN(2) == 0 {
			e.Amount = money.Amount{}
		}
		e.Capture = one(r, append(captures, e.ID, e.ID, e.ID)...)
		if e.Provider != "" && e.Provider != "antom" || p.scheme != nil && p.scheme.Splits != scheme.Afterwards {
			part := usd(one(r, int64(1), 19))
			if e.Provider == "xendit" {
				part = usd(one(r, int64(1), 300)) // which fails at settlement
			}
			e.Splits = []Split{{Type: BalanceAccount, Account: "S", Amount: part, Reference: "s"}, {Type: Remainder}}
		}
		e.Fact = p.Cancelled && r.IntN(2) == 0 || r.IntN(3) == 0
	case PaymentSplit:
		e.Splits = []Split{{Type: BalanceAccount, Account: one(r, accounts.ID("S"), accounts.Platform), Amount: usd(int64(1 + r.IntN(3))), Reference: "s"}}
	case PaymentAdjust:
		if e.Amount = usd(one(r, int64(0), 100, 140, 180)); e.Amount.IsZero() {
			e.Reason = "expired"
		}
		e.Fact = r.IntN(2) == 0
	case PaymentRelease:
		e.Fact = r.IntN(2) == 0
	case PaymentResplit:
		if r.IntN(4) > 0 {
			e.Capture = one(r, captures...)
		}
		e.Splits = []Split{{Type: BalanceAccount, Account: "S", Amount: usd(one(r, int64(1), 19)), Reference: one(r, "s", "t")}, {Type: Remainder}}
	case PaymentReassign:
		e.From, e.To = one(r, accounts.ID("S"), accounts.Liable), one(r, accounts.ID("T"), accounts.Platform)
		e.Amount = usd(int64(1 + r.IntN(20)))
		switch r.IntN(4) {
		case 0:
			e.Refund = one(r, refunds...)
		case 1:
			e.Chargeback = one(r, chargebacks...)
		default:
			e.Capture = one(r, captures...)
		}
	case PaymentSplitFailed:
		if e.Reference, e.Reason = one(r, "s", "s", "t"), "account suspended"; r.IntN(2) == 0 {
			e.Capture = one(r, captures...)
		}
	case PaymentCaptureReversed:
		if e.Capture = one(r, captures...); r.IntN(2) == 0 {
			e.Amount = usd(int64(1 + r.IntN(20)))
		}
	case PaymentCancel, PaymentSettle, PaymentSettleFailed:
		e.Fact = e.Type == PaymentCancel && r.IntN(3) == 0
		if r.IntN(4) > 0 {
			e.Capture = one(r, captures...)
		}
		if e.Type == PaymentSettleFailed {
			e.Reason = "account under review"
		}
		if e.Type == PaymentSettle && r.IntN(6) == 0 {
			e.Amount = usd(int64(1 + r.IntN(15)))
		}
	case PaymentFee:
		e.Fees = []Fee{{Type: FeeGeneral, Amount: usd(1)}}
	case PaymentRefund:
		e.Amount = usd(int64(1 + r.IntN(40)))
		if left := p.Refundable(); left.Sign() > 0 && r.IntN(2) == 0 {
			e.Amount = left
			if c := one(r, p.Captures...); r.IntN(2) == 0 && c.refundable().Sign() > 0 {
				e.Amount = money.FromInt(c.refundable(), "USD") // so that one capture is refunded and another is not
			}
		}
		e.Refund = one(r, append(refunds, e.ID, e.ID, e.ID)...)
		e.Fact = r.IntN(3) == 0
	case PaymentConfirm:
		switch r.IntN(4) {
		case 0:
			e.Capture = one(r, captures...)
		case 1:
			e.Refund = one(r, refunds...)
		case 2:
			e.Chargeback = one(r, chargebacks...)
		}
	case PaymentRefundFailed:
		e.Refund = one(r, refunds...)
	case PaymentChargeback:
		e.Amount = money.New(int64(2+r.IntN(40)), one(r, money.Currency("USD"), "EUR"))
		e.Chargeback = one(r, append(chargebacks, e.ID)...)
	case PaymentChargebackReversed:
		if e.Chargeback = one(r, chargebacks...); r.IntN(2) == 0 {
			if c := p.chargeback(e.Chargeback); c != nil {
				e.Amount = money.New(1, c.Amount.Currency())
			}
		}
	}
	return e
}

// A thing is what has a state: which lifecycle it has and what it is called.
type thing struct {
	noun, name string
}

// states lists the states of a payment and all that it has.
func states(p *Payment) map[thing]State {
	all := map[thing]State{}
	if p == nil {
		return all
	}
	all[thing{"payment", p.ID}] = p.State()
	for _, c := range p.Captures {
		all[thing{"capture", c.ID}] = c.State()
		for i, k := range c.shares.keys {
			if sh := c.shares.values[i]; !sh.got.IsZero() || !sh.promised.IsZero() { // else it only gave back
				all[thing{"split", fmt.Sprint(c.ID, k)}] = State(sh.status)
			}
		}
	}
	for i := range p.Refunds {
		all[thing{"refund", p.Refunds[i].ID}] = p.Refunds[i].State()
	}
	for i := range p.Chargebacks {
		all[thing{"chargeback", p.Chargebacks[i].ID}] = p.Chargebacks[i].State() // of one name, the last
	}
	return all
}

// about lists what an event names.
func about(e *Event) []thing {
	things := []thing{{"payment", e.Payment}}
	switch e.Type {
	case PaymentCapture:
		things = append(things, thing{"capture", captureID(e)})
	case PaymentSettle, PaymentSettleFailed, PaymentCancel, PaymentResplit, PaymentReassign, PaymentSplitFailed, PaymentCaptureReversed:
		if e.Capture != "" {
			things = append(things, thing{"capture", e.Capture})
		}
	case PaymentRefund, PaymentRefundFailed:
		things = append(things, thing{"refund", e.Refund})
	case PaymentChargeback, PaymentChargebackReversed:
		things = append(things, thing{"chargeback", e.Chargeback})
	}
	return things
}

// compare holds what came of an event to the lifecycles.
func (w *wanderer) compare(p *Payment, e *Event, err error, after *Payment) {
	was, is := states(p), states(after)
	if err != nil {
		w.refusedRightly(p, was, e, err)
		if !maps.Equal(was, is) {
			w.Errorf("%s was refused, and changed %v to %v", e.AppendJSON(nil), was, is)
		}
		return
	}
	if p != nil && len(after.Earlier) > len(p.Earlier) { // a new payment of that name, of which nothing before is known
		of := thing{"payment", e.Payment}
		was = map[thing]State{of: was[of]}
	}
	for what, then := range is {
		l := w.lifecycle(what.noun)
		if then == was[what] && !slices.Contains(about(e), what) {
			continue // it happened to another
		}
		if !l.leads(was[what], e.Type, then) {
			w.Errorf("%s led the %s %s from %q to %q, which its lifecycle does not know", e.AppendJSON(nil), what.noun, what.name, was[what], then)
		}
		w.seen[step3{what.noun, was[what], e.Type, then}] = true
	}
	for what := range was {
		if _, still := is[what]; !still && what.noun != "split" { // all of which may go to another
			w.Errorf("after %s there is no %s %s any more", e.AppendJSON(nil), what.noun, what.name)
		}
	}
}

// refusedRightly holds a refusal to the lifecycles. Where they refuse the event, it is refused with their code; if that is
// invalid_state, the message says which state was found and what would be allowed.
func (w *wanderer) refusedRightly(p *Payment, was map[thing]State, e *Event, err error) {
	problem, ok := errors.AsType[*ledger.Error](err)
	if !ok {
		w.Fatalf("%s: %v", e.AppendJSON(nil), err)
	}
	var codes []ledger.Code
	for _, what := range about(e) {
		in, there := was[what]
		if !there {
			continue
		}
		if m := w.lifecycle(what.noun).transition(in, e.Type); e.Fact && m != nil && len(m.fact) > 0 {
			continue // it is booked, unless for another reason
		}
		if l := w.lifecycle(what.noun); !l.allows(in, e.Type) {
			w.seen[step3{what.noun, in, e.Type, refused}] = true
			code := InvalidState
			if m := l.transition(in, e.Type); m != nil && m.code != "" {
				code = m.code
			}
			codes = append(codes, code)
		}
	}
	named := func(s State) bool { return strings.Contains(problem.Message, "which is "+string(s)) }
	if problem.Code == InvalidState && e.Type != PaymentSplit && !slices.ContainsFunc(slices.Collect(maps.Values(was)), named) && !strings.Contains(problem.Message, "refunded of") {
		w.Errorf("%s: %v does not say in which state what is", e.AppendJSON(nil), err)
	}
	if problem.Code == InvalidState && !strings.Contains(problem.Message, "(allowed: ") && !strings.Contains(problem.Message, "nothing is allowed") && p.scheme.Splits == scheme.Afterwards {
		w.Errorf("%s: %v does not say what is allowed", e.AppendJSON(nil), err)
	}
	switch {
	case p == nil && problem.Code != UnknownPayment:
		w.Errorf("%s, without any payment: %v", e.AppendJSON(nil), err)
	case slices.Contains(codes, problem.Code), len(codes) == 0 && problem.Code != DuplicateReference && !(e.Fact && p != nil):
	case e.Fact && e.Type == PaymentCapture && e.Amount.Currency() == "" && problem.Code == ledger.Invalid: // and nothing to take it from
	case problem.Code == ledger.Invalid && strings.Contains(problem.Message, "of the payment (it has"): // names what is not there
	case problem.Code == InvalidState && e.Type == PaymentSplit && p.scheme.Splits != scheme.Afterwards:
	case problem.Code == InvalidState && e.Type == PaymentResplit: // by scheme, or it is refunded or disputed
	case problem.Code == UnknownSplitReference && e.Type == PaymentSplitFailed:
	case e.Type == PaymentAuthorise && problem.Code == DuplicateReference: // of what is cancelled, but not whole
	case problem.Code == InvalidState && p.over(): // of what was given up
	case problem.Code == AmountExceedsCaptured && slices.Contains(codes, AmountExceedsRefundable):
	default:
		w.Errorf("%s: %v; by the lifecycles it would be %v", e.AppendJSON(nil), err, codes)
	}
}

func (w *wanderer) lifecycle(noun string) *stateMachine {
	for _, l := range stateMachines {
		if l.noun == noun {
			return l
		}
	}
	w.Fatalf("no lifecycle of a %s", noun)
	return nil
}

// complete reports the cells of a lifecycle that the walk has not seen.
func (w *wanderer) complete(l *stateMachine) {
	for _, s := range l.states {
		for _, on := range l.events {
			// A capture is not named by splits, refunds and chargebacks, and a split by no event at all.
			unnamed := l.noun == "split" || l.noun == "capture" && (on == PaymentSplit || on == PaymentRefund || on == PaymentChargeback)
			m := l.transition(s.State, on)
			if m == nil || len(m.to) == 0 {
				if !unnamed && !w.seen[step3{l.noun, s.State, on, refused}] {
					w.Errorf("never seen: %s of a %s that is %s, refused", on, l.noun, s.State)
				}
			}
			if m == nil {
				continue
			}
			for _, then := range slices.Concat(m.to, m.fact) {
				if !w.seen[step3{l.noun, s.State, on, then}] && !(unnamed && then == s.State) {
					w.Errorf("never seen: %s of a %s that is %s and then %s", on, l.noun, s.State, then)
				}
			}
		}
	}
}

// leads reports whether the lifecycle knows that an event leads from one state to another.
func (l *stateMachine) leads(from State, on Type, then State) bool {
	m := l.transition(from, on)
	return m != nil && (slices.Contains(m.to, then) || slices.Contains(m.fact, then))
}
