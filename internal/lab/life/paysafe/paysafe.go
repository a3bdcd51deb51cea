// Package paysafe simulates Paysafe's split payouts: a merchant account, linked accounts, settlements and refunds
// with splitpay, and what the API's own objects and the webhooks tell of them. It is written after Paysafe's
// documents (developer.paysafe.com: Split Payouts, Card Payments API, Payments API) and knows nothing of how the
// ledger books that.
package paysafe

import (
	"fmt"
	"time"

	"github.com/splitledger/splitledger/internal/lab/life/books"
	"github.com/splitledger/splitledger/money"
)

// Processor is Paysafe with its books of one merchant account, which settles in one currency.
type Processor struct {
	books.Books
	Merchant string
	Currency money.Currency
	Secret   []byte // the key of the webhooks

	Named bool // objects name the currency, as those of the Payments API do

	Webhooks    []books.Webhook
	Settlements []*Settlement
	Refunds     []*Refund

	ids int
}

// A Share is an entry of splitpay: a percent, in hundredths, or else an amount.
type Share struct {
	Account string
	Percent int64
	Amount  int64
}

// An Auth is an authorisation, which settlements take from. One that was settled with it is a purchase.
type Auth struct {
	books.Payment
	Name          string // in the platform's books
	Named         bool   // which know its id
	ID, Reference string
	Amount        int64
	Settlements   []*Settlement
}

// A Settlement takes money of an authorisation. The statuses are PENDING, then COMPLETED, CANCELLED or FAILED.
type Settlement struct {
	ID, Reference string
	Auth          *Auth
	Amount        int64
	Shares        []Share // with the amounts of percents
	Linked        bool    // the object has a link to the authorisation
	Refunds       []*Refund
	states        []state
	Taken         *books.Move
}

// A Refund gives money of a settlement back.
type Refund struct {
	ID, Reference string
	Settlement    *Settlement
	Amount        int64
	Shares        []Share
	states        []state
	Done          *books.Move // nil where it never moved money
	Asked         *books.Move // what whoever asked for it has booked
}

// A state is what an object was from some time on.
type state struct {
	at         time.Time
	status     string
	refundable int64
	moves      []*books.Move
}

func (p *Processor) uuid(kind int) string {
	p.ids++
	return books.UUID(kind, p.ids)
}

func (p *Processor) change(account string, settled, pending int64) books.Change {
	return books.Change{Cell: books.Cell{Account: account, Currency: p.Currency}, Settled: settled, Pending: pending}
}

// do writes a move of a payment down.
func (p *Processor) do(name string, at time.Time, a *Auth, changes []books.Change,
	implies ...*books.Move) *books.Move {
	return p.Do(&books.Move{Name: name, At: at, Payment: &a.Payment, Changes: changes, Implies: implies})
}

// compute fills in the amounts of percents, exact halves rounded up, and returns what the merchant account is left
// with. It reports false where the entries take more than there is: such a request is refused.
func compute(shares []Share, amount int64) (left int64, ok bool) {
	left = amount
	for i := range shares {
		if shares[i].Percent != 0 {
			shares[i].Amount = books.HalfUp(amount, shares[i].Percent, 10000, 1)
		}
		left -= shares[i].Amount
	}
	return left, left >= 0
}

// changes says what an amount with its shares does to the accounts.
func (p *Processor) changes(shares []Share, amount, settled, pending int64) []books.Change {
	var all []books.Change
	left := amount
	for _, s := range shares {
		left -= s.Amount
		all = append(all, p.change(s.Account, settled*s.Amount, pending*s.Amount))
	}
	return append(all, p.change(p.Merchant, settled*left, pending*left))
}

// Authorise reserves money of a buyer's.
func (p *Processor) Authorise(reference string, amount int64) *Auth {
	return &Auth{Payment: books.Payment{Waits: true}, ID: p.uuid(1), Reference: reference, Amount: amount}
}

// Left returns what may be settled of an authorisation.
func (a *Auth) Left() int64 {
	left := a.Amount
	for _, s := range a.Settlements {
		if st := s.Status(); st == "PENDING" || st == "COMPLETED" {
			left -= s.Amount
		}
	}
	return left
}

