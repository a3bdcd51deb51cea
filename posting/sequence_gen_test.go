package posting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting/scheme"
	"github.com/splitledger/splitledger/posting/wire"
)

// The events of TestAnySequence. Most are such that the payment may see them as it is, so that all types of events are
// booked often; the others are of any kind.

var (
	worldPayments  = []string{"p", "q", "r", "s", "t", "u"}
	worldProviders = []string{"adyen", "xendit", "paysafe", "antom", "stripe", "other"}
	worldTime      = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	worldAccounts  = rapid.SampledFrom([]accounts.ID{"A", "B", "C", "platform", "liable", "nobody"})
)

// payments lists those that a world has.
func (w *world) payments() []string { return worldPayments }

func (w *world) chance(label string, in int) bool {
	return rapid.IntRange(0, in-1).Draw(w.T, label) == in-1
}

func pick[T any](w *world, label string, list []T) T {
	return rapid.SampledFrom(list).Draw(w.T, label)
}

// evenly draws one of a list, each as often as another; rapid likes the first ones better.
func evenly[T any](w *world, label string, list []T) T {
	n := 0
	for range 6 {
		if n *= 2; rapid.Bool().Draw(w.T, label) {
			n++
		}
	}
	return list[n%len(list)]
}

// upToUSD draws an amount from 1 to most minor units; of nothing 1.
func (w *world) upToUSD(most money.Int, label string) money.Amount {
	if most.Sign() <= 0 {
		most = money.NewInt(1)
	}
	return money.FromInt(upTo(w.T, most, label), "USD")
}

// step posts one event and looks at the books.
func (w *world) step() {
	if w.chance("no payment", 6) {
		_ = w.post(w.otherEvent())
	} else {
		id := evenly(w, "payment", worldPayments)
		p, _ := w.book.Payment(id)
		_ = w.post(w.paymentEvent(p, id))
	}
	w.check()
}

// otherEvent draws an event of no payment.
func (w *world) otherEvent() Event {
	of := pick(w, "type", []Type{Transfer, Transfer, TransferReverse, AccountClose, ReserveHold, ReserveRelease, PayoutRequest, PayoutPaid, PayoutFailed, PayoutReturned,
		ProviderPayout, Exchange, AccountFreeze, AccountUnfreeze, AccountUpdate, AccountReopen, AccountReopen, ChargebackDefault})
	amount := money.New(rapid.Int64Range(1, 1000).Draw(w.T, "amount"), "USD")
	switch of {
	case ChargebackDefault:
		behavior := pick(w, "default", []wire.Behavior{DeductFromLiableAccount, DeductFromOneBalanceAccount, DeductAccordingToSplitRatio})
		e := Event{Type: of, ChargebackPolicy: &ChargebackPolicy{Behavior: behavior, CostAllocationAccount: worldAccounts.Draw(w.T, "costs")}}
		if behavior == DeductFromOneBalanceAccount {
			e.ChargebackPolicy.TargetAccount = worldAccounts.Draw(w.T, "target")
		}
		return e
	case AccountUpdate:
		e := Event{Type: of, Account: worldAccounts.Draw(w.T, "account"), Overdraft: []money.Amount{amount}[:rapid.IntRange(0, 1).Draw(w.T, "overdrafts")]}
		if w.chance("ids", 2) {
			e.Overdraft, e.ProviderIDs = nil, map[string][]string{"adyen": {pick(w, "id", []string{"BA1", "BA2"})}}
		}
		return e
	case AccountClose, AccountFreeze, AccountUnfreeze, AccountReopen:
		return Event{Type: of, Account: worldAccounts.Draw(w.T, "changed")}
	case Transfer:
		e := Event{Type: of, From: worldAccounts.Draw(w.T, "from"), To: worldAccounts.Draw(w.T, "to"), Amount: amount}
		p, _ := w.book.Payment(pick(w, "payment", worldPayments))
		if p == nil || len(p.Captures) == 0 || !w.chance("of a capture", 2) {
			return e
		}
		c := pick(w, "capture", p.Captures)
		e.Payment, e.Capture, e.Fact = p.ID, c.ID, w.chance("fact", 3)
		if h := c.Holdings(); len(h) > 0 {
			one := pick(w, "holding", h)
			e.From, e.Amount = one.Account, w.upToUSD(one.Minor, "moved")
		}
		return e
	}
	e := anyMove(w.T, of)
	if of == TransferReverse && w.n > 0 { // by the event's id, which is its name
		e.Transfer = fmt.Sprint("e", rapid.IntRange(1, w.n).Draw(w.T, "transfer"))
	}
	return e
}

