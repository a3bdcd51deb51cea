package antom

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	adapter "github.com/splitledger/splitledger/providers/antom"
)

// A Life is the random life of a marketplace with Antom.
type Life struct {
	*Market
	Mapped bool // Antom's names of the sellers are others than the ledger's

	sellers  []string
	ledger   map[string]string
	payments []*Payment
	late     []*Batch // whose summary was not published yet
	sent     int
	closed   int
}

// New returns a life in which nothing has happened.
func New(mapped bool) *Life { return &Life{Mapped: mapped} }

// key signs what Antom sends. It is made once for all lives.
var key = sync.OnceValues(func() (*rsa.PrivateKey, string) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		panic(err)
	}
	return k, base64.StdEncoding.EncodeToString(der)
})

// Adapter returns Antom's.
func (*Life) Adapter() providers.Adapter { return adapter.New() }

// Keys are Antom's public key. Webhooks may come late.
func (*Life) Keys() providers.Keys {
	_, public := key()
	return providers.Keys{Secrets: []string{public}, MaxAge: 10_000 * time.Hour}
}

// Options are none.
func (*Life) Options() providers.ReportOptions { return providers.ReportOptions{} }

// File is not used: the files are Antom's own.
func (*Life) File(string, []*life.Row) []byte { return nil }

// Begin opens the accounts of two sellers.
func (l *Life) Begin(w *life.World) {
	private, _ := key()
	l.Market = &Market{Currency: "USD", Key: private, Client: "SANDBOX_5EXAMPLE0000000", Path: "/antom",
		OwnIDs: w.Once(2, "reversals have ids of their own")}
	l.ledger = make(map[string]string)
	for i, name := range []string{"seller:1", "seller:2"} {
		id := name
		e := posting.Event{ID: "open-" + name, Type: posting.AccountOpen, Account: accounts.ID(name),
			Kind: accounts.KindSub}
		if l.Mapped {
			id = fmt.Sprintf("SUB_MERCHANT_%d", i+1)
			e.ProviderIDs = map[string][]string{adapter.Name: {id}}
		}
		l.sellers = append(l.sellers, id)
		l.ledger[id] = name
		w.Setup(e)
	}
}

// Act lets one thing happen.
func (l *Life) Act(w *life.World) {
	w.Act([]life.Act{
		{6, l.pay}, {4, l.split}, {5, l.clear}, {4, l.close},
		{4, l.refund}, {2, l.reverse}, {2, l.dispute}, {1, l.charge},
		{2, l.capture},
	})
	l.notify(w)
}

func (l *Life) notify(w *life.World) {
	books.Notify(w, l.Webhooks[l.sent:], 6)
	l.sent = len(l.Webhooks)
}

// End clears what is open, and publishes the last batch.
func (l *Life) End(w *life.World) {
	for _, p := range l.payments {
		for _, c := range p.Captures {
			if !c.Settled {
				l.clearOne(w, c)
			}
		}
	}
	l.shut(w)
	for _, b := range l.late {
		books.Publish(w, l.Summary(b))
	}
	l.late = nil
	l.notify(w)
}

// Wrong compares the ledger with what was told so far.
func (l *Life) Wrong(have func(account, currency string) int64) string {
	m := books.Map{Marketplace: {"platform", "liable"}}
	for id, name := range l.ledger {
		m[id] = []string{name}
	}
	return l.Books.Wrong(m, Marketplace, Bank, have)
}

// MayWait is false: rows name the accounts, and only payments of which there are rows have webhooks that wait.
func (l *Life) MayWait(reference, providerReference string) bool { return false }

func (l *Life) money(minor int64) money.Amount { return money.New(minor, l.Currency) }

func (l *Life) pay(w *life.World) {
	seller := life.Pick(w, "seller", []string{l.sellers[0], l.sellers[0], l.sellers[1]})
	request := w.Name("pay-")
	if len(l.payments) > 0 && w.Once(6, "same request id") {
		request = life.Pick(w, "whose", l.payments).Request
	}
	amount := life.Pick(w, "amount", []int64{10_000, 5_000, 10_000, 2_500})
	p := l.Pay(w.Now, seller, request, amount, w.Once(2, "card"))
	l.payments = append(l.payments, p)
	w.Tell("payment %s of %d to %s, request %s, card %t", p.ID, amount, seller, request, p.Card)
	switch {
	case !w.Once(6, "the platform does not know"):
		l.ownPayment(w, p)
	case w.Once(2, "it finds out later"):
		w.Later(w.Draw("how much later", 1, 6), func() {
			l.ownPayment(w, p)
			for _, c := range p.Captures {
				l.own(w, c, c.ours())
			}
			if len(p.Captures) > 0 && !p.Captures[0].Move.Own {
				p.Name = "" // the books have it under another name
			}
		})
	}
	if p.Card {
		l.take(w, p, amount/int64(w.Draw("parts", 1, 2)))
	} else {
		l.own(w, p.Captures[0], "")
	}
}

