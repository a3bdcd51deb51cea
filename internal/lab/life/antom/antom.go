// Package antom simulates Antom for a marketplace: sellers with an account each, the marketplace with one, splits by
// settle, settlement in batches, and what Antom tells of that. It is written after Antom's documents (docs.antom.com:
// marketplace, ams) and knows nothing of how the ledger books that. Not documented, and chosen here: a payment that
// is split has a row in the settlement details for each receiver, with the receiver's share; a refund has one for
// each account that gives of it; fees and disputes are the seller's; a batch below zero is not paid out and stays
// with its receiver.
package antom

import (
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
)

// Market is Antom with its books of one marketplace, in one currency of two decimals.
type Market struct {
	books.Books
	Currency money.Currency
	Key      *rsa.PrivateKey // Antom's
	Client   string
	Path     string // of the platform's endpoint
	OwnIDs   bool   // a reversal of a refund has its own id where the request names the refund; not documented

	Webhooks []books.Webhook
	Batches  []*Batch

	open []*row
	ids  int
}

// Marketplace is the marketplace's own account: the report calls it by the empty name. Bank is where its payouts go,
// and Outside where the sellers' go.
const (
	Marketplace = ""
	Bank        = "bank"
	Outside     = "outside"
)

// A Payment lies on the account of a seller.
type Payment struct {
	books.Payment
	Name                string // in the platform's books
	Policy              bool   // which say who pays for disputes
	ID, Request, Seller string
	Amount              int64
	Card                bool // authorised first: its captures are rows of their own
	Captures            []*Capture
	Splits              []*Split
	Refunds             []*Refund
	Disputes            []*Dispute
	split               int64 // what of it goes to the marketplace
}

// A Capture is all of a payment, or one capture of a card.
type Capture struct {
	ID, Request string
	Payment     *Payment
	Amount      int64
	At          time.Time
	Move        *books.Move
	Settled     bool
}

// A Split is what one settle request gave to the marketplace.
type Split struct {
	Request string
	Amount  int64
	Move    *books.Move
	settled int64
}

// A Refund is money given back: the marketplace gave so much of it, the seller the rest.
type Refund struct {
	ID, Request string
	Payment     *Payment
	Amount      int64
	Market      int64
	At          time.Time
	Moves       []*books.Move
	Failed      bool
}

// A Dispute is one that was lost. Won is set where it was won after all.
type Dispute struct {
	ID      string
	Payment *Payment
	Amount  int64
	Lost    *books.Move
	Won     *books.Move
}

// A row is one line of the settlement details.
type row struct {
	receiver, id, original, request, originalRequest, kind string
	amount                                                 int64 // of the transaction, below 0 for what was taken
	fees                                                   map[string]int64
	net                                                    int64
	moves                                                  []*books.Move
}

// A Batch is what was settled together, and what each receiver was paid.
type Batch struct {
	ID      string
	At      time.Time
	rows    []*row
	Payouts []*Payout
}

// A Payout is what a batch comes to for one receiver. Done is nil where nothing was paid.
type Payout struct {
	Batch        *Batch
	Receiver     string
	Net          int64
	Done, Failed *books.Move
}

func (m *Market) id(prefix string) string {
	m.ids++
	return fmt.Sprintf("%s%012d", prefix, m.ids)
}

func (m *Market) change(account string, settled, pending int64) books.Change {
	return books.Change{Cell: books.Cell{Account: account, Currency: m.Currency}, Settled: settled, Pending: pending}
}

// of says of which payment a move is, what it may be mistaken for, and whether its name is told.
func of(m *books.Move, p *Payment, class string, named bool) *books.Move {
	m.Payment, m.Class, m.Named = &p.Payment, class, named
	return m
}

func (m *Market) do(name string, at time.Time, implies []*books.Move, changes ...books.Change) *books.Move {
	return m.Do(&books.Move{Name: name, At: at, Changes: changes, Implies: implies})
}

// Pay takes a payment on a seller's account. That of a card is authorised, and its captures come by Capture.
func (m *Market) Pay(at time.Time, seller, request string, amount int64, card bool) *Payment {
	p := &Payment{ID: m.id("2026031019401080010018800000"), Request: request, Seller: seller, Amount: amount,
		Card: card}
	if !card {
		c := &Capture{ID: p.ID, Request: request, Payment: p, Amount: amount, At: at}
		c.Move = of(m.do("payment "+p.ID, at, nil, m.change(seller, 0, amount)), p, fmt.Sprintf("capture %s %d",
			request, amount), false)
		p.Captures = append(p.Captures, c)
		m.tellPayment(at, p, c.Move)
		return p
	}
	m.tellPayment(at, p)
	return p
}