// fitting lists the types of events that a payment may see as it is; those that are refused more often than others, or that few
// payments may see, several times.
func fitting(p *Payment) (list []Type) {
	if p == nil {
		return []Type{PaymentAuthorise, PaymentAuthorise, PaymentAuthorise, PaymentCapture}
	}
	add := func(may bool, times int, types ...Type) {
		for range times {
			if may {
				list = append(list, types...)
			}
		}
	}
	left := p.Authorised.Int().Sub(p.Captured.Int())
	add(true, 1, PaymentFee, PaymentChargeback, PaymentReference)
	add(left.Sign() > 0 || p.over(), 3, PaymentCapture)
	add(left.Sign() <= 0 || p.over(), 1, PaymentAdjust, PaymentCapture)
	add(!p.over() && left.Sign() > 0, 2, PaymentRelease)
	add(len(p.Captures) > 0, 1, PaymentSettleFailed)
	add(len(p.Captures) > 0, 2, PaymentSettle, PaymentReassign, PaymentCaptureReversed, PaymentConfirm)
	add(len(p.Captures) > 0, 4, PaymentRefund)
	add(p.Captured.Sign() == 0, 1, PaymentCancel)
	add(len(p.voidable()) > 0, 2, PaymentCancel)
	add(p.scheme.Splits == scheme.Afterwards && p.Captured.Sign() > 0, 3, PaymentSplit)
	add(p.scheme.Splits != scheme.Afterwards && slices.ContainsFunc(p.Captures, (*Capture).untouched), 6, PaymentResplit)
	add(len(p.references(&Event{})) > 0, 2, PaymentSplitFailed)
	add(len(p.Refunds) > 0, 5, PaymentRefundFailed)
	add(slices.ContainsFunc(p.Chargebacks, func(c *Chargeback) bool { return !c.Left().IsZero() }), 3, PaymentChargebackReversed)
	return list
}

// paymentEvent draws an event of a payment, nil if there is none of the name.
func (w *world) paymentEvent(p *Payment, id string) Event {
	fit := fitting(p)
	types := fit
	if w.chance("any type", 8) {
		types = paymentMachine.events
	}
	e := Event{Type: pick(w, "type", types), Payment: id}
	if p == nil || !slices.Contains(fit, e.Type) || w.chance("any", 12) {
		w.wild(&e, p)
		return e
	}
	w.fit(&e, p)
	return e
}

// movement gives an event a movement of its payment and perhaps a part, and says whether there is a part.
func (w *world) movement(e *Event, names ...string) bool {
	if !w.chance("movement", 2) {
		return false
	}
	if e.Movement = fmt.Sprint(e.Payment, "-m", rapid.IntRange(0, 3).Draw(w.T, "movement")); len(names) > 0 && w.chance("known", 2) {
		e.Movement = pick(w, "known movement", names)
	}
	if w.chance("of another payment", 40) {
		e.Movement = "p-m0"
	}
	if w.chance("part", 2) {
		e.Part = fmt.Sprint(rapid.IntRange(1, 6).Draw(w.T, "part"))
	}
	return e.Part != ""
}

// row makes an event that tells a row of an account, now and then.
func (w *world) row(e *Event) {
	if w.chance("row", 2) {
		e.Account = pick(w, "row of", []accounts.ID{"A", "B", "C", accounts.Liable, accounts.Platform})
	}
}

