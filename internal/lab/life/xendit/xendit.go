// Package xendit simulates Xendit's xenPlatform: a platform and its sub-accounts, each with a balance, and what
// Xendit tells of them. It is written after Xendit's documents (docs.xendit.co: split payments, refunds,
// create-transfers, balance report, transactions report) and knows nothing of how the ledger books that.
package xendit

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
)

// Bank is Xendit with its books of one platform, in one currency.
type Bank struct {
	books.Books
	Platform string
	Currency money.Currency
	Unit     int64  // the smallest amount that Xendit counts, in minor units: 100 of rupiah, which are whole
	Token    string // of its webhooks

	SplitType string // how the balance report calls a split: PLATFORM_FEE or TRANSFER, which is not documented
	OneID     bool   // both rows of a transfer have one Transaction ID, which is not documented either

	Webhooks []books.Webhook

	lines        map[string][]line
	transactions map[string][]*transaction
	ids          int
}

// A Route is a part of a payment that goes to another account once it settles.
type Route struct {
	Reference, Destination string
	Percent                int64 // in hundredths, of the gross
	Flat                   int64 // in minor units
}

// A Payment is a payment that an account took.
type Payment struct {
	books.Payment
	Name                            string // in the platform's books
	Unnamed                         bool   // which were not told the payment's id
	Policy                          bool   // which say who pays for disputes
	ID, Request, Reference, Account string
	Amount                          int64
	Routes                          []Route
	Assumed                         bool // the platform's books know its routes, and will book them when it is settled
	Captures                        []*Capture
	Refunds                         []*Refund
	Disputes                        []*Dispute
}

// A Capture is what was taken of a payment at once.
type Capture struct {
	ID       string
	Payment  *Payment
	Amount   int64
	At       time.Time
	Move     *books.Move
	Settled  *books.Move // nil until it is
	Fee, VAT int64       // what was kept, less what was given back
	tx       *transaction
}

// A Refund is money that an account gave back. Failed is set where it came back.
type Refund struct {
	ID, Reference string
	Payment       *Payment
	Amount        int64
	At            time.Time
	Done, Failed  *books.Move
	tx            *transaction
}

// A Dispute is one that was lost, and won afterwards where Won is set.
type Dispute struct {
	ID        string
	Payment   *Payment
	Amount    int64
	Lost, Won *books.Move
	tx        *transaction
}

// A Payout is money that left an account for a bank, with a fee. Failed is set where it came back.
type Payout struct {
	ID, Reference, Account, Type string
	Amount, Fee                  int64
	Done, Failed                 *books.Move
	tx                           *transaction
}

// A Transfer is money that went from one account to another.
type Transfer struct {
	Reference, From, To string
	Amount              int64
	Done                *books.Move
}

func (b *Bank) id(prefix string, kind int) string {
	b.ids++
	return prefix + books.UUID(kind, b.ids)
}

func (b *Bank) change(account string, settled, pending int64) books.Change {
	return books.Change{Cell: books.Cell{Account: account, Currency: b.Currency}, Settled: settled, Pending: pending}
}

// of says of which payment a move is, what it may be mistaken for, and whether its name is told.
func of(m *books.Move, p *Payment, class string, named bool) *books.Move {
	m.Payment, m.Named = &p.Payment, named
	if class != "" {
		m.Class = class
	}
	return m
}

func (b *Bank) do(name string, at time.Time, implies []*books.Move, changes ...books.Change) *books.Move {
	return b.Do(&books.Move{Name: name, At: at, Changes: changes, Implies: implies})
}

// Pay takes a payment on an account: all of the amount, or less, the rest being authorised.
func (b *Bank) Pay(at time.Time, account, reference string, amount, captured int64, routes []Route,
	assumed bool) *Payment {
	p := &Payment{
		ID: b.id("py-", 1), Request: b.id("pr-",
			2), Reference: reference, Account: account, Amount: amount, Routes: routes, Assumed: assumed,
	}
	b.Capture(at, p, captured)
	return p
}

// Capture takes more of a payment.
func (b *Bank) Capture(at time.Time, p *Payment, amount int64) *Capture {
	c := &Capture{ID: b.id("cap-", 3), Payment: p, Amount: amount, At: at}
	c.Move = of(b.do("capture "+c.ID, at, nil, b.change(p.Account, 0, amount)), p, fmt.Sprintf("capture %s %d",
		p.Reference, amount), false)
	c.Move.Bare = true
	c.tx = b.transaction(p.Account, "PAYMENT", p.Reference, p.ID, at)
	c.tx.capture, c.tx.paid = c.ID, at
	c.tx.state(at, "SUCCESS", "Pending", amount, 0, 0, c.Move)
	p.Captures = append(p.Captures, c)
	b.tellCapture(c)
	return c
}