// Capture takes some of a payment of a card.
func (m *Market) Capture(at time.Time, p *Payment, amount int64, request string) *Capture {
	c := &Capture{ID: m.id("2026031019401080030018800000"), Request: request, Payment: p, Amount: amount, At: at}
	c.Move = of(m.do("capture "+c.ID, at, nil, m.change(p.Seller, 0, amount)), p, fmt.Sprintf("capture %s %d",
		p.Request, amount), request != "")
	p.Captures = append(p.Captures, c)
	m.tellCapture(c)
	return c
}

// Captured returns how much was taken of a payment.
func (p *Payment) Captured() (sum int64) {
	for _, c := range p.Captures {
		sum += c.Amount
	}
	return sum
}

// Open returns what was captured and is not settled.
func (p *Payment) Open() (sum int64) {
	for _, c := range p.Captures {
		if !c.Settled {
			sum += c.Amount
		}
	}
	return sum
}

// Refundable returns how much of a payment may be given back.
func (p *Payment) Refundable() int64 {
	left := p.Captured()
	for _, r := range p.Refunds {
		if !r.Failed {
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

// Settle is the request of that name: so much goes to the marketplace, the rest to the seller. Only what is not in a
// batch yet can be split here.
func (m *Market) Settle(at time.Time, p *Payment, amount int64, request string) *Split {
	s := &Split{Request: request, Amount: amount}
	s.Move = m.do("split "+request, at, nil, m.change(p.Seller, 0, -amount), m.change(Marketplace, 0, amount))
	p.Splits = append(p.Splits, s)
	p.split += amount
	return s
}

// Clear puts a capture into the next batch. The seller bears the fees. All that was split of the payment and is not
// settled comes out of it, as far as it goes.
func (m *Market) Clear(at time.Time, c *Capture, fees map[string]int64) {
	p := c.Payment
	c.Settled = true
	left, given := c.Amount, []*books.Move{c.Move}
	var market int64
	for _, s := range p.Splits {
		part := min(s.Amount-s.settled, left-market)
		if part > 0 {
			s.settled += part
			market += part
			given = append(given, s.Move)
		}
	}
	p.split -= market
	if seller := left - market; seller > 0 || len(fees) > 0 {
		m.share(at, c, p.Seller, seller, fees, given)
	}
	if market > 0 {
		m.share(at, c, Marketplace, market, nil, given)
	}
}

// share is the row of one receiver.
func (m *Market) share(at time.Time, c *Capture, receiver string, amount int64, fees map[string]int64,
	given []*books.Move) {
	p := c.Payment
	r := &row{receiver: receiver, id: c.ID, request: c.Request, kind: "PAYMENT", amount: amount, fees: fees}
	if p.Card {
		r.kind, r.original, r.originalRequest = "CAPTURE", p.ID, p.Request
	}
	settled := of(m.do("settle "+c.ID+" "+receiver, at, given, m.change(receiver, amount, -amount)), p, "", false)
	settled.Makes = true
	r.moves = append(r.moves, settled)
	m.cost(at, r, c.ID)
	m.put(r)
}

// cost books the fees of a row with its account.
func (m *Market) cost(at time.Time, r *row, of string) {
	var sum int64
	for _, f := range r.fees {
		sum += f
	}
	if sum != 0 {
		r.moves = append(r.moves, m.do("fees "+r.kind+" "+of, at, nil, m.change(r.receiver, -sum, 0)))
	}
}

// put adds a row to the batch to come.
func (m *Market) put(r *row) {
	r.net = r.amount
	for _, f := range r.fees {
		r.net -= f
	}
	m.open = append(m.open, r)
}

// Refund gives money back. Fees that are given back are below 0.
func (m *Market) Refund(at time.Time, p *Payment, amount, market int64, request string, fees map[string]int64) *Refund {
	r := &Refund{ID: m.id("2026031019401080020018800000"), Request: request, Payment: p, Amount: amount,
		Market: market, At: at}
	p.Refunds = append(p.Refunds, r)
	for _, part := range m.parts(r) {
		done := of(m.do("refund "+r.ID+" "+part.Account, at, nil, m.change(part.Account, -part.Settled, 0)), p,
			fmt.Sprintf("refund %s %d %s", p.Request, r.Amount, part.Account), request != "")
		line := &row{receiver: part.Account, id: r.ID, original: p.ID, request: r.Request, originalRequest: p.Request,
			kind: "REFUND", amount: -part.Settled, moves: []*books.Move{done}}
		if part.Account == p.Seller {
			line.fees = fees
		}
		r.Moves = append(r.Moves, done)
		m.cost(at, line, r.ID)
		m.put(line)
	}
	m.tellRefund(at, r, "SUCCESS", r.Moves...)
	return r
}

// parts says who gives how much of a refund.
func (m *Market) parts(r *Refund) []books.Change {
	var parts []books.Change
	if seller := r.Amount - r.Market; seller > 0 {
		parts = append(parts, m.change(r.Payment.Seller, seller, 0))
	}
	if r.Market > 0 {
		parts = append(parts, m.change(Marketplace, r.Market, 0))
	}
	return parts
}

// RefuseRefund is a refund that failed before it moved money: only notifyRefund tells it.
func (m *Market) RefuseRefund(at time.Time, p *Payment, amount, market int64, request string) *Refund {
	r := &Refund{ID: m.id("2026031019401080020018800000"), Request: request, Payment: p, Amount: amount,
		Market: market, At: at, Failed: true}
	p.Refunds = append(p.Refunds, r)
	var gone, back []books.Change
	for _, part := range m.parts(r) {
		gone = append(gone, m.change(part.Account, -part.Settled, 0))
		back = append(back, m.change(part.Account, part.Settled, 0))
	}
	done := of(m.do("refund "+r.ID, at, nil, gone...), p, "", true)
	failed := of(m.do("refund failed "+r.ID, at, []*books.Move{done}, back...), p, "", true)
	r.Moves = []*books.Move{done, failed}
	m.tellRefund(at, r, "FAIL", failed)
	return r
}

// ReverseRefund gives a refund back, as it did not reach the buyer.
func (m *Market) ReverseRefund(at time.Time, r *Refund) {
	p := r.Payment
	r.Failed = true
	id := r.ID
	if m.OwnIDs && r.Request != "" {
		id = m.id("2026031019401080050018800000")
	}
	for i, part := range m.parts(r) {
		back := of(m.do("refund reversed "+r.ID+" "+part.Account, at, []*books.Move{r.Moves[i]},
			m.change(part.Account, part.Settled, 0)), p, "", false)
		m.put(&row{receiver: part.Account, id: id, original: p.ID, request: r.Request, originalRequest: p.Request,
			kind: "REFUND_REVERSAL", amount: part.Settled, moves: []*books.Move{back}})
	}
}

// Lose takes the money of a dispute from the seller, with a fee.
func (m *Market) Lose(at time.Time, p *Payment, amount, fee int64) *Dispute {
	d := &Dispute{ID: m.id("2026031019401080040018800000"), Payment: p, Amount: amount}
	d.Lost = of(m.do("dispute "+d.ID, at, nil, m.change(p.Seller, -amount, 0)), p, "", false)
	p.Disputes = append(p.Disputes, d)
	line := &row{receiver: p.Seller, id: d.ID, original: p.ID, originalRequest: p.Request, kind: "DISPUTE",
		amount: -amount, moves: []*books.Move{d.Lost}}
	if fee > 0 {
		line.fees = map[string]int64{"disputeHandlingFee": fee}
	}
	m.cost(at, line, d.ID)
	m.put(line)
	m.tellDispute(at, d)
	return d
}

// Win gives it back. The fee stays.
func (m *Market) Win(at time.Time, d *Dispute) {
	p := d.Payment
	d.Won = of(m.do("dispute won "+d.ID, at, []*books.Move{d.Lost}, m.change(p.Seller, d.Amount, 0)), p, "", false)
	m.put(&row{receiver: p.Seller, id: d.ID, original: p.ID, originalRequest: p.Request, kind: "DISPUTE_REVERSAL",
		amount: d.Amount, moves: []*books.Move{d.Won}})
}

// Charge takes a fee that is of no payment.
func (m *Market) Charge(at time.Time, receiver string, amount int64) {
	done := m.do("charge "+receiver, at, nil, m.change(receiver, -amount, 0))
	m.open = append(m.open, &row{receiver: receiver, id: m.id("fee"), kind: "ADJUSTMENT_FEE", net: -amount,
		moves: []*books.Move{done}})
}

// Close ends the batch and pays the receivers. Whom refused names, the payout does not reach.
func (m *Market) Close(at time.Time, refused func(receiver string) bool) *Batch {
	if len(m.open) == 0 {
		return nil
	}
	b := &Batch{ID: at.UTC().Format("20060102") + m.id(""), At: at, rows: m.open}
	m.open = nil
	for _, r := range b.rows {
		p := b.payout(r.receiver)
		p.Net += r.net
	}
	for _, p := range b.Payouts {
		if p.Net <= 0 {
			continue
		}
		to := Outside
		if p.Receiver == Marketplace {
			to = Bank
		}
		p.Done = m.do("payout "+b.ID+" "+p.Receiver, at, nil, m.change(p.Receiver, -p.Net, 0), m.change(to, p.Net, 0))
		if refused(p.Receiver) {
			p.Failed = m.do("payout failed "+b.ID+" "+p.Receiver, at.Add(time.Hour), []*books.Move{p.Done},
				m.change(p.Receiver, p.Net, 0), m.change(to, -p.Net, 0))
			m.tellSettlement(at.Add(time.Hour), p, false, p.Failed)
			continue
		}
		m.tellSettlement(at, p, true, p.Done)
	}
	m.Batches = append(m.Batches, b)
	return b
}

func (b *Batch) payout(receiver string) *Payout {
	for _, p := range b.Payouts {
		if p.Receiver == receiver {
			return p
		}
	}
	p := &Payout{Batch: b, Receiver: receiver}
	b.Payouts = append(b.Payouts, p)
	return p
}
