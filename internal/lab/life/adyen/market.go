package adyen

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A Market is a balance platform. Its accounting report has a row for each change of a balance account; the balance
// of each of them is judged.
type Market struct {
	company
	trade
	steps      bool          // the report has the rows of transfers that are not booked yet
	transfers  bool          // webhooks of transfers are sent
	ahead      time.Duration // how long after the booking money is available
	settled    []*capture
	payouts    []*payout
	statements bool              // there are payout reports
	since      map[string][]line // what an account's next payout report has, by account and currency
	rolling    map[string]int64  // what was kept back of the payouts before
	met        bool              // the stranger's account is open in the ledger
	ids        map[string]string // Transfer Id by movement and account
}

// A payout is one that Adyen has made.
type payout struct {
	account, transfer, reference string
	left                         int64
}

// NewMarket returns a market.
func NewMarket() *Market { return &Market{ids: map[string]string{}} }

// Begin opens the sellers' accounts.
func (m *Market) Begin(w *life.World) {
	m.desk, m.rows, m.shops = m, true, []string{"ShopA"}
	m.hooks, m.transfers = !w.Once(3, "no standard webhooks"), w.Once(3, "webhooks of transfers")
	m.steps = w.Once(3, "rows of all steps")
	if w.Once(4, "value dates ahead") {
		m.ahead = 48 * time.Hour
	}
	m.statements, m.since, m.rolling = w.Once(3, "payout reports"), map[string][]line{}, map[string]int64{}
	m.aliases = !w.Once(3, "accounts have Adyen's names")
	w.RowsMakePayments = true
	m.open(w)
	groups := []*life.Group{{Account: liable, Ledger: []string{"liable", "platform"}, Minus: []string{"bank"}}}
	for _, id := range append(sellers, stranger) {
		groups = append(groups, &life.Group{Account: id, Ledger: []string{string(m.account(id))}})
	}
	w.Accounts(groups...)
}

// Act does something, and books what was captured.
func (m *Market) Act(w *life.World) {
	do := m.deeds(w)
	do = append(do, func() { m.publish(w) }, func() { m.publish(w) }, func() { m.transfer(w) }, func() { m.correct(w) })
	if !m.met && (w.Stuck() != nil || w.Once(4, "we meet a stranger")) {
		do = append(do, func() { m.meet(w) })
	}
	for _, id := range sellers {
		empty := w.Held(id, currency) == 0 && w.Held(id, "USD") == 0
		if empty && !w.IsClosed(id) && w.Once(12, "an account may be closed") {
			do = append(do, func() { m.shut(w, id) })
		}
	}
	if accounts := m.owed(w); len(accounts) > 0 {
		do = append(do, func() { m.payout(w, life.Pick(w, "to", accounts)) })
	}
	for _, p := range m.payouts {
		if p.left > 0 {
			do = append(do, func() { m.returned(w, p) })
		}
	}
	for _, c := range m.settled {
		if !c.reversed && c.payment.refunded == 0 {
			do = append(do, func() { m.reverse(w, c) })
		}
	}
	life.Pick(w, "what", do)()
	m.settleSome(w, 4)
}

// meet opens the account in the ledger that only Adyen knew.
func (m *Market) meet(w *life.World) {
	m.met = true
	w.Tell("the ledger opens %s", stranger)
	w.Setup(m.opening(stranger))
	w.Opened(stranger)
}

// shut closes an account in the ledger, not at Adyen, if nothing is in it.
func (m *Market) shut(w *life.World, id string) {
	if w.Own(nil, posting.Event{ID: "close-" + id, Type: posting.AccountClose, At: w.Now, Account: m.account(id)}) {
		w.Close(id, liable)
	}
}

// settleSome books what was captured; one in so many captures later.
func (m *Market) settleSome(w *life.World, later int) {
	for _, c := range append([]*capture(nil), m.queue...) {
		if later > 0 && w.Once(later, "booked later") {
			continue
		}
		m.settle(w, c)
		m.settled = append(m.settled, c)
	}
}