// Left returns what an account may take of a payment still.
func (p *Payment) Left() int64 {
	left := p.Amount
	for _, c := range p.Captures {
		left -= c.Amount
	}
	return left
}

// Refundable returns how much of a payment is settled and not given back.
func (p *Payment) Refundable() int64 {
	var left int64
	for _, c := range p.Captures {
		if c.Settled != nil {
			left += c.Amount
		}
	}
	for _, r := range p.Refunds {
		if r.Failed == nil {
			left -= r.Amount
		}
	}
	for _, d := range p.Disputes {
		if d.Won == nil {
			left -= d.Amount
		}
	}
	return left
}

// Settle credits a capture, takes the fee and its tax, and then executes the routes in their order. A route that does
// not fit into what is left fails, and so does one that refused names.
func (b *Bank) Settle(at time.Time, c *Capture, fee, vat int64, refused func(Route) bool) {
	p := c.Payment
	implied := []*books.Move{c.Move}
	c.Settled = &books.Move{Name: "settle " + c.ID, At: at, Changes: []books.Change{b.change(p.Account, c.Amount,
		-c.Amount)}, Makes: true}
	of(b.Do(c.Settled), p, "", false)
	b.line(p.Account, line{product: p.ID, tx: c.tx.id, kind: "PAYMENT", part: "TRANSACTION", channel: "BNI",
		reference: p.Reference, amount: c.Amount, at: at, paid: c.At, settled: at, move: c.Settled})
	told := []*books.Move{c.Settled}
	for _, f := range []struct {
		part   string
		amount int64
	}{{"FEE", fee}, {"VAT", vat}} {
		if f.amount == 0 {
			continue
		}
		m := b.do("fee "+f.part+" "+c.ID, at, nil, b.change(p.Account, -f.amount, 0))
		b.line(p.Account, line{product: p.ID, tx: c.tx.id, kind: "PAYMENT", part: f.part, channel: "BNI",
			reference: p.Reference, amount: -f.amount, at: at, paid: c.At, settled: at, move: m})
		told = append(told, m)
	}
	c.Fee, c.VAT = fee, vat
	c.tx.settled = at
	c.tx.state(at, "SUCCESS", "Settled", c.Amount, fee, vat, told...)
	left := c.Amount - fee - vat
	for i, r := range p.Routes {
		amount := books.HalfUp(c.Amount, r.Percent, 10000, b.Unit) + r.Flat
		later := at.Add(time.Duration(3+i) * time.Second)
		switch {
		case amount == 0:
		case amount > left: // everybody knows that it cannot be
			b.tellSplit(later, c, r, amount, "FAILED")
		case refused(r):
			// The platform believes in the split until it hears of the failure.
			believed := b.do("split "+r.Reference+" "+c.ID, later, nil, b.change(p.Account, -amount, 0),
				b.change(r.Destination, amount, 0))
			if p.Assumed {
				implied = append(implied, believed)
			}
			failed := b.do("split failed "+r.Reference+" "+c.ID, later, []*books.Move{believed}, b.change(p.Account,
				amount, 0), b.change(r.Destination, -amount, 0))
			b.silent(p.Account, later, failed)
			t := b.transaction(p.Account, "TRANSFER_OUT", r.Reference, "", later)
			t.state(later, "FAILED", "", amount, 0, 0, failed)
			b.tellSplit(later, c, r, amount, "FAILED", failed)
		default:
			left -= amount
			m := b.move("split "+r.Reference+" "+c.ID, b.SplitType, later, p.Account, r.Destination, amount,
				r.Reference)
			if p.Assumed {
				implied = append(implied, m)
			}
			b.tellSplit(later, c, r, amount, "COMPLETED")
		}
	}
	c.Settled.Implies = implied
}

// move books a transfer between two accounts, with its row on each.
func (b *Bank) move(name, kind string, at time.Time, from, to string, amount int64, reference string) *books.Move {
	m := b.do(name, at, nil, b.change(from, -amount, 0), b.change(to, amount, 0))
	out := b.transaction(from, "TRANSFER_OUT", reference, "", at)
	in := b.transaction(to, "TRANSFER_IN", reference, "", at)
	if b.OneID {
		in.id = out.id
	}
	out.state(at, "SUCCESS", "Settled", amount, 0, 0, m)
	in.state(at, "SUCCESS", "Settled", amount, 0, 0, m)
	b.line(from, line{tx: out.id, kind: kind, part: "TRANSACTION", channel: "XENPLATFORM", reference: reference,
		amount: -amount, at: at, move: m})
	b.line(to, line{tx: in.id, kind: kind, part: "TRANSACTION", channel: "XENPLATFORM", reference: reference,
		amount: amount, at: at, move: m})
	return m
}

