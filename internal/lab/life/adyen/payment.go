package adyen

import (
	"slices"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life"
	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/posting"
)

// A part is what a movement is on one account of the ledger: above 0 if it gets it.
type part struct {
	account string
	minor   int64
}

// A share is an account's share of a payment, in tenths.
type share struct {
	account string
	tenths  int64
}

const liable = "liable"

// shapes are how payments are split.
var shapes = [][]share{
	{{"BA0001", 9}, {liable, 1}},
	{{"BA0001", 10}},
	{{"BA0001", 5}, {"BA0002", 4}, {liable, 1}},
	{{"BA0001", 4}, {"BA0002", 3}, {"BA0003", 2}, {liable, 1}},
	{{liable, 10}},
	{{"BA0002", 9}, {liable, 1}},
}

// sellers are the accounts of sellers, the stranger one that the ledger does not know at first.
var sellers = []string{"BA0001", "BA0002", "BA0003"}

const stranger = "BA0004"

// liableID is what Adyen calls the liable account where the ledger says so.
const liableID = "BA9999"

// parts splits an amount, which is of tens.
func parts(shape []share, minor int64) []part {
	list := make([]part, len(shape))
	for i, s := range shape {
		list[i] = part{s.account, minor / 10 * s.tenths}
	}
	return list
}

func negative(list []part) []part {
	out := slices.Clone(list)
	for i := range out {
		out[i].minor = -out[i].minor
	}
	return out
}

// A payment is one at Adyen.
type payment struct {
	life       *life.Payment
	shop       string
	id         string // in the books
	currency   string
	ours       bool // the platform knows of it
	withPSP    bool // and of its reference at Adyen
	shape      []share
	authorised int64
	captured   int64
	refunded   int64
	authorise  bool // the platform posts an authorisation
	begun      bool // the platform has posted its first event
	twin       bool // another payment has its merchant reference
	late       int  // how many turns later the platform posts its events
	captures   []*capture
	refunds    []*refund
	disputes   []*dispute
}

// A capture is one at Adyen, or an attempt at one.
type capture struct {
	payment   *payment
	thing     *life.Thing
	reference string
	name      string // ours; empty where we give none
	event     string // the id of our event
	told      string // what lines say for our name
	minor     int64
	at        time.Time
	parts     []part
	due       []int64 // what is to be settled, in this many parts
	failed    bool
	reversed  bool
	merged    bool
}

type refund struct {
	payment   *payment
	thing     *life.Thing
	reference string
	told      string
	minor     int64
	at        time.Time
	parts     []part
	back      bool // it came back, after it was done
}

// A dispute has rounds: taken, won, taken again, won again.
type dispute struct {
	payment   *payment
	reference string
	own       bool // each round has a reference of its own
	taken     int64
	parts     []part
	last      *life.Thing
	fee       int64
	round     int
	at        time.Time
}

// A booking is a movement of a payment's money at Adyen, which reports tell.
type booking struct {
	typ       string
	payment   *payment
	thing     *life.Thing
	reference string
	told      string
	at        time.Time
	minor     int64
	parts     []part
	fees      []fee
}

// A fee is a cost, below 0, or one that is given back.
type fee struct {
	account string
	column  string
	minor   int64
}

// A desk books movements: a shop's, or a market's.
type desk interface {
	book(w *life.World, b *booking)
}

// A trade is the life of payments, whichever desk books them.
type trade struct {
	desk     desk
	hooks    bool // standard webhooks are sent
	shops    []string
	rows     bool // lines name accounts
	aliases  bool // the ledger's accounts have other names than Adyen's
	payments []*payment
	queue    []*capture
}

// modification returns a new reference of Adyen's.
func modification(w *life.World) string { return w.Name("MOD") }

// naming draws what lines say for our name.
func naming(w *life.World, ours string) string {
	switch w.Draw("named", 0, 2) {
	case 0:
		return ours
	case 1:
		return "<auto>"
	}
	return ""
}

// pay authorises a payment, and perhaps captures it.
func (tr *trade) pay(w *life.World) {
	reference := w.Name("order-")
	p := &payment{
		id: reference, currency: currency, shop: life.Pick(w, "shop", tr.shops),
		shape: life.Pick(w, "shape", shapes), authorised: int64(w.Draw("thousands", 1, 3)) * 1000,
		ours: !w.Once(8, "a payment that we do not know"), withPSP: !w.Once(4, "without its pspReference"),
		authorise: !w.Once(3, "without authorisation"),
	}
	if w.Once(6, "late") {
		p.late = w.Draw("turns", 1, 4)
	}
	if tr.rows && w.Once(5, "in dollars") {
		p.currency = "USD"
	}
	tr.begin(w, p, reference)
}