// ownPayment is the platform's own booking of a payment.
func (l *Life) ownPayment(w *life.World, p *Payment) {
	e := posting.Event{ID: w.Name("auth-"), Type: posting.PaymentAuthorise, At: w.Now, Payment: w.Name("P"),
		Provider: adapter.Name,
		Amount:   l.money(p.Amount), Account: accounts.ID(l.ledger[p.Seller]), Reference: p.Request}
	if w.Once(2, "the platform knows the id") {
		e.ProviderReference = p.ID
	}
	if w.Once(2, "with a policy") {
		p.Policy = true
		e.ChargebackPolicy = &posting.ChargebackPolicy{Behavior: posting.DeductFromOneBalanceAccount,
			TargetAccount: e.Account, CostAllocationAccount: e.Account}
	}
	if w.Own(nil, e) {
		p.Name, p.Known = e.Payment, true
	}
}

// ours is the name that a capture was asked for under, if there is one.
func (c *Capture) ours() string {
	if c.Payment.Card {
		return c.Request
	}
	return ""
}

// own is the platform's booking of a capture.
func (l *Life) own(w *life.World, c *Capture, name string) {
	if c.Payment.Name == "" {
		return
	}
	if name == "" {
		name = w.Name("C")
	}
	c.Move.Own = w.Own(nil, posting.Event{ID: "capture-" + name, Type: posting.PaymentCapture, At: w.Now,
		Payment: c.Payment.Name, Capture: name, Amount: l.money(c.Amount)})
}

// take captures some of a card payment. Our name is told, or not.
func (l *Life) take(w *life.World, p *Payment, amount int64) {
	name := w.Name("C")
	request := name
	if w.Once(3, "no name") {
		request = ""
	}
	if p.Name == "" {
		request = life.Pick(w, "request of theirs", []string{"", w.Name("portal-")})
	}
	c := l.Capture(w.Now, p, amount, request)
	w.Tell("%s: capture %s of %d, request %q", p.ID, c.ID, amount, request)
	l.own(w, c, name)
}

func (l *Life) capture(w *life.World) {
	for _, p := range l.payments {
		if left := p.Amount - p.Captured(); p.Card && left > 0 {
			l.take(w, p, left)
			return
		}
	}
	l.clear(w)
}

// split gives some of what is open of a payment to the marketplace.
func (l *Life) split(w *life.World) {
	for _, p := range l.payments {
		left := p.Open() - p.split
		if p.Name == "" || left <= 0 || !w.Once(2, "this one") {
			continue
		}
		amount := min(left, life.Pick(w, "share", []int64{1_000, 2_000, 10_000}))
		request := w.Name("settle-")
		if w.Own(nil, posting.Event{ID: request, Type: posting.PaymentSplit, At: w.Now, Payment: p.Name,
			Splits: []posting.Split{{Type: posting.BalanceAccount, Account: "platform", Amount: l.money(amount),
				Reference: request}}}) {
			if w.Once(6, "Antom refuses it") {
				w.Tell("%s: settle %s is answered with F", p.ID, request)
				w.Own(nil, posting.Event{ID: "failed-" + request, Type: posting.PaymentSplitFailed, At: w.Now,
					Payment: p.Name, Reference: request, Reason: "ORDER_FROZEN"})
				return
			}
			l.Settle(w.Now, p, amount, request).Move.Own = true
			w.Tell("%s: settle %s, %d to the marketplace", p.ID, request, amount)
		}
		return
	}
	l.pay(w)
}

func (l *Life) clear(w *life.World) {
	for _, p := range l.payments {
		for _, c := range p.Captures {
			if !c.Settled && w.Once(2, "this one") {
				l.clearOne(w, c)
				return
			}
		}
	}
	l.pay(w)
}

func (l *Life) clearOne(w *life.World, c *Capture) {
	fees := life.Pick(w, "fees", []map[string]int64{
		{"paymentMethodFeeAmountValue": 30}, nil, {"interchangeFeeAmountValue": 20, "schemeFeeAmountValue": 5,
			"acquirerMarkupAmountValue": 10, "taxFeeAmountValue": 3},
	})
	l.Clear(w.Now, c, fees)
	w.Tell("%s: capture %s of %d is in the next batch, fees %v", c.Payment.ID, c.ID, c.Amount, fees)
}

// close ends a batch and publishes its details, in one part or two, and its summary, at once or later.
func (l *Life) close(w *life.World) {
	for _, b := range l.late {
		books.Publish(w, l.Summary(b))
	}
	l.late = nil
	l.shut(w)
}

func (l *Life) shut(w *life.World) {
	w.Pass(time.Minute)
	b := l.Close(w.Now, func(string) bool { return w.Once(8, "a payout fails") })
	if b == nil {
		return
	}
	l.closed++
	w.Tell("batch %s", b.ID)
	if n := b.Rows(); n > 1 && w.Once(4, "in two parts") {
		at := w.Draw("where", 1, n-1)
		books.Publish(w, l.Details(b, 0, 0, at))
		books.Publish(w, l.Details(b, 1, at, n))
	} else {
		books.Publish(w, l.Details(b, 0, 0, n))
	}
	if w.Once(3, "summary later") {
		l.late = append(l.late, b)
	} else {
		books.Publish(w, l.Summary(b))
	}
	w.Pass(2 * time.Hour) // a payout that fails does so an hour later
}

