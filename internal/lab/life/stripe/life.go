package stripe

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/splitledger/splitledger/accounts"
	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
	"github.com/splitledger/splitledger/providers"
	adapter "github.com/splitledger/splitledger/providers/stripe"
)

// A Life is the random life of a platform with Stripe.
type Life struct {
	books.Books
	Mapped bool // Stripe's ids of the connected accounts are others than the ledger's names

	unnamed bool // the platform calls the shares of charges by names of its own

	sellers []string
	ledger  map[string]string
	charges []*Charge
	rows    []Row
	sent    int   // rows that were published, or are
	held    []Row // back for the next report
	hooks   []hook
}

// New returns a life in which nothing has happened.
func New(mapped bool) *Life { return &Life{Mapped: mapped} }

// Adapter returns Stripe's.
func (*Life) Adapter() providers.Adapter { return adapter.New() }

// Options are none: reports are the platform's, or say whose they are.
func (*Life) Options() providers.ReportOptions { return providers.ReportOptions{} }

// File is not used: the files are Stripe's own.
func (*Life) File(string, []*life.Row) []byte { return nil }

// Begin opens the connected accounts.
func (l *Life) Begin(w *life.World) {
	l.ledger, l.unnamed = map[string]string{}, w.Once(3, "names of the platform's own")
	for i, name := range []string{"seller:1", "seller:2"} {
		id := name
		e := posting.Event{ID: "open-" + name, Type: posting.AccountOpen, Account: accounts.ID(name),
			Kind: accounts.KindSub}
		if l.Mapped {
			id = fmt.Sprintf("acct_%d", i+1)
			e.ProviderIDs = map[string][]string{adapter.Name: {id}}
		}
		l.sellers, l.ledger[id] = append(l.sellers, id), name
		w.Setup(e)
	}
}

// Act lets one thing happen.
func (l *Life) Act(w *life.World) {
	w.Act([]life.Act{
		{6, l.destination}, {5, l.separate}, {2, l.direct}, {5, l.refund}, {3, l.dispute},
		{3, l.payout}, {3, l.ofAccount}, {5, l.publish},
	})
	l.notify(w)
}

// End publishes what no report has.
func (l *Life) End(w *life.World) {
	w.Pass(time.Hour)
	l.notify(w)
	l.publishAll(w, true)
}

// Wrong compares the ledger with what was told so far.
func (l *Life) Wrong(have func(account, currency string) int64) string {
	if len(l.held) > 0 { // shares count as transfers by themselves until their charges come
		return ""
	}
	m := books.Map{platform: {"platform", "liable"}}
	for id, name := range l.ledger {
		m[id] = []string{name}
	}
	return l.Books.Wrong(m, platform, bank, have)
}

// MayWait reports whether something may wait for ever: nothing does, as reports tell all.
func (*Life) MayWait(string, string) bool { return false }

func usd(minor int64) money.Amount { return money.New(minor, currency) }

// charge makes a payment, which the platform knows, and captures it. Its own event may say so.
func (l *Life) charge(w *life.World, seller string, fee int64) *Charge {
	n := w.Name("")
	c := &Charge{id: "ch_" + n, intent: "pi_" + n, order: "order-" + n, seller: seller, fee: fee,
		currency: life.Pick(w, "currency", []money.Currency{currency, currency, "EUR"}),
		amount:   life.Pick(w, "amount", []int64{10000, 4000, 10000, 2500})}
	c.stripeFee = c.amount*29/1000 + 30
	l.charges = append(l.charges, c)
	e := posting.Event{ID: "auth-" + n, Type: posting.PaymentAuthorise, At: w.Now, Payment: c.order,
		Provider:          adapter.Name,
		ProviderReference: c.intent, Amount: money.New(c.amount, c.currency)}
	changes := []books.Change{c.change(platform, c.amount)}
	if seller != "" {
		share, commission := "tr_"+n, "fee_"+n
		if l.unnamed {
			share, commission = "share", "commission"
		}
		e.Splits = []posting.Split{
			{Type: posting.BalanceAccount, Account: accounts.ID(l.ledger[seller]), Amount: money.New(c.amount-fee,
				""), Reference: share},
			{Type: posting.Commission, Account: accounts.Platform, Amount: money.New(fee, ""), Reference: commission}}
		changes = []books.Change{c.change(platform, fee), c.change(seller, c.amount-fee)}
	}
	w.Own(nil, e)
	c.taken = l.do(w, "capture "+c.id, nil, changes...)
	if w.Once(2, "the platform books the capture") &&
		w.Own(nil, posting.Event{ID: "capture-" + n, Type: posting.PaymentCapture, At: w.Now, Payment: c.order,
			Capture: c.id}) {
		c.taken.Own, c.Known = true, true
	}
	w.Tell("charge %s of %d, seller %s, fee %d", c.id, c.amount, seller, fee)
	cost := l.do(w, "fee of "+c.id, nil, c.change(platform, -c.stripeFee))
	cost.Implies, cost.Payment, cost.Makes = []*books.Move{c.taken}, &c.Payment, true
	l.rowIn(w, c.currency, "txn_"+n, "charge", c.id, c.amount, c.stripeFee, c, "", c.taken, cost)
	l.tell(w, "charge.succeeded", "",
		fmt.Sprintf(`{"id":%q,"object":"charge","amount":%d,"amount_captured":%d,"captured":true,`+
			`"currency":%q,"created":%d,"payment_intent":%q,"metadata":{"order_id":%q},"status":"succeeded"}`,
			c.id, c.amount, c.amount, c.lower(), w.Now.Unix(), c.intent, c.order), c, c.taken)
	return c
}

