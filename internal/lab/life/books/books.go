// Package books has what the simulated providers have in common: the provider's own books, which are sums of what it
// did and know nothing of how the ledger or package reconcile count.
package books

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/splitledger/splitledger/money"
	"github.com/splitledger/splitledger/providers"
)

// A Cell is an account at the provider, by the provider's id of it, in one currency.
type Cell struct {
	Account  string
	Currency money.Currency
}

// A Change is what a move does to one account. Settled is money that the provider counts in the account's balance.
// Pending is money that it took from a buyer and has not settled yet. Both are in minor units of ISO 4217.
type Change struct {
	Cell
	Settled, Pending int64
}

// A Move is one thing that the provider did.
type Move struct {
	Name    string
	At      time.Time
	Changes []Change

	// Implies are moves that whoever hears of this one knows of too: a settlement proves the capture.
	Implies []*Move

	// Payment is what the platform has to know before a webhook of this move can be booked; nil if nothing. Makes is
	// set where a row of this move makes the payment in the platform's books, if they do not have it.
	Payment *Payment
	Makes   bool

	// Class is the same for moves that the platform cannot tell apart where no names were told: payment, kind and
	// amount. Moves of the empty class are never mistaken. Named is set where the platform's own name is told. Bare
	// is set where rows do not have the name of the provider's that webhooks have.
	Class string
	Named bool
	Bare  bool

	Own   bool // the platform booked it when it asked for it
	Heard bool // a webhook told it
	Told  bool // a report told it
}

// A Payment is one at the provider. Known is set when the platform's books have it, by its own event or by a row of
// an account. Where Waits is set, rows name no account, and wait with the webhooks until it is known.
type Payment struct{ Known, Waits bool }

// Books are what a provider has written down.
type Books struct {
	Moves   []*Move
	settled map[Cell]int64
	pending map[Cell]int64
}

// Do writes a move down.
func (b *Books) Do(m *Move) *Move {
	if b.settled == nil {
		b.settled, b.pending = make(map[Cell]int64), make(map[Cell]int64)
	}
	for _, c := range m.Changes {
		b.settled[c.Cell] += c.Settled
		b.pending[c.Cell] += c.Pending
	}
	b.Moves = append(b.Moves, m)
	return m
}

// Settled returns the balance of an account, as the provider tells it.
func (b *Books) Settled(c Cell) int64 { return b.settled[c] }

// Pending returns what an account is to get of captures that are not settled.
func (b *Books) Pending(c Cell) int64 { return b.pending[c] }

// Cells returns all accounts that ever had something.
func (b *Books) Cells() []Cell {
	cells := make([]Cell, 0, len(b.settled))
	for c := range b.settled {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, compare)
	return cells
}

func compare(x, y Cell) int {
	return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Currency, y.Currency))
}

// A Webhook is a notification that the provider sends, and what it tells.
type Webhook struct {
	Name  string
	At    time.Time
	Note  providers.Notification
	Tells []*Move
	Sure  bool // nothing else tells the same, so that it is never lost
}

// A File is a report, and what it tells. Account is the account at the provider that it is of, where the file does
// not say.
type File struct {
	Name    string
	Account string
	Text    []byte
	Rows    int
	Tells   []*Move
}

// A Window is the time that a report covers: From included, To not.
type Window struct{ From, To time.Time }

// Has reports whether a time is in the window.
func (w Window) Has(at time.Time) bool { return !at.Before(w.From) && at.Before(w.To) }

// UUID makes the n-th id of a kind, in the form of a UUID.
func UUID(kind, n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012d", kind, n) }

// HalfUp returns part/whole of an amount, exact halves rounded up, in whole units.
func HalfUp(amount, part, whole, unit int64) int64 {
	return (2*amount*part + whole*unit) / (2 * whole * unit) * unit
}

// Add appends to the file's moves those that it does not have.
func Add(moves []*Move, more ...*Move) []*Move {
	for _, m := range more {
		if !slices.Contains(moves, m) {
			moves = append(moves, m)
		}
	}
	return moves
}