// again charges a buyer twice: another payment under the merchant reference of one. We may know of it by its own name.
func (tr *trade) again(w *life.World, first *payment) {
	p := &payment{
		id: first.id + "-again", currency: first.currency, shop: first.shop, shape: first.shape,
		authorised: first.authorised,
		ours:       w.Once(2, "we know of it"), withPSP: true, authorise: true, twin: true,
	}
	first.twin = true
	tr.begin(w, p, first.life.Reference)
}

func (tr *trade) begin(w *life.World, p *payment, reference string) {
	p.life = w.Pay(&life.Payment{Reference: reference, ProviderReference: w.Name("PSP")})
	tr.payments = append(tr.payments, p)
	w.Tell("%s (%s): %d %s authorised, %v", reference, p.life.ProviderReference, p.authorised, p.currency,
		parts(p.shape, p.authorised))
	if tr.hooks && w.Once(4, "AUTHORISATION") {
		standard(w, item{event: "AUTHORISATION", payment: p, reference: p.life.ProviderReference, minor: p.authorised,
			at: w.Now}, 3)
	}
	tr.post(w, p, func() {
		if p.authorise {
			e := tr.first(p, posting.Event{ID: p.id + ".auth", Type: posting.PaymentAuthorise, At: w.Now,
				Payment: p.id, Amount: p.money(p.authorised)})
			p.life.Known = w.Own(nil, e) || p.life.Known
		}
	})
	if !w.Once(4, "captured later") {
		tr.capture(w, p)
	}
}

func (p *payment) money(minor int64) money.Amount {
	return money.New(minor, money.Currency(p.currency))
}

// post does what the platform does about a payment: now, later, or never.
func (tr *trade) post(w *life.World, p *payment, do func()) {
	switch {
	case !p.ours:
	case p.late > 0:
		w.Later(p.late, do)
	default:
		do()
	}
}

// first adds to the first event of a payment what a payment begins with.
func (tr *trade) first(p *payment, e posting.Event) posting.Event {
	p.begun = true
	e.Provider, e.Reference = "adyen", p.life.Reference
	if p.withPSP {
		e.ProviderReference = p.life.ProviderReference
	}
	return e
}

// splits are the parts as our events have them.
func (tr *trade) splits(p *payment, list []part) []posting.Split {
	var out []posting.Split
	for _, s := range list {
		split := posting.Split{Type: posting.BalanceAccount, Account: tr.account(s.account), Amount: p.money(s.minor),
			Reference: p.split(s.account)}
		if s.account == liable {
			split.Type, split.Account = posting.Commission, ""
		}
		out = append(out, split)
	}
	return out
}

// split is the reference of an account's part.
func (p *payment) split(account string) string { return p.life.Reference + "-" + account }

// touches are the accounts that anything of a payment may be booked on.
func (p *payment) touches() []string { return append(slices.Clone(sellers), liable) }

// thing makes a thing of a payment.
func (p *payment) thing(w *life.World, name, kind string, whole int64) *life.Thing {
	return w.Do(&life.Thing{
		Name: name, Whole: whole, Current: p.currency, Payment: p.life, Touches: p.touches(),
		Class: p.life.ProviderReference + " " + kind,
	})
}