// fit fills in an event such that the payment may see it.
func (w *world) fit(e *Event, p *Payment) {
	switch e.Type {
	case PaymentCapture:
		w.capturing(e, p)
	case PaymentAdjust:
		e.Amount = money.FromInt(p.Captured.Int().Add(money.NewInt(rapid.Int64Range(0, 400).Draw(w.T, "more"))), "USD")
		if e.Amount.IsZero() {
			e.Reason = "expired"
		}
		e.Fact = p.over() || w.chance("fact", 3)
	case PaymentRelease:
		e.Fact = w.chance("fact", 3)
	case PaymentSplit:
		var left money.Int
		for _, c := range p.Captures {
			left = left.Add(c.unsplit())
		}
		e.Splits = []Split{{Type: BalanceAccount, Account: pick(w, "supplier", []accounts.ID{"A", "B", "C"}), Amount: w.upToUSD(left, "split"), Reference: pick(w, "reference", []string{"part0", "part1", "rest"})}}
	case PaymentResplit:
		c := pick(w, "capture", slices.DeleteFunc(slices.Clone(p.Captures), func(c *Capture) bool { return !c.untouched() && len(p.Captures) > 1 }))
		if e.Capture, e.Splits = c.ID, w.splits(c.Amount, worldAccounts); len(e.Splits) == 0 {
			e.Splits = []Split{{Type: Remainder, Account: "C"}}
		}
	case PaymentReassign:
		w.reassigning(e, p)
	case PaymentSplitFailed:
		e.Reference, e.Reason = "rest", "held"
		if list := p.references(e); len(list) > 0 {
			e.Reference = pick(w, "reference", list)
		}
	case PaymentCaptureReversed:
		c := pick(w, "capture", p.Captures)
		if e.Capture = c.ID; w.chance("in part", 2) {
			e.Amount = w.upToUSD(c.undisputed(), "taken back")
		}
		if w.movement(e) || w.chance("row", 6) {
			w.row(e)
		}
	case PaymentCancel:
		e.Fact = w.chance("fact", 2)
		if list := p.voidable(); len(list) > 0 && w.chance("named", 2) {
			e.Capture = pick(w, "capture", list).ID
		}
	case PaymentSettle, PaymentSettleFailed:
		w.settling(e, p)
	case PaymentFee:
		w.fees(e, p)
	case PaymentRefund:
		w.refunding(e, p)
	case PaymentRefundFailed:
		w.refundFailing(e, p)
	case PaymentChargeback:
		w.disputing(e, p)
	case PaymentChargebackReversed:
		w.winning(e, p)
	case PaymentConfirm:
		w.thing(e)
		e.Amount = money.Amount{}
		if w.chance("movement", 2) && e.Capture != "none" {
			e.Movement = fmt.Sprint(p.ID, "-m", rapid.IntRange(0, 3).Draw(w.T, "movement"))
		}
	case PaymentReference:
		if e.ProviderReference = p.ProviderReference; e.ProviderReference == "" || w.chance("another", 4) {
			e.ProviderReference = "ref-" + p.ID
		}
	default:
		w.wild(e, p)
	}
}

func (w *world) capturing(e *Event, p *Payment) {
	left := p.Authorised.Int().Sub(p.Captured.Int())
	e.Amount = w.upToUSD(left, "captured")
	if w.chance("all that is left", 4) {
		e.Amount = money.FromInt(atLeastZero(left), "USD")
	}
	if e.Fact = p.over() || left.Sign() <= 0 || w.chance("fact", 2); e.Fact {
		var known []string
		for _, c := range p.Captures {
			known = append(known, c.ID)
		}
		if w.movement(e, known...) {
			e.Splits = []Split{{Type: BalanceAccount, Account: pick(w, "row of", []accounts.ID{"A", "B", "C"}), Amount: e.Amount, Reference: "row"}}
		}
		if e.Capture = e.Movement; len(known) > 0 && w.chance("ours", 3) {
			e.Capture = pick(w, "ours", known)
		}
	}
	if e.Part == "" && p.scheme.Splits != scheme.Afterwards {
		e.Splits = w.splits(e.Amount, worldAccounts)
	}
}

