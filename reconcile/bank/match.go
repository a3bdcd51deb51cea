package bank

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/splitledger/splitledger/reconcile/internal/ondisk"
)

// Matching lines of providers with payouts, and the findings that come of it. Names come before amounts, and amounts
// before what is left over, so that no line takes by chance what another has by name.
//
//	12 Mar   900.00   ADYEN BATCH 7 TX12345678     names the payout of batch 7, whatever its amount
//	13 Mar   450.00   ADYEN                        names the provider: a payout of 450.00 of about that day
//	13 Mar    80.00   A. CUSTOMER                  of no provider, unless a payout of just 80.00 is near

// A candidate is a line that may be of a provider's payout.
type candidate struct {
	line     *Line
	file     string
	provider string    // that the line names; may be empty
	payout   *payout   // that was found for it; nil so far
	by       string    // how the payout was found: byName, byAmount or byRest
	names    []*payout // those that the line names
	words    *words    // while they are needed: the words of all lines would take much memory
}

// text returns the words of the line.
func (k *candidate) text() *words {
	if k.words == nil {
		k.words = wordsOf(k.line)
	}
	return k.words
}

// How the payout of a line was found.
const (
	byName   = "name"
	byAmount = "amount"
	byRest   = "rest" // nothing else of that provider is left on either side
)

// match finds the payouts of the remaining lines. Lines that name a payout come first, whatever the amount;
// then those with the same amount; and last, for a provider with one line and one payout left, these two. A
// line that gives another name than a payout's is never matched to it.
func (c *comparison) match(ctx context.Context) error {
	from := c.earliest()
	if from.IsZero() {
		return nil
	}
	if err := c.books.reach(ctx, from, c.Days); err != nil {
		return err
	}
	for _, k := range c.open {
		k.names = c.books.namedBy(k, c.Days)
		k.words = nil
	}
	// Each step gives payouts to lines that have none yet. The surest come first: a name with the amount, a name alone,
	// the amount, a short name, and at last what is left over on both sides.
	c.take(byName, func(k *candidate) *payout {
		return nearest(k, k.names, func(p *payout) bool { return p.amount.Equal(k.line.Amount) })
	})
	c.take(byName, func(k *candidate) *payout { return nearest(k, k.names, func(*payout) bool { return true }) })
	c.take(byAmount, func(k *candidate) *payout { return c.books.equal(k, c.Days) })
	c.take(byName, func(k *candidate) *payout { return c.books.mentioned(k, c.Days) })
	c.take(byRest, func(k *candidate) *payout { return c.books.only(k, c.open, c.Days) })
	for _, k := range c.open {
		c.classify(k)
	}
	c.missing()
	return nil
}

// earliest is the first day that any statement is about; zero if no statement has days.
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
// One payout is given to one line only, the first that asks in the order of the files.
func (c *comparison) take(by string, find func(*candidate) *payout) {
	for _, k := range c.open {
		if k.payout != nil {
			continue
		}
		if p := find(k); p != nil {
			k.payout, k.by, p.line = p, by, k
		}
		k.words = nil
	}
}

// nearest returns, of some payouts, the one that is free, fits, and is nearest in time to the line.
func nearest(k *candidate, some []*payout, fits func(*payout) bool) *payout {
	var best *payout
	for _, p := range some {
		if p.line == nil && fits(p) && (best == nil || apart(p, k) < apart(best, k)) {
			best = p
		}
	}
	return best
}

// namedBy returns the payouts that a line names. If the line names a provider, only its payouts count.
// Otherwise the name must be long and stand by itself, since most lines of a bank are about other things.
func (x *payoutIndex) namedBy(k *candidate, days int) (some []*payout) {
	if k.provider == "" {
		return x.named(k)
	}
	for _, p := range x.all {
		if p.provider == k.provider && near(p, k, lookBack+days) && gradeOf(k, p) == naming {
			some = append(some, p)
		}
	}
	return some
}