// Transfer moves money between two accounts because the platform asked for it. The reference is unique.
func (b *Bank) Transfer(at time.Time, from, to string, amount int64, reference string) *Transfer {
	t := &Transfer{Reference: reference, From: from, To: to, Amount: amount}
	t.Done = b.move("transfer "+reference, "TRANSFER", at, from, to, amount, reference)
	return t
}

// Refund gives money back from the account that took the payment; split amounts stay where they are.
func (b *Bank) Refund(at time.Time, p *Payment, amount int64, reference string) *Refund {
	r := &Refund{ID: b.id("rfd-", 4), Reference: reference, Payment: p, Amount: amount, At: at}
	r.Done = of(b.do("refund "+r.ID, at, nil, b.change(p.Account, -amount, 0)), p, fmt.Sprintf("refund %s %d",
		p.Reference, amount), reference != "")
	r.tx = b.transaction(p.Account, "REFUND", reference, r.ID, at)
	r.tx.state(at, "SUCCESS", "Settled", amount, 0, 0, r.Done)
	b.line(p.Account, line{product: r.ID, tx: r.tx.id, kind: "REFUND", part: "TRANSACTION", channel: "BNI",
		reference: reference, amount: -amount, at: at, move: r.Done})
	p.Refunds = append(p.Refunds, r)
	b.tellRefund(at, r, "refund.succeeded", "SUCCEEDED", r.Done)
	return r
}

// RefuseRefund is a refund that never moved money: it failed at once.
func (b *Bank) RefuseRefund(at time.Time, p *Payment, amount int64, reference string) *Refund {
	r := &Refund{ID: b.id("rfd-", 4), Reference: reference, Payment: p, Amount: amount, At: at}
	r.Done = of(b.do("refund "+r.ID, at, nil, b.change(p.Account, -amount, 0)), p, fmt.Sprintf("refund %s %d",
		p.Reference, amount), reference != "")
	r.Failed = of(b.do("refund failed "+r.ID, at, []*books.Move{r.Done}, b.change(p.Account, amount, 0)), p, "", false)
	r.tx = b.transaction(p.Account, "REFUND", reference, r.ID, at)
	r.tx.state(at, "FAILED", "", amount, 0, 0, r.Failed)
	b.silent(p.Account, at, r.Failed)
	p.Refunds = append(p.Refunds, r)
	b.tellRefund(at, r, "refund.failed", "FAILED", r.Failed)
	return r
}

// FailRefund gives the account back what a refund took, as it did not reach the buyer.
func (b *Bank) FailRefund(at time.Time, r *Refund) {
	p := r.Payment
	r.Failed = of(b.do("refund failed "+r.ID, at, []*books.Move{r.Done}, b.change(p.Account, r.Amount, 0)), p, "",
		false)
	r.tx.state(at, "REVERSED", "", r.Amount, 0, 0, r.Failed)
	b.line(p.Account, line{product: r.ID, tx: r.tx.id, kind: "REFUND", part: "TRANSACTION_REVERSAL", channel: "BNI",
		reference: r.Reference, amount: r.Amount, at: at, move: r.Failed})
	b.tellRefund(at, r, "refund.failed", "FAILED", r.Failed)
}

// PayOut sends money of an account to a bank: a WITHDRAWAL, DISBURSEMENT or REMITTANCE_PAYOUT.
func (b *Bank) PayOut(at time.Time, account, kind string, amount, fee int64, reference string) *Payout {
	o := &Payout{ID: b.id("disb-", 5), Reference: reference, Account: account, Type: kind, Amount: amount, Fee: fee}
	o.Done = b.do("payout "+reference, at, nil, b.leave(account, amount, fee)...)
	o.tx = b.transaction(account, kind, reference, o.ID, at)
	o.tx.state(at, "SUCCESS", "Settled", amount, fee, 0, o.Done)
	b.line(account, line{product: o.ID, tx: o.tx.id, kind: kind, part: "TRANSACTION", channel: "BCA",
		reference: reference, amount: -amount, at: at, move: o.Done})
	if fee != 0 {
		b.line(account, line{product: o.ID, tx: o.tx.id, kind: kind, part: "FEE", channel: "BCA",
			reference: reference, amount: -fee, at: at, move: o.Done})
	}
	return o
}

// toBank is the cell of what the platform was paid out itself.
const toBank = "bank"

func (b *Bank) leave(account string, amount, fee int64) []books.Change {
	changes := []books.Change{b.change(account, -amount-fee, 0)}
	if account == b.Platform {
		changes = append(changes, b.change(toBank, amount, 0))
	}
	return changes
}