func (w *world) reassigning(e *Event, p *Payment) {
	e.From, e.To, e.Amount = worldAccounts.Draw(w.T, "from"), worldAccounts.Draw(w.T, "to"), money.New(rapid.Int64Range(1, 300).Draw(w.T, "amount"), "USD")
	w.thing(e)
	var list []Holding
	switch {
	case p.capture(e.Capture) != nil:
		list = p.capture(e.Capture).Holdings()
	case e.Refund != "":
		list = p.refund(e.Refund).Holdings()
	case e.Chargeback != "":
		list = p.chargeback(e.Chargeback).Holdings()
	}
	if len(list) > 0 && w.chance("what is there", 2) {
		one := pick(w, "holding", list)
		e.From, e.Amount = one.Account, money.FromInt(w.upToUSD(one.Minor, "moved").Int(), e.Amount.Currency())
	}
	if e.From == e.To {
		if e.To = "A"; e.From == "A" {
			e.To = "B"
		}
	}
}

func (w *world) settling(e *Event, p *Payment) {
	var most money.Int
	if c := pick(w, "capture", p.Captures); w.chance("named", 2) {
		e.Capture, most = c.ID, c.Amount.Int()
	} else {
		most = p.Captured.Int()
	}
	if e.Type == PaymentSettleFailed {
		e.Reason = "held"
		return
	}
	if w.chance("in part", 2) {
		e.Amount = w.upToUSD(most, "settled")
	}
	if w.movement(e) || w.chance("row", 4) {
		w.row(e)
	}
	e.Batch = e.Part
}

func (w *world) fees(e *Event, p *Payment) {
	e.Fees = []Fee{{Type: FeeInterchange, Amount: money.New(rapid.Int64Range(1, 30).Draw(w.T, "fee"), "USD")}, {Type: FeeVAT, Amount: money.New(3, "USD")}}
	switch rapid.IntRange(0, 2).Draw(w.T, "given back") {
	case 1:
		e.Fees[0].Amount = e.Fees[0].Amount.Neg()
	case 2:
		e.Fees = append(e.Fees, Fee{Type: FeeVAT, Amount: money.New(-5, "EUR"), Of: FeeInterchange})
	}
	if w.movement(e) {
		w.row(e)
	}
	if w.chance("of something", 2) {
		if w.thing(e); e.Capture == "none" {
			e.Capture = ""
		}
	}
	e.Amount = money.Amount{}
}

// at gives an event one of a few times, so that the order in which things happened is often another than that of the events.
func (w *world) at(e *Event) {
	if w.chance("a time", 3) {
		e.At = worldTime.AddDate(0, 0, rapid.IntRange(0, 5).Draw(w.T, "day"))
	}
}

func (w *world) refunding(e *Event, p *Payment) {
	e.Refund, e.Amount = fmt.Sprint("r", rapid.IntRange(0, 5).Draw(w.T, "refund")), w.upToUSD(p.Refundable().Int(), "amount")
	if w.chance("all", 4) && p.Refundable().Sign() > 0 {
		e.Amount = p.Refundable()
	}
	if p.refund(e.Refund) != nil && w.chance("new", 2) {
		e.Refund = fmt.Sprint("new", w.n)
	}
	if e.Fact = p.Refundable().Sign() <= 0 || w.chance("fact", 2); e.Fact {
		var known []string
		for i := range p.Refunds {
			known = append(known, p.Refunds[i].ID)
		}
		w.at(e)
		if w.movement(e, known...) {
			w.row(e)
		}
	}
	if e.Account == "" && p.scheme.Refunds != scheme.NoSplits && w.chance("splits", 4) {
		e.Splits = w.splits(e.Amount, worldAccounts)
	}
}