// equal returns the payout of the same amount within so many days: of the line's provider, if it names one;
// before others one that the line may mention; then the nearest in time.
// A payout that the line contradicts by another name is left out; one that the line is silent about may be it.
func (x *payoutIndex) equal(k *candidate, days int) *payout {
	if len(k.names) > 0 {
		return nil // it is one of those, and another line has it
	}
	grades := map[*payout]grade{}
	fits := func(p *payout, least grade) bool {
		if k.provider != "" && k.provider != p.provider || !near(p, k, days) {
			return false
		}
		if _, ok := grades[p]; !ok {
			grades[p] = gradeOf(k, p)
		}
		return grades[p] != another && grades[p] >= least
	}
	some := x.byAmount[keyOf(k.line.Amount)]
	if k.provider != "" {
		if p := nearest(k, some, func(p *payout) bool { return fits(p, mentions) }); p != nil {
			return p
		}
	}
	return nearest(k, some, func(p *payout) bool { return fits(p, silent) })
}

// mentioned returns the newest payout of another amount that stands in a line of its provider by a short name,
// within so many days.
// Short names, such as a batch number 7, prove little: amounts have been matched before, so what is left
// differs in amount, as when the bank took its charges off.
func (x *payoutIndex) mentioned(k *candidate, days int) *payout {
	if k.provider == "" || len(k.names) > 0 {
		return nil
	}
	for _, p := range slices.Backward(x.all) {
		if p.line == nil && p.provider == k.provider && near(p, k, days) && gradeOf(k, p) == mentions {
			return p
		}
	}
	return nil
}

