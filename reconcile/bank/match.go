package bank

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/splitledger/splitledger/money"
)

// match finds the payouts of the lines that are left: those that are named, then those of the same amount, then those that are
// named and of another amount, and last those of a provider that are the only ones left on both sides.
func (c *comparison) match(ctx context.Context) error {
	from := c.earliest()
	if from.IsZero() {
		return nil
	}
	all, err := payouts(ctx, c.Ledger, from.AddDate(0, 0, -lookBack-c.Days))
	if err != nil {
		return err
	}
	books := index(all)
	c.take(books.named)
	c.take(func(k *candidate) *payout { return books.equal(k, c.Days) })
	c.take(func(k *candidate) *payout { return books.namedOtherwise(k, c.Days) })
	c.take(func(k *candidate) *payout { return books.only(k, c.open, c.Days) })
	for _, k := range c.open {
		c.classify(k)
	}
	c.missing(all)
	return nil
}

// lookBack is for how many days before the statements payouts that a line names are looked for.
const lookBack = 92

func (c *comparison) earliest() time.Time {
	var from time.Time
	for _, s := range c.spans {
		if from.IsZero() || !s.from.IsZero() && s.from.Before(from) {
			from = s.from
		}
	}
	return from
}

// take gives each open line the payout that is found for it.
func (c *comparison) take(find func(*candidate) *payout) {
	for _, k := range c.open {
		if k.payout != nil {
			continue
		}
		if p := find(k); p != nil {
			k.payout, p.taken = p, true
		}
	}
}

// An amountKey is an amount, to find payouts by.
type amountKey struct {
	currency money.Currency
	minor    string
}

func keyOf(a money.Amount) amountKey { return amountKey{a.Currency(), a.Minor()} }

// A payoutIndex finds payouts by their amount and by their names.
type payoutIndex struct {
	all      []*payout
	byAmount map[amountKey][]*payout
	byName   map[string][]*payout // in capitals, long ones only
}

func index(all []*payout) *payoutIndex {
	x := &payoutIndex{all, map[amountKey][]*payout{}, map[string][]*payout{}}
	for _, p := range all {
		k := keyOf(p.amount)
		x.byAmount[k] = append(x.byAmount[k], p)
		for _, n := range []string{p.batch, p.event} {
			if len(n) >= longName {
				n = strings.ToUpper(n)
				x.byName[n] = append(x.byName[n], p)
			}
		}
	}
	return x
}

// named returns the payout of the same amount that the line names.
func (x *payoutIndex) named(k *candidate) *payout {
	for _, p := range x.byAmount[keyOf(k.line.Amount)] {
		if named, short := p.namedBy(k.words); !p.taken && named && (!short || k.provider == p.provider) {
			return p
		}
	}
	return nil
}

// equal returns the payout of the same amount within so many days: of the provider that the line names if it names one, the nearest
// in time.
func (x *payoutIndex) equal(k *candidate, days int) *payout {
	var best *payout
	for _, p := range x.byAmount[keyOf(k.line.Amount)] {
		if p.taken || k.provider != "" && k.provider != p.provider || !near(p, k, days) {
			continue
		}
		if best == nil || apart(p, k) < apart(best, k) {
			best = p
		}
	}
	return best
}

// namedOtherwise returns the payout that the line names, whatever its amount: where the name is short, such as "batch 7", one of the provider
// that the line names, within so many days. In the lines of no provider, which may be many, the name is long and stands by itself.
func (x *payoutIndex) namedOtherwise(k *candidate, days int) *payout {
	if k.provider == "" {
		for _, t := range tokens(k.line) {
			for _, p := range x.byName[strings.ToUpper(t)] {
				if !p.taken {
					return p
				}
			}
		}
		return nil
	}
	for _, p := range slices.Backward(x.all) {
		if p.taken || p.provider != k.provider {
			continue
		}
		if named, short := p.namedBy(k.words); named && (!short || near(p, k, days)) {
			return p
		}
	}
	return nil
}