// owed are the accounts that have something.
func (m *Market) owed(w *life.World) []string {
	var list []string
	for _, id := range append([]string{liable}, sellers...) {
		if w.Held(id, currency) > 0 {
			list = append(list, id)
		}
	}
	return list
}

// End books what is not booked, and publishes it.
func (m *Market) End(w *life.World) {
	m.settleSome(w, 0)
	m.publish(w)
}

func (m *Market) publish(w *life.World) { w.Publish("accounting", false) }

// statuses are those of booked transfers, by their type; brands are what they are called.
var statuses = map[string]string{
	"capture": "captured", "refund": "refunded", "chargeback": "chargeback",
	"captureReversal": "captureReversed", "refundReversal": "refundReversed",
	"chargebackReversal": "chargebackReversed", "secondChargeback": "secondChargeback",
}

var brands = map[string]string{
	"capture": "payment_pspCapture", "captureReversal": "payment_pspCapture", "refund": "payment_pspRefund",
	"refundReversal": "payment_pspRefund",
	"chargeback":     "payment_pspChargeback", "chargebackReversal": "payment_pspChargeback",
	"secondChargeback": "payment_pspChargeback",
}

var feeNames = map[string]string{"chargeback": "Chargeback", "chargebackReversal": "ChargebackReversal",
	"secondChargeback": "SecondChargeback"}

// book adds rows to the accounting report, one for each part, and rows of the fees.
func (m *Market) book(w *life.World, b *booking) {
	shared := w.Once(2, "one Transfer Id for all rounds")
	for _, p := range b.parts {
		if p.minor == 0 {
			continue
		}
		key := b.reference + p.account
		if !shared || m.ids[key] == "" {
			m.ids[key] = w.Name("TR")
		}
		t := &transfer{
			account: p.account, id: m.ids[key], category: "platformPayment", typ: b.typ, status: statuses[b.typ],
			at: b.at, minor: p.minor, currency: b.payment.currency,
			reference: b.payment.split(p.account), payment: b.payment, modification: b.reference, told: b.told,
			brand: brands[b.typ], kind: "BalanceAccount",
			oneStep: b.typ != "capture" && b.typ != "refund" && b.typ != "chargeback",
		}
		if w.Once(6, "no split reference") {
			t.reference = "Split reference not provided"
		}
		if p.account == liable {
			t.kind = "Commission"
		}
		m.row(w, t, w.Book(b.thing, t.transaction(w), p.account, p.minor))
	}
	m.fees(w, b)
}

// fees adds rows of fees, one for each account that bears some.
func (m *Market) fees(w *life.World, b *booking) {
	for i, f := range b.fees {
		if i > 0 && b.fees[i-1].account == f.account {
			continue
		}
		t := &transfer{
			account: f.account, id: w.Name("TR"), category: "platformPayment", typ: b.typ, status: statuses[b.typ],
			at: b.at.Add(3 * time.Second), currency: b.payment.currency,
			reference: b.payment.life.Reference + "-fee", payment: b.payment, modification: b.reference, told: b.told,
			brand: brands[b.typ], kind: "PaymentFee",
			costs: map[string]int64{}, oneStep: b.typ != "capture" && b.typ != "refund" && b.typ != "chargeback",
		}
		for _, g := range b.fees {
			if g.account == f.account {
				t.minor += g.minor
				t.costs[g.column] += g.minor
			}
		}
		switch {
		case feeNames[b.typ] != "":
			t.description, t.costs = feeNames[b.typ]+" Fee for "+b.payment.life.ProviderReference, nil
		case len(t.costs) > 1:
			t.description = `"Aggregated Fee for AdyenCommission, AdyenMarkup, Interchange, SchemeFee"`
		default:
			t.description = life.Pick(w, "described as", []string{"AdyenFees", "PaymentFee"})
		}
		thing := w.Do(&life.Thing{Name: "fee of " + b.thing.Name, Whole: t.minor, Current: b.payment.currency,
			Payment: b.payment.life})
		m.row(w, t, w.Book(thing, t.transaction(w), f.account, t.minor))
	}
}