// only returns the provider's payout within so many days, if it is the only one left and the line is too.
// Two that are left over on both sides are most likely one payout, of which the bank or the
// provider kept something back.
func (x *payoutIndex) only(k *candidate, open []*candidate, days int) *payout {
	if k.provider == "" || len(k.names) > 0 {
		return nil
	}
	fits := func(p *payout, k *candidate) bool {
		return p.line == nil && p.provider == k.provider && p.amount.Currency() == k.line.Amount.Currency() &&
			p.amount.Sign() == k.line.Amount.Sign() && near(p, k, days)
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
	if one == nil || gradeOf(k, one) == another {
		return nil
	}
	for _, other := range open {
		if other != k && other.payout == nil && fits(one, other) {
			return nil
		}
	}
	return one
}

// apart is how many days lie between a payout and a line.
func apart(p *payout, k *candidate) int {
	return int(k.line.Booked.Sub(p.day()).Abs() / (24 * time.Hour))
}

// near reports whether a payout is at most so many days from a line, before or after: clocks and cut-off times differ.
func near(p *payout, k *candidate, days int) bool { return apart(p, k) <= days }

// classify makes the finding of a line: of its payout, of one that it names and another line has, or of none. A line
// that names neither a payout nor a provider is no break.
func (c *comparison) classify(k *candidate) {
	p := k.payout
	switch {
	case p != nil:
		c.matched(k, p)
	case len(k.names) > 0:
		c.named(k)
	case k.provider == "":
		c.other(k.line)
	default:
		c.unknown(k)
	}
}

// matched says how a line compares with its payout.
// Matched by a name, amounts may differ, and the hint says which way money is usually lost.
func (c *comparison) matched(k *candidate, p *payout) {
	f := c.finding(k, Matched, "")
	f.Provider, f.Payout, f.Expected, f.By = p.provider, p.name(), p.amount, k.by
	f.compare()
	switch {
	case f.Class == Matched:
	case f.Difference.Currency() == "":
		f.Hint = "another currency: the bank or the provider has converted it"
	case f.Difference.Sign() < 0:
		f.Hint = "the bank has less: a bank took its charges, or the provider held some back"
	default:
		f.Hint = "the bank has more than the books say"
	}
	if f.Class != Matched {
		f.Remedy = c.lookAt(p)
	}
	c.find(f)
}

// named says of a line that the payout which it names is another line's.
func (c *comparison) named(k *candidate) {
	p := k.names[0]
	f := c.finding(k, MissingInLedger, "")
	f.Provider, f.Payout = p.provider, p.name()
	f.Hint = fmt.Sprintf("it names payout %s, which %s has already: the provider may have paid it twice",
		clip(p.name()), place(p.line))
	f.Remedy = c.lookAt(p)
	c.find(f)
}

// place says where a line is, for a hint.
func place(k *candidate) string {
	if k == nil {
		return "another line"
	}
	return fmt.Sprintf("%s:%d", k.file, k.line.Number)
}

// unknown says of a line that the books have no payout of it.
// Either the provider's report was not posted yet, or the provider pays something that nobody knows of.
func (c *comparison) unknown(k *candidate) {
	if k.line.Amount.Sign() < 0 {
		c.find(c.finding(k, MissingInLedger, k.provider+" took money, and the books do not know it"))
		return
	}
	f := c.finding(k, MissingInLedger, "no such payout of "+k.provider+" in the books: "+
		"reconcile its report with --post, or, if it has none, post the payout")
	f.Remedy = c.postPayout(k)
	c.find(f)
}

// missing finds the payouts that no line has. Payouts from before the first statement are ignored, and those
// near the end of the last one still have time to arrive.
// Days are those of the currency's statements, as a bank sends one for each account.
func (c *comparison) missing() {
	for _, p := range c.books.all {
		s, ok := c.spans[p.amount.Currency()]
		day := p.day()
		if p.line != nil || !ok || day.Before(s.from) || day.After(s.to) {
			continue
		}
		f := Finding{Date: p.at, Provider: p.provider, Payout: p.name(), Expected: p.amount}
		if day.AddDate(0, 0, c.Days).After(s.to) {
			c.Underway = append(c.Underway, f)
			continue
		}
		f.Class = MissingAtBank
		f.Hint = fmt.Sprintf("it has not arrived within %d days: "+
			"ask the provider, or look in the statements of other accounts", c.Days)
		f.Remedy = c.lookAt(p)
		c.find(f)
	}
}

// again reports whether a line was seen before. A line with a name of the bank's is recognised anywhere.
// Without one, the n-th of several alike in a statement is taken for the n-th in another.
// Banks send statements twice and in overlapping pieces; two equal lines in one statement are two bookings. So
// without a name of the bank's, the number of equal lines within one statement decides.
func (c *comparison) again(l *Line) (bool, error) {
	texts := []string{
		l.Account, l.Booked.Format(time.DateOnly), l.Value.Format(time.DateOnly),
		l.Amount.String(), l.BankReference, l.Party,
	}
	texts = append(append(texts, l.References...), l.Text...)
	id := identityOf(texts)
	packed, seen, err := c.seen.Get(id)
	if err != nil {
		return false, err
	}
	s := unpackSight(packed)
	if s.statement != c.number {
		s = sight{statement: c.number, before: max(s.before, s.here)}
	}
	s.here = min(s.here+1, 1<<22-1)
	again := seen && l.BankReference != "" || s.here <= s.before
	return again, c.seen.Put(id, s.pack())
}

// A sight packs into a value of the map how often a line was seen: in the last statement that has it, and at most in
// one before.
type sight struct {
	statement    int // 20 bits
	here, before int // 22 bits each
}

func (s sight) pack() uint64 { return uint64(s.statement)<<44 | uint64(s.here)<<22 | uint64(s.before) }

func unpackSight(v uint64) sight {
	const bits = 1<<22 - 1
	return sight{int(v >> 44), int(v >> 22 & bits), int(v & bits)}
}

// identityOf stands for what a line says: the beginning of a SHA-256.
// Each text has its length before it, so that two lists of texts never come to the same bytes.
func identityOf(texts []string) ondisk.Key {
	var b []byte
	for _, t := range texts {
		b = strconv.AppendInt(append(b, ' '), int64(len(t)), 10)
		b = append(append(b, ':'), t...)
	}
	sum := sha256.Sum256(b)
	return ondisk.Key(sum[:16])
}