func (l *Life) refundable(w *life.World) *Payment {
	var list []*Payment
	for _, p := range l.payments {
		if p.Refundable() > 0 {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return life.Pick(w, "of payment", list)
}

func (l *Life) refund(w *life.World) {
	p := l.refundable(w)
	if p == nil {
		l.clear(w)
		return
	}
	amount := min(life.Pick(w, "refund", []int64{1_000, 2_000}), p.Refundable())
	l.refundOne(w, p, amount)
	if w.Once(3, "again") && p.Refundable() >= amount {
		w.Pass(time.Minute)
		l.refundOne(w, p, amount)
	}
}

// refundOne gives money back: of the seller, or in part of the marketplace where it has a part of the payment.
func (l *Life) refundOne(w *life.World, p *Payment, amount int64) {
	var given int64
	for _, s := range p.Splits {
		given += s.settled
	}
	for _, r := range p.Refunds {
		if !r.Failed {
			given -= r.Market
		}
	}
	var market int64
	if given >= amount/2 && w.Once(2, "half of it the marketplace's") {
		market = amount / 2
	}
	name, own := w.Name("R"), p.Name != "" && !w.Once(4, "the platform did not ask for it")
	request := name
	if w.Once(3, "no request id") {
		request = ""
	}
	if !own {
		request = life.Pick(w, "request of theirs", []string{"", w.Name("portal-")})
	}
	if own {
		e := posting.Event{ID: "refund-" + name, Type: posting.PaymentRefund, At: w.Now, Payment: p.Name,
			Refund: name, Amount: l.money(amount)}
		if market > 0 {
			e.Splits = []posting.Split{
				{Type: posting.BalanceAccount, Account: accounts.ID(l.ledger[p.Seller]),
					Amount: l.money(amount - market), Reference: "seller"},
				{Type: posting.BalanceAccount, Account: "platform", Amount: l.money(market), Reference: "market"},
			}
		}
		own = w.Own(nil, e)
	}
	before := len(l.Webhooks)
	var r *Refund
	if w.Once(4, "it fails") {
		r = l.RefuseRefund(w.Now, p, amount, market, request)
		w.Tell("%s: refund %s of %d (%d the marketplace's) fails, request %q", p.ID, r.ID, amount, market, request)
	} else {
		var fees map[string]int64
		if w.Once(3, "fees given back") {
			fees = map[string]int64{"paymentMethodFeeAmountValue": -7}
		}
		r = l.Refund(w.Now, p, amount, market, request, fees)
		w.Tell("%s: refund %s of %d (%d the marketplace's), request %q, fees %v", p.ID, r.ID, amount, market, request,
			fees)
	}
	if own {
		for _, m := range r.Moves {
			m.Own = m.Payment != nil && len(m.Implies) == 0
		}
	} else if market > 0 {
		l.Webhooks = l.Webhooks[:before] // a webhook does not tell who gave how much
	}
}

// reverse brings a refund back, and may try again.
func (l *Life) reverse(w *life.World) {
	var list []*Refund
	for _, p := range l.payments {
		for _, r := range p.Refunds {
			if !r.Failed {
				list = append(list, r)
			}
		}
	}
	if len(list) == 0 {
		l.refund(w)
		return
	}
	r := life.Pick(w, "which refund", list)
	l.ReverseRefund(w.Now, r)
	w.Tell("%s: refund %s comes back", r.Payment.ID, r.ID)
	if w.Once(2, "try again") {
		w.Pass(time.Minute)
		l.refundOne(w, r.Payment, r.Amount)
	}
}

// dispute takes money, or gives it back. A webhook does not say which account paid: it is sent only where the
// platform has said so itself.
func (l *Life) dispute(w *life.World) {
	for _, p := range l.payments {
		for _, d := range p.Disputes {
			if d.Won == nil && w.Once(2, "it is won") {
				l.Win(w.Now, d)
				w.Tell("%s: dispute %s won", p.ID, d.ID)
				return
			}
		}
	}
	p := l.refundable(w)
	if p == nil {
		l.clear(w)
		return
	}
	before := len(l.Webhooks)
	d := l.Lose(w.Now, p, min(p.Refundable(), 2_000), life.Pick(w, "fee", []int64{1_500, 0}))
	if !p.Policy {
		l.Webhooks = l.Webhooks[:before]
	}
	w.Tell("%s: dispute %s of %d lost", p.ID, d.ID, d.Amount)
}

func (l *Life) charge(w *life.World) {
	who := life.Pick(w, "receiver", []string{Marketplace, l.sellers[0]})
	l.Charge(w.Now, who, 100)
	w.Tell("a fee of 100 of %q", who)
}