func (w *world) refundFailing(e *Event, p *Payment) {
	if e.Refund = "r0"; len(p.Refunds) > 0 {
		r := p.Refunds[rapid.IntRange(0, len(p.Refunds)-1).Draw(w.T, "refund")]
		if e.Refund, e.Movement = r.ID, r.Movement; e.Movement != "" && w.chance("part", 2) {
			e.Part = fmt.Sprint(rapid.IntRange(1, 3).Draw(w.T, "part"))
		}
		if w.chance("in part", 3) {
			e.Amount = w.upToUSD(r.Amount.Int(), "failed")
		}
	}
	if w.chance("kept", 6) {
		e.Refund, e.Movement, e.Amount = fmt.Sprint("kept", w.n), fmt.Sprint("kept", w.n), money.Amount{}
	}
	if w.at(e); e.Movement != "" {
		w.row(e)
	}
}

func (w *world) disputing(e *Event, p *Payment) {
	e.Chargeback, e.Amount = fmt.Sprint("d", rapid.IntRange(0, 3).Draw(w.T, "chargeback")), w.upToUSD(p.Captured.Int(), "amount")
	if w.chance("foreign", 4) {
		e.Amount = money.FromInt(e.Amount.Int(), "EUR")
	}
	if w.chance("dispute fee", 3) {
		e.DisputeFee = money.New(15, "EUR")
	}
	if c := p.chargeback(e.Chargeback); c != nil {
		if e.Amount, e.Second = money.FromInt(e.Amount.Int(), c.Amount.Currency()), w.chance("second", 2); !e.Second && !c.Left().IsZero() && c.Movement == "" {
			e.Chargeback = fmt.Sprint("new", w.n)
		}
	}
	if w.movement(e) || e.Movement != "" {
		w.row(e)
	}
}

