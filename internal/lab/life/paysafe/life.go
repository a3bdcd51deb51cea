package paysafe

import (
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	adapter "github.com/splitledger/splitledger/providers/paysafe"
)

// A Life is the random life of a platform with Paysafe.
type Life struct {
	*Processor
	Mapped bool // Paysafe's numbers of the linked accounts are others than the ledger's names

	linked       []string
	ledger       map[string]string
	auths        []*Auth
	names        map[*Settlement]string // of captures in the ledger
	from, before time.Time
	sent         int
}

// New returns a life in which nothing has happened.
func New(mapped bool) *Life { return &Life{Mapped: mapped} }

// Adapter returns Paysafe's.
func (*Life) Adapter() providers.Adapter { return adapter.New() }

// Keys are the key of the portal.
func (l *Life) Keys() providers.Keys { return providers.Keys{Secrets: []string{portal.Key()}} }

var portal = &Processor{Secret: []byte("the key of the simulated Paysafe")}

// Options are none.
func (*Life) Options() providers.ReportOptions { return providers.ReportOptions{} }

// File is not used: the files are Paysafe's own.
func (*Life) File(string, []*life.Row) []byte { return nil }

// Begin opens the linked accounts.
func (l *Life) Begin(w *life.World) {
	l.Processor = &Processor{Merchant: "1000000001", Currency: "USD", Secret: portal.Secret, Named: w.Once(2,
		"objects name the currency")}
	l.ledger, l.names = make(map[string]string), make(map[*Settlement]string)
	l.from, l.before = w.Now, w.Now
	for i, name := range []string{"seller:1", "seller:2"} {
		id := name
		e := posting.Event{ID: "open-" + name, Type: posting.AccountOpen, Account: accounts.ID(name),
			Kind: accounts.KindSub}
		if l.Mapped {
			id = fmt.Sprintf("20000000%02d", i+1)
			e.ProviderIDs = map[string][]string{adapter.Name: {id}}
		}
		l.linked = append(l.linked, id)
		l.ledger[id] = name
		w.Setup(e)
	}
}

// Act lets one thing happen.
func (l *Life) Act(w *life.World) {
	w.Act([]life.Act{
		{6, l.pay}, {3, l.more}, {6, l.complete}, {5, l.report},
		{5, l.refund}, {2, l.cancel}, {1, l.fail},
	})
	w.Pass(15 * time.Minute) // a refund takes ten minutes
	l.notify(w)
}

func (l *Life) notify(w *life.World) {
	books.Notify(w, l.Webhooks[l.sent:], 6)
	l.sent = len(l.Webhooks)
}

// End completes what is pending, and publishes what no document has.
func (l *Life) End(w *life.World) {
	for _, s := range l.pending() {
		l.Complete(w.Now, s)
	}
	l.notify(w)
	w.Pass(time.Hour)
	l.publish(w)
}

// Wrong compares the ledger with what was told so far.
func (l *Life) Wrong(have func(account, currency string) int64) string {
	m := books.Map{l.Merchant: {"platform", "liable"}}
	for id, name := range l.ledger {
		m[id] = []string{name}
	}
	return l.Books.Wrong(m, l.Merchant, "", have)
}

// MayWait reports whether something of an authorisation may wait that the platform does not know. The notice may be
// named after anything that Paysafe calls it.
func (l *Life) MayWait(reference, providerReference string) bool {
	for _, a := range l.auths {
		names := []string{a.ID, a.Reference}
		for _, s := range a.Settlements {
			names = append(names, s.ID, s.Reference)
			for _, r := range s.Refunds {
				names = append(names, r.ID, r.Reference)
			}
		}
		if !a.Known && (slices.Contains(names, providerReference) || slices.Contains(names, reference)) {
			return true
		}
	}
	return false
}

func (l *Life) money(minor int64) money.Amount { return money.New(minor, l.Currency) }