// destination charges for one seller. All is transferred, and the fee comes back: the books have both as splits.
func (l *Life) destination(w *life.World) {
	seller := life.Pick(w, "seller", l.sellers)
	c := l.charge(w, seller, life.Pick(w, "application fee", []int64{1000, 400}))
	n := c.id[len("ch_"):]
	l.rowIn(w, c.currency, "txn_tr"+n, "transfer", "tr_"+n, -c.amount, 0, nil, seller)
	l.rowIn(w, c.currency, "txn_fee"+n, "platform_earning", "fee_"+n, c.fee, 0, nil, seller)
	l.transferred(w, "tr_"+n, "txn_tr"+n, seller, c, c.amount)
	l.tell(w, "application_fee.created", "",
		fmt.Sprintf(`{"id":"fee_%s","object":"application_fee","amount":%d,"currency":%q,`+
			`"created":%d,"account":%q,"charge":"py_%s","originating_transaction":%q,"balance_transaction":"txn_fee%s"}`,
			n, c.fee, c.lower(), w.Now.Unix(), seller, n, c.id, n), nil)
}

// transferred tells a transfer of a charge.
func (l *Life) transferred(w *life.World, id, transaction, seller string, c *Charge, amount int64,
	tells ...*books.Move) {
	l.tell(w, "transfer.created", "",
		fmt.Sprintf(`{"id":%q,"object":"transfer","amount":%d,"currency":%q,"created":%d,`+
			`"destination":%q,"source_transaction":%q,"balance_transaction":%q,"reversals":{"data":[]}}`,
			id, amount, c.lower(), w.Now.Unix(), seller, c.id, transaction), nil, tells...)
}

// separate charges, and transfers parts of it, which the platform books or not.
func (l *Life) separate(w *life.World) {
	c := l.charge(w, "", 0)
	for range w.Draw("transfers", 0, 2) {
		amount := life.Pick(w, "part", []int64{1000, 500, 1000})
		seller, n := life.Pick(w, "to", l.sellers), w.Name("t")
		m := l.do(w, "transfer tr_"+n, &c.Payment, c.change(platform, -amount), c.change(seller, amount))
		e := posting.Event{ID: "transfer-" + n, Type: posting.Transfer, At: w.Now, Transfer: "tr_" + n,
			From: accounts.Platform,
			To:   accounts.ID(l.ledger[seller]), Amount: money.New(amount, c.currency), Payment: c.order, Capture: c.id}
		m.Own = c.Known && w.Once(2, "the platform books the transfer") && w.Own(nil, e)
		w.Tell("transfer tr_%s of %d of %s to %s", n, amount, c.id, seller)
		l.rowIn(w, c.currency, "txn_"+n, "transfer", "tr_"+n, -amount, 0, nil, seller, m)
		l.transferred(w, "tr_"+n, "txn_"+n, seller, c, amount, m)
		if m.Own && w.Once(3, "the platform gives it back") {
			l.reverse(w, c, "tr_"+n, seller, amount/2)
		}
	}
}

// reverse gives a part of a transfer back, as the platform asks for it, and under Stripe's name or one of its own.
func (l *Life) reverse(w *life.World, c *Charge, transfer, seller string, amount int64) {
	w.Pass(time.Hour)
	n := w.Name("v")
	e := posting.Event{ID: "reverse-" + n, Type: posting.TransferReverse, At: w.Now, Transfer: transfer,
		Amount: money.New(amount, c.currency)}
	if !l.unnamed {
		e.Reversal = "trr_" + n
	}
	if !w.Own(nil, e) {
		return // the seller has not so much available
	}
	m := l.do(w, "reversal trr_"+n, nil, c.change(platform, amount), c.change(seller, -amount))
	m.Own = true
	w.Tell("reversal trr_%s of %d of %s", n, amount, transfer)
	l.rowIn(w, c.currency, "txn_"+n, "transfer_reversal", "trr_"+n, amount, 0, nil, seller, m)
}