// reverse takes a capture back, and what it cost or not.
func (m *Market) reverse(w *life.World, c *capture) {
	p := c.payment
	c.reversed = true
	p.captured -= c.minor
	p.authorised -= c.minor
	t := p.thing(w, "reversal of "+c.reference, "", -c.minor)
	t.Class, t.Together = "", c.thing.Together
	t.Undo(c.thing)
	reference := c.reference
	if w.Once(2, "under another reference") {
		reference = modification(w)
	}
	w.Tell("%s of %s: the capture %s of %d is reversed", reference, p.life.Reference, c.reference, c.minor)
	if m.hooks && w.Once(2, "CAPTURE_FAILED") {
		standard(w, item{event: "CAPTURE_FAILED", payment: p, reference: c.reference, minor: c.minor, at: w.Now,
			reason: "Capture failed", told: t.Announce}, 3)
	}
	var fees []fee
	if w.Once(3, "a fee is given back") {
		fees = []fee{{liable, "Commission", 25}}
	}
	m.book(w, &booking{typ: "captureReversal", payment: p, thing: t, reference: reference, told: "<auto>", at: w.Now,
		minor: -c.minor, parts: negative(c.parts), fees: fees})
}

// transfer moves money between two accounts at Adyen.
func (m *Market) transfer(w *life.World) {
	all := append([]string{sellers[0], liable}, sellers[1:]...)
	if w.Once(6, "with an account that we do not know") {
		all = append(all, stranger)
	}
	from := w.Draw("from", 0, len(all)-1)
	to := w.Draw("to", 0, len(all)-2)
	if to >= from {
		to++
	}
	a, b, minor := all[from], all[to], life.Pick(w, "amount", []int64{500, 1000})
	ours := w.Name("tr-")
	thing := w.Do(&life.Thing{Name: "transfer " + ours, Current: currency, Touches: []string{a, b},
		Class: fmt.Sprintf("transfer %s %s %d", a, b, minor)})
	if a == stranger || b == stranger {
		thing.Blocked = []string{stranger}
	}
	reference := naming(w, ours)
	if reference == ours {
		thing.Named()
	} else {
		reference = life.Pick(w, "reference", []string{"", "REF-OUT"})
	}
	own := thing.Blocked == nil && w.Once(2, "we ask for it")
	w.Tell("transfer of %d from %s to %s, ours: %v, told as %q", minor, a, b, own, reference)
	if own {
		w.Own(thing, posting.Event{ID: ours + ".event", Type: posting.Transfer, At: w.Now, From: m.account(a),
			To: m.account(b), Amount: money.New(minor, currency), Reference: ours})
	}
	thing.Together = true
	common := ""
	if w.Once(2, "a reference for the beneficiary") {
		common = w.Name("BEN")
	}
	thing.Loose = common == "" && reference != ours
	out := &transfer{account: a, id: w.Name("TR"), category: "internal", typ: "internalTransfer", status: "booked",
		at: w.Now, minor: -minor,
		reference: reference, counterparty: b, beneficiary: common, brand: "balanceaccount"}
	in := &transfer{account: b, id: w.Name("TR"), category: "internal", typ: "internalTransfer", status: "booked",
		at: w.Now, minor: minor,
		reference: reference, counterparty: a, beneficiary: common, brand: "balanceaccount"}
	if reference == "REF-OUT" {
		in.reference = "REF-IN"
	}
	first := w.Book(thing, out.transaction(w), a, -minor)
	second := w.Book(thing, in.transaction(w), b, minor)
	// Either row names the other account.
	m.row(w, out, first, second)
	m.row(w, in, second, first)
}

