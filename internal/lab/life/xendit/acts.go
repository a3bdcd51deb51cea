package xendit

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	adapter "github.com/splitledger/splitledger/providers/xendit"
)

func (l *Life) pay(w *life.World) {
	account := life.Pick(w, "account", []string{l.accounts[1], l.accounts[0], l.accounts[2], l.accounts[1]})
	reference := w.Name("order-")
	if len(l.payments) > 0 && w.Once(5, "same merchant reference") {
		reference = life.Pick(w, "whose", l.payments).Reference
	}
	amount := l.amount(w)
	captured := amount
	if w.Once(5, "partial capture") {
		captured = amount / 2
	}
	routes := l.routes(w, account, captured == amount)
	known := !w.Once(6, "the platform does not know")
	p := l.Pay(w.Now, account, reference, amount, captured, routes, false)
	l.payments = append(l.payments, p)
	w.Tell("payment %s of %d on %s, order %s, captured %d, routes %v", p.ID, amount, account, reference, captured,
		routes)
	if known {
		l.ownPayment(w, p, routes)
		return
	}
	p.Routes = nil // nobody asked for a split
	if w.Once(2, "it finds out later") {
		w.Later(w.Draw("how much later", 1, 6), func() { l.ownPayment(w, p, nil) })
	}
}

// ownPayment is the platform's own booking of a payment. One that it books late may be in its books by then, as a
// report told it: that is refused.
func (l *Life) ownPayment(w *life.World, p *Payment, routes []Route) {
	name, amount, account := w.Name("P"), p.Amount, p.Account
	e := posting.Event{ID: "auth-" + name, Type: posting.PaymentAuthorise, At: w.Now, Payment: name,
		Provider: adapter.Name, Amount: l.money(amount),
		Account: accounts.ID(l.ledger[account]), Reference: p.Reference, Splits: l.splits(routes)}
	if w.Once(2, "the platform knows the id") {
		e.ProviderReference = p.ID
	}
	if w.Once(2, "with a policy") {
		p.Policy = true
		e.ChargebackPolicy = &posting.ChargebackPolicy{Behavior: posting.DeductFromOneBalanceAccount,
			TargetAccount: e.Account, CostAllocationAccount: e.Account}
	}
	if !w.Own(nil, e) {
		p.Routes = nil
		return
	}
	p.Name, p.Known, p.Assumed, p.Unnamed = name, true, len(routes) > 0, e.ProviderReference == ""
	for _, c := range p.Captures {
		l.ownCapture(w, c)
	}
	if !p.Captures[0].Move.Own {
		p.Name = "" // the books have it under another name
	}
}

// splits writes routes as the ledger has them.
func (l *Life) splits(routes []Route) []posting.Split {
	var splits []posting.Split
	for _, r := range routes {
		s := posting.Split{Type: posting.BalanceAccount, Account: accounts.ID(l.ledger[r.Destination]),
			Reference: r.Reference}
		if r.Percent != 0 {
			percent, err := money.ParsePercent(fmt.Sprintf("%d.%02d", r.Percent/100, r.Percent%100))
			if err != nil {
				panic(err)
			}
			s.Percent = percent
		} else {
			s.Amount = l.money(r.Flat)
		}
		splits = append(splits, s)
	}
	return splits
}

func (l *Life) routes(w *life.World, account string, whole bool) []Route {
	var others []string
	for _, a := range l.accounts {
		if a != account {
			others = append(others, a)
		}
	}
	switch w.Draw("routes", 0, 5) {
	case 1:
		return []Route{{Reference: "half", Destination: others[0], Percent: 5000}}
	case 2:
		return []Route{{Reference: "all", Destination: others[0], Percent: 10000}}
	case 3:
		return []Route{{Reference: "most", Destination: others[0], Percent: 9000}, {Reference: "more",
			Destination: others[1], Percent: 1250}}
	case 4:
		if whole {
			return []Route{{Reference: "flat", Destination: others[1], Flat: 12_345 * l.Unit}, {Reference: "part",
				Destination: others[0], Percent: 333}}
		}
	}
	return nil
}