// direct charges on a connected account, as the platform has booked it. The platform's report has its fee alone, and
// the account's own balance transactions the charge.
func (l *Life) direct(w *life.World) {
	seller, n := life.Pick(w, "on whose account", l.sellers), w.Name("x")
	const amount, fee, cost = 8000, 700, 262
	e := posting.Event{ID: "capture-" + n, Type: posting.PaymentCapture, At: w.Now, Payment: "order-" + n,
		Capture: "ch_" + n, Provider: adapter.Name,
		ProviderReference: "pi_" + n, Account: accounts.ID(l.ledger[seller]), Amount: usd(amount),
		Splits: []posting.Split{{Type: posting.Commission, Account: accounts.Platform, Amount: money.New(fee, ""),
			Reference: "fee_" + n}}}
	if !w.Own(nil, e) {
		panic("life: a direct charge was refused")
	}
	l.do(w, "direct ch_"+n, nil, change(seller, amount-fee), change(platform, fee)).Own = true
	paid := l.do(w, "fee of ch_"+n, nil, change(seller, -cost))
	w.Tell("direct charge ch_%s on %s", n, seller)
	l.row(w, "txn_fee"+n, "platform_earning", "fee_"+n, fee, 0, nil, seller)
	text := fmt.Sprintf(`[{"id":"txn_%s","object":"balance_transaction","amount":%d,"fee":%d,"net":%d,"currency":"usd",`+
		`"created":%d,"available_on":%d,"reporting_category":"charge",`+
		`"fee_details":[{"type":"application_fee","amount":%d,"currency":"usd"},{"type":"stripe_fee","amount":%d,"currency":"usd"}],"source":{"id":"ch_%s","object":"charge","livemode":true,`+
		`"payment_intent":"pi_%s","amount":%d,"currency":"usd","metadata":{"order_id":"order-%s"}}}]`,
		n, amount, fee+cost, amount-fee-cost, w.Now.Unix(), w.Now.Add(48*time.Hour).Unix(), fee, cost, n, n, amount, n)
	w.Send(&life.File{Name: w.Name("list_") + ".json", Account: seller, Text: []byte(text),
		Heard: func() { books.Tell(paid) }}, []string{text})
}

// ofAccount is what happens to the platform's account alone: a top-up, a correction, money that is held back and given
// back, and what it pays for good of an account that is below zero.
func (l *Life) ofAccount(w *life.World) {
	n := w.Name("a")
	switch w.Draw("what", 0, 3) {
	case 0:
		m := l.do(w, "topup tu_"+n, nil, change(platform, 900), change(bank, -900))
		l.row(w, "txn_"+n, "topup", "tu_"+n, 900, 0, nil, "", m)
	case 1:
		m := l.do(w, "correction "+n, nil, change(platform, -150))
		l.row(w, "txn_"+n, "other_adjustment", "", -150, 0, nil, "", m)
	case 2:
		seller := life.Pick(w, "held of", l.sellers)
		l.row(w, "txn_"+n, "connect_reserved_funds", "rt_"+n, -300, 0, nil, seller)
		w.Pass(time.Hour)
		l.row(w, "txn_back"+n, "connect_reserved_funds", "rt_back"+n, 300, 0, nil, seller)
	case 3:
		seller := life.Pick(w, "paid for", l.sellers)
		m := l.do(w, "collection "+n, nil, change(platform, -130), change(seller, 130))
		l.row(w, "txn_"+n, "connect_collection_transfer", "cct_"+n, -130, 0, nil, seller, m)
	}
	w.Tell("of the platform's account: %s", l.rows[len(l.rows)-1].text)
}