// shares draws a splitpay. Of 5000 and 1000, 5.31 % is an exact half.
func (l *Life) shares(w *life.World, amount int64) []Share {
	a, b := l.linked[0], l.linked[1]
	switch w.Draw("splitpay", 0, 5) {
	case 1:
		return []Share{{Account: a, Percent: 531}}
	case 2:
		return []Share{{Account: a, Percent: 531}, {Account: b, Amount: min(500, amount/2)}}
	case 3:
		return []Share{{Account: a, Percent: 5_050}, {Account: b, Percent: 4_950}}
	case 4:
		return []Share{{Account: b, Amount: amount}}
	}
	return nil
}

func (l *Life) splits(shares []Share) []posting.Split {
	var splits []posting.Split
	for i, s := range shares {
		split := posting.Split{Type: posting.BalanceAccount, Account: accounts.ID(l.ledger[s.Account]),
			Reference: fmt.Sprintf("share-%d", i+1)}
		if s.Percent != 0 {
			percent, err := money.ParsePercent(fmt.Sprintf("%d.%02d", s.Percent/100, s.Percent%100))
			if err != nil {
				panic(err)
			}
			split.Percent = percent
		} else {
			split.Amount = l.money(s.Amount)
		}
		splits = append(splits, split)
	}
	return splits
}

// pay authorises, and settles all of it or a part.
func (l *Life) pay(w *life.World) {
	reference := w.Name("order-")
	amount := life.Pick(w, "amount", []int64{5_000, 1_000, 5_000, 2_550})
	a := l.Authorise(reference, amount)
	l.auths = append(l.auths, a)
	w.Tell("authorisation %s of %d, %s", a.ID, amount, reference)
	switch {
	case !w.Once(8, "the platform does not know"):
		l.ownPayment(w, a)
	case w.Once(2, "it finds out later"):
		w.Later(w.Draw("how much later", 1, 6), func() { l.ownPayment(w, a) })
	}
	l.settle(w, a, amount/int64(w.Draw("parts", 1, 2)))
}

// ownPayment is the platform's own booking of an authorisation.
func (l *Life) ownPayment(w *life.World, a *Auth) {
	e := posting.Event{ID: w.Name("auth-"), Type: posting.PaymentAuthorise, At: w.Now, Payment: w.Name("P"),
		Provider: adapter.Name, Amount: l.money(a.Amount), Reference: a.Reference}
	if w.Once(2, "the platform knows the id") {
		e.ProviderReference, a.Named = a.ID, true
	}
	if w.Own(nil, e) {
		a.Name, a.Known = e.Payment, true
	}
}

// settle asks for money. What the platform did not ask for itself has no splitpay: a webhook would not tell it.
func (l *Life) settle(w *life.World, a *Auth, amount int64) {
	name := w.Name("C")
	own := a.Name != "" && !w.Once(5, "the platform did not ask for it")
	linked := w.Once(2, "with a link")
	reference := a.Reference
	if linked && a.Named && w.Once(2, "under a name of its own") {
		reference = name
		if !own {
			reference = w.Name("portal-")
		}
	}
	var shares []Share
	if own {
		shares = l.shares(w, amount)
		if _, ok := compute(shares, amount); !ok {
			return
		}
		own = w.Own(nil, posting.Event{ID: "capture-" + name, Type: posting.PaymentCapture, At: w.Now,
			Payment: a.Name, Capture: name, Amount: l.money(amount), Splits: l.splits(shares)})
		if !own {
			return
		}
	}
	s := l.Settle(w.Now, a, reference, amount, shares, linked)
	s.Taken.Own = own
	s.Taken.Named = linked && reference != a.Reference
	if own {
		l.names[s] = name
	}
	w.Tell("settlement %s of %d of %s, reference %s, shares %v", s.ID, amount, a.ID, reference, shares)
}

// more settles what is left of an authorisation.
func (l *Life) more(w *life.World) {
	for _, a := range l.auths {
		if left := a.Left(); left > 0 {
			l.settle(w, a, left)
			return
		}
	}
	l.complete(w)
}

func (l *Life) pending() (list []*Settlement) {
	for _, s := range l.Settlements {
		if s.Status() == "PENDING" {
			list = append(list, s)
		}
	}
	return list
}