// ownCapture is the platform's own booking of a capture.
func (l *Life) ownCapture(w *life.World, c *Capture) {
	p := c.Payment
	c.Move.Own = w.Own(nil, posting.Event{ID: w.Name("capture-"), Type: posting.PaymentCapture, At: w.Now,
		Payment: p.Name, Capture: w.Name("C"), Amount: l.money(c.Amount)})
}

// capture takes more of a payment.
func (l *Life) capture(w *life.World) {
	for _, p := range l.payments {
		if left := p.Left(); left > 0 {
			c := l.Capture(w.Now, p, left)
			w.Tell("%s: another capture of %d", p.ID, left)
			if p.Name != "" {
				l.ownCapture(w, c)
			}
			return
		}
	}
	l.settle(w)
}

// settle settles some of what is pending.
func (l *Life) settle(w *life.World) {
	var open []*Capture
	for _, p := range l.payments {
		for _, c := range p.Captures {
			if c.Settled == nil {
				open = append(open, c)
			}
		}
	}
	if len(open) == 0 {
		l.pay(w)
		return
	}
	for i := range w.Draw("how many settle", 1, min(3, len(open))) {
		l.settleOne(w, open[i])
	}
}

func (l *Life) settleOne(w *life.World, c *Capture) {
	fee := life.Pick(w, "fee", []int64{631, 0, 4000}) * l.Unit
	vat := books.HalfUp(fee, 11, 100, l.Unit)
	refused := w.Once(8, "a split is refused")
	w.Pass(time.Minute)
	l.Settle(w.Now, c, fee, vat, func(Route) bool { return refused })
	w.Tell("%s: %d settled, fee %d, tax %d", c.Payment.ID, c.Amount, fee, vat)
}