// refund gives money back: as the platform has asked, or somebody in the dashboard. The transfer is reversed, and the
// fee goes back in proportion, or the platform gives all.
func (l *Life) refund(w *life.World) {
	c := l.any(w)
	if c == nil || c.refunded+c.amount/2 > c.amount {
		l.destination(w)
		return
	}
	amount, n := c.amount/2, w.Name("r")
	c.refunded += amount
	flags := c.seller != "" && w.Once(2, "with both flags")
	fee := c.fee / 2
	e := posting.Event{ID: "refund-" + n, Type: posting.PaymentRefund, At: w.Now, Payment: c.order,
		Refund: "re_" + n, Amount: money.New(amount, c.currency)}
	changes := []books.Change{c.change(platform, -amount)}
	share, commission := "tr_"+c.id[3:], "fee_"+c.id[3:]
	if l.unnamed {
		share, commission = "share", "commission"
	}
	if flags {
		e.Splits = []posting.Split{{Type: posting.BalanceAccount, Account: accounts.ID(l.ledger[c.seller]),
			Amount: money.New(amount-fee, ""), Reference: share},
			{Type: posting.Commission, Account: accounts.Platform, Amount: money.New(fee, ""),
				Reference: commission}}
	}
	own := c.Known && w.Once(2, "the platform books the refund") && w.Own(nil, e)
	if own && flags {
		changes = []books.Change{c.change(platform, -fee), c.change(c.seller, fee-amount)}
	}
	m := l.do(w, "refund re_"+n, nil, changes...)
	m.Own = own
	// The books do not know that re_… is Stripe's name: one of the amount that they asked for may be that of another.
	m.Class = fmt.Sprintf("refund %s %d %t", c.order, amount, flags)
	w.Tell("refund re_%s of %d of %s, with flags %t, own %t", n, amount, c.id, flags, own)
	l.rowIn(w, c.currency, "txn_"+n, "refund", "re_"+n, -amount, 0, c, "", m)
	l.tell(w, "refund.created", "",
		fmt.Sprintf(`{"id":"re_%s","object":"refund","amount":%d,"currency":%q,"created":%d,`+
			`"charge":%q,"payment_intent":%q,"status":"succeeded","balance_transaction":"txn_%s"}`,
			n, amount, c.lower(), w.Now.Unix(), c.id, c.intent, n), nil, m)
	defer l.refundFails(w, c, n, amount, m)
	if !flags {
		return
	}
	var back, earned []*books.Move // of what the books have as a refund without splits
	if !own {
		back = append(back, l.do(w, "reversal trr_"+n, nil, c.change(platform, amount), c.change(c.seller, -amount)))
		earned = append(earned, l.do(w, "fee back fr_"+n, nil, c.change(platform, -fee), c.change(c.seller, fee)))
	}
	l.rowIn(w, c.currency, "txn_trr"+n, "transfer_reversal", "trr_"+n, amount, 0, nil, c.seller, back...)
	l.rowIn(w, c.currency, "txn_fr"+n, "platform_earning_refund", "fr_"+n, -fee, 0, nil, c.seller, earned...)
}

// refundFails lets a refund that the platform has asked for fail: all of it is the platform's again, and what the
// seller gave stays given.
func (l *Life) refundFails(w *life.World, c *Charge, n string, amount int64, m *books.Move) {
	if !m.Own || !w.Once(4, "it fails") {
		return
	}
	w.Pass(5 * time.Hour)
	back := l.do(w, "failed re_"+n, nil, c.change(platform, amount))
	back.Implies = []*books.Move{m}
	w.Tell("refund re_%s fails", n)
	l.rowIn(w, c.currency, "txn_failed"+n, "refund_failure", "re_"+n, amount, 0, c, "", back)
	l.tell(w, "refund.failed", "", fmt.Sprintf(`{"id":"re_%s","object":"refund","amount":%d,"currency":%q,"created":%d,`+
		`"charge":%q,"payment_intent":%q,"status":"failed","failure_reason":"lost_or_stolen_card",`+
		`"balance_transaction":"txn_%[1]s","failure_balance_transaction":"txn_failed%[1]s"}`, n, amount, c.lower(), w.Now.Unix(), c.id, c.intent), nil, back)
}