// FailPayout brings a payout back, with its fee.
func (b *Bank) FailPayout(at time.Time, o *Payout) {
	o.Failed = b.do("payout failed "+o.Reference, at, []*books.Move{o.Done}, b.leave(o.Account, -o.Amount, -o.Fee)...)
	o.tx.state(at, "REVERSED", "", o.Amount, o.Fee, 0, o.Failed)
	b.line(o.Account, line{product: o.ID, tx: o.tx.id, kind: o.Type, part: "TRANSACTION_REVERSAL", channel: "BCA",
		reference: o.Reference, amount: o.Amount, at: at, move: o.Failed})
	if o.Fee != 0 {
		b.line(o.Account, line{product: o.ID, tx: o.tx.id, kind: o.Type, part: "FEE_REVERSAL", channel: "BCA",
			reference: o.Reference, amount: o.Fee, at: at, move: o.Failed})
	}
}

// ReturnFee gives back the fee and the tax of a settled capture. The transactions report does not say how it tells
// that, so that only the balance report does.
func (b *Bank) ReturnFee(at time.Time, c *Capture) {
	p := c.Payment
	for _, f := range []struct {
		part   string
		amount *int64
	}{{"FEE_REVERSAL", &c.Fee}, {"VAT_REVERSAL", &c.VAT}} {
		if *f.amount == 0 {
			continue
		}
		m := b.do(f.part+" "+c.ID, at, nil, b.change(p.Account, *f.amount, 0))
		b.line(p.Account, line{product: p.ID, tx: c.tx.id, kind: "PAYMENT", part: f.part, channel: "BNI",
			reference: p.Reference, amount: *f.amount, at: at, paid: c.At, settled: at, move: m})
		*f.amount = 0
	}
}

// Adjust corrects the balance of an account. The balance report calls it OTHER.
func (b *Bank) Adjust(at time.Time, account string, amount int64) {
	kind, abs := "ADJUSTMENT_ADD", amount
	if amount < 0 {
		kind, abs = "ADJUSTMENT_DEDUCT", -amount
	}
	m := b.do("adjust "+account, at, nil, b.change(account, amount, 0))
	t := b.transaction(account, kind, "", "", at)
	t.state(at, "SUCCESS", "Settled", abs, 0, 0, m)
	b.line(account, line{tx: t.id, kind: "OTHER", part: "TRANSACTION", channel: "BANK", amount: amount, at: at,
		move: m, description: "Correction"})
}

// Lose takes the money of a dispute from the account that took the payment. The balance report has no type for it: it
// is OTHER there.
func (b *Bank) Lose(at time.Time, p *Payment, amount int64) *Dispute {
	d := &Dispute{ID: b.id("dsp-", 6), Payment: p, Amount: amount}
	d.Lost = of(b.do("dispute "+d.ID, at, nil, b.change(p.Account, -amount, 0)), p, fmt.Sprintf("dispute %s %d",
		p.Reference, amount), false)
	d.Lost.Bare = true
	d.tx = b.transaction(p.Account, "CHARGEBACK", p.Reference, p.ID, at)
	d.tx.state(at, "SUCCESS", "", amount, 0, 0, d.Lost)
	b.line(p.Account, line{product: d.ID, tx: d.tx.id, kind: "OTHER", part: "TRANSACTION", channel: "CARD",
		reference: d.ID, amount: -amount, at: at, move: d.Lost, description: "Chargeback"})
	p.Disputes = append(p.Disputes, d)
	b.tellDispute(at, d, "dispute.lost", "LOST", d.Lost)
	return d
}

// Win gives it back.
func (b *Bank) Win(at time.Time, d *Dispute) {
	p := d.Payment
	d.Won = of(b.do("dispute won "+d.ID, at, []*books.Move{d.Lost}, b.change(p.Account, d.Amount, 0)), p,
		fmt.Sprintf("dispute won %s %d", p.Reference, d.Amount), false)
	d.Won.Bare = true
	d.tx.state(at, "REVERSED", "", d.Amount, 0, 0, d.Won)
	b.line(p.Account, line{product: d.ID, tx: d.tx.id, kind: "OTHER", part: "TRANSACTION_REVERSAL", channel: "CARD",
		reference: d.ID, amount: d.Amount, at: at, move: d.Won, description: "Chargeback won"})
	b.tellDispute(at, d, "dispute.won", "WON", d.Won)
}

// Major writes an amount as Xendit does: in major units, whole ones of rupiah.
func (b *Bank) Major(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	if b.Unit == 100 {
		return fmt.Sprintf("%s%d", sign, minor/100)
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}