// refundable draws a payment that has something left to give back.
func (l *Life) refundable(w *life.World) *Payment {
	var list []*Payment
	for _, p := range l.payments {
		if p.Refundable() >= 2*l.Unit {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return life.Pick(w, "of payment", list)
}

// refund gives back a part of a payment: often the same part again.
func (l *Life) refund(w *life.World) {
	p := l.refundable(w)
	if p == nil {
		l.settle(w)
		return
	}
	amount := min(life.Pick(w, "refund", []int64{10_000, 20_000})*l.Unit, p.Refundable())
	l.refundOne(w, p, amount)
	if w.Once(3, "again") && p.Refundable() >= amount {
		w.Pass(time.Minute)
		l.refundOne(w, p, amount)
	}
}

func (l *Life) refundOne(w *life.World, p *Payment, amount int64) {
	name, own := w.Name("R"), p.Name != "" && !w.Once(4, "the platform did not ask for it")
	reference := name
	if w.Once(3, "no reference") {
		reference = ""
	}
	if !own {
		reference = life.Pick(w, "reference of theirs", []string{"", w.Name("dashboard-")})
	}
	if own {
		own = w.Own(nil, posting.Event{ID: "refund-" + name, Type: posting.PaymentRefund, At: w.Now, Payment: p.Name,
			Refund: name, Amount: l.money(amount)})
	}
	var r *Refund
	if w.Once(4, "it fails at once") {
		r = l.RefuseRefund(w.Now, p, amount, reference)
		w.Tell("%s: refund %s of %d fails, reference %q", p.ID, r.ID, amount, reference)
	} else {
		r = l.Refund(w.Now, p, amount, reference)
		w.Tell("%s: refund %s of %d, reference %q", p.ID, r.ID, amount, reference)
	}
	r.Done.Own = own
}

// failRefund brings the money of a refund back, and may try again under another reference.
func (l *Life) failRefund(w *life.World) {
	var list []*Refund
	for _, p := range l.payments {
		for _, r := range p.Refunds {
			if r.Failed == nil {
				list = append(list, r)
			}
		}
	}
	if len(list) == 0 {
		l.refund(w)
		return
	}
	r := life.Pick(w, "which refund", list)
	l.FailRefund(w.Now, r)
	w.Tell("%s: refund %s comes back", r.Payment.ID, r.ID)
	if w.Once(2, "try again") {
		w.Pass(time.Minute)
		l.refundOne(w, r.Payment, r.Amount)
	}
}

// adjust is a correction of no payment.
func (l *Life) adjust(w *life.World) {
	account := life.Pick(w, "account", l.accounts)
	amount := life.Pick(w, "correction", []int64{1_000, -1_000}) * l.Unit
	l.Adjust(w.Now, account, amount)
	w.Tell("correction of %d on %s", amount, account)
}

func (l *Life) transfer(w *life.World) {
	from := life.Pick(w, "from", l.accounts)
	to := life.Pick(w, "to", l.accounts)
	amount := 5_000 * l.Unit
	if from == to || l.Settled(l.change(from, 0, 0).Cell) < amount {
		l.settle(w)
		return
	}
	name := w.Name("T")
	own := !w.Once(3, "the platform did not ask for it")
	if own {
		own = w.Own(nil, posting.Event{ID: "transfer-" + name, Type: posting.Transfer, At: w.Now,
			From: accounts.ID(l.ledger[from]), To: accounts.ID(l.ledger[to]),
			Amount: l.money(amount), Reference: name})
		if !own {
			return
		}
	}
	t := l.Transfer(w.Now, from, to, amount, name)
	t.Done.Own = own
	w.Tell("transfer %s of %d from %s to %s", name, amount, from, to)
}

func (l *Life) payOut(w *life.World) {
	account := life.Pick(w, "account", l.accounts)
	amount := 10_000 * l.Unit
	if l.Settled(l.change(account, 0, 0).Cell) < amount*2 {
		l.settle(w)
		return
	}
	name := w.Name("O")
	if account != l.Platform && !w.Once(3, "the platform did not ask for it") {
		if !w.Own(nil, posting.Event{ID: "payout-" + name, Type: posting.PayoutRequest, At: w.Now, Payout: name,
			Account: accounts.ID(l.ledger[account]), Amount: l.money(amount), Provider: adapter.Name}) {
			return
		}
	}
	var fee int64
	if w.Once(3, "with a fee") {
		fee = 2_500 * l.Unit
	}
	kind := life.Pick(w, "kind", []string{"WITHDRAWAL", "DISBURSEMENT", "REMITTANCE_PAYOUT"})
	o := l.PayOut(w.Now, account, kind, amount, fee, name)
	l.payouts = append(l.payouts, o)
	w.Tell("%s %s of %d from %s, fee %d", kind, name, amount, account, fee)
}

func (l *Life) failPayout(w *life.World) {
	for _, o := range l.payouts {
		if o.Failed == nil && w.Once(2, "this one") {
			l.FailPayout(w.Now, o)
			w.Tell("%s %s comes back", o.Type, o.Reference)
			return
		}
	}
	l.payOut(w)
}

func (l *Life) returnFee(w *life.World) {
	if l.Mode == Balance {
		for _, p := range l.payments {
			for _, c := range p.Captures {
				if c.Settled != nil && c.Fee != 0 && w.Once(2, "this one") {
					l.ReturnFee(w.Now, c)
					w.Tell("%s: the fee is given back", p.ID)
					return
				}
			}
		}
	}
	l.settle(w)
}

// dispute takes money, or gives it back. The balance report does not say what it is, so that its webhook could not be
// known for the same: there are none in a life with that report, and in one with both reports there are no disputes.
// A webhook does not say either which account paid: it is sent only where the platform has said so itself.
func (l *Life) dispute(w *life.World) {
	if l.Mode == Both {
		l.settle(w)
		return
	}
	before := len(l.Webhooks)
	told := func(p *Payment) {
		if l.Mode == Balance || !p.Policy {
			l.Webhooks = l.Webhooks[:before]
		}
	}
	for _, p := range l.payments {
		for _, d := range p.Disputes {
			if d.Won == nil && w.Once(2, "it is won") {
				l.Win(w.Now, d)
				told(p)
				w.Tell("%s: dispute %s won", p.ID, d.ID)
				return
			}
		}
	}
	if p := l.refundable(w); p != nil {
		d := l.Lose(w.Now, p, min(p.Refundable(), 20_000*l.Unit))
		told(p)
		w.Tell("%s: dispute %s of %d lost", p.ID, d.ID, d.Amount)
	}
}