// dispute takes a charge from the platform, with a fee; it may be won.
func (l *Life) dispute(w *life.World) {
	c := l.any(w)
	if c == nil || c.disputed {
		l.separate(w)
		return
	}
	n := w.Name("d")
	if w.Once(4, "an inquiry") { // which moves nothing
		l.tell(w, "charge.dispute.created", "", fmt.Sprintf(`{"id":"du_%s","object":"dispute","amount":%d,"currency":%q,`+
			`"charge":%q,"payment_intent":%q,"status":"warning_needs_response","balance_transactions":[]}`, n, c.amount,
			c.lower(), c.id, c.intent), nil)
		return
	}
	c.disputed = true
	const cost = 1500
	m := l.do(w, "dispute du_"+n, nil, c.change(platform, -c.amount-cost))
	w.Tell("dispute du_%s of %s", n, c.id)
	l.rowIn(w, c.currency, "txn_"+n, "dispute", "du_"+n, -c.amount, cost, c, "", m)
	taken := fmt.Sprintf(`{"id":"txn_%s","object":"balance_transaction","amount":%d,"fee":%d,"net":%d,"currency":"`+c.lower()+`","created":%d,`+
		`"available_on":%d,"reporting_category":"dispute","fee_details":[{"amount":%d,"currency":"`+c.lower()+`","type":"stripe_fee"}],"source":"du_%s"}`,
		n, -c.amount, cost, -c.amount-cost, w.Now.Unix(), w.Now.Unix(), cost, n)
	object := `{"id":"du_%s","object":"dispute","amount":%d,"currency":"` + c.lower() + `","charge":%q,"payment_intent":%q,"reason":"fraudulent",` +
		`"status":"lost","balance_transactions":[%s]}`
	l.tell(w, "charge.dispute.funds_withdrawn", "", fmt.Sprintf(object, n, c.amount, c.id, c.intent, taken), nil, m)
	if !w.Once(2, "it is won") {
		return
	}
	w.Pass(2 * time.Hour)
	won := l.do(w, "won du_"+n, nil, c.change(platform, c.amount))
	won.Implies = []*books.Move{m}
	l.rowIn(w, c.currency, "txn_won"+n, "dispute_reversal", "du_"+n, c.amount, 0, c, "", won)
	back := fmt.Sprintf(`{"id":"txn_won%s","object":"balance_transaction","amount":%d,"fee":0,"net":%d,"currency":"`+c.lower()+`","created":%d,`+
		`"available_on":%d,"reporting_category":"dispute_reversal","fee_details":[],"source":"du_%s"}`,
		n, c.amount, c.amount, w.Now.Unix(), w.Now.Unix(), n)
	l.tell(w, "charge.dispute.funds_reinstated", "", fmt.Sprintf(object, n, c.amount, c.id, c.intent,
		taken+","+back), nil, m, won)
}

// payout pays the platform or a seller out, by Stripe's schedule; it may fail some days after it was paid.
func (l *Life) payout(w *life.World) {
	account, n := life.Pick(w, "whose payout", append([]string{platform}, l.sellers...)), w.Name("p")
	const amount = 700
	changes := []books.Change{change(account, -amount)}
	if account == platform {
		changes = append(changes, change(bank, amount))
	}
	m := l.do(w, "payout po_"+n, nil, changes...)
	w.Tell("payout po_%s of %s", n, account)
	l.payoutRow(w, "txn_"+n, "payout", "po_"+n, account, -amount, m)
	object := `{"id":"po_%s","object":"payout","amount":%d,"currency":"usd","created":%d,"arrival_date":%d,"automatic":true,` +
		`"balance_transaction":"txn_%s","failure_balance_transaction":%s,"status":%q}`
	l.tell(w, "payout.paid", account, fmt.Sprintf(object, n, amount, w.Now.Unix(), w.Now.Unix(), n, "null", "paid"),
		nil, m)
	if account == platform || !w.Once(3, "it fails") {
		return
	}
	w.Pass(3 * time.Hour)
	back := l.do(w, "failed po_"+n, nil, change(account, amount))
	back.Implies = []*books.Move{m}
	l.payoutRow(w, "txn_back"+n, "payout_reversal", "po_"+n, account, amount, back)
	l.tell(w, "payout.failed", account, fmt.Sprintf(object, n, amount, w.Now.Unix(), w.Now.Unix(), n,
		`"txn_back`+n+`"`, "failed"), nil, m, back)
}

// any draws a charge.
func (l *Life) any(w *life.World) *Charge {
	if len(l.charges) == 0 {
		return nil
	}
	return life.Pick(w, "which charge", l.charges)
}

// publish writes the reports of what no report has, sometimes of some of the lines before too.
func (l *Life) publish(w *life.World) { l.publishAll(w, false) }

// publishAll publishes all rows that were not, or without those that come in the next report: then rows of shares come
// before that of their charge.
func (l *Life) publishAll(w *life.World, last bool) {
	from := l.sent
	if from > 0 && w.Once(4, "overlap") {
		from--
	}
	rows := append(l.held, l.rows[from:]...)
	l.sent, l.held = len(l.rows), nil
	if !last && w.Once(5, "charges and refunds come in the next") {
		rows, l.held = without(rows, ",charge,", ",refund,")
	}
	for _, payouts := range []bool{false, true} {
		f := file(w, payouts, rows)
		if f.Rows == 0 {
			continue
		}
		books.Publish(w, f)
	}
}

// without parts rows into those without and with one of some words.
func without(rows []Row, words ...string) (others, with []Row) {
	for _, r := range rows {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(r.text, word) }) {
			with = append(with, r)
		} else {
			others = append(others, r)
		}
	}
	return others, with
}