// Settle asks for money of an authorisation; nil where the entries take more than that.
func (p *Processor) Settle(at time.Time, a *Auth, reference string, amount int64, shares []Share,
	linked bool) *Settlement {
	if _, ok := compute(shares, amount); !ok {
		return nil
	}
	s := &Settlement{ID: p.uuid(2), Reference: reference, Auth: a, Amount: amount, Shares: shares, Linked: linked}
	s.Taken = p.do("capture "+s.ID, at, a, p.changes(shares, amount, 0, 1))
	s.Taken.Class = fmt.Sprintf("capture %s %d", a.Reference, amount)
	a.Settlements = append(a.Settlements, s)
	p.Settlements = append(p.Settlements, s)
	p.stateSettlement(at, s, "PENDING", 0, s.Taken)
	return s
}

// Status returns what a settlement is by now.
func (s *Settlement) Status() string { return s.states[len(s.states)-1].status }

// Complete settles a settlement that is pending.
func (p *Processor) Complete(at time.Time, s *Settlement) {
	m := p.do("settle "+s.ID, at, s.Auth, p.changes(s.Shares, s.Amount, 1, -1), s.Taken)
	p.stateSettlement(at, s, "COMPLETED", s.Amount, m)
}

// Cancel voids a settlement that is pending. Its splits are void, and the buyer is not charged.
func (p *Processor) Cancel(at time.Time, s *Settlement) *books.Move {
	m := p.do("cancel "+s.ID, at, s.Auth, p.changes(s.Shares, s.Amount, 0, -1), s.Taken)
	p.stateSettlement(at, s, "CANCELLED", 0, m)
	return m
}

// Fail is a settlement that the processor could not make, or that somebody cancelled in the portal, or that has run
// out. Whether the money comes is open until the platform gives it up: what is pending stays so.
func (p *Processor) Fail(at time.Time, s *Settlement, status string) {
	m := p.do("settlement failed "+s.ID, at, s.Auth, nil, s.Taken)
	p.stateSettlement(at, s, status, 0, m)
}

// GiveUp is what the platform does with a settlement that failed.
func (p *Processor) GiveUp(at time.Time, s *Settlement) *books.Move {
	return p.do("give up "+s.ID, at, s.Auth, p.changes(s.Shares, s.Amount, 0, -1), s.Taken)
}

// Refundable returns what of a settlement was not given back.
func (s *Settlement) Refundable() int64 {
	if s.Status() != "COMPLETED" {
		return 0
	}
	left := s.Amount
	for _, r := range s.Refunds {
		if r.Done != nil {
			left -= r.Amount
		}
	}
	return left
}

// Refund gives money of a settlement back: of linked accounts what splitpay names, the rest of the merchant account.
// One that fails moves nothing. It reports nil where the entries take more than the refund.
func (p *Processor) Refund(at time.Time, s *Settlement, reference string, amount int64, shares []Share,
	fails bool) *Refund {
	if _, ok := compute(shares, amount); !ok {
		return nil
	}
	r := &Refund{ID: p.uuid(3), Reference: reference, Settlement: s, Amount: amount, Shares: shares}
	s.Refunds = append(s.Refunds, r)
	p.Refunds = append(p.Refunds, r)
	p.stateRefund(at, r, "PENDING")
	later := at.Add(10 * time.Minute)
	// Who asked for it has booked it.
	r.Asked = p.do("refund "+r.ID, at, s.Auth, p.changes(shares, amount, -1, 0))
	r.Asked.Class = fmt.Sprintf("refund %s %d", s.Auth.Reference, amount)
	r.Asked.Named = reference != s.Auth.Reference
	if fails {
		m := p.do("refund failed "+r.ID, later, s.Auth, p.changes(shares, amount, 1, 0), r.Asked)
		p.stateRefund(later, r, "FAILED", m)
		return r
	}
	r.Done = r.Asked
	last := s.states[len(s.states)-1]
	last.at, last.refundable = later, last.refundable-amount
	s.states = append(s.states, last)
	p.stateRefund(later, r, "COMPLETED", r.Done)
	return r
}