// capture captures some or all of a payment, or fails to.
func (tr *trade) capture(w *life.World, p *payment) {
	c := &capture{payment: p, reference: modification(w), minor: p.authorised - p.captured, at: w.Now}
	if c.minor > 1000 && w.Once(2, "in part") {
		c.minor = 1000
	}
	ours := w.Name("cap-")
	c.event, c.told = ours+".event", naming(w, ours)
	if !w.Once(4, "without our name") {
		c.name = ours
	} else if c.told == ours {
		c.told = "<auto>"
	}
	c.failed = w.Once(8, "the capture fails")
	c.parts = parts(p.shape, c.minor)
	c.thing = p.thing(w, "capture "+c.reference, "capture", c.minor)
	if c.told == ours {
		c.thing.Named()
	}
	splits := tr.splits(p, c.parts)
	own := !w.Once(6, "the report alone tells it")
	w.Tell("  %s of %s: capture of %d %v, %s %q, told as %q", c.reference, p.life.Reference, c.minor, c.parts,
		map[bool]string{true: "posted as", false: "not posted,"}[own], c.name, c.told)
	p.captures = append(p.captures, c)
	at := w.Now
	if own {
		tr.post(w, p, func() { tr.postCapture(w, c, at, splits) })
	}
	if c.failed {
		if tr.hooks {
			tr.captureFails(w, c, own)
		}
		return
	}
	p.captured += c.minor
	tr.queue = append(tr.queue, c)
	if tr.rows && w.Once(6, "the split at Adyen is another") {
		c.parts = []part{{life.Pick(w, "all on", append([]string{liable}, sellers...)), c.minor}}
		c.thing.Together = true
		w.Tell("  at Adyen it is booked as %v", c.parts)
	}
	if tr.hooks {
		standard(w, item{event: "CAPTURE", payment: p, reference: c.reference, minor: c.minor, at: w.Now}, 5, c.thing)
	}
	// Parts that name nothing cannot be told from captures of their amount.
	if named := c.thing.IsNamed() && c.name != ""; c.minor >= 1000 && !tr.rows && (named || !own) && w.Once(5,
		"instalments") {
		c.due = []int64{c.minor / 5 * 2, c.minor / 5 * 2, c.minor / 5}
		w.Tell("  it is to be settled in %v", c.due)
	}
}

// postCapture posts our event of a capture, unless it is late and nobody could tell which capture it is by now: one
// of which only a part was told, or one of several that was told without our name, and so may have been taken for
// another of ours.
func (tr *trade) postCapture(w *life.World, c *capture, at time.Time, splits []posting.Split) {
	p := c.payment
	pieces, heard := c.thing.Told()
	if p.late > 0 && (heard || pieces > 0 && !c.thing.Complete() || pieces > 0 && !c.thing.IsNamed() &&
		len(p.captures) > 1) {
		return
	}
	e := posting.Event{ID: c.event, Type: posting.PaymentCapture, At: at, Payment: p.id, Capture: c.name,
		Amount: p.money(c.minor), Splits: splits}
	if !p.begun {
		e = tr.first(p, e)
	}
	if w.Own(c.thing, e) {
		p.life.Known = true
	}
}

// captureFails tells that a capture failed, and lets the platform give it up.
func (tr *trade) captureFails(w *life.World, c *capture, own bool) {
	p := c.payment
	it := item{event: "CAPTURE", payment: p, reference: c.reference, minor: c.minor, at: w.Now, failed: true,
		reason: "Insufficient balance on payment"}
	if w.Once(2, "only after it was said to be done") {
		w.Tell("  it fails in the end")
		it.failed = false
		standard(w, it, 0, c.thing)
		it.event, it.at = "CAPTURE_FAILED", it.at.Add(time.Hour)
	} else {
		w.Tell("  it fails")
	}
	standard(w, it, 5)
	if own && c.name != "" && p.late == 0 && w.Once(2, "we give it up") {
		w.Later(w.Draw("turns", 1, 3), func() {
			// Of several captures the books may have taken another for this one.
			if len(p.captures) == 1 && w.Own(nil, posting.Event{ID: "cancel-" + c.name, Type: posting.PaymentCancel,
				At: w.Now, Payment: p.id, Capture: c.name}) {
				c.thing.Void()
			}
		})
	}
}

// settle books a capture, or the next part of it.
func (tr *trade) settle(w *life.World, c *capture) {
	minor := c.minor
	if len(c.due) > 0 {
		minor, c.due = c.due[0], c.due[1:]
	}
	list := c.parts
	if minor != c.minor {
		list = []part{{liable, minor}}
	}
	tr.desk.book(w, &booking{typ: "capture", payment: c.payment, thing: c.thing, reference: c.reference, told: c.told,
		at: w.Now, minor: minor,
		parts: list, fees: tr.fees(w, minor)})
	if len(c.due) == 0 {
		tr.queue = slices.DeleteFunc(tr.queue, func(q *capture) bool { return q == c })
	}
}

// fees draws what a capture costs.
func (tr *trade) fees(w *life.World, minor int64) []fee {
	switch w.Draw("fees", 0, 3) {
	case 1:
		return []fee{{liable, "Commission", -25}}
	case 2:
		return []fee{{liable, "Interchange", -8}, {liable, "SchemeFee", -3}, {liable, "Markup", -4}}
	case 3:
		if w.Once(4, "more than the payment") {
			return []fee{{liable, "Commission", -minor - 50}}
		}
		return []fee{{life.Pick(w, "borne by", sellers), "Commission", -11}}
	}
	return nil
}