func (l *Life) complete(w *life.World) {
	list := l.pending()
	if len(list) == 0 {
		l.pay(w)
		return
	}
	for i := range w.Draw("how many", 1, min(3, len(list))) {
		l.Complete(w.Now, list[i])
		w.Tell("settlement %s completed", list[i].ID)
	}
}

// own draws a pending settlement that the platform asked for.
func (l *Life) own(w *life.World) *Settlement {
	for _, s := range l.pending() {
		if l.names[s] != "" && w.Once(2, "this one") {
			return s
		}
	}
	return nil
}

// cancel voids a pending settlement, as the platform asked.
func (l *Life) cancel(w *life.World) {
	s := l.own(w)
	if s == nil {
		l.complete(w)
		return
	}
	if w.Own(nil, posting.Event{ID: "cancel-" + l.names[s], Type: posting.PaymentCancel, At: w.Now,
		Payment: s.Auth.Name, Capture: l.names[s]}) {
		l.Cancel(w.Now, s).Own = true
		w.Tell("settlement %s cancelled", s.ID)
	}
}

// fail is a settlement that fails. The platform gives it up some turns later.
func (l *Life) fail(w *life.World) {
	s := l.own(w)
	if s == nil {
		l.complete(w)
		return
	}
	status := life.Pick(w, "status", []string{"FAILED", "CANCELLED", "EXPIRED"})
	l.Fail(w.Now, s, status)
	w.Tell("settlement %s is %s", s.ID, status)
	w.Later(w.Draw("given up", 0, 5), func() {
		if w.Own(nil, posting.Event{ID: "giveup-" + l.names[s], Type: posting.PaymentCancel, At: w.Now,
			Payment: s.Auth.Name, Capture: l.names[s]}) {
			l.GiveUp(w.Now, s).Own = true
		}
	})
}

// refund gives money back, often the same amount again; one that fails is often tried again under another id.
func (l *Life) refund(w *life.World) {
	var list []*Settlement
	for _, s := range l.Settlements {
		if s.Refundable() > 0 {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		l.complete(w)
		return
	}
	s := life.Pick(w, "which settlement", list)
	amount := min(life.Pick(w, "refund", []int64{1_000, 500, 1_000}), s.Refundable())
	for tries := 0; tries < 3 && s.Refundable() >= amount; tries++ {
		fails := w.Once(3, "it fails")
		l.refundOne(w, s, amount, fails)
		w.Pass(15 * time.Minute)
		if !w.Once(2, "again") {
			return
		}
	}
}

func (l *Life) refundOne(w *life.World, s *Settlement, amount int64, fails bool) {
	a, name := s.Auth, w.Name("R")
	own := a.Name != "" && !w.Once(4, "the platform did not ask for it")
	reference := name
	if w.Once(3, "under the payment's reference") {
		reference = a.Reference
	}
	var shares []Share
	if own {
		shares = l.shares(w, amount)
		if _, ok := compute(shares, amount); !ok {
			return
		}
		own = w.Own(nil, posting.Event{ID: "refund-" + name, Type: posting.PaymentRefund, At: w.Now, Payment: a.Name,
			Refund: name, Amount: l.money(amount), Splits: l.splits(shares)})
		if !own {
			return
		}
	} else if reference == name {
		reference = w.Name("portal-")
	}
	r := l.Refund(w.Now, s, reference, amount, shares, fails)
	r.Asked.Own = own
	w.Tell("refund %s of %d of %s, reference %s, fails %t, shares %v", r.ID, amount, s.ID, reference, fails, shares)
}

func (l *Life) report(w *life.World) { l.publish(w) }

// publish writes the objects that changed since the last document, or since the one before; sometimes in two
// documents.
func (l *Life) publish(w *life.World) {
	from := l.from
	if w.Once(4, "overlap") {
		from = l.before
	}
	f := l.Document(books.Window{From: from, To: w.Now})
	f.Name = w.Name("f") + "_" + f.Name
	if books.Publish(w, f) {
		l.before, l.from = l.from, w.Now
	}
}
