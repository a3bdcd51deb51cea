package console

import (
	"sync"
	"time"

	"github.com/splitledger/splitledger/query"
)

// counts keep how many things need somebody, by ledger and page, for the side bar of every page.
type counts struct {
	mu  sync.Mutex
	all map[string]*kept
}

// A kept count is of a record.
type kept struct {
	n      int
	record uint64
	at     time.Time
	took   time.Duration
}

// countOf is how many things on a page need somebody. It is worked out again when something was booked, or a minute passed, but not more
// often than a twentieth of the time, so that a large ledger's side bar costs little.
func (v *view) countOf(p *pageOf) int {
	if p.count == nil || p.scope != "" && !v.key.Has(p.scope) {
		return 0
	}
	c := &v.console.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	key, record, began := v.ledger+p.path, v.books.Ledger.Stats().Records, v.now()
	if k := c.all[key]; k != nil && (k.record == record && began.Sub(k.at) < time.Minute || began.Sub(k.at) < 20*k.took) {
		return k.n
	}
	now := *v // whatever the page is as of
	now.books = v.console.options.Books(v.ledger)
	n, err := p.count(&now)
	if err != nil {
		v.console.options.Log.Warn("count of a page", "path", p.path, "error", err)
		return 0
	}
	c.all[key] = &kept{n, record, began, v.now().Sub(began)}
	return n
}

// countNegative is how many accounts are below zero, in a currency.
func countNegative(v *view) (int, error) {
	list, err := v.books.Negatives(v.r.Context(), query.AccountFilter{}, v.now())
	return len(list), err
}

// countRefused is how many things were due and are refused.
func countRefused(v *view) (n int, err error) {
	for d, err := range v.books.Due(query.DueFilter{By: v.now()}, v.now()) {
		if err != nil {
			return 0, err
		}
		if d.State == query.DueRefused {
			n++
		}
	}
	return n, nil
}