// only returns the payout of the provider that the line names, if there is one left, and one line, within so many days.
func (x *payoutIndex) only(k *candidate, open []*candidate, days int) *payout {
	if k.provider == "" {
		return nil
	}
	fits := func(p *payout, k *candidate) bool {
		return !p.taken && p.provider == k.provider && p.amount.Currency() == k.line.Amount.Currency() && p.amount.Sign() == k.line.Amount.Sign() && near(p, k, days)
	}
	var one *payout
	for _, p := range x.all {
		if !fits(p, k) {
			continue
		}
		if one != nil {
			return nil
		}
		one = p
	}
	for _, other := range open {
		if one != nil && other != k && other.payout == nil && fits(one, &candidate{line: other.line, provider: other.provider}) {
			return nil
		}
	}
	return one
}

// apart is how many days lie between a payout and a line.
func apart(p *payout, k *candidate) int {
	return int(k.line.Booked.Sub(p.at.UTC().Truncate(24*time.Hour)).Abs() / (24 * time.Hour))
}

func near(p *payout, k *candidate, days int) bool { return apart(p, k) <= days }

// classify says what became of a line.
func (c *comparison) classify(k *candidate) {
	p := k.payout
	switch {
	case p == nil && k.provider == "":
		c.other(k.line)
		return
	case p == nil:
		hint := "no payout of " + k.provider + " in the books: reconcile its report with --post, or post provider.payout"
		if k.line.Amount.Sign() < 0 {
			hint = k.provider + " took money, and the books do not know it"
		}
		c.find(c.finding(k, MissingInLedger, hint))
		return
	}
	f := c.finding(k, Matched, "")
	f.Provider, f.Payout, f.Expected = p.provider, p.name(), p.amount
	f.compare()
	switch {
	case f.Class == Matched:
	case f.Difference.Currency() == "":
		f.Hint = "another currency: the bank or the provider has converted it"
	case f.Difference.Sign() < 0:
		f.Hint = "less has arrived: a bank took its charges, or the provider held some back"
	default:
		f.Hint = "more has arrived than the books say"
	}
	c.find(f)
}

// missing finds the payouts that no line has. Those before the first statement are not looked at, those at its end have time to arrive.
func (c *comparison) missing(all []*payout) {
	for _, p := range all {
		s, ok := c.spans[p.amount.Currency()]
		day := p.at.UTC().Truncate(24 * time.Hour)
		if p.taken || !ok || day.Before(s.from) || day.After(s.to) {
			continue
		}
		f := Finding{Date: p.at, Provider: p.provider, Payout: p.name(), Expected: p.amount}
		if day.AddDate(0, 0, c.Days).After(s.to) {
			c.Underway = append(c.Underway, f)
			continue
		}
		f.Class = MissingAtBank
		f.Hint = fmt.Sprintf("it has not arrived within %d days: ask the provider, or look in the statements of other accounts", c.Days)
		c.find(f)
	}
}

// An identity stands for what a line says: the beginning of a SHA-256.
type identity [16]byte

// again reports whether a line was seen before. Lines that the bank has named are the same wherever they come again. Of others, the n-th of
// several alike in one statement is the n-th in another.
func (c *comparison) again(l *Line) bool {
	texts := []string{l.Account, l.Booked.Format(time.DateOnly), l.Value.Format(time.DateOnly), l.Amount.String(), l.BankReference, l.Party}
	texts = append(append(texts, l.References...), l.Text...)
	for n := 0; ; n++ {
		id := identityOf(texts, n)
		statement, seen := c.seen[id]
		switch {
		case !seen:
			c.seen[id] = c.number
			return false
		case statement != c.number || l.BankReference != "":
			// The statement before had this one: so it has this line again.
			c.seen[id] = c.number
			return true
		}
	}
}

func identityOf(texts []string, n int) identity {
	b := strconv.AppendInt(nil, int64(n), 10)
	for _, t := range texts {
		b = strconv.AppendInt(append(b, ' '), int64(len(t)), 10)
		b = append(append(b, ':'), t...)
	}
	sum := sha256.Sum256(b)
	return identity(sum[:16])
}