func (w *world) winning(e *Event, p *Payment) {
	var open []*Chargeback
	for _, c := range p.Chargebacks {
		if !c.Left().IsZero() {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		open = append(p.Chargebacks[:len(p.Chargebacks):len(p.Chargebacks)], &Chargeback{ID: "d0", Amount: money.New(1, "USD"), Reversed: money.New(0, "USD")})
	}
	c := pick(w, "chargeback", open)
	if e.Chargeback = c.ID; w.chance("in part", 2) {
		e.Amount = money.FromInt(w.upToUSD(c.Left().Int(), "won").Int(), c.Amount.Currency())
	}
	if w.movement(e) || w.chance("row", 4) {
		w.row(e)
	}
}

// thing names a capture, refund or chargeback of an event's payment, in whose currency its amount is.
func (w *world) thing(e *Event) {
	p, _ := w.book.Payment(e.Payment)
	e.Capture = "none"
	if p == nil {
		return
	}
	switch rapid.IntRange(0, 2).Draw(w.T, "of") {
	case 0:
		if len(p.Refunds) > 0 {
			e.Capture, e.Refund = "", p.Refunds[rapid.IntRange(0, len(p.Refunds)-1).Draw(w.T, "refund")].ID
			return
		}
	case 1:
		if len(p.Chargebacks) > 0 {
			c := pick(w, "chargeback", p.Chargebacks)
			e.Capture, e.Chargeback, e.Amount = "", c.ID, money.FromInt(e.Amount.Int(), p.chargeback(c.ID).Amount.Currency())
			return
		}
	}
	if len(p.Captures) > 0 {
		e.Capture = pick(w, "capture", p.Captures).ID
	}
}

// wild fills in an event that may be of no payment, or make no sense.
func (w *world) wild(e *Event, p *Payment) {
	amount := money.New(rapid.Int64Range(1, 1000).Draw(w.T, "amount"), "USD")
	switch e.Type {
	case PaymentAuthorise, PaymentCapture:
		w.beginning(e, amount)
	case PaymentConfirm:
		w.thing(e)
		e.Amount = money.Amount{}
	default:
		w.anything(e, amount)
	}
	if w.chance("another movement", 8) && strings.HasPrefix(string(e.Type), "payment.capture") {
		e.Movement = "p-m0"
	}
}

// beginning draws what may make a payment.
func (w *world) beginning(e *Event, amount money.Amount) {
	e.Amount = amount
	e.Provider = evenly(w, "provider", worldProviders)
	switch rapid.IntRange(0, 19).Draw(w.T, "another provider") {
	case 18:
		e.Provider = "another"
	case 19:
		e.Provider = "unopened"
	}
	s := w.book.Scheme(e.Provider)
	if s.Merchant == scheme.AccountMerchant && w.chance("merchant", 2) {
		e.Account = worldAccounts.Draw(w.T, "account")
	}
	if behavior := pick(w, "policy", []wire.Behavior{"", DeductFromLiableAccount, DeductAccordingToSplitRatio}); behavior != "" {
		e.RefundPolicy = &wire.RefundPolicy{Behavior: behavior}
	}
	if behavior := pick(w, "disputes", []wire.Behavior{"", DeductFromOneBalanceAccount, DeductAccordingToSplitRatio}); behavior != "" {
		e.ChargebackPolicy = &ChargebackPolicy{Behavior: behavior, CostAllocationAccount: "B"}
		if behavior == DeductFromOneBalanceAccount {
			e.ChargebackPolicy.TargetAccount = "A"
		}
	}
	if s.Splits == scheme.Afterwards {
		return
	}
	if e.Splits = w.splits(e.Amount, worldAccounts); len(e.Splits) == 0 && w.chance("by rule", 3) {
		e.Rule = pick(w, "rule", []string{"half", "flat"})
		if e.Rule == "flat" && w.chance("what the rule sums to", 2) {
			e.Amount = money.New(10, "USD")
		}
	}
}

// anything draws an event of any payment, with names that may be of nothing.
func (w *world) anything(e *Event, amount money.Amount) {
	number := rapid.IntRange(0, 3).Draw(w.T, "number")
	switch e.Type {
	case PaymentSplit, PaymentResplit:
		if e.Splits = w.splits(amount, worldAccounts); len(e.Splits) == 0 {
			e.Splits = []Split{{Type: Remainder, Account: "C"}}
		}
	case PaymentAdjust:
		e.Amount = amount
	case PaymentReassign:
		e.From, e.To, e.Amount = worldAccounts.Draw(w.T, "from"), worldAccounts.Draw(w.T, "to"), amount
		w.thing(e)
	case PaymentSplitFailed:
		e.Reference, e.Reason = pick(w, "reference", []string{"rest", "part0", "part1", "1"}), "held"
	case PaymentCaptureReversed:
		e.Capture, e.Amount = fmt.Sprint("e", number), amount
	case PaymentSettleFailed:
		e.Reason = "held"
	case PaymentFee:
		e.Fees = []Fee{{Type: FeeDispute, Amount: amount}}
	case PaymentRefund:
		e.Refund, e.Amount, e.Splits = fmt.Sprint("r", number), amount, w.splits(amount, worldAccounts)
	case PaymentRefundFailed:
		e.Refund = fmt.Sprint("r", number)
	case PaymentChargeback:
		e.Chargeback, e.Amount = fmt.Sprint("d", number), amount
	case PaymentChargebackReversed:
		e.Chargeback = fmt.Sprint("d", number)
	case PaymentReference:
		e.ProviderReference = fmt.Sprint("ref", number)
	}
}

// splits draws none, or some that often sum to the amount.
func (w *world) splits(amount money.Amount, account *rapid.Generator[accounts.ID]) []Split {
	n := rapid.IntRange(0, 3).Draw(w.T, "splits")
	if n == 0 {
		return nil
	}
	splits := []Split{{Type: Remainder, Account: account.Draw(w.T, "account"), Reference: "rest"}}
	if rapid.Bool().Draw(w.T, "fee split") {
		splits = append(splits, Split{Type: PaymentFeeSplit, Account: account.Draw(w.T, "account")})
	}
	for i := range n - 1 {
		s := Split{Type: BalanceAccount, Account: account.Draw(w.T, "account"), Reference: fmt.Sprint("part", i)}
		if rapid.Bool().Draw(w.T, "percent") {
			s.Percent, _ = money.ParsePercent(fmt.Sprintf("%d.5", rapid.IntRange(0, 60).Draw(w.T, "percents")))
		} else {
			v, _ := amount.Int().Int64()
			s.Amount = money.New(rapid.Int64Range(0, v).Draw(w.T, "part"), "USD")
		}
		splits = append(splits, s)
	}
	return splits
}