// payout pays an account out to a bank.
func (m *Market) payout(w *life.World, account string) {
	minor := w.Held(account, currency)
	if minor > 500 && !m.statements && w.Once(2, "500") {
		minor = 500
	}
	ours := w.Name("po-")
	p := &payout{account: account, transfer: w.Name("TR"), left: minor}
	own := account != liable && w.Once(2, "we ask for it")
	if own && !w.Once(3, "without our name") {
		p.reference = ours
	}
	w.Tell("payout of %d to %s, ours: %v, told as %q", minor, account, own, p.reference)
	if own {
		w.Own(nil, posting.Event{ID: ours + ".event", Type: posting.PayoutRequest, At: w.Now, Payout: ours,
			Account: m.account(account), Amount: money.New(minor, currency), Provider: "adyen"})
	}
	thing := w.Do(&life.Thing{Name: "payout " + p.transfer, Whole: -minor, Current: currency})
	t := &transfer{account: account, id: p.transfer, category: "bank", typ: "bankTransfer", status: "booked",
		at: w.Now, minor: -minor,
		reference: p.reference, description: "Daily payout", brand: "payment_banktransfer_regularBanktransfer"}
	m.row(w, t, w.Book(thing, t.transaction(w), account, -minor))
	m.payouts = append(m.payouts, p)
	if m.statements {
		m.publish(w)
		m.statement(w, account, t.account, stamp(t.at))
	}
}

// returned brings a payout back from the bank, or some of it.
func (m *Market) returned(w *life.World, p *payout) {
	minor := p.left
	if minor > 100 && w.Once(3, "in part") {
		minor = 100
	}
	p.left -= minor
	w.Tell("%d of payout %s to %s is returned", minor, p.transfer, p.account)
	thing := w.Do(&life.Thing{Name: "return of " + p.transfer, Whole: minor, Current: currency})
	t := &transfer{account: p.account, id: p.transfer, category: "bank", typ: "bankTransfer", status: "returned",
		at: w.Now, minor: minor,
		reference: p.reference, description: "Daily payout", brand: "payment_banktransfer_regularBanktransfer",
		oneStep: true}
	m.row(w, t, w.Book(thing, t.transaction(w), p.account, minor))
}

// correct changes a balance for no payment.
func (m *Market) correct(w *life.World) {
	account, minor := liable, life.Pick(w, "amount", []int64{-320, 500, -500})
	kind := life.Pick(w, "as", [][3]string{
		{"internal", "fee", "fee"},
		{"internal", "invoiceDeduction", "invoiceDeduction"},
		{"internal", "manualCorrection", "manuallyCorrected"},
		{"topUp", "capture", "captured"},
	})
	switch kind[1] {
	case "manualCorrection":
		account = life.Pick(w, "of", append([]string{liable}, append(sellers, stranger)...))
	case "capture":
		account, minor = life.Pick(w, "of", sellers), 500
	default:
		minor = -320
	}
	w.Tell("%s of %d on %s", kind[1], minor, account)
	thing := w.Do(&life.Thing{Name: kind[1], Whole: minor, Current: currency})
	if account == stranger {
		thing.Blocked = []string{stranger}
	}
	t := &transfer{account: account, id: w.Name("TR"), category: kind[0], typ: kind[1], status: kind[2], at: w.Now,
		minor:       minor,
		description: "Adjustment", brand: "payment_pspInvoiceDeduction", oneStep: kind[1] == "manualCorrection"}
	m.row(w, t, w.Book(thing, t.transaction(w), account, minor))
}

// open opens the sellers' accounts.
func (tr *trade) open(w *life.World) {
	if tr.aliases {
		w.Setup(posting.Event{ID: "update-liable", Type: posting.AccountUpdate, Account: liable,
			ProviderIDs: map[string][]string{"adyen": {liableID}}})
	}
	for _, id := range sellers {
		w.Setup(tr.opening(id))
	}
}

// opening opens an account.
func (tr *trade) opening(id string) posting.Event {
	e := posting.Event{ID: "open-" + id, Type: posting.AccountOpen, Account: tr.account(id), Kind: accounts.KindSub}
	if tr.aliases {
		e.ProviderIDs = map[string][]string{"adyen": {id}}
	}
	return e
}

// account is the ledger's name of an account at Adyen.
func (tr *trade) account(id string) accounts.ID {
	if !tr.aliases || id == liable {
		return accounts.ID(id)
	}
	return accounts.ID("seller:" + id[len(id)-1:])
}
