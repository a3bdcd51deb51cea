package life

import (
	"slices"
	"testing"
)

// What the books have to be after what was told so far.
func TestExpect(t *testing.T) {
	payment := func(known bool) *Payment {
		return &Payment{Reference: "order-1", ProviderReference: "PSP1", Known: known}
	}
	capture := func(p *Payment, minor int64) *Thing {
		return &Thing{Whole: minor, Current: "EUR", Payment: p, Class: "capture", Touches: []string{"seller", "us"}}
	}
	for name, c := range map[string]struct {
		rows   bool // rows make payments
		play   func(w *World)
		total  int64
		less   []int64
		seller int64
		unsure bool
	}{
		"nothing": {},
		"our capture is no provider's yet": {play: func(w *World) {
			w.Do(capture(payment(true), 1000)).own = true
		}, total: 1000, unsure: true},
		"a line has told it": {play: func(w *World) {
			c := w.Do(capture(payment(true), 1000))
			c.own = true
			w.told([]*Piece{w.Book(c, "1", "seller", 900)})
			w.told([]*Piece{w.Book(c, "2", "us", 100)})
		}, total: 1000, seller: 900},
		"a line has told a part of it": {play: func(w *World) {
			c := w.Do(capture(payment(true), 1000))
			c.own = true
			w.told([]*Piece{w.Book(c, "1", "seller", 900)})
			w.Book(c, "2", "us", 100)
		}, total: 1000, unsure: true},
		"a line has told a part of what nobody knows": {play: func(w *World) {
			c := w.Do(capture(payment(true), 1000))
			w.told([]*Piece{w.Book(c, "1", "seller", 900)})
			w.Book(c, "2", "us", 100)
		}, total: 900, seller: 900},
		"the payment is not known": {play: func(w *World) {
			c := w.Do(capture(payment(false), 1000))
			c.heard = true
			w.told([]*Piece{w.Book(c, "1", "seller", 1000)})
		}},
		"a row makes the payment": {rows: true, play: func(w *World) {
			c := w.Do(capture(payment(false), 1000))
			c.heard = true
			w.told([]*Piece{w.Book(c, "1", "seller", 1000)})
		}, total: 1000, seller: 1000},
		"ours and theirs may be one": {play: func(w *World) {
			p := payment(true)
			w.Do(capture(p, 1000)).own = true
			w.told([]*Piece{w.Book(w.Do(capture(p, 1000)), "1", "seller", 1000)})
		}, total: 2000, less: []int64{1000}, unsure: true},
		"ours and theirs have names": {play: func(w *World) {
			p := payment(true)
			w.Do(capture(p, 1000)).own = true
			w.told([]*Piece{w.Book(w.Do(capture(p, 1000)).Named(), "1", "seller", 1000)})
		}, total: 2000, unsure: true},
		"a failure of what nobody knows": {play: func(w *World) {
			p := payment(true)
			refund := w.Do(&Thing{Whole: -500, Current: "EUR", Payment: p})
			failure := w.Do(&Thing{Whole: 500, Current: "EUR", Payment: p})
			failure.Undo(refund)
			failure.heard = true
		}},
		"a refund that failed is not what succeeds": {play: func(w *World) {
			p := payment(true)
			refund := w.Do(&Thing{Whole: -500, Current: "EUR", Payment: p, Class: "refund",
				Touches: []string{"seller"}})
			refund.own = true
			failure := w.Do(&Thing{Whole: 500, Current: "EUR", Payment: p})
			failure.Undo(refund)
			failure.heard = true
			w.told([]*Piece{w.Book(w.Do(&Thing{Whole: -500, Current: "EUR", Payment: p, Class: "refund"}), "1", "us",
				-500)})
		}, total: -500, unsure: true},
		"a failure of nobody's may be taken for that of our refund": {play: func(w *World) {
			p := payment(true)
			w.Do(&Thing{Whole: -500, Current: "EUR", Payment: p, Class: "refund"}).own = true
			failure := w.Do(&Thing{Whole: 500, Current: "EUR", Payment: p})
			failure.Undo(w.Do(&Thing{Whole: -500, Current: "EUR", Payment: p, Class: "refund"}))
			failure.heard = true
		}, total: -500, less: []int64{-500}},
		"given up": {play: func(w *World) {
			c := w.Do(capture(payment(true), 1000))
			c.own = true
			c.Void()
		}},
		"an account that nobody knows": {rows: true, play: func(w *World) {
			c := w.Do(&Thing{Current: "EUR", Blocked: []string{"stranger"}})
			w.told([]*Piece{w.Book(c, "1", "seller", -500)})
			w.told([]*Piece{w.Book(c, "2", "stranger", 500)})
		}},
		"and is opened": {rows: true, play: func(w *World) {
			c := w.Do(&Thing{Current: "EUR", Blocked: []string{"stranger"}})
			w.told([]*Piece{w.Book(c, "1", "seller", -500)})
			w.told([]*Piece{w.Book(c, "2", "stranger", 500)})
			w.Opened("stranger")
		}, seller: -500},
	} {
		t.Run(name, func(t *testing.T) {
			w := New(nil, nil, nil)
			w.RowsMakePayments = c.rows
			w.Accounts(&Group{Account: "seller", Ledger: []string{"seller:1"}})
			if c.play != nil {
				c.play(w)
			}
			for _, e := range w.Expect() {
				if e.Total != c.total || !slices.Equal(e.Less, c.less) {
					t.Errorf("expected %d, or less by %v; found %d, %v", c.total, c.less, e.Total, e.Less)
				}
				if unsure := slices.Contains(e.Unsure, "seller"); unsure != c.unsure {
					t.Errorf("unsure of the seller: %v", unsure)
				} else if !unsure && e.Accounts[0].Minor != c.seller {
					t.Errorf("seller: expected %d, found %d", c.seller, e.Accounts[0].Minor)
				}
			}
		})
	}
}
